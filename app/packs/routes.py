"""The public pages of packs, and the officer's page that publishes.

A briefing's page holds nothing of whoever reads it, so it is rendered once per edition and kept, and from then on
answered ahead of Flask; a browser that has it already is told so by its ETag. What a team takes into its meeting stands
in `meeting_pages`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.clock import now
from app.database import db
from app.errors import Invalid, NotFound
from app.organisations.models import Partnership
from app.organisations.queries import partnership_for
from app.packs import briefing, queries, services, shelf
from app.packs.content import PackContent
from app.packs.folder import read_whole
from app.packs.kept import Kept, answer, withdrawn
from app.packs.models import Edition
from app.packs.shown import Shown, shown
from app.web import actor, back_to, page, public
from app.web.addresses import address_of

packs = Blueprint("packs", __name__)
packs.add_app_template_filter(briefing.note, "note")


@packs.record_once
def _begin(state: BlueprintSetupState) -> None:
    state.app.extensions["kept_briefings"] = Kept()
    state.app.extensions["kept_meetings"] = Kept()


@packs.get("/packs/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    """The newest edition of a briefing."""
    seen = shown(db.engine, slug)
    edition = queries.newest(db.session, slug)
    return _briefing(edition, edition.number, seen)


@packs.get("/packs/<slug>/editions/<int(max=99999):number>")
@public
def edition(slug: str, number: int) -> ResponseReturnValue:
    """One edition of a briefing, which says so where there is a newer one."""
    seen = shown(db.engine, slug, number)
    found = queries.numbered(db.session, slug, number)
    return _briefing(found, queries.newest_number(db.session, found.pack_id), seen)


@packs.get("/publish")
def publishing() -> ResponseReturnValue:
    """For an officer: the pack folders on this machine, what is wrong with them, and what is published."""
    return _publishing()


@packs.post("/publish/<slug>")
def publish(slug: str) -> ResponseReturnValue:
    """Publish a pack folder as an edition; the same text again changes nothing."""
    if slug not in {path.name for path in shelf.SHELF.iterdir() if path.is_dir()}:
        raise NotFound
    try:
        content, pictures = read_whole(shelf.SHELF / slug)
        found, fresh = services.publish_folder(db.session, actor(), content, pictures, now=now())
    except Invalid:  # its page says what is wrong with it, or that nobody publishes it alone
        return _publishing(422)
    return back_to(".publishing", done=found.pack.slug if fresh else None)


def _publishing(status: int = 200) -> Response:
    owners = queries.publishers(db.session, actor())
    if not owners:
        raise NotFound
    published = queries.published(db.session)
    known = {e.pack.slug: (e.number, e.digest) for e in published}
    folders = shelf.folders(known)
    done = request.args.get("done", "")
    drafts = queries.drafts(db.session, actor())
    return page(
        "packs/publishing.html", status, folders=folders, published=published, owners=owners, done=done, drafts=drafts
    )


def _briefing(edition: Edition, newest: int, seen: Shown) -> Response:
    """The page of an edition, from those kept if it is there."""
    partnership = edition.pack.partnership or partnership_for(db.session, None)
    if gone := withdrawn(edition, partnership):
        return gone
    key = ("briefing", seen.facts)
    return answer(
        "kept_briefings",
        key,
        lambda: rendered(edition, newest, partnership, pictures_of(edition)),
        ahead_by=seen,
    )


def pictures_of(edition: Edition) -> briefing.Address:
    """Where the pictures of an edition are, by their names."""
    return lambda name: url_for("packs.picture", slug=edition.pack.slug, number=edition.number, picture=name)


def rendered(
    edition: Any, newest: int, partnership: Partnership | None, pictures: briefing.Address, *, is_preview: bool = False
) -> bytes:
    """The page of an edition, or of one that is to be published (`is_preview`); `pictures` says where its pictures
    are."""
    content = PackContent.from_dict(edition.content)
    return render_template(
        "packs/show.html",
        edition=edition,
        newest=newest,
        is_preview=is_preview,
        content=content,
        sections=briefing.sections(content, pictures),
        notes={point.key: briefing.note(point.note, ()) for point in content.points},
        guide_at=address_of("packs.edition_guide", slug=edition.pack.slug, number=edition.number),
        partnership=partnership,
        numbers_to_call=partnership.numbers_to_call if partnership else [],
    ).encode()
