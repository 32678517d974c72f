"""Headers: what a browser may do with a page, how long it may keep it, and that the policy fits the pages."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader

from app.web.headers import content_policy, inline_hash
from app.web.static import digest, static_url
from tests.web.small import small_app, tree

EVERYWHERE = ("/", "/parts", "/accessibility", "/health", "/nowhere", "/fail/500", "/static/app.css", "/favicon.ico")


def directives(policy: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for words in (part.split() for part in policy.split(";"))}


def test_every_response_carries_the_headers(browser: FlaskClient) -> None:
    for at in EVERYWHERE:
        headers = browser.get(at).headers
        assert headers["X-Content-Type-Options"] == "nosniff", at
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "Access-Control-Allow-Origin" not in headers
        assert directives(headers["Content-Security-Policy"])["default-src"] == ["'none'"]


def test_the_policy_allows_our_own_files_and_nothing_else(browser: FlaskClient) -> None:
    policy = directives(browser.get("/").headers["Content-Security-Policy"])
    for name in ("base-uri", "object-src", "frame-ancestors"):
        assert policy.pop(name) == ["'none'"]
    own, script = policy.pop("script-src")
    assert own == "'self'" and script.startswith("'sha256-")
    assert policy.pop("default-src") == ["'none'"]
    assert set(map(tuple, policy.values())) == {("'self'",)}


def test_each_page_has_one_inline_script_and_the_policy_names_it(browser: FlaskClient) -> None:
    for at in ("/", "/parts", "/accessibility", "/nowhere"):
        answer = browser.get(at)
        inline = [script.text or "" for script in tree(answer).iter("script") if not script.get("src")]
        hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline]
        assert len(hashes) == 1
        assert f"'sha256-{hashes[0]}'" in directives(answer.headers["Content-Security-Policy"])["script-src"]


@pytest.mark.parametrize("scripts", ["", "<script>1</script><script>2</script>"])
def test_an_app_does_not_start_where_the_template_has_another_number_of_inline_scripts(scripts: str) -> None:
    app = Flask("changed")
    other = DictLoader({"govuk_frontend_jinja/template.html": scripts})
    assert app.jinja_env.loader is not None
    app.jinja_env.loader = ChoiceLoader([other, app.jinja_env.loader])
    with pytest.raises(RuntimeError, match="inline scripts"):
        inline_hash(app.jinja_env)


def test_a_script_from_a_file_needs_no_hash(small: Flask) -> None:
    assert content_policy(small.jinja_env).count("sha256-") == 1


def test_only_a_service_on_tls_asks_for_tls_for_a_year() -> None:
    for url, expected in (("http://localhost", None), ("https://service.test", "max-age=31536000; includeSubDomains")):
        assert small_app(service_url=url).test_client().get("/").headers.get("Strict-Transport-Security") == expected


def test_the_cookie_is_closed_to_scripts_and_other_sites_and_on_tls_to_other_hosts() -> None:
    cookies = [
        small_app(service_url=f"{s}://service.test").test_client().get("/").headers["Set-Cookie"]
        for s in ("http", "https")
    ]
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie
    assert cookies[0].startswith("forms=") and "Secure" not in cookies[0]
    assert cookies[1].startswith("__Host-forms=") and "Secure" in cookies[1]


def test_pages_are_not_kept(browser: FlaskClient) -> None:
    for at in ("/", "/accessibility", "/health", "/nowhere", "/fail/500", "/static/nothing.css"):
        assert browser.get(at).headers["Cache-Control"] == "no-store", at


@pytest.mark.parametrize("name", ["app.css", "app.js", "icon.svg", "vendor/govuk-frontend.min.css"])
def test_a_file_asked_for_by_its_digest_is_kept_for_a_year_and_otherwise_asked_about(
    small: Flask, browser: FlaskClient, name: str
) -> None:
    with small.test_request_context("/"):
        address = static_url(name)
    assert browser.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert browser.get(f"/static/{name}").headers["Cache-Control"] == "no-cache"
    assert browser.get(f"/static/{name}?v=0").headers["Cache-Control"] == "no-cache"
    etag = browser.get(f"/static/{name}").headers["ETag"]
    assert browser.get(f"/static/{name}", headers={"If-None-Match": etag}).status_code == 304


def test_the_digest_changes_with_the_file(tmp_path: Any) -> None:
    app = Flask("files", static_folder=str(tmp_path))
    (tmp_path / "a.css").write_text("one")
    with app.test_request_context("/"):
        first = digest("a.css")
        assert first == digest("a.css")
        (tmp_path / "a.css").write_text("another")
        assert digest("a.css") != first


def test_a_file_that_was_not_fetched_is_named_with_what_to_do(small: Flask) -> None:
    with small.test_request_context("/"), pytest.raises(FileNotFoundError, match="install the project again"):
        static_url("vendor/nothing.js")


def test_every_address_of_a_file_on_a_page_is_there(browser: FlaskClient) -> None:
    for at in ("/", "/accessibility"):
        page = tree(browser.get(at))
        addresses = [link.get("href") for link in page.iter("link")]
        scripts = [script for script in page.iter("script") if script.get("src")]
        addresses += [script.get(name) for script in scripts for name in ("src", "data-components")]
        assert len(addresses) >= 5
        for address in addresses:
            assert browser.get(address or "").status_code == 200
