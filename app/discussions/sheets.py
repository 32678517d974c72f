"""The response sheet and its way back: what it is made of, and what is to be said about one that was uploaded.

Nothing that a sheet says is taken before it stood beside what the draft holds. What cannot be used is explained, and
kept to be copied from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask import url_for

from app import boxed
from app.circulation.models import Asked
from app.circulation.queries import asked as asked_elsewhere
from app.clock import date_words, today
from app.database import db
from app.discussions import carrying, forms, queries, sheet, sheet_words
from app.discussions.beside import Brought
from app.discussions.content import PARTS, same, shaped
from app.discussions.deeds import Carried
from app.discussions.sheet_words import Extra, Reading
from app.errors import NotFound
from app.packs.models import PointKind
from app.saving import MOST_SET_ASIDE
from app.text import counted, single_line
from app.web import actor
from app.web.incoming import Incoming

_NOT_A_SHEET = (
    "This is not a response sheet, so nothing could be put into boxes. Its whole text stands below to copy from."
)
_NO_TEXT = "There is no text in this file. Choose the response sheet that you filled in."
_NOT_FILLED_IN = (
    "This sheet is empty. Save the one that you filled in as a Word document (.docx) and choose that file. What is on "
    "paper can be typed into the boxes."
)
_READER = "app.discussions.sheet_reading:read"


def facts_of(ask: Asked, now: datetime) -> sheet.SheetFacts:
    """All that stands in the sheet of a team for an edition."""
    circulation, partnership = ask.circulation, ask.circulation.partnership
    lead = next(iter(queries.readers(db.session, [ask], None, now).people), None)
    ever = carrying.ever_said(db.session, actor(), ask.organisation_id, ask.team_id)
    return sheet.SheetFacts(
        partnership=partnership.name,
        organisation=ask.organisation_name,
        briefing_title=circulation.edition.title,
        edition=circulation.edition.number,
        asked=ask.ref,
        edition_ref=circulation.edition.ref,
        answer_by=circulation.answer_by,
        made_at=circulation.circulated_at,
        address=url_for("discussions.upload", asked=ask.ref, _external=True),
        points=tuple(
            sheet.SheetPoint(number=number, key=p.key, question=p.question, kind=PointKind(p.kind), note=p.plain_note)
            for number, p in enumerate(circulation.edition.points, 1)
        ),
        numbers_to_call=tuple((str(label), str(number)) for label, number in partnership.numbers_to_call),
        marking=partnership.marking,
        team=ask.team_name or "",
        lead=lead.person.name if lead else "",
        lead_title=lead.title if lead else "",
        still_to_do=tuple(_still_to_do((one for one in ever if one.is_open), today(now))),
        ever_said=tuple(line for on in (date.min, date.max) for line in _still_to_do(ever, on)),
    )


def _still_to_do(actions: Iterable[Carried], on: date) -> Iterable[str]:
    for one in actions:
        agreed = ", ".join(part for part in (one.who, one.due(on)) if part)
        yield single_line(f"{one.what}{f' – {agreed}' if agreed else ''} (said on {date_words(one.held_on)})")


def read(facts: sheet.SheetFacts, body: bytes) -> Reading:
    """What stands in an uploaded file. Raises `Invalid` with what to do where it cannot be read. It takes up to some
    seconds and must not be called with a transaction open."""
    return sheet_words.received(boxed.read(_READER, body, sheet.told(facts)))


def says_nothing(reading: Reading) -> bool:
    """Whether nobody wrote anything into a file: a sheet as it was given out, a copy that was not saved."""
    return not reading["extra"] and all(same({}, reading["content"], part) for part in PARTS)


def nothing_in(reading: Reading) -> str:
    """The sentence with which such a file is refused."""
    if reading["pictures"]:
        return "There are only pictures in this file, which cannot be taken over. Type what they say into the boxes."
    return _NO_TEXT if reading["how"] == "none" else _NOT_FILLED_IN


def understood(reading: Reading, ask: Asked) -> dict[str, Any]:
    """The answers of a sheet as the pages keep them: dates and numbers in plain figures where they were understood."""
    typed = shaped(reading["content"])
    said = forms.said_form(ask.circulation.edition.points)(Incoming(forms.said_pairs(typed)))
    meeting = forms.MeetingForm(Incoming(forms.meeting_pairs(typed)))
    return {**meeting.content(), **said.content()}


def beside(reading: Reading, ask: Asked, by: str, now: datetime) -> Brought:
    """What there is to say about an uploaded sheet, and the text that stood outside its boxes, as far as it is kept."""
    extra, room = [], MOST_SET_ASIDE // 4
    there = [*reading["extra"], *_not_asked_here(reading, ask)]
    for found in there:
        room -= len(found["text"])
        if room < 0:
            break
        extra.append({"where": found["where"], "text": found["text"]})
    notes = _notes(reading, ask, len(there) - len(extra))
    made_for = reading["made_for"] if is_of_others(reading, ask) else ""
    return Brought(by=by, at=now.isoformat(), notes=notes, extra=extra, made_for=made_for)


def _not_asked_here(reading: Reading, ask: Asked) -> Iterable[Extra]:
    """The answers to questions that this edition does not have, so that they can be copied."""
    keys = {point.key for point in ask.circulation.edition.points}
    points: Mapping[str, Mapping[str, Any]] = reading["content"]["points"]
    for number, (key, point) in enumerate(points.items(), 1):
        counts = [f"{word}: {point[name]}" for name, word in sheet_words.COUNTS.items() if point[name]]
        if key not in keys and (text := "\n".join(part for part in (", ".join(counts), point["words"]) if part)):
            yield Extra(where=f"under question {number} of that sheet", text=text)


def _notes(reading: Reading, ask: Asked, too_much: int) -> list[str]:
    notes = [_NOT_A_SHEET] if reading["how"] == "none" else _made_for(reading, ask)
    if reading["how"] == "labels":
        notes.append(
            "The boxes of the sheet were lost, which happens in some programs. The answers were found by the questions "
            "above them, so check that each stands where it belongs. Where you put a comment into a small box, or into "
            "the first line of a large one, such a program may lose it with the words before it: compare that line "
            "with your file."
        )
    if reading["deleted"]:
        notes.append(f"{counted(reading['deleted'], 'piece')} of text marked as deleted in Word was left out.")
    if reading["pictures"]:
        notes.append(f"{counted(reading['pictures'], 'picture')} cannot be taken over.")
    if too_much:
        notes.append("There is more text outside the boxes than can be kept. Copy the rest from the file.")
    return notes


def _made_for(reading: Reading, ask: Asked) -> list[str]:
    """What there is to say about a sheet that was made for something else than what was asked."""
    edition, identity, notes = ask.circulation.edition, reading["identity"], []
    if identity["edition"] and identity["edition"] != edition.ref:
        notes.append(
            f"This sheet is for another edition or another briefing, not for edition {edition.number} of "
            f"“{edition.short_title}”. Answers to questions that are the same in both were taken."
        )
    if is_of_others(reading, ask):
        notes.append(f"This sheet was made for another team, not for {ask.name}. It was to be used all the same.")
    return notes


def is_of_others(reading: Reading, ask: Asked) -> bool:
    """Whether a sheet says that it was made for another team."""
    ref = reading["identity"]["asked"]
    return bool(ref) and not _is_of_the_team(ref, ask)


def _is_of_the_team(ref: str, ask: Asked) -> bool:
    """Whether another request asks the same team: two partnerships may, or one may twice. Of what somebody may not see
    nothing is said but that it is another's."""
    if ref == ask.ref:
        return True
    try:
        other = asked_elsewhere(db.session, actor(), ref)
    except NotFound:
        return False
    return (other.organisation_id, other.team_id) == (ask.organisation_id, ask.team_id)


def file_name(ask: Asked) -> str:
    """What the sheet is called."""
    team = "".join(c if c.isascii() and c.isalnum() else "-" for c in ask.name)
    return f"response-sheet-{ask.circulation.edition.pack.slug}-{team}"[:100].strip("-") + ".docx"
