"""An organisation that was asked without its teams, and somebody there whom nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation import claiming
from app.circulation.models import Asked, Circulation, OtherLeader
from app.organisations import newcomers
from app.organisations.models import Address, Organisation, Person
from app.policy import CONSOLE, Actor, Role
from tests import factories as make
from tests.conftest import NOW

DOMAIN = "hostel.example.org"
LATER = NOW + timedelta(hours=1)


class Unknown:
    """`place` was asked as a whole by the partnership of a circle, and has a lead at its own domain."""

    def __init__(self, session: Session, domain: str = DOMAIN) -> None:
        self.session, self.circle, self.domain = session, make.circle(session), domain
        self.place, self.lead = self.another()
        self.sent = self.asks(self.place)
        self.who = self.comes()

    def another(self) -> tuple[Organisation, Person]:
        """An organisation of the partnership with a lead at the domain."""
        place = make.organisation(self.session, self.circle.partnership)
        lead = make.person(self.session, email=f"lead.of.{place.code}@{self.domain}")
        make.appoint(self.session, lead, Role.LEAD, place, local_title="Named Nurse")
        return place, lead

    def asks(self, place: Organisation, **values: Any) -> Circulation:
        """The organisation is asked as a whole."""
        sent = make.circulate(self.session, self.circle.partnership, make.edition(self.session), [], **values)
        where = {"partnership_id": sent.partnership_id, "organisation_id": place.id, "team_id": None}
        sent.asked.append(Asked(**where, organisation_name=place.name, team_name="", sector=place.sector, added_at=NOW))
        self.session.flush()
        return sent

    def comes(self, name: str = "night.manager") -> Person:
        """Somebody signs in with a code to an address at the domain."""
        email = f"{name}@{self.domain}"
        made = newcomers.take_in(self.session, CONSOLE, email, self.domain, NOW)
        self.session.execute(sa.update(Address).where(Address.email == email).values(proved_at=NOW))
        return made

    def actor(self, who: Person | None = None, now: Any = NOW) -> Actor:
        return make.actor_of(self.session, who or self.who, now)

    def claims(
        self, called: str = "Nights", who: Person | None = None, name: str = "Night manager", now: Any = NOW
    ) -> Asked:
        return claiming.claim_team(self.session, self.actor(who, now), self.place, called, name, now=now)

    def said(self) -> OtherLeader:
        """What was said last."""
        return self.session.scalars(sa.select(OtherLeader).order_by(OtherLeader.id.desc()).limit(1)).one()
