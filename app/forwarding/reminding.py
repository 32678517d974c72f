"""Which minutes nobody has yet, how long they have waited, and who is to be reminded of them on a day.

Time runs in working days: from when they were sent, or from later where a reader came only then or the team answered a
question since. It is counted by the partnership that asked first, and for a school it stands still in its holidays. The
steps are those of `STEPS`; a partnership says after how many days each is due. Nobody is reminded of what nobody may
read, or of what needs nobody's word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.circulation.models import Asked
from app.clock import Days, is_working_day, opens, start_of, today, working_days_after, working_days_before
from app.discussions.models import Minutes, MinutesFor
from app.forwarding.models import Answer, Question, Share
from app.forwarding.queries import OF_USE, nobody_has, waits_for_team
from app.forwarding.receivers import LEADS, Receiver, receivers
from app.organisations.models import Appointment, Partnership
from app.organisations.schools import closed, is_school
from app.policy import Role

CATCH_UP = 5
"""So many working days after it was due a reminder is still sent; later the next step says it."""
_LOW, _HIGH = (sa.bindparam(name, type_=Minutes.sent_at.type) for name in ("low", "high"))
_LONGEST = timedelta(days=400)


class Step(StrEnum):
    """Who is reminded, in the order of a partnership's `reminder_days`; at the last step it is shown to it."""

    LEAD = "lead"
    DEPUTY = "deputy"
    ADMINISTRATOR = "administrator"
    PARTNERSHIP = "partnership"


STEPS = tuple(Step)


@dataclass(frozen=True)
class Waiting:
    """Minutes that somebody may read and nobody has: `since` when they wait, `run` what began the count anew (empty:
    the sending), `with_them` who is to read them, `beside` everybody but the recorder who holds a role for their teams,
    when each step is due, and on which days nobody is there to be reminded (`closed`)."""

    key: int
    ref: str
    asked_ids: tuple[int, ...]
    since: datetime
    run: str
    with_them: tuple[Receiver, ...]
    beside: tuple[Receiver, ...]
    steps: dict[Step, date]
    closed: tuple[Days, ...]

    def whom(self, step: Step) -> Iterable[Receiver]:
        """Who is reminded at a step. The first is for readers, and none of it for those who get one letter a week."""
        if step is Step.LEAD:
            return [held for held in self.with_them if not held.weekly]
        role = {Step.DEPUTY: Role.DEPUTY, Step.ADMINISTRATOR: Role.ADMINISTRATOR}.get(step)
        return [held for held in self.beside if held.role is role]


@dataclass(frozen=True)
class Due:
    """That somebody is to be reminded of minutes, from a day on, by the appointment `to`."""

    minutes: Waiting
    step: Step
    to: Receiver
    on: date

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Which reminder it is: about, role, place and person of its letter."""
        return self.minutes.ref, self.step.value, self.minutes.run, self.to.person_ref

    @property
    def since(self) -> datetime:
        """The moment from which it is owed."""
        return max(opens(self.on), self.to.counts_from)

    @property
    def until(self) -> datetime:
        """The moment from which it is not sent any more, whatever it waited for."""
        return max(self.since + OF_USE, opens(_after(self.on, CATCH_UP + 1, self.minutes.closed)))

    def goes_on(self, day: date) -> bool:
        """Whether it is still to be sent, and on this day: its person may be away with the whole school."""
        closed = self.minutes.closed
        return is_working_day(day, closed) and _after(self.on, CATCH_UP, closed) >= day


def due(session: Session, now: datetime, organisations: Collection[int] | None = None) -> list[Due]:
    """Who is to be reminded of what, due by now and not more than `CATCH_UP` working days ago, what is due longest
    first. Three statements. With `organisations` only of theirs, however long ago it was due."""
    day, rules = today(now), _rules(session)
    if not rules:
        return []
    low = now - _LONGEST if organisations is not None else min(_lowest(day, *rule) for rule in rules.values())
    moments = {"low": low, "high": start_of(day)}
    wanted = _of_late() if organisations is None else _of_late().where(Minutes.organisation_id.in_(organisations))
    waiting = _waiting(session, session.execute(wanted, moments).all(), rules, day)
    found = [
        Due(one, step, held, one.steps[step])
        for one in waiting
        for step in one.steps
        if one.steps[step] <= day
        for held in one.whom(step)
    ]
    found = [one for one in found if organisations is not None or one.goes_on(day)]
    return sorted({one.key: one for one in reversed(found)}.values(), key=lambda one: (one.on, one.minutes.key))


def silent(session: Session, asked_ids: sa.Select[Any], now: datetime) -> list[Waiting]:
    """Of the minutes that answer these requests, those that the partnership is to see as not acknowledged yet: waiting
    for as many working days as it has set. Oldest first. Three statements."""
    day, rules = today(now), _rules(session)
    rows = session.execute(_unheard().where(Asked.id.in_(asked_ids))).all()
    waiting = _waiting(session, rows, rules, day)
    return [one for one in waiting if one.steps.get(Step.PARTNERSHIP, date.max) <= day]


Rule = tuple[tuple[int, ...], tuple[Days, ...]]
_after = lru_cache(maxsize=4_096)(working_days_after)


def _rules(session: Session) -> dict[int, Rule]:
    """The days of each partnership, and when schools are closed."""
    rows = session.execute(sa.select(Partnership.id, Partnership.reminder_days, Partnership.school_holidays))
    return {key: (tuple(days[: len(STEPS)]), closed(pairs)) for key, days, pairs in rows}


@lru_cache(maxsize=1_024)
def _lowest(day: date, days: tuple[int, ...], closed: tuple[Days, ...]) -> datetime:
    """Nothing that began before this moment is due to anybody on a day."""
    longest = max(days[: STEPS.index(Step.PARTNERSHIP)], default=0) + CATCH_UP
    return start_of(min(working_days_before(day, longest + 1, some) for some in ((), closed)))


@lru_cache(maxsize=1)
def _of_late() -> sa.Select[Any]:
    """What waits and was sent, answered or came to a new reader between two moments: each found by an index."""
    sent = sa.select(Minutes.id).where(Minutes.sent_at.between(_LOW, _HIGH))
    answered = sa.select(Question.minutes_id).join(Answer, Answer.question_id == Question.id)
    before = aliased(Minutes)
    handed_over = (
        sa.select(before.id)
        .join(Appointment, Appointment.organisation_id == before.organisation_id)
        .where(Appointment.counts_from.between(_LOW, _HIGH), Appointment.role.in_(LEADS))
        .where(before.sent_at < Appointment.counts_from)
    )
    since = sa.union(sent, answered.where(Answer.at.between(_LOW, _HIGH)), handed_over).subquery()
    return _unheard().where(Minutes.id.in_(sa.select(since.c[0])))


def _unheard() -> sa.Select[Any]:
    """The newest versions that nobody has and that wait for nobody's answer: a row for each request they answer."""
    answered = sa.select(Answer).join(Question, Question.id == Answer.question_id)
    last = answered.where(Question.minutes_id == Minutes.id).order_by(Answer.id.desc()).limit(1).correlate(Minutes)
    return (
        sa.select(Minutes.id, Minutes.ref, Minutes.organisation_id, Minutes.sent_at, Minutes.recorded_by_id)
        .add_columns(Asked.id.label("asked_id"), Asked.team_id, Asked.partnership_id, Asked.sector)
        .add_columns(last.with_only_columns(Answer.at).scalar_subquery().label("answered_at"))
        .add_columns(last.with_only_columns(Answer.ref).scalar_subquery().label("answer"))
        .join(MinutesFor, MinutesFor.minutes_id == Minutes.id)
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .where(
            Minutes.sent_at >= Partnership.letters_from,
            Minutes.newest,
            nobody_has(),
            ~sa.exists().where(Share.minutes_id == Minutes.id, Share.shared),
            ~waits_for_team(),
        )
        .order_by(Minutes.id, Asked.id)
    )


def _waiting(session: Session, rows: Sequence[Any], rules: dict[int, Rule], day: date) -> list[Waiting]:
    """What somebody may read, of rows of `_unheard`; when each step is due. One statement."""
    by_minutes: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_minutes[row.id].append(row)
    places = {row.organisation_id for row in rows}
    held = receivers(session, places, day, (*LEADS, Role.ADMINISTRATOR)) if places else {}
    found = (_one(asks, held.get(asks[0].organisation_id, []), rules, day) for asks in by_minutes.values())
    return [one for one in found if one is not None]


def _one(asks: list[Any], held: list[Receiver], rules: dict[int, Rule], day: date) -> Waiting | None:
    first, teams = asks[0], [ask.team_id for ask in asks]
    beside = [one for one in held if one.person_id != first.recorded_by_id and one.covers(teams)]
    with_them = _readers(beside, teams)
    if not with_them:
        return None
    leads = [one for one in beside if one.role is Role.LEAD] or with_them
    came = min(leads, key=lambda one: one.counts_from)
    begun = [(first.sent_at, ""), (came.counts_from, came.ref)]
    answered = [(first.answered_at, first.answer)] if first.answered_at else []
    since, run = max([*begun, *answered], key=lambda moment: moment[0])
    days, holidays = rules[first.partnership_id]
    school = holidays if is_school(first.sector) else ()
    steps = {step: _after(today(since), number, school) for step, number in zip(STEPS, days, strict=False)}
    ids = tuple(ask.asked_id for ask in asks)
    return Waiting(first.id, first.ref, ids, since, run, tuple(with_them), tuple(beside), steps, school)


def _readers(beside: list[Receiver], teams: list[int | None]) -> list[Receiver]:
    """Who is to read: for each team the leads, and where none is there the deputies too, as for every letter."""
    found: dict[str, Receiver] = {}
    for team in teams:
        here = [one for one in beside if one.role in LEADS and one.covers([team])]
        leads = [one for one in here if one.role is Role.LEAD]
        there = leads if any(not one.away for one in leads) else here
        found.update({one.ref: one for one in there})
    return list(found.values())
