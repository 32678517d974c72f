"""The date to answer by and the closing of recording: what an officer may do, and what the pages say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import dating, emails
from app.circulation.closing import RecordingClosed, RecordingReopened, closed_at, is_closed
from app.circulation.models import AnswerBy, Circulation
from app.clock import now, today
from app.database import db
from app.errors import Conflict, Denied, Invalid
from app.policy import Actor
from app.trail.models import Event
from tests import factories as make
from tests.circulation.worlds import statements
from tests.client import Client, filled, parse
from tests.conftest import NOW

DAY = timedelta(days=1)
NEXT = date(2027, 2, 26)


class Office:
    """A circulation and the officer who may do something about it."""

    def __init__(self, session: Session) -> None:
        self.session, self.circle = session, make.circle(session)
        self.sent = self.circle.circulation
        self.actor = make.actor_of(session, self.circle.officer)

    def change(self, on: date = NEXT, *, shown: str = "1", by: Actor | None = None) -> AnswerBy:
        return dating.change_date(self.session, by or self.actor, self.sent, on, shown=shown, now=NOW)

    def close(self) -> RecordingClosed:
        return dating.close_recording(self.session, self.actor, self.sent, now=NOW)

    def reopen(self) -> None:
        dating.reopen_recording(self.session, self.actor, self.sent, now=NOW + DAY)

    def said(self) -> list[str]:
        return list(self.session.scalars(sa.select(Event.kind).where(Event.about == self.sent.ref).order_by(Event.id)))


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session)


def test_a_changed_date_is_a_new_row_that_says_who_set_it_and_when(office: Office) -> None:
    first = office.sent.answer_by
    made = office.change()
    assert office.sent.answer_by == NEXT
    assert (made.by_id, made.set_at) == (office.circle.officer.id, NOW)
    assert [one.on for one in office.sent.dates] == [first, NEXT]
    assert office.said() == ["date changed"]


def test_the_same_date_again_changes_nothing_however_old_the_page_is(office: Office) -> None:
    made = office.change()
    assert office.change() is made
    assert len(office.sent.dates) == 2 and office.said() == ["date changed"]


@pytest.mark.parametrize(
    ("on", "why"),
    [
        (today(NOW), "after today"),
        (today(NOW) - DAY, "after today"),
        (date(2020, 1, 1), "after today"),
        (today(NOW) + 732 * DAY, "two years"),
    ],
)
def test_a_date_by_which_nobody_could_answer_is_refused(office: Office, on: date, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refusal:
        office.change(on)
    assert refusal.value.field == "answer_by"
    assert len(office.sent.dates) == 1


def test_tomorrow_and_two_years_from_now_may_be_set(office: Office) -> None:
    office.change(today(NOW) + DAY)
    office.change(today(NOW) + 731 * DAY, shown="2")
    assert len(office.sent.dates) == 3


def test_of_two_officers_at_once_the_second_is_told_what_the_first_did(office: Office) -> None:
    office.circle.officer.name = "Officer"
    office.change()
    with pytest.raises(Conflict, match="Officer changed the date to 26 February 2027"):
        office.change(NEXT + DAY)
    assert office.sent.answer_by == NEXT


def test_an_officer_of_another_partnership_and_a_reviewer_may_not(office: Office) -> None:
    for who in (office.circle.noise_officer, office.circle.reviewer, office.circle.leader, office.circle.lead):
        other = make.actor_of(office.session, who)
        with pytest.raises(Denied):
            office.change(by=other)
        with pytest.raises(Denied):
            dating.close_recording(office.session, other, office.sent, now=NOW)
        with pytest.raises(Denied):
            dating.reopen_recording(office.session, other, office.sent, now=NOW)


def test_closing_twice_is_closing_once_and_it_may_be_opened_and_closed_again(office: Office) -> None:
    assert office.close() is office.close()
    office.reopen()
    office.reopen()
    assert office.sent.closed is None
    assert office.close().id != office.sent.closings[0].id
    assert office.sent.closed is not None
    assert office.said() == ["recording closed", "recording opened", "recording closed"]
    assert office.session.scalar(sa.select(sa.func.count()).select_from(RecordingReopened)) == 1


def test_what_is_closed_says_so_in_sql_as_in_python(office: Office) -> None:
    other = make.circulate(office.session, office.circle.partnership, office.circle.edition, [office.circle.teams[0]])

    def closed() -> dict[int, bool]:
        rows = office.session.execute(sa.select(Circulation.id, is_closed(Circulation.id), closed_at(Circulation.id)))
        return {key: bool(is_so) and at is not None for key, is_so, at in rows}

    assert closed() == {office.sent.id: False, other.id: False}
    office.close()
    assert closed() == {office.sent.id: True, other.id: False}
    office.reopen()
    assert closed() == {office.sent.id: False, other.id: False}


def test_while_it_is_closed_the_date_stays_and_nobody_is_asked(office: Office) -> None:
    owed = {one.about for one in emails.owed(office.session, NOW)}
    assert office.sent.ref in owed
    office.close()
    with pytest.raises(Conflict, match="Recording is closed"):
        office.change()
    assert office.sent.ref not in {one.about for one in emails.owed(office.session, NOW)}


# The pages


@pytest.fixture
def place(app: Flask, client: Client) -> Any:
    with db.writing() as session:
        circle = make.circle(session)
        circle.officer.name = "Officer"
        circle.partnership.answer_reminder_days = [-5, 1]
        refs = {"officer": circle.officer.id, "other": circle.noise_officer.id, "circulation": circle.circulation.ref}
        refs |= {"edition": circle.edition.ref, "reviewer": circle.reviewer.id}
    client.as_person(refs["officer"])
    return refs


def on(day: date) -> dict[str, str]:
    return {f"answer_by-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def text(client: Client, address: str) -> str:
    return client.get(address).get_data(as_text=True)


def test_an_officer_comes_from_the_coverage_changes_the_date_and_reads_what_happens_next(
    client: Client, place: Any
) -> None:
    address = f"/circulations/{place['circulation']}/date"
    assert address in text(client, f"/collation/{place['edition']}")
    day = today(now()) + 100 * DAY
    answer = client.post_form(address, on(day), at="/date")
    assert answer.status_code == 303
    said = text(client, answer.headers["Location"])
    assert "Nobody is written to about it today. Every page says the new date, and reminders go by it." in said
    assert "is reminded on" in said and "by <bdi>Officer</bdi>" in said
    again = client.post_form(address, on(day), at="/date")
    assert again.status_code == 303
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count(AnswerBy.id)).where(AnswerBy.on == day)) == 1


def test_a_date_that_cannot_be_is_refused_with_what_was_typed(client: Client, place: Any) -> None:
    address = f"/circulations/{place['circulation']}/date"
    answer = client.post_form(address, on(today(now())), at="/date")
    assert answer.status_code == 422
    assert "must be after today" in answer.get_data(as_text=True)
    assert client.post_form(address, {**on(NEXT), "answer_by-day": "31"}, at="/date").status_code == 422


def test_a_page_that_is_older_than_the_date_is_shown_again_with_it(client: Client, place: Any) -> None:
    address = f"/circulations/{place['circulation']}/date"
    client.post_form(address, on(today(now()) + 100 * DAY), at="/date")
    late = client.post_form(address, {**on(today(now()) + 120 * DAY), "seen": "1"}, at="/date")
    assert late.status_code == 409
    assert "Officer changed the date to" in late.get_data(as_text=True)


def test_recording_is_closed_and_opened_with_a_press_however_often(client: Client, place: Any) -> None:
    address = f"/circulations/{place['circulation']}/recording"
    assert "That day is not over yet" in text(client, address)
    form = next(form for form in parse(client.get(address)).iter("form") if form.get("action", "").endswith("/close"))
    for _ in range(2):
        assert client.post(f"{address}/close", data=filled(form)).status_code == 303
    said = text(client, f"{address}?done=1")
    assert "Recording is closed" in said and "<bdi>Officer</bdi> closed it" in said
    assert "Open recording again" in text(client, f"/collation/{place['edition']}")
    assert "the date cannot be changed" in text(client, f"/circulations/{place['circulation']}/date")
    assert client.post_form(address, {}, at="/open").status_code == 303
    assert "Recording is open" in text(client, address)


def test_a_reviewer_sees_no_way_to_it_and_another_officer_nothing_at_all(client: Client, place: Any) -> None:
    client.as_person(place["reviewer"])
    assert "/date" not in text(client, f"/collation/{place['edition']}")
    client.as_person(place["other"])
    for page in ("date", "recording"):
        assert client.get(f"/circulations/{place['circulation']}/{page}").status_code == 404


def test_the_pages_take_as_many_statements_however_many_were_asked(client: Client, place: Any) -> None:
    counts = []
    for many in (0, 40):
        with db.writing() as session:
            sent = session.scalars(sa.select(Circulation).where(Circulation.ref == place["circulation"])).one()
            asker = sent.partnership
            for _ in range(many):
                team = make.team(session, make.organisation(session, asker))
                sent.asked.append(make.asking(asker, team, NOW))
        with statements(client.application.extensions["database_engine"]) as said:
            for page in ("date", "recording"):
                assert client.get(f"/circulations/{place['circulation']}/{page}").status_code == 200
        counts.append(len(said))
    assert counts[0] == counts[1]
