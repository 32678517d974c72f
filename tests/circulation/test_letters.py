"""Who is owed the asking letter, from when and until when, and what it says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.circulation import emails, queries, services
from app.circulation.models import AnswerBy, Circulation
from app.circulation.owed import AT_ONCE
from app.clock import start_of
from app.organisations.models import Person
from app.policy import CONSOLE, Role
from app.post.models import Delivery, Letter, Owed, Superseded
from tests import factories as make
from tests.circulation.worlds import World, big_world, random_world, statements
from tests.conftest import NOW

BY = date(2027, 1, 11)


def send(session: Session, world: World, *, now: datetime = NOW, by: date = BY, **values: Any) -> Circulation:
    chosen = values.pop("chosen", None) or world.everybody(**values)
    plan = queries.plan(session, CONSOLE, world.partnership, chosen, now)
    wishes: dict[str, Any] = {"answer_by": by, "cover_note": "", "once": plan.digest + str(values), "now": now}
    return services.circulate(session, CONSOLE, world.partnership, world.edition, plan, **wishes)


def owed(session: Session, sent: Circulation, now: datetime = NOW) -> dict[str, Owed]:
    return {one.person: one for one in emails.owed(session, now) if one.about == sent.ref}


def note(session: Session, owed: Owed) -> Delivery:
    values = {"urgency": owed.urgency, "owed_since": owed.since, "message_id": f"<{owed.person}.{owed.about}@test>"}
    return make.kept(session, Delivery(kind=owed.kind, about=owed.about, person=owed.person, **values))


@pytest.mark.parametrize("seed", range(60))
def test_those_owed_a_letter_are_those_on_the_list(session: Session, seed: int) -> None:
    world = random_world(session, seed)
    chosen = world.some(seed) if seed % 3 else world.everybody()
    plan = queries.plan(session, CONSOLE, world.partnership, chosen, NOW)
    if not plan.lines:
        return
    sent = send(session, world, chosen=chosen)
    assert owed(session, sent).keys() == {person.ref for person in plan.people}
    heard = queries.heard_of(session, sent.id, NOW)
    assert [(one.line.key, one.anybody) for one in heard] == [(one.line.key, one.anybody) for one in plan.heard]


def test_random_worlds_hold_people_in_every_role_and_nobody_too(session: Session) -> None:
    """Or the test above would prove little."""
    roles, unheard = set(), 0
    for seed in range(40):
        world = random_world(session, seed)
        plan = queries.plan(session, CONSOLE, world.partnership, world.everybody(), NOW)
        roles |= {holder.role for person in plan.people for holder, _ in person.reasons}
        unheard += len(plan.unheard)
    assert roles == {Role.LEADER, Role.MINUTES, Role.LEAD, Role.ADMINISTRATOR}
    assert unheard > 5


def test_a_letter_is_owed_once_per_person_and_launch(session: Session) -> None:
    world = big_world(session, 6, 12)
    sent = send(session, world)
    first = owed(session, sent)
    for one in first.values():
        note(session, one)
    assert first
    assert owed(session, sent) == {}
    again = send(session, world, again=True)
    assert owed(session, again).keys() == first.keys()


def test_a_letter_of_another_kind_or_about_another_launch_does_not_stand_for_this_one(session: Session) -> None:
    world = big_world(session, 2, 3)
    sent = send(session, world)
    first = owed(session, sent)
    for one in first.values():
        make.kept(
            session, Delivery(kind="ask", about="other", person=one.person, owed_since=NOW, message_id=one.person)
        )
        others = {"kind": "minutes", "about": sent.ref, "person": one.person, "owed_since": NOW}
        make.kept(session, Delivery(**others, message_id=one.person + "m"))
    assert owed(session, sent).keys() == first.keys()


def test_at_most_some_hundreds_are_owed_at_a_time_those_owed_longest_first(session: Session) -> None:
    world = big_world(session)
    sent = send(session, world)
    refs: set[str] = set()
    while found := list(emails.owed(session, NOW)):
        ours = [one for one in found if one.about == sent.ref]
        assert len(found) <= AT_ONCE
        assert [one.since for one in found] == sorted(one.since for one in found)
        assert not refs & {one.person for one in ours}
        refs |= {one.person for one in ours}
        for one in found:
            note(session, one)
    plan = queries.plan(session, CONSOLE, world.partnership, world.everybody(again=True), NOW)
    assert refs == {person.ref for person in plan.people}
    assert len(refs) > 2 * AT_ONCE


def test_those_owed_longest_come_first(session: Session) -> None:
    world = big_world(session, 3, 6)
    newer = send(session, world)
    older = send(session, world, now=NOW - timedelta(days=1), again=True)
    found = [one.about for one in emails.owed(session, NOW) if one.about in (older.ref, newer.ref)]
    assert found == sorted(found, key=[older.ref, newer.ref].index)
    assert set(found) == {older.ref, newer.ref}


def test_owed_is_one_statement_for_each_kind_of_letter_and_says_urgency_and_end(session: Session) -> None:
    world = big_world(session, 2, 3)
    sent = send(session, world)
    with statements(session) as asked:
        found = owed(session, sent)
    assert len(asked) == len(emails.KINDS)
    for one in found.values():
        assert (one.kind, one.since, one.urgency, one.role, one.place) == ("ask", NOW, 5, "", "")
        assert one.until == start_of(date(2027, 3, 13))


class Launched:
    """A launch to one team, and somebody who can be appointed to it later."""

    def __init__(self, session: Session, **values: Any) -> None:
        self.session = session
        self.circle = make.circle(session)
        self.team = make.team(session, self.circle.organisation, name="Hailsham health visiting")
        text = make.edition(
            session, self.circle.partnership, short_title="NAI under 5", title="Injuries to small children"
        )
        values = {"at": NOW, "answer_by": BY, **values}
        self.sent = make.circulate(session, self.circle.partnership, text, [self.team], **values)
        self.person = make.person(session, name="Sam Lee")

    def appoint(self, day: date, role: Role = Role.LEADER, who: Person | None = None, **values: Any) -> None:
        teams = () if role in (Role.LEAD, Role.ADMINISTRATOR) else (self.team,)
        place = self.circle.organisation
        make.appoint(self.session, who or self.person, role, place, teams, starts_on=day, **values)

    def owed(self, now: datetime) -> Owed | None:
        return owed(self.session, self.sent, now).get(self.person.ref)

    def letter(self, now: datetime = NOW, who: Person | None = None) -> Letter:
        written = self.written(now, who)
        assert isinstance(written, Letter)
        return written

    def written(self, now: datetime = NOW, who: Person | None = None) -> object:
        person = who or self.person
        values = {"owed_since": now, "message_id": person.ref, "person": person.ref}
        return emails.letter(self.session, Delivery(kind="ask", about=self.sent.ref, **values), now)


def test_a_lead_for_named_teams_is_owed_none_about_another_team(session: Session) -> None:
    launched = Launched(session)
    midwife, nurse = make.person(session), make.person(session)
    place = launched.circle.organisation
    make.appoint(session, midwife, Role.LEAD, place, (launched.circle.teams[0],))
    make.appoint(session, nurse, Role.LEAD, place, (launched.team,))
    found = owed(session, launched.sent)
    assert nurse.ref in found
    assert midwife.ref not in found


def noon(day: date) -> datetime:
    return start_of(day) + timedelta(hours=12)


def test_somebody_appointed_after_the_launch_is_owed_one_from_her_first_day(session: Session) -> None:
    launched = Launched(session)
    launched.appoint(date(2026, 12, 7))
    assert launched.owed(noon(date(2026, 12, 6))) is None
    found = launched.owed(noon(date(2026, 12, 7)))
    assert found is not None
    assert found.since == start_of(date(2026, 12, 7))


@pytest.mark.parametrize(("first_day", "is_owed"), [(BY, True), (BY + timedelta(days=1), False)])
def test_nobody_appointed_after_the_date_is_owed_one(session: Session, first_day: date, is_owed: bool) -> None:
    launched = Launched(session)
    launched.appoint(first_day)
    assert (launched.owed(noon(BY + timedelta(days=20))) is not None) is is_owed


def test_somebody_appointed_in_summer_time_after_the_date_is_owed_none(session: Session) -> None:
    by = date(2027, 6, 14)
    launched = Launched(session, answer_by=by)
    launched.appoint(by + timedelta(days=1))
    assert launched.owed(noon(by + timedelta(days=2))) is None


def test_somebody_recorded_late_is_owed_none_whatever_her_first_day(session: Session) -> None:
    launched = Launched(session)
    launched.appoint(date(2026, 1, 1), counts_from=noon(BY + timedelta(days=9)))
    assert launched.owed(noon(BY + timedelta(days=10))) is None


@pytest.mark.parametrize(("days", "is_owed"), [(60, True), (61, False)])
def test_a_letter_held_up_is_owed_for_sixty_days_after_the_date(session: Session, days: int, is_owed: bool) -> None:
    launched = Launched(session)
    launched.appoint(date(2026, 1, 1))
    assert (launched.owed(noon(BY + timedelta(days=days))) is not None) is is_owed


def test_the_date_that_was_set_last_counts(session: Session) -> None:
    launched = Launched(session)
    launched.appoint(BY + timedelta(days=5))
    late = noon(BY + timedelta(days=90))
    assert launched.owed(late) is None
    launched.sent.dates.append(AnswerBy(on=BY + timedelta(days=60), set_at=NOW, by_id=None))
    session.flush()
    assert launched.owed(late) is not None
    launched.sent.dates.append(AnswerBy(on=BY, set_at=NOW, by_id=None))
    session.flush()
    assert launched.owed(late) is None


def test_loaded_history_owes_nothing_not_even_to_people_appointed_since(session: Session) -> None:
    launched = Launched(session, at=NOW - timedelta(days=2))
    launched.appoint(date(2026, 1, 1))
    assert launched.owed(NOW) is not None
    launched.circle.partnership.letters_from = NOW - timedelta(days=1)
    launched.appoint(NOW.date())
    session.flush()
    assert launched.owed(NOW) is None


def test_whoever_has_left_is_owed_none_and_gets_none(app: Flask, session: Session) -> None:
    launched = Launched(session)
    launched.appoint(date(2026, 1, 1), ends_on=date(2026, 11, 30))
    assert launched.letter(noon(date(2026, 11, 30))).to_name == "Sam Lee"
    after = noon(date(2026, 12, 1))
    assert launched.owed(after) is None
    assert isinstance(launched.written(after), Superseded)


def test_a_minute_taker_gets_none_once_there_is_a_leader(app: Flask, session: Session) -> None:
    launched = Launched(session)
    launched.appoint(date(2026, 1, 1), Role.MINUTES)
    assert launched.owed(NOW) is not None
    launched.appoint(date(2026, 1, 1), who=make.person(session))
    assert launched.owed(NOW) is None
    assert isinstance(launched.written(), Superseded)


def test_the_letter_goes_to_the_address_of_the_first_role(app: Flask, session: Session) -> None:
    launched = Launched(session)
    launched.appoint(date(2026, 1, 1), Role.LEAD)
    other = make.Address(email="ward@example.nhs.net")
    launched.person.addresses.append(other)
    session.flush()
    leading = make.appoint(session, launched.person, Role.LEADER, launched.circle.organisation, (launched.team,))
    leading.address_id = other.id
    session.flush()
    session.expire_all()
    assert launched.letter().to_address == "ward@example.nhs.net"


def test_every_person_on_the_list_gets_a_letter_that_can_be_written(app: Flask, session: Session) -> None:
    for seed in range(12):
        world = random_world(session, seed)
        sent = send(session, world)
        for person in owed(session, sent):
            written = emails.letter(session, Delivery(**_of(sent, person)), NOW)
            assert isinstance(written, Letter)
            assert written.reply_to == world.partnership.reply_to
            assert "\n\n\n" not in written.body
            assert "None" not in written.body


def _of(sent: Circulation, person: str) -> dict[str, Any]:
    return {"kind": "ask", "about": sent.ref, "person": person, "owed_since": NOW, "message_id": person}


def test_writing_a_letter_takes_the_same_few_statements_for_two_teams_and_for_many(
    app: Flask, session: Session
) -> None:
    counts = []
    for teams in (2, 60):
        circle = make.circle(session)
        made = [make.team(session, circle.organisation) for _ in range(teams)]
        sent = make.circulate(session, circle.partnership, make.edition(session, circle.partnership), made, at=NOW)
        delivery = Delivery(**_of(sent, circle.lead.ref))
        session.expunge_all()
        with statements(session) as asked:
            written = emails.letter(session, delivery, NOW)
        assert isinstance(written, Letter)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 7


def test_people_of_other_organisations_are_never_named(app: Flask, session: Session) -> None:
    circle = make.circle(session)
    for person in session.scalars(select(Person).where(Person.id.in_([circle.leader.id, circle.lead.id]))):
        written = emails.letter(session, Delivery(**_of(circle.circulation, person.ref)), NOW)
        assert isinstance(written, Letter)
        for stranger in (circle.noise_leader, circle.noise_lead, circle.officer, circle.noise_officer):
            assert stranger.name + "\n" not in written.body + "\n"
            assert f"{stranger.name}," not in written.body
        assert circle.noise_asked.team_name + "\n" not in written.body
