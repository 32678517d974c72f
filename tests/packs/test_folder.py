"""A pack folder is read whole or refused whole, with every fault, its file, its line and what to do."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from app.errors import Invalid
from app.packs.content import PackContent, PackType, PointKind, SectionType
from app.packs.folder import Fault, PackFaults, read_folder

YAML = """\
title: Falls in the first year
short_title: Falls
type: rapid_review
source:
  name: Anyshire Safeguarding Children Partnership
  partnership: anyshire
  title: "Rapid review: falls"
  date: 2025-11
published: 2025-11
review: 2027-01-31
points:
  - key: what-is-a-fall
    kind: open
    question: What counts as a fall?
    note: |
      A fall is a fall.

      - on the stairs
      - from a bed
  - key: know-the-number
    kind: knowledge_check
    question: Do you know whom to call?
    note: Call the number on the wall.
recommendations:
  - key: stair-gates
    audience: Health visitors
    text: Ask about stair gates.
glossary:
  - term: LCSPR
    full: Local child safeguarding practice review
    meaning: A review.
  - term: Core Group
    meaning: A group.
links:
  - title: Help
    url: https://example.org/help
"""

BRIEFING = """\
## Background

Two babies fell.

## Key themes (good practice)

- One
- Two

## Learning identified

1. Three

## Points for discussion

Talk about these.
"""


def folder(
    tmp_path: Path, yaml: str | bytes = YAML, briefing: str | bytes = BRIEFING, name: str = "falls-2025"
) -> Path:
    path = tmp_path / name
    path.mkdir(exist_ok=True, parents=True)
    for file, text in (("pack.yaml", yaml), ("briefing.md", briefing)):
        (path / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults(path: Path) -> list[Fault]:
    with pytest.raises(PackFaults) as refused:
        read_folder(path)
    return refused.value.faults


def the_fault(path: Path) -> Fault:
    found = faults(path)
    assert len(found) == 1, found
    return found[0]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_good_folder_is_read_whole(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path))
    assert (pack.slug, pack.title, pack.type) == ("falls-2025", "Falls in the first year", PackType.RAPID_REVIEW)
    assert [(point.key, point.kind) for point in pack.points] == [
        ("what-is-a-fall", PointKind.OPEN),
        ("know-the-number", PointKind.KNOWLEDGE_CHECK),
    ]
    assert pack.points[0].note == "A fall is a fall.\n\n- on the stairs\n- from a bed"
    assert pack.recommendations[0].audience == "Health visitors"
    assert (pack.published_words, pack.review_on.isoformat()) == ("November 2025", "2027-01-31")


def test_sections_stand_in_order_with_the_number_of_their_items(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path))
    assert [(section.type.value, section.items) for section in pack.sections] == [
        ("background", 0),
        ("key_themes", 2),
        ("learning_identified", 1),
        ("recommendations", 1),
        ("points_for_discussion", 2),
    ]
    assert pack.sections[3].markdown == ""
    assert pack.sections[4].markdown == "Talk about these."


def test_a_date_is_a_month_or_a_day(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path, YAML.replace("published: 2025-11", "published: 2025-11-09")))
    assert pack.published_words == "9 November 2025"


def test_a_section_of_another_kind_has_its_own_title_and_may_stand_anywhere(tmp_path: Path) -> None:
    text = BRIEFING.replace("## Key themes", "## Other: Voices of parents\n\nThey said so.\n\n## Key themes")
    pack = read_folder(folder(tmp_path, briefing=text))
    assert (pack.sections[1].type, pack.sections[1].title) == (SectionType.OTHER, "Voices of parents")


def test_what_yaml_would_make_of_a_word_does_not_matter(tmp_path: Path) -> None:
    yaml = YAML.replace("short_title: Falls", "short_title: 0x1F").replace("term: LCSPR", "term: NO")
    pack = read_folder(folder(tmp_path, yaml))
    assert (pack.short_title, pack.glossary[0].term) == ("0x1F", "NO")


def test_the_same_text_has_the_same_digest_however_it_is_laid_out(tmp_path: Path) -> None:
    first = read_folder(folder(tmp_path / "a"))
    top, rest = YAML.split("type: rapid_review\n")
    shuffled = "# a remark\n" + rest + "type: 'rapid_review'\n" + top
    shuffled = shuffled.replace(
        "question: What counts as a fall?", "question: >\n      What counts\n      as a fall?\n"
    )
    shuffled = shuffled.replace("  - title: Help\n    url: https", '  - {"title": Help, url: "https').replace(
        "/help", '/help"}'
    )
    laid_out = folder(tmp_path / "b", b"\xef\xbb\xbf" + shuffled.replace("\n", "\r\n").encode(), BRIEFING + "\n\n")
    second = read_folder(laid_out)
    assert second == first
    assert second.digest == first.digest
    assert re.fullmatch("[0-9a-f]{64}", first.digest)


def test_composed_and_decomposed_letters_have_the_same_digest(tmp_path: Path) -> None:
    one = read_folder(folder(tmp_path / "a", YAML.replace("Help", "Caf\u00e9")))
    two = read_folder(folder(tmp_path / "b", YAML.replace("Help", "Cafe\u0301")))
    assert one.digest == two.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("yaml", "on the stairs", "on the steps"),
        ("yaml", "review: 2027-01-31", "review: 2027-02-01"),
        ("yaml", "knowledge_check", "open"),
        ("briefing", "Two babies", "Three babies"),
        ("briefing", "- One\n- Two", "- Two\n- One"),
    ],
)
def test_changed_text_has_another_digest(tmp_path: Path, file: str, old: str, new: str) -> None:
    texts = {"yaml": YAML, "briefing": BRIEFING}
    assert old in texts[file]
    changed = texts | {file: texts[file].replace(old, new)}
    assert read_folder(folder(tmp_path / "a", **changed)).digest != read_folder(folder(tmp_path / "b")).digest


def test_a_pack_comes_back_from_its_plain_values(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path))
    again = PackContent.from_dict(pack.as_dict())
    assert (again, again.digest) == (pack, pack.digest)
    assert pack.as_dict()["sections"][0] == {
        "type": "background",
        "title": "Background",
        "markdown": "Two babies fell.",
        "items": 0,
    }
    assert "url" not in pack.as_dict()["source"]


# Each row: what to change in pack.yaml, into what, words on the line that must be named, words of the message.
YAML_FAULTS = [
    ("title: Falls in the", "titel: Falls in the", "titel:", "Did you mean “title”?"),
    (
        "    kind: open\n",
        "    kind: open\n    colour: red\n",
        "colour",
        "not known here. Use one of key, kind, question, note",
    ),
    ("review: 2027-01-31\n", "", "title:", "“review” is missing"),
    ("    audience: Health visitors\n", "", "- key: stair-gates", "“audience” is missing"),
    ("type: rapid_review", "type: rapid", "type:", "not one of the words known here. Write one of multi_agency_audit"),
    ("kind: knowledge_check", "kind: quiz", "kind: quiz", "Write open, or knowledge_check"),
    ("short_title: Falls", "short_title: [Falls]", "short_title", "must be words"),
    ("short_title: Falls", "short_title: ~", "short_title", "is empty"),
    ("short_title: Falls", 'short_title: " \\u200b "', "short_title", "is empty"),
    ("short_title: Falls", f"short_title: {'x' * 41}", "short_title", "longer than 40 characters"),
    ("links:\n  - title: Help\n    url: https://example.org/help\n", "links: none\n", "links", "must be a list"),
    ("  - term: Core Group\n    meaning: A group.\n", "  - Core Group\n", "- Core", "Each of “glossary” must be lines"),
    ("published: 2025-11\n", "published: 2025-13\n", "published", "write a date as 2021-04-30, or a month as 2021-04"),
    ("published: 2025-11\n", "published: 0025-11\n", "published", "write a date"),
    ("review: 2027-01-31", "review: 2027-02-31", "review: 2", "write a date as 2027-04-30"),
    ("review: 2027-01-31", "review: 2027-01", "review: 2", "write a date as 2027-04-30"),
    ("review: 2027-01-31", "review: 2025-10-31", "review: 2", "“review” is before “published”"),
    ("key: know-the-number", "key: what-is-a-fall", "- key: what-is-a-fall\n    kind: kn", "stands twice in points"),
    ("key: know-the-number", "key: Know_it", "key: Know_it", "lower-case words with hyphens"),
    ("key: know-the-number", f"key: {'k' * 41}", "key: kkk", "longer than 40 characters"),
    ("key: know-the-number", "key: -know", "key: -know", "lower-case words with hyphens"),
    ("term: Core Group", "term: lcspr", "term: lcspr", "stands twice in glossary"),
    ("term: Core Group", "term: ⚠", "term: ⚠", "use letters from a to z"),
    ("url: https://example.org/help", "url: ftp://example.org", "url: ftp", "beginning with https:// or http://"),
    ("url: https://example.org/help", "url: example.org", "url: ex", "write the whole address"),
    ("  date: 2025-11\n", "", "source:", "has neither “date” nor “url”"),
    (
        "review: 2027-01-31\n",
        "review: 2027-01-31\nreview: 2027-02-01\n",
        "review: 2027-02-01",
        "here twice, first on line 10",
    ),
    ("      - from a bed", "      - from a <b>bed</b>", "<b>", "HTML (“<b>”) is not taken"),
    ("      - from a bed", "      ![bed](bed.png)", "![bed]", "Pictures are not taken"),
    ("      - from a bed", "      ### Bed", "### Bed", "A note holds no headings"),
    ("note: Call the number", "note: <i>Call</i> the number", "note: <i>", "HTML (“<i>”) is not taken"),
    ("title: Falls in", "title: Falls: in", "title: Falls: in", "A text with a colon and a space"),
    ("  partnership: any", "\tpartnership: any", "\tpartnership", "not with the tab key"),
    ("title: Falls in", "title: !!python/name:os Falls in", "title", "A tag (a word that begins with !)"),
    ("title: Help", 'title: "Help \\ud800"', 'title: "Help', "An escape"),
    ("title: Help", 'title: "Help \\0"', 'title: "Help', "An escape"),
    ("title: Help", "title: *x", "title: *x", "Check the indentation"),
    ("links:\n", "? [a]\n: b\nlinks:\n", "? [a]", "A key must be a word"),
]


@pytest.mark.parametrize(("old", "new", "at", "message"), YAML_FAULTS, ids=[row[3][:40] for row in YAML_FAULTS])
def test_a_fault_in_the_facts_is_told_with_its_line(tmp_path: Path, old: str, new: str, at: str, message: str) -> None:
    assert YAML.count(old) == 1
    changed = YAML.replace(old, new)
    found = [fault for fault in faults(folder(tmp_path, changed)) if message in fault.message]
    assert [(fault.file, fault.line) for fault in found[:1]] == [("pack.yaml", line_of(changed, at))]


def test_a_pack_without_discussion_points_is_refused(tmp_path: Path) -> None:
    none = re.sub(r"(?s)points:\n.*?(?=recommendations:)", "points: []\n", YAML)
    assert (
        "“points” is empty. Write it: the discussion points, one at least." in the_fault(folder(tmp_path, none)).message
    )


def test_too_many_of_a_thing_are_refused(tmp_path: Path) -> None:
    many = YAML + "  - title: Help\n    url: https://example.org/help\n" * 50
    assert "“links” holds more than 50" in the_fault(folder(tmp_path, many)).message


def test_an_alias_is_refused_before_it_can_grow(tmp_path: Path) -> None:
    bomb = "a: &k0 [x, x]\n" + "".join(f"b{i}: &k{i} [*k{i - 1}, *k{i - 1}]\n" for i in range(1, 60))
    found = faults(folder(tmp_path, bomb + "c: &again [*again]\n" + "d: &k0 1\n"))
    assert {fault.line for fault in found if "An alias (*)" in fault.message} == set(range(2, 62))


@pytest.mark.parametrize("text", ["[" * 5_000, "{a: " * 5_000])
def test_facts_nested_without_end_are_refused(tmp_path: Path, text: str) -> None:
    assert the_fault(folder(tmp_path, text)).message.startswith("This cannot be read as YAML.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "This file is empty"),
        ("# only a remark\n", "This file is empty"),
        ("words\n", "must be lines of “key: words”"),
    ],
)
def test_facts_that_are_not_there_are_asked_for(tmp_path: Path, text: str, message: str) -> None:
    assert message in the_fault(folder(tmp_path, text)).message


def test_a_second_document_in_the_facts_is_refused(tmp_path: Path) -> None:
    fault = the_fault(folder(tmp_path, YAML + "---\ntitle: Another\n"))
    assert (fault.line, "one document" in fault.message) == (YAML.count("\n") + 1, True)


def test_recommendations_that_are_introduced_have_to_be_there(tmp_path: Path) -> None:
    yaml = re.sub(r"(?s)recommendations:\n.*?(?=glossary:)", "", YAML)
    assert read_folder(folder(tmp_path, yaml)).recommendations == ()
    introduced = BRIEFING.replace("## Points", "## Recommendations\n\nThese came of it.\n\n## Points")
    assert "briefing.md introduces recommendations" in the_fault(folder(tmp_path, yaml, introduced)).message


def test_every_fault_of_both_files_is_in_one_report(tmp_path: Path) -> None:
    yaml = (
        YAML.replace("type: rapid_review", "type: rapid")
        .replace("url: https", "url: ftp")
        .replace("2027-01-31", "soon")
    )
    briefing = "Early words.\n\n" + BRIEFING.replace("## Learning identified", "## Lerning").replace(
        "fell", "<b>fell</b>"
    )
    with pytest.raises(PackFaults) as refused:
        read_folder(folder(tmp_path, yaml, briefing))
    told = refused.value
    assert isinstance(told, Invalid)
    assert told.message == "The pack “falls-2025” cannot be published: 7 things to mend."
    assert [(fault.file, fault.line) for fault in told.faults] == [
        *[("pack.yaml", line_of(yaml, words)) for words in ("type:", "review: soon", "url:")],
        *[("briefing.md", line_of(briefing, words)) for words in ("Early", "<b>", "<b>", "## Lerning")],
    ]
    assert str(told).splitlines()[1].startswith("pack.yaml, line 3: “type” is not one of the words known here.")


@pytest.mark.parametrize("name", ["pack.yaml", "briefing.md"])
def test_a_missing_file_is_told_and_a_near_name_is_offered(tmp_path: Path, name: str) -> None:
    path = folder(tmp_path)
    (path / name).unlink()
    assert the_fault(path) == Fault(name, 0, "This file is missing. Write it.")
    (path / name.capitalize()).write_text("x")
    assert the_fault(path).message == f"This file is missing. There is “{name.capitalize()}”: rename it."


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "no such folder" in the_fault(tmp_path / "nothing").message


@pytest.mark.parametrize("name", ["Falls", "falls 2025", "f" * 41, "2025-falls"])
def test_the_name_of_the_folder_is_a_key(tmp_path: Path, name: str) -> None:
    assert "lower-case words with hyphens" in the_fault(folder(tmp_path, name=name)).message


@pytest.mark.parametrize("name", ["pack.yaml", "briefing.md"])
def test_a_link_to_another_file_is_not_followed(tmp_path: Path, name: str) -> None:
    path = folder(tmp_path)
    (path / name).rename(tmp_path / name)
    (path / name).symlink_to(tmp_path / name)
    assert the_fault(path) == Fault(name, 0, "This is a link to another file. Put the file itself here.")


def test_what_is_not_a_file_is_not_opened(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "pack.yaml").unlink()
    os.mkfifo(path / "pack.yaml")
    assert "not a text file" in the_fault(path).message


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = folder(tmp_path, briefing=BRIEFING + " " * 1_000_000)
    assert re.search(r"is 1,000,\d{3} bytes long. 1,000,000 at most", the_fault(path).message)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (YAML.encode("utf-16"), 1),
        (YAML.replace("Help", "Caf\u00e9").encode("latin-1"), line_of(YAML, "Help")),
    ],
)
def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path, data: bytes, line: int) -> None:
    fault = the_fault(folder(tmp_path, data))
    assert (fault.line, "UTF-8" in fault.message) == (line, True)


@pytest.mark.parametrize("character", ["\0", "\x07", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\ufffe"])
def test_characters_that_cannot_be_seen_are_refused_with_their_line(tmp_path: Path, character: str) -> None:
    path = folder(
        tmp_path,
        YAML.replace("on the stairs", f"on {character}the stairs"),
        BRIEFING.replace("Three", f"Thr{character}ee"),
    )
    assert [(f.file, f.line, f"U+{ord(character):04X}" in f.message) for f in faults(path)] == [
        ("pack.yaml", line_of(YAML, "on the stairs"), True),
        ("briefing.md", line_of(BRIEFING, "Three"), True),
    ]
