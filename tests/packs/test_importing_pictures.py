"""Pictures of a Word document come along: where they stand, with how they are described, and none goes unsaid."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from docx import Document
from docx.document import Document as Docx
from docx.shared import Pt
from flask import Flask

from app import boxed
from app.errors import Invalid
from app.packs.blocks import Pieces
from app.packs.importing import pieces_of
from app.packs.pictures import shown_in
from app.packs.placing import Imported, imported
from tests.client import Client
from tests.packs.briefings import LEARNING, QUESTIONS, pictures, words_in
from tests.packs.drawn import drawn, with_a_place
from tests.packs.test_folder import faults
from tests.packs.test_import_command import run
from tests.packs.test_importing import TODAY, nothing_lost
from tests.packs.test_making import begun, officers, page

__all__ = ["officers"]
CHART = "Falls by season: three in spring, five in autumn"


def read(file: bytes) -> tuple[Pieces, Imported]:
    pieces = pieces_of("a.docx", file, boxed.read)
    return pieces, imported(pieces, TODAY)


def saved(document: Docx) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def put(document: Docx, body: bytes, words: str = "") -> None:
    document.add_picture(BytesIO(body), width=Pt(90))._inline.docPr.set("descr", words)


def replaced(file: bytes, body: bytes) -> bytes:
    """The same document, whose pictures are all of these bytes."""
    made = BytesIO()
    with ZipFile(BytesIO(file)) as before, ZipFile(made, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, body if name.startswith("word/media/") else before.read(name))
    return made.getvalue()


def shown(found: Imported) -> list[tuple[str, str, str]]:
    """The heading of a section, and the name and words of a picture that it shows."""
    return [(s["title"], one.name, one.words) for s in found.drafted["sections"] for one in shown_in(s["markdown"])]


def what(found: Imported) -> list[str]:
    return [doubt.what for doubt in found.doubts]


def test_a_picture_comes_where_it_stands_with_its_description_and_one_without_is_said() -> None:
    pieces, found = read(pictures())
    assert shown(found) == [("Background", "picture-1.png", CHART), ("Background", "picture-1.png", "")]
    assert list(pieces.taken) == ["picture-1.png"]
    assert "A picture in “Background” has no words. Write what it shows." in what(found)
    assert not [one for one in found.left_over if "picture" in one.why]
    assert nothing_lost(found, words_in(pictures()))


@pytest.mark.parametrize("body", [drawn("GIF"), b"\x01\0\0\0EMF of some kind", b"<svg/>", b""])
def test_one_that_cannot_be_shown_is_left_over_with_its_words_and_why(body: bytes) -> None:
    file = replaced(pictures(), body)
    pieces, found = read(file)
    assert shown(found) == [] and pieces.taken == {}
    assert [one.text for one in found.left_over if one.why == "what a picture shows that was not taken over"] == [CHART]
    assert [said for said in what(found) if said.startswith("A picture was not taken over. This is")]
    assert nothing_lost(found, words_in(file))


def test_a_photograph_is_made_plain_on_its_way() -> None:
    file = replaced(pictures(), with_a_place())
    pieces, found = read(file)
    assert [name for _, name, _ in shown(found)] == ["picture-1.jpg", "picture-1.jpg"]
    assert (pieces.taken["picture-1.jpg"].width, b"camera" in pieces.taken["picture-1.jpg"].body) == (40, False)


def test_pictures_on_the_title_page_in_lists_in_tables_and_below_questions_are_all_there() -> None:
    document = Document()
    put(document, drawn(colour="navy"), "The sign of the partnership")
    document.add_heading("Injuries on the stairs", 0)
    document.add_heading("Background", 1)
    document.add_paragraph("Falls were seen in every season.")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "A table with a picture"
    table.rows[0].cells[1].paragraphs[0].add_run().add_picture(BytesIO(drawn(colour="red")))
    document.add_heading("Key messages", 1)
    document.add_paragraph(LEARNING[0], style="List Bullet")
    put(document, drawn(colour="green"), "Is this a gate?")
    document.add_paragraph(LEARNING[1], style="List Bullet")
    document.add_heading("Discussion points", 1)
    document.add_paragraph(QUESTIONS[0], style="List Bullet")
    put(document, drawn(colour="white"), "Two stairs [steep] *very*")
    document.add_paragraph(QUESTIONS[1], style="List Bullet")
    file = saved(document)
    pieces, found = read(file)
    assert found.drafted["title"] == "Injuries on the stairs"
    assert shown(found) == [
        ("Background", "picture-1.png", "The sign of the partnership"),
        ("Background", "picture-2.png", ""),
        ("Learning identified", "picture-3.png", "Is this a gate?"),
        ("Points for discussion", "picture-4.png", "Two stairs [steep] *very*"),
    ]
    assert [point["question"] for point in found.drafted["points"]] == list(QUESTIONS[:2])
    assert not any("![" in point["note"] for point in found.drafted["points"])
    assert len(pieces.taken) == 4
    assert nothing_lost(found, words_in(file))


def test_more_than_a_pack_may_hold_are_counted() -> None:
    document = Document()
    document.add_heading("Many", 0)
    document.add_heading("Background", 1)
    document.add_paragraph("Words.")
    for number in range(22):
        put(document, drawn(size=(number + 1, 9)), f"Picture {number}")
    file = saved(document)
    _, found = read(file)
    assert len(shown(found)) == 20
    assert "2 pictures were not taken over: there are too many" in " ".join(what(found))
    assert nothing_lost(found, words_in(file))


def test_an_officer_finds_the_pictures_in_the_draft(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = begun(client, how="file", file=(BytesIO(replaced(pictures(), drawn())), "stairs.docx"))
    assert client.get(f"{url}/pictures/picture-1.png").data == drawn()
    assert "A picture in “Background” has no words." in page(client, url)
    assert "The picture “picture-1.png” has no words." in page(client, f"{url}/sections")


def test_the_command_writes_them_beside_the_text(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "stairs.docx").write_bytes(replaced(pictures(), drawn()))
    code, said = run(app, str(tmp_path / "stairs.docx"), "--into", str(tmp_path / "stairs"))
    assert code == 0 and "has no words" in said
    assert (tmp_path / "stairs" / "images" / "picture-1.png").read_bytes() == drawn()
    assert {fault.file for fault in faults(tmp_path / "stairs")} == {"pack.yaml", "briefing.md"}
    code, said = run(app, str(tmp_path / "stairs.docx"), "--into", str(tmp_path / "stairs"))
    assert code == 1


def test_a_document_that_is_nothing_but_pictures_says_so() -> None:
    document = Document()
    put(document, drawn())
    with pytest.raises(Invalid, match="There is nothing to read"):
        read(saved(document))
