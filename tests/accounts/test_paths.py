"""Where one goes on to after signing in: pages of this service and nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.paths import page_asked_for, safe_path


@pytest.mark.parametrize(
    "path",
    ["/home", "/inbox?after=2026-11-01", "/minutes/0123456789ab", "/packs/some-pack", "/", "/home?x=a%20b&y=%C3%A9"],
)
def test_a_page_of_this_service_is_gone_on_to(app: Flask, path: str) -> None:
    with app.test_request_context("/sign-in"):
        assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            None,
            "home",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\\/evil.example",
        ),
        *("https://evil.example/home", "https:/home", "javascript:alert(1)", "//evil.example/home", "/home\\..\\x"),
        *("/%2Fevil.example", "/%2F%2Fevil.example", "%2F%2Fevil.example", "/%5Cevil.example", "/%255Cevil.example"),
        *(
            "/%25252Fevil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/home\x00",
            "/home%00",
            "/home%0d%0aX: y",
            "/ home",
        ),
        *("/sign-in", "/sign-in/code?asked=x", "/sign-out", "/nowhere", "/minutes/1", "/static/app.css", "/home/"),
        *(
            "/publish/some-pack",
            "/home?" + "x" * 500,
            "http://localhost/home",
            "//localhost/home",
            "/@evil.example",
            "/home?x=%0d%0aX:y",
            "/home?x=%255C",
        ),
    ],
)
def test_anything_else_is_not(app: Flask, path: str | None) -> None:
    with app.test_request_context("/sign-in"):
        assert safe_path(path) == ""


@pytest.mark.parametrize(
    ("url", "referrer", "path"),
    [
        ("/inbox?after=1", None, "/inbox?after=1"),
        ("/inbox", None, "/inbox"),
        ("/nowhere", None, ""),
    ],
)
def test_a_page_that_was_asked_for_is_remembered(app: Flask, url: str, referrer: str | None, path: str) -> None:
    with app.test_request_context(url):
        assert page_asked_for() == path


@pytest.mark.parametrize(
    ("referrer", "path"),
    [
        ("http://localhost/minutes/0123456789ab?x=1", "/minutes/0123456789ab?x=1"),
        ("http://localhost/home", "/home"),
        ("http://evil.example/home", ""),
        ("http://localhost:81/home", ""),
        ("http://localhost/minutes/0123456789ab/correct", ""),
        ("", ""),
    ],
)
def test_for_a_form_it_is_the_page_on_which_the_form_stood(app: Flask, referrer: str, path: str) -> None:
    with app.test_request_context("/minutes/0123456789ab/decision", method="POST", headers={"Referer": referrer}):
        assert page_asked_for() == path
