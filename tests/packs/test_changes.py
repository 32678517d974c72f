"""What differs between two editions is said in words: what changed, what is new, what went; nothing of what stayed."""

from __future__ import annotations

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
