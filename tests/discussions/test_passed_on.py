"""An organisation that was asked as a whole adds a team: the team is asked and reminded, the lead is not any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import adding
from app.circulation.models import Added, Asked
from app.organisations.models import Named, Organisation, Person
from app.organisations.proposed import TeamProposed
from app.policy import Role
from tests import factories as make
from tests.discussions.reminded import AFTER, BEFORE, DAY, LAST, LAUNCH, launched, on, reminded
from tests.forwarding.scene import Scene

WHO = Named("Night leader", "nights@example.gov.uk")


class Whole:
    """An organisation of which no team was known when it was asked, with a lead."""

    def __init__(self, session: Session) -> None:
        self.scene: Scene = launched(session)
        self.session, self.sent = session, self.scene.circle.circulation
        self.place: Organisation = make.organisation(session, self.scene.circle.partnership)
        self.lead: Person = make.person(session, name="Whole lead")
        make.appoint(session, self.lead, Role.LEAD, self.place)
        self.asked = self.line()

    def line(self, team_id: int | None = None, **values: object) -> Asked:
        where = {"partnership_id": self.sent.partnership_id, "organisation_id": self.place.id, "team_id": team_id}
        names = {"organisation_name": self.place.name, "team_name": "", "sector": "Health", "added_at": LAUNCH}
        made = Asked(**{**where, **names, **values})  # type: ignore[arg-type]
        self.sent.asked.append(made)
        self.session.flush()
        return made


@pytest.fixture
def whole(app: Flask, session: Session) -> Whole:
    return Whole(session)


def test_the_lead_is_reminded_until_she_has_added_a_team_and_its_leader_from_then_on(whole: Whole) -> None:
    assert reminded(whole.scene, days=24)["Whole lead"] == [BEFORE]
    added = on(BEFORE + DAY)
    adding.add_team(
        whole.session, make.actor_of(whole.session, whole.lead, added), whole.place, "Nights", WHO, now=added
    )
    found = reminded(whole.scene, first=BEFORE + DAY)
    assert "Whole lead" not in found and found["Night leader"][-2:] == [AFTER, LAST]


def test_a_team_of_another_launch_or_place_and_one_that_is_only_proposed_leave_her_to_be_reminded(whole: Whole) -> None:
    circle, session = whole.scene.circle, whole.session
    other = make.circulate(session, circle.partnership, make.edition(session), [make.team(session, whole.place)])
    other.asked[0].added = Added.LATER
    circle.asked.added = Added.LATER
    proposed = make.team(session, whole.place)
    said = TeamProposed(team_id=proposed.id, organisation_id=whole.place.id, by_id=circle.leader.id, at=LAUNCH)
    make.kept(session, said)
    whole.line(proposed.id, added=Added.LATER, added_at=LAUNCH + timedelta(hours=1))
    assert reminded(whole.scene)["Whole lead"] == [BEFORE, AFTER, LAST]
