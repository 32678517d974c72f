"""The largest that is taken, and one more: of a request by every way, of a box on pages that do not save by themselves.

A request of more is told with the text; of what saves itself, the draft has what was saved before.
"""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.database import db
from app.discussions.models import Reply
from app.discussions.outside import OutsideAnswer
from app.web.files import MOST_UPLOADED
from app.web.setup import LARGEST_BODY
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.test_every_channel import BOX, SCRIPT, by_autosave, by_form, stored
from tests.discussions.test_outside import BOXES
from tests.discussions.test_uploads import upload
from tests.discussions.worlds import World, form_at, words

FORM = "application/x-www-form-urlencoded"
AROUND_A_FILE = 400  # bytes at most of a form with a file that are not the file


def escape_all(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def form_of(size: int, fields: dict[str, Any]) -> bytes:
    """A form of exactly so many bytes: the rest is the answer."""
    head = "&".join(f"{name}={escape_all(str(value))}" for name, value in fields.items()) + f"&{BOX}="
    return (head.encode() + b"said+" * size)[:size]


def json_of(size: int, fields: dict[str, Any]) -> bytes:
    """The same as JSON."""
    head = json.dumps({**fields, BOX: ""}).encode().removesuffix(b'"}')
    return (head + b"said " * size)[: size - 2] + b'"}'


def fields_of(leader: Client, said: str) -> dict[str, Any]:
    page = form_at(leader.get(said), "/said")
    return {name: value for name, value in page.items() if isinstance(value, str) and name != BOX}


def test_a_form_of_4_mib_is_taken_and_one_byte_more_is_told_with_the_text(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    fields = {**fields_of(leader, said), "do": "continue"}
    form = {"content_type": FORM, "headers": {"Sec-Fetch-Site": "same-origin"}}
    taken = leader.post(said, data=form_of(LARGEST_BODY, fields), **form)
    assert taken.status_code == 422 and "characters" in taken.text
    by_form(leader, said, "Saved before.")
    refused = leader.post(said, data=form_of(LARGEST_BODY + 1, fields), **form)
    assert refused.status_code == 413 and "That is too much at once" in refused.text
    assert "said " * 600_000 in unescape(refused.text)
    assert stored() == "Saved before.", "what was saved by itself is there"


@pytest.mark.parametrize(("made", "kind"), [(form_of, FORM), (json_of, "application/json")], ids=["form", "JSON"])
def test_what_saves_itself_takes_4_mib_and_of_one_byte_more_keeps_what_was_saved_before(
    leader: Client, place: World, made: Any, kind: str
) -> None:
    said = worlds.begin(leader, place)
    assert by_autosave(leader, said, "Saved before.").status_code == 200
    fields = fields_of(leader, said)
    token = {"X-CSRFToken": fields["csrf_token"]}

    def save(size: int) -> TestResponse:
        body = made(size, {**fields, "do": "autosave"})
        assert len(body) == size
        return leader.post(said, data=body, content_type=kind, headers={**SCRIPT, **token})

    refused = save(LARGEST_BODY + 1)
    assert (refused.status_code, refused.mimetype) == (413, "application/json")
    assert "larger than the service can take" in refused.get_json()["message"]
    assert stored() == "Saved before."
    taken = save(LARGEST_BODY)
    assert taken.status_code == 200 and len(stored()) > LARGEST_BODY - 5_000


def test_a_file_may_be_larger_than_a_form_and_more_than_a_file_may_be_is_told_in_words(
    leader: Client, place: World
) -> None:
    for size in (LARGEST_BODY, LARGEST_BODY + 1, MOST_UPLOADED - AROUND_A_FILE):
        assert upload(leader, place.asked, b"x" * size).status_code == 422, "no Word document, and not too large"
    refused = upload(leader, place.asked, b"x" * MOST_UPLOADED)
    assert refused.status_code == 413 and "That is too much at once" in words(refused)


def test_an_officer_enters_100_000_characters_and_one_more_is_counted_and_stays(app: Flask, place: World) -> None:
    officer, at = worlds.browser_of(app, place.officer), f"/asked/{place.asked}/outside"
    text = "ŵ👋\n." * 25_000
    refused = officer.post_form(at, {**BOXES, BOX: text + "x"}, at="/outside")
    assert refused.status_code == 422 and "100,001 characters" in refused.text
    assert form_at(refused, "/outside")[BOX] == text + "x"
    assert officer.post(at, data={**form_at(refused, "/outside"), BOX: text}).status_code == 303
    with db.reading() as session:
        assert text in session.scalars(select(OutsideAnswer.words)).all()


def test_another_reply_takes_2_000_characters_and_one_more_is_counted_and_stays(leader: Client, place: World) -> None:
    at, text = f"/asked/{place.asked}/other", "ŵ👋\n." * 500
    refused = leader.post_form(at, {"kind": "not_relevant", "because": text + "x"}, at="/other")
    assert refused.status_code == 422 and "2,001 characters" in refused.text
    shown = form_at(refused, "/other")
    assert shown["because"] == text + "x"
    assert leader.post(at, data={**shown, "because": text}).status_code == 303
    with db.reading() as session:
        assert session.scalars(select(Reply.words)).all() == [text]
