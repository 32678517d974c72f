"""What the tests of the web furniture share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.small import small_app, token

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="session")
def small() -> Flask:
    """The small app."""
    return small_app(PROPAGATE_EXCEPTIONS=False)


@pytest.fixture
def browser(small: Flask) -> FlaskClient:
    """A client of the small app."""
    return small.test_client()


@pytest.fixture
def send(browser: FlaskClient) -> Callable[..., TestResponse]:
    """Post answers with the token of the form."""

    def post(answers: dict[str, Any], at: str = "/", **kwargs: Any) -> TestResponse:
        return browser.post(at, data={"csrf_token": token(browser.get("/")), **answers}, headers=OURS, **kwargs)

    return post
