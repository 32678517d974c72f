"""What people do with the service while things break, and an account of what each was told is done."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.orm import Session

from app import clock
from app.circulation.models import Asked
from app.database import db
from app.discussions import drafting, holding
from app.discussions import services as recording
from app.discussions.models import Minutes
from app.errors import Conflict, Denied, Invalid
from app.forwarding import services as forwarding
from app.forwarding.models import Question
from app.organisations.models import Appointment
from app.organisations.queries import actor_for
from app.policy import Actor, Role
from app.post import bounces
from app.post.models import Bounce, Delivery, State
from app.post.return_address import return_address
from tests import factories as make
from tests.discussions.typing_in import content, point
from tests.post.returned import CAME_BACK, sent_back
from tests.post.smtp_stub import Stub

ORGANISATIONS, TEAMS = 5, 2
LONG_AGO = date(2026, 1, 1)
SKEW = 7200.0  # seconds by which the clock of a sender may be wrong


class Unanswered(Exception):
    """No answer came, or one that says that it does not work just now."""


@dataclass(frozen=True)
class Told:
    """Minutes whose writer was told that they are sent: at which turn, in which place, what they say, as which version
    where that was said."""

    turn: int
    place: int
    words: str
    version: int | None = None


@dataclass
class Place:
    """An organisation, what its teams were asked and who leads each; its lead, by which appointment, since when."""

    organisation: int
    partnership: int
    teams: list[tuple[str, int]]
    deputy: str
    lead: int = 0
    address: str = ""
    appointment: str = ""
    since: int = 0


@dataclass
class Account:
    """What people were told is done, by reference. `held`: from which copy to which an address was a lead's. `typed` is
    every text that was ever typed, `saved` those of which a page said that they are saved, each with its turn;
    `faults` are answers that there should not be."""

    told: dict[str, Told] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    saved: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    bounced: set[str] = field(default_factory=set)
    held: list[tuple[str, int, int | None]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    in_doubt: int = 0


class People:
    """Everybody of a small partnership. Each deed is a transaction or two, of a moment of its own."""

    def __init__(self, app: Flask, stub: Stub, seed: int) -> None:
        self.app, self.stub, self.chance = app, stub, random.Random(seed)
        self.account, self.ahead, self.turn = Account(), 0.0, 0
        with db.writing() as session:
            partnership = make.partnership(session)
            self.places = [_place(session, partnership) for _ in range(ORGANISATIONS)]
        for place in self.places:
            self.account.held.append((place.deputy, 0, None))
            self.appoint(place)

    def now(self) -> datetime:
        return clock.now() + timedelta(seconds=self.ahead)

    def send(self) -> None:
        """A leader writes minutes and sends them."""
        number, asked, leader = self._team()
        words = self._typed(f"What we said at turn {self.turn}: {self.chance.random()}")
        with db.writing() as session:
            draft = _saved(session, actor_for(session, leader, self.now()), asked, words, self.now())
            written = draft.ref, bool(draft.corrects)
        self._sent(leader, number, written[0], words)

    def correct(self) -> None:
        """A leader corrects minutes that were sent."""
        ref = self._any(self.account.told)
        if not ref:
            return
        number = self.account.told[ref].place
        words = self._typed(f"Better said at turn {self.turn}: {self.chance.random()}")
        with db.writing() as session:
            minutes = session.scalars(sa.select(Minutes).where(Minutes.ref == ref)).one()
            leader, asked = minutes.recorded_by_id, minutes.covers[0].asked
            actor = actor_for(session, leader, self.now())
            recording.correct(session, actor, minutes, now=self.now())
            draft = _saved(session, actor, asked.ref, words, self.now())
            written = draft.ref
        self._sent(leader, number, written, words)

    def _sent(self, leader: int, number: int, draft_ref: str, words: str) -> None:
        with db.writing() as session:
            draft = session.scalars(sa.select(recording.Draft).where(recording.Draft.ref == draft_ref)).one()
            minutes = recording.send_minutes(session, actor_for(session, leader, self.now()), draft, now=self.now())
            told = minutes.ref, Told(self.turn, number, words, minutes.version)
        self.account.told[told[0]] = told[1]  # only now, when the transaction has ended well, is the writer told

    def acknowledge(self) -> None:
        """A lead says that she has minutes."""
        if lead := self._to_a_lead():
            with db.writing() as session:
                forwarding.acknowledge(session, *self._there(session, lead), now=self.now())
            self.account.acknowledged.add(lead[0])

    def share(self) -> None:
        """A lead shares all answers."""
        if lead := self._to_a_lead():
            place = self.places[self.account.told[lead[0]].place]
            with db.writing() as session:
                actor, minutes = self._there(session, lead)
                answers = {response.id: True for response in minutes.responses}
                forwarding.share(session, actor, minutes, place.partnership, answers, now=self.now())
            self.account.shared.add(lead[0])

    def ask(self) -> None:
        """A lead asks the team something."""
        if lead := self._to_a_lead():
            with db.writing() as session:
                actor, minutes = self._there(session, lead)
                asked = forwarding.ask_team(session, actor, minutes, f"Turn {self.turn}?", now=self.now())
                session.flush()
                ref = asked.ref
            self.account.asked[ref] = lead[0]

    def answer(self) -> None:
        """The team answers a question."""
        ref = self._any(self.account.asked)
        if ref:
            with db.writing() as session:
                question = session.scalars(sa.select(Question).where(Question.ref == ref)).one()
                actor = actor_for(session, question.minutes.recorded_by_id, self.now())
                forwarding.answer_question(session, actor, question, f"Answered at {self.turn}.", now=self.now())
            self.account.answered.add(ref)

    def appoint(self, place: Place) -> None:
        """Somebody new is lead of a place that has none. No sender runs."""
        with db.writing() as session:
            who = make.person(session)
            organisation = session.get_one(make.Organisation, place.organisation)
            held = make.appoint(
                session, who, Role.LEAD, organisation, starts_on=LONG_AGO, counts_from=self.now(), local_title="Nurse"
            )
            found = who.id, who.addresses[0].email, held.ref
        place.lead, place.address, place.appointment = found
        place.since = self.turn
        self.account.held.append((place.address, len(self.stub.received), None))

    def end(self, place: Place) -> None:
        """A lead is one no longer, by no sender's clock. No sender runs, and nothing is on its way."""
        yesterday = clock.today(self.now() - timedelta(seconds=SKEW)) - timedelta(days=1)
        with db.writing() as session:
            session.execute(
                sa.update(Appointment).where(Appointment.ref == place.appointment).values(ends_on=yesterday)
            )
        copies = len(self.stub.received)
        self.account.held = [
            (address, first, copies if (address, last) == (place.address, None) else last)
            for address, first, last in self.account.held
        ]
        place.lead, place.address, place.appointment = 0, "", ""

    def come_back(self) -> None:
        """A letter that the mail system had taken comes back."""
        with db.reading() as session:
            out = sa.select(Delivery.ref).where(Delivery.state == State.ACCEPTED).order_by(Delivery.id.desc()).limit(40)
            refs = session.scalars(out).all()
        if not refs:
            return
        ref = self.chance.choice(refs)
        to = return_address(self.app.config["SETTINGS"], ref)
        message, *_ = self.chance.choice(list(CAME_BACK.values()))
        given = sent_back(message + f"\n{self.turn}\n", to)
        result = self.app.test_cli_runner().invoke(args=["post", "bounce", "--recipient", to], input=given)
        if result.exit_code == 0 and "a report that a letter came back" in result.output:
            self.account.bounced.add(ref)

    def clear(self) -> None:
        """An operator says that the addresses which letters came back from are right again."""
        with db.writing() as session:
            for address in session.scalars(sa.select(Bounce.address).where(Bounce.flags).distinct()).all():
                bounces.clear(session, address, "an operator", self.now())

    def does(self, deed: str) -> None:
        """Do something; what is refused, or fails because the database was away, is told to nobody as done."""
        try:
            getattr(self, deed)()
        except (Conflict, Denied, Invalid):
            self.account.done["refused"] += 1
        except (DBAPIError, Unanswered):
            self.account.in_doubt += 1
        except NoResultFound:  # what was told is done is not there: `invariants` says what
            self.account.done["missing"] += 1
        self.account.done[deed] += 1

    def _team(self) -> tuple[int, str, int]:
        """A team: in which place, what it was asked, who leads it."""
        number = self.chance.randrange(ORGANISATIONS)
        return number, *self.chance.choice(self.places[number].teams)

    def _typed(self, words: str) -> str:
        self.account.typed.add(words)
        return words

    def _to_a_lead(self) -> tuple[str, int] | None:
        """Minutes that somebody was told are sent, and the lead of their place; none where there is no lead."""
        ref = self._any(self.account.told)
        lead = self.places[self.account.told[ref].place].lead if ref else 0
        return (ref, lead) if lead else None

    def _there(self, session: Session, lead: tuple[str, int]) -> tuple[Actor, Minutes]:
        actor = actor_for(session, lead[1], self.now())
        return actor, session.scalars(sa.select(Minutes).where(Minutes.ref == lead[0])).one()

    def _any(self, found: dict[str, object] | dict[str, Told] | dict[str, str]) -> str:
        """One of the newest of these."""
        newest = list(found)[-30:]
        return self.chance.choice(newest) if newest else ""


def _place(session: Session, partnership: make.Partnership) -> Place:
    organisation = make.organisation(session, partnership)
    teams = [make.team(session, organisation) for _ in range(TEAMS)]
    leaders = [make.holder(session, Role.LEADER, organisation, (team,)) for team in teams]
    deputy = make.holder(session, Role.DEPUTY, organisation)
    asked = make.circulate(session, partnership, make.edition(session, partnership), teams).asked
    refs = {one.team_id: one.ref for one in asked}
    named = [(refs[team.id], leader.id) for team, leader in zip(teams, leaders, strict=True)]
    return Place(organisation.id, partnership.id, named, deputy.addresses[0].email)


def _saved(session: Session, actor: Actor, asked_ref: str, words: str, now: datetime) -> recording.Draft:
    """The draft of a team, with these words in it, on the page's own terms."""
    asked = session.scalars(sa.select(Asked).where(Asked.ref == asked_ref)).one()
    day = clock.today(now) - timedelta(days=3)
    held_on = {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
    typed = content(held_on=held_on, points={"point-0": point(words)})
    there = holding.open_draft(session, asked)
    return drafting.save_draft(session, actor, asked, typed, version=there.version if there else 0, now=now)
