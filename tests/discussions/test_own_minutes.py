"""Minutes in Word that a team attaches as they are: kept byte for byte, for the team and its leads, and nobody else."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.clock import now
from app.database import db
from app.discussions.drafts import Draft
from app.discussions.own_files import AttachedFile, DraftFile, MinutesFile
from app.discussions.own_words import LONGEST_NAME, file_name, read
from app.errors import Invalid
from app.forwarding.making import make_documents
from app.forwarding.models import Document
from tests.base import word_made
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import World, form_at, words

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CANARY = "Heron on the roof"
BODY = word_made.made(word__document_xml=word_made.body(CANARY))
OTHER = word_made.made(word__document_xml=word_made.body("Another file"))
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def attach(client: Client, place: World, body: bytes, name: str = "Our minutes.docx", **more: str) -> TestResponse:
    url = f"/asked/{place.asked}/own-minutes"
    fields = {**form_at(client.get(url), "/own-minutes"), **more}
    parts = [(f'name="{key}"', text.encode()) for key, text in fields.items()]
    parts.append((f'name="file"; filename="{name}"', body))
    head = b"--parts\r\nContent-Disposition: form-data; "
    data = b"".join(head + named.encode() + b"\r\n\r\n" + content + b"\r\n" for named, content in parts)
    return client.post(url, data=data + b"--parts--\r\n", content_type="multipart/form-data; boundary=parts")


def stored(model: Any) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def recorded(client: Client, place: World) -> str:
    """The three facts of a meeting, the file, and nothing else; the address of the last page."""
    assert attach(client, place, BODY).status_code == 303
    facts = {**worlds.DAY, "setting": "inset", "present": "8", "do": "continue"}
    second = client.post_form(place.meeting, facts, at="/meeting").location
    return str(client.post_form(second, {"do": "continue"}, at="/said").location)


def sent(client: Client, place: World) -> str:
    """The same, sent; the address of the minutes."""
    answer = client.post_form(recorded(client, place), {"nobody_known": "yes"}, at="/check")
    assert answer.status_code == 303, answer.text
    return str(answer.location).removesuffix("/sent")


def test_minutes_may_be_the_three_facts_and_the_file_which_comes_back_byte_for_byte(
    app: Flask, leader: Client, place: World
) -> None:
    check = recorded(leader, place)
    page = words(leader.get(check))
    assert "Your own minutes (Word) Our minutes.docx" in page and "See your attached minutes" in page
    assert "only your team and its safeguarding leads can open them" in page
    minutes = sent_from(leader, check)
    for who in (place.leader, place.colleague, place.lead, place.deputy):
        browser = worlds.browser_of(app, who)
        shown = words(browser.get(minutes))
        assert "The team’s own minutes in Word: Our minutes.docx" in shown and "Not discussed" not in shown
        answer = browser.get(f"{minutes}/own-minutes.docx")
        assert answer.data == BODY and answer.mimetype == WORD
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    with db.reading() as session:
        file = session.scalars(sa.select(AttachedFile)).one()
        assert (file.digest, file.size) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    for who in (place.officer, place.stranger):
        assert worlds.browser_of(app, who).get(f"{minutes}/own-minutes.docx").status_code == 404


def sent_from(client: Client, check: str) -> str:
    answer = client.post_form(check, {"nobody_known": "yes"}, at="/check")
    assert answer.status_code == 303, answer.text
    return str(answer.location).removesuffix("/sent")


def test_nothing_of_it_leaves_the_organisation(app: Flask, leader: Client, place: World) -> None:
    minutes = sent(leader, place)
    lead = worlds.browser_of(app, place.lead)
    shared = lead.post_form(minutes, {"decision": "share"}, at="/decision")
    assert shared.status_code == 303, words(shared)
    make_documents(db, now())
    with db.reading() as session:
        bodies = session.scalars(sa.select(Document.body)).all()
        draft = session.scalars(sa.select(Draft).where(Draft.sent_at.is_not(None), Draft.corrects == "")).all()[-1]
        edition = draft.asked.circulation.edition.ref
    assert bodies and not [body for body in bodies if CANARY in everything(body) or "Our minutes" in everything(body)]
    assert hashlib.sha256(BODY).hexdigest() in everything(bodies[0])
    officer = worlds.browser_of(app, place.officer)
    coverage = officer.get(f"/collation/{edition}")
    assert coverage.status_code == 200
    seen = [coverage]
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("collation.") and rule.arguments <= {"edition", "key"}:
            url = rule.rule.replace("<ref:edition>", edition).replace("<key>", "point-0")
            seen.append(officer.get(url))
    assert len([page for page in seen if page.status_code == 200]) >= 6
    for page in seen:
        text = everything(page.data)
        assert CANARY not in text and "Our minutes" not in text and "own-minutes" not in text


def everything(body: bytes) -> str:
    """What can be read in a page or a file, unpacked."""
    if body[:2] != b"PK":
        return body.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


def test_it_is_replaced_and_taken_away_before_sending_and_then_it_is_gone(leader: Client, place: World) -> None:
    assert attach(leader, place, BODY).status_code == 303
    assert attach(leader, place, BODY).status_code == 303 and stored(AttachedFile) == 1
    assert attach(leader, place, OTHER).status_code == 303 and stored(AttachedFile) == 1
    url = f"/asked/{place.asked}/own-minutes"
    assert leader.get(leader_link(leader, url)).data == OTHER
    answer = leader.post_form(url, {}, at="/take-away")
    assert answer.status_code == 303 and stored(AttachedFile) == stored(DraftFile) == 0
    assert "Attached now" not in words(leader.get(url))
    assert attach(leader, place, BODY).status_code == 303
    draft = leader.get(leader.post_form(place.meeting, {"do": "later"}, at="/meeting").location)
    throw = next(a for a in draft.text.split('"') if a.endswith("/throw-away"))
    assert leader.post_form(throw, {}, at="/throw-away").status_code == 303
    assert stored(AttachedFile) == 0, "a draft that is thrown away takes its file with it"


def leader_link(client: Client, url: str) -> str:
    return next(part for part in client.get(url).text.split('"') if part.endswith("/own-minutes.docx"))


def test_a_correction_keeps_the_file_or_replaces_it_and_the_older_version_has_its_own(
    app: Flask, leader: Client, place: World
) -> None:
    first = sent(leader, place)
    said = leader.post_form(first, {}, at="/correct").location
    check = leader.post_form(said, {"do": "continue"}, at="/said").location
    refused = leader.post_form(check, {"nobody_known": "yes"}, at="/check")
    assert refused.status_code == 422 and "Nothing here differs" in words(refused)
    assert attach(leader, place, OTHER, "New.docx").status_code == 303
    second = sent_from(leader, check)
    assert leader.get(f"{first}/own-minutes.docx").data == BODY
    assert leader.get(f"{second}/own-minutes.docx").data == OTHER
    changed = words(leader.get(second))
    assert "Attached minutes (Word): [removed: Our minutes.docx, attached on" in changed
    said = leader.post_form(second, {}, at="/correct").location
    check = leader.post_form(said, {"points-point-0-words": "More.", "do": "continue"}, at="/said").location
    third = sent_from(leader, check)
    assert leader.get(f"{third}/own-minutes.docx").data == OTHER and stored(AttachedFile) == 2
    said = leader.post_form(third, {}, at="/correct").location
    assert leader.post_form(f"/asked/{place.asked}/own-minutes", {}, at="/take-away").status_code == 303
    fourth = sent_from(leader, leader.post_form(said, {"do": "continue"}, at="/said").location)
    assert leader.get(f"{fourth}/own-minutes.docx").status_code == 404
    assert stored(AttachedFile) == 2 and stored(MinutesFile) == 3


def test_nobody_replaces_or_sends_a_file_that_she_has_not_seen(app: Flask, leader: Client, place: World) -> None:
    check = recorded(leader, place)
    page = worlds.to_send(leader, check)
    other = worlds.browser_of(app, place.colleague)
    assert attach(leader, place, OTHER, seen="").status_code == 409
    assert "after you opened this page" in words(attach(other, place, OTHER, seen="zzzzzzzzzzzz"))
    assert attach(other, place, OTHER).status_code == 303
    refused = leader.post(check, data=page)
    assert refused.status_code == 409 and "changed after you opened it" in words(refused)


def test_typing_goes_on_beside_a_file_that_began_the_draft(leader: Client, place: World) -> None:
    page = form_at(leader.get(place.meeting), "/meeting")
    assert attach(leader, place, BODY).status_code == 303
    answer = leader.post(place.meeting, data={**page, **worlds.MEETING, "do": "continue"})
    assert answer.status_code == 303, words(answer)[:300]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "Choose the Word file"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (word_made.made(word__vbaProject_bin=b"x"), "macros"),
        (word_made.made("application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
        (word_made.made(word___rels__settings_xml_rels=word_made.relation("attachedTemplate", "http://x.example/t.dotm")),
         "from elsewhere"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
    ids=["nothing", "a PDF", "encrypted", "macros", "named for macros", "a template from elsewhere", "too large"],
)  # fmt: skip
def test_what_is_no_plain_word_document_is_told_in_a_sentence_and_begins_no_draft(
    leader: Client, place: World, body: bytes, told: str
) -> None:
    answer = attach(leader, place, body)
    assert answer.status_code == 422 and told in words(answer), words(answer)[:600]
    assert stored(Draft) == stored(AttachedFile) == 0


def field(code: str) -> str:
    run = f"<w:r><w:instrText>{code[:3]}</w:instrText></w:r><w:r><w:instrText>{code[3:]}</w:instrText></w:r>"
    return word_made.body().replace("<w:r>", f"{run}<w:r>", 1)


def chunk() -> str:
    return word_made.relation("aFChunk", "chunk.html").replace(' TargetMode="External"', "")


@pytest.mark.parametrize(
    "parts",
    [
        {"word___rels__document_xml_rels": word_made.relation("image", "https://x.example/seen.png")},
        {"word___rels__document_xml_rels": word_made.relation("oleObject", "file://x.example/a.doc")},
        {"word___rels__document_xml_rels": chunk()},
        {"word__embeddings__oleObject1_bin": b"x"},
        {"word__activeX__activeX1_xml": "<a/>"},
        {"word__document_xml": field(" DDEAUTO c:\\x.exe ")},
    ],
    ids=["a picture from elsewhere", "a linked object", "a chunk", "an object", "a control", "a field that runs"],
)
def test_what_would_do_something_when_the_lead_opens_it_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read(word_made.made(**parts))


def test_links_and_pictures_of_its_own_are_nothing_to_refuse() -> None:
    links = word_made.relation("hyperlink", "https://www.example.gov.uk/")
    assert read(word_made.made(word___rels__document_xml_rels=links)) == 1
    empty = word_made.body("")
    with pytest.raises(Invalid, match="nothing in this document"):
        read(word_made.made(word__document_xml=empty.replace("<w:p><w:r><w:t></w:t></w:r></w:p>", "")))
    assert read(word_made.made(word__document_xml=empty, word__media__image1_png=b"\x89PNG")) >= 0


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Minutes 12 June.docx", "Minutes 12 June.docx"),
        ("C:\\Users\\me\\Minutes.DOCX", "Minutes.docx"),
        ("../../etc/passwd", "passwd.docx"),
        ("x\u202excod.exe", "xxcod.exe.docx"),
        ("a\u200bb\r\nSet-Cookie: x.docx", "ab Set-Cookie x.docx"),
        ('"; filename="evil.exe', "; filename= evil.exe.docx"),
        ("", "minutes.docx"),
        (".docx", "minutes.docx"),
        ("CON.docx", "minutes.docx"),
        ("\ud800.docx", "minutes.docx"),
        ("Protokół ß 日本.docx", "Protokół ß 日本.docx"),
    ],
)
def test_a_name_is_cleaned(given: str, name: str) -> None:
    assert file_name(given) == name
    assert file_name(file_name(given)) == name


def test_a_name_is_never_long_and_survives_the_header(app: Flask, leader: Client, place: World) -> None:
    assert len(file_name("ż" * 300 + ".docx")) == LONGEST_NAME
    assert attach(leader, place, BODY, "Protokół „5” .docx").status_code == 303
    link = leader_link(leader, f"/asked/{place.asked}/own-minutes")
    header = leader.get(link).headers["Content-Disposition"]
    assert header.isascii() and header.startswith('attachment; filename="Protok 5.docx"; filename*=')
    assert unquote(header.rpartition("''")[2]) == "Protokół „5”.docx"


def test_a_file_that_is_kept_is_never_changed(app: Flask, leader: Client, place: World) -> None:
    assert attach(leader, place, BODY).status_code == 303
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), db.writing() as session:
        session.execute(sa.text("UPDATE attached_file SET name = 'x'"))
