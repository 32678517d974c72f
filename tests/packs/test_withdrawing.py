"""A pack is withdrawn or retired with a reason: old links explain themselves, and whoever was asked is told why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.circulation import emails
from app.circulation import owed as asking
from app.circulation.models import Colleague
from app.circulation.naming import end_colleague, name_colleague
from app.circulation.withdrawn_letters import WITHDRAWN
from app.clock import now
from app.database import db
from app.errors import Conflict, Denied, Invalid
from app.organisations.models import Named
from app.packs.content import PackContent
from app.packs.folder import read_folder
from app.packs.models import Pack
from app.packs.services import publish_edition
from app.packs.shelf import SHELF
from app.packs.standing import PackStanding, Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE, Role
from app.post.models import Delivery, Letter, Owed, State, Superseded, Written
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.web.word_reading import paragraphs

BECAUSE = "A figure in it was wrong."
CONTENT = read_folder(SHELF / "nai-under-5-2021")


def withdrawn(session: Session, pack: Pack, standing: Standing = Standing.WITHDRAWN) -> None:
    let_stand(session, CONSOLE, pack, standing, BECAUSE, now=NOW)
    session.expire_all()


@pytest.fixture
def slug(app: Flask) -> str:
    with db.writing() as session:
        ours = make.partnership(session, slug="esscp")
        edition, _ = publish_edition(session, CONSOLE, CONTENT, now=NOW)
        officer = make.person(session)
        make.appoint(session, officer, Role.OFFICER, ours)
        app.config["OFFICER"] = officer.id
        return edition.pack.slug


def test_an_officer_withdraws_a_pack_and_every_old_link_says_why(client: Client, slug: str) -> None:
    client.as_person(client.application.config["OFFICER"])
    asked = client.post_form(f"/publish/{slug}/standing", {"standing": "withdrawn"}, at="/standing")
    assert asked.status_code == 422 and "Say why" in asked.text
    assert CONTENT.title in client.get("/packs").text
    answers = {"standing": "withdrawn", "because": BECAUSE}
    client.post_form(f"/publish/{slug}/standing", answers, at="/standing")
    for url in (f"/packs/{slug}", f"/packs/{slug}/editions/1"):
        gone = client.get(url)
        assert gone.status_code == 410 and BECAUSE in gone.text and "Please do not use copies" in gone.text
    assert CONTENT.title not in client.get("/packs").text
    refused = client.get(f"/circulate/{slug}")
    assert refused.status_code == 409 and BECAUSE in refused.text


def test_a_retired_pack_can_be_read_and_says_that_it_is_out_of_date_until_it_is_current_again(
    client: Client, slug: str
) -> None:
    client.as_person(client.application.config["OFFICER"])
    before = client.get(f"/packs/{slug}").headers["ETag"]
    client.post_form(f"/publish/{slug}/standing", {"standing": "retired", "because": BECAUSE}, at="/standing")
    page = client.get(f"/packs/{slug}", headers={"If-None-Match": before})
    assert page.status_code == 200 and "This briefing is out of date." in page.text and BECAUSE in page.text
    published = client.get(f"/publish?done={slug}").text
    assert "The briefing is still retired: make it current again" in published
    client.post_form(f"/publish/{slug}/standing", {"standing": "current", "because": "Looked at."}, at="/standing")
    assert "The next step is to circulate it." in client.get(f"/publish?done={slug}").text
    assert "out of date" not in client.get(f"/packs/{slug}").text


def told(client: Client, url: str) -> str:
    """What a page says, or a Word file."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return "\n".join(paragraphs(answer.data)) if url.endswith(".docx") else answer.text


def test_everything_of_a_retired_pack_says_so_at_once_and_no_more_once_it_is_current_again(
    client: Client, slug: str
) -> None:
    client.as_person(client.application.config["OFFICER"])
    with db.writing() as session:
        publish_edition(session, CONSOLE, PackContent.from_dict({**CONTENT.as_dict(), "title": "Another"}), now=NOW)
    own = ("", "/editions/1", "/editions", "/editions/2/changes", "/poster")
    meeting = (
        "/guide",
        "/slides",
        "/meeting.docx",
        *(f"/editions/1{one}" for one in ("/guide", "/slides", "/meeting.docx")),
    )
    pages = [f"/packs/{slug}{one}" for one in (*own, *meeting)]
    for standing, says in (("", False), ("retired", True), ("current", False)):
        if standing:
            answers = {"standing": standing, "because": BECAUSE}
            client.post_form(f"/publish/{slug}/standing", answers, at="/standing")
        for url in pages:
            text = told(client, url)
            assert ("This briefing is out of date." in text, BECAUSE in text) == (says, says), url


def test_the_list_of_editions_of_a_withdrawn_pack_says_why(client: Client, slug: str) -> None:
    with db.writing() as session:
        withdrawn(session, session.scalars(select(Pack)).one())
    text = told(client, f"/packs/{slug}/editions")
    assert "This briefing has been withdrawn." in text and BECAUSE in text


def test_who_may_and_what_is_refused(session: Session) -> None:
    ours, theirs = make.partnership(session), make.partnership(session)
    pack, elsewhere = make.edition(session, ours).pack, make.person(session)
    make.appoint(session, elsewhere, Role.OFFICER, theirs)
    with pytest.raises(Denied):
        let_stand(session, make.actor_of(session, elsewhere), pack, Standing.RETIRED, BECAUSE, now=NOW)
    with pytest.raises(Invalid):
        let_stand(session, CONSOLE, pack, Standing.RETIRED, " \u200b", now=NOW)
    with pytest.raises(Conflict):
        let_stand(session, CONSOLE, pack, Standing.CURRENT, BECAUSE, now=NOW)


def sent_letter(
    session: Session, kind: str, about: str, person: str, state: State = State.ACCEPTED, place: str = ""
) -> Delivery:
    """A letter as the sender would have left it."""
    key = f"<{kind}.{about}.{person}.{place}@test>"
    row = Delivery(kind=kind, about=about, place=place, person=person, owed_since=NOW, message_id=key, state=state)
    return make.kept(session, row)


def test_whoever_was_asked_is_told_once_and_nobody_is_asked_any_more(session: Session, app: Flask) -> None:
    ours = make.partnership(session)
    place = make.organisation(session, ours)
    team = make.team(session, place)
    leader, late = make.person(session), make.person(session)
    make.appoint(session, leader, Role.LEADER, place, teams=[team])
    text = make.edition(session, ours, content=CONTENT.as_dict())
    sent = make.circulate(session, ours, text, [team])
    sent_letter(session, "ask", sent.ref, leader.ref)
    sent_letter(session, "ask", make.circulate(session, ours, make.edition(session, ours), [team]).ref, leader.ref)
    make.appoint(session, late, Role.LEADER, place, teams=[team])
    withdrawn(session, text.pack)
    owed = [one for one in emails.owed(session, now()) if one.kind == WITHDRAWN]
    assert [(one.about, one.person) for one in owed] == [(sent.ref, leader.ref)]
    assert sent.ref not in {one.about for one in asking.owed(session, now())}
    told = sent_letter(session, WITHDRAWN, sent.ref, leader.ref)
    assert not [one for one in emails.owed(session, now()) if one.kind == WITHDRAWN]
    with app.test_request_context():
        letter = emails.letter(session, told, now())
        assert isinstance(letter, Letter) and BECAUSE in letter.body and team.name in letter.subject
        let_stand(session, CONSOLE, text.pack, Standing.CURRENT, "Put right.", now=NOW + timedelta(hours=1))
        session.expire_all()
        assert isinstance(emails.letter(session, told, now()), Superseded)


class Told:
    """A team that was asked about a pack of its own."""

    def __init__(self, session: Session) -> None:
        self.session, self.circle = session, make.circle(session)
        self.sent = self.circle.circulation

    def named(self) -> Colleague:
        by = make.actor_of(self.session, self.circle.leader)
        return name_colleague(
            self.session, by, self.circle.asked, Named("Practitioner", "pract@example.gov.uk"), now=NOW
        )

    def owed(self) -> list[tuple[str, str]]:
        return [(one.about, one.person) for one in emails.owed(self.session, now()) if one.kind == WITHDRAWN]


@pytest.mark.parametrize("state", list(State))
def test_only_whoever_had_the_letter_that_asks_is_told(session: Session, state: State) -> None:
    told = Told(session)
    person = told.circle.leader.ref
    sent_letter(session, "ask", told.sent.ref, person, state)
    withdrawn(session, told.circle.edition.pack)
    went = state in (State.ACCEPTED, State.MAYBE_SENT)
    assert told.owed() == ([(told.sent.ref, person)] if went else [])


def test_a_colleague_who_was_named_is_told_and_one_who_was_not_written_to_yet_gets_no_letter(
    session: Session, app: Flask
) -> None:
    told = Told(session)
    named = told.named()
    who = named.person.ref
    letter_to_her = Delivery(kind="colleague", about=named.ref, person=who, owed_since=NOW, message_id="<x@test>")
    with app.test_request_context():
        assert isinstance(emails.letter(session, letter_to_her, now()), Letter)
    withdrawn(session, told.circle.edition.pack)
    assert told.owed() == []
    sent_letter(session, "colleague", named.ref, who)
    assert told.owed() == [(told.sent.ref, who)]
    with app.test_request_context():
        assert isinstance(emails.letter(session, letter_to_her, now()), Superseded)
        about = Delivery(kind=WITHDRAWN, about=told.sent.ref, person=who, owed_since=NOW, message_id="<y@test>")
        letter = emails.letter(session, about, now())
        assert isinstance(letter, Letter) and letter.to_address == "pract@example.gov.uk"
        assert BECAUSE in letter.body and told.circle.asked.name in letter.subject
        assert f"{told.circle.leader.name} had asked you to write up" in letter.body
    end_colleague(session, make.actor_of(session, told.circle.leader), named, now=NOW)
    assert told.owed() == []


def test_somebody_who_was_asked_and_named_is_told_once(session: Session) -> None:
    told = Told(session)
    named = told.named()
    sent_letter(session, "ask", told.sent.ref, named.person.ref)
    sent_letter(session, "colleague", named.ref, named.person.ref)
    withdrawn(session, told.circle.edition.pack)
    assert told.owed() == [(told.sent.ref, named.person.ref)]


class Again(Told):
    """The same, where the briefing is withdrawn, made current and withdrawn again, two days apart."""

    def __init__(self, session: Session, app: Flask) -> None:
        super().__init__(session)
        self.app, self.at = app, NOW
        sent_letter(session, "ask", self.sent.ref, self.circle.leader.ref)

    def stand(self, standing: Standing, because: str) -> None:
        pack = self.circle.edition.pack_id
        make.kept(
            self.session, PackStanding(pack_id=pack, standing=standing, because=because, at=self.at, by="Officer")
        )
        self.session.expire_all()
        self.at += timedelta(days=2)

    def told_of(self) -> list[Owed]:
        return [one for one in emails.owed(self.session, self.at) if one.kind == WITHDRAWN]

    def written(self, told: Delivery) -> Written:
        with self.app.test_request_context():
            return emails.letter(self.session, told, self.at)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.SUPERSEDED, State.QUEUED])
def test_a_briefing_that_is_withdrawn_again_is_told_of_again(session: Session, app: Flask, state: State) -> None:
    again = Again(session, app)
    again.stand(Standing.WITHDRAWN, "A slip.")
    (first,) = again.told_of()
    told = sent_letter(session, WITHDRAWN, first.about, first.person, state, first.place)
    assert not again.told_of()
    again.stand(Standing.CURRENT, "Right after all.")
    assert not again.told_of()
    again.stand(Standing.WITHDRAWN, "Really wrong.")
    (second,) = again.told_of()
    assert (second.about, second.person) == (first.about, first.person) and second.place != first.place
    other = sent_letter(session, WITHDRAWN, second.about, second.person, State.QUEUED, second.place)
    assert not again.told_of()
    said = again.written(other)
    assert isinstance(said, Letter) and "Really wrong." in said.body
    assert isinstance(again.written(told), Superseded), "the other letter says it"


def test_a_letter_from_before_each_time_was_told_apart_is_not_sent_anew(session: Session, app: Flask) -> None:
    again = Again(session, app)
    again.stand(Standing.WITHDRAWN, BECAUSE)
    old = sent_letter(session, WITHDRAWN, again.sent.ref, again.circle.leader.ref)
    assert not again.told_of() and isinstance(again.written(old), Letter)
    again.stand(Standing.CURRENT, "Right after all.")
    again.stand(Standing.WITHDRAWN, "Really wrong.")
    assert len(again.told_of()) == 1 and isinstance(again.written(old), Superseded)
