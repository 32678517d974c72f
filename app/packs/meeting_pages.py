"""What a team leader takes into the room, of the newest edition or of an older one: the meeting pack in Word, the
slides, and the guide with its minutes. Open to anybody, as the briefing is, and kept as its page is.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from app.clock import moment_words
from app.database import db
from app.organisations.models import Partnership
from app.organisations.queries import partnership_for
from app.packs import briefing, queries, timing
from app.packs.content import PackContent
from app.packs.kept import answer, withdrawn
from app.packs.meeting import AFTERWARDS, MeetingFacts, meeting_pack
from app.packs.models import Edition
from app.packs.routes import packs, pictures_of
from app.packs.shown import Shown, shown
from app.packs.slides import slides as slides_of
from app.packs.standing import Standing
from app.web import public
from app.web.addresses import address_of
from app.web.files import to_be_kept

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@packs.get("/packs/<slug>/meeting.docx")
@public
def meeting(slug: str) -> ResponseReturnValue:
    """The meeting pack of the newest edition, in Word."""
    return _pack(slug, None)


@packs.get("/packs/<slug>/editions/<int(max=99999):number>/meeting.docx")
@public
def edition_meeting(slug: str, number: int) -> ResponseReturnValue:
    """The meeting pack of one edition, in Word."""
    return _pack(slug, number)


@packs.get("/packs/<slug>/slides")
@public
def slides(slug: str) -> ResponseReturnValue:
    """The newest edition as slides."""
    return _slides(slug, None)


@packs.get("/packs/<slug>/editions/<int(max=99999):number>/slides")
@public
def edition_slides(slug: str, number: int) -> ResponseReturnValue:
    """One edition as slides."""
    return _slides(slug, number)


@packs.get("/packs/<slug>/guide")
@public
def guide(slug: str) -> ResponseReturnValue:
    """For whoever leads the discussion of the newest edition: its minutes and its notes."""
    return _guide(slug, None)


@packs.get("/packs/<slug>/editions/<int(max=99999):number>/guide")
@public
def edition_guide(slug: str, number: int) -> ResponseReturnValue:
    """For whoever leads the discussion of one edition."""
    return _guide(slug, number)


def _pack(slug: str, number: int | None) -> Response:
    """The Word file. Its values are read before the transaction ends, and it is made after that."""
    seen, edition, partnership = _found(slug, number)
    if gone := withdrawn(edition, partnership):
        return gone
    made = _made(edition, partnership)
    db.release()
    response = answer("kept_meetings", ("meeting", seen.facts), made, WORD)
    response.headers["Content-Disposition"] = to_be_kept(f"{slug}-meeting.docx")
    return response


def _made(edition: Edition, partnership: Partnership | None) -> Callable[[], bytes]:
    """What makes the Word file, from values that are read here."""
    standing = _standing(edition)
    content, number, made_at, key = edition.content, edition.number, edition.made_at, edition.id
    briefing_at = address_of("packs.edition", slug=edition.pack.slug, number=number)
    calls = tuple((str(label), str(call)) for label, call in partnership.numbers_to_call) if partnership else ()

    def made() -> bytes:
        whole = PackContent.from_dict(content)
        with db.reading() as session:  # only where the file is made; the request's own transaction has ended
            pictures = queries.pictures(session, key) if whole.pictures else {}
        facts = MeetingFacts(
            content=whole,
            edition=number,
            made_at=made_at,
            briefing=briefing_at,
            write_up=address_of("home.mine"),
            numbers_to_call=calls,
            pictures=pictures,
            standing=standing,
        )
        return meeting_pack(facts)

    return made


def _standing(edition: Edition) -> str:
    """Who retired the pack of an edition, when and why; empty where nobody did."""
    said = edition.pack.newest_standing
    if said is None or said.standing is not Standing.RETIRED:
        return ""
    return f"{edition.pack.source} retired it on {moment_words(said.at)}: {said.because}"


def _slides(slug: str, number: int | None) -> Response:
    seen, edition, partnership = _found(slug, number)
    if gone := withdrawn(edition, partnership):
        return gone

    def made() -> bytes:
        content = PackContent.from_dict(edition.content)
        shown = slides_of(content)
        pictures = briefing.Pictures.of(content, pictures_of(edition))
        html = [briefing.written(slide.blocks, slide.goes_on, pictures) for slide in shown]
        return _page("packs/slides.html", edition, content, partnership, slides=list(zip(shown, html, strict=True)))

    return answer("kept_meetings", ("slides", seen.facts), made, ahead_by=seen)


def _guide(slug: str, number: int | None) -> Response:
    seen, edition, partnership = _found(slug, number)
    if gone := withdrawn(edition, partnership):
        return gone

    def made() -> bytes:
        content = PackContent.from_dict(edition.content)
        plan = timing.plan([(point.question, point.kind) for point in content.points])
        notes = {point.key: briefing.note(point.note, ()) for point in content.points}
        return _page("packs/guide.html", edition, content, partnership, plan=plan, notes=notes, afterwards=AFTERWARDS)

    return answer("kept_meetings", ("guide", seen.facts), made, ahead_by=seen)


def _found(slug: str, number: int | None) -> tuple[Shown, Edition, Partnership | None]:
    """The edition asked for, or the newest, and for whom it speaks; what its pages are made of is looked at first."""
    seen = shown(db.engine, slug, number)
    edition = queries.newest(db.session, slug) if number is None else queries.numbered(db.session, slug, number)
    return seen, edition, edition.pack.partnership or partnership_for(db.session, None)


def _page(
    template: str, edition: Edition, content: PackContent, partnership: Partnership | None, **more: object
) -> bytes:
    numbers = partnership.numbers_to_call if partnership else []
    shown = {"edition": edition, "content": content, "partnership": partnership, "numbers_to_call": numbers, **more}
    return render_template(template, **shown).encode()
