"""Two partnerships and a few people who hold many roles between them, so that every kind of letter that says what
waits is owed to the same people side by side; and what they do with minutes, and who comes and goes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.circulation.models import Asked, Circulation
from app.clock import today
from app.database import new_ref
from app.discussions.models import Minutes, MinutesFor
from app.errors import Conflict, Denied, Invalid
from app.forwarding import services
from app.forwarding.models import Question, Share
from app.organisations.deciding import choose_letters
from app.organisations.models import Appointment, Organisation, Person
from app.policy import Role
from tests import factories as make
from tests.discussions.year import DAY, Place, Year

READS = (Role.LEAD, Role.DEPUTY)
REMINDED = (*READS, Role.ADMINISTRATOR)
OTHER_HOLIDAYS = [["2026-02-09", "2026-02-13"], ["2026-04-07", "2026-04-17"], ["2026-07-20", "2026-09-02"]]


class Everybody(Place):
    """The trust, the school and the organisation without teams, each with leads, a deputy and an administrator. Ann
    leads for the trust, leads a team of the school and takes its minutes in the trust; Ben reads for one team only and
    is deputy elsewhere; Cath leads for the school and writes for the trust. The partnerships have different days."""

    def __init__(self, session: Session, begin: datetime, holidays: list[list[str]]) -> None:
        super().__init__(session, begin, holidays)
        self.askers[1].school_holidays, self.askers[1].reminder_days = OTHER_HOLIDAYS, [3, 6, 9, 14]
        self.editions.append(make.edition(self.session, self.askers[0]))  # both ask about this one
        self.ann, self.ben, self.cath = (make.person(self.session) for _ in range(3))
        for who, role, place, teams in (
            (self.ann, Role.LEAD, self.trust, ()),
            (self.ann, Role.LEADER, self.school, (self.whole,)),
            (self.ann, Role.ADMINISTRATOR, self.school, ()),
            (self.ben, Role.LEAD, self.trust, (self.south,)),
            (self.ben, Role.DEPUTY, self.school, ()),
            (self.ben, Role.DEPUTY, self.bare, ()),
            (self.cath, Role.LEAD, self.school, ()),
            (self.cath, Role.LEADER, self.trust, (self.south,)),
            (self.chief, Role.ADMINISTRATOR, self.trust, ()),
            (self.chief, Role.DEPUTY, self.trust, ()),
        ):
            self.appoint(who, role, place, *teams)
        self.cast = [self.leader, self.head, self.chief, self.passing, self.ann, self.ben, self.cath]

    def holding(self, place: Organisation, day: date, *roles: Role) -> list[Appointment]:
        """The appointments to some roles of a place, in dates on a day."""
        rows = self.session.query(Appointment).filter_by(organisation_id=place.id).order_by(Appointment.id)
        return [
            one
            for one in rows
            if one.role in roles and one.starts_on <= day and (one.ends_on is None or one.ends_on >= day)
        ]


@dataclass(frozen=True)
class Deed:
    """What is done on a day of a week at an hour, with a number by which all else about it is chosen."""

    what: str
    day: int = 0
    hour: int = 0
    chance: int = 0


class Doings(Year):
    """What happens, by the facts: which minutes somebody has, which are shared, asked about or corrected."""

    place: Everybody

    def __init__(self, place: Everybody) -> None:
        super().__init__(place, random.Random(0))
        self.sets: dict[str, Minutes] = {}
        self.has: set[str] = set()
        self.corrected: set[str] = set()
        self.shared: dict[str, Share] = {}
        self.asked_back: dict[str, Question] = {}
        self.answered_back: dict[str, datetime] = {}
        self.weekly: dict[int, bool] = {}
        self.done: set[str] = set()

    def does(self, deed: Deed, at: datetime) -> None:
        """One thing, unless it would be refused to whoever tries it."""
        self.chance = random.Random(deed.chance)
        act: Callable[[datetime], None] = getattr(self, deed.what)
        try:
            act(at)
            self.done.add(deed.what)
        except (Conflict, Denied, Invalid):
            pass
        self.session.flush()
        self.session.expire_all()

    def launch(self, at: datetime) -> None:
        """By one of the partnerships; now and then about the same briefing as the other."""
        own = self.place.editions
        if self.chance.random() < 0.5:
            self.place.editions = [own[2], own[2]]
        super().launch(at)
        self.place.editions = own

    def answer(self, at: datetime) -> None:
        """Minutes are sent: for both partnerships where both asked about the same."""
        asked, place = self.open_line(), self.place
        if asked is None:
            return
        writers = {place.trust.id: [place.leader, place.ann, place.cath], place.bare.id: [place.chief, place.passing]}
        by = self.chance.choice(writers.get(asked.organisation_id, [place.head, place.ann, place.cath]))
        open_lines = place.asked_in(ref for ref in place.lines if ref not in self.answered)
        also = [one for one in open_lines if one is not asked and self.alike(one) == self.alike(asked)]
        self.sends(asked, by, at, *also)

    def answer_at_school(self, at: datetime) -> None:
        """What the first partnership asked a school is answered there."""
        for asked in self.place.asked_in(ref for ref in self.place.lines if ref not in self.answered):
            if (asked.team_id, asked.partnership_id) == (self.place.whole.id, self.place.askers[0].id):
                return self.sends(asked, self.place.head, at)

    def alike(self, asked: Asked) -> tuple[int, int | None, int]:
        edition = self.session.get_one(Circulation, asked.circulation_id).edition_id
        return asked.organisation_id, asked.team_id, edition

    def sends(self, asked: Asked, by: Person, at: datetime, *also: Asked, **values: Any) -> None:
        made = make.minutes(self.session, asked, by, sent_at=at, **values)
        made.covers.extend(MinutesFor(asked_id=one.id) for one in also)
        self.session.flush()
        services.keep_document(self.session, made.ref, b"PK document", now=at)
        self.sets[made.ref] = made
        self.answered |= {one.ref: at for one in (asked, *also)}

    def some_set(self) -> Minutes | None:
        found = [ref for ref in self.sets if ref not in self.has | self.corrected][-8:]
        return self.sets[self.chance.choice(found)] if found else None

    def reader(self, minutes: Minutes, at: datetime) -> Person:
        """Somebody who receives minutes. Raises `Invalid` where nobody does."""
        held = self.place.holding(self.organisation(minutes), today(at), *READS)
        people = [one.person for one in held if one.person_id != minutes.recorded_by_id]
        if not people:
            raise Invalid("Nobody.")
        return self.chance.choice(people)

    def organisation(self, minutes: Minutes) -> Organisation:
        return self.session.get_one(Organisation, minutes.organisation_id)

    def acknowledge(self, at: datetime) -> None:
        if minutes := self.some_set():
            who = make.actor_of(self.session, self.reader(minutes, at), at)
            services.acknowledge(self.session, who, minutes, now=at)
            self.has.add(minutes.ref)

    def told(self, at: datetime) -> None:
        """Whoever recorded them, or another reader, notes that a reader said elsewhere that she has them."""
        if minutes := self.some_set():
            reader, recorder = self.reader(minutes, at), self.session.get_one(Person, minutes.recorded_by_id)
            by = make.actor_of(self.session, self.chance.choice([recorder, self.reader(minutes, at)]), at)
            services.note_told(self.session, by, minutes, reader.ref, today(at), now=at)
            self.has.add(minutes.ref)

    def share(self, at: datetime) -> None:
        """By a reader, who says with that that she has them; or by a lead who recorded them, who does not."""
        if minutes := self.some_set():
            recorder = self.session.get_one(Person, minutes.recorded_by_id)
            who = self.reader(minutes, at) if self.chance.random() < 0.5 else recorder
            actor = make.actor_of(self.session, who, at)
            if who is not recorder:
                services.acknowledge(self.session, actor, minutes, now=at)
                self.has.add(minutes.ref)
            to = min(minutes.covers, key=lambda cover: cover.asked_id).asked.partnership_id
            answers = {one.id: False for one in minutes.responses}
            self.shared[minutes.ref] = services.share(self.session, actor, minutes, to, answers, now=at)
            self.asked_back.pop(minutes.ref, None)

    def take_back(self, at: datetime) -> None:
        if self.shared:
            ref = self.chance.choice(list(self.shared))
            by = make.actor_of(self.session, self.session.get_one(Person, self.shared[ref].by_id), at)
            services.withdraw(self.session, by, self.shared[ref], now=at)
            del self.shared[ref]

    def ask(self, at: datetime) -> None:
        """A reader asks the team something, so that the minutes wait for the team."""
        if minutes := self.some_set():
            who = make.actor_of(self.session, self.reader(minutes, at), at)
            self.asked_back[minutes.ref] = services.ask_team(self.session, who, minutes, f"What? {new_ref()}", now=at)

    def answer_back(self, at: datetime) -> None:
        if self.asked_back:
            ref = self.chance.choice(list(self.asked_back))
            by = make.actor_of(self.session, self.session.get_one(Person, self.sets[ref].recorded_by_id), at)
            services.answer_question(self.session, by, self.asked_back[ref], "That.", now=at)
            del self.asked_back[ref]
            self.answered_back[ref] = at

    def correct(self, at: datetime) -> None:
        if minutes := self.some_set():
            first, *also = (self.session.get_one(Asked, cover.asked_id) for cover in minutes.covers)
            by = self.session.get_one(Person, minutes.recorded_by_id)
            values = {"thread": minutes.thread, "version": minutes.version + 1}
            self.sends(first, by, at, *also, **values)
            self.corrected.add(minutes.ref)

    def choose(self, at: datetime) -> None:
        """Somebody wants one letter a week, or one for each set again."""
        place = self.chance.choice([self.place.trust, self.place.school])
        held = self.chance.choice(self.place.holding(place, today(at), *READS) or [None])
        if held is not None:
            weekly = not self.weekly.get(held.id, False)
            choose_letters(self.session, make.actor_of(self.session, held.person, at), held, weekly=weekly, now=at)
            self.weekly[held.id] = weekly

    def leave(self, at: datetime) -> None:
        make.away(self.session, self.chance.choice(self.place.cast), today(at), self.chance.randint(1, 12))

    def lead_leaves(self, at: datetime) -> None:
        """A lead, a deputy or an administrator leaves; somebody follows tomorrow, or some days later."""
        place = self.chance.choice([self.place.trust, self.place.school])
        held = [one for one in self.place.holding(place, today(at), *REMINDED) if one.ends_on is None]
        if held := [one for one in held if one.starts_on < today(at)]:
            gone = self.chance.choice(held)
            gone.ends_on = today(at)
            who = self.chance.choice([make.person(self.session), *self.place.cast])
            teams = [narrowed.team for narrowed in gone.teams]
            since = at + self.chance.choice([1, 1, 1, 4, 9]) * DAY
            self.place.appoint(who, gone.role, place, *teams, at=since)

    def deputy_comes(self, at: datetime) -> None:
        """Somebody who is known already is deputy from this moment on; she who was before stays for some days."""
        place = self.chance.choice([self.place.trust, self.place.school])
        for held in self.place.holding(place, today(at), Role.DEPUTY)[:-2]:
            held.ends_on = held.ends_on or today(at) + 3 * DAY
        self.place.appoint(self.chance.choice(self.place.cast), Role.DEPUTY, place, at=at)
