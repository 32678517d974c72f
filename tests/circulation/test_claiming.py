"""Somebody whom nobody knew says which team she leads; until that is confirmed no partnership sees anything of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app import policy
from app.circulation import adding, claiming, claims, emails, leaders, leading, openings, progress, queries
from app.circulation.closing import RecordingClosed
from app.circulation.models import Added, Asked, OtherLeader
from app.circulation.withdrawn_letters import WITHDRAWN
from app.collation import coverage as reach
from app.errors import Conflict, Denied, Invalid, NotFound
from app.organisations.hearing import SharedMailbox
from app.organisations.models import Appointment, Named, Person, Team
from app.packs.standing import PackStanding, Standing
from app.policy import Role
from app.post.models import Delivery, Letter, Superseded
from tests import factories as make
from tests.circulation.claimed import DOMAIN, LATER, Unknown
from tests.conftest import NOW

OTHER = Named("Somebody else", f"somebody.else@{DOMAIN}")


def owed(session: Session, kind: str = "leader", now: Any = LATER) -> set[str]:
    return {one.person for one in emails.owed(session, now) if one.kind == kind}


def written(session: Session, said: OtherLeader, to: Person) -> Any:
    session.expire_all()
    values = {"owed_since": NOW, "message_id": "<x@test>", "person": to.ref}
    return emails.letter(session, Delivery(kind="leader", about=said.ref, **values), LATER)


def test_she_may_say_it_where_her_domain_is_the_organisation_s_own_and_nothing_else(session: Session) -> None:
    there = Unknown(session)
    assert [(g.role, g.organisation) for g in there.actor().grants] == [(Role.NEWCOMER, there.place.id)]
    assert claims.places(session, there.actor()) == [there.place]
    for model, action in ((Asked, "see_asked"), (Team, "see_team")):
        assert not session.scalars(sa.select(model.id).where(policy.within(there.actor(), action, model))).all()


def test_the_team_is_made_and_she_writes_for_what_it_is_asked_and_reads_nothing_else(session: Session) -> None:
    there = Unknown(session)
    again = there.asks(there.place)
    asked = there.claims()
    assert (asked.added, asked.team_name, asked.circulation_id) == (Added.LATER, "Nights", again.id)
    assert there.who.name == "Night manager", "she gave her name"
    mine = set(session.scalars(sa.select(Asked.id).where(Asked.team_id == asked.team_id)))
    assert {g.role: g.asked for g in there.actor().grants}[Role.COLLEAGUE] == mine
    assert len(mine) == 2
    seen = sa.select(Asked.id).where(policy.within(there.actor(), "see_asked", Asked))
    assert set(session.scalars(seen)) == mine, "not what the organisation was asked as a whole"
    assert owed(session, "colleague") == set(), "nobody else named her, and she knows it"


def test_the_same_again_is_said_once_and_another_team_is_not(session: Session) -> None:
    there = Unknown(session)
    first = there.claims()
    assert there.claims("  NIGHTS ", now=LATER) is first
    with pytest.raises(Invalid, match="You have said that you lead Nights") as refused:
        there.claims("Days")
    assert refused.value.field == "team"
    assert session.scalar(sa.select(sa.func.count()).select_from(OtherLeader)) == 1


def test_a_name_is_kept_once_it_is_given(session: Session) -> None:
    there = Unknown(session)
    with pytest.raises(Invalid, match="Give your name") as refused:
        there.claims(name=" ")
    assert refused.value.field == "name"
    there.claims()
    there.claims(name="The safeguarding lead")
    assert there.who.name == "Night manager"


def test_two_who_say_it_of_one_team_and_a_team_that_is_known_are_refused_alike(session: Session) -> None:
    there = Unknown(session)
    make.team(session, there.place, name="Days")
    led = make.team(session, there.place, name="Mornings")
    make.holder(session, Role.LEADER, there.place, (led,))
    there.claims()
    second = there.comes("somebody.else")
    told = set()
    for called in ("nights", "Days", "Mornings"):
        with pytest.raises(Invalid) as refused:
            there.claims(called, second, "Somebody else")
        told.add((refused.value.message, refused.value.field))
    assert len(told) == 1, "what is known of a team is not told to somebody unknown"
    assert second.name == f"somebody.else@{DOMAIN}", "nothing was kept"


def test_no_partnership_sees_the_team_before_it_is_confirmed(session: Session) -> None:
    there = Unknown(session)
    officer, reviewer = (make.actor_of(session, who) for who in (there.circle.officer, there.circle.reviewer))
    about = reach.scope(session, officer, ref=there.sent.edition.ref)
    before = [reach.coverage(session, officer, about, NOW, added=added) for added in Added]
    asked = there.claims()
    make.minutes(session, asked, there.who)
    assert [reach.coverage(session, officer, about, NOW, added=added) for added in Added] == before
    assert reach.added_later(session, officer, about) == []
    for who in (officer, reviewer, policy.CONSOLE):
        assert not policy.allows(who, "see_asked", asked)
        with pytest.raises(NotFound):
            queries.asked(session, who, asked.ref)
    assert not policy.allows(officer, "see_team", asked.team)
    assert not policy.allows(officer, "enter_outside", asked)
    lines = queries.lines(session, officer, there.circle.partnership, NOW)
    assert "Nights" not in {line.team_name for line in lines}, "nor can it be asked anything more"
    assert progress.number_asked(session, there.sent) == (0, 1), "nor is it counted"


def test_the_lead_and_the_administrator_are_told_and_the_officer_where_there_is_neither(session: Session) -> None:
    there = Unknown(session)
    administrator = make.holder(session, Role.ADMINISTRATOR, there.place)
    there.claims()
    assert not there.said().to_officer
    assert owed(session) == {there.lead.ref, administrator.ref}
    alone = Unknown(session, "alone.example.org")
    minute_taker = make.person(session, email="minutes@alone.example.org")
    make.appoint(session, minute_taker, Role.MINUTES, alone.place, (make.team(session, alone.place),))
    session.execute(
        sa.update(Appointment).where(Appointment.person_id == alone.lead.id).values(ends_on=date(2026, 2, 1))
    )
    alone.claims()
    assert alone.said().to_officer
    assert alone.circle.officer.ref in owed(session)
    assert alone.lead.ref not in owed(session)


def test_the_letter_holds_the_name_and_the_address_and_is_needless_once_it_is_settled(
    app: Flask, session: Session
) -> None:
    there = Unknown(session)
    there.claims()
    said = there.said()
    letter = written(session, said, there.lead)
    assert isinstance(letter, Letter)
    assert letter.subject.startswith("Nights: please confirm who leads it –")
    for words in ("Night manager", f"night.manager@{DOMAIN}", f"http://localhost/leaders/{said.ref}"):
        assert words in letter.body
    assert "Nothing of it can be shared before you confirm." in letter.body
    leading.decline_leader(session, there.actor(there.lead), there.said(), now=LATER)
    assert isinstance(written(session, said, there.lead), Superseded)
    assert owed(session) == set()


def test_confirmed_she_leads_the_team_and_the_partnership_sees_it(session: Session) -> None:
    there = Unknown(session)
    asked = there.claims()
    settled = leading.confirm_leader(session, there.actor(there.lead), there.said(), OTHER, now=LATER)
    assert settled.leader_id == there.who.id, "she or nobody: another name in the form changes nothing"
    assert [(g.role, g.teams) for g in there.actor(now=LATER).grants] == [(Role.LEADER, {asked.team_id})]
    session.expire_all()
    assert asked.confirmed
    officer = make.actor_of(session, there.circle.officer)
    assert queries.asked(session, officer, asked.ref) is asked
    about = reach.scope(session, officer, ref=there.sent.edition.ref)
    (later,) = reach.added_later(session, officer, about)
    assert (later.team, later.why) == ("Nights", "Night manager said that she leads the team.")
    assert there.who.ref in owed(session, "ask")
    assert leading.confirm_leader(session, there.actor(there.lead), there.said(), OTHER, now=LATER) is settled
    assert leading.decline_leader(session, there.actor(there.lead), there.said(), now=LATER) is settled


def test_declined_she_has_no_part_in_it_and_cannot_say_it_again(session: Session) -> None:
    there = Unknown(session)
    before = there.actor()
    asked = there.claims()
    leading.decline_leader(session, there.actor(there.lead), there.said(), now=LATER)
    assert there.actor(now=LATER).grants == ()
    assert not asked.confirmed
    with pytest.raises(Denied):
        there.claims("Days", now=LATER)
    with pytest.raises(Denied):  # from a page that was open already
        claiming.claim_team(session, before, there.place, "Days", "Night manager", now=LATER)
    assert policy.allows(there.actor(there.lead), "see_asked", asked), "the lead still sees it"


def test_whoever_was_declined_hears_of_it_once_and_whoever_was_confirmed_is_asked(app: Flask, session: Session) -> None:
    there = Unknown(session)
    there.claims()
    second = there.comes("day.manager")
    there.claims("Days", second, "Day manager")
    leading.confirm_leader(session, there.actor(there.lead), there.said(), OTHER, now=LATER)
    assert owed(session, "declined") == set()
    first = claims.said_by(session, there.who.id, there.place.id)
    assert first is not None
    leading.decline_leader(session, there.actor(there.lead), first, now=LATER)
    assert owed(session, "declined") == {there.who.ref}
    session.expire_all()
    values = {"owed_since": LATER, "message_id": "<x@test>", "person": there.who.ref}
    delivery = make.kept(session, Delivery(kind="declined", about=first.ref, **values))
    assert owed(session, "declined") == set()
    letter = emails.letter(session, delivery, LATER)
    assert isinstance(letter, Letter)
    assert (letter.to_address, letter.subject.partition(" –")[0]) == (
        f"night.manager@{DOMAIN}",
        "Nights: not confirmed",
    )
    assert f"{there.lead.name}, Named Nurse, looked at that and did not confirm it." in letter.body


def test_what_was_declined_does_not_take_up_the_name_of_the_team(session: Session) -> None:
    there = Unknown(session)
    there.claims()
    with pytest.raises(Invalid, match="Confirm or decline that on your page first"):
        adding.add_team(session, there.actor(there.lead), there.place, "Nights", OTHER, now=NOW)
    leading.decline_leader(session, there.actor(there.lead), there.said(), now=LATER)
    team = adding.add_team(session, there.actor(there.lead), there.place, "Nights", OTHER, now=LATER)
    assert team.confirmed
    assert [held.person.name for held in leaders.leading(session, team.id, NOW.date())] == [OTHER.name]


def closed(there: Unknown) -> None:
    make.kept(there.session, RecordingClosed(circulation_id=there.sent.id, by_id=None, at=NOW))


def withdrawn(there: Unknown) -> None:
    where = {"pack_id": there.sent.edition.pack_id, "by": "the command line"}
    make.kept(there.session, PackStanding(**where, standing=Standing.WITHDRAWN, because="It is wrong.", at=NOW))


def test_she_is_told_once_that_the_briefing_was_withdrawn(app: Flask, session: Session) -> None:
    there = Unknown(session)
    asked = there.claims()
    assert owed(session, WITHDRAWN) == set()
    withdrawn(there)
    assert owed(session, WITHDRAWN) == {there.who.ref}
    values = {"owed_since": NOW, "message_id": "<x@test>", "person": there.who.ref}
    with app.test_request_context():
        letter = emails.letter(session, Delivery(kind=WITHDRAWN, about=asked.circulation.ref, **values), LATER)
    assert isinstance(letter, Letter) and letter.to_address.endswith(f"@{DOMAIN}")
    assert "It is wrong." in letter.body and "had asked you to write up" not in letter.body


@pytest.mark.parametrize("over", [closed, withdrawn])
def test_nothing_is_said_while_recording_is_closed_or_the_briefing_is_withdrawn(over: Any, session: Session) -> None:
    there = Unknown(session)
    before = there.actor()
    over(there)
    assert there.actor().grants == ()
    assert claims.welcomes(session, f"somebody@{DOMAIN}", NOW) == ""
    with pytest.raises(Conflict, match="can be recorded"):
        claiming.claim_team(session, before, there.place, "Nights", "Night manager", now=NOW)
    assert openings.team_called(session, there.place.id, "Nights") is None


def test_what_she_may_do_ends_by_itself_where_nobody_settles_it(session: Session) -> None:
    there = Unknown(session)
    there.claims()
    assert there.actor(now=NOW + timedelta(days=59)).has(Role.COLLEAGUE)
    assert not there.actor(now=NOW + timedelta(days=400)).grants


def test_whoever_holds_or_held_a_role_does_not_say_it_herself(session: Session) -> None:
    there = Unknown(session)
    make.appoint(
        session, there.who, Role.MINUTES, there.place, (make.team(session, there.place),), ends_on=date(2026, 2, 1)
    )
    assert there.actor().grants == ()
    with pytest.raises(Denied):
        there.claims()


def test_a_domain_that_several_organisations_share_offers_each_that_was_asked(session: Session) -> None:
    there = Unknown(session)
    second, _ = there.another()
    there.another()
    there.asks(second)
    assert set(claims.places(session, there.actor())) == {there.place, second}


@pytest.mark.parametrize(
    "address",
    [
        "stranger@gmail.com",
        f"stranger@{DOMAIN}.evil.com",
        f"stranger@evil.{DOMAIN}",
        f"stranger@{DOMAIN.partition('.')[2]}",
        f"stranger@x{DOMAIN}",
        f"stranger@%.{DOMAIN.partition('.')[2]}",
        f"stranger+tag@{DOMAIN}",
        f"stranger@{DOMAIN}@evil.com",
        f"stranger@{DOMAIN.replace('o', chr(0x43E))}",
        "stranger@xn--hstel-jua.example.org",
        "stranger@nhs.net",
        f"stranger@{DOMAIN} ",
        f"stranger@{DOMAIN}\n",
        f"@{DOMAIN}",
        "",
    ],
)
def test_an_address_elsewhere_or_one_that_only_looks_like_it_is_not_taken_in(address: str, session: Session) -> None:
    there = Unknown(session)
    for domain in ("gmail.com", "nhs.net"):  # a lead may well be written to there
        make.appoint(session, make.person(session, email=f"a.lead@{domain}"), Role.LEAD, there.place)
    assert claims.welcomes(session, address, NOW) == ""
    assert claims.welcomes(session, f"somebody@{DOMAIN}", NOW) == DOMAIN


def test_an_address_that_is_known_or_a_shared_mailbox_is_nobody_new(session: Session) -> None:
    there = Unknown(session)
    held = {"organisation_id": there.place.id, "starts_on": NOW.date(), "counts_from": NOW}
    make.kept(session, SharedMailbox(email=f"office@{DOMAIN}", name="Office", **held))
    for known in (there.lead.addresses[0].email, there.who.addresses[0].email, f"office@{DOMAIN}"):
        assert claims.welcomes(session, known, NOW) == ""


def test_a_domain_is_own_no_longer_once_nobody_is_written_to_there(session: Session) -> None:
    there = Unknown(session)
    session.execute(
        sa.update(Appointment).where(Appointment.person_id == there.lead.id).values(ends_on=date(2026, 2, 1))
    )
    assert claims.welcomes(session, f"somebody@{DOMAIN}", NOW) == ""
    assert there.actor().grants == ()
