"""Every line of `python -m tests.faults` holds, in short: the same functions with few rounds."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.conftest import NOT_THERE
from tests.faults import __main__ as table
from tests.faults import killing, web_writes
from tests.faults.lines import Ground, Line, LineMaker

pytestmark = pytest.mark.faults
# A server of its own can be killed.
ONLY = {"killed_postgresql": "PostgreSQL"}
# The kills have a test for each point, in test_kills.
MAKERS = [make for module in table.MODULES if module is not killing for make in module.LINES]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_line_of_the_matrix_holds(ground: Ground, make: LineMaker) -> None:
    lines = list(make(ground))
    assert bool(lines) is (ONLY.get(make.__name__, ground.kind) == ground.kind)
    for line in lines:
        assert line.well or line.missing, line
    if left_out := [line.missing for line in lines if line.missing]:
        pytest.skip(f"{left_out[0]}{NOT_THERE}")  # no CI can install it, so that it is named at the end and fails none


def test_each_maker_says_first_which_faults_its_lines_are_about() -> None:
    for make in (make for module in table.MODULES for make in module.LINES):
        assert re.match(r"(F\d+(-F\d+)?|Launch|Overall): ", make.__doc__ or ""), make.__name__


@pytest.mark.parametrize(
    ("holds", "missing", "untried", "code", "said"),
    [
        (True, "", [], 0, "1 lines; all hold"),
        (False, "x", [], 0, "1 lines; all hold but what was left out: F1 on SQLite"),
        (False, "", [], 1, "1 lines; these do not hold: F1 on SQLite"),
        (True, "", ["PostgreSQL"], 2, "PostgreSQL was not tried: it is not on this machine."),
        (False, "", ["PostgreSQL"], 1, "PostgreSQL was not tried: it is not on this machine."),
    ],
)
def test_a_database_that_was_not_tried_is_told_and_is_no_success(
    holds: bool, missing: str, untried: list[str], code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(table, "_say", heard.append)
    line = Line(fault="F1", what="", database="SQLite", operations=1, lost=0, most=1, holds=holds, missing=missing)
    assert table.ended([line], untried) == code
    assert any(words.startswith(said) for words in heard)


def test_every_form_of_the_service_is_sent_to_a_disk_without_space_or_writes_nothing(app: Flask) -> None:
    takes_forms = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    tried = {write.route for write in web_writes.WRITES}
    assert not tried & set(web_writes.WRITES_NOTHING)
    assert takes_forms == tried | set(web_writes.WRITES_NOTHING), (
        "say in tests/faults/web_writes.py what is typed there"
    )
