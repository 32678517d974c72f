"""What differs between two editions is said in words: what changed, what is new, what went; nothing of what stayed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from app.clock import now
from app.database import db
from app.differences import Mark
from app.packs.changes import Change, changes
from app.packs.content import PackContent
from app.packs.folder import read_folder
from app.packs.services import publish_edition
from app.packs.shelf import SHELF
from app.policy import CONSOLE
from tests.client import Client

FIRST = read_folder(SHELF / "nai-under-5-2021")


def second(**changed: Any) -> PackContent:
    return PackContent.from_dict({**FIRST.as_dict(), **changed})


def by_heading(after: PackContent) -> dict[str, Change]:
    return {change.heading: change for change in changes(FIRST, after)}


def test_the_same_text_has_no_changes() -> None:
    assert changes(FIRST, second()) == []


def test_facts_and_texts_that_differ_are_told_and_no_others() -> None:
    points = FIRST.as_dict()["points"]
    points[0] = {**points[0], "question": "What is a non-accidental injury?", "kind": "knowledge_check"}
    sections = FIRST.as_dict()["sections"]
    sections[0]["markdown"] = sections[0]["markdown"].replace("two children", "**three** children")
    found = by_heading(second(title="Another title", points=points, sections=sections))
    assert (found["Title"].was, found["Title"].now) == (FIRST.title, "Another title")
    question = found["Question: What is a non-accidental injury?"]
    assert (question.was, question.now) == ("answered in words", "a knowledge check")
    stretches = found["Section: Background"].words
    assert stretches is not None
    assert {(one.mark, one.words) for one in stretches.stretches if one.mark in (Mark.REMOVED, Mark.ADDED)} == {
        (Mark.REMOVED, "two"),
        (Mark.ADDED, "three"),
    }
    assert len(found) == 3


def test_whom_it_is_for_where_it_comes_from_and_when_are_told() -> None:
    source = {**FIRST.as_dict()["source"], "url": "https://other.example/review", "date": "2020-02"}
    found = by_heading(second(topics=["Falls", "Stairs"], audience=["Police"], source=source, review="2030-05-01"))
    told = {heading: change.now for heading, change in found.items()}
    assert told == {
        "What it is about": "Falls, Stairs",
        "Whom it is for": "Police",
        "Address of the source": "https://other.example/review",
        "Date at the source": "February 2020",
        "To be reviewed by": "1 May 2030",
    }


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        ("points", "questions"),
        ("recommendations", "recommendations"),
        ("glossary", "words that are explained"),
        ("links", "links"),
    ],
)
def test_another_order_is_told(kind: str, called: str) -> None:
    (only,) = changes(FIRST, second(**{kind: FIRST.as_dict()[kind][::-1]}))
    assert only.heading == f"The order of the {called} changed"
    assert only.words is not None and {Mark.REMOVED, Mark.ADDED} <= {one.mark for one in only.words.stretches}


def test_a_link_within_a_text_that_leads_elsewhere_is_told() -> None:
    guide, other = "https://a.example/1", "https://b.example/2"
    content = FIRST.as_dict()
    content["sections"][0]["markdown"] += (
        f"\n\nRead [the **new** guide]({guide}), then [the form](https://a.example/3)."
    )
    content["points"][0]["note"] += f"\n\nSee [the guide]({guide})."
    moved = json.loads(json.dumps(content).replace(guide, other).replace("[the form](https://a.example/3)", "the form"))
    found = [
        (one.heading, one.was, one.now) for one in changes(PackContent.from_dict(content), PackContent.from_dict(moved))
    ]
    assert found == [
        ("A link goes to another address: the new guide", guide, other),
        ("A link goes to another address: the guide", guide, other),
        ("A link was taken out: the form", "https://a.example/3", ""),
    ]


@pytest.mark.parametrize("kind", ["points", "recommendations", "glossary", "links"])
def test_what_went_and_what_is_new_stand_whole(kind: str) -> None:
    rows = FIRST.as_dict()[kind]
    gone = changes(FIRST, second(**{kind: rows[1:]}))
    assert all(change.was and not change.now and change.words is None for change in gone) and gone
    fresh = changes(second(**{kind: rows[1:]}), FIRST)
    assert all(change.now and not change.was for change in fresh) and fresh


def test_anybody_reads_what_changed(client: Client, app: Flask) -> None:
    with db.writing() as session:
        publish_edition(session, CONSOLE, FIRST, now=now())
        publish_edition(session, CONSOLE, second(title="Another <title>"), now=now())
    page = client.get(f"/packs/{FIRST.slug}/editions/2/changes")
    assert page.status_code == 200
    assert "Another &lt;title&gt;</ins>" in page.text.replace('<span class="govuk-visually-hidden">]</span>', "")
    assert client.get(f"/packs/{FIRST.slug}/editions/1/changes").status_code == 404
    assert "What changed" in client.get(f"/packs/{FIRST.slug}/editions").text
