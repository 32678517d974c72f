"""The pages of the public library: what there is, to be looked through and searched; a feed of it; and what a briefing
has beside its text: all its editions, the pack as one file, and a poster with a code for a telephone.

All of it is the same for everybody. What takes longer to make than to send is kept like a briefing's page.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from flask import request
from flask.typing import ResponseReturnValue

from app.database import db
from app.organisations.models import Partnership
from app.organisations.queries import partnership_for
from app.packs import feed as atom
from app.packs import finding, queries
from app.packs.changes import changes
from app.packs.content import PackContent, when_words
from app.packs.entries import FacetKind
from app.packs.finding import Wanted
from app.packs.kept import answer, withdrawn
from app.packs.lending import packed
from app.packs.library_words import LONGEST_QUESTION, asked_for
from app.packs.models import Edition
from app.packs.routes import packs
from app.policy import CONSOLE
from app.text import single_line
from app.web import page, public
from app.web.addresses import address_of

packs.add_app_template_filter(when_words, "when_words")

FEED_TITLE = "Learning briefings"
KINDS = {FacetKind.TYPE: "Type", FacetKind.TOPIC: "Topic", FacetKind.YEAR: "First published", FacetKind.AUDIENCE: "For"}


@packs.get("/packs")
@public
def index() -> ResponseReturnValue:
    """The library: every published briefing, newest first, or what is looked for, best first."""
    said = _said()
    wanted = _wanted(said)
    words_mean_nothing = bool(said["q"]) and not wanted.words
    found = None if words_mean_nothing else finding.library(db.session, wanted)
    return page(
        "packs/index.html",
        cache="no-cache",
        said=said,
        asked={name: words for name, words in said.items() if words and name != "after"},
        wanted=wanted,
        found=found,
        kinds=KINDS,
        choices=finding.choices(db.session),
        longest=LONGEST_QUESTION,
        most_ranked=finding.MOST_RANKED,
    )


@packs.get("/packs/feed.atom")
@public
def feed() -> ResponseReturnValue:
    """The newest briefings as an Atom feed."""
    rows = finding.shelf(db.session, atom.MOST)
    own = address_of("packs.feed")
    author = _name(partnership_for(db.session, None))
    key = ("feed", own, author, tuple(row.ref for row in rows))
    return answer("kept_briefings", key, lambda: _feed(rows, own, author), f"{atom.MEDIA_TYPE}; charset=utf-8")


@packs.get("/packs/<slug>/editions")
@public
def editions(slug: str) -> ResponseReturnValue:
    """All editions of a briefing."""
    found = queries.editions(db.session, slug)
    return page("packs/editions.html", cache="no-cache", editions=found, pack=found[0].pack, by=_by)


@packs.get("/packs/<slug>/editions/<int(max=99999):number>/changes")
@public
def edition_changes(slug: str, number: int) -> ResponseReturnValue:
    """What became otherwise in an edition since the one before."""
    after = queries.numbered(db.session, slug, number)
    before = queries.numbered(db.session, slug, number - 1)
    if gone := withdrawn(after, after.pack.partnership):
        return gone
    found = changes(*(PackContent.from_dict(edition.content) for edition in (before, after)))
    return page("packs/edition_changes.html", cache="no-cache", edition=after, before=before, changes=found)


@packs.get("/packs/<slug>/editions/<int(max=99999):number>/pack.zip")
@public
def pack_file(slug: str, number: int) -> ResponseReturnValue:
    """One edition as a file that another partnership can put on its own shelf."""
    edition = queries.numbered(db.session, slug, number)
    if gone := withdrawn(edition, edition.pack.partnership):
        return gone

    def made() -> bytes:
        content = PackContent.from_dict(edition.content)
        return packed(content, queries.pictures(db.session, edition.id) if content.pictures else {})

    response = answer("kept_briefings", ("file", edition.digest), made, "application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename={slug}-edition-{number}.zip"
    return response


@packs.get("/packs/<slug>/poster")
@public
def poster(slug: str) -> ResponseReturnValue:
    """One sheet for the wall of a staff room."""
    edition = queries.newest(db.session, slug)
    partnership = edition.pack.partnership or partnership_for(db.session, None)
    if gone := withdrawn(edition, partnership):
        return gone
    content = PackContent.from_dict(edition.content)
    where = address_of("packs.show", slug=slug)
    return page(
        "packs/poster.html",
        cache="no-cache",
        slug=slug,
        edition=edition,
        content=content,
        where=where,
        partnership=partnership,
        numbers_to_call=partnership.numbers_to_call if partnership else [],
    )


@packs.get("/packs/<slug>/qr.svg")
@public
def qr(slug: str) -> ResponseReturnValue:
    """The address of a briefing as a code that a telephone reads."""
    queries.newest(db.session, slug)
    where = address_of("packs.show", slug=slug)
    return answer("kept_briefings", ("code", where), lambda: _code(where), "image/svg+xml")


def _said() -> dict[str, str]:
    """What the form of the library says, each on one line and no longer than its box."""
    names = ("q", "order", "after", *(kind.value for kind in FacetKind))
    return {name: single_line(request.args.get(name, ""))[:LONGEST_QUESTION] for name in names}


def _wanted(said: dict[str, str]) -> Wanted:
    only = {kind: said[kind.value].casefold() for kind in FacetKind if said[kind.value]}
    return Wanted(asked_for(said["q"]), only, by_date=said["order"] == "newest", after=said["after"])


def _feed(rows: list[Any], own: str, author: str) -> bytes:
    made = [atom.Entry(row.owner, row.slug, row.title, row.source, _summary(row), row.made_at) for row in rows]

    def address(slug: str) -> str:
        return address_of("packs.show", slug=slug)

    return atom.feed(made, title=FEED_TITLE, author=author, own=own, page=address_of("packs.index"), address=address)


def _summary(row: Any) -> str:
    return f"{row.type.words} by {row.source}, {when_words(row.published)}, with points for a team to discuss."


def _name(partnership: Partnership | None) -> str:
    return partnership.name if partnership else FEED_TITLE


def _by(edition: Edition) -> str:
    """Who published an edition, by role: the trail has the name, which is nobody's business out here."""
    if edition.made_by.endswith(CONSOLE.name):
        return "Whoever runs this service, for its source"
    partnership = edition.pack.partnership
    return f"A partnership officer, {partnership.short_name if partnership else edition.pack.source}"


def _code(where: str) -> bytes:
    made = BytesIO()
    segno.make(where, error="m", micro=False).save(
        made, kind="svg", border=4, light="#fff", omitsize=True, title=where, svgclass=None, lineclass=None
    )
    return made.getvalue()
