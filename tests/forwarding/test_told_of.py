"""Which minutes a letter about several told of is kept: nothing that changes later changes what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy.orm import Session

from app.database import db
from app.discussions.models import Minutes
from app.forwarding import by_week, certifying, letters, reminders
from app.forwarding.certificate import certificate_document
from app.forwarding.course import course
from app.forwarding.history import history
from app.forwarding.letters import Line, posted
from app.organisations.models import Appointment, AppointmentTeam, Person
from app.policy import Role
from app.post.models import Attempt, Bounce, BounceKind, Delivery, State
from app.post.told import Telling, ToldOf
from app.upgrading import upgrade
from tests import factories as make
from tests.forwarding.scene import DAY, Scene, counted
from tests.forwarding.sending import LATER, REFUSED, TOOK, Sending
from tests.forwarding.test_by_week import MONDAY, TUESDAY, chooses, scene, sent, working_day
from tests.forwarding.test_owed import explained
from tests.shape.source import ROOT

__all__ = ["scene"]
LONG_AFTER = MONDAY + 30 * DAY
TAKEN = "The mail system took the weekly email to Lead (about these minutes too)."
Changes = Callable[[Scene, Person], None]


def listed(scene: Scene, minutes: Minutes) -> list[Line]:
    scene.session.flush()
    scene.session.expire_all()
    told = course(scene.session, scene.actor(scene.deputy), minutes)
    return history(scene.session, minutes, told, whole=True)


def sentences(scene: Scene, minutes: Minutes) -> list[str]:
    return [line.sentence for line in listed(scene, minutes)]


def certificate(scene: Scene, minutes: Minutes) -> bytes:
    facts = certifying.facts(scene.session, scene.actor(scene.deputy), minutes, LONG_AFTER)
    return certificate_document(facts)


def leaves(scene: Scene, who: Person) -> None:
    scene.ended(who, Role.LEAD, on=(MONDAY + DAY).date())


def reads_for_another_team(scene: Scene, who: Person) -> None:
    held = next(held for held in who.appointments if held.role is Role.LEAD)
    where = {"appointment_id": held.id, "organisation_id": held.organisation_id}
    scene.session.execute(sa.insert(AppointmentTeam).values(**where, team_id=scene.circle.teams[1].id))


def stands_in_from_now_on(scene: Scene, who: Person) -> None:
    held = next(held for held in who.appointments if held.role is Role.LEAD)
    scene.session.execute(sa.update(Appointment).where(Appointment.id == held.id).values(role=Role.DEPUTY))


def wants_each_again(scene: Scene, who: Person) -> None:
    chooses(scene, who, False, MONDAY + DAY)


def goes_to_and_fro(scene: Scene, who: Person) -> None:
    for number in range(4):
        chooses(scene, who, bool(number % 2), MONDAY + (number + 1) * DAY)


def chose_before_as_is_noted_late(scene: Scene, who: Person) -> None:
    chooses(scene, who, False, TUESDAY + timedelta(minutes=5))


@pytest.mark.parametrize(
    "changes",
    [
        leaves,
        reads_for_another_team,
        stands_in_from_now_on,
        wants_each_again,
        goes_to_and_fro,
        chose_before_as_is_noted_late,
    ],
)
@pytest.mark.parametrize("of", ["weekly", "handover"])
def test_what_is_said_of_an_old_version_stays_whatever_becomes_of_its_readers(
    of: str, changes: Changes, scene: Scene
) -> None:
    early, other = sent(scene), sent(scene)
    new = scene.appointed(Role.LEAD, at=TUESDAY + timedelta(hours=1))
    new.name = "New lead"
    Sending(scene.session, frozenset({of})).look(MONDAY)
    scene.corrected(early, at=MONDAY + timedelta(hours=1))
    before = {one.ref: (listed(scene, one), certificate(scene, one)) for one in (early, other)}
    words = {"weekly": TAKEN, "handover": "The mail system took the email to New lead about minutes that waited."}
    for said, _ in before.values():
        assert words[of] in [line.sentence for line in said]
    changes(scene, scene.lead if of == "weekly" else new)
    assert {one.ref: (listed(scene, one), certificate(scene, one)) for one in (early, other)} == before


def test_a_handover_is_told_in_the_list_of_each_that_waited_and_of_no_other(scene: Scene) -> None:
    waited, known, corrected = sent(scene), sent(scene), sent(scene)
    scene.has(known, scene.deputy, at=TUESDAY)
    scene.corrected(corrected, at=TUESDAY)
    here, elsewhere = (scene.appointed(Role.LEAD, *t, at=MONDAY) for t in ((), (scene.circle.teams[1],)))
    here.name, elsewhere.name = "New lead", "Lead elsewhere"
    Sending(scene.session, frozenset({"handover"})).look(MONDAY)
    after = sent(scene, MONDAY + DAY)
    sentence = "The mail system took the email to New lead about minutes that waited."
    assert [sentence in sentences(scene, one) for one in (waited, known, corrected, after)] == [True] + [False] * 3
    assert not [said for said in sentences(scene, waited) if "elsewhere" in said]


def test_a_letter_that_was_written_anew_is_told_by_each_try_of_what_it_told_then(scene: Scene) -> None:
    first, both = sent(scene), sent(scene)
    sending = Sending(scene.session, frozenset({"weekly"}), lambda letter: LATER)
    sending.look(MONDAY)
    scene.has(first, scene.deputy, at=MONDAY + timedelta(minutes=20))
    sending.answers = lambda letter: TOOK
    last = sent(scene, MONDAY + timedelta(minutes=30))
    sending.look(MONDAY + timedelta(hours=1))
    late = "The mail system could not take the weekly email to Lead (about these minutes too) yet"
    said = {one.ref: sentences(scene, one) for one in (first, both, last)}
    assert [any(line.startswith(late) for line in said[one.ref]) for one in (first, both, last)] == [True, True, False]
    assert [TAKEN in said[one.ref] for one in (first, both, last)] == [False, True, True]
    assert posted(scene.session, first)[0][1][0].startswith("8 June 2026")


def test_each_week_is_a_letter_of_its_own_in_the_certificate(scene: Scene) -> None:
    minutes = sent(scene)
    sending = Sending(scene.session, frozenset({"weekly"}))
    sending.look(MONDAY)
    sending.answers = lambda letter: REFUSED
    sending.look(MONDAY + 7 * DAY)
    told = [" ".join(what) for _, what, _ in posted(scene.session, minutes)]
    assert len(told) == 2 and "the mail system took it" in told[0] and "could not be sent" in told[1]


def test_what_came_back_of_another_weeks_letter_is_not_told(scene: Scene) -> None:
    first = sent(scene)
    sending = Sending(scene.session, frozenset({"weekly"}))
    sending.look(MONDAY)
    scene.has(first, scene.deputy, at=MONDAY + DAY)
    second = sent(scene, MONDAY + DAY)
    sending.look(MONDAY + 7 * DAY)
    of_it = sa.select(Delivery).where(Delivery.kind == "weekly").order_by(Delivery.id)
    _, letter = scene.session.scalars(of_it).all()
    said = {"kind": BounceKind.FAILED, "status": "5.1.1", "reply": "550 no", "digest": "d", "flags": False}
    where = {"delivery_id": letter.id, "address": letter.address, "sent_at": MONDAY + 7 * DAY}
    make.kept(scene.session, Bounce(**where, **said, at=MONDAY + 8 * DAY))
    back = "The weekly email to Lead (about these minutes too) came back"
    told = [any(line.startswith(back) for line in sentences(scene, one)) for one in (first, second)]
    assert told == [False, True]
    ends = [" ".join(posted(scene.session, one)[0][1]) for one in (first, second)]
    assert ["It came back" in end for end in ends] == [False, True]


def test_only_what_a_letter_names_is_told_of(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_week, "SHOWN", 2)
    three = [sent(scene, TUESDAY + timedelta(minutes=number)) for number in range(3)]
    (one,) = Sending(scene.session, frozenset({"weekly"})).look(MONDAY)
    assert "And 1 more." in one.letter.body
    assert [TAKEN in sentences(scene, minutes) for minutes in three] == [True, True, False]


def test_a_reminder_of_several_is_told_in_the_list_of_each(scene: Scene) -> None:
    scene.appointed(Role.ADMINISTRATOR, who=make.person(scene.session, name="Administrator"))
    at = working_day(-15)
    first, second = sent(scene, at), sent(scene, at)
    sending = Sending(scene.session, frozenset({"reminder"}))
    sending.look(MONDAY + timedelta(hours=3))
    taken = "The mail system took the email that reminds Administrator."
    assert taken in sentences(scene, first) and taken in sentences(scene, second)
    assert any("same day was about these minutes too" in said for said in sentences(scene, second))
    assert (sending.not_sent[0][1]) == reminders.SAID.reason


def test_a_weekly_letter_that_waits_for_its_address_is_in_the_list(scene: Scene) -> None:
    minutes = sent(scene)
    letter = Delivery(kind="weekly", about=scene.lead.ref, person=scene.lead.ref, owed_since=MONDAY, message_id="<a>")
    letter.state, letter.next_try_at, letter.last_reason = State.HELD, MONDAY, "Letters to this address come back."
    make.kept(scene.session, letter)
    for refs in ([minutes.ref], ["another"]):
        row = make.kept(scene.session, Telling(delivery_id=letter.id))
        for ref in refs:
            make.kept(scene.session, ToldOf(telling_id=row.id, about=ref))
        waits = (
            "The weekly email to Lead (about these minutes too) waits to be sent: letters to this address come back."
        )
        assert (waits in sentences(scene, minutes)) is (refs == [minutes.ref]), "what it told of last counts"


def test_the_list_and_the_certificate_take_as_many_statements_whatever_was_told(scene: Scene) -> None:
    few, sending = sent(scene, MONDAY + 40 * DAY), Sending(scene.session, frozenset({"weekly", "handover"}))
    many = sent(scene)
    for number in range(5):
        scene.appointed(Role.LEAD, at=TUESDAY + timedelta(hours=number + 1))
        sending.look(MONDAY + 7 * number * DAY)
    numbers = []
    for minutes in (few, many):
        told = course(scene.session, scene.actor(scene.deputy), minutes)
        with counted(scene.session) as said:
            history(scene.session, minutes, told)
            posted(scene.session, minutes)
        numbers.append(len(said))
    assert numbers[0] <= numbers[1] <= 13 and len(sentences(scene, many)) > 6


def test_the_letters_of_a_version_are_found_by_indexes(scene: Scene) -> None:
    minutes = sent(scene)
    Sending(scene.session, frozenset({"weekly"})).look(MONDAY)
    plan = explained(scene.session, lambda day: sa.select(Delivery.id).where(letters._letters_of(minutes)))
    assert "ix_told_of_about" in plan and "ix_telling" not in plan
    assert not [line for line in plan.splitlines() if "SCAN delivery" in line or "Seq Scan on delivery" in line], plan


def test_letters_sent_before_the_migration_are_told_as_the_list_told_them_then(app: Flask, database_url: str) -> None:
    with db.writing() as session:
        refs = _a_month(session)
        kept = _told(session)
    app.extensions["database_engine"].dispose()
    old = Config()
    old.set_main_option("script_location", str(ROOT / "migrations"))
    old.attributes["url"] = database_url
    command.downgrade(old, "0025")
    upgrade(database_url)
    with db.writing() as session:
        assert _told(session) == kept and len(kept) > 3
        assert {about for _, _, abouts in kept for about in abouts} >= set(refs)
        made = Telling(delivery_id=session.scalars(sa.select(Delivery.id)).first() or 0)
        session.add(made)
        session.flush()  # the numbers go on after those that the migration gave


def _a_month(session: Session) -> list[str]:
    place = Scene(session, noise=True, short_name="ESSCP", reply_to="office@esscp.gov.uk")
    session.flush()
    chooses(place, place.lead)
    elsewhere = sent(place, asked=place.south)
    made = [sent(place), sent(place)]
    place.corrected(sent(place), at=TUESDAY + timedelta(minutes=30))
    place.appointed(Role.LEAD, place.circle.teams[0], at=TUESDAY + timedelta(hours=1))
    sending = Sending(session, frozenset({"weekly", "handover"}))
    sending.look(TUESDAY + timedelta(hours=2))
    sending.look(MONDAY)
    place.has(made[0], place.deputy, at=MONDAY + DAY)
    place.ask(elsewhere, at=MONDAY + DAY)
    sending.look(MONDAY + 7 * DAY)
    chooses(place, place.lead, False, MONDAY + 8 * DAY)
    sending.look(MONDAY + 8 * DAY + timedelta(hours=2))
    return [*(one.ref for one in made), elsewhere.ref]


def _told(session: Session) -> list[tuple[str, Any, list[str]]]:
    """What each try told of: its kind, its moment and the references."""
    rows = session.execute(
        sa.select(Attempt.id, Delivery.kind, Attempt.at, ToldOf.about)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .join(ToldOf, ToldOf.telling_id == Attempt.telling_id)
        .order_by(Attempt.id, ToldOf.about)
    )
    found: dict[int, tuple[str, Any, list[str]]] = {}
    for key, kind, at, about in rows:
        found.setdefault(key, (kind, at, []))[2].append(about)
    return list(found.values())
