"""The public pages of packs, and the officer's page that publishes.

A briefing's page holds nothing of whoever reads it, so it is rendered once per edition and kept; a browser that has it
already is told so by its ETag.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from flask import Blueprint, Response, current_app, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.clock import now
from app.database import db
from app.errors import NotFound
from app.organisations.models import Partnership
from app.organisations.queries import partnership_for
from app.packs import briefing, queries, services, shelf
from app.packs.content import PackContent
from app.packs.faults import PackFaults
from app.packs.folder import read_folder
from app.packs.models import Edition
from app.web import actor, back_to, page, public

packs = Blueprint("packs", __name__)
packs.add_app_template_filter(briefing.note, "note")

KEPT = 200


class Kept:
    """Pages that were rendered, the last used ones; by a key that changes whenever the page would."""

    def __init__(self) -> None:
        self.pages: OrderedDict[Hashable, tuple[bytes, str]] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable) -> tuple[bytes, str] | None:
        """A page and its digest, if it is kept."""
        with self.lock:
            found = self.pages.get(key)
            if found is not None:
                self.pages.move_to_end(key)
            return found

    def keep(self, key: Hashable, body: bytes) -> tuple[bytes, str]:
        """Keep a page, and let the one used longest ago go where there are too many."""
        with self.lock:
            self.pages[key] = found = (body, hashlib.sha256(body).hexdigest()[:32])
            while len(self.pages) > KEPT:
                self.pages.popitem(last=False)
            return found


@packs.record_once
def _begin(state: BlueprintSetupState) -> None:
    state.app.extensions["kept_briefings"] = Kept()


@packs.get("/packs")
@public
def index() -> ResponseReturnValue:
    """Every published briefing."""
    return page("packs/index.html", cache="no-cache", editions=queries.published(db.session))


@packs.get("/packs/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    """The newest edition of a briefing."""
    edition = queries.newest(db.session, slug)
    return _briefing(edition, edition.number)


@packs.get("/packs/<slug>/editions/<int(max=99999):number>")
@public
def edition(slug: str, number: int) -> ResponseReturnValue:
    """One edition of a briefing, which says so where there is a newer one."""
    found = queries.numbered(db.session, slug, number)
    return _briefing(found, queries.newest_number(db.session, found.pack_id))


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
        content = read_folder(shelf.SHELF / slug)
    except PackFaults:
        return _publishing(422)
    found, fresh = services.publish_edition(db.session, actor(), content, now=now())
    return back_to(".publishing", done=found.pack.slug if fresh else None)


def _publishing(status: int = 200) -> Response:
    owners = queries.publishers(db.session, actor())
    if not owners:
        raise NotFound
    published = queries.published(db.session)
    known = {e.pack.slug: (e.number, e.digest) for e in published}
    folders = shelf.folders(known)
    done = request.args.get("done", "")
    return page("packs/publishing.html", status, folders=folders, published=published, owners=owners, done=done)


def _briefing(edition: Edition, newest: int) -> Response:
    """The page of an edition, from those kept if it is there."""
    partnership = edition.pack.partnership or partnership_for(db.session, None)
    kept: Kept = current_app.extensions["kept_briefings"]
    key = (edition.digest, edition.number, newest, _shown_of(partnership))
    body, digest = kept.get(key) or kept.keep(key, _render(edition, newest, partnership))
    response = Response(body, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})
    response.set_etag(digest)
    response.make_conditional(request)
    return response


def _shown_of(partnership: Partnership | None) -> Hashable:
    """What of a partnership stands on the page."""
    if partnership is None:
        return None
    numbers = tuple((label, number) for label, number in partnership.numbers_to_call)
    return partnership.name, partnership.colour, numbers, partnership.reply_name, partnership.reply_to


def _render(edition: Edition, newest: int, partnership: Partnership | None) -> bytes:
    content = PackContent.from_dict(edition.content)
    return render_template(
        "packs/show.html",
        edition=edition,
        newest=newest,
        content=content,
        sections=briefing.sections(content),
        notes={point.key: briefing.note(point.note, ()) for point in content.points},
        partnership=partnership,
        numbers_to_call=partnership.numbers_to_call if partnership else [],
    ).encode()
