"""`packs import`: from a file to a pack folder, saying what to look at and what was left."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from app import boxed
from app.packs.content import SectionType
from app.packs.folder import read_folder
from tests.packs.briefings import heading_styles

REAL = Path(__file__).with_name("deep-dive-as-text.txt")


def run(app: Flask, *words: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["packs", "import", *words])
    return done.exit_code, done.output


def test_a_folder_is_written_that_wants_nothing_but_its_notes(app: Flask, tmp_path: Path) -> None:
    into = tmp_path / "packs" / "deep-dive"
    code, said = run(app, str(REAL), "--into", str(into))
    assert code == 0
    assert "8 sections, 3 points for discussion, 4 recommendations" in said
    assert "- the number of a page: 1, 2, 7, 3, 4, 5, 6" in said
    assert said.count("“note” is empty") == 3 and "“points” is empty" not in said
    facts = into / "pack.yaml"
    facts.write_text(facts.read_text().replace('note: ""', "note: Say what it is."))
    content = read_folder(into)
    counts = {section.type: section.items for section in content.sections}
    assert (counts[SectionType.KEY_THEMES], counts[SectionType.KEY_CHALLENGES]) == (9, 3)
    assert (counts[SectionType.LEARNING_IDENTIFIED], len(content.recommendations), len(content.points)) == (4, 4, 3)


def test_a_word_document_is_read_too(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "babies.docx"
    file.write_bytes(heading_styles())
    code, said = run(app, str(file), "--into", str(tmp_path / "babies"))
    assert code == 0 and "3 points for discussion, 2 recommendations" in said
    text = (tmp_path / "babies" / "briefing.md").read_text()
    assert "Six babies were seen **with bruises** within two years" in text
    assert "### The families" in text


def test_a_folder_that_holds_a_pack_is_left_alone(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("title: mine\n")
    code, said = run(app, str(REAL), "--into", str(tmp_path))
    assert code == 1 and "holds pack.yaml already" in said
    assert (tmp_path / "pack.yaml").read_text() == "title: mine\n"


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("a.docx", b"", "This file is empty"),
        ("a.docx", b"%PDF-1.7", "This is a PDF"),
        ("a.pdf", b"%PDF-1.7", "Upload the Word document that it was made from, or paste its text."),
        ("a.eml", b"From: an office\n\nWords.", "Paste its text"),
        ("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Paste its text"),
        ("a.txt", b"\0\x01\x02", "This file is not text"),
        ("a.txt", b" \n\n ", "There is nothing to read"),
        ("a.md", b"![a picture](x.png)", "There is nothing to read"),
        ("a.txt", b"x" * 1_000_001, "longer than 300,000 characters"),
        ("a.txt", b"x" * (boxed.LARGEST + 1), "larger than 10 MB"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_written(
    app: Flask, tmp_path: Path, name: str, body: bytes, sentence: str
) -> None:
    file = tmp_path / name
    file.write_bytes(body)
    code, said = run(app, str(file), "--into", str(tmp_path / "new"))
    assert code == 1 and sentence in said
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_text_in_the_encodings_of_windows_is_read(app: Flask, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("Background\n\nThe family’s café – £5.".encode(encoding))
    assert run(app, str(file), "--into", str(tmp_path / "new"))[0] == 0
    assert "The family’s café – £5." in (tmp_path / "new" / "briefing.md").read_text()
