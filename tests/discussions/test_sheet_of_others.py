"""A response sheet that was made for another team or another edition: what we printed in it is still ours, and no word
that somebody wrote among it is taken for ours."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from app.discussions.sheet import SheetFacts
from tests.conftest import missing
from tests.discussions.sheets import (
    EXPECTED,
    FACTS,
    LINES,
    TICKS,
    WORDS,
    W,
    after,
    edited,
    filled,
    found,
    nodes,
    para,
    resaved,
    without_controls,
)

ADDRESS = "https://learning.example.org/asked/{}/upload"
TEAM = replace(FACTS, team="Lewes school nurses", asked="9w9w9w9w9w9w", address=ADDRESS.format("9w9w9w9w9w9w"))
EDITION = replace(FACTS, edition=12, asked="5t5t5t5t5t5t", edition_ref="z9z9z9z9z9z9", answer_by=date(2025, 3, 1))
ELSEWHERE = replace(
    TEAM,
    organisation="Weald Academy, East",
    partnership="West Sussex Safeguarding Children Partnership",
    lead="Ben O’Hara",
    lead_title="Designated Safeguarding Lead",
    briefing_title="Child sexual abuse",
    answer_by=date(2026, 9, 1),
)
OTHERS = {
    "another team": TEAM,
    "another edition": EDITION,
    "another organisation": ELSEWHERE,
    "no lead": replace(ELSEWHERE, lead="", lead_title=""),
    "no team": replace(ELSEWHERE, team=""),
}


def full(facts: SheetFacts) -> bytes:
    return filled({**LINES, **WORDS}, *TICKS, facts=facts)


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_that_we_printed_for_others_is_taken_for_somebodys_text(name: str) -> None:
    file = full(OTHERS[name])
    for reading in (found(file), found(edited(file, without_controls))):
        assert reading["extra"] == [] and reading["content"] == EXPECTED
        assert reading["identity"]["asked"] == OTHERS[name].asked


NAMED = {
    "another team": "Lewes school nurses, East Downs Healthcare NHS Trust",
    "another organisation": "Lewes school nurses, Weald Academy, East",
    "no team": "Weald Academy, East",
}


@pytest.mark.parametrize("name", NAMED)
def test_it_says_for_whom_it_was_made(name: str) -> None:
    file = full(OTHERS[name])
    assert {found(one)["made_for"] for one in (file, edited(file, without_controls))} == {NAMED[name]}


def test_nor_where_libreoffice_saved_it(tmp_path: Path) -> None:
    soffice = shutil.which("soffice") or missing("LibreOffice") or ""
    reading = found(resaved(full(ELSEWHERE), soffice, tmp_path))
    assert (reading["how"], reading["content"], reading["extra"]) == ("labels", EXPECTED, [])


def changed(old: str, new: str) -> bytes:
    """Somebody else's sheet in which somebody wrote into what we printed."""

    def change(root: etree._Element) -> None:
        place = next(one for one in root.iter(f"{W}t") if old in (one.text or ""))
        place.text = place.text.replace(old, new)

    return edited(full(ELSEWHERE), change)


WRITTEN = {
    "Ben O’Hara, Des": "Ben O’Hara (he has left: send it to Ann Day), Des",
    "Ben O’Hara,": "Ben O’Hara. Is he still there,",
    "Weald Academy, East,": "Weald Academy. We are at Eastgate now,",
    "It goes to your": "We sent it to your",
    "by 1 September 2026.": "by 1 September 2026, or as soon as we can.",
    "check it there before it is sent.": "check it there before it is sent. We did!",
    "Lewes school": "Not the Lewes school",
    "asked/9w9w9w9w9w9w/upload": "asked/9w9w9w9w9w9w/upload. We cannot open this",
}


@pytest.mark.parametrize("old", WRITTEN)
def test_what_somebody_wrote_into_a_line_of_it_is_kept(old: str) -> None:
    written = found(changed(old, WRITTEN[old]))["extra"]
    assert len(written) == 1 and WRITTEN[old] in written[0]["text"]


@pytest.mark.parametrize(
    "line",
    [
        "Lewes school nurses",
        FACTS.team,
        f"Upload it at {ADDRESS.format('9w9w9w9w9w9w')}",
        "Weald Academy, East, for the West Sussex Safeguarding Children Partnership by 1 September 2026",
        "Sheet 9w9w9w9w9w9w is ours",
        "For the partnership by hand",
    ],
)
def test_what_somebody_typed_that_looks_like_a_line_of_it_is_kept(line: str) -> None:
    file = after(full(ELSEWHERE), "about question 2", para(line))
    assert [one["text"] for one in found(file)["extra"]] == [line]


def test_what_somebody_wrote_into_the_page_footer_of_it_is_kept() -> None:
    file = edited(full(ELSEWHERE), lambda root: root.append(nodes(para("Sheet of Ann"))[0]), "word/footer1.xml")
    assert found(file)["extra"] == [{"where": "in a page footer", "text": "Sheet of Ann"}]


def test_in_a_sheet_of_the_team_itself_a_name_is_no_others() -> None:
    def change(root: etree._Element) -> None:
        place = next(one for one in root.iter(f"{W}t") if "Rosa Ames" in (one.text or ""))
        place.text = place.text.replace("Rosa Ames", "Ann Day")

    written = found(edited(full(FACTS), change))["extra"]
    assert len(written) == 1 and "Ann Day" in written[0]["text"]
