"""What is to be mended: which addresses letters do not reach, where somebody is missing, and who is shown what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.home.postroom import KIND_WORDS
from app.organisations import mending, missing
from app.organisations.hearing import SharedMailbox
from app.organisations.models import Organisation, Person, Succession, Team, TeamSuccession
from app.policy import Role
from app.post import bounces
from app.post.models import Attempt, Bounce, BounceKind, Delivery, Outcome, State
from app.post.unreached import LOOKED_BACK
from tests import factories as make
from tests.circulation.worlds import statements
from tests.conftest import NOW

DAY = timedelta(days=1)
GONE = "There is no such address."


def letter(
    session: Session, who: Person, state: State = State.FAILED, *, why: str = GONE, **values: object
) -> Delivery:
    """A letter to somebody that did not arrive, an hour ago."""
    at = NOW - timedelta(hours=1)
    said: dict[str, object] = {
        "kind": "minutes",
        "about": who.ref,
        "person": who.ref,
        "owed_since": at,
        "address": who.addresses[0].email,
        "last_reason": why,
        "state": state,
        **values,
    }
    number = session.scalar(sa.select(sa.func.count()).select_from(Delivery))
    said.setdefault("message_id", f"<{number}@test>")
    made = make.kept(session, Delivery(**said))  # type: ignore[arg-type]
    make.kept(session, Attempt(delivery_id=made.id, at=made.owed_since, outcome=Outcome.PERM, phase="recipient"))
    return made


def came_back(session: Session, made: Delivery, *, flags: bool = True, at: object = NOW) -> None:
    said = {"kind": BounceKind.FAILED, "status": "5.2.1", "reply": "550 closed", "digest": made.ref, "flags": flags}
    make.kept(session, Bounce(delivery_id=made.id, at=at, sent_at=made.owed_since, address=made.address, **said))  # type: ignore[arg-type]


def names(session: Session, who: Person, at: object = NOW) -> list[str]:
    found = mending.unreached(session, make.actor_of(session, who), at)  # type: ignore[arg-type]
    return [one.name for one in found.lines]


@pytest.fixture
def world(session: Session) -> make.Circle:
    """A partnership; in another one and its organisation everything is wrong as well."""
    made = make.circle(session)
    foreign = make.organisation(session, made.noise_partnership)
    stranger = make.holder(session, Role.LEAD, foreign)
    letter(session, stranger)
    make.team(session, foreign)
    return made


def test_an_address_is_listed_with_role_reason_since_when_and_what_did_not_arrive(
    session: Session, world: make.Circle
) -> None:
    first = letter(session, world.leader, owed_since=NOW - 3 * DAY, kind="ask")
    letter(session, world.leader, why="The mailbox is full.", kind="to_answer")
    (one,) = mending.unreached(session, make.actor_of(session, world.officer), NOW).lines
    assert (one.name, one.email) == (world.leader.name, world.leader.addresses[0].email)
    assert [held.title for held in one.held] == ["Team leader"] and one.mendable
    assert one.trouble.why == "The mailbox is full." and one.trouble.since == first.owed_since
    assert one.trouble.letters == {"ask": 1, "to_answer": 1}
    assert set(one.trouble.letters) <= set(KIND_WORDS)


@pytest.mark.parametrize(
    ("why", "state", "listed"),
    [
        (GONE, State.FAILED, True),
        (GONE, State.BOUNCED, True),
        ("The mail system refused the letter.", State.FAILED, True),
        (GONE, State.QUARANTINED, False),
        (GONE, State.ACCEPTED, False),
        ("The mail system could not be reached.", State.FAILED, False),
        ("It was not sent in time.", State.FAILED, False),
        ("It was not sent in time. The mail system did not answer in time.", State.FAILED, False),
        ("It was not sent in time. The mailbox is full.", State.FAILED, True),
        ("The letter is too large for the mail system.", State.FAILED, False),
    ],
)
def test_only_what_lies_with_the_address_is_listed(
    why: str, state: State, listed: bool, session: Session, world: make.Circle
) -> None:
    letter(session, world.lead, state, why=why)
    assert names(session, world.officer) == ([world.lead.name] if listed else [])


@pytest.mark.parametrize(("urgency", "listed"), [(0, False), (1, True)])
def test_a_code_that_ran_out_before_it_could_be_sent_says_nothing_of_the_address(
    urgency: int, listed: bool, session: Session, world: make.Circle
) -> None:
    why = "It was not sent in time. The mail system asked us to try again later."
    letter(session, world.lead, why=why, urgency=urgency)
    assert names(session, world.officer) == ([world.lead.name] if listed else [])
    letter(session, world.leader, why=GONE, urgency=urgency)
    assert world.leader.name in names(session, world.officer), "no such address is no such address"


def test_an_address_from_which_something_came_back_stays_until_somebody_says_it_is_right(
    session: Session, world: make.Circle
) -> None:
    old = letter(session, world.lead, State.BOUNCED, owed_since=NOW - 300 * DAY)
    came_back(session, old, at=NOW - 299 * DAY)
    held = "Letters to this address come back: the mailbox is closed."
    letter(session, world.lead, State.HELD, why=held, address="", next_try_at=NOW, kind="ask")
    (one,) = mending.unreached(session, make.actor_of(session, world.officer), NOW).lines
    assert (one.trouble.why, one.trouble.since) == ("The mailbox is closed.", NOW - 299 * DAY)
    assert one.trouble.letters == {"ask": 1}
    bounces.clear(session, world.lead.addresses[0].email, "Operator", NOW)
    assert names(session, world.officer) == []


def test_what_failed_long_ago_is_forgotten_and_so_is_what_was_called_right_since(
    session: Session, world: make.Circle
) -> None:
    letter(session, world.lead)
    letter(session, world.leader)
    assert names(session, world.officer, NOW + LOOKED_BACK) == []
    bounces.clear(session, world.lead.addresses[0].email, "Operator", NOW)
    assert names(session, world.officer) == [world.leader.name]
    letter(session, world.lead, owed_since=NOW + DAY, kind="weekly")
    assert sorted(names(session, world.officer, NOW + 2 * DAY)) == sorted([world.leader.name, world.lead.name])


def test_whoever_holds_no_role_there_any_more_is_not_listed(session: Session, world: make.Circle) -> None:
    letter(session, world.lead)
    world.lead.appointments[0].ends_on = date(2026, 11, 22)
    session.flush()
    assert names(session, world.officer) == []


def test_everybody_sees_what_they_look_after_and_nothing_else(session: Session, world: make.Circle) -> None:
    administrator = make.holder(session, Role.ADMINISTRATOR, world.organisation)
    for who in (world.leader, world.noise_leader, world.officer, world.noise_officer):
        letter(session, who)
    ours = [world.leader.name, world.noise_leader.name, world.officer.name]
    assert sorted(names(session, world.officer)) == sorted(ours)
    for who in (administrator, world.lead):
        assert names(session, who) == [world.leader.name]
    assert names(session, world.noise_lead) == [world.noise_leader.name]
    for who in (world.reviewer, world.deputy, world.leader):
        assert names(session, who) == []
        assert mending.number(session, make.actor_of(session, who), NOW) is None
    (own,) = [
        one for one in mending.unreached(session, make.actor_of(session, world.officer), NOW).lines if not one.mendable
    ]
    assert own.name == world.officer.name


def test_a_shared_mailbox_is_listed_with_its_organisation(session: Session, world: make.Circle) -> None:
    box = SharedMailbox(
        organisation_id=world.organisation.id,
        email="safeguarding@trust.example.gov.uk",
        name="Safeguarding mailbox",
        starts_on=date(2026, 1, 1),
        counts_from=NOW - 90 * DAY,
    )
    make.kept(session, box)
    letter(session, world.lead, kind="mailbox", person=box.ref, address=box.email)
    (one,) = mending.unreached(session, make.actor_of(session, world.officer), NOW).lines
    assert (one.ref, one.name, one.mailbox_of) == (box.ref, box.name, world.organisation.name)
    assert not one.mendable and one.trouble.why == GONE
    assert names(session, world.noise_lead) == []


@pytest.mark.parametrize("mended", [False, True])
def test_the_list_is_walked_page_by_page_though_somebody_on_it_is_mended_meanwhile(
    mended: bool, session: Session, world: make.Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "AT_ONCE", 3)
    people = [make.person(session, name=f"Person {number % 4}") for number in range(8)]
    for who in people:
        make.appoint(session, who, Role.LEADER, world.organisation, (world.teams[0],))
        letter(session, who)
    officer, seen, after = make.actor_of(session, world.officer), [], ""
    for _ in range(3):
        page = mending.unreached(session, officer, NOW, after=after)
        seen += [one.ref for one in page.lines]
        after = page.more
        if mended:
            bounces.clear(session, page.lines[-1].email, "Operator", NOW)
    assert len(seen) == len(set(seen)) == 8 and not after
    for ref in ("zzzzzzzzzzzz", world.noise_officer.appointments[0].ref):
        with pytest.raises(NotFound):
            mending.unreached(session, officer, NOW, after=ref)


def test_no_list_takes_more_statements_for_more_rows(session: Session, world: make.Circle) -> None:
    officer = make.actor_of(session, world.officer)

    def taken() -> int:
        session.flush()
        session.expire_all()
        with statements(session) as sent:
            mending.number(session, officer, NOW)
            mending.unreached(session, officer, NOW)
            mending.lately(session, officer)
            missing.missing(session, officer, NOW)
        return len(sent)

    letter(session, world.leader)
    first = taken()
    for _ in range(9):
        place = make.organisation(session, world.partnership)
        who = make.holder(session, Role.LEADER, place, (make.team(session, place),))
        make.team(session, place)
        letter(session, who)
    assert taken() <= first + 1, "teams of appointments are loaded where there are any"


# Places


def gaps(session: Session, who: Person) -> dict[str, missing.Place]:
    found = missing.missing(session, make.actor_of(session, who), NOW)
    return {one.organisation.name: one for one in found.lines}


def test_a_team_without_a_leader_is_listed_with_whom_to_ask(session: Session, world: make.Circle) -> None:
    (trust,) = gaps(session, world.officer).values()
    assert [team.id for team in trust.unled] == [world.teams[1].id]
    assert not (trust.nobody or trust.no_lead or trust.unread or trust.names)
    assert [held.person_id for held in trust.asks] == [world.lead.id]
    assert gaps(session, world.lead)[world.organisation.name].names
    assert gaps(session, world.noise_lead) == {}
    make.holder(session, Role.LEADER, world.organisation, (world.teams[1],))
    assert gaps(session, world.officer) == {}


def test_a_team_that_went_over_into_another_is_not_missed(session: Session, world: make.Circle) -> None:
    north, south = world.teams
    pair = {"organisation_id": world.organisation.id, "from_team_id": south.id, "to_team_id": north.id}
    make.kept(session, TeamSuccession(**pair, kind=Succession.MERGED, on=date(2026, 11, 1)))
    assert gaps(session, world.officer) == {}


def test_an_organisation_without_lead_or_with_leads_for_other_teams_only_is_listed(
    session: Session, world: make.Circle
) -> None:
    held = world.lead.appointments[0]
    held.ends_on = date(2026, 11, 22)
    session.flush()
    trust = gaps(session, world.officer)[world.organisation.name]
    assert trust.no_lead and not trust.nobody
    make.holder(session, Role.LEAD, world.organisation, (world.teams[0],))
    make.holder(session, Role.LEADER, world.organisation, (world.teams[1],))
    trust = gaps(session, world.officer)[world.organisation.name]
    assert not trust.no_lead and [team.id for team in trust.unread] == [world.teams[1].id]


def test_an_organisation_without_anybody_is_listed_and_one_without_teams_needs_a_lead_only(
    session: Session, world: make.Circle
) -> None:
    bare = make.organisation(session, world.partnership, name="Bare")
    assert gaps(session, world.officer)["Bare"].nobody
    lead = make.holder(session, Role.LEAD, bare)
    assert "Bare" not in gaps(session, world.officer)
    lead.appointments[0].starts_on = NOW.date() + DAY
    session.flush()
    assert gaps(session, world.officer)["Bare"].nobody, "a lead to come is nobody today"


def test_places_are_walked_page_by_page(session: Session, world: make.Circle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "AT_ONCE", 2)
    for number in range(4):
        make.organisation(session, world.partnership, name=f"Bare {number % 2}")
    officer, seen, after = make.actor_of(session, world.officer), list[str](), ""
    for _ in range(3):
        page = missing.missing(session, officer, NOW, after=after)
        seen += [one.organisation.ref for one in page.lines]
        after = page.more
    assert len(seen) == len(set(seen)) == 5 and not after
    numbers = mending.number(session, officer, NOW)
    assert numbers is not None and numbers.places == 5
    foreign = session.scalars(sa.select(Organisation).where(Organisation.id.not_in(sa.select(Team.organisation_id))))
    with pytest.raises(NotFound):
        missing.missing(session, make.actor_of(session, world.noise_officer), NOW, after=foreign.first().ref)  # type: ignore[union-attr]


def test_the_numbers_are_those_of_the_lists(session: Session, world: make.Circle) -> None:
    letter(session, world.leader)
    assert mending.number(session, make.actor_of(session, world.officer), NOW) == mending.Numbers(1, 1)
