"""A launch for later: what an officer puts down, what the sender makes of it, and what the pages and letters say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import emails, queries, scheduling
from app.circulation.audience import Chosen, Plan
from app.circulation.launching import launch_scheduled
from app.circulation.models import Circulation
from app.circulation.scheduled import ScheduledLaunch, ScheduledLaunchEnded, when_words
from app.circulation.scheduled_letters import UNLAUNCHED
from app.clock import LONDON, now, opens, today
from app.database import db
from app.errors import Conflict, Denied, Invalid
from app.organisations.models import Appointment
from app.packs.standing import PackStanding, Standing
from app.policy import Role
from app.post.models import Delivery, Hold, Superseded
from app.trail.models import Event
from tests import factories as make
from tests.circulation.test_pages import Office as Pages
from tests.circulation.test_pages import fields, words
from tests.client import Client, filled, parse
from tests.conftest import NOW

DAY = timedelta(days=1)
MONDAY = opens(date(2026, 11, 30), 8)
ANSWER_BY = date(2027, 2, 26)


class Office:
    """Two teams of which one has a leader, a briefing that nobody was asked about, and the officer."""

    def __init__(self, session: Session) -> None:
        self.session, self.circle = session, make.circle(session)
        self.text = make.edition(session, self.circle.partnership)
        self.actor = make.actor_of(session, self.circle.officer)

    def plan(self, **chosen: Any) -> Plan:
        lists = {"organisations": frozenset({self.circle.organisation.ref}), **chosen}
        return queries.plan(self.session, self.actor, self.circle.partnership, Chosen(self.text, **lists), NOW)

    def schedule(self, at: datetime = MONDAY, *, plan: Plan | None = None, **wishes: Any) -> ScheduledLaunch:
        given = {"answer_by": ANSWER_BY, "cover_note": "Please.", "again": False, "once": "k", "now": NOW, **wishes}
        actor = given.pop("actor", self.actor)
        return scheduling.schedule(self.session, actor, self.circle.partnership, plan or self.plan(), at=at, **given)

    def carried_out(self, launch: ScheduledLaunch, at: datetime = MONDAY) -> Circulation | None:
        return scheduling.carry_out(self.session, launch, now=at)

    def said(self, launch: ScheduledLaunch) -> list[str]:
        return list(self.session.scalars(sa.select(Event.kind).where(Event.about == launch.ref).order_by(Event.id)))

    def retire(self) -> None:
        said = {"standing": Standing.RETIRED, "because": "The guidance has changed.", "by": "an officer"}
        make.kept(self.session, PackStanding(pack_id=self.text.pack_id, at=NOW, **said))
        self.session.expire_all()


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session)


def test_on_the_day_it_is_a_launch_like_any_other_by_whoever_scheduled_it(office: Office) -> None:
    launch = office.schedule()
    made = office.carried_out(launch)
    assert made is not None and launch.ended is not None and launch.ended.circulation is made
    assert (made.ref, made.once, made.by_id) == (launch.ref, launch.once, office.circle.officer.id)
    assert (made.circulated_at, made.answer_by, made.cover_note) == (MONDAY, ANSWER_BY, "Please.")
    assert {one.team_id for one in made.asked} == {team.id for team in office.circle.teams}
    assert office.said(launch) == ["launch scheduled", "circulated"]
    assert made.ref in {one.about for one in emails.owed(office.session, MONDAY)}


def test_what_was_carried_out_is_not_carried_out_again(office: Office) -> None:
    launch = office.schedule()
    assert office.carried_out(launch) and office.carried_out(launch, MONDAY + DAY) is None
    found = sa.select(sa.func.count()).select_from(Circulation).where(Circulation.edition_id == office.text.id)
    assert office.session.scalar(found) == 1


def test_the_same_page_sent_twice_is_put_down_once_and_another_list_is_refused(office: Office) -> None:
    assert office.schedule() is office.schedule(answer_by=ANSWER_BY + DAY)
    other = office.plan(organisations=frozenset(), teams=frozenset({office.circle.teams[0].ref}))
    with pytest.raises(Conflict, match="Another list"):
        office.schedule(plan=other)


@pytest.mark.parametrize(
    ("at", "wishes", "field", "why"),
    [
        (NOW, {}, "on", "still to come"),
        (NOW - DAY, {}, "on", "still to come"),
        (NOW + 184 * DAY, {"answer_by": date(2027, 9, 1)}, "on", "half a year"),
        (MONDAY, {"answer_by": date(2026, 11, 30)}, "answer_by", "after the day on which"),
        (MONDAY, {"answer_by": date(2026, 11, 20)}, "answer_by", "after today"),
        (MONDAY, {"cover_note": "x" * 2_001}, "cover_note", "2,000"),
    ],
)
def test_a_moment_date_or_note_that_cannot_be_is_refused_on_its_field(
    office: Office, at: datetime, wishes: dict[str, Any], field: str, why: str
) -> None:
    with pytest.raises(Invalid, match=why) as refusal:
        office.schedule(at, **wishes)
    assert refusal.value.field == field
    assert office.session.scalar(sa.select(sa.func.count()).select_from(ScheduledLaunch)) == 0


def test_half_a_year_ahead_may_be_put_down(office: Office) -> None:
    office.schedule(NOW + 183 * DAY, answer_by=date(2027, 9, 1))


def test_only_an_officer_of_the_partnership_schedules_and_cancels(office: Office) -> None:
    launch = office.schedule()
    for who in (office.circle.noise_officer, office.circle.reviewer, office.circle.leader, office.circle.lead):
        other = make.actor_of(office.session, who)
        with pytest.raises(Denied):
            office.schedule(actor=other, once="another")
        with pytest.raises(Denied):
            scheduling.cancel(office.session, other, launch, now=NOW)


def test_what_was_cancelled_is_never_launched_and_cancelling_twice_is_cancelling_once(office: Office) -> None:
    launch = office.schedule()
    for _ in range(2):
        scheduling.cancel(office.session, office.actor, launch, now=NOW)
    assert launch.ended is not None and launch.ended.by_id == office.circle.officer.id
    assert office.carried_out(launch) is None
    assert office.said(launch) == ["launch scheduled", "launch cancelled"]
    assert [one for one in emails.owed(office.session, NOW) if one.kind == UNLAUNCHED] == []


def test_what_went_out_can_no_longer_be_cancelled(office: Office) -> None:
    launch = office.schedule()
    office.carried_out(launch)
    with pytest.raises(Conflict, match="It went out 30 November 2026 at 08:00, before you could cancel it"):
        scheduling.cancel(office.session, office.actor, launch, now=MONDAY + DAY)


def _retired(office: Office) -> None:
    office.retire()


def _left(office: Office) -> None:
    office.session.execute(
        sa.update(Appointment)
        .where(Appointment.person_id == office.circle.officer.id)
        .values(ends_on=date(2026, 11, 25))
    )
    office.session.expire_all()


def _asked_by_another(office: Office) -> None:
    make.circulate(office.session, office.circle.partnership, office.text, office.circle.teams)


@pytest.mark.parametrize(
    ("meanwhile", "because"),
    [
        (_retired, "This briefing was retired on 23 November 2026"),
        (_left, "who scheduled it, is no longer an officer"),
        (_asked_by_another, "has been asked meanwhile"),
    ],
)
def test_what_stands_in_the_way_is_said_to_every_officer_once(office: Office, meanwhile: Any, because: str) -> None:
    launch, second = office.schedule(), make.person(office.session)
    make.appoint(office.session, second, Role.OFFICER, partnership_id=office.circle.partnership.id)
    meanwhile(office)
    assert office.carried_out(launch) is None
    assert launch.ended is not None and launch.ended.because and because in launch.ended.because
    assert office.said(launch) == ["launch scheduled", "launch not possible"]
    owed = [one for one in emails.owed(office.session, MONDAY) if one.kind == UNLAUNCHED]
    assert second.ref in {one.person for one in owed}
    assert {one.about for one in owed} == {launch.ref}
    assert len({one.person for one in owed}) == len(owed)
    assert [one for one in emails.owed(office.session, MONDAY + 15 * DAY) if one.kind == UNLAUNCHED] == []


def test_a_launch_whose_date_to_answer_by_has_gone_by_is_not_carried_out(office: Office) -> None:
    launch = office.schedule()
    assert office.carried_out(launch, opens(ANSWER_BY, 8)) is None
    assert launch.ended is not None and "must be after today" in launch.ended.because


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [(date(2027, 3, 27), 8, 8), (date(2027, 3, 28), 8, 7), (date(2027, 10, 30), 8, 7), (date(2027, 10, 31), 8, 8)],
)
def test_eight_in_london_is_eight_in_london_on_the_days_around_both_clock_changes(
    day: date, hour: int, utc: int
) -> None:
    at = opens(day, hour)
    assert at.hour == utc and at.astimezone(LONDON).hour == hour and at.astimezone(LONDON).date() == day
    assert when_words(at).endswith("at 08:00")


@pytest.mark.parametrize(
    ("at", "usual"),
    [
        (NOW, date(2026, 11, 30)),
        (datetime(2026, 11, 30, 7, tzinfo=LONDON), date(2026, 12, 7)),
        (datetime(2026, 12, 24, 12, tzinfo=LONDON), date(2026, 12, 29)),  # the Monday is a bank holiday
    ],
)
def test_the_next_monday_is_offered_or_the_working_day_after_it(at: datetime, usual: date) -> None:
    assert scheduling.usual_day(at) == usual


# Over HTTP, and by the sender.


@pytest.fixture
def pages(app: Flask, client: Client) -> Pages:
    made = Pages(client)
    made.sign_in()
    return made


def later(day: date, hour: str = "8") -> dict[str, str]:
    parts = {f"on-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    return {"sending": "later", "hour": hour, **parts}


NEXT = today(now()) + 3 * DAY


def scheduled(pages: Pages) -> str:
    """Put down for three days from now; the address of its page."""
    sent = pages.confirm(pages.choose(cover_note="Please talk.", **later(NEXT)))
    assert sent.status_code == 303
    return str(sent.location)


def test_an_officer_puts_it_down_sees_it_on_her_page_and_takes_it_back(pages: Pages) -> None:
    checked = pages.choose(cover_note="Please talk.", **later(NEXT))
    when = when_words(opens(NEXT, 8))
    assert f"Letters go out{when}" in words(checked) and f"Schedule 2 letters for {when}" in words(checked)
    page = pages.client.get(pages.confirm(checked).location)
    assert "2 teams will be asked" in words(page) and f", on {when}" in words(page)
    assert "Please talk." in words(page) and pages.north_name in words(page)
    assert pages.circulated() == []
    home = words(pages.client.get("/home"))
    assert f"Goes out on {when}" in home
    at = page.request.path
    cancelled = pages.client.get(pages.client.post_form(at, {}, at="/cancel").location)
    assert "It was cancelled" in words(cancelled)
    assert "Goes out on" not in words(pages.client.get("/home"))
    assert "Cancel: ask nobody" not in words(cancelled)


def test_back_and_reload_put_down_one_and_lead_to_its_page(pages: Pages) -> None:
    checked = pages.choose(**later(NEXT))
    first, second = pages.confirm(checked), pages.confirm(checked)
    assert first.location == second.location
    again = pages.client.post(f"{pages.url}/check", data={**fields(checked), "digest": ""})
    assert "You scheduled a list from the page before already" in words(again)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"on-day": "", "on-month": "", "on-year": ""}, "Give the day on which the letters go out."),
        ({"on-day": "31", "on-month": "2"}, "there is no 31 February"),
        ({"hour": ""}, "Choose the time."),
        ({"hour": "3"}, "Choose one of the answers in the list."),
        ({"on-year": "2020"}, "still to come"),
    ],
)
def test_a_day_or_time_that_cannot_be_is_said_and_what_was_typed_stands_there(
    pages: Pages, changed: dict[str, str], fault: str
) -> None:
    answer = pages.choose(cover_note="Please talk.", **{**later(NEXT), **changed})
    assert answer.status_code == 422 and fault in words(answer)
    shown = fields(answer)
    assert shown["cover_note"] == "Please talk." and shown["sending"] == ["later"]
    assert all(shown[name] == value for name, value in changed.items() if name != "hour")


def test_a_day_that_cannot_be_matters_only_where_the_letters_go_out_later(pages: Pages) -> None:
    checked = pages.choose(sending="now", **{"on-day": "31", "on-month": "2", "on-year": "x", "hour": "99"})
    assert checked.status_code == 200
    assert pages.confirm(checked).location.endswith("/done")


def test_coming_back_to_change_something_keeps_the_day_and_the_time(pages: Pages) -> None:
    checked = pages.choose(**later(NEXT, "14"))
    back = fields(pages.client.post(pages.url, data=fields(checked)))
    assert (back["sending"], back["hour"], back["on-day"]) == (["later"], ["14"], str(NEXT.day))


def test_the_sender_launches_it_at_its_moment_once_and_not_while_letters_are_held(pages: Pages, app: Flask) -> None:
    at = scheduled(pages)
    with app.app_context():
        moment = opens(NEXT, 8)
        assert launch_scheduled(db, moment - timedelta(seconds=1)) == 0
        with db.writing() as session:
            session.add(Hold(at=now(), puts=True, because="A restore.", era=1))
        assert launch_scheduled(db, moment) == 0 and pages.circulated() == []
        with db.writing() as session:
            session.add(Hold(at=now(), puts=False, because="", era=2))
        assert launch_scheduled(db, moment) == 1
        assert launch_scheduled(db, moment) == 0
    (made,) = pages.circulated()
    assert at == f"/scheduled/{made.ref}"
    assert "It was circulated" in words(pages.client.get(at))
    assert "2 teams asked" in words(pages.client.get(f"/circulations/{made.ref}/done"))


def test_one_that_came_to_nothing_stands_on_the_page_of_the_officer_and_is_written_about(
    pages: Pages, app: Flask
) -> None:
    at = scheduled(pages)
    with app.app_context():
        with db.writing() as session:
            launch = session.scalars(sa.select(ScheduledLaunch)).one()
            said = {"at": now(), "because": "Everybody on the list has been asked meanwhile."}
            session.add(ScheduledLaunchEnded(launch_id=launch.id, **said))
            ref = launch.ref
        with db.reading() as session:
            (owed,) = [one for one in emails.owed(session, now()) if one.kind == UNLAUNCHED]
        with db.writing() as session:
            named = {"kind": owed.kind, "about": owed.about, "person": owed.person, "owed_since": owed.since}
            delivery = make.kept(session, Delivery(**named, message_id="<one@test>"))
            letter = emails.letter(session, delivery, now())
            assert not isinstance(letter, Superseded)
            assert "not circulated" in letter.subject
            assert "Everybody on the list" in letter.body and f"/scheduled/{ref}" in letter.body
        with db.reading() as session:
            assert [one for one in emails.owed(session, now()) if one.kind == UNLAUNCHED] == []
    assert "It could not be circulated" in words(pages.client.get("/home"))
    assert "Everybody on the list has been asked meanwhile." in words(pages.client.get(at))


def test_cancelling_what_went_out_meanwhile_is_told_and_changes_nothing(pages: Pages, app: Flask) -> None:
    at = scheduled(pages)
    form = fields_of_cancel(pages, at)
    with app.app_context():
        assert launch_scheduled(db, opens(NEXT, 8)) == 1
    late = pages.client.post(f"{at}/cancel", data=form)
    assert late.status_code == 409 and "before you could cancel it" in words(late)
    assert "It was circulated" in words(pages.client.get(at))


def fields_of_cancel(pages: Pages, at: str) -> dict[str, Any]:
    page = parse(pages.client.get(at))
    return filled(next(form for form in page.iter("form") if form.get("action", "").endswith("/cancel")))
