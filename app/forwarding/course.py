"""What became of a version of minutes, as its page shows it: each thing read once, for the page and its list alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import clock, policy
from app.discussions.looked_at import Stayed, left_in
from app.discussions.models import Minutes
from app.discussions.queries import versions
from app.forwarding import queries
from app.forwarding.beforehand import left_to_read
from app.forwarding.models import Acknowledgement, How, Question, Share, Withdrawal
from app.organisations.models import Address, Appointment
from app.organisations.queries import in_dates
from app.policy import Actor
from app.text import counted, words_joined

A_MOMENT = timedelta(minutes=1)

Deed = tuple[datetime, str, str, str]
"""When something was decided, what tells it from every other, who did it, and what: a sentence without its end."""


@dataclass(frozen=True)
class Course:
    """What people decided about a version: which `versions` of its record there are, who has it or is said to, what
    of the record was given to partnerships (`ever` is all, `shares` stand, `given` is all that this version gave,
    withdrawn or not), what the team was asked about any version, and when somebody `decided` about any, having read it.
    All oldest first. Why what might have gone at once is read first (`waits`, by partnership); and, only for whoever
    decides, what was `left` in, by where it stands."""

    versions: Sequence[Minutes]
    said: Sequence[Acknowledgement]
    ever: Sequence[Share]
    shares: Sequence[Share]
    given: Sequence[Share]
    questions: Sequence[Question]
    decided: Sequence[datetime] = ()
    left: Mapping[str, list[Stayed]] = field(default_factory=dict)
    waits: Mapping[str, str] = field(default_factory=dict)

    @property
    def seen(self) -> str:
        """A digest of all that has been decided, empty while nothing has: a page carries it, so that whoever decides by
        an old page is told what happened since."""
        marks = sorted(mark for _, mark, *_ in self._deeds())
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16] if marks else ""

    @property
    def last(self) -> Deed | None:
        """What was decided last."""
        return max(self._deeds(), key=lambda deed: deed[0], default=None)

    def _deeds(self) -> list[Deed]:
        """Everything decided. Of what was decided at one moment the weightiest stands first: `max` takes that."""
        deeds: list[Deed] = []
        for given in self.ever:
            whom = f"the {given.partnership.short_name}"
            if back := given.withdrawal:
                deeds.append((back.at, f"back {given.ref}", back.by.name, f"took back what was shared with {whom}"))
            answers = self.gave(given)
            did = (given.name, f"shared {answers} with {whom}")
            ahead = (answers, f"went to {whom} by the standing decision of {given.name}")
            deeds.append((given.at, f"share {given.ref}", *(ahead if given.under_id else did)))
        deeds += [
            (asked.at, f"question {asked.ref}", asked.name, "asked the team a question") for asked in self.questions
        ]
        answers_ = [answer for asked in self.questions for answer in asked.replies]
        deeds += [(one.at, f"answer {one.ref}", one.name, "answered a question") for one in answers_]
        if said := self.acknowledged:
            deeds.append((said.at, f"said {said.id}", said.name, "said “I have this”"))
        return deeds

    @staticmethod
    def gave(given: Share) -> str:
        """What a share let go, in short: how many answers, or what went without any."""
        return counted(len(given.answers), "answer") if given.answers else went(given, given.minutes)

    @property
    def with_team(self) -> list[Question]:
        """The questions that are with the team: nobody answered them, nor decided since. A correction is no answer."""
        return [a for a in self.questions if not a.replies and all(at < a.at for at in self.decided)]

    def corrected_after(self, asked: Question) -> Minutes | None:
        """The correction that the team sent first after it was asked something, if any."""
        return next((version for version in self.versions if version.id > asked.minutes_id), None)

    def pressed_just_now(self, name: str, now: datetime) -> bool:
        """Whether somebody of this name decided last, within the last minute."""
        return self.last is not None and self.last[2] == name and now - self.last[0] < A_MOMENT

    @property
    def acknowledged(self) -> Acknowledgement | None:
        """Who first said "I have this" here, if anybody has."""
        return next((said for said in self.said if said.how is How.HERE), None)

    @property
    def told(self) -> Acknowledgement | None:
        """Who is said to have it, if anybody is: noted by somebody else, and no decision."""
        return next((said for said in self.said if said.how is How.TOLD), None)

    @property
    def moments(self) -> list[datetime]:
        """When something happened after which a letter may not be needed any more, in order."""
        versions = (version.sent_at for version in self.versions)
        return sorted([*(at for at, *_ in self._deeds()), *(said.at for said in self.said), *versions])

    def replacing(self, minutes: Minutes) -> list[Share]:
        """By which shares of later versions a partnership got something in place of what it had of these minutes."""
        had = {given.partnership_id for given in self.given if given.withdrawal is None}
        later = (given for given in self.ever if given.minutes.version > minutes.version)
        first: dict[int, Share] = {}
        for given in later:
            first.setdefault(given.partnership_id, given)
        return [given for key, given in first.items() if key in had]

    @property
    def stopped(self) -> list[Share]:
        """What this version gave last to partnerships that have nothing of the record now."""
        last = {given.partnership_id: given for given in self.given}
        having = {given.partnership_id for given in self.shares}
        return [given for given in last.values() if given.withdrawal and given.partnership_id not in having]


def contacts(session: Session, minutes: Minutes, now: datetime) -> dict[int, str]:
    """Where those who hold a role in the organisation today are written to, by person: a team and its lead may answer
    one another by mail. The caller has checked who may read the minutes."""
    held = sa.select(Appointment.person_id, Address.email).join(Address, Address.id == Appointment.address_id)
    here = held.where(Appointment.organisation_id == minutes.organisation_id, in_dates(clock.today(now)))
    asked = sa.select(Question.by_id).join(Minutes, Minutes.id == Question.minutes_id)
    wanted = sa.or_(
        Appointment.person_id == minutes.recorded_by_id,
        Appointment.person_id.in_(asked.where(Minutes.thread == minutes.thread)),
    )
    rows = session.execute(here.where(wanted).order_by(Appointment.id.desc()))
    return {row.person_id: row.email for row in rows}


def course(session: Session, actor: Actor, minutes: Minutes) -> Course:
    """All that the page of a version says of what became of it, each read once. The caller has checked that the actor
    may read it; of versions that she may not read nothing is said, because they may be about other teams."""
    readable = versions(session, actor, minutes)
    keys = {version.id for version in readable}
    had = sa.select(Acknowledgement).where(Acknowledgement.minutes_id.in_(keys)).order_by(Acknowledgement.id)
    said = session.scalars(had).all()
    given = session.execute(
        sa.select(Share, Share.shared.label("stands"))
        .where(Share.thread == minutes.thread, Share.minutes_id.in_(keys))
        .options(*queries.GIVEN, joinedload(Share.withdrawal).joinedload(Withdrawal.by))
        .order_by(Share.id)
    ).all()
    mine = [row.Share for row in given if row.Share.minutes_id == minutes.id]
    decides = policy.allows(actor, "receive_minutes", minutes)
    return Course(
        versions=readable,
        said=[one for one in said if one.minutes_id == minutes.id],
        ever=[row.Share for row in given],
        shares=[row.Share for row in given if row.stands],
        given=mine,
        questions=[asked for asked in queries.questions(session, minutes) if asked.minutes_id in keys],
        decided=[
            *(one.at for one in said if one.how is How.HERE),
            *(row.Share.at for row in given if row.Share.under_id is None),
        ],
        left=left_in(session, minutes) if decides else {},
        waits=left_to_read(session, minutes, mine),
    )


def went(given: Share, minutes: Minutes, whose: str = "the team") -> str:
    """What a share of these minutes let go, by numbers, without a word that anybody typed: "answers 1 and 3, what the
    team will do and its question"."""
    numbers = _numbers(minutes, {answer.response.point_id for answer in given.answers})
    parts = [_named(numbers)] if numbers else []
    if given.lets_actions and minutes.actions:
        parts.append(f"what {whose} will do")
    if given.lets_question and minutes.question_to_partnership:
        parts.append("its question to the partnership")
    return words_joined(parts) or no_answers(minutes)


def no_answers(minutes: Minutes) -> str:
    """What goes where no answer is there to go: "word of a meeting without notes" only where the team said that it took
    none. A thing that may be followed by "with the ESSCP", and never reads as a meeting with it."""
    return f"word of a meeting without {'notes' if minutes.took_no_notes else 'answers'}"


def to_quote(given: Share, minutes: Minutes) -> str:
    """Which of the answers that a share let go may be quoted: "answer 1 may be quoted"; empty where it let none go."""
    numbers = _numbers(minutes, {answer.response.point_id for answer in given.answers if answer.quotable})
    return f"{_named(numbers) or 'none'} may be quoted" if given.answers else ""


def _named(numbers: list[str]) -> str:
    return f"answer{'s' if len(numbers) > 1 else ''} {words_joined(numbers)}" if numbers else ""


def _numbers(minutes: Minutes, point_ids: set[int]) -> list[str]:
    return [str(number) for number, point in enumerate(minutes.edition.points, 1) if point.id in point_ids]
