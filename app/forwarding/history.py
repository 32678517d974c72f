"""The dated list of what happened to a set of minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import clock
from app.discussions.models import Minutes
from app.forwarding.course import Course, to_quote, went
from app.forwarding.letters import Line, letters
from app.forwarding.models import FILE_LET_GO, LET_GO, Acknowledgement, Document, How, Share
from app.forwarding.no_reader import kept
from app.text import counted
from app.trail.models import Event

DIGEST = "Its digest (SHA-256), by which a copy can be checked:"


def history(
    session: Session,
    minutes: Minutes,
    course: Course,
    *,
    whole: bool = False,
    each: bool = False,
    now: datetime | None = None,
) -> list[Line]:
    """What happened to this version, oldest first. `whole` is for those who receive the minutes: with the addresses of
    letters and the mail system's own words. `each`: many like tries of a letter are not told as one. With `now`
    it says which letters are delayed. The caller has checked who may read it."""
    lines = [
        *_sent(session, minutes),
        *kept(session, minutes),
        *letters(session, minutes, whole=whole, each=each, now=now, deeds=course.moments),
        *_opened(readings(session, minutes)),
        *(Line(*line) for line in _decisions(minutes, course)),
    ]
    return sorted(lines, key=lambda line: line.at)


def _sent(session: Session, minutes: Minutes) -> list[Line]:
    """That it was sent, its document made and, once its time was over, let go, like the file that the team attached.
    What is known of either stays. One statement."""
    version = "These minutes were" if minutes.version == 1 else f"Version {minutes.version} was"
    went = sa.and_(Event.about == Minutes.ref, Event.kind.in_((LET_GO, FILE_LET_GO)))
    rows = session.execute(
        sa.select(Document.made_at, Document.digest, Event.kind, Event.at, Event.detail)
        .select_from(Minutes)
        .outerjoin(Document, Document.minutes_id == Minutes.id)
        .outerjoin(Event, went)
        .where(Minutes.id == minutes.id)
        .order_by(Event.id)
    ).all()
    made = [
        Line(row.made_at, "The Word document was made.", f"{DIGEST} {row.digest}") for row in rows[:1] if row.digest
    ]
    return [
        Line(minutes.sent_at, f"{version} sent by {minutes.recorded_by.name}."),
        *made,
        *(_let_go(minutes, row) for row in rows if row.kind),
    ]


def _let_go(minutes: Minutes, row: Any) -> Line:
    """Which of the files that a team attached it was, a copy that somebody kept shows: here only its digest stands."""
    for_so_long = f"let go: {minutes.organisation.name} keeps them for {counted(row.detail['years'], 'year')}."
    if row.kind == LET_GO:
        return Line(row.at, f"The Word document was {for_so_long}")
    return Line(row.at, f"The team’s own minutes in Word were {for_so_long}", f"{DIGEST} {row.detail['digest']}")


@dataclass(frozen=True)
class Reading:
    """Somebody who receives minutes opened them: when first, when last, and how many times."""

    person_id: int | None
    name: str
    first: datetime
    last: datetime
    times: int


def readings(session: Session, minutes: Minutes) -> list[Reading]:
    """Who of those who receive a version opened it, in the order of the first times. The trail holds every time."""
    first, last = (moment(Event.at, type_=Event.at.type) for moment in (sa.func.min, sa.func.max))
    found = session.execute(
        sa.select(Event.person_id, Event.by, first.label("first"), last, sa.func.count())
        .where(Event.about == minutes.ref, Event.kind == "read")
        .group_by(Event.person_id, Event.by)
        .order_by(first, Event.by)
    )
    return [Reading(*row) for row in found]


def _opened(found: list[Reading]) -> list[Line]:
    """A line for each person, which keeps its place in the list however often the minutes are opened again."""
    often = {one: f" {one.times} times, last on {clock.moment_words(one.last)}" for one in found if one.times > 1}
    return [Line(one.first, f"{one.name} opened these minutes{often.get(one, '')}.") for one in found]


def _decisions(minutes: Minutes, course: Course) -> list[tuple[datetime, str]]:
    """What was decided about this version. Neither the words of an answer nor those of a question: they are above."""
    here = [said for said in course.said if said.how is How.HERE]
    lines = [(a.at, f"{a.name}, {a.title}, said “I have this”{_and_shared(a, course)}.") for a in here]
    if told := course.told:
        day = f" on {clock.date_words(told.told_on)}" if told.told_on else ""
        lines.append((told.at, f"{told.noted_by} noted that {told.name}, {told.title}, said{day} to have them."))
    for given in course.given:
        whom, quoting = given.partnership.short_name, to_quote(given, minutes)
        what = f"{went(given, minutes)} with the {whom}{f'; {quoting}' if quoting else ''}"
        by = f"By the standing decision of {given.name}, {given.title},"
        decided = f"{by} of {clock.date_words(given.under.at)}: shared {what}." if given.under else ""
        lines.append((given.at, decided or f"{given.name}, {given.title}, shared {what}."))
        if back := given.withdrawal:
            lines.append((back.at, f"{back.by.name} took back what was shared with the {whom}."))
    later = [version for version in course.versions if version.version > minutes.version][:1]
    return [
        *lines,
        *_asked(minutes, course),
        *((version.sent_at, f"Version {version.version} took its place.") for version in later),
        *((new.at, _in_its_place(new)) for new in course.replacing(minutes)),
    ]


def _in_its_place(new: Share) -> str:
    by = f"by the standing decision of {new.name}" if new.under else f"by {new.name}, {new.title}"
    went = f"Version {new.minutes.version} was shared with the {new.partnership.short_name} {by}"
    return f"{went}: it took the place of what was shared of this one."


def _asked(minutes: Minutes, course: Course) -> list[tuple[datetime, str]]:
    """What the team was asked and answered about this version, and about those before: a correction is no answer."""
    numbers = {version.id: version.version for version in course.versions}
    lines: list[tuple[datetime, str]] = []
    for question in course.questions:
        number = numbers[question.minutes_id]
        if number <= minutes.version:
            about = f" about version {number}" if number < minutes.version else ""
            lines.append((question.at, f"{question.name}, {question.title}, asked the team a question{about}."))
            lines += [(one.at, f"{one.name} answered the question{about}.") for one in question.replies]
    return lines


def _and_shared(said: Acknowledgement, course: Course) -> str:
    """What saying "I have this" left of a share: that is a line of its own where it was given in the same moment."""
    before = [given for given in course.given if given.at <= said.at]
    if any(given.at == said.at for given in before):
        return ""
    stood = any(given.withdrawal is None or given.withdrawal.at > said.at for given in before)
    return "; what was shared stays shared" if stood else ", and does not share it for now"
