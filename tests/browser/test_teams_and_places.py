"""What leads and administrators see when there is much or nothing to see: a list of teams over two pages, teams that
were never asked, went over into another or have no leader, and what is to be mended where nothing is, and where much.

Gone through with scripts and without; each page that is passed is looked at (tests/browser/eyes.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.clock import now, today
from app.database import db
from app.home.queries import MOST
from app.organisations.models import Address, Organisation, Succession, Team, TeamSuccession
from app.post.models import Delivery, State
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.test_mending_and_lists import make_amiss
from tests.factories import kept
from tests.journeys import town

pytestmark = [pytest.mark.browser, BOTH_WAYS]
OLD, NEVER, CENTRE = "Harbour playgroup", "Harbour outreach", "Harbour Centre"
NOTHING_AMISS = "Letters reach everybody, and nobody is missing."


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """A nursery chain has more teams than a page holds, all asked; one team came later, and one went over into another.
    Its teams have no leaders; in the trust nobody is missing. No sender runs."""
    with serves(sender=False) as made:
        with made.app.app_context(), db.writing() as session:
            harbour = _harbour(session)
            for number in range(1, MOST + 2):
                _team(session, harbour, f"Harbour nursery {number}")
        town.circulate(made.app)
        with made.app.app_context(), db.writing() as session:
            harbour = _harbour(session)
            _team(session, harbour, NEVER)
            old = _team(session, harbour, OLD)
            centre = session.scalars(sa.select(Team).where(Team.name == CENTRE)).one()
            whither = {"organisation_id": harbour.id, "from_team_id": old.id, "to_team_id": centre.id}
            kept(session, TeamSuccession(**whither, kind=Succession.MERGED, on=today(now())))
        yield made


def _harbour(session: sa.orm.Session) -> Organisation:
    return session.scalars(sa.select(Organisation).where(Organisation.code == "harbour")).one()


def _team(session: sa.orm.Session, place: Organisation, name: str) -> Team:
    return kept(session, Team(organisation_id=place.id, code=name.lower(), name=name))


def _page_of(service: Service, team: str) -> str:
    with service.app.app_context(), db.reading() as session:
        return f"/teams/{session.scalars(sa.select(Team.ref).where(Team.name == team)).one()}"


def test_a_list_of_teams_goes_on_on_a_second_page(comes: Comes) -> None:
    lead = comes(town.HARBOUR_LEAD, let_in=True)
    lead.open("/home")
    lead.reads("Where your teams stand")
    lead.follow("Earlier: what else your teams were asked")
    assert lead.heading == "Where your teams stand, earlier briefings"
    assert lead.page.get_by_role("link", name="Earlier: what else your teams were asked").count() == 0
    lead.open("/teams")
    assert lead.heading == "Where your teams stand"
    lead.follow("Earlier: what else your teams were asked")
    lead.open("/teams?before=none0none0no")
    lead.misses("Where your teams stand")


def test_a_team_that_was_never_asked_or_went_over_into_another_says_so(comes: Comes, service: Service) -> None:
    lead = comes(town.HARBOUR_LEAD, let_in=True)
    lead.open(_page_of(service, NEVER))
    lead.reads("Nobody has asked this team to discuss a briefing yet.", "The ESSCP last asked other teams on")
    lead.reads("Who leads this team", "Nobody is known here to lead this team or to write for it. Tell")
    lead.open(_page_of(service, OLD))
    lead.reads(f"This team went over into {CENTRE} on", "What a partnership asks goes there now.")
    lead.misses("Who leads this team")
    lead.open(_page_of(service, "Harbour nursery 7"))
    lead.reads("NAI under 5", "Nobody is known here to lead this team")
    lead.open(_page_of(service, CENTRE))
    lead.reads("Centre Manager, team leader:")


def test_where_many_teams_have_no_leader_the_first_are_named(comes: Comes) -> None:
    lead, officer = comes(town.HARBOUR_LEAD, let_in=True), comes(town.OFFICER, let_in=True)
    lead.open("/mend")
    lead.reads(f"{MOST + 2} teams without a leader.", "more, which stand here once these have a leader")
    officer.open("/mend")
    officer.reads(f"{MOST + 2} teams without a leader.", "to name the leader: it takes one step on their own page")


def test_an_administrator_sees_that_nothing_is_amiss_and_puts_right_what_is(comes: Comes, service: Service) -> None:
    administrator = comes(town.ADMINISTRATOR, let_in=True)
    administrator.open("/home")
    administrator.reads(NOTHING_AMISS)
    administrator.follow("See who is who")
    administrator.reads("0 addresses that letters do not reach, and 0 organisations in which somebody is missing.")
    administrator.reads("no letter has come back of late", "every team has a leader, and somebody reads")
    with service.app.app_context(), db.writing() as session:
        make_amiss(session)
    administrator.open("/home")
    administrator.follow("2 addresses that letters do not reach, and 1 organisation in which somebody is missing")
    administrator.reads("Tell Partnership office", "which address is right.", "Name who leads:")
    administrator.follow("put the address of Trust Named Nurse right")
    address = administrator.page.url
    administrator.choose("It is another address")
    administrator.look()
    administrator.press("Put it right and send again")
    assert len(administrator.faults) == 1
    administrator.choose("The address is right")
    administrator.press("Put it right and send again")
    administrator.reads("Done", "is written to at nurse@trust.example.nhs.net", "Put right lately", "is right again")
    administrator.open(address)
    administrator.reads("Nothing is wrong with this address as far as we know.")


def test_of_two_who_put_one_address_right_the_second_is_told(comes: Comes, service: Service) -> None:
    with service.app.app_context(), db.writing() as session:
        held = session.scalars(sa.select(Address).where(Address.email == town.DEPUTY)).one()
        wrong = {"state": State.FAILED, "owed_since": now(), "last_reason": "The mailbox is closed."}
        letter = Delivery(kind="minutes", about="abd", person=held.person.ref, message_id="<deputy@test>", **wrong)
        kept(session, letter).address = held.email
    first, second = (comes(town.ADMINISTRATOR, let_in=True) for _ in range(2))
    for one in (first, second):
        one.open("/mend")
        one.follow("put the address of Trust Deputy right")
        one.choose("The address is right")
    first.press("Put it right and send again")
    first.reads("Put right lately")
    second.press("Put it right and send again")
    second.reads("Nothing is wrong with this address")
