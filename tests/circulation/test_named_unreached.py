"""Somebody was named to write up one discussion, and letters do not reach her there: who reads that, and where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation.colleagues import written_to
from app.circulation.models import Asked, Colleague, ColleagueEnded
from app.clock import now
from app.errors import NotFound
from app.organisations import mending
from app.organisations.models import Person
from app.post.models import Delivery, State
from tests import factories as make
from tests.client import parse
from tests.conftest import NOW
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, words
from tests.organisations.test_mending import letter

HOUR = timedelta(hours=1)
TELLS = "Letters do not arrive at"


def named(session: Session, asked: Asked, by: Person, name: str, at: Any = NOW - HOUR) -> Person:
    """A person whom somebody named."""
    who = make.person(session, name=name)
    where = {"organisation_id": asked.organisation_id, "asked_id": asked.id}
    make.kept(session, Colleague(**where, person_id=who.id, address_id=who.addresses[0].id, by_id=by.id, at=at))
    return who


def gone(session: Session, who: Person, at: Any = NOW - HOUR) -> Delivery:
    return letter(session, who, kind="named", owed_since=at)


def listed(session: Session, who: Person) -> list[mending.Unreached]:
    return mending.unreached(session, make.actor_of(session, who), NOW, written_to(NOW)).lines


@pytest.fixture
def scene(session: Session) -> Scene:
    made = Scene(session)
    made.circle.circulation.dates[0].on = (NOW + timedelta(days=9)).date()
    session.flush()
    return made


def test_she_is_on_the_list_of_whoever_looks_after_the_organisation_with_who_named_her(scene: Scene) -> None:
    who = named(scene.session, scene.asked, scene.leader, "A colleague")
    gone(scene.session, who)
    for reader in (scene.circle.officer, scene.lead):
        (one,) = listed(scene.session, reader)
        (told,) = one.named
        assert (one.name, one.email, one.mendable) == ("A colleague", who.addresses[0].email, False)
        assert (told.by, told.team, told.asked) == (scene.leader.name, scene.asked.team_name, scene.asked.ref)
        assert one.trouble.why and one.trouble.letters == {"named": 1}
        count = mending.number(scene.session, make.actor_of(scene.session, reader), NOW, written_to(NOW))
        assert count is not None and count.addresses == 1
    assert listed(scene.session, scene.circle.noise_lead) == [] == listed(scene.session, scene.circle.noise_officer)


def test_she_is_not_where_letters_reach_her_or_nothing_is_expected_of_her_any_more(scene: Scene) -> None:
    who = named(scene.session, scene.asked, scene.leader, "A colleague")
    assert listed(scene.session, scene.lead) == []
    gone(scene.session, who)
    assert len(listed(scene.session, scene.lead)) == 1
    key = scene.session.scalars(sa.select(Colleague.id).where(Colleague.person_id == who.id)).one()
    make.kept(scene.session, ColleagueEnded(colleague_id=key, by_id=scene.leader.id, at=NOW))
    assert listed(scene.session, scene.lead) == []


def test_whoever_said_herself_that_she_leads_a_team_is_not_there_before_she_is_confirmed(scene: Scene) -> None:
    who = make.person(scene.session, name="A newcomer")
    where = {"organisation_id": scene.asked.organisation_id, "asked_id": scene.asked.id}
    own = {"person_id": who.id, "address_id": who.addresses[0].id, "by_id": who.id}
    make.kept(scene.session, Colleague(**where, **own, at=NOW - HOUR))
    gone(scene.session, who)
    assert listed(scene.session, scene.lead) == []


def test_whoever_holds_a_role_there_is_listed_once_by_that(scene: Scene) -> None:
    where = {"organisation_id": scene.asked.organisation_id, "asked_id": scene.asked.id}
    holds = {"person_id": scene.deputy.id, "address_id": scene.deputy.addresses[0].id}
    make.kept(scene.session, Colleague(**where, **holds, by_id=scene.leader.id, at=NOW - HOUR))
    gone(scene.session, scene.deputy)
    (one,) = listed(scene.session, scene.lead)
    assert one.mendable and not one.named


def test_the_list_goes_on_behind_her(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "AT_ONCE", 1)
    for name in ("B", "A", "C"):
        gone(scene.session, named(scene.session, scene.asked, scene.leader, name))
    actor, after, found = make.actor_of(scene.session, scene.lead), "", []
    for _ in range(3):
        page = mending.unreached(scene.session, actor, NOW, written_to(NOW), after=after)
        found, after = [*found, *(one.name for one in page.lines)], page.more
    assert (found, after) == (["A", "B", "C"], "")
    foreign = make.actor_of(scene.session, scene.circle.noise_lead)
    ref = scene.session.scalars(sa.select(Colleague.ref)).first()
    with pytest.raises(NotFound):
        mending.unreached(scene.session, foreign, NOW, written_to(NOW), after=str(ref))


@pytest.fixture
def place(app: Flask) -> Visits:
    """The page of a team whose leader named two, of whom letters reach one."""

    def arrange(scene: Scene) -> dict[str, Any]:
        scene.circle.circulation.dates[0].on = (now() + timedelta(days=9)).date()
        lost = named(scene.session, scene.asked, scene.leader, "Lost Letters", now() - HOUR)
        named(scene.session, scene.asked, scene.leader, "Well Reached", now() - HOUR)
        failed = gone(scene.session, lost, now() - HOUR)
        assert failed.state is State.FAILED
        team = scene.circle.teams[0].ref
        return {"asked": scene.asked.ref, "team": team, "email": lost.addresses[0].email}

    return Visits(app, arrange)


def test_the_team_s_pages_say_that_letters_do_not_arrive(place: Visits) -> None:
    team = words(place.page("leader", f"/teams/{place.refs['team']}"))
    assert team.count(TELLS) == 1 and f"{TELLS} {place.refs['email']}" in team
    people = words(place.page("leader", f"/asked/{place.refs['asked']}/colleague"))
    before, told, _ = people.partition("Letters do not arrive at this address.")
    assert told and before.rindex("Lost Letters") > before.find("Well Reached")


def test_on_the_list_a_lead_is_led_to_where_it_is_put_right_and_an_officer_told_whom_to_ask(place: Visits) -> None:
    lead, officer = (place.page(who, "/mend") for who in ("lead", "officer"))
    links = [a.get("href") for a in parse(lead).iter("a")]
    assert f"/asked/{place.refs['asked']}/colleague" in links
    assert "take back that Lost Letters was named for" in words(lead)
    assert "1 address that letters do not reach" in words(officer)
    assert "who named Lost Letters for" in words(officer) and "Leader" in words(officer)
    assert f"/asked/{place.refs['asked']}/colleague" not in [a.get("href") for a in parse(officer).iter("a")]
    assert "1 address" in words(place.page("lead", "/home")), "her own page says that there is something to mend"
