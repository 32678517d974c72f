"""What people paste, what programs send, and text in any script: kept, shown the same everywhere, never a fault."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.database import db
from app.discussions.models import Minutes
from app.text import clean
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import MEETING, SAID, World, form_at, words

TEXTS = {
    "nul": "before\x00after",
    "controls": "bell\x07 escape\x1b[31m vertical\x0btab form\x0cfeed",
    "not characters": "a\ufffe b\uffff",
    "line ends": "one\r\ntwo\rthree\nfour\u2028five\u2029six",
    "from Word": "“Quoted” – it’s • a\xa0list…",
    "emoji": "👩‍👩‍👧‍👦 👋🏽 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "Arabic": "ناقشنا هذا في الاجتماع",
    "Welsh and Polish": "Llanfair­pwll ŵ ŷ – Zażółć gęślą jaźń",
    "not composed": "e\u0301 A\u030a",
    "direction overrides": "\u202eright to left\u202c \u2066isolated\u2069",
    "markup": "<script>alert('x')</script> & <b>bold</b> \"quotes\"",
    "templates": "{{7*7}} {% include 'x' %} ${7*7} #{7*7} **bold** [a](javascript:x)",
    "formula": "=cmd|' /C calc'!A0",
    "headers": "Subject\r\nBcc: everybody@example.org",
    "spaces around": "  \n indented\n\n\n",
    "first line empty": "\n\nthird line",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_stored_as_it_was_typed_and_shown_as_it_is_stored(leader: Client, place: World, name: str) -> None:
    text = TEXTS[name]
    boxes = {"points-point-0-words": text, "actions-0-what": text, "question_to_partnership": text}
    said = worlds.begin(leader, place)
    saved = leader.post_form(said, {**boxes, "actions-0-who": text, "do": "later"}, at="/said")
    assert saved.status_code == 303
    shown = form_at(leader.get(said), "/said")
    kept = clean(text)
    assert {shown[box] for box in boxes} == ({kept} if kept.strip() else {""})
    check = leader.post(said, data={**shown, "do": "continue"}).location
    page = leader.get(check)
    assert page.status_code == 200 and " ".join(kept.split()) in words(page)
    receipt = leader.post(check, data=worlds.to_send(leader, check))
    assert receipt.status_code == 303 and leader.get(receipt.location).status_code == 200
    with db.reading() as session:
        minutes = session.scalars(select(Minutes)).one()
        assert [r.words for r in minutes.responses] == [kept]
        assert minutes.question_to_partnership == minutes.actions[0].what == kept
        assert "\n" not in minutes.actions[0].who


@pytest.mark.parametrize("blank", ["", "   ", "\n\n", "\u200b\u200d", "\xa0\t", "\x00"])
def test_blank_text_is_no_answer_and_no_fault(leader: Client, place: World, blank: str) -> None:
    boxes = {**dict.fromkeys(SAID, ""), "points-point-0-words": blank, "actions-0-what": blank}
    page = leader.get(worlds.write(leader, place, **boxes))
    assert "took no notes" in words(page) and "Nothing agreed" in words(page)


def test_100_000_characters_are_kept_whatever_they_are(leader: Client, place: World) -> None:
    text = "👋" * 50_000 + "\n" * 49_999 + "."
    said = worlds.begin(leader, place)
    assert (
        leader.post_form(said, {**SAID, "points-point-0-words": text, "do": "continue"}, at="/said").status_code == 303
    )
    assert form_at(leader.get(said), "/said")["points-point-0-words"] == text
    refused = leader.post_form(said, {**SAID, "points-point-0-words": text + "x", "do": "continue"}, at="/said")
    assert refused.status_code == 422 and "100,001 characters" in refused.text
    assert form_at(refused, "/said")["points-point-0-words"] == text + "x"
    assert form_at(leader.get(said), "/said")["points-point-0-words"] == text + "x", "and the draft has it too"


def test_keys_that_are_not_on_the_page_and_keys_sent_twice_change_nothing(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    page = form_at(leader.get(said), "/said")
    wild = {
        **{name: [text, "second"] for name, text in {**page, **SAID}.items()},
        "organisation_id": "1",
        "sent_at": "2020-01-01",
        "points-no-such-words": "x",
        "points-point-0-sent_at": "x",
        "actions-99999-what": "far away",
        "actions-²-what": "x",
        "actions-x-what": "x",
        "corrects": "0" * 12,
        "version": "9" * 400,
        "opening": "x" * 5_000,
        "do": "continue",
    }
    answer = leader.post(said, data={**wild, "csrf_token": page["csrf_token"]})
    assert answer.status_code == 303
    shown = form_at(leader.get(said), "/said")
    assert shown["points-point-0-words"] == SAID["points-point-0-words"] and "second" not in str(shown)
    with db.reading() as session:
        draft = session.scalars(select(Minutes)).first()
        assert draft is None


@pytest.mark.parametrize(
    "junk", [{}, {"held_on": "x"}, {"held_on-day": "9" * 9_999}, {"present": "9" * 9_999}, {"also": "x"}]
)
def test_a_page_with_half_its_fields_or_junk_is_a_page_with_faults(
    leader: Client, place: World, junk: dict[str, str]
) -> None:
    token = form_at(leader.get(place.meeting), "/meeting")["csrf_token"]
    answer = leader.post(place.meeting, data={"csrf_token": token, "do": "continue", **junk})
    assert answer.status_code == 422
    assert leader.post(place.meeting, data={"csrf_token": token, "do": "later", **junk}).status_code == 303


def test_a_form_without_its_token_keeps_the_text(leader: Client, place: World) -> None:
    answer = leader.post(place.meeting, data=MEETING, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400 and "What you typed is kept." in answer.text
    assert form_at(leader.get(place.meeting), "/meeting")["chaired_by"] == "Team manager"


def test_no_word_that_was_typed_is_logged(leader: Client, place: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    worlds.send(leader, place, question_to_lead="canary-4711")
    assert "canary-4711" not in caplog.text
