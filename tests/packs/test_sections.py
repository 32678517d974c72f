"""briefing.md: which headings it may have, and what may not stand in its Markdown, line by line."""

from __future__ import annotations

import pytest

from app.packs.content import SectionType
from app.packs.drafted import shaped
from app.packs.judging import judged
from app.packs.sections import SECTION_LENGTH, plain_note, read_sections

TEXT = """\
## Background

First words.

## Method

Second words
over two lines.

## Key challenges

- One
  and more

  - inside one
- Two

> ## not here
"""


def faults(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in read_sections(text)[1]]


def the_fault(text: str) -> tuple[int, str]:
    found = faults(text)
    assert len(found) == 1, found
    return found[0]


GOOD = TEXT.replace("> ## not here\n", "")


def test_good_text_has_no_faults_and_its_items_are_counted() -> None:
    sections, found = read_sections(GOOD)
    assert found == []
    assert [(s.type, s.items) for s in sections] == [
        (SectionType.BACKGROUND, 0),
        (SectionType.METHOD, 0),
        (SectionType.KEY_CHALLENGES, 2),
    ]
    assert sections[1].markdown == "Second words\nover two lines."


def test_the_headings_are_exactly_the_section_types() -> None:
    assert [kind.heading for kind in SectionType] == [
        "Background",
        "Method",
        "Key themes (good practice)",
        "Key challenges",
        "Learning identified",
        "Recommendations",
        "Points for discussion",
        "Other",
    ]


def test_an_underlined_heading_is_a_heading_too() -> None:
    sections, found = read_sections("Background\n---\n\nWords.\n")
    assert ([s.type for s in sections], found) == ([SectionType.BACKGROUND], [])


# Each row: what to change, into what, the line that must be named, words of the message.
FAULTS = [
    (
        "## Method",
        "## Key themes",
        5,
        "Did you mean “Key themes (good practice)”? The headings are “Background”, “Method”",
    ),
    ("## Method", "## method", 5, "Did you mean “Method”?"),
    ("## Method", "## Zebra", 5, "“Zebra” is not the heading of a section. The headings are"),
    ("## Method", "## Other:", 5, "is not the heading of a section"),
    ("## Method", f"## Other: {'t' * 101}", 5, "is not the heading of a section"),
    ("## Method", "## Background", 5, "“Background” is here twice, first on line 1"),
    ("## Method", "## Points for discussion", 10, "“Key challenges” stands after “Points for discussion”"),
    ("## Method", "# Title", 5, "The title stands in pack.yaml"),
    ("First words.", "", 1, "“Background” is empty"),
    ("First words.", "\u200b", 1, "“Background” is empty"),
    ("First words.", "w" * (SECTION_LENGTH + 1), 1, "“Background” is 20,001 characters long. 20,000 at most"),
    ("First words.", "###\n\nFirst words.", 3, "This heading has no words"),
    ("First words.", "> ### Inside", 3, "A heading cannot stand in a list or a quotation"),
    ("over two lines", "over <em>two", 8, "HTML (“<em>”) is not taken"),
    ("over two lines", "over `a <b> code` two <br>", 8, "HTML (“<br>”) is not taken"),
    ("First words.", "<!-- secret -->", 3, "HTML (“<!-- secret -->”) is not taken"),
    ("First words.", "<script>\nalert(1)\n</script>", 3, "HTML (“<script>”) is not taken"),
    ("  and more", "  and ![a cot](cot.png)", 13, "A picture stands on a line of its own"),
    (
        "  and more",
        "  and [more](javascript:alert%281%29)",
        13,
        "The link “javascript:alert%281%29” must begin with https://",
    ),
    ("  and more", "  and [more](/inside)", 13, "The link “/inside” must begin with https://"),
    ("  and more", "  and [more](//example.org)", 13, "must begin with https://"),
    ("  and more", "  and [more](https://)", 13, "must begin with https://"),
    ("  and more", "  and [more](#glossary-nai)", 13, "must begin with https://"),
    ("  and more", "  and <office@example.org>", 13, "The link “mailto:office@example.org” must begin with https://"),
    ("  and more", "  and [](https://example.org)", 13, "A link without words"),
    ("- Two", "- Two\n\n[more]: https://example.org", 18, "“[more]:” stands apart"),
    ("- One\n  and more\n\n  - inside one\n- Two", "One and two.", 10, "“Key challenges” holds no list"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), FAULTS, ids=[row[3][:50] for row in FAULTS])
def test_a_fault_in_the_briefing_is_told_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert GOOD.count(old) == 1
    told_line, told = the_fault(GOOD.replace(old, new))
    assert (told_line, message in told) == (line, True), told


def test_a_section_inside_a_quotation_is_no_section() -> None:
    assert the_fault(TEXT) == (18, "A heading cannot stand in a list or a quotation. Move it out.")


@pytest.mark.parametrize("early", ["Words.\n\n", "- A list\n\n", "# Title\n\nWords.\n\n", "### Small\n\n"])
def test_text_before_the_first_heading_is_refused(early: str) -> None:
    line = 3 if early.startswith("# ") else 1
    assert (line, "This text stands before the first section heading. Move it under one.") in faults(early + GOOD)


@pytest.mark.parametrize("text", ["", "\n\n", "Only words.\n"])
def test_a_briefing_without_a_section_is_refused(text: str) -> None:
    assert the_fault(text) == (0, "There is no section. Begin one with “## Background” on a line of its own.")


@pytest.mark.parametrize("heading", ["Recommendations", "Points for discussion"])
def test_lists_that_stand_in_the_facts_may_only_be_introduced(heading: str) -> None:
    assert faults(f"## {heading}\n") == []
    assert faults(f"## {heading}\n\nHere they are.\n") == []
    line, message = the_fault(f"## {heading}\n\n- One\n")
    assert (line, "The list stands in pack.yaml" in message) == (1, True)


def test_two_other_sections_need_two_titles() -> None:
    assert faults("## Other: One\n\nx\n\n## Other: Two\n\nx\n\n## Other\n\nx\n") == []
    assert the_fault("## Other: One\n\nx\n\n## Other: one\n\nx\n")[0] == 5


def test_a_note_is_told_in_plain_lines_without_the_breaks_of_its_file() -> None:
    told = plain_note(
        "One *thing* and\nits end.\n\n- a first\n  item\n- [a link](https://a.test)\n\n3. third\n4. fourth"
    )
    assert told.split("\n") == ["One thing and its end.", "– a first item", "– a link", "3. third", "4. fourth"]
    assert plain_note("") == ""


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (
            ("points_for_discussion", "", "- Who calls?"),
            "move its items there on the page “Move pieces of the brief",
        ),
        (("background", "", "# Big\n\nWords."), "The title stands on the page “What it is and where it comes from”"),
        (("other", "", "Words."), "This section has no heading. Write one"),
        (("other", "t" * 101, "Words."), "is longer than 100 characters. Shorten it."),
    ],
)
def test_a_page_tells_of_its_sections_and_of_no_file(typed: tuple[str, str, str], told: str) -> None:
    section = dict(zip(("type", "title", "markdown"), typed, strict=True))
    found = judged(shaped({"sections": [section]}), "falls-2025")
    assert isinstance(found, list)
    (message,) = [one.message for one in found if one.field.startswith("sections-")]
    assert told in message and "yaml" not in message


def test_a_page_tells_of_what_does_not_agree_by_the_names_of_its_boxes() -> None:
    drafted = shaped({"published": "2025-05", "review": "2024-05-01", "topics": ["Falls", "falls"]})
    found = judged({**drafted, "glossary": [{"term": "A", "full": "", "meaning": "b"}] * 2}, "falls-2025")
    assert isinstance(found, list)
    messages = [one.message for one in found]
    assert "The review date is before the date of first publication. Give a later day." in messages
    assert "Nobody could find the source yet. Write its date or its address." in messages
    assert "“falls” stands twice in what it is about. Take one out." in messages
    assert "“A” stands twice in the words that are explained. Change one of the two." in messages
    assert "The type of briefing is empty. Choose one." in messages
