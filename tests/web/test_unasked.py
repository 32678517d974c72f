"""What a form brings that its page does not ask for is told in one line of the log, by its name and never its value."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.web import public
from app.web.unasked import LONGEST_NAMED
from tests.web.conftest import OURS
from tests.web.small import GOOD, small_app

Send = Callable[..., TestResponse]
ALL = {**GOOD, "other": "", "teams": "7"}
TOLD = "show was sent what it does not ask for: "


def test_of_what_a_page_offers_nothing_is_told(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    assert send(ALL).text == "sent"
    assert send({**ALL, "title": "", "teams": ["7", "8"]}).status_code == 422
    assert not caplog.messages


@pytest.mark.parametrize("good", [True, False])
def test_names_that_are_not_on_the_page_are_told_once_each_and_in_one_line(
    send: Send, caplog: pytest.LogCaptureFixture, good: bool
) -> None:
    more = {"person_id": ["77", "78"], "actions-0-id": "77", "held_on": "77", "file": (BytesIO(b"77"), "77.docx")}
    assert send({**ALL, **more, "title": "Title" if good else ""}).status_code == (200 if good else 422)
    assert caplog.messages == [f"{TOLD}person_id, actions-0-id, held_on, file"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    "name", ["a child was hurt", "x\r\nshow: all is well", "\x1b[31m", "rôle", "person\u2028id", "x" * 121, ""]
)
def test_a_name_that_no_field_can_have_is_counted_and_not_repeated(
    send: Send, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    send({**ALL, "role": "77", name: "77"})
    assert caplog.messages == [f"{TOLD}role, 1 more"]


def test_ten_names_are_told_at_most_and_no_long_one_whole(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    send({**ALL, **{f"{'x' * 100}-{n}": "77" for n in range(3_000)}})
    (told,) = caplog.messages
    assert told == TOLD + ", ".join([*["x" * LONGEST_NAMED] * 10, "2,990 more"])


def test_what_stood_under_a_name_is_not_told(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    send({**ALL, "role": "what somebody typed", "note": "what-somebody-typed"})
    assert "typed" not in caplog.text


def test_names_in_json_are_told_too(small: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app = small_app(WTF_CSRF_ENABLED=False)
    for body in ({**ALL, "role": "77", "rows": {"id": 7}, "a\nb": None}, ["role"], [{"role": 1}], "role", None):
        app.test_client().post("/", json=body, headers=OURS)
    assert caplog.messages == [f"{TOLD}role, rows, 1 more"]


def test_what_is_turned_away_before_its_page_has_read_it_is_not_told(
    small: Flask, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    small.test_client().post("/", data={**ALL, "role": "77"}, headers=OURS)  # without a token
    for how in ("403", "404", "signed-out", "locked"):
        send({**ALL, "role": "77"}, at=f"/fail/{how}")
    assert not [message for message in caplog.messages if "ask for" in message]


def _without_a_form(app: Flask) -> None:
    @app.post("/once")
    @public
    def once() -> Any:
        return "done"

    @app.route("/twice", methods=["GET", "POST"])
    @public
    def twice() -> Any:
        return "done before"


def test_a_button_alone_asks_for_nothing_and_a_page_that_made_no_form_had_no_need_to(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = small_app(WTF_CSRF_ENABLED=False)
    _without_a_form(app)
    browser = app.test_client()
    browser.post("/once", data={"csrf_token": "token"})
    browser.post("/twice", data={"role": "77"})
    assert not caplog.messages
    browser.post("/once", data={"csrf_token": "token", "role": "77"})
    assert caplog.messages == ["once was sent what it does not ask for: role"]
