"""A year of what people do, by chance: launches, drafts, answers, changes of date, closings, withdrawals, teams that
are added or claimed, comings and goings."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation import adding, claiming, colleagues, dating, leaders, leading, openings
from app.circulation.models import AnswerBy, Asked, Circulation, Colleague, ColleagueEnded
from app.clock import today
from app.database import new_ref
from app.discussions.drafts import Draft
from app.discussions.models import Minutes, Received, Reply, ReplyKind, Setting
from app.discussions.outside import Outside, OutsideTaken
from app.organisations import newcomers
from app.organisations.models import Address, Leave, Named, Organisation, Partnership, Person, Team
from app.packs.standing import PackStanding, Standing
from app.policy import CONSOLE, Role
from tests import factories as make

DAY = timedelta(days=1)


class Place:
    """Two partnerships; a trust with two teams, a school, and an organisation whose teams are not known. The leader of
    the first team takes the minutes of the second and is deputy lead of the trust; both partnerships ask her."""

    def __init__(self, session: Session, begin: datetime, holidays: list[list[str]]) -> None:
        self.session, self.begin = session, begin
        values: dict[str, Any] = {"letters_from": begin - 30 * DAY, "school_holidays": holidays}
        self.askers = [make.partnership(session, **values), make.partnership(session, **values)]
        self.askers[1].answer_reminder_days = [-10, -2, 0, 3, 8]
        self.officers = [make.holder(session, Role.OFFICER, one) for one in self.askers]
        self.trust, self.school, self.bare = (
            make.organisation(session, *self.askers, sector=sector) for sector in ("Health", "School", "Voluntary")
        )
        self.north, self.south = make.team(session, self.trust), make.team(session, self.trust)
        self.whole = make.team(session, self.school)
        self.leader, self.head, self.chief = (make.person(session) for _ in range(3))
        self.appoint(self.leader, Role.LEADER, self.trust, self.north)
        self.appoint(self.leader, Role.MINUTES, self.trust, self.south)
        self.appoint(self.leader, Role.DEPUTY, self.trust)
        self.appoint(self.head, Role.LEADER, self.school, self.whole)
        self.appoint(self.chief, Role.LEAD, self.bare)
        self.editions = [make.edition(session, one) for one in self.askers]
        self.circulations: list[int] = []
        self.lines: dict[str, int] = {}
        self.passing = make.person(session)

    def appoint(self, who: Person, role: Role, place: Organisation, *teams: Team, at: datetime | None = None) -> None:
        at = at or self.begin - 20 * DAY
        make.appoint(self.session, who, role, place, teams, starts_on=today(at), counts_from=at)

    def asked_in(self, refs: Iterable[str]) -> list[Asked]:
        """Those of these references that are of what was asked."""
        return [self.session.get_one(Asked, self.lines[ref]) for ref in refs if ref in self.lines]


class Year:
    """What happens at a moment. `ended` says from when an `Asked` needs no reminder: it was answered."""

    def __init__(self, place: Place, chance: random.Random) -> None:
        self.place, self.chance, self.session = place, chance, place.session
        self.answered: dict[str, datetime] = {}
        self.moved: dict[int, date] = {}
        self.minutes: list[Minutes] = []
        self.withdrawn: set[int] = set()
        self.stood_otherwise = 0
        self.late: set[str] = set()
        self.claimed: set[str] = set()
        self.domain = place.chief.addresses[0].email.rpartition("@")[2]

    def passes(self, at: datetime) -> None:
        deeds = [
            (0.06, self.launch),
            (0.05, self.begin_draft),
            (0.05, self.answer),
            (0.03, self.reply),
            (0.02, self.enter),
            (0.04, self.move_date),
            (0.02, self.close),
            (0.03, self.name),
            (0.02, self.leave),
            (0.03, self.come_and_go),
            (0.01, self.add_team),
            (0.02, self.claim),
            (0.03, self.settle),
            (0.04, self.stand_otherwise),
        ]
        for likely, deed in deeds:
            if self.chance.random() < likely:
                deed(at)
        self.session.flush()

    def launch(self, at: datetime) -> None:
        place, which = self.place, self.chance.randrange(2)
        teams = self.chance.sample([place.north, place.south, place.whole], self.chance.randint(1, 3))
        by = today(at) + self.chance.randint(5, 60) * DAY
        made = make.circulate(
            self.session, place.askers[which], place.editions[which], teams, at=at, answer_by=by, once=new_ref()
        )
        if self.chance.random() < 0.4:
            asker = place.askers[which].id
            where = {"partnership_id": asker, "organisation_id": place.bare.id, "team_id": None, "team_name": ""}
            made.asked.append(Asked(**where, organisation_name="Bare", sector="Voluntary", added_at=at))
        self.session.flush()
        place.circulations.append(made.id)
        place.lines |= {asked.ref: asked.id for asked in made.asked}

    def open_line(self) -> Asked | None:
        found = [ref for ref in self.place.lines if ref not in self.answered][-12:]
        return self.place.asked_in([self.chance.choice(found)])[0] if found else None

    def begin_draft(self, at: datetime) -> None:
        asked = self.open_line()
        if asked and not self.session.query(Draft).filter_by(asked_id=asked.id, sent_at=None).count():
            where = {"organisation_id": asked.organisation_id, "asked_id": asked.id}
            who = {"begun_at": at, "changed_at": at, "changed_by_id": self.place.leader.id}
            make.kept(self.session, Draft(**where, **who, content={"present": "7"}))

    def answer(self, at: datetime) -> None:
        asked = self.open_line()
        if asked:
            by = self.place.passing if asked.organisation_id == self.place.trust.id else self.place.head
            self.minutes.append(make.minutes(self.session, asked, by, sent_at=at))
            self.answered[asked.ref] = at

    def reply(self, at: datetime) -> None:
        asked = self.open_line()
        if asked:
            where = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "by_id": self.place.leader.id}
            make.kept(self.session, Reply(**where, kind=ReplyKind.NOT_RELEVANT, words="No.", at=at))
            self.answered[asked.ref] = at

    def enter(self, at: datetime) -> None:
        """Answers from outside are entered, or what was entered is taken back."""
        stands = [one for one in self.session.query(Outside) if self.session.get(OutsideTaken, one.id) is None]
        officer = self.place.officers[0].id
        if stands and self.chance.random() < 0.5:
            gone = self.chance.choice(stands)
            make.kept(self.session, OutsideTaken(outside_id=gone.id, by_id=officer, at=at))
            ref = self.session.get_one(Asked, gone.asked_id).ref
            self.answered.pop(ref, None)
            return
        asked = self.open_line()
        if asked and not self.session.query(Outside).filter_by(asked_id=asked.id).count():
            edition = self.session.get_one(Circulation, asked.circulation_id).edition_id
            where = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "edition_id": edition}
            how = {"setting": Setting.TEAM_MEETING, "received": Received.MAIL, "present": 5}
            make.kept(self.session, Outside(**where, **how, month=today(at).replace(day=1), by_id=officer, at=at))
            self.answered[asked.ref] = at

    def move_date(self, at: datetime) -> None:
        if self.place.circulations:
            one = self.session.get_one(Circulation, self.chance.choice(self.place.circulations[-4:]))
            one.dates.append(AnswerBy(on=today(at) + self.chance.randint(1, 60) * DAY, set_at=at, by_id=None))
            self.moved[one.id] = today(at)

    def close(self, at: datetime) -> None:
        if self.place.circulations:
            one = self.session.get_one(Circulation, self.chance.choice(self.place.circulations[-4:]))
            asker = [partnership.id for partnership in self.place.askers].index(one.partnership_id)
            officer = make.actor_of(self.session, self.place.officers[asker], at)
            deed = dating.reopen_recording if one.closed else dating.close_recording
            deed(self.session, officer, one, now=at)

    def name(self, at: datetime) -> None:
        asked = self.open_line()
        if asked:
            who = self.place.passing
            where = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "by_id": self.place.leader.id}
            whom = {"person_id": who.id, "address_id": who.addresses[0].id}
            named = make.kept(self.session, Colleague(**where, **whom, at=at))
            if self.chance.random() < 0.3:
                make.kept(self.session, ColleagueEnded(colleague_id=named.id, by_id=self.place.leader.id, at=at))

    def leave(self, at: datetime) -> None:
        who = self.chance.choice([self.place.leader, self.place.head, self.place.chief, self.place.passing])
        make.away(self.session, who, today(at), self.chance.randint(1, 12))

    def come_and_go(self, at: datetime) -> None:
        """Somebody's role ends today, and somebody takes it up tomorrow."""
        held = self.chance.choice([one for one in self.place.head.appointments if one.ends_on is None] or [None])
        if held is not None and held.starts_on < today(at):
            held.ends_on = today(at)
            self.place.head = make.person(self.session)
            self.place.appoint(self.place.head, Role.LEADER, self.place.school, self.place.whole, at=at + DAY)
            self.session.flush()
            self.session.expire_all()

    def add_team(self, at: datetime) -> None:
        """The lead of an organisation adds a team, which is asked later than all others."""
        place, chief = self.place, make.actor_of(self.session, self.place.chief, at)
        named = Named("Leader", f"{new_ref()}@{self.domain}")
        adding.add_team(self.session, chief, place.bare, f"Added {new_ref()}", named, now=at)
        self.knows(place.bare)

    def claim(self, at: datetime) -> None:
        """Somebody whom nobody knew says that she leads a team, where something was asked."""
        place = self.place
        if openings.still_open(self.session, place.bare.id, today(at) - colleagues.LASTS, whole=True):
            who = newcomers.take_in(self.session, CONSOLE, f"{new_ref()}@{self.domain}", self.domain, at)
            self.session.execute(sa.update(Address).where(Address.person_id == who.id).values(proved_at=at))
            actor = make.actor_of(self.session, who, at)
            claiming.claim_team(self.session, actor, place.bare, f"Claimed {new_ref()}", "Somebody", now=at)
            self.claimed |= self.knows(place.bare)

    def settle(self, at: datetime) -> None:
        """The lead confirms what was said of who leads a team, or declines it."""
        chief = make.actor_of(self.session, self.place.chief, at)
        if said := leaders.to_settle(self.session, chief):
            one = self.chance.choice(said)
            if self.chance.random() < 0.5:
                leading.confirm_leader(self.session, chief, one, Named(one.name, one.email), now=at)
            else:
                leading.decline_leader(self.session, chief, one, now=at)

    def stand_otherwise(self, at: datetime) -> None:
        """A briefing is withdrawn, or stands again: more often the latter."""
        which = self.chance.randrange(2)
        pack = self.place.editions[which].pack
        gone = pack.id in self.withdrawn
        if gone or self.chance.random() < 0.2:
            stands = Standing.CURRENT if gone else Standing.WITHDRAWN
            make.kept(self.session, PackStanding(pack_id=pack.id, standing=stands, because="Why.", at=at, by="Officer"))
            self.session.expire(pack)
            self.withdrawn ^= {pack.id}
            self.stood_otherwise += 1

    def knows(self, place: Organisation) -> set[str]:
        """What a place was asked since it was last looked at is among the lines; which these are."""
        found = {asked.ref: asked.id for asked in self.session.query(Asked).filter_by(organisation_id=place.id)}
        new = set(found) - set(self.place.lines)
        self.place.lines |= found
        self.late |= new
        return new


def is_away(session: Session, person: Person, day: date) -> bool:
    spells = session.query(Leave).filter_by(person_id=person.id)
    return any(one.starts_on <= day <= one.ends_on for one in spells)


def asker_of(place: Place, asked: Asked) -> Partnership:
    return next(one for one in place.askers if one.id == asked.partnership_id)
