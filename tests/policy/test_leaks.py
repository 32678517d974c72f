"""What somebody may not read stands on no page and in no file that they get: neither words nor names nor links.

Every page that the matrix gives somebody is fetched, files are unpacked, and searched for what is not for them.
"""

from __future__ import annotations

import io
import zipfile

import pytest
from werkzeug.test import TestResponse

from tests.policy import matrix
from tests.policy.matrix import PEOPLE, Row
from tests.policy.stage import MADE_UP, Stage
from tests.policy.world import SECRETS, SHOWN

PAGES = [row for row in matrix.closed() if row.method == "GET"]
OF_THE_TRUST = ("leader", "minute taker", "lead", "deputy", "colleague")
PLACES_THERE = ("Hostel",)


def text_of(answer: TestResponse) -> str:
    """Everything that can be read in an answer; a Word document or workbook unpacked."""
    if answer.data[:2] != b"PK":
        return answer.get_data(as_text=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


def readable(stage: Stage, person: str, where: str = "here") -> dict[str, str]:
    """Every page that somebody gets about what is here, or there, by its address."""
    found = {}
    for row in PAGES:
        if row.cells[person if where == "here" else "officer"] == "ok":
            url = stage.address(row.page, "GET", _thing(stage, row, where))
            answer = stage.ask(person, "GET", url)
            assert answer.status_code < 400, url
            found[url] = text_of(answer)
    return found


def _thing(stage: Stage, row: Row, where: str) -> str:
    return str(getattr(stage.world, where)[row.thing]) if row.thing else MADE_UP


@pytest.mark.parametrize("person", ["officer", "reviewer", "officer elsewhere", "administrator", "operator"])
def test_no_page_or_file_of_the_partnership_holds_what_was_not_shared(person: str, stage: Stage) -> None:
    for url, text in readable(stage, person).items():
        told = [what for what, words in SECRETS.items() if words in text]
        assert told == [], f"{person} reads at {url} what is {told}"


@pytest.mark.parametrize(
    ("person", "where", "elsewhere"),
    [("officer", "here", "there"), ("reviewer", "here", "there"), ("officer elsewhere", "there", "here")],
)
def test_what_was_shared_is_read_by_the_partnership_it_was_shared_with_and_no_other(
    person: str, where: str, elsewhere: str, stage: Stage
) -> None:
    pages = readable(stage, person, where)
    shown = [url for url, text in pages.items() if SHOWN[where] in text]
    assert len(shown) >= 4, "the page of a point and the three files hold the shared answers"
    assert not [url for url, text in pages.items() if SHOWN[elsewhere] in text]


@pytest.mark.parametrize("person", [p for p in PEOPLE.values() if p not in OF_THE_TRUST])
def test_nobody_beyond_the_team_and_its_leads_reads_a_word_of_its_minutes(person: str, stage: Stage) -> None:
    own = {
        "lead for another team": {"taken back", "the lead asks"},
        "leader of another team": {"taken back", "the lead asks"},
    }
    for url, text in readable(stage, person).items():
        told = {what for what, words in SECRETS.items() if words in text} - own.get(person, set())
        assert told == set(), f"{person} reads at {url} what is {told}"


@pytest.mark.parametrize("person", [p for p in PEOPLE.values() if p != "officer elsewhere"])
def test_nothing_of_another_partnership_shows_anywhere(person: str, stage: Stage) -> None:
    foreign = {ref for name, ref in stage.world.there.items() if name not in ("slug", "pack", "partnership", "edition")}
    for url, text in readable(stage, person).items():
        assert not [ref for ref in foreign if ref in text], f"{person} sees a foreign reference at {url}"
        assert not [name for name in PLACES_THERE if name in text], f"{person} reads of another partnership at {url}"


def test_the_words_are_found_where_they_belong(stage: Stage) -> None:
    """The search would see them: the lead's own pages hold them."""
    texts = "\n".join(readable(stage, "lead").values())
    found = {what for what, words in SECRETS.items() if words in texts}
    assert found >= {
        "not shared",
        "not ticked",
        "for the lead",
        "who does it",
        "who chaired",
        "the lead asks",
        "what became of it",
        "our own minutes",
        "our own minutes of a draft",
        "a draft",
    }
