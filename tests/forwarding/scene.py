"""A trust with a team leader, a lead and a deputy; and as noise a school of the same partnership, in which everything
has happened already, so that a query that forgets whose rows it reads is seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.discussions.drafts import Draft
from app.discussions.models import Minutes, MinutesFor, Reply, ReplyKind
from app.forwarding import services
from app.forwarding.models import Acknowledgement, Document, Question, Share
from app.forwarding.standings import Standing, standings
from app.organisations.models import Leave, Partnership, Person
from app.policy import Actor, Role
from tests import factories as make
from tests.conftest import NOW

DAY = timedelta(days=1)
EARLIER = NOW - 2 * DAY
TODAY = NOW.date()


class Scene:
    """The world, and what people do in it. `asked` is what the first team was asked."""

    def __init__(self, session: Session, *, noise: bool = True, **partnership: Any) -> None:
        self.session, self.circle = session, make.circle(session)
        self.asked, self.south = self.circle.asked, self._asked_of(1)
        self.leader, self.lead, self.deputy = self.circle.leader, self.circle.lead, self.circle.deputy
        for name, value in partnership.items():
            setattr(self.circle.partnership, name, value)
        if noise:
            self._noise()

    def _asked_of(self, number: int) -> Asked:
        key = self.circle.teams[number].id
        return next(a for a in self.circle.circulation.asked if a.team_id == key)

    def _noise(self) -> None:
        """Everything at the school, by people who stand in the same places."""
        circle, by = self.circle, self.circle.noise_leader
        lead = self.actor(circle.noise_lead)
        first = self.sent(by, circle.noise_asked, at=EARLIER)
        services.ask_team(self.session, lead, first, "What did you mean?", now=EARLIER)
        services.acknowledge(self.session, lead, first, now=EARLIER)
        self.share(first, circle.noise_lead, at=EARLIER)
        self.corrected(first, by, at=EARLIER + timedelta(hours=1))
        self.replied(ReplyKind.NOT_RELEVANT, "Noise.", circle.noise_asked, by)
        self.documented(first)
        self.sent(by, circle.noise_asked, at=EARLIER + timedelta(hours=2))

    def actor(self, person: Person) -> Actor:
        return make.actor_of(self.session, person)

    def sent(
        self, by: Person | None = None, asked: Asked | None = None, *also: Asked, at: datetime = NOW, **values: Any
    ) -> Minutes:
        """Minutes of the first team, sent by its leader, unless said otherwise; `also` they answer for."""
        made = make.minutes(self.session, asked or self.asked, by or self.leader, sent_at=at, **values)
        made.covers.extend(MinutesFor(asked_id=other.id) for other in also)
        self.session.flush()
        return made

    def corrected(self, minutes: Minutes, by: Person | None = None, *, at: datetime = NOW, **values: Any) -> Minutes:
        """The next version of minutes, about the same."""
        asked, *also = [cover.asked_id for cover in minutes.covers]
        others = [self.session.get_one(Asked, key) for key in also]
        values = {"thread": minutes.thread, "version": minutes.version + 1, **values}
        return self.sent(by or self.leader, self.session.get_one(Asked, asked), *others, at=at, **values)

    def has(self, minutes: Minutes, person: Person | None = None, *, at: datetime = NOW) -> Acknowledgement:
        made = services.acknowledge(self.session, self.actor(person or self.lead), minutes, now=at)
        self.session.flush()
        return made

    def share(
        self,
        minutes: Minutes,
        person: Person | None = None,
        to: Partnership | None = None,
        *,
        at: datetime = NOW,
        **quotable: bool,
    ) -> Share:
        """Share all answers, none to be quoted; or only those of these points (`point_0=True`: may be quoted)."""
        keys = {r.point.key.replace("-", "_"): r.id for r in minutes.responses}
        answers = (
            {keys[name]: may for name, may in quotable.items()} if quotable else dict.fromkeys(keys.values(), False)
        )
        key = (to or self.circle.partnership).id
        return services.share(self.session, self.actor(person or self.lead), minutes, key, answers, now=at)

    def ask(
        self, minutes: Minutes, person: Person | None = None, words: str = "Who was there?", at: datetime = NOW
    ) -> Question:
        made = services.ask_team(self.session, self.actor(person or self.lead), minutes, words, now=at)
        self.session.flush()
        return made

    def replied(self, kind: ReplyKind, words: str, asked: Asked | None = None, by: Person | None = None) -> Reply:
        asked, by = asked or self.asked, by or self.leader
        values = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "at": NOW, "by_id": by.id}
        return make.kept(self.session, Reply(kind=kind, words=words, **values))

    def began(self, asked: Asked | None = None) -> Draft:
        """A draft that is open."""
        asked = asked or self.asked
        values = {"begun_at": NOW, "changed_at": NOW, "changed_by_id": self.leader.id}
        return make.kept(self.session, Draft(organisation_id=asked.organisation_id, asked_id=asked.id, **values))

    def documented(self, minutes: Minutes, body: bytes = b"PK document", at: datetime = NOW) -> Document:
        document = services.keep_document(self.session, minutes.ref, body, now=at)
        self.session.flush()
        return document

    def away(self, person: Person, first: date = TODAY, last: date = TODAY) -> None:
        make.kept(self.session, Leave(person_id=person.id, starts_on=first, ends_on=last))

    def ended(self, person: Person, role: Role, on: date = date(2026, 2, 1)) -> None:
        """Somebody's appointments to a role have ended."""
        for held in person.appointments:
            if held.role is role:
                held.ends_on = on
        self.session.flush()
        self.session.expire_all()

    def appointed(
        self,
        role: Role,
        *teams: Any,
        who: Person | None = None,
        at: datetime = datetime(2026, 1, 1, tzinfo=NOW.tzinfo),
        **values: Any,
    ) -> Person:
        """Somebody is appointed in the trust, from an instant on."""
        who = who or make.person(self.session)
        values = {"starts_on": at.date(), "counts_from": at, **values}
        make.appoint(self.session, who, role, self.circle.organisation, teams, **values)
        self.session.expire(who, ["appointments"])
        return who

    def other_partnership(self, **values: Any) -> tuple[Partnership, Asked]:
        """A second partnership asks the first team about the same edition."""
        from app.organisations.models import Membership

        second = make.partnership(self.session, **values)
        make.kept(self.session, Membership(partnership_id=second.id, organisation_id=self.circle.organisation.id))
        asked = make.circulate(self.session, second, self.circle.edition, [self.circle.teams[0]]).asked[0]
        return second, asked

    def standing(self, asked: Asked | None = None, at: datetime = NOW) -> Standing:
        self.session.flush()
        key = (asked or self.asked).id
        return standings(self.session, [key], at)[key]

    def read(self, asked: Asked | None = None, at: datetime = NOW) -> tuple[str, str, str]:
        """What the team, the lead and the officer read."""
        found = self.standing(asked, at)
        return found.team, found.lead, found.officer


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that a session executes inside."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    bind = session.get_bind()
    sa.event.listen(bind, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(bind, "before_cursor_execute", note)
