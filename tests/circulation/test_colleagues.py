"""Somebody else writes up one discussion: named, written to, let in for that alone, taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import colleagues, emails, naming
from app.circulation.models import Colleague
from app.discussions.drafts import Draft
from app.errors import Conflict, Denied, Invalid
from app.forwarding import emails as forwarding
from app.organisations.models import Address, Named, Person
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE, Role
from app.post.models import Delivery, Letter, Superseded
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.discussions.worlds import MEETING, SAID, World, faults, form_at, words, world
from tests.forwarding.scene import Scene

WHOM = Named("Practice educator", "practice.educator@example.gov.uk")


def named(scene: Scene, whom: Named = WHOM, **values: Any) -> Colleague:
    leader = scene.actor(scene.leader)
    return naming.name_colleague(scene.session, leader, scene.asked, whom, **{"now": NOW, **values})


def owed(session: Session, now: Any = NOW) -> list[str]:
    return [one.about for one in emails.owed(session, now) if one.kind == "colleague"]


def written(session: Session, colleague: Colleague, now: Any = NOW) -> Any:
    values = {"owed_since": NOW, "message_id": "<x@test>", "person": colleague.person.ref}
    return emails.letter(session, Delivery(kind="colleague", about=colleague.ref, **values), now)


def test_whoever_is_named_may_write_and_read_that_one_discussion_and_nothing_else(session: Session) -> None:
    scene = Scene(session)
    colleague = named(scene)
    (grant,) = scene.actor(colleague.person).grants
    assert (grant.role, grant.organisation, grant.asked) == (
        Role.COLLEAGUE,
        scene.asked.organisation_id,
        {scene.asked.id},
    )


def test_before_the_instant_and_after_it_is_taken_back_there_is_nothing(session: Session) -> None:
    scene = Scene(session)
    colleague = named(scene)
    assert colleagues.grants(session, colleague.person_id, NOW - timedelta(seconds=1)) == ()
    naming.end_colleague(session, scene.actor(scene.leader), colleague, now=NOW)
    assert scene.actor(colleague.person).grants == ()
    first = colleague.id
    again = named(scene, now=NOW + timedelta(hours=1))
    assert again.id != first, "named anew, it is a new fact"


@pytest.mark.parametrize(
    ("at", "last"),
    [(NOW, date(2027, 2, 23)), (datetime(2027, 1, 10, 9, tzinfo=UTC), date(2027, 3, 11))],
    ids=["60 days after the date to answer by", "60 days after she was named"],
)
def test_it_ends_by_itself_and_she_may_be_named_anew(session: Session, at: datetime, last: date) -> None:
    scene = Scene(session)
    colleague = named(scene, now=at)
    then = datetime.combine(last, time(8), UTC)
    assert colleagues.until(at, scene.asked) == last
    assert colleagues.grants(session, colleague.person_id, then)
    over = then + timedelta(days=1)
    assert colleagues.grants(session, colleague.person_id, over) == ()
    assert colleagues.named_for(session, [scene.asked.id], over) == {}
    assert colleagues.standing(session, colleague.person.ref, [scene.asked.id], over) is None
    assert named(scene, now=over).id != colleague.id
    assert colleagues.grants(session, colleague.person_id, over)


def test_a_person_who_has_the_address_is_used_and_keeps_her_name(session: Session) -> None:
    scene = Scene(session)
    somebody = make.person(session, name="Health visitor", email="health.visitor@example.gov.uk")
    colleague = named(scene, Named("H. V.", "health.visitor@example.gov.uk"))
    assert (colleague.person_id, colleague.person.name) == (somebody.id, "Health visitor")
    assert named(scene, Named("H. V.", "health.visitor@example.gov.uk")).id == colleague.id, "named once"
    assert session.scalar(sa.select(sa.func.count()).select_from(Address).where(Address.email == WHOM.email)) == 0


@pytest.mark.parametrize(
    ("email", "taken"),
    [("a@example.gov.uk", True), ("a@trust.nhs.net", True), ("a@nhs.net.example.com", False), ("a@mail.test", False)],
)
def test_only_an_address_in_a_domain_that_is_known_is_taken(session: Session, email: str, taken: bool) -> None:
    scene = Scene(session)
    if taken:
        named(scene, Named("Somebody", email))
        return
    with pytest.raises(Invalid, match=r"is not an email domain that .* ask Partnership office") as refused:
        named(scene, Named("Somebody", email))
    assert refused.value.field == "email"
    assert not session.scalars(sa.select(Colleague)).all()


def test_where_no_domain_is_known_every_address_is_taken(session: Session) -> None:
    ours = make.partnership(session, secure_domains=[])
    place = make.organisation(session, ours)
    from app.organisations.newcomers import check_address

    check_address(session, place, "somebody@mail.test")


def test_a_minute_taker_names_nobody_and_nobody_names_herself(session: Session) -> None:
    scene = Scene(session)
    taker = make.holder(session, Role.MINUTES, scene.circle.organisation, (scene.circle.teams[0],))
    with pytest.raises(Denied):
        naming.name_colleague(session, scene.actor(taker), scene.asked, WHOM, now=NOW)
    with pytest.raises(Invalid, match="your own address"):
        named(scene, Named("Me", scene.leader.addresses[0].email))


def test_one_letter_is_owed_until_it_is_written_or_taken_back(session: Session) -> None:
    scene = Scene(session)
    colleague = named(scene)
    assert owed(session) == [colleague.ref]
    assert owed(session, NOW + timedelta(days=61)) == []
    naming.end_colleague(session, scene.actor(scene.leader), colleague, now=NOW)
    assert owed(session) == []
    again = named(scene)
    values = {"owed_since": NOW, "message_id": "<y@test>", "person": again.person.ref}
    make.kept(session, Delivery(kind="colleague", about=again.ref, **values))
    assert owed(session) == []


def test_the_letter_says_what_is_asked_by_when_and_where_and_that_no_password_is_needed(
    app: Flask, session: Session
) -> None:
    scene = Scene(session)
    scene.asked.team_name, scene.leader.name = "Hailsham health visiting", "Team leader"
    colleague = named(scene)
    letter = written(session, colleague)
    assert isinstance(letter, Letter)
    short = scene.circle.edition.short_title
    assert letter.subject == f"Hailsham health visiting: to write up by 25 December – {short}"
    assert letter.to_address == WHOM.email
    for said in (
        "Team leader asks you to write up what Hailsham health visiting said",
        "by 25 December 2026",
        f"http://localhost/asked/{scene.asked.ref}/meeting",
        "No password",
        "we send you a code",
        "read them afterwards, until 23 February 2027. You see nothing else of the team.",
        "Named Nurse",
        "This is not a way to report a concern about a child.",
    ):
        assert said in letter.body, said
    naming.end_colleague(session, scene.actor(scene.leader), colleague, now=NOW)
    session.expire_all()
    assert isinstance(written(session, colleague), Superseded)


def test_a_question_and_the_news_that_the_lead_has_it_reach_the_colleague_who_recorded(
    app: Flask, session: Session
) -> None:
    scene = Scene(session)
    colleague = named(scene)
    minutes = scene.sent(colleague.person)
    question, _ = scene.ask(minutes), scene.has(minutes)
    for kind, about in (("question", question.ref), ("heard", minutes.ref)):
        owed = {(one.kind, one.person) for one in forwarding.owed(session, NOW)}
        assert (kind, colleague.person.ref) in owed
        values = {"owed_since": NOW, "message_id": f"<{kind}@test>", "person": colleague.person.ref}
        letter = forwarding.letter(session, Delivery(kind=kind, about=about, **values), NOW)
        assert isinstance(letter, Letter)
        assert letter.to_address == WHOM.email
    naming.end_colleague(session, scene.actor(scene.leader), colleague, now=NOW)
    values = {"owed_since": NOW, "message_id": "<z@test>", "person": colleague.person.ref}
    letter = forwarding.letter(session, Delivery(kind="heard", about=minutes.ref, **values), NOW)
    assert isinstance(letter, Superseded)


def test_nobody_is_named_to_write_up_what_was_withdrawn(session: Session) -> None:
    scene = Scene(session)
    let_stand(session, CONSOLE, scene.circle.edition.pack, Standing.WITHDRAWN, "It was wrong.", now=NOW)
    with pytest.raises(Conflict, match="This briefing was withdrawn"):
        named(scene)


# Through pages


def name(client: Client, place: World, email: str = WHOM.email) -> str:
    client.as_person(place.leader)
    return client.post_form(
        f"/asked/{place.asked}/colleague", {"name": WHOM.name, "email": email}, at="/colleague"
    ).location


def colleague_of(app: Flask) -> int:
    from app.database import db

    with db.reading() as session:
        return session.scalars(sa.select(Person.id).join(Address).where(Address.email == WHOM.email)).one()


def test_the_leader_names_somebody_who_writes_and_sends_and_takes_it_back(app: Flask, client: Client) -> None:
    place = world()
    client.as_person(place.leader)
    assert "Somebody else will write it up" in words(client.get(f"/teams/{place.team}"))
    done = client.get(name(client, place, "Practice.Educator@Example.gov.uk "))
    assert "Practice educator can write this up now" in words(done)
    assert "Practice educator may write this up" in words(client.get(f"/teams/{place.team}"))

    client.as_person(colleague_of(app))
    assert "What you are asked to write up" in words(client.get("/home"))
    said = client.post_form(place.meeting, {**MEETING, "do": "continue"}, at="/meeting").location
    check = client.post_form(said, {**SAID, "do": "continue"}, at="/said").location
    receipt = client.get(client.post_form(check, {"nobody_known": "yes"}, at="/check").location)
    assert f"with {place.lead_name}" in words(receipt)
    assert f'href="/teams/{place.team}"' not in receipt.text, "a way to what she may not see"
    minutes = next(part.partition('"')[0] for part in receipt.text.split('href="') if part.startswith("/minutes/"))
    assert "We talked about it." in words(client.get(minutes))
    assert client.get(f"/teams/{place.team}").status_code == 404
    assert client.get(f"/asked/{place.south}/meeting").status_code == 404

    client.as_person(place.leader)
    back = client.post_form(f"/asked/{place.asked}/colleague", {}, at="/end")
    assert "Taken back by" in words(client.get(back.location))
    client.as_person(colleague_of(app))
    assert client.get(minutes).status_code == 403
    assert "You have no role here at the moment" in client.get("/home").text


def test_what_was_typed_when_it_was_taken_back_stays_in_the_team_s_draft(app: Flask, client: Client) -> None:
    place = world()
    name(client, place)
    client.as_person(colleague_of(app))
    said = client.post_form(place.meeting, {**MEETING, "do": "continue"}, at="/meeting").location
    page = form_at(client.get(said), "/said")
    client.as_person(place.leader)
    client.post_form(f"/asked/{place.asked}/colleague", {}, at="/end")
    client.as_person(colleague_of(app))
    refused = client.post(said, data={**page, "points-point-0-words": "Typed as it was taken back", "do": "continue"})
    assert refused.status_code == 403
    client.as_person(place.leader)
    assert "Typed as it was taken back" in client.get(said).text
    from app.database import db

    with db.reading() as session:
        assert session.scalars(sa.select(Draft)).one().asked.ref == place.asked


def test_only_whoever_may_leave_a_correction_alone_is_offered_to(app: Flask, client: Client) -> None:
    place = world()
    name(client, place)
    client.as_person(colleague_of(app))
    said = client.post_form(place.meeting, {**MEETING, "do": "continue"}, at="/meeting").location
    check = client.post_form(said, {**SAID, "do": "continue"}, at="/said").location
    receipt = client.post_form(check, {"nobody_known": "yes"}, at="/check").location
    said = client.post_form(receipt, {}, at="/correct").location
    pages = (place.meeting, said, said.replace("said", "check"))
    for person, offered in ((colleague_of(app), False), (place.leader, True)):
        client.as_person(person)
        for page in pages:
            shown = client.get(page).text
            assert "You are correcting minutes that were sent." in shown, page
            assert ("Leave them as they are" in shown) == offered, page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": "", "email": ""}, {"name": "Give the person’s name.", "email": "Give the person’s work email"}),
        ({"name": "A", "email": "nobody"}, {"email": "Write the email address in full"}),
        ({"name": "A", "email": "a@mail.test"}, {"email": "mail.test is not an email domain"}),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_box(
    app: Flask, client: Client, typed: dict[str, str], told: dict[str, str]
) -> None:
    place = world()
    client.as_person(place.leader)
    page = client.post_form(f"/asked/{place.asked}/colleague", typed, at="/colleague")
    assert page.status_code == 422
    assert all(faults(page)[field].startswith(words) for field, words in told.items())


def test_the_asking_letter_leads_a_leader_to_the_page_and_not_a_minute_taker(app: Flask, session: Session) -> None:
    scene = Scene(session)
    taker = make.holder(session, Role.MINUTES, scene.circle.organisation, (scene.circle.teams[1],))
    for who, leads in ((scene.leader, True), (taker, False)):
        values = {"owed_since": NOW, "message_id": "<x@test>", "person": who.ref}
        letter = emails.letter(session, Delivery(kind="ask", about=scene.circle.circulation.ref, **values), NOW)
        assert isinstance(letter, Letter)
        assert ("/colleague" in letter.body) is leads
