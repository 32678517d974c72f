"""Error pages: one sentence, what to do next, everything that was typed, and nothing of how the service is made."""

from __future__ import annotations

import ast
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.test import TestResponse

from app import errors as refusals
from app.web import errors
from app.web.errors import WORDS, error_page
from app.web.incoming import MOST_FIELDS, Incoming
from app.web.setup import LARGEST_BODY
from app.web.typed import OURS as WRITTEN_BY_PAGES
from app.web.typed import typed_text
from tests.shape.source import ROOT, modules
from tests.web.conftest import OURS
from tests.web.small import by_id, small_app, token, tree, words

Send = Callable[..., TestResponse]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TYPED = {
    "title": "<script>alert('title')</script>",
    "words": "\nFirst line\r\n  second line & more",
    "held_on-day": "12",
    "held_on-month": "June",
    "held_on-year": "2026",
    "teams": ["one", "two"],
    "actions-0-what": "Read it again",
    "points-what-is-nai-words": "Harm.",
    "empty": " \n",
    "code": "12345678",
    "asked": "k3v9x2m4q7t1",
    "shown": "k3v9x2m4q7t1 k3v9x2m4q7t2",
    "digest": "0123456789abcdef" * 4,
}
GIVEN_BACK = {
    "Title": "<script>alert('title')</script>",
    "Words": "\nFirst line\n  second line & more",
    "Held on": "12 June 2026",
    "Teams": "one\ntwo",
    "Actions 1 what": "Read it again",
    "What is nai": "Harm.",
}


def given_back(answer: TestResponse) -> dict[str, str]:
    page = tree(answer)
    labels = [label for label in page.iter("label") if (label.get("for") or "").startswith("typed-")]
    return {words(label): by_id(page, label.get("for") or "").text or "" for label in labels}


@pytest.mark.parametrize(
    ("at", "status"),
    [("/fail/403", 403), ("/nowhere", 404), ("/fail/404", 404), ("/health", 405), ("/fail/409", 409),
     ("/fail/422", 422), ("/fail/429", 429), ("/fail/500", 500), ("/fail/503", 503), ("/fail/locked", 503),
     ("/fail/pool", 503), ("/fail/400", 400), ("/fail/418", 418), ("/fail/signed-out", 403)],
)  # fmt: skip
def test_every_fault_has_a_page_that_gives_back_what_was_typed(send: Send, at: str, status: int) -> None:
    answer = send(TYPED, at)
    assert answer.status_code == status
    assert given_back(answer) == GIVEN_BACK
    told = "Leave this page open." if at == "/fail/signed-out" else "Copy it before you go on."
    assert f"What you typed is below. {told}" in words(tree(answer))
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_page_says_what_happened_and_what_to_do_next(browser: FlaskClient) -> None:
    for at, said in (("/nowhere", WORDS[404]), ("/fail/500", WORDS[500]), ("/fail/pool", WORDS[503])):
        shown = words(tree(browser.get(at)))
        assert all(sentence in shown for sentence in said)


def test_a_page_without_anything_typed_does_not_speak_of_it(browser: FlaskClient) -> None:
    answer = browser.get("/nowhere")
    assert given_back(answer) == {}
    assert "What you typed" not in answer.text


def test_a_form_whose_token_has_died_is_given_back_with_the_way_to_its_page(browser: FlaskClient) -> None:
    answer = browser.post(
        "/", data={**TYPED, "csrf_token": "old"}, headers={**OURS, "Referer": "http://localhost/?page=2"}
    )
    assert answer.status_code == 400
    assert given_back(answer) == GIVEN_BACK
    assert words(next(tree(answer).iter("h1"))) == "Send that again, please"
    assert [a.get("href") for a in tree(answer).iter("a") if words(a).startswith("Open the page again")] == ["/?page=2"]
    again = next(f for f in tree(answer).iter("form"))
    sent = {e.get("name"): e.get("value") for e in again.iter("input")}
    assert set(TYPED) <= set(sent) and sent["title"] == TYPED["title"] and sent["csrf_token"] != "old"


def test_a_form_may_be_sent_hours_after_it_was_opened(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made = TimestampSigner.get_timestamp
    with monkeypatch.context() as patched:
        patched.setattr(TimestampSigner, "get_timestamp", lambda signer: made(signer) - 30 * 60 * 60)
        opened = token(browser.get("/"))
    assert browser.post("/", data={"csrf_token": opened}, headers=OURS).status_code == 422


def test_a_form_is_sent_over_tls_with_the_referrer_that_our_own_policy_leaves() -> None:
    browser = small_app(service_url="https://service.test").test_client()
    first = browser.get("/", base_url="https://service.test")
    assert first.headers["Referrer-Policy"] == "same-origin"
    sent = browser.post(
        "/",
        data={"csrf_token": token(first), "title": "kept"},
        base_url="https://service.test",
        headers={**OURS, "Referer": "https://service.test/"},
    )
    assert sent.status_code == 422


@pytest.mark.parametrize("files", [{}, {"file": (io.BytesIO(b"x"), "x.txt")}], ids=["words alone", "with a file"])
def test_a_body_that_is_too_large_is_given_back_all_the_same(files: dict[str, Any]) -> None:
    browser = small_app(MAX_CONTENT_LENGTH=20_000, MAX_FORM_MEMORY_SIZE=20_000).test_client()
    long = "line of text\n" * 2_000 + "the end"
    answer = browser.post("/", data={"words": long, "title": "x" * 1_000, **files}, headers=OURS)
    assert answer.status_code == 413
    assert given_back(answer) == {"Words": long, "Title": "x" * 1_000}


def test_a_body_of_four_megabytes_is_taken_and_one_byte_more_is_not() -> None:
    sizes = []
    for length in (LARGEST_BODY, LARGEST_BODY + 1):
        with small_app().test_request_context("/", method="POST", data="words=" + "x" * (length - 6), headers=FORM):
            try:
                sizes.append(len(request.form["words"]))
            except RequestEntityTooLarge:
                sizes.append(0)
    assert sizes == [LARGEST_BODY - 6, 0]


def test_a_body_beyond_all_bounds_is_refused_without_being_read(send: Send) -> None:
    answer = send({"words": "x" * (17 * 1024 * 1024)})
    assert (answer.status_code, given_back(answer)) == (413, {})


def test_a_part_of_a_form_with_files_may_be_as_large_as_the_form(send: Send) -> None:
    words_of_a_part = "x" * 600_000
    answer = send({"words": words_of_a_part, "file": (io.BytesIO(b"x"), "x.txt")}, "/fail/500")
    assert given_back(answer) == {"Words": words_of_a_part}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://elsewhere.test"},
        {"Origin": "null"},
        {},
    ],
)
def test_words_of_another_site_are_not_shown(small: Flask, headers: dict[str, str]) -> None:
    with small.test_request_context("/", method="POST", data=TYPED, headers=headers):
        assert typed_text(request) == []


def hidden_fields(root: Path) -> set[str]:
    """The names of the fields that forms write for themselves."""
    given = (node for module in modules(root) for node in module.nodes if isinstance(node, ast.Assign))
    return {ast.unparse(node.targets[0]) for node in given if ast.unparse(node.value).startswith("HiddenField(")}


def test_what_pages_write_into_their_forms_is_not_taken_for_typed() -> None:
    assert {"version", "seen"} <= hidden_fields(ROOT) <= WRITTEN_BY_PAGES


@pytest.mark.parametrize("headers", [OURS, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}])
def test_words_of_our_own_pages_are_shown(small: Flask, headers: dict[str, str]) -> None:
    with small.test_request_context("/", method="POST", data=TYPED, headers=headers):
        assert [(typed.label, typed.text) for typed in typed_text(request)] == list(GIVEN_BACK.items())


def test_nothing_is_given_back_for_a_page_that_was_only_asked_for(small: Flask) -> None:
    with small.test_request_context("/?words=not+typed", headers=OURS):
        assert typed_text(request) == []


def test_text_that_no_page_can_hold_is_shown_as_far_as_it_can_be(small: Flask) -> None:
    with small.test_request_context("/", method="POST", json={"words": "a\ud800b\x00c"}, headers=OURS):
        assert [typed.text for typed in typed_text(request)] == ["a\ufffdbc"]


@pytest.mark.parametrize(
    ("referrer", "way_on"),
    [
        ("http://localhost/asked?page=2", ("/asked?page=2", "Open the page again")),
        ("http://localhost//elsewhere.test/", ("/elsewhere.test/", "Open the page again")),
        ("https://elsewhere.test/x", ("/", "Go to the start page")),
        ("http://localhost.elsewhere.test/x", ("/", "Go to the start page")),
        ("javascript:x", ("/", "Go to the start page")),
        ("", ("/", "Go to the start page")),
    ],
)
def test_the_way_on_from_a_form_leads_back_to_its_page_and_to_no_other_site(
    small: Flask, referrer: str, way_on: tuple[str, str]
) -> None:
    with small.test_request_context("/", method="POST", headers={"Referer": referrer}):
        links = [(a.get("href"), words(a)) for a in next(tree_of(error_page(400)).iter("main")).iter("a")]
    assert links == [way_on]


def tree_of(response: Any) -> Any:
    return tree(TestResponse(response.iter_encoded(), response.status, response.headers, request))


def test_what_is_foreign_and_what_is_made_up_answer_alike(browser: FlaskClient) -> None:
    assert browser.get("/fail/404").data == browser.get("/nowhere").data


def test_a_refusal_says_its_own_sentence(browser: FlaskClient) -> None:
    assert "Only the safeguarding lead can do that." in browser.get("/fail/403").text
    assert "That day has not come yet." in browser.get("/fail/422").text


def test_a_method_that_is_not_allowed_names_those_that_are(browser: FlaskClient) -> None:
    answer = browser.delete("/health", headers=OURS)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"].split(", ")


def test_a_busy_database_asks_to_come_back_and_says_nothing_of_itself(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = browser.get("/fail/locked")
    assert answer.headers["Retry-After"] == "30"
    assert "INSERT" not in answer.text
    assert "it is locked" in caplog.text
    assert "canary" not in caplog.text


def test_a_fault_of_the_program_is_logged_with_its_place_but_not_its_message(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = browser.get("/fail/500")
    assert "ZeroDivisionError" not in answer.text
    assert "ZeroDivisionError" in caplog.text
    assert "small.py" in caplog.text
    assert "canary" not in caplog.text


def test_where_even_the_error_page_fails_there_is_a_last_sentence(
    small: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(errors, "typed_text", lambda _: 1 / 0)
    with caplog.at_level(logging.CRITICAL):
        answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert "Something went wrong" in answer.text


def test_every_kind_of_refusal_has_words_of_its_own(small: Flask) -> None:
    for kind in refusals.Refusal.__subclasses__():
        with small.test_request_context("/"):
            page = tree_of(small.make_response(small.handle_user_exception(kind())))  # type: ignore[arg-type]
        assert words(next(page.iter("h1")))


def test_error_pages_scold_nobody_and_each_says_what_to_do() -> None:
    for said in [*WORDS.values(), errors.FORGED, errors.SIGNED_OUT, errors.SIGN_IN]:
        assert said.heading[-1] not in ".!"
        assert said.happened.endswith(".") and said.next.endswith(".")
        assert not {"invalid", "error", "illegal", "forbidden"} & set(" ".join(said).lower().replace(".", "").split())


def test_someone_signed_out_gets_the_way_to_sign_in_and_their_words(small: Flask) -> None:
    with small.test_request_context("/", method="POST", data=TYPED, headers=OURS):
        page = tree_of(errors.signed_out_page("/sign-in"))
    assert [a.get("href") for a in page.iter("a") if words(a) == "Sign in (opens in a new tab)"] == ["/sign-in"]
    assert "You have been signed out" in words(page)
    assert "Read it again" in words(page)


def test_a_handler_that_accounts_registered_first_stays() -> None:
    app = Flask("first")
    app.register_error_handler(refusals.NotSignedIn, lambda _: ("accounts", 303))
    errors.init_app(app)
    app.add_url_rule("/", "closed", lambda: (_ for _ in ()).throw(refusals.NotSignedIn()))
    assert app.test_client().get("/").status_code == 303


def test_more_answers_than_any_form_has_are_refused_as_json_too(small: Flask) -> None:
    with small.test_request_context("/", method="POST", json={"a": [""] * (MOST_FIELDS + 1)}):
        with pytest.raises(RequestEntityTooLarge):
            Incoming.of(request)
        assert typed_text(request) == []


def test_a_body_in_pieces_that_is_too_large_is_refused_and_never_cut(browser: FlaskClient) -> None:
    body = io.BytesIO(b"words=" + b"a" * (LARGEST_BODY + 1))
    answer = browser.post("/", input_stream=body, headers=FORM, environ_overrides={"wsgi.input_terminated": True})
    assert answer.status_code == 413
