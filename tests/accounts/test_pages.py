"""Signing in and out as a browser does it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import create_app
from app.accounts import queries
from app.accounts.models import CodeAsked, SignedIn
from app.database import db
from app.organisations.models import Address
from app.trail.models import Event
from tests import factories
from tests.accounts.browsers import Clock, browser
from tests.client import Client
from tests.conftest import NOW, settings_for

LEAD = "safeguarding.lead@trust.example.nhs.net"


@pytest.fixture(autouse=True)
def world(app: Flask) -> None:
    with db.writing() as session:
        circle = factories.circle(session)
        lead = factories.person(session, email=LEAD, proved_at=None)
        factories.appoint(session, lead, factories.Role.LEAD, circle.organisation)


def newest(app: Flask) -> tuple[CodeAsked, str]:
    with app.app_context(), db.reading() as session:
        row = session.scalars(select(CodeAsked).order_by(CodeAsked.id.desc()).limit(1)).one()
        return row, queries.code_for(row, app.config["SETTINGS"].secret_key)


def ask(client: Client, address: str = LEAD, url: str = "/sign-in") -> str:
    response = client.post_form(url, {"address": address})
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def words(response: TestResponse) -> str:
    return " ".join(response.get_data(as_text=True).split())


def count(model: type[SignedIn | CodeAsked]) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_person_signs_in_with_the_code_and_reaches_the_page_they_wanted(app: Flask, client: Client) -> None:
    sent = client.get("/inbox?after=1")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/sign-in?next=/inbox?after%3D1")
    at = ask(client, f"  {LEAD.upper()} ", sent.headers["Location"])
    response = client.post_form(at, {"code": newest(app)[1]})
    assert (response.status_code, response.headers["Location"]) == (303, "/inbox?after=1")
    assert client.get("/inbox").status_code == 200
    with db.reading() as session:
        assert session.scalar(select(Address.proved_at).where(Address.email == LEAD)) == NOW


def test_without_a_page_asked_for_one_comes_to_ones_own(app: Flask, client: Client) -> None:
    assert client.post_form(ask(client), {"code": newest(app)[1]}).headers["Location"] == "/home"


@pytest.mark.parametrize("evil", ["//evil.example", "/%5Cevil.example", "https://evil.example", "/sign-out"])
def test_nobody_is_sent_to_another_site(app: Flask, client: Client, evil: str) -> None:
    at = ask(client, url=f"/sign-in?next={evil}")
    assert "next" not in at
    response = client.post_form(f"{at}&next={evil}", {"code": newest(app)[1]})
    assert response.headers["Location"] == "/home"


def test_spaces_in_a_code_do_not_matter(app: Flask, client: Client) -> None:
    at, code = ask(client), newest(app)[1]
    assert client.post_form(at, {"code": f" {code[:4]} {code[4:]}\n"}).status_code == 303


def test_the_answer_to_a_known_and_an_unknown_address_is_the_same_to_the_letter(app: Flask) -> None:
    answers = []
    for address in (LEAD, "safeguarding.lxxd@trust.example.nhs.net"):
        client = browser(app)
        at = ask(client, address)
        row, code = newest(app)
        bad = f"{(int(code) + 1) % 10**8:08d}"
        pages = [
            client.get(at),
            client.post_form(at, {"code": bad}),
            client.get(at),
            client.post_form(at, {"code": "1"}),
        ]
        answers.append([(p.status_code, without(p, row.ref, bad, address)) for p in pages])
    assert answers[0] == answers[1]
    assert [status for status, _ in answers[0]] == [200, 303, 200, 422]


def without(response: TestResponse, ref: str, typed: str, address: str) -> str:
    """A page without what differs between any two: the reference of the asking, what was typed (a
    code and an address) and the form's token."""
    lines = (
        response.get_data(as_text=True)
        .replace(ref, "REF")
        .replace(typed, "TYPED")
        .replace(address, "ADDRESS")
        .splitlines()
    )
    return "\n".join(line for line in lines if "csrf_token" not in line)


def test_the_code_page_wants_a_numeric_keypad_and_the_code_from_the_letter(client: Client) -> None:
    page = words(client.get(ask(client)))
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    assert LEAD in page, "so that a slip of the finger is seen"


def test_a_wrong_code_is_counted_for_good_and_the_page_says_how_many_tries_are_left(app: Flask, client: Client) -> None:
    at = ask(client, url="/sign-in?next=/inbox")
    row, code = newest(app)
    bad = f"{(int(code) + 1) % 10**8:08d}"
    for left in ("4 tries are left", "3 tries are left", "2 tries are left", "1 try is left"):
        response = client.post_form(at, {"code": bad})
        assert (response.status_code, response.headers["Location"]) == (303, at)
        page = client.get(at)
        assert page.status_code == 200
        assert "There is a problem" in words(page)
        assert left in words(page)
    form_token = token_on(client)
    client.post_form(at, {"code": bad})
    page = words(client.get(at))
    assert "A wrong code was typed 5 times" in page
    assert "Send me a new code" in page
    for typed in (code, "1"):
        assert client.post(at, data={"code": typed, "csrf_token": form_token}).headers["Location"] == at
    assert count(SignedIn) == 0
    with db.reading() as session:
        assert session.get_one(CodeAsked, row.id).wrong == 5
        assert session.scalar(select(func.count()).where(Event.kind == "sign-in failed")) == 5


def test_a_code_that_was_used_in_another_window_leads_on(app: Flask, client: Client) -> None:
    at = ask(client, url="/sign-in?next=/inbox")
    client.post_form(at, {"code": newest(app)[1]})
    client.delete_cookie("signed-in", domain="localhost")
    page = words(client.get(at))
    assert "This code has been used." in page
    assert '<a class="govuk-link" href="/inbox">go on to the page you wanted</a>' in page


def token_on(client: Client) -> str:
    page = client.get("/sign-in").get_data(as_text=True)
    return page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]


def test_a_form_that_is_not_a_code_costs_no_try(app: Flask, client: Client) -> None:
    at = ask(client)
    for typed in ("", "1234567", "abcdefgh", "123456789"):
        assert client.post_form(at, {"code": typed}).status_code == 422
    assert newest(app)[0].wrong == 0


def test_a_code_works_only_in_the_browser_that_asked(app: Flask, client: Client) -> None:
    at = ask(client)
    code = newest(app)[1]
    other = browser(app)
    ask(other)
    for response in (other.get(at), other.post(at, data={"code": code, "csrf_token": token_on(other)})):
        assert (response.status_code, response.headers["Location"]) == (303, "/sign-in?lost=1")
    assert "A code works only in the browser where it was asked for" in words(other.get("/sign-in?lost=1"))
    assert other.post(at.replace("code?", "code/again?"), data={"csrf_token": token_on(other)}).status_code == 404
    assert count(SignedIn) == 0


def test_a_new_code_is_asked_for_where_the_old_one_has_ended(app: Flask, client: Client, clock: Clock) -> None:
    at = ask(client, url="/sign-in?next=/inbox")
    first = newest(app)[1]
    clock.shift(timedelta(minutes=10))
    page = words(client.get(at))
    assert "Ask for a new code" in page
    response = client.post_form(at, at="next=/inbox")
    assert response.status_code == 303
    assert newest(app)[1] != first
    assert client.post_form(response.headers["Location"], {"code": newest(app)[1]}).headers["Location"] == "/inbox"


def test_sending_it_again_sends_the_same_code_in_another_letter(app: Flask, client: Client, clock: Clock) -> None:
    at = ask(client)
    clock.shift(timedelta(minutes=1))
    (row, code) = newest(app)
    response = client.post_form(at, at=f"/sign-in/code/again?asked={row.ref}")
    assert response.headers["Location"] == at
    assert newest(app)[1] == code
    assert newest(app)[0].sendings == 2


def test_after_a_minute_without_a_letter_the_page_says_that_mail_is_waiting(client: Client, clock: Clock) -> None:
    at = ask(client, "nobody@example.org")
    assert "not getting out" not in words(client.get(at)).replace("if emails are not getting out", "")
    clock.shift(timedelta(minutes=1))
    page = words(client.get(at))
    assert "Emails with codes are not getting out at the moment" in page
    assert "Check again" in page


def test_too_many_askings_are_refused_for_a_quarter_of_an_hour(client: Client, clock: Clock) -> None:
    for number in range(10):
        ask(client, f"person{number}@example.org")
    refused = client.post_form("/sign-in", {"address": LEAD})
    assert refused.status_code == 429
    assert "Wait 15 minutes" in words(refused)
    clock.shift(timedelta(minutes=15))
    ask(client)


@pytest.mark.parametrize("typed", ["", "   ", "nobody", "a@b@c.org", "x" * 260 + "@example.org"])
def test_what_is_not_an_address_is_asked_for_again(client: Client, typed: str) -> None:
    response = client.post_form("/sign-in", {"address": typed})
    assert response.status_code == 422
    assert "There is a problem" in words(response)
    assert count(CodeAsked) == 0


def test_signing_in_gives_new_tokens_and_signing_out_takes_them_away(app: Flask, client: Client) -> None:
    at = ask(client)
    before = client.get_cookie("forms")
    planted = "chosen by somebody else"
    client.set_cookie("signed-in", planted, domain="localhost")
    client.post_form(at, {"code": newest(app)[1]})
    kept = client.get_cookie("signed-in")
    assert kept is not None
    assert kept.value not in ("", planted)
    assert (kept.http_only, kept.same_site, kept.path) == (True, "Lax", "/")
    client.get("/home")
    assert client.get_cookie("forms") != before
    out = client.post_form("/home", at="/sign-out")
    assert (out.status_code, out.headers["Clear-Site-Data"]) == (303, '"cache", "storage"')
    assert client.get_cookie("signed-in") is None
    assert client.get_cookie("forms") is None
    assert "You have signed out." in words(client.get(out.headers["Location"]))
    client.set_cookie("signed-in", kept.value, domain="localhost")
    assert client.get("/home").status_code == 303


def test_signing_out_needs_a_form_of_ours_and_is_no_fault_when_it_was_done_already(client: Client) -> None:
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 400
    assert client.post("/sign-out", data={"csrf_token": token_on(client)}).status_code == 303


def test_whoever_is_signed_in_is_not_asked_to_sign_in(app: Flask, client: Client) -> None:
    at = ask(client)
    client.post_form(at, {"code": newest(app)[1]})
    assert client.get("/sign-in?next=/inbox").headers["Location"] == "/inbox"
    assert client.get(at).headers["Location"] == "/home"


def test_asking_to_sign_in_needs_the_token_of_the_form(client: Client) -> None:
    assert client.post("/sign-in", data={"address": LEAD}).status_code == 400
    assert count(CodeAsked) == 0


def test_over_tls_every_cookie_is_secure_and_of_this_host_alone(database_url: str, tmp_path: object) -> None:
    app = create_app(settings_for(database_url, tmp_path, service_url="https://circulation.example"))  # type: ignore[arg-type]
    client = browser(app)
    base = {"base_url": "https://circulation.example", "headers": {"Referer": "https://circulation.example/sign-in"}}
    page = client.get("/sign-in", **base)
    token = page.get_data(as_text=True).partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    asked = client.post("/sign-in", data={"address": LEAD, "csrf_token": token}, **base)
    with app.app_context():
        code = newest(app)[1]
    used = client.post(asked.headers["Location"], data={"code": code, "csrf_token": token}, **base)
    assert used.status_code == 303
    cookies = [c for r in (page, asked, used) for c in r.headers.getlist("Set-Cookie") if "Max-Age=0" not in c]
    assert {c.partition("=")[0] for c in cookies} == {"__Host-forms", "__Host-browser", "__Host-signed-in"}
    for cookie in cookies:
        attributes = {part.strip().partition("=")[0] for part in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "Path", "SameSite"} <= attributes, cookie
        assert "Domain" not in attributes
        assert ("SameSite=Lax" in cookie, "Path=/" in cookie) == (True, True)
    app.extensions["database_engine"].dispose()


def test_twenty_uses_of_one_code_at_once_sign_in_once(app: Flask, client: Client) -> None:
    at = ask(client)
    code, token = newest(app)[1], token_on(client)
    cookies = "; ".join(f"{c.key}={c.value}" for name in ("forms", "browser") if (c := client.get_cookie(name)))
    answers: list[str] = []

    def use() -> None:
        alone = browser(app, cookies=False)
        answer = alone.post(at, data={"code": code, "csrf_token": token}, headers={"Cookie": cookies})
        answers.append(answer.headers["Location"])

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["/home", *[at] * 19]
    assert count(SignedIn) == 1


def test_tries_at_once_do_not_share_a_count(app: Flask, client: Client) -> None:
    at = ask(client)
    row, code = newest(app)
    token = token_on(client)
    cookies = "; ".join(f"{c.key}={c.value}" for name in ("forms", "browser") if (c := client.get_cookie(name)))

    def guess(number: int) -> None:
        bad = f"{(int(code) + number) % 10**8:08d}"
        alone = browser(app, cookies=False)
        assert alone.post(at, data={"code": bad, "csrf_token": token}, headers={"Cookie": cookies}).status_code == 303

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(1, 16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert session.get_one(CodeAsked, row.id).wrong == 5
        assert session.scalar(select(func.count()).where(Event.kind == "sign-in failed")) == 5
