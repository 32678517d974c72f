"""The relations that must hold from the first migration, each inserted and read back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import policy
from app.circulation.models import AnswerBy, Asked
from app.discussions.drafts import Draft
from app.discussions.models import Discussion, Minutes, MinutesFor, Received
from app.forwarding.models import Share
from app.organisations.models import Address, Organisation, Succession, Team, TeamSuccession
from app.organisations.queries import covering, holders
from app.policy import Role
from tests import factories as make
from tests.factories import kept
from tests.policy.world import shared


def asked_of(session: Session, *teams: Team) -> list[Asked]:
    """Teams of one organisation, asked by a partnership it belongs to about one edition."""
    place = session.get_one(Organisation, teams[0].organisation_id)
    asker = make.partnership(session)
    sent = make.circulate(session, asker, make.edition(session, asker), list(teams))
    assert {a.organisation_id for a in sent.asked} == {place.id}
    return sent.asked


def test_one_meeting_covers_two_packs(session: Session) -> None:
    team = make.team(session, make.organisation(session))
    leader = make.person(session)
    first = make.minutes(session, asked_of(session, team)[0], leader)
    second = make.minutes(session, asked_of(session, team)[0], leader)
    second.discussion = first.discussion
    session.flush()
    session.expire_all()
    meeting = session.get_one(Discussion, first.discussion_id)
    assert {m.edition_id for m in meeting.minutes} == {first.edition_id, second.edition_id}
    assert first.edition_id != second.edition_id


def test_a_supervision_group_comes_from_three_teams(session: Session) -> None:
    place = make.organisation(session)
    asked = asked_of(session, *[make.team(session, place) for _ in range(3)])
    made = make.minutes(session, asked[0], make.person(session))
    made.covers += [MinutesFor(asked_id=a.id) for a in asked[1:]]
    session.flush()
    session.expire_all()
    assert {cover.asked.team_id for cover in made.covers} == {a.team_id for a in asked}
    assert Minutes.place.keys(made, policy.Reach.TEAM) == {a.team_id for a in asked}


def test_an_organisation_is_asked_by_two_partnerships(session: Session) -> None:
    one, other = make.partnership(session), make.partnership(session)
    team = make.team(session, make.organisation(session, one, other))
    text = make.edition(session, one)
    mine, theirs = (make.circulate(session, asker, text, [team]).asked[0] for asker in (one, other))
    made = make.minutes(session, mine, make.person(session))
    made.covers.append(MinutesFor(asked_id=theirs.id))
    session.flush()
    assert Minutes.place.keys(made, policy.Reach.PARTNERSHIP) == {one.id, other.id}


def test_a_lead_serves_several_organisations_or_named_teams_of_one(session: Session, now: datetime) -> None:
    one, other = make.organisation(session), make.organisation(session)
    north, south = make.team(session, one), make.team(session, one)
    nurse, midwife = make.person(session), make.person(session)
    make.appoint(session, nurse, Role.LEAD, one, (north,))
    make.appoint(session, nurse, Role.LEAD, other)
    make.appoint(session, midwife, Role.LEAD, one, (south,), local_title="Named Midwife")
    held = holders(session, one.id, [Role.LEAD], date(2026, 11, 23))
    assert [a.person_id for a in covering(held, north.id)] == [nurse.id]
    assert [a.person_id for a in covering(held, south.id)] == [midwife.id]
    assert make.actor_of(session, nurse, now).organisations(Role.LEAD) == {one.id, other.id}


def test_a_person_has_two_addresses_and_two_roles_each_written_to_at_its_own(session: Session) -> None:
    who = make.person(session)
    who.addresses.append(Address(email="second@example.nhs.test"))
    session.flush()
    place = make.organisation(session)
    first = make.appoint(session, who, Role.LEAD, place)
    second = make.appoint(session, who, Role.ADMINISTRATOR, place)
    session.execute(sa.update(type(second)).where(type(second).id == second.id).values(address_id=who.addresses[1].id))
    session.expire_all()
    assert [first.address.email, second.address.email] == [address.email for address in who.addresses]


def test_two_meetings_of_one_team_on_one_pack_are_two_records(session: Session) -> None:
    asked = asked_of(session, make.team(session, make.organisation(session)))[0]
    leader = make.person(session)
    one, other = (make.minutes(session, asked, leader, held_on=date(2026, 11, day)) for day in (2, 9))
    assert one.thread != other.thread
    assert one.discussion_id != other.discussion_id
    assert one.newest
    assert other.newest


def test_a_corrected_version_stands_beside_the_first_which_stays_shared_until_the_newer_is(session: Session) -> None:
    asked = asked_of(session, make.team(session, make.organisation(session)))[0]
    leader = make.person(session)
    first = make.minutes(session, asked, leader)
    share = shared(session, first, leader, asked.partnership_id)
    second = make.minutes(session, asked, leader, thread=first.thread, version=2, answers={"point-0": "Put right."})
    assert not first.newest
    assert second.newest
    assert share.shared
    newer = shared(session, second, leader, asked.partnership_id)
    assert not share.shared
    assert newer.shared
    standing = session.scalars(sa.select(Share.id).where(Share.shared, Share.thread == first.thread)).all()
    assert standing == [newer.id]


def test_the_same_version_twice_is_refused(session: Session) -> None:
    asked = asked_of(session, make.team(session, make.organisation(session)))[0]
    leader = make.person(session)
    first = make.minutes(session, asked, leader)
    with pytest.raises(IntegrityError), session.begin_nested():
        make.minutes(session, asked, leader, thread=first.thread)


def test_a_draft_sent_twice_is_one_record(session: Session) -> None:
    asked = asked_of(session, make.team(session, make.organisation(session)))[0]
    leader = make.person(session)
    first = make.minutes(session, asked, leader)
    again = make.minutes(session, asked, leader)
    again.draft_id = first.draft_id
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


def test_a_team_has_one_open_draft_for_what_it_was_asked_and_any_number_that_were_sent(
    session: Session, now: datetime
) -> None:
    asked = asked_of(session, make.team(session, make.organisation(session)))[0]
    writer = make.person(session)
    who = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "changed_by_id": writer.id}
    for _ in range(2):
        kept(session, Draft(**who, begun_at=now, changed_at=now, sent_at=now))
    kept(session, Draft(**who, begun_at=now, changed_at=now))
    with pytest.raises(IntegrityError), session.begin_nested():
        kept(session, Draft(**who, begun_at=now, changed_at=now))


def test_a_team_merges_into_another_and_another_splits_in_two(session: Session) -> None:
    place = make.organisation(session)
    teams = [make.team(session, place) for _ in range(4)]
    told = [(0, 1, Succession.MERGED), (2, 1, Succession.SPLIT), (2, 3, Succession.SPLIT)]
    for before, after, kind in told:
        pair = {"from_team_id": teams[before].id, "to_team_id": teams[after].id}
        kept(session, TeamSuccession(organisation_id=place.id, **pair, kind=kind, on=date(2026, 9, 1)))
    pair = {"from_team_id": teams[0].id, "to_team_id": teams[0].id}
    with pytest.raises(IntegrityError), session.begin_nested():
        kept(session, TeamSuccession(organisation_id=place.id, **pair, kind=Succession.RENAMED, on=date(2026, 9, 1)))


def test_an_organisation_is_asked_with_no_team_known_but_once_in_a_circulation(session: Session, now: datetime) -> None:
    asker = make.partnership(session)
    place = make.organisation(session, asker)
    sent = make.circulate(session, asker, make.edition(session, asker), [])
    where = {"partnership_id": asker.id, "organisation_id": place.id, "team_id": None}
    said = {"organisation_name": place.name, "team_name": "", "sector": "Health", "added_at": now}
    sent.asked.append(Asked(**where, **said))
    session.flush()
    assert sent.asked[0].name == place.name
    sent.asked.append(Asked(**where, **said))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


def test_who_recorded_which_role_chaired_and_how_it_came_in_are_three_things(session: Session) -> None:
    asked = asked_of(session, make.team(session, make.organisation(session)))[0]
    made = make.minutes(session, asked, make.person(session))
    made.discussion.chaired_by, made.discussion.received = "Practice educator", Received.PAPER
    session.flush()
    session.expire_all()
    assert (made.discussion.chaired_by, made.discussion.received) == ("Practice educator", Received.PAPER)
    assert made.recorded_by.name != made.discussion.chaired_by


def test_an_appointment_ends_after_it_starts_and_its_place_fits_its_role(session: Session) -> None:
    who, place, asker = make.person(session), make.organisation(session), make.partnership(session)
    wrong = [
        (Role.LEAD, place, {"ends_on": date(2025, 12, 31)}),
        (Role.OFFICER, place, {}),
        (Role.LEAD, asker, {}),
        (Role.OPERATOR, place, {}),
        (Role.LEADER, None, {}),
    ]
    for role, where, more in wrong:
        with pytest.raises(IntegrityError), session.begin_nested():
            make.appoint(session, who, role, where, **more)  # type: ignore[arg-type]
    make.appoint(session, who, Role.LEAD, place, ends_on=date(2026, 1, 1))


def test_a_changed_date_to_answer_by_is_a_new_row_and_the_last_one_counts(session: Session, now: datetime) -> None:
    asker = make.partnership(session)
    sent = make.circulate(session, asker, make.edition(session, asker), [])
    first = sent.answer_by
    sent.dates.append(AnswerBy(on=first + timedelta(days=14), set_at=now, by_id=None))
    session.flush()
    session.expire_all()
    assert sent.answer_by == first + timedelta(days=14)
    assert len(sent.dates) == 2
