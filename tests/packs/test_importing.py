"""Briefings in Word and in text become the beginning of a pack, and not a word of them is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from hypothesis import example, given
from hypothesis import strategies as st

from app import boxed
from app.packs.blocks import Pieces
from app.packs.content import when_words
from app.packs.fitting import stands
from app.packs.marking import words_of
from app.packs.placing import Imported, imported
from app.packs.text_reading import read_text
from app.text import clean
from tests.conftest import missing
from tests.packs.briefings import BRIEFINGS, CHALLENGES, CHANGES, LEARNING, QUESTIONS, THEMES, words, words_in

TODAY = date(2026, 11, 30)
REAL = Path(__file__).with_name("deep-dive-as-text.txt")


def of_word(file: bytes) -> Imported:
    """What an import makes of a Word file, read in the box as uploads are."""
    return imported(Pieces.from_json(boxed.read("app.packs.word_reading:read", file)), TODAY)


def of_text(text: str, *, is_markdown: bool = False) -> Imported:
    return imported(read_text(text, is_markdown=is_markdown), TODAY)


def all_words(found: Imported) -> Counter[str]:
    """The words that stand in the pack or are left over, but for the headings and the date that a pack has anyway."""
    drafted = found.drafted
    placed = [drafted["title"], *(one["title"] for one in drafted["sections"] if one["type"] == "other")]
    placed += [words_of(section["markdown"]) for section in drafted["sections"]]
    placed += [f"{point['question']} {words_of(point['note'])}" for point in drafted["points"]]
    placed += [said["text"] for said in drafted["recommendations"]]
    texts = [*placed, *(one.text for one in found.left_over)]
    placed += [
        one["audience"] for one in drafted["recommendations"] if not any(stands(one["audience"], t) for t in texts)
    ]
    return words(*placed, *(one.text for one in found.left_over))


def letters(told: Counter[str]) -> Counter[str]:
    """How often each letter and figure stands in these words."""
    return Counter("".join(told.elements()))


def folded(told: Counter[str]) -> Counter[str]:
    """The same in small letters."""
    small = Counter[str]()
    for word, count in told.items():
        small[word.casefold()] += count
    return small


def as_they_are(told: Counter[str]) -> Counter[str]:
    return told


def nothing_lost(
    found: Imported, source: Counter[str], of: Callable[[Counter[str]], Counter[str]] = as_they_are
) -> bool:
    """Whether every word of a source stands in the pack or is left over, each once. Headings and a date that a pack has
    anyway may say theirs in their own spelling."""
    said = [one["title"] for one in found.drafted["sections"] if one["type"] != "other"]
    said += [when_words(found.drafted["published"])] if found.drafted["published"] else []
    told, whole = of(all_words(found)), of(source)
    return folded(whole - told) <= of(folded(words(*said))) and not told - whole


def listed(found: Imported, kind: str) -> list[str]:
    """The items of the section of a kind, in plain words."""
    text = next(section["markdown"] for section in found.drafted["sections"] if section["type"] == kind)
    return [words_of(line) for line in text.split("\n") if line.startswith("- ") or line[:1].isdigit()]


@pytest.mark.parametrize("name", BRIEFINGS)
def test_no_word_of_a_briefing_is_lost(name: str) -> None:
    file = BRIEFINGS[name]()
    found = of_word(file)
    assert nothing_lost(found, words_in(file))
    assert [point["question"] for point in found.drafted["points"]][:3] == list(QUESTIONS)


@pytest.fixture(scope="module")
def saved_again(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same briefings, opened and saved by LibreOffice."""
    soffice = shutil.which("soffice") or missing("LibreOffice") or ""
    folder = tmp_path_factory.mktemp("briefings")
    for name, make in BRIEFINGS.items():
        (folder / f"{name}.docx").write_bytes(make())
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    order = [soffice, profile, "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder / "out")]
    files = [str(folder / f"{name}.docx") for name in BRIEFINGS]
    home = {**os.environ, "HOME": str(folder)}
    subprocess.run([*order, *files], env=home, check=True, capture_output=True, timeout=120)
    return {name: (folder / "out" / f"{name}.docx").read_bytes() for name in BRIEFINGS}


@pytest.mark.parametrize("name", BRIEFINGS)
def test_no_word_is_lost_after_libreoffice_saved_it(name: str, saved_again: dict[str, bytes]) -> None:
    found = of_word(saved_again[name])
    assert nothing_lost(found, words_in(saved_again[name]))
    assert [point["question"] for point in found.drafted["points"]][:3] == list(QUESTIONS)


@pytest.mark.parametrize(
    ("name", "kind", "items"),
    [
        ("heading_styles", "key_themes", THEMES),
        ("heading_styles", "key_challenges", CHALLENGES),
        ("heading_styles", "learning_identified", LEARNING),
        ("bold_headings", "key_themes", THEMES),
        ("bold_headings", "key_challenges", CHALLENGES),
        ("bold_headings", "learning_identified", LEARNING),
        ("seven_minutes", "key_themes", THEMES),
        ("seven_minutes", "key_challenges", CHALLENGES),
        ("columns", "key_themes", THEMES),
        ("columns", "key_challenges", CHALLENGES),
        ("columns", "learning_identified", LEARNING),
        ("text_boxes", "key_themes", THEMES),
        ("text_boxes", "learning_identified", LEARNING),
        ("slides", "key_themes", THEMES),
        ("slides", "key_challenges", CHALLENGES),
        ("pictures", "learning_identified", LEARNING),
        ("changed", "learning_identified", LEARNING),
        ("foreign", "learning_identified", LEARNING),
    ],
)
def test_lists_come_under_the_section_that_their_heading_means(name: str, kind: str, items: tuple[str, ...]) -> None:
    assert listed(of_word(BRIEFINGS[name]()), kind) == list(items)


def test_notes_and_the_figures_of_a_chart_are_left_over_with_where_they_stood_and_a_diagram_is_read() -> None:
    left = {one.why: one.text for one in of_word(BRIEFINGS["pictures"]()).left_over}
    assert left["a footnote to “Falls were seen in every season. …”"] == "Counted by the ambulance service."
    assert left["an endnote to “Falls were seen in every season. …”"] == "The figures for 2024 came late."
    found = of_word(BRIEFINGS["foreign"]())
    shown = "Families by language\nHouseholds | Polish | Arabic | Punjabi | 12 | 7 | 5"
    assert [one.text for one in found.left_over if one.why == "in a chart"] == [shown]
    assert {"Ask", "Listen twice", "Write it down"} <= set(listed(found, "background"))


@pytest.mark.parametrize("name", ["heading_styles", "bold_headings", "seven_minutes", "numbered"])
def test_recommendations_are_found(name: str) -> None:
    assert [said["text"] for said in of_word(BRIEFINGS[name]()).drafted["recommendations"]] == list(CHANGES)


def test_the_real_briefing_needs_no_hand_work() -> None:
    found = of_text(REAL.read_text())
    assert nothing_lost(found, words(REAL.read_text()))
    kinds = ("key_themes", "key_challenges", "learning_identified")
    assert [len(listed(found, kind)) for kind in kinds] == [9, 3, 4]
    assert listed(found, "key_themes")[2].startswith(
        "Multi-agency process"
    )  # from another page, whose heading is there
    assert [said["audience"] for said in found.drafted["recommendations"]] == [
        "Children's Services",
        "Health Professionals",
        "Social Workers",
        "ESSCP",
    ]
    assert [point["kind"] for point in found.drafted["points"]] == ["open", "knowledge_check", "open"]
    method = next(one["markdown"] for one in found.drafted["sections"] if one["type"] == "method")
    assert len(method.split("\n\n")) == 2  # the heading stood below it
    assert [one["type"] for one in found.drafted["sections"]] == [
        *("background", "method", "key_themes", "key_challenges", "learning_identified", "recommendations"),
        *("other", "points_for_discussion"),
    ]
    assert (found.drafted["published"], found.drafted["source_partnership"]) == ("2021-04", "esscp")


@pytest.mark.parametrize(
    ("text", "title", "left"),
    [
        ("Good practice: the school rang both parents\n\n- They came.", "Key themes (good practice)", []),
        ("What went well\n\n- They came.", "Key themes (good practice)", ["What went well"]),
        ("GOOD PRACTICE\n\n- They came.", "Key themes (good practice)", []),
        ("4. Background\n\nThey came.", "Background", ["4."]),
        ("Recommendations: what the board asks\n\n- Go.", "Recommendations", ["Recommendations: what the board asks"]),
    ],
)
def test_a_heading_of_its_own_words_is_kept_below_that_of_the_pack_or_left_over(
    text: str, title: str, left: list[str]
) -> None:
    found = of_text(f"A briefing\n\n{text}")
    section = found.drafted["sections"][0]
    assert section["title"] == title and [one.text for one in found.left_over] == left
    assert section["markdown"].startswith("### Good practice: the school rang both parents") == ("both" in text)
    assert nothing_lost(found, words(f"A briefing {text}"))


def test_what_stands_beside_a_date_and_the_end_of_a_long_title_are_left_over() -> None:
    title = " ".join(f"word{n}" for n in range(35))
    text = f"# {title}\n\nVersion 2, updated April 2021, owner QA\n\n## Background\n\nWhy."
    found = of_text(text)
    assert found.drafted["published"] == "2021-04" and len(found.drafted["title"]) <= 150
    left = {one.why: one.text for one in found.left_over}
    assert left["it became the date April 2021"] == "Version 2, updated April 2021, owner QA"
    assert f"{found.drafted['title']} {left['the end of the title']}" == title
    assert [one.text for one in of_text("# A\n\nApril 2021\n\n## Background\n\nWhy.").left_over] == []


def with_table(*rows: tuple[str, ...], heading: str = "") -> bytes:
    """A Word document of which the last is a table."""
    document, file = Document(), BytesIO()
    document.add_heading("Falls on stairs", 0)
    document.add_heading("Background", 1)
    document.add_paragraph("Children fell on the stairs of the old town hall in every winter since it was built.")
    if heading:
        document.add_heading(heading, 1)
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.save(file)
    return file.getvalue()


@pytest.mark.parametrize("heading", ["Recommendations", "Action plan", ""])
@pytest.mark.parametrize(
    ("head", "numbered"),
    [(("Recommendation", "Who", "By when"), False), (("No", "Action", "Lead", "Date"), True)],
)
def test_each_row_of_an_action_table_is_one_recommendation(heading: str, head: tuple[str, ...], numbered: bool) -> None:
    asked = [("Review the bruising policy.", "Schools", "May 2025"), ("Ask about fathers", "Midwives", "June 2025")]
    rows = [(str(i), *row) if numbered else row for i, row in enumerate(asked, 1)]
    file = with_table(head, *rows, heading=heading)
    found = of_word(file)
    assert [(one["audience"], one["text"]) for one in found.drafted["recommendations"]] == [
        ("Schools", "Review the bruising policy. (May 2025)"),
        ("Midwives", "Ask about fathers (June 2025)"),
    ]
    assert found.drafted["published"] == "" and nothing_lost(found, words_in(file))
    left = {one.why for one in found.left_over} - {f"a heading, now “{heading}”"}
    assert "the names of the columns of a table" in left and ("the number of a row of a table" in left) == numbered
    assert not [one.what for one in found.doubts if "was put into" in one.what]


@pytest.mark.parametrize(
    "head", [("No.", "Questions for your team", "Answer"), ("No.", "Question", "Notes"), ("#", "Discussion point", "")]
)
def test_a_column_of_questions_becomes_points_for_discussion_without_a_heading_above(head: tuple[str, ...]) -> None:
    file = with_table(head, ("1", "Who calls?", "The nurse"), ("2", "When do you call?", ""))
    found = of_word(file)
    asked = [(one["question"], one["note"]) for one in found.drafted["points"]]
    assert asked == [("Who calls?", "The nurse"), ("When do you call?", "")]
    assert nothing_lost(found, words_in(file))


def test_the_names_of_columns_are_no_headings_where_a_table_is_none_of_actions() -> None:
    file = with_table(("Background", "2023", "2024"), ("North", "4", "7"), ("South", "9", "3"), heading="Method")
    found = of_word(file)
    method = next(one["markdown"] for one in found.drafted["sections"] if one["type"] == "method")
    assert method == "Background | 2023 | 2024\n\n- North | 4 | 7\n- South | 9 | 3"
    assert nothing_lost(found, words_in(file))


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("# A\n\n## Background\n\nShe was born on 4 June 2022 in winter.", True),
        ("# A\n\n## Background\n\nPublished in June 2022 by the office.", False),
        ("# A\n\n## Background\n\nJune 2022", False),
        ("# A, June 2022\n\n## Background\n\nWhy.", False),
        ("# A\n\nAn office, June 2022\n\n## Background\n\nWhy.", False),
    ],
)
def test_a_date_that_nothing_says_is_that_of_the_document_is_doubted(text: str, doubted: bool) -> None:
    found = of_text(text)
    assert found.drafted["published"].startswith("2022-06")
    told = [one.what for one in found.doubts if "was found in" in one.what]
    assert (
        told
        == ["The date 4 June 2022 was found in “She was born on 4 June 2022 in …”: see whether it is right."][
            : int(doubted)
        ]
    )


def test_a_heading_that_says_for_whom_is_that_of_the_recommendations_below_it() -> None:
    above = ("For health", "Recommendations for the schools of the county:", "Records")
    below = ("- Ask about fathers\n- Record it", "- The Trust should ring", "- Write")
    text = "\n\n".join(["# A\n\n## Recommendations", *(f"### {h}\n\n{t}" for h, t in zip(above, below, strict=True))])
    found = of_text(text)
    audiences = [one["audience"] for one in found.drafted["recommendations"]]
    assert audiences == ["Health", "Health", "Schools of the county", ""]
    assert [one.what for one in found.doubts if one.where == "Recommendations"] == [
        f"“{heading}” became whom the recommendations below it are for." for heading in above[:2]
    ]
    assert [one.text for one in found.left_over] == list(above)
    assert nothing_lost(found, words(text))


CHARACTERS = st.characters(exclude_categories=["Cs"])
KNOWN = st.sampled_from(
    [
        *(
            "",
            "",
            "# Title",
            "## Background",
            "Key themes",
            "- an item",
            "  - below",
            "1. first",
            "2) second",
            "o old",
            "3",
        ),
        *(
            "4",
            "Page 2 of 7",
            "Method",
            "a sentence that goes",
            "on here.",
            "WHAT WENT WELL",
            "\f",
            "| a | b |",
            "|---|---|",
        ),
        *(
            "**Bold**",
            "Is this a question?",
            "![a picture](x.png)",
            "[a]: https://a.example",
            "> said",
            "inter-",
            "===",
        ),
        *(
            "From: a@b.example",
            "To: all;",
            "Subject: FW: one *two*",
            "Dear all,",
            "> - quoted",
            ">> Key themes",
            "Kind regards,",
            "--",
            "•",
            "•Ask",
            "soft\u00ad",
            "a    wide gap",
        ),
    ]
)
TYPED = st.one_of(KNOWN, st.text(CHARACTERS, max_size=30), st.text("ab *_[]()<>#`&;-+.1!|~=\\", max_size=20))
MARKED = st.one_of(KNOWN, st.text("ab #-+.1!|~=", max_size=20))  # stars within a word would make two of it here


@given(st.lists(TYPED, max_size=25))
@example(["# Title", "0*0*"])
def test_no_word_of_any_text_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    found, given_words = of_text(text), words(*map(clean, text.split("\f")))
    if any(line.startswith("#") for line in lines):  # taken for Markdown, where stars within a word make one of two
        assert nothing_lost(found, given_words, letters)
    else:
        assert nothing_lost(found, given_words)


@given(st.lists(MARKED, max_size=25))
@example(["1."])
def test_no_word_of_any_markdown_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert nothing_lost(of_text(text, is_markdown=True), words(text))
