"""The layout, its parts and the pages that belong to no step: what stands on them and what must not."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy.exc
from flask import Flask, g
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import NotSignedIn
from app.policy import Actor
from app.settings import ROOT
from app.web import actor, back_to, page, public
from app.web import health as health_module
from app.web.appearance import appearance_url, contrast, style_sheet, words_on
from app.web.health import Finding
from tests.web.small import EveryField, by_id, small_app, tree, with_class, words


class Partnership:
    name = "A <safeguarding> partnership"
    colour = "#FFDD00"
    slug = "asp"


def with_people() -> Flask:
    """The small app with what other packages bring to the layout."""
    app = small_app()
    app.add_url_rule("/sign-out", "accounts.sign_out", lambda: "", methods=["POST"])
    app.context_processor(lambda: {"partnership": Partnership, "numbers_to_call": [("Advice", "01234 567 890")]})

    @app.before_request
    def somebody() -> None:
        g.actor = Actor("A team leader & more", ())

    return app


def test_no_page_bears_the_marks_of_the_government_site(browser: FlaskClient) -> None:
    for at in ("/", "/parts", "/accessibility", "/nowhere"):
        text = browser.get(at).text
        assert not re.search(r"GOV\.UK|crown|GDS|Open Government", text, re.IGNORECASE)
    for name in ("vendor/govuk-frontend.min.css", "app.css", "app.js"):
        assert "GDS" not in (ROOT / "app/static" / name).read_text(encoding="utf-8")


def test_every_page_says_that_it_is_no_way_to_report_a_concern(browser: FlaskClient) -> None:
    for at in ("/", "/parts", "/accessibility", "/nowhere", "/fail/500"):
        footer = next(tree(browser.get(at)).iter("footer"))
        assert "This is not a way to report a concern about a child." in words(footer)
        assert "999" in words(footer)


def test_the_numbers_to_call_are_the_partnerships_own_where_they_are_known() -> None:
    footer = next(tree(with_people().test_client().get("/parts")).iter("footer"))
    (number,) = (link for link in footer.iter("a") if (link.get("href") or "").startswith("tel:"))
    assert (number.get("href"), words(number)) == ("tel:01234567890", "01234 567 890")


def test_a_person_who_is_signed_in_sees_their_name_and_can_sign_out_by_post() -> None:
    root = tree(with_people().test_client().get("/"))
    header = next(root.iter("header"))
    assert "A team leader & more" in words(header)
    (form,) = header.iter("form")
    assert (form.get("method"), form.get("action")) == ("post", "/sign-out")
    assert [field.get("name") for field in form.iter("input")] == ["csrf_token"]


def test_nobody_signed_in_sees_no_name_and_no_way_out(browser: FlaskClient) -> None:
    header = next(tree(browser.get("/")).iter("header"))
    assert words(header) == "Learning circulation"
    assert not list(header.iter("form"))


def test_a_public_page_holds_nothing_of_the_visitor() -> None:
    answer = with_people().test_client().get("/parts")
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "A team leader" not in answer.text
    assert "csrf_token" not in answer.text


def test_the_name_of_the_partnership_heads_the_page_and_its_colour_is_linked() -> None:
    root = tree(with_people().test_client().get("/parts"))
    assert words(with_class(root, "govuk-generic-header")[0]) == Partnership.name
    assert "/appearance/ffdd00.css" in [link.get("href") for link in root.iter("link")]


def test_the_style_sheet_of_a_colour_is_kept_for_ever_and_has_words_that_can_be_read_on_it(
    browser: FlaskClient,
) -> None:
    answer = browser.get("/appearance/ffdd00.css")
    assert answer.mimetype == "text/css"
    assert answer.text == ":root{--govuk-brand-colour:#ffdd00;--on-brand-colour:#000000}\n"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("colour", ["red", "FFDD00", "ffdd0", "ffdd00;}*{", "ffdd00%0a", "../app"])
def test_what_is_not_a_colour_has_no_style_sheet(browser: FlaskClient, colour: str) -> None:
    assert browser.get(f"/appearance/{colour}.css").status_code == 404


def test_a_partnership_without_a_usable_colour_has_the_colour_of_the_service(small: Flask) -> None:
    with small.test_request_context("/"):
        assert [appearance_url(colour) for colour in (None, "", "red", "#12345", "url(x)")] == [""] * 5


@given(st.integers(0, 0xFFFFFF).map("{:06x}".format))
@example("757575")
@example("767676")
def test_words_can_be_read_on_every_colour(colour: str) -> None:
    assert contrast(words_on(colour).lstrip("#"), colour) >= 4.5
    assert words_on(colour) in (style_sheet(colour) or "")


def test_contrast_is_that_of_the_guidelines() -> None:
    assert round(contrast("000000", "ffffff"), 2) == 21
    assert round(contrast("767676", "ffffff"), 2) == 4.54


def test_what_people_typed_keeps_its_line_breaks_and_its_direction_to_itself(browser: FlaskClient) -> None:
    first, second = with_class(tree(browser.get("/parts")), "app-typed")[:2]
    assert (first.tag, first.text) == ("bdi", "one\n  two <b>\u202e")
    assert words(second) == "12 June 2026"


def test_a_summary_names_what_each_link_changes(browser: FlaskClient) -> None:
    (link,) = (a for a in tree(browser.get("/parts")).iter("a") if a.get("href") == "/change")
    assert words(link) == "Change the date"


def test_a_wide_table_can_be_reached_and_named(browser: FlaskClient) -> None:
    box = with_class(tree(browser.get("/parts")), "app-scroll")[0]
    assert (box.get("tabindex"), box.get("role"), box.get("aria-label")) == ("0", "region", "Wide")


def test_a_button_that_sends_ignores_a_second_click(browser: FlaskClient) -> None:
    (button,) = (b for b in tree(browser.get("/")).iter("button") if words(b) == "Send")
    assert button.get("data-prevent-double-click") == "true"


def test_the_accessibility_statement_says_what_was_not_tried(browser: FlaskClient) -> None:
    said = words(next(tree(browser.get("/accessibility")).iter("main")))
    for needed in (
        "WCAG" if "WCAG" in said else "Web Content Accessibility Guidelines",
        "not been tried yet",
        "Equality",
    ):
        assert needed in said


def test_the_icon_is_there_for_whoever_asks_by_habit(browser: FlaskClient) -> None:
    answer = browser.get("/favicon.ico")
    assert answer.data[:4] == b"\x00\x00\x01\x00"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"


def well(session: Any, now: Any) -> Finding:
    return Finding("post", True, "nothing waits")


def silent(session: Any, now: Any) -> Finding:
    raise sqlalchemy.exc.OperationalError("SELECT canary", {}, Exception("gone"))


@pytest.mark.parametrize(
    ("checks", "status", "said"),
    [([well], 200, {"post": "nothing waits"}), ([well, silent], 503, {"post": "nothing waits", "silent": "no answer"})],
)
def test_health_is_what_every_check_finds(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, checks: list[Any], status: int, said: dict[str, str]
) -> None:
    class Reading:
        def __enter__(self) -> None: ...

        def __exit__(self, *fault: object) -> None: ...

    monkeypatch.setattr(health_module, "health_checks", checks)
    monkeypatch.setattr(health_module.db, "reading", Reading)
    answer = browser.get("/health")
    assert (answer.status_code, answer.json) == (
        status,
        {"status": "well" if status == 200 else "not well", "checks": said},
    )


def test_a_view_can_be_marked_as_public_below_its_route(small: Flask) -> None:
    assert small.view_functions["show"].is_public  # type: ignore[attr-defined]
    assert not hasattr(small.view_functions["parts"], "is_public")
    for name in ("health", "accessibility", "favicon", "appearance"):
        assert small.view_functions[f"web.{name}"].is_public  # type: ignore[attr-defined]


def test_public_leaves_the_view_itself_as_it_is() -> None:
    def view() -> str:
        return "as before"

    assert public(view) is view


def test_without_a_person_there_is_no_actor(small: Flask) -> None:
    with small.test_request_context("/"):
        with pytest.raises(NotSignedIn):
            actor()
        g.actor = Actor("somebody", ())
        assert actor().name == "somebody"


def test_after_a_change_the_browser_is_sent_to_get_another_page(small: Flask) -> None:
    with small.test_request_context("/", method="POST"):
        answer = back_to("show", page=2)
    assert (answer.status_code, answer.location, answer.headers["Cache-Control"]) == (303, "/?page=2", "no-store")


def test_a_page_may_say_its_own_status_and_how_long_it_may_be_kept(small: Flask) -> None:
    with small.test_request_context("/"):
        kept = page("parts.html", words="", cache="no-cache")
        assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "no-cache")
        form = EveryField(meta={"csrf": False})
        assert page("form.html", form=form).status_code == 200
        form.refuse("No.")
        assert page("form.html", form=form).status_code == 422
        assert page("form.html", 409, form=form).status_code == 409


def test_a_fault_of_the_form_as_a_whole_stands_in_the_summary_without_a_link(small: Flask) -> None:
    with small.test_request_context("/"):
        form = EveryField(meta={"csrf": False})
        form.refuse("Not <today>.")
        answer = page("form.html", form=form)
    assert "<li>Not &lt;today&gt;.</li>" in re.sub(r"\s*\n\s*", "", answer.get_data(as_text=True))


def test_skip_link_and_main_content_belong_together(browser: FlaskClient) -> None:
    root = tree(browser.get("/"))
    (skip,) = with_class(root, "govuk-skip-link")
    assert by_id(root, (skip.get("href") or "")[1:]).tag == "main"
