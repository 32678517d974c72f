"""A team that nobody has confirmed, where lists are saved, launches wait, people are missing and addresses fail: it is
on none of these, nor whoever says that she leads it; and no other team's record takes it along."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import policy
from app.circulation import keeping, leaders, leading, lists, queries, scheduling
from app.circulation.audience import Chosen
from app.clock import opens
from app.discussions import companions
from app.errors import Denied, Invalid, NotFound
from app.home.queries import acting_as, asked_of
from app.organisations import mending, missing
from app.organisations.models import Named, Team
from app.policy import Actor, Role
from app.post.models import Delivery, State
from tests import factories as make
from tests.circulation.claimed import LATER, Unknown
from tests.conftest import NOW

NURSE = Named("Night nurse", "night.nurse@hostel.example.org")


class Claimed(Unknown):
    """Somebody says that she leads the team “Nights”, and the officer of the partnership is at her desk."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.asked = self.claims()
        self.team = session.get_one(Team, self.asked.team_id)
        self.officer = make.actor_of(session, self.circle.officer)
        self.administrator = make.actor_of(session, make.holder(session, Role.ADMINISTRATOR, self.place))
        self.leads = make.actor_of(session, self.lead)

    @property
    def everybody(self) -> tuple[Actor, ...]:
        return self.officer, self.leads, self.administrator

    def save(self, name: str, **ticked: Any) -> list[tuple[int, int | None]]:
        """What is on a list that the officer saves."""
        given = ticked.get("organisations", set()), ticked.get("teams", set())
        made = keeping.save_list(self.session, self.officer, self.circle.partnership, name, given, now=NOW)
        return [(one.organisation_id, one.team_id) for one in made.places]

    def settles(self, *, confirmed: bool) -> None:
        said = self.said()
        if confirmed:
            leading.confirm_leader(self.session, self.leads, said, Named(said.name, said.email), now=LATER)
        else:
            leading.decline_leader(self.session, self.leads, said, now=LATER)
        self.session.expire_all()


@pytest.fixture
def there(session: Session) -> Claimed:
    return Claimed(session)


def missed(there: Claimed, who: Actor) -> list[str]:
    """The teams that are said to lack a leader or a lead."""
    found = missing.missing(there.session, who, NOW)
    return [team.name for place in found.lines for team in (*place.unled, *place.unread)]


def test_no_list_of_the_partnership_holds_the_team_before_it_is_confirmed(there: Claimed) -> None:
    with pytest.raises(Invalid):
        there.save("Nights", teams={there.team.ref})
    assert there.save("Everybody", organisations={there.place.ref}) == [(there.place.id, None)]
    lines = queries.lines(there.session, there.officer, there.circle.partnership, NOW)
    (kept,) = lists.lists(there.session, there.officer, there.circle.partnership)
    ticks = lists.ticks(there.session, there.officer, there.circle.partnership, kept.ref, lines, NOW)
    assert (ticks.organisations, ticks.teams, kept.teams) == ({there.place.ref}, set(), 0)
    there.settles(confirmed=True)
    assert there.save("Nights", teams={there.team.ref}) == [(there.place.id, there.team.id)]


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_launch_that_waits_asks_the_team_only_once_it_is_confirmed(there: Claimed, confirmed: bool) -> None:
    session, asker = there.session, there.circle.partnership
    text, places = make.edition(session, asker), frozenset({there.place.ref})
    plan = queries.plan(session, there.officer, asker, Chosen(text, places, frozenset({there.team.ref})), NOW)
    assert [line.team_id for line in plan.lines] == [None]
    wishes = {"answer_by": date(2027, 2, 26), "cover_note": "", "again": False, "once": "k", "now": NOW}
    launch = scheduling.schedule(session, there.officer, asker, plan, at=opens(date(2026, 12, 7), 8), **wishes)
    assert launch.teams == []
    there.settles(confirmed=confirmed)
    made = scheduling.carry_out(session, launch, now=launch.at)
    assert made is not None
    assert [asked.team_id for asked in made.asked] == [there.team.id if confirmed else None]


def test_once_it_is_declined_it_stands_among_the_teams_of_its_lead_only_if_it_sent_something(there: Claimed) -> None:
    def stand() -> list[str]:
        return [row.Asked.team_name for row in asked_of(there.session, acting_as(there.leads, Role.LEAD))]

    assert "Nights" in stand()
    there.settles(confirmed=False)
    assert "Nights" not in stand()
    make.minutes(there.session, there.asked, there.who, sent_at=LATER)
    assert "Nights" in stand()


def test_its_name_is_told_by_no_reference(there: Claimed) -> None:
    refs = [there.team.ref, there.place.ref, there.who.ref]
    assert queries.names_of(there.session, there.officer, there.circle.partnership, refs) == {
        there.place.ref: there.place.name
    }
    there.settles(confirmed=True)
    assert len(queries.names_of(there.session, there.officer, there.circle.partnership, refs)) == 3


def test_nobody_is_told_that_it_lacks_a_leader(there: Claimed) -> None:
    before = [mending.number(there.session, who, NOW) for who in there.everybody]
    assert all("Nights" not in missed(there, who) for who in there.everybody)
    there.settles(confirmed=False)
    assert all("Nights" not in missed(there, who) for who in there.everybody), "nor once it was declined"
    assert [mending.number(there.session, who, NOW) for who in there.everybody] == before
    make.team(there.session, there.place, name="Days")
    assert all("Days" in missed(there, who) for who in there.everybody), "a team of its own is told"


@pytest.mark.parametrize("declined", [False, True])
def test_nobody_else_is_named_to_lead_it(there: Claimed, declined: bool) -> None:
    if declined:
        there.settles(confirmed=False)
    for who in there.everybody:
        with pytest.raises(NotFound):
            leaders.team_to_lead(there.session, who, there.team.ref)
        with pytest.raises(Denied):
            leading.name_leader(there.session, who, there.team, NURSE, now=LATER)
    assert not there.team.confirmed, "what it sent can still not be shared"


def test_an_address_that_failed_is_hers_alone_before_she_is_confirmed(there: Claimed) -> None:
    email = there.who.addresses[0].email
    said = {"kind": "code", "about": "abc", "owed_since": NOW - timedelta(hours=1), "message_id": "<1@test>"}
    made = make.kept(there.session, Delivery(**said, state=State.FAILED, last_reason="There is no such address."))  # type: ignore[arg-type]
    made.address, made.person = email, there.who.ref
    there.session.flush()
    assert mending.is_unreached(there.session, email, NOW)
    for who in there.everybody:
        assert mending.unreached(there.session, who, NOW).lines == []
    there.settles(confirmed=True)
    at = LATER + timedelta(minutes=1)
    for who in there.everybody:
        assert [one.email for one in mending.unreached(there.session, who, at).lines] == [email]


def test_what_another_team_said_is_not_recorded_with_it_nor_the_other_way_round(there: Claimed) -> None:
    session = there.session
    days = make.team(session, there.place, name="Days")
    ours = make.circulate(session, there.circle.partnership, there.sent.edition, [days]).asked[0]
    for asked, other in ((ours, there.asked), (there.asked, ours)):
        assert policy.allows(there.leads, "record", other)
        assert other not in companions.companions(session, there.leads, asked).others
    there.settles(confirmed=True)
    for asked, other in ((ours, there.asked), (there.asked, ours)):
        assert other in companions.companions(session, there.leads, asked).others
