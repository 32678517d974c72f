"""pack.yaml: every fault is told with its line and what to do, and nothing in it can do harm."""

from __future__ import annotations

import re

import pytest

from app.packs.facts import read_facts
from app.packs.folder import Fault
from tests.packs.samples import YAML, line_of


def faults(text: str) -> list[Fault]:
    return read_facts(text)[1]


def the_fault(text: str) -> Fault:
    found = faults(text)
    assert len(found) == 1, found
    return found[0]


def test_good_facts_have_no_faults() -> None:
    facts, found = read_facts(YAML)
    assert found == []
    assert facts is not None
    assert facts.source.partnership == "anyshire"


# Each row: what to change in pack.yaml, into what, words on the line that must be named, words of the message.
YAML_FAULTS = [
    ("title: Falls in the", "titel: Falls in the", "titel:", "Did you mean “title”?"),
    (
        "    kind: open\n",
        "    kind: open\n    colour: red\n",
        "colour",
        "not known here. Use one of key, kind, question, note",
    ),
    ("review: 2027-01-31", "reveiw: 2027-01-31", "reveiw:", "Did you mean “review”?"),
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
    ("      - from a bed", "      ![bed](bed.png)", "![bed]", "A note holds no pictures"),
    ("      - from a bed", "      ### Bed", "### Bed", "A note holds no headings"),
    ("note: Call the number", "note: <i>Call</i> the number", "note: <i>", "HTML (“<i>”) is not taken"),
    ("title: Falls in", "title: Falls: in", "title: Falls: in", "A text with a colon and a space"),
    ("  partnership: any", "\tpartnership: any", "\tpartnership", "not with the tab key"),
    ("title: Falls in", "title: !!python/name:os Falls in", "title", "A tag (a word that begins with !)"),
    ("title: Falls in", "title: !words Falls in", "title", "A tag (a word that begins with !)"),
    ("title: Help", 'title: "Help \\ud800"', 'title: "Help', "An escape"),
    ("title: Help", 'title: "Help \\0"', 'title: "Help', "An escape"),
    ("title: Help", "title: *x", "title: *x", "Check the indentation"),
    ("links:\n", "? [a]\n: b\nlinks:\n", "? [a]", "A key must be a word"),
    ("links:\n", "topics: falls\nlinks:\n", "topics", "“topics” must be a list, each item beginning with “- ”"),
    ("links:\n", "audience:\nlinks:\n", "audience:\nl", "“audience” must be a list"),
    ("links:\n", f"topics:\n  - falls\n  - {'x' * 41}\nlinks:\n", "- xxx", "Each of “topics” is longer than 40"),
    ("links:\n", "topics:\n  - falls\n  - [a, b]\nlinks:\n", "- [a", "Each of “topics” must be words"),
    ("links:\n", "audience:\n  - a: b\nlinks:\n", "- a:", "Each of “audience” must be words"),
    ("links:\n", 'topics:\n  - ""\nlinks:\n', '- ""', "Each of “topics” is empty"),
    ("links:\n", "topics:\n" + "  - x\n" * 11 + "links:\n", "topics:", "“topics” holds more than 10"),
    ("links:\n", "topics:\n  - Falls\n  - stairs\n  - falls\nlinks:\n", "- falls", "stands twice in topics"),
    ("links:\n", "topic:\n  - Falls\nlinks:\n", "topic:", "Did you mean “topics”?"),
]


@pytest.mark.parametrize(("old", "new", "at", "message"), YAML_FAULTS, ids=[row[3][:40] for row in YAML_FAULTS])
def test_a_fault_in_the_facts_is_told_with_its_line(old: str, new: str, at: str, message: str) -> None:
    assert YAML.count(old) == 1
    changed = YAML.replace(old, new)
    found = [fault for fault in faults(changed) if message in fault.message]
    assert [(fault.file, fault.line) for fault in found] == [("pack.yaml", line_of(changed, at))]


def test_topics_and_audience_are_lists_of_lines() -> None:
    facts, found = read_facts(YAML + 'topics:\n  - " Falls  at home "\n  - NO\naudience: [Health visitors]\n')
    assert (facts and (facts.topics, facts.audience), found) == ((("Falls at home", "NO"), ("Health visitors",)), [])


def test_a_pack_without_discussion_points_is_refused() -> None:
    none = re.sub(r"(?s)points:\n.*?(?=recommendations:)", "points: []\n", YAML)
    assert "“points” is empty. Write it: the discussion points, one at least." in the_fault(none).message


def test_too_many_of_a_thing_are_refused() -> None:
    many = YAML + "  - title: Help\n    url: https://example.org/help\n" * 50
    assert "“links” holds more than 50" in the_fault(many).message


def test_an_alias_is_refused_before_it_can_grow() -> None:
    bomb = "a: &k0 [x, x]\n" + "".join(f"b{i}: &k{i} [*k{i - 1}, *k{i - 1}]\n" for i in range(1, 60))
    found = faults(bomb + "c: &again [*again]\n" + "d: &k0 1\n")
    assert {fault.line for fault in found if "An alias (*)" in fault.message} == set(range(2, 62))


@pytest.mark.parametrize("text", ["[" * 5_000, "{a: " * 5_000])
def test_facts_nested_without_end_are_refused(text: str) -> None:
    assert the_fault(text).message.startswith("This cannot be read as YAML.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "This file is empty"),
        ("# only a remark\n", "This file is empty"),
        ("words\n", "must be lines of “key: words”"),
    ],
)
def test_facts_that_are_not_there_are_asked_for(text: str, message: str) -> None:
    assert message in the_fault(text).message


def test_a_second_document_in_the_facts_is_refused() -> None:
    fault = the_fault(YAML + "---\ntitle: Another\n")
    assert (fault.line, "one document" in fault.message) == (YAML.count("\n") + 1, True)
