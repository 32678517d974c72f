"""A briefing that was withdrawn, on the pages of everybody who was asked about it: who had not begun, who has a draft,
who had answered, who had named a colleague; their lead, their administrator, the officer and the public.

Gone through with scripts and without; each page that is passed is looked at (tests/browser/eyes.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.circulation import naming
from app.circulation.models import Asked
from app.clock import now
from app.database import db
from app.discussions.models import Reply, ReplyKind
from app.organisations.models import Address, Named, Team
from app.organisations.queries import actor_for
from app.packs.models import Pack
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.factories import kept
from tests.journeys import circle, town

pytestmark = [pytest.mark.browser, BOTH_WAYS]
WHY = "A figure on page 3 was wrong, and the family asked for it."
NEED_NOT = "This briefing was withdrawn, so there is no need to discuss it any more."
STILL = "can still be sent."
NORTH, SOUTH, OPTIONS = "North Health Visiting", "South Health Visiting", "Housing Options"
COLLEAGUE = "colleague@trust.example.nhs.net"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody was asked; one team has sent minutes, one has answered otherwise, one has named a colleague. No sender
    runs."""
    with serves(sender=False) as made:
        town.circulate(made.app)
        town.minutes(made.app, OPTIONS, town.OPTIONS)
        with made.app.app_context(), db.writing() as session:
            leader = session.scalars(sa.select(Address).where(Address.email == town.SOUTH)).one().person
            who, south = actor_for(session, leader.id, now()), _asked(session, SOUTH)
            naming.name_colleague(session, who, south, Named("Bank Colleague", COLLEAGUE), now=now())
            manager = session.scalars(sa.select(Address).where(Address.email == town.MANAGER)).one().person
            said = {"kind": ReplyKind.NOT_RELEVANT, "words": "Our children are all over eleven.", "at": now()}
            centre = _asked(session, "Harbour Centre")
            where = {"asked_id": centre.id, "organisation_id": centre.organisation_id, "by_id": manager.id}
            kept(session, Reply(**where, **said))
        yield made


def _asked(session: sa.orm.Session, team: str) -> Asked:
    return session.scalars(sa.select(Asked).where(Asked.team_name == team)).one()


def stands(service: Service, standing: Standing = Standing.WITHDRAWN) -> None:
    """From now on the briefing stands so, if it does not yet."""
    with service.app.app_context(), db.writing() as session:
        pack = session.scalars(sa.select(Pack)).one()
        if pack.standing is not standing:
            let_stand(session, CONSOLE, pack, standing, WHY, now=now())


def opens(comes: Comes, service: Service, who: str, path: str = "/home") -> Window:
    """Somebody on a page, after it was withdrawn."""
    stands(service)
    window = comes(who, let_in=True)
    window.open(path)
    return window


def team_url(service: Service, name: str) -> str:
    with service.app.app_context(), db.reading() as session:
        return f"/teams/{session.scalars(sa.select(Team.ref).where(Team.name == name)).one()}"


def test_what_was_begun_before_is_finished_and_sent(comes: Comes, service: Service) -> None:
    stands(service, Standing.CURRENT)
    leader = comes(town.SOUTH, let_in=True)
    leader.open(f"/asked/{town.asked(service.app, SOUTH)}/meeting")
    circle.the_meeting(leader)
    leader.fill("What the team said about question 1", "Before it was withdrawn.")
    leader.press("Save and come back later")
    stands(service)
    leader.open("/home")
    leader.reads("This briefing was withdrawn: " + WHY, "What is begun " + STILL)
    leader.follow(f"{SOUTH}: NAI under 5")
    leader.reads(NEED_NOT, "What your team has begun to write " + STILL)
    leader.follow("Take that back, or name somebody else")
    leader.reads("This briefing was withdrawn", "nobody can be named. What is begun " + STILL)
    leader.press("Take it back from Bank Colleague")
    leader.reads("Taken back by South Team Leader")
    leader.misses("Name somebody")
    leader.follow("The team’s page")
    leader.follow("Go on writing")
    leader.reads("so there is no need to discuss it any more.", "What a team has begun to write " + STILL)
    leader.press("Continue")
    leader.reads("What a team has begun to write " + STILL)
    leader.press("Continue")
    leader.reads("Before it was withdrawn.", "What a team has begun to write " + STILL)
    circle.send(leader, "Send to Trust Named Nurse")
    assert leader.heading.startswith("Your minutes are with")


def test_whoever_had_not_begun_reads_why_and_is_asked_for_nothing(comes: Comes, service: Service) -> None:
    leader = opens(comes, service, town.NORTH)
    leader.reads("Nothing is open at the moment.", "and what was withdrawn", WHY)
    leader.follow(f"{NORTH}: NAI under 5")
    leader.reads(NEED_NOT, WHY)
    leader.misses("Record your discussion", "Put ", "Read the briefing", "Not relevant to you", "will write it up")
    asked = town.asked(service.app, NORTH)
    for beside in ("meeting", "other", "upload", "own-minutes", "colleague", "leader"):
        leader.open(f"/asked/{asked}/{beside}")
        if beside != "leader":
            leader.reads("withdrawn")
    leader.open(f"/asked/{asked}/meeting")
    leader.follow("Back to your team’s page")
    assert leader.heading == NORTH


def test_who_had_answered_finds_the_answer(comes: Comes, service: Service) -> None:
    manager = opens(comes, service, town.MANAGER)
    manager.follow("Harbour Centre: NAI under 5")
    manager.reads(NEED_NOT)
    manager.open(f"/asked/{town.asked(service.app, 'Harbour Centre')}/other")
    manager.reads("Our children are all over eleven.", "so there is no need to discuss it any more.")
    manager.misses("record a discussion", "Give another answer")


def test_who_had_sent_minutes_still_reads_them(comes: Comes, service: Service) -> None:
    leader = opens(comes, service, town.OPTIONS)
    leader.reads("This briefing was withdrawn: " + WHY)
    leader.follow(f"{OPTIONS}: NAI under 5")
    leader.reads(NEED_NOT)
    leader.misses("Record another meeting")
    leader.go(leader.page.get_by_role("link", name="Read your minutes").first)
    leader.press("Correct these minutes")
    leader.reads("so there is no need to discuss it any more.")


@pytest.mark.parametrize("who", [town.NURSE, town.DEPUTY, town.ADMINISTRATOR])
def test_the_lead_and_those_beside_her_read_it_over_the_list_of_their_teams(
    comes: Comes, service: Service, who: str
) -> None:
    lead = opens(comes, service, who)
    lead.reads("NAI under 5, withdrawn", "so teams need not discuss it any more: " + WHY)
    lead.open("/teams")
    assert lead.heading == "Where your teams stand"
    lead.reads("NAI under 5, withdrawn", NORTH, SOUTH)
    lead.follow(NORTH)
    lead.reads(NEED_NOT, WHY, "Who leads this team")
    lead.misses("Put ", "Record the discussion")


def test_the_officer_reads_it_on_the_list_the_circulation_and_the_team(comes: Comes, service: Service) -> None:
    officer = opens(comes, service, town.OFFICER)
    officer.follow(town.BRIEFING)
    assert officer.heading == "NAI under 5: what teams said"
    officer.reads("This briefing was withdrawn on", WHY)
    officer.misses("Circulate it to more teams")
    officer.open("/publish")
    officer.reads("Withdrawn")
    officer.misses("Circulate")
    officer.open(team_url(service, NORTH))
    officer.reads(NEED_NOT)
    for path in (f"/circulate/{town.SLUG}", f"/circulate/{town.SLUG}/check"):
        officer.open(path)
        officer.reads("withdrawn")
        assert officer.page.get_by_role("button", name="Continue").count() == 0


def test_old_links_to_the_briefing_explain_themselves(comes: Comes, service: Service) -> None:
    anybody = comes()
    stands(service)
    for beside in ("", "/slides", "/guide", "/poster", "/editions", "/editions/1"):
        anybody.open(f"/packs/{town.SLUG}{beside}")
        anybody.reads("withdrawn")
    anybody.open("/packs")
    anybody.misses("Learning briefing: non-accidental injury")
