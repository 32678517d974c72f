"""A pack written out as a folder is read back as the very same pack, whatever it says."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from app.packs.content import PackContent, PackFacts, PackType, PointKind, Section, SectionType
from app.packs.facts import read_facts
from app.packs.faults import FACTS
from app.packs.folder import read_folder
from app.packs.sections import prose_faults, read_sections
from app.packs.shelf import SHELF
from app.packs.writing_out import WIDTH, briefing_md, facts_yaml
from app.text import clean, is_blank, single_line
from tests.packs.samples import BRIEFING, YAML

SLUG = "falls-2025"


def written_and_read(content: PackContent) -> PackContent:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / content.slug
        folder.mkdir()
        (folder / "pack.yaml").write_text(facts_yaml(content), encoding="utf-8")
        (folder / "briefing.md").write_text(briefing_md(content.sections), encoding="utf-8")
        return read_folder(folder)


def of_sample(yaml: str = YAML, briefing: str = BRIEFING) -> PackContent:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / SLUG
        folder.mkdir()
        (folder / "pack.yaml").write_text(yaml, encoding="utf-8")
        (folder / "briefing.md").write_text(briefing, encoding="utf-8")
        return read_folder(folder)


def changed(**values: object) -> PackContent:
    return PackContent.from_dict({**of_sample().as_dict(), **values})


# Any pack

TRICKY = st.sampled_from(
    [
        *(
            ": ",
            " #",
            "#",
            "- ",
            "? ",
            "'",
            '"',
            "\\",
            "|",
            ">",
            "%",
            "@",
            "&a",
            "*a",
            "!t",
            "[",
            "{",
            "}",
            "]",
            ",",
            "`",
        ),
        *("NO", "null", "~", "12:30", "2021-04", "0x1F", "1e3", "true", "---", "...", "<<", "=", "\u0301", "\u0338"),
        *(
            "\U0001f476",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "\ufeff",
            "\u00ad",
            "\u202e",
            "\u05d0",
            "\u00a0",
            "\t",
        ),
        *("  ", "word", "a " * 60, "x" * 130),
    ]
)
WORDS = st.lists(TRICKY | st.text(st.characters(codec="utf-8"), max_size=8), min_size=1, max_size=8).map("".join)
MARKS = st.sampled_from(
    [
        "- ",
        "1. ",
        "> ",
        "    ",
        "```\n",
        "~~~\n",
        "### ",
        "===\n",
        "---\n",
        "***",
        "`",
        "  \n",
        "\\",
        "\t",
        "\n",
        "\n\n",
        "# ",
    ]
)
PROSE = st.lists(MARKS | WORDS, min_size=1, max_size=12).map("".join).map(clean)
KEYS = st.from_regex(r"\A[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){0,2}\Z")


def lines(longest: int) -> st.SearchStrategy[str]:
    cut = WORDS.map(lambda text: single_line(clean(text))[:longest]).map(lambda text: single_line(text))
    return cut.filter(lambda text: not is_blank(text))


def notes() -> st.SearchStrategy[str]:
    trimmed = PROSE.map(lambda text: text.strip("\n").rstrip())
    return trimmed.filter(lambda text: not is_blank(text) and not prose_faults(text, FACTS, 1, headings=False))


FACTS_OF_ANY = st.fixed_dictionaries(
    {
        "title": lines(150),
        "short_title": lines(40),
        "type": st.sampled_from([kind.value for kind in PackType]),
        "source": st.fixed_dictionaries(
            {"name": lines(150), "partnership": KEYS, "title": lines(250)},
            optional={"url": st.just("https://example.org/a?b=c#d:")},
        ).map(lambda said: {"date": "2025-11", **said}),
        "published": st.sampled_from(["2025-11", "2025-11-09"]),
        "review": st.just("2027-01-31"),
        "points": st.lists(
            st.fixed_dictionaries(
                {
                    "key": KEYS,
                    "kind": st.sampled_from([kind.value for kind in PointKind]),
                    "question": lines(300),
                    "note": notes(),
                }
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda said: said["key"],
        ),
        "recommendations": st.lists(
            st.fixed_dictionaries({"key": KEYS, "audience": lines(150), "text": lines(1000)}),
            max_size=2,
            unique_by=lambda said: said["key"],
        ),
        "glossary": st.lists(
            st.fixed_dictionaries({"term": st.sampled_from(["NO", "A: b", "12:30 a"]), "meaning": lines(600)}),
            max_size=1,
        ),
        "links": st.lists(
            st.fixed_dictionaries({"title": lines(150), "url": st.just("https://example.org/#a")}), max_size=2
        ),
        "topics": st.lists(lines(40), max_size=2, unique_by=str.casefold),
        "audience": st.lists(lines(60), max_size=2, unique_by=str.casefold),
        "watch": st.lists(lines(60), max_size=3),
    }
)
TITLES = WORDS.map(lambda text: single_line(clean(text))[:100].strip()).filter(lambda text: not is_blank(text))


@given(FACTS_OF_ANY)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_facts_are_read_back_the_same(said: dict[str, object]) -> None:
    facts = PackFacts.model_validate_json(json.dumps(said))
    assert read_facts(clean(facts_yaml(facts))) == (facts, [])


@given(st.lists(PROSE, min_size=4, max_size=4), TITLES)
@example(["a", "b", "c", "```\nnever closed"], "t")
@example(["a", "b", "c", "d"], "ends in #")
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_sections_that_can_be_read_are_read_back_the_same(prose: list[str], title: str) -> None:
    heads = ["## Background", f"## Other: {title} ##", "## Method", "## Learning identified\n\n- One"]
    text = "".join(f"{head}\n\n{words}\n\n" for head, words in zip(heads, prose, strict=True))
    read, faults = read_sections(clean(text))
    assume(not faults)
    content = of_sample(briefing=text)
    assert read_sections(briefing_md(read)) == (read, [])
    assert written_and_read(content).digest == content.digest


# Some that are hard


@pytest.mark.parametrize(
    "words",
    [
        *(
            "NO",
            "null",
            "~",
            "12:30",
            "yes",
            "0x1F",
            "2021-04-30",
            "- a",
            "# a",
            "a # b",
            "a: b",
            "a:",
            "'a",
            '"a"',
            "a\\",
        ),
        *(
            "[a]",
            "{a: b}",
            "| a",
            "> a",
            "%a",
            "@a",
            "`a`",
            "&a",
            "*a",
            "!a",
            "? a",
            "--- a",
            "\U0001f476 a",
            "a\ufeffb",
        ),
        *("\u0301a", "=\u0338", "\u00ad\u0307a", "\u200bb\u0301", "\u05d0 \u05d1: a", "a\ufeff\u0307b"),
    ],
)
def test_words_that_yaml_would_read_otherwise_come_back_as_they_were(words: str) -> None:
    for many in (words, f"{words} {'word ' * 9}".strip()):
        link = {"title": many + " word" * 18, "url": "https://example.org/"}
        content = changed(short_title=words[:40], title=many, links=[link], watch=[words])
        assert written_and_read(content) == content


@pytest.mark.parametrize(
    "note",
    [
        *("  led by spaces\n\n  and more", "\tled by a tab\nb", "   \n a", "two at the end  \nof a line", "a\n\n\n\nb"),
        *(
            "a\n   \nb",
            "- a\n\n      code\n- b",
            "---\na\n...",
            "a # b\n#c",
            "x" * 500,
            "one line: short",
            "\u0301a\n\u0301b",
        ),
        *("a\tb\n\tc", "```\nnever closed\n  ", "\u00a0a\nb", "\u3000\n\u3000a"),
    ],
)
def test_a_note_keeps_its_white_space(note: str) -> None:
    point = {**of_sample().as_dict()["points"][0], "note": note}
    content = changed(points=[point, {**point, "key": "again"}])
    content = content.model_copy(update={"sections": of_sample().sections})
    assert written_and_read(content) == content


def test_the_first_real_pack_is_read_back_the_same() -> None:
    content = read_folder(SHELF / "nai-under-5-2021")
    assert written_and_read(content).digest == content.digest


def test_what_is_written_reads_as_a_person_would_write_it() -> None:
    content = of_sample(YAML.replace("text: Ask about stair gates.", f"text: {'Ask about stair gates. ' * 9}"))
    written = facts_yaml(content)
    assert "short_title: Falls\ntype: rapid_review\nsource:\n  name: Anyshire" in written
    assert '\n  title: "Rapid review: falls"\n' in written
    assert "\n\npoints:\n  - key: what-is-a-fall\n" in written
    assert "    note: |\n      A fall is a fall.\n\n      - on the stairs\n" in written
    assert "    text: >-\n      Ask about stair gates." in written
    assert max(map(len, written.split("\n"))) <= WIDTH
    assert "null" not in written
    assert "watch" not in written


def test_sections_are_written_under_their_headings() -> None:
    sections = of_sample().sections
    other = Section(type=SectionType.OTHER, title="Voices", markdown="They said so.", items=0)
    bare = Section(type=SectionType.OTHER, title="Other", markdown="More.", items=0)
    written = briefing_md([*sections[:2], other, bare])
    assert "## Key themes (good practice)\n\n- One\n- Two\n\n## Other: Voices\n\nThey said so.\n\n## Other\n" in written


def test_an_empty_section_whose_list_stands_in_the_facts_keeps_its_place() -> None:
    content = of_sample(briefing="## Background\n\na\n\n## Other: b\n\nb\n\n## Points for discussion\n")
    assert [section.type.value for section in content.sections][-2:] == ["other", "points_for_discussion"]
    assert written_and_read(content) == content
