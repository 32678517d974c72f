"""A letter about minutes that could not be sent, or came back: who hears of it, once, and who does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.database import db
from app.forwarding import emails, unsent
from app.forwarding.not_arrived import Missed, missed, readers_missed
from app.organisations.models import Address, Person
from app.policy import Role
from app.post import bounces, ledger
from app.post.models import Attempt, Bounce, BounceKind, Delivery, Letter, Outcome, Owed, State
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene, counted
from tests.forwarding.test_owed import explained
from tests.forwarding.visits import Visits, earlier, words

SECRET = "Nobody may read this in a letter"
WHY = "There is no such mailbox at that address."


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    made = Scene(session, short_name="ESSCP", reply_name="ESSCP office", reply_to="office@esscp.gov.uk")
    made.circle.organisation.name, made.asked.team_name = "Community Trust", "North"
    made.circle.edition.short_title, made.circle.edition.title = "NAI under 5", "Injuries to small children"
    made.lead.name, made.leader.name = "Lead", "Leader"
    session.flush()
    return made


def letter_to(scene: Scene, minutes: Any, who: Person, state: State = State.FAILED, **values: Any) -> Delivery:
    """A letter about minutes, and how far it came."""
    defaults = {
        "kind": "minutes",
        "about": minutes.ref,
        "role": "lead",
        "person": who.ref,
        "owed_since": minutes.sent_at,
        "message_id": f"<{minutes.ref}{who.ref}{values.get('kind')}@service.test>",
        "address": who.addresses[0].email,
        "last_reason": WHY,
    }
    made = make.kept(scene.session, Delivery(**{**defaults, **values}, state=state))
    make.kept(scene.session, Attempt(delivery_id=made.id, at=minutes.sent_at, outcome=Outcome.PERM, phase="recipient"))
    return made


def administrator(scene: Scene) -> Person:
    return scene.appointed(Role.ADMINISTRATOR, who=make.person(scene.session, name="Administrator"))


def found(scene: Scene, at: Any = NOW) -> list[Owed]:
    scene.session.flush()
    return list(unsent.owed(scene.session, at))


def to(scene: Scene, at: Any = NOW) -> set[tuple[str, str]]:
    names = dict(scene.session.execute(sa.select(Person.ref, Person.name)).all())
    return {(one.kind, names[one.person]) for one in found(scene, at)}


def noted(scene: Scene, at: Any = NOW) -> None:
    ledger.note(scene.session, found(scene, at), "service.test", at)
    scene.session.expire_all()


def written(scene: Scene, kind: str, at: Any = NOW) -> Any:
    delivery = scene.session.scalars(sa.select(Delivery).where(Delivery.kind == kind)).one()
    return emails.letter(scene.session, delivery, at)


@pytest.mark.parametrize("state", [State.FAILED, State.BOUNCED])
def test_the_sender_and_the_administrator_hear_of_it_once(scene: Scene, state: State) -> None:
    administrator(scene)
    minutes = scene.sent(at=EARLIER)
    letter_to(scene, minutes, scene.lead, state)
    assert to(scene) == {("unsent", "Leader"), ("address", "Administrator")}
    assert {one.since for one in found(scene)} == {EARLIER}
    noted(scene)
    letter_to(scene, minutes, scene.lead, state, kind="reminder")
    assert not to(scene), "once"
    other = scene.sent(at=EARLIER)
    letter_to(scene, other, scene.lead, state)
    assert to(scene) == {("unsent", "Leader")}, "each sender of each minutes; an address once"


@pytest.mark.parametrize(
    "state", [State.QUEUED, State.RETRY, State.ACCEPTED, State.MAYBE_SENT, State.HELD, State.SUPERSEDED]
)
def test_nobody_hears_of_a_letter_that_went_or_may_go_yet(scene: Scene, state: State) -> None:
    administrator(scene)
    letter_to(scene, scene.sent(at=EARLIER), scene.lead, state)
    assert not to(scene)


def test_the_sender_hears_of_a_letter_that_was_set_aside_and_the_administrator_has_nothing_to_mend(
    scene: Scene,
) -> None:
    who = administrator(scene)
    minutes = scene.sent(at=EARLIER)
    fault = {"last_reason": "This letter could not be written, through a fault of ours.", "address": ""}
    made = letter_to(scene, minutes, scene.lead, State.QUARANTINED, **fault)
    assert to(scene) == {("unsent", "Leader")}
    assert missed(scene.session, scene.actor(who), NOW) == []
    noted(scene)
    told = written(scene, "unsent")
    assert isinstance(told, Letter)
    assert "could not be sent: this letter could not be written, through a fault of ours." in told.body
    assert "Whoever runs this service sees it" in told.body and "check the address" not in told.body
    assert ledger.retry(scene.session, NOW) == 1
    scene.session.expire_all()
    assert made.state is State.QUEUED and written(scene, "unsent") == unsent.MENDED


def test_they_hear_of_a_letter_that_waits_because_others_came_back_from_the_address(scene: Scene) -> None:
    who = administrator(scene)
    minutes = scene.sent(at=EARLIER)
    waits = {"last_reason": "Letters to this address come back: the mailbox is closed.", "address": ""}
    made = letter_to(scene, minutes, scene.lead, State.HELD, next_try_at=NOW, **waits)
    assert to(scene) == {("unsent", "Leader"), ("address", "Administrator")}
    (told,) = missed(scene.session, scene.actor(who), NOW)
    assert told.why == "letters to this address come back: the mailbox is closed"
    noted(scene)
    letter = written(scene, "address")
    assert isinstance(letter, Letter) and "put it right on this page" in letter.body
    held = next(one for one in scene.lead.appointments if one.role is Role.LEAD)
    assert f"/mend/{held.ref}\n" in letter.body, "where she does it herself"
    made.state, made.next_try_at = State.ACCEPTED, None
    scene.session.flush()
    assert missed(scene.session, scene.actor(who), NOW) == []
    assert written(scene, "address") == unsent.MENDED


@pytest.mark.parametrize("of", ["code", "ask", "heard", "question", "answered", "no_lead", "unsent", "address"])
def test_nobody_hears_of_letters_that_are_not_to_a_reader(scene: Scene, of: str) -> None:
    administrator(scene)
    letter_to(scene, scene.sent(at=EARLIER), scene.lead, kind=of)
    assert not to(scene)


def test_an_administrator_is_told_of_a_letter_that_came_back_after_somebody_has_them_and_the_sender_is_not(
    scene: Scene,
) -> None:
    administrator(scene)
    minutes = scene.sent(at=EARLIER)
    letter_to(scene, minutes, scene.lead, State.BOUNCED)
    scene.has(minutes, scene.deputy)
    assert to(scene) == {("address", "Administrator")}


def test_a_bounce_is_of_the_moment_at_which_it_came(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    made = letter_to(scene, minutes, scene.lead, State.BOUNCED)
    where = {"delivery_id": made.id, "address": made.address, "sent_at": EARLIER, "flags": True}
    text = {"status": "5.1.1", "reply": "no such user", "digest": "d"}
    make.kept(scene.session, Bounce(**where, **text, at=NOW - timedelta(minutes=5), kind=BounceKind.FAILED))
    assert [one.since for one in found(scene)] == [NOW - timedelta(minutes=5)]


def test_once_another_address_is_entered_or_the_role_ended_there_is_nothing_to_tell(scene: Scene) -> None:
    administrator(scene)
    letter_to(scene, scene.sent(at=EARLIER), scene.lead)
    noted(scene)
    scene.lead.addresses.append(Address(email="lead@elsewhere.gov.uk"))
    scene.session.flush()
    held = scene.lead.appointments[0]
    held.address_id = scene.lead.addresses[-1].id
    scene.session.flush()
    assert written(scene, "unsent") == written(scene, "address") == unsent.MENDED
    letter_to(scene, scene.sent(at=EARLIER), scene.lead, address="lead@elsewhere.gov.uk")
    assert ("address", "Administrator") in to(scene), "another address is told of anew"
    scene.ended(scene.lead, Role.LEAD)
    assert not to(scene)


def test_a_letter_that_is_tried_again_is_no_failure(scene: Scene) -> None:
    administrator(scene)
    made = letter_to(scene, scene.sent(at=EARLIER), scene.lead)
    noted(scene)
    ledger.retry_to(scene.session, made.address, NOW)
    scene.session.expire_all()
    assert written(scene, "unsent") == written(scene, "address") == unsent.MENDED


def fails(scene: Scene, day: int) -> Delivery:
    minutes = scene.sent(at=EARLIER + day * DAY)
    return letter_to(scene, minutes, scene.lead, State.BOUNCED)


def administrator_hears(scene: Scene, day: int) -> list[Owed]:
    owed = [one for one in found(scene, EARLIER + day * DAY) if one.kind == "address"]
    noted(scene, EARLIER + day * DAY)
    return owed


def test_an_address_that_was_cleared_and_fails_again_is_told_of_again_and_only_then(scene: Scene) -> None:
    administrator(scene)
    email = scene.lead.addresses[0].email
    first = fails(scene, 0)
    assert len(administrator_hears(scene, 0)) == 1
    fails(scene, 1)
    assert not administrator_hears(scene, 1), "it was told of"
    bounces.clear(scene.session, email, "Office", EARLIER + 2 * DAY)
    assert not administrator_hears(scene, 2), "nothing was tried since"
    again = fails(scene, 3)
    (told,) = administrator_hears(scene, 3)
    assert told.since == again.owed_since and not administrator_hears(scene, 4)
    fails(scene, 5)
    assert not administrator_hears(scene, 5)
    bounces.clear(scene.session, email, "Office", EARLIER + 6 * DAY)
    make.kept(scene.session, Attempt(delivery_id=first.id, at=EARLIER + 7 * DAY, outcome=Outcome.PERM, phase=""))
    assert len(administrator_hears(scene, 7)) == 1, "a letter that was tried again counts by its last try"
    letters = scene.session.scalars(sa.select(Delivery).where(Delivery.kind == "address")).all()
    assert len(letters) == 3
    for one in letters:
        made = emails.letter(scene.session, one, EARLIER + 7 * DAY)
        assert isinstance(made, Letter) and f"could not be sent to {email}:" in made.body


def test_a_handover_that_failed_is_told_to_the_administrator(scene: Scene) -> None:
    administrator(scene)
    letter_to(scene, scene.sent(at=EARLIER), scene.lead, kind="handover", about=scene.lead.appointments[0].ref)
    assert to(scene) == {("address", "Administrator")}


def test_what_the_sender_reads(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER, answers={"point-0": SECRET}, question_to_lead=SECRET)
    letter_to(scene, minutes, scene.lead)
    noted(scene)
    made = written(scene, "unsent")
    assert isinstance(made, Letter)
    assert made.subject == "North: an email about your minutes could not be sent – NAI under 5"
    assert (
        'The email to Lead, Named Nurse, about the minutes of North on "Injuries to small children" could not be sent: '
        "there is no such mailbox at that address.\n\n"
        "Nothing is lost. The minutes are kept here, and Lead can read them here after signing in.\n"
    ) in made.body
    assert f"http://localhost/minutes/{minutes.ref}" in made.body and SECRET not in made.body
    administrator(scene)
    assert "is asked to check the address." in written(scene, "unsent").body
    scene.has(minutes)
    assert written(scene, "unsent") == unsent.SOMEBODY_HAS


def test_what_the_administrator_reads(scene: Scene) -> None:
    who = administrator(scene)
    letter_to(scene, scene.sent(at=EARLIER, answers={"point-0": SECRET}), scene.lead)
    noted(scene)
    made = written(scene, "address")
    assert isinstance(made, Letter)
    assert made.to_address == who.addresses[0].email
    assert made.subject == "Community Trust: emails to Lead could not be sent"
    assert f"could not be sent to {scene.lead.addresses[0].email}: there is no such mailbox" in made.body
    (held,) = [one for one in scene.lead.appointments if one.role is Role.LEAD]
    assert f"/mend/{held.ref}\n" in made.body, "where she puts it right herself"
    assert "ESSCP office: office@esscp.gov.uk" in made.body and SECRET not in made.body


# Pages


def test_pages_say_who_could_not_be_written_to(scene: Scene) -> None:
    who = administrator(scene)
    minutes = scene.sent(at=EARLIER)
    letter_to(scene, minutes, scene.lead)
    letter_to(scene, scene.sent(at=EARLIER), scene.lead)
    assert readers_missed(scene.session, minutes, NOW) == ["Lead"]
    email = scene.lead.addresses[0].email
    assert missed(scene.session, scene.actor(who), NOW) == [
        Missed("Lead", "Named Nurse", "Community Trust", email, "there is no such mailbox at that address", EARLIER)
    ]
    for other in (scene.leader, scene.circle.officer, scene.circle.noise_lead):
        assert missed(scene.session, scene.actor(other), NOW) == []


def test_the_team_reads_it_on_the_page_of_the_minutes_and_the_administrator_on_her_own(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        minutes = scene.sent(at=earlier())
        letter_to(scene, minutes, scene.lead)
        return {"minutes": minutes.ref, "administrator": administrator(scene).id}

    place = Visits(app, arrange)
    said = words(place.page("leader", f"/minutes/{place.refs['minutes']}"))
    assert "The email to Lead could not be sent. Lead can read these minutes here." in said
    assert "could not be sent. Lead can read" not in words(place.page("lead", f"/minutes/{place.refs['minutes']}"))
    home = words(place.browser(place.refs["administrator"]).get("/home"))
    assert "Emails that could not be sent" in home and "Lead, Named Nurse" in home
    assert "Emails that could not be sent" not in words(place.page("officer", "/home"))
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 1


@pytest.mark.parametrize("statement", [unsent._to_senders, unsent._to_administrators])
def test_asking_begins_at_the_letters_that_did_not_arrive(scene: Scene, statement: Any) -> None:
    letter_to(scene, scene.sent(at=EARLIER), scene.lead)
    assert "ix_delivery_not_arrived" in explained(scene.session, statement, {"now": NOW, "back": NOW - 60 * DAY})
    with counted(scene.session) as said:
        list(unsent.owed(scene.session, NOW))
    assert len(said) == 2
