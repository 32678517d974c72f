"""Signing in at an address that nobody knows, in a domain of an organisation's own: taken in by a code, and nobody who
asks for one learns whether it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import emails, queries, services
from app.accounts.models import CodeAsked
from app.circulation import claims
from app.database import db
from app.errors import Invalid, TooMany
from app.organisations.models import Address, Person
from app.organisations.proposed import Newcomer
from app.policy import Role
from app.post.models import Delivery, Letter, Superseded
from app.trail.models import Event
from tests import factories as make
from tests.accounts.browsers import browser
from tests.circulation.claimed import DOMAIN, Unknown
from tests.circulation.worlds import statements
from tests.client import Client
from tests.conftest import NOW
from tests.discussions.worlds import words

KEY = "for tests only, 32 characters or more"
HERE = queries.digest_of("this browser")
NEW, STRANGER = f"day.manager@{DOMAIN}", "stranger@gmail.com"


def ask(session: Session, address: str = NEW, now: datetime = NOW, browser: str = HERE) -> CodeAsked:
    return services.ask_code(session, address, browser, now=now)


def use(session: Session, row: CodeAsked, code: str = "", now: datetime = NOW) -> int:
    typed = code or queries.code_for(row, KEY)
    made, _ = services.sign_in(session, row, typed, row.browser, now=now, key=KEY, welcomes=claims.welcomes)
    return made.person_id


def people(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def test_the_right_code_takes_her_in_with_a_proved_address_and_no_role(session: Session) -> None:
    Unknown(session)
    before = people(session)
    row = ask(session)
    assert people(session) == before, "to ask for a code makes nobody"
    person = session.get_one(Person, use(session, row))
    session.expire_all()
    assert (person.name, person.addresses[0].email, person.addresses[0].proved_at) == (NEW, NEW, NOW)
    assert [g.role for g in make.actor_of(session, person).grants] == [Role.NEWCOMER]
    told = sa.select(Event.about).where(Event.kind == "taken in").order_by(Event.id.desc())
    assert session.scalars(told.limit(1)).one() == person.ref
    with pytest.raises(Invalid):
        use(session, row)
    later = ask(session, now=NOW + timedelta(minutes=20))
    assert use(session, later, now=NOW + timedelta(minutes=20)) == person.id, "the second time she is known"
    assert people(session) == before + 1


def test_capital_letters_are_the_same_address(session: Session) -> None:
    Unknown(session)
    person = use(session, ask(session, NEW.upper()))
    assert use(session, ask(session, NEW.title(), browser=queries.digest_of("another"))) == person


def test_a_wrong_code_and_a_stranger_with_a_right_one_are_turned_away_alike(session: Session) -> None:
    Unknown(session)
    before = people(session)
    for address, code in ((NEW, "00000000"), (STRANGER, "00000000"), (STRANGER, "")):
        row = ask(session, address)
        with pytest.raises(Invalid):
            use(session, row, code)
        assert row.wrong >= 1
    assert people(session) == before
    assert not session.scalars(sa.select(Newcomer).where(Newcomer.domain != DOMAIN)).all()


def test_where_nothing_can_be_said_any_more_a_code_signs_nobody_in(session: Session) -> None:
    there = Unknown(session)
    row = ask(session)
    held = there.lead.appointments[0]
    held.ends_on = NOW.date() - timedelta(days=1)
    session.flush()
    with pytest.raises(Invalid):
        use(session, row)


def test_two_codes_of_one_address_used_in_turn_are_one_person(session: Session) -> None:
    Unknown(session)
    first, second = ask(session), ask(session, browser=queries.digest_of("another browser"))
    person = use(session, first)
    assert second.person_id is None
    with pytest.raises(Invalid):  # she is known by now: she asks again
        use(session, second)
    assert session.scalars(sa.select(Address.person_id).where(Address.email == NEW)).all() == [person]


def written(session: Session, row: CodeAsked) -> Letter | Superseded:
    values = {"owed_since": NOW, "message_id": "<x@test>", "place": str(row.sendings)}
    return emails.letter(session, Delivery(kind="code", about=row.ref, **values), NOW)


def test_the_letter_goes_to_the_newcomer_and_to_no_stranger(app: Flask, session: Session) -> None:
    Unknown(session)
    letter = written(session, ask(session))
    assert isinstance(letter, Letter)
    assert (letter.to_address, letter.to_name) == (NEW, "")
    assert isinstance(written(session, ask(session, STRANGER)), Superseded)


def test_nobody_more_is_written_to_at_a_domain_at_which_addresses_are_guessed(app: Flask, session: Session) -> None:
    there = Unknown(session)
    rows = [ask(session, f"guess{n}@{DOMAIN}", browser=queries.digest_of(f"b{n // 9}")) for n in range(51)]
    assert isinstance(written(session, rows[0]), Superseded)
    assert isinstance(written(session, ask(session, there.lead.addresses[0].email)), Letter), "whoever is known is"
    session.execute(sa.update(CodeAsked).where(CodeAsked.id == rows[1].id).values(asked_at=NOW - queries.WINDOW))
    assert isinstance(written(session, rows[0]), Letter)


def test_asking_takes_the_same_statements_and_is_held_back_alike(session: Session) -> None:
    there = Unknown(session)
    known = there.lead.addresses[0].email
    sent = []
    for address in (known, NEW, STRANGER):
        with statements(session) as noted:
            ask(session, address, browser=queries.digest_of(address))
        sent.append(noted)
    assert sent[0] == sent[1] == sent[2], "nothing is looked up for one alone"
    held_back = []
    for address in (known, NEW, STRANGER):
        for number in range(40):
            try:
                ask(session, address, NOW + timedelta(seconds=31 * number), queries.digest_of(f"{address}{number}"))
            except TooMany:
                held_back.append(number)
                break
    assert len(set(held_back)) == 1
    assert len(held_back) == 3


# Through pages


def page_of(app: Flask, address: str) -> tuple[int, str]:
    """What whoever asks for a code is answered, without the address itself and what differs anyway."""
    client = browser(app)
    answer = client.post_form("/sign-in", {"address": address})
    page = client.get(answer.headers["Location"])
    return answer.status_code, words(page).replace(address, "ADDRESS")


def test_the_page_is_the_same_for_the_known_the_new_and_the_stranger(app: Flask) -> None:
    with db.writing() as session:
        known = Unknown(session).lead.addresses[0].email
    pages = {page_of(app, address) for address in (known, NEW, STRANGER)}
    assert len(pages) == 1
    assert "is an address that can sign in here" in pages.pop()[1]


def test_she_comes_from_the_letter_to_the_page_that_asks_which_team_she_leads(app: Flask, client: Client) -> None:
    with db.writing() as session:
        there = Unknown(session)
        whole = there.sent.asked[0].ref
        name = there.place.name
    sent = client.get(f"/asked/{whole}/meeting")
    at = client.post_form(sent.headers["Location"], {"address": NEW}).headers["Location"]
    with db.reading() as session:
        row = session.scalars(sa.select(CodeAsked).order_by(CodeAsked.id.desc()).limit(1)).one()
        code = queries.code_for(row, app.config["SETTINGS"].secret_key)
    done = client.post_form(at, {"code": code})
    assert done.headers["Location"] == "/your-team"
    assert f"It is one that {name} uses." in words(client.get("/your-team"))
    assert client.get(f"/asked/{whole}/meeting").status_code == 404, "what the whole organisation was asked is not hers"
    assert "Say that first" in words(client.get("/home"))
