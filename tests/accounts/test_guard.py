"""Who is let in, who is sent to sign in, and what everybody else is told."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import event, func, select, update

from app import create_app
from app.accounts import guard, queries
from app.accounts.models import SignedIn
from app.clock import today
from app.database import db
from app.errors import Denied, NotFound
from app.organisations.models import Appointment
from app.policy import Role
from app.trail.models import Event
from app.web import actor, public
from tests import factories
from tests.accounts.browsers import Clock
from tests.client import Client
from tests.conftest import NOW, settings_for

MINUTE = timedelta(minutes=1)


def plain(text: str) -> Response:
    return Response(text, mimetype="text/plain")


@pytest.fixture(autouse=True)
def pages(app: Flask) -> None:
    """Pages of every sort, as a package would have them."""

    @public
    def open_to_all() -> Response:
        return plain("open to all")

    def refused(asked: str) -> Response:
        raise Denied if asked.startswith("0") else NotFound

    def closed() -> Response:
        return plain(f"closed, for {actor().name}, with {len(request.form)} fields")

    rules: list[tuple[str, Any, list[str]]] = [
        ("/test/open", open_to_all, ["GET", "POST"]),
        ("/test/closed", closed, ["GET", "POST"]),
        ("/test/refused/<ref:asked>", refused, ["GET", "POST"]),
    ]
    for rule, view, methods in rules:
        app.add_url_rule(rule, view_func=view, methods=methods)
    db.wrap_views(app)


@pytest.fixture
def world(app: Flask) -> dict[str, int]:
    """The keys of the people and places of a circle."""
    with db.writing() as session:
        circle = factories.circle(session)
        whole = {name: getattr(circle, name).id for name in ("lead", "leader", "deputy", "organisation", "partnership")}
        return {**whole, "only": factories.person(session, name="Nobody Yet").id}


def token(client: Client) -> str:
    page = client.get("/sign-in", follow_redirects=True).get_data(as_text=True)
    return page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]


def seen_at() -> Any:
    with db.reading() as session:
        return session.scalar(select(SignedIn.seen_at))


def test_a_closed_page_sends_whoever_is_not_signed_in_to_sign_in(client: Client) -> None:
    response = client.get("/test/closed?x=1")
    assert (response.status_code, response.headers["Location"]) == (303, "/sign-in?next=/test/closed?x%3D1")
    assert client.head("/test/closed").status_code == 303


def test_a_form_sent_after_the_session_ended_is_shown_again_with_its_text(client: Client) -> None:
    sent = {"words": "Nine people came.\nWe spoke of fathers.", "csrf_token": token(client)}
    headers = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/test/closed"}
    response = client.post("/test/closed", data=sent, headers=headers)
    page = response.get_data(as_text=True)
    assert response.status_code == 403
    assert "We spoke of fathers." in page
    assert "/sign-in?next=/test/closed" in page


def test_a_public_page_is_the_same_for_everybody_and_asks_nobody_who_they_are(
    client: Client, world: dict[str, int]
) -> None:
    client.as_person(world["lead"])
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    response = client.get("/test/open")
    assert response.get_data(as_text=True) == "open to all"
    assert response.headers.getlist("Set-Cookie") == []
    assert "Cookie" not in response.headers.get("Vary", "")
    assert statements == []


def test_a_person_is_let_in_by_one_query(client: Client, world: dict[str, int]) -> None:
    client.as_person(world["lead"])
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert client.get("/test/closed").get_data(as_text=True).startswith("closed, for Person")
    assert [s.partition(" ")[0] for s in statements if s != "BEGIN" and "TRANSACTION" not in s] == ["SELECT"]


def test_a_file_of_ours_needs_no_session(client: Client) -> None:
    with client.get("/static/app.css") as response:
        assert response.status_code == 200


def test_an_address_without_a_page_is_not_found_whoever_asks(client: Client, world: dict[str, int]) -> None:
    assert client.get("/no/such/page").status_code == 404
    client.as_person(world["lead"])
    assert client.get("/no/such/page").status_code == 404


def test_the_whole_body_is_read_before_the_first_statement(app: Flask, client: Client, world: dict[str, int]) -> None:
    client.as_person(world["lead"])
    form_token = token(client)
    order: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: order.append("statement"))

    class Slow:
        def __init__(self) -> None:
            self.left = f"csrf_token={form_token}&a=1&b=2".encode()

        def read(self, size: int = -1) -> bytes:
            order.append("body")
            taken, self.left = self.left[:7], self.left[7:]
            return taken

        def readline(self, size: int = -1) -> bytes:
            return self.read(size)

    body = Slow()
    environ = {
        "wsgi.input": body,
        "CONTENT_LENGTH": str(len(body.left)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
    }
    response = client.post("/test/closed", environ_overrides=environ)
    assert response.get_data(as_text=True).endswith("with 3 fields")
    assert order.count("body") > 3
    assert "body" not in order[order.index("statement") :]


def test_an_ended_role_lets_nobody_in_from_the_next_request_on(client: Client, world: dict[str, int]) -> None:
    client.as_person(world["lead"])
    assert client.get("/test/closed").status_code == 200
    with db.writing() as session:
        session.execute(
            update(Appointment).where(Appointment.person_id == world["lead"]).values(ends_on=today(NOW) - timedelta(1))
        )
    assert client.get("/test/closed").status_code == 403
    form = {"csrf_token": token(client), "words": "x"}
    assert client.post("/test/closed", data=form).status_code == 403


def test_a_session_rests_for_half_an_hour_at_most(client: Client, world: dict[str, int], clock: Clock) -> None:
    client.as_person(world["lead"])
    for _ in range(3):
        clock.shift(29 * MINUTE)
        assert client.get("/test/closed").status_code == 200
    clock.shift(30 * MINUTE)
    assert client.get("/test/closed").status_code == 303


def test_a_session_that_is_used_ends_after_twelve_hours(client: Client, world: dict[str, int], clock: Clock) -> None:
    client.as_person(world["lead"])
    for _ in range(35):
        clock.shift(20 * MINUTE)
        assert client.get("/test/closed").status_code == 200
    clock.shift(20 * MINUTE)
    assert client.get("/test/closed").status_code == 303


def test_a_session_is_noted_as_used_once_a_minute_at_most(client: Client, world: dict[str, int], clock: Clock) -> None:
    client.as_person(world["lead"])
    clock.shift(timedelta(seconds=59))
    client.get("/test/closed")
    assert seen_at() == NOW
    clock.shift(timedelta(seconds=1))
    client.get("/test/refused/0123456789ab")
    assert seen_at() == NOW + MINUTE


def test_what_is_refused_goes_into_the_trail_and_what_is_not_ones_own_too(
    client: Client, world: dict[str, int]
) -> None:
    client.as_person(world["lead"])
    assert client.get("/test/refused/0123456789ab").status_code == 403
    assert client.get("/test/refused/abcdefghjkmn").status_code == 404
    client.get("/no/such/page")
    with db.reading() as session:
        events = session.scalars(select(Event).where(Event.kind == "denied").order_by(Event.id)).all()
    assert [(e.about, e.person_id, e.detail) for e in events] == [
        ("0123456789ab", world["lead"], {"page": "refused", "method": "GET"}),
        ("abcdefghjkmn", world["lead"], {"page": "refused", "method": "GET"}),
    ]


def test_nobody_is_told_apart_in_the_trail_when_nobody_is_signed_in(client: Client) -> None:
    client.get("/test/refused/0123456789ab")
    with db.reading() as session:
        assert session.scalar(select(func.count()).where(Event.kind == "denied")) == 0


def text_of(client: Client, url: str = "/test/closed") -> str:
    response = client.get(url)
    assert response.status_code == 403
    return " ".join(response.get_data(as_text=True).split())


def test_somebody_without_a_role_is_told_whom_to_ask(client: Client, world: dict[str, int]) -> None:
    with db.writing() as session:
        circle = factories.circle(session)
        former = factories.person(session)
        factories.appoint(session, former, Role.LEADER, circle.organisation, circle.teams, ends_on=date(2026, 10, 1))
        here, gone = factories.person(session, name="Admin Here"), factories.person(session, name="Admin Gone")
        elsewhere = factories.person(session, name="Admin Elsewhere")
        factories.appoint(session, here, Role.ADMINISTRATOR, circle.organisation)
        factories.appoint(session, gone, Role.ADMINISTRATOR, circle.organisation, ends_on=date(2026, 10, 1))
        factories.appoint(session, elsewhere, Role.ADMINISTRATOR, circle.noise)
        address, key, reply_to = here.addresses[0].email, former.id, circle.partnership.reply_to
    page = text_of(client.as_person(key))
    assert "You have no role here at the moment" in page
    assert "Admin Here" in page
    assert address in page
    assert reply_to in page
    assert "Admin Gone" not in page
    assert "Admin Elsewhere" not in page
    assert "Sign out" in page


def test_somebody_who_never_had_a_role_is_told_in_general(client: Client, world: dict[str, int]) -> None:
    page = text_of(client.as_person(world["only"]))
    assert "ask your organisation’s safeguarding lead" in page
    assert "office" not in page


def test_somebody_whose_role_is_to_come_is_told_when(client: Client, world: dict[str, int]) -> None:
    with db.writing() as session:
        circle = factories.circle(session)
        factories.appoint(
            session,
            session.get_one(factories.Person, world["only"]),
            Role.OFFICER,
            circle.partnership,
            starts_on=date(2026, 12, 1),
        )
    assert "begins on <strong>1 December 2026</strong>" in text_of(client.as_person(world["only"]))


def test_whoever_has_no_role_can_sign_out(client: Client, world: dict[str, int]) -> None:
    client.as_person(world["only"])
    assert client.post("/sign-out", data={"csrf_token": token(client)}).status_code == 303
    assert client.get("/test/closed").status_code == 303


def test_every_page_speaks_for_the_partnership_with_its_numbers_to_call(client: Client, world: dict[str, int]) -> None:
    with db.writing() as session:
        session.get_one(factories.Partnership, world["partnership"]).numbers_to_call = [
            ["Whom to call", "01323 464222"]
        ]
    client.as_person(world["lead"])
    page = client.get("/home").get_data(as_text=True)
    assert "Whom to call" in page
    assert "tel:01323464222" in page


@pytest.mark.parametrize(
    ("addresses", "same"),
    [
        (("5.5.5.5", "5.5.5.5"), True),
        (("5.5.5.5", "5.5.5.6"), False),
        (("2a00:1450:4009:81f::1", "2a00:1450:4009:81f:ffff::2"), True),
        (("2a00:1450:4009:81f::1", "2a00:1450:4009:820::1"), False),
    ],
)
def test_a_network_is_an_address_or_the_first_half_of_one_and_is_kept_as_a_keyed_digest(
    app: Flask, addresses: tuple[str, str], same: bool
) -> None:
    found = []
    for address in addresses:
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
            found.append(guard.network())
    assert (found[0] == found[1]) is same
    assert all(len(digest) == 32 and address not in digest for digest, address in zip(found, addresses, strict=True))
    assert found[0] != queries.digest_of(addresses[0])[:32]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1", "", "unix:", "192.168.0.1"])
def test_an_address_that_may_be_a_proxys_is_no_network(app: Flask, address: str) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert guard.network() == ""


@pytest.mark.parametrize(("hops", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_as_many_proxies_are_believed_as_the_settings_say(
    database_url: str, tmp_path: Path, hops: int, seen: str
) -> None:
    made = create_app(settings_for(database_url, tmp_path, proxy_hops=hops))
    made.add_url_rule("/whence", "whence", lambda: f"{request.remote_addr} {request.host}")
    public(made.view_functions["whence"])
    said = made.test_client().get(
        "/whence", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Host": "evil.example"}
    )
    assert said.get_data(as_text=True) == f"{seen} localhost"
    made.extensions["database_engine"].dispose()
