"""The input matrix: each kind of text through every channel by which it enters, and out by every way it leaves.

The rows are named as in the matrix. What enters is judged by one rule, `text.clean`; what leaves, by being the same.
Uploads that mean harm have tests of their own (tests/discussions/test_uploads.py, tests/base/test_boxed.py).
"""

from __future__ import annotations

import csv
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from html import escape
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import docx
import pytest
from flask import Flask, Response, request, request_finished, request_started
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.clock import now
from app.collation.tables import HEADINGS, csv_lines, fitting
from app.database import db
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.forwarding import emails, owed
from app.forwarding import services as forwarding
from app.forwarding.making import DocumentMaker
from app.forwarding.models import Document
from app.organisations.models import Person
from app.organisations.queries import actor_for
from app.post import ledger
from app.post.composing import compose
from app.post.models import Delivery, Letter
from app.text import clean, is_blank, single_line
from app.web.incoming import LEFT_OUT
from tests.client import Client, parse
from tests.discussions import sheets, worlds
from tests.discussions.test_uploads import fill, sheet, upload
from tests.discussions.worlds import SAID, World, form_at, words
from tests.organisations.test_people_file import TEAM, TRUST, line, read

BOX = "points-point-0-words"
SCRIPT = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/"}
BLOCKS = ("div", "p", "li", "dd", "td")  # a block is a paragraph of its own to the order of letters
ROWS = {
    "NUL, C0 controls, VT, FF, U+FFFE/FFFF": "nul\x00 bell\x07 escape\x1b[31m vt\x0bff\x0cnot\ufffe characters\uffff.",
    "CRLF / CR / LF / U+2028": "one\r\ntwo\rthree\nfour\u2028five\u2029six",
    "smart quotes, en dashes, NBSP, bullets from Word": "“Quoted” – it’s\xa0a\u2011list… • ‘one’ — two",
    "emoji ZWJ, RTL, combining, Welsh, Polish, Arabic": "👩‍👩‍👧‍👦 👋🏽 e\u0301 Ŵyr Zażółć ناقشنا שלום 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "bidi overrides U+202A-E, U+2066-9": "\u202eright to left\u202c and \u2066isolated\u2069 and \u202aleft\u202c",
    "markup, templates, Markdown": "<script>alert('x')</script> {{7*7}} {% include 'x' %} **bold** [a](javascript:x)",
    "formula": "=cmd|' /C calc'!A0",
    "formula, full-width and after a quote": '" ＝1+1',
    "header injection": "Title\r\nBcc: everybody@example.org\r\n folded",
    "rich text that was pasted": "<b style='color:red'>Heading</b>\n\t• item\n\t• item",
}


def content() -> dict[str, Any]:
    with db.reading() as session:
        return session.scalars(select(Draft).order_by(Draft.id.desc())).first().content  # type: ignore[union-attr]


def stored() -> str:
    return str(content()["points"]["point-0"]["words"])


@contextmanager
def taken(client: Client) -> Iterator[list[float]]:
    """Seconds that the service computes for each form and file that it gets: whatever else the machine does costs
    nothing here."""
    took, began = list[float](), list[float]()

    def begin(app: Flask) -> None:
        began.append(time.process_time())

    def end(app: Flask, response: Response) -> None:
        if request.method == "POST":
            took.append(time.process_time() - began[-1])

    with (
        request_started.connected_to(begin, client.application),
        request_finished.connected_to(end, client.application),
    ):
        yield took


def by_form(client: Client, said: str, text: str) -> TestResponse:
    return client.post_form(said, {BOX: text, "do": "later"}, at="/said")


def by_autosave(client: Client, said: str, text: str) -> TestResponse:
    page = form_at(client.get(said), "/said")
    return client.post(said, data={**page, BOX: text, "do": "autosave"}, headers=SCRIPT)


def by_json(client: Client, said: str, text: str) -> TestResponse:
    page = form_at(client.get(said), "/said")
    sent = json.dumps({**page, BOX: text, "do": "autosave"})
    token = {"X-CSRFToken": page["csrf_token"]}
    return client.post(said, data=sent, content_type="application/json", headers={**SCRIPT, **token})


CHANNELS = {"form": by_form, "autosave": by_autosave, "JSON": by_json}


@pytest.mark.parametrize("row", ROWS)
def test_a_text_is_kept_the_same_by_every_channel_and_leaves_the_same_by_every_way(
    leader: Client, place: World, row: str
) -> None:
    text, kept = ROWS[row], clean(ROWS[row])
    said = worlds.begin(leader, place)
    for channel, enter in CHANNELS.items():
        assert by_form(leader, said, "Something else.").status_code == 303
        answer = enter(leader, said, text)
        assert answer.status_code in (200, 303), channel
        assert stored() == kept, channel
        assert form_at(leader.get(said), "/said")[BOX] == kept, channel
    from_word(leader, place, said, kept)
    shown = form_at(leader.get(f"{said}?saved=1"), "/said")
    check = leader.post(said, data={**shown, **SAID, BOX: text, "do": "continue"}).location
    receipt = leader.post(check, data=worlds.to_send(leader, check))
    assert receipt.status_code == 303
    ref = receipt.location.split("/")[2]
    on_the_page(worlds.browser_of(leader.application, place.lead), ref, kept)
    in_the_letter(ref, kept)
    in_the_document(kept)
    in_the_collation(leader.application, place, ref, kept)


def from_word(client: Client, place: World, said: str, kept: str) -> None:
    """As paragraphs of the response sheet, whose own language leaves only what XML can hold."""
    markup = "".join(sheets.para(escape(part)) for part in kept.split("\n"))
    assert upload(client, place.asked, fill(sheet(client, place.asked), {BOX: markup})).status_code == 303
    found = str(form_at(client.get(said), "/said")[BOX])
    assert [part.strip() for part in found.split("\n")] == [part.strip() for part in kept.split("\n")], "Word"


def on_the_page(lead: Client, ref: str, kept: str) -> None:
    page = lead.get(f"/minutes/{ref}")
    assert " ".join(kept.split()) in words(page)
    marks = re.search("[\u202a-\u202e\u2066-\u2069]", kept)
    for holder in holders(parse(page), " ".join(kept.split())) if marks else ():
        alone = " ".join("".join(holder.itertext()).split()) == " ".join(kept.split())
        assert holder.tag in ("bdi", "textarea") or (holder.tag in BLOCKS and alone), "its direction is its own"


def holders(page: Element, text: str) -> Iterator[Element]:
    """The innermost elements in which a text stands."""
    for element in page.iter():
        if text in " ".join("".join(element.itertext()).split()) and not any(
            text in " ".join("".join(inner.itertext()).split()) for inner in element
        ):
            yield element


def in_the_letter(ref: str, kept: str) -> None:
    with db.writing() as session:
        ledger.note(session, list(owed.owed(session, now())), "service.test", now())
        session.flush()
        letters = session.scalars(select(Delivery).where(Delivery.about == ref)).all()
        written = [emails.letter(session, delivery, now()) for delivery in letters]
    told = [letter for letter in written if isinstance(letter, Letter)]
    for letter in told:
        wire = message_from_bytes(compose(letter, message_id="<a@b.test>", sender="a@b.test", now=now()).content)
        assert wire.get_all("Bcc") is None and len(wire.get_all("Subject") or ()) == 1
        assert not any(part and part in f"{letter.subject}\n{letter.body}" for part in kept.split("\n"))


def in_the_document(kept: str) -> None:
    assert DocumentMaker()(db, now()) == 1
    with db.reading() as session:
        body = session.scalars(select(Document.body)).one()
    written = "\n".join(part.text for part in docx.Document(io.BytesIO(body)).paragraphs)
    assert kept in written, "as many lines, and each as it was typed"


def in_the_collation(app: Flask, place: World, ref: str, kept: str) -> None:
    with db.writing() as session:
        minutes = session.scalars(select(Minutes).where(Minutes.ref == ref)).one()
        lead = actor_for(session, session.get_one(Person, place.lead).id, now())
        asker = minutes.covers[0].asked.partnership_id
        forwarding.acknowledge(session, lead, minutes, now=now())
        forwarding.share(session, lead, minutes, asker, {r.id: True for r in minutes.responses}, now=now())
        edition = minutes.edition.ref
    officer = worlds.browser_of(app, place.officer)
    rows = list(csv.reader(io.StringIO(officer.get(f"/collation/{edition}/responses.csv").data.decode("utf-8-sig"))))
    cells = [row[HEADINGS.index("Answer")] for row in rows[1:]]
    runs = re.match(r"[\s\"']*[=+\-@＝＋－＠]", kept)
    assert (f"'{kept}" if runs else kept) in cells
    body = officer.get(f"/collation/{edition}/collation.xlsx").data
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        parts = [fromstring(book.read(name)) for name in book.namelist() if name.startswith("xl/worksheets/")]
        texts = [cell for part in parts for cell in part.iter()]
    assert kept in [cell.text for cell in texts if cell.tag.endswith("}t")]
    assert not [cell for cell in texts if cell.tag.endswith("}f")]


@pytest.mark.parametrize("row", ROWS)
def test_a_name_from_a_file_is_one_line_without_overrides_and_makes_one_header(row: str) -> None:
    name = ROWS[row].replace("\x00", "")
    told = {**TEAM, "team": name, "role": "team leader", "name": name, "email": "somebody@example.org"}
    (found,) = read(line(**TRUST, **told))
    assert found.faults == () and found.name == found.team == single_line(name)
    assert not re.search("[\r\n\u202a-\u202e\u2066-\u2069\x00-\x1f]", found.name)
    letter = Letter(to_address="a@b.test", to_name=found.name, subject=f"{found.team}: minutes to read", body="Read.")
    wire = compose(letter, message_id="<a@b.test>", sender="a@b.test", now=now()).content
    headers = message_from_bytes(wire, policy=policy.default)
    assert headers["Subject"] == letter.subject and headers["Bcc"] is None
    assert len(headers["To"].addresses) == 1


@pytest.mark.parametrize("broken", ["\ud800", "half \udfff of one", "\udc00\ud800"])
def test_half_a_character_is_answered_in_words_and_leaves_the_draft_unchanged(
    leader: Client, place: World, broken: str
) -> None:
    said = worlds.begin(leader, place)
    by_form(leader, said, "As it was.")
    before = content()
    answer = by_json(leader, said, broken)
    assert (answer.status_code, answer.mimetype) == (422, "application/json")
    assert "arrived broken" in answer.json["message"]  # type: ignore[index]
    page = form_at(leader.get(said), "/said")
    sent = json.dumps({**page, BOX: broken, "do": "later"})
    headers = {"X-CSRFToken": page["csrf_token"], "Sec-Fetch-Site": "same-origin"}
    answer = leader.post(said, data=sent, content_type="application/json", headers=headers)
    assert answer.status_code == 422 and "arrived broken" in answer.text
    assert content() == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nul\x00", True),
        ("bell\x07 and escape\x1b[31m", True),
        ("no characters\ufffe\uffff", True),
        ("a" + "\u0301" * 40, True),
        ("vt\x0b ff\x0c nel\x85 cr\r\n ls\u2028", False),
    ],
)
def test_whoever_sends_what_no_page_can_show_is_told_once_that_it_was_left_out(
    leader: Client, place: World, text: str, told: bool
) -> None:
    said = worlds.begin(leader, place)
    assert (LEFT_OUT in words(leader.get(by_form(leader, said, text).location))) is told
    assert LEFT_OUT not in words(leader.get(said)), "once"
    for enter in (by_autosave, by_json):
        answer = enter(leader, said, f"{text} {enter.__name__}")
        assert (answer.status_code, answer.get_json()["left_out"]) == (200, LEFT_OUT if told else "")
    page = {**form_at(leader.get(said), "/said"), BOX: text, "points-point-1-yes": "many", "do": "continue"}
    refused = leader.post(said, data=page)
    assert refused.status_code == 422 and (LEFT_OUT in words(refused)) is told


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("blank", ["", "   ", "\n \n", "\u200b\u200d\u2060", "\xa0\t", "\x00"])
def test_empty_spaces_and_zero_width_alone_are_no_answer(
    leader: Client, place: World, channel: str, blank: str
) -> None:
    said = worlds.begin(leader, place)
    assert CHANNELS[channel](leader, said, blank).status_code in (200, 303)
    assert is_blank(stored())
    shown = form_at(leader.get(said), "/said")
    check = leader.post(said, data={**shown, "points-point-1-yes": "3", "do": "continue"}).location
    assert leader.post(check, data=worlds.to_send(leader, check)).status_code == 303
    with db.reading() as session:
        (minutes,) = session.scalars(select(Minutes))
        assert [answer.point.key for answer in minutes.responses] == ["point-1"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_100_000_characters_are_saved_in_time_and_one_more_is_kept_and_counted(
    leader: Client, place: World, channel: str
) -> None:
    text, said = ("ŵ👋\n.") * 25_000, worlds.begin(leader, place)
    with taken(leader) as took:
        for number in range(5):
            assert CHANNELS[channel](leader, said, f"{number}{text[1:]}").status_code in (200, 303)
            assert stored() == f"{number}{text[1:]}"
    assert len(took) >= 5 and max(took) < 1.5, took
    CHANNELS[channel](leader, said, text + "x")
    shown = form_at(leader.get(said), "/said")
    assert shown[BOX] == text + "x"
    refused = leader.post(said, data={**shown, "do": "continue"})
    assert refused.status_code == 422 and "100,001 characters" in refused.text
    assert form_at(refused, "/said")[BOX] == text + "x"


def test_an_answer_longer_than_a_cell_of_a_workbook_says_so_there() -> None:
    whole = "a" * 100_000
    cell = fitting(whole)
    assert len(cell) < 32_767 and cell.startswith("a" * 32_000)
    assert "68,000 more characters do not fit into a cell: they are in the CSV file." in cell
    assert fitting("a" * 32_000) == "a" * 32_000
    assert whole.encode() in b"".join(csv_lines([[whole]]))


@pytest.mark.parametrize("channel", CHANNELS)
def test_keys_of_others_and_repeated_keys_change_nothing(leader: Client, place: World, channel: str) -> None:
    said = worlds.begin(leader, place)
    page = form_at(leader.get(said), "/said")
    wild = {
        "organisation_id": "1",
        "sent_at": "2020-01-01",
        "corrects": "x",
        "points-nobody-words": "x",
        "version": "1",
    }
    fields = {**page, **wild, BOX: ["first", "second"], "do": "autosave"}
    if channel == "JSON":
        token = {"X-CSRFToken": page["csrf_token"]}
        answer = leader.post(
            said, data=json.dumps(fields), content_type="application/json", headers={**SCRIPT, **token}
        )
    else:
        answer = leader.post(said, data={**fields, "do": "later" if channel == "form" else "autosave"}, headers=SCRIPT)
    assert answer.status_code in (200, 303)
    kept = content()
    assert stored() == "first"
    assert "nobody" not in kept["points"] and not set(wild) & (set(kept) - {"version"})
    with db.reading() as session:
        draft = session.scalars(select(Draft)).one()
        assert (draft.sent_at, draft.corrects) == (None, "")
