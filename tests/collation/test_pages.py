"""The collation as an officer and a reviewer meet it: pages, files, the command."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest
from flask import Flask
from sqlalchemy import select

from app.collation.tables import HEADINGS, inert
from app.database import db
from app.packs.models import Pack
from app.packs.standing import PackStanding, Standing
from tests.client import Client
from tests.collation.worlds import CANARY, UNSHARED, collated
from tests.conftest import NOW


@pytest.fixture
def refs(app: Flask) -> dict[str, str | int]:
    with db.writing() as session:
        world = collated(session)
        circle = world.circle
        return {
            "officer": circle.officer.id,
            "reviewer": circle.reviewer.id,
            "foreign": circle.noise_officer.id,
            "leader": circle.leader.id,
            "lead": circle.lead.id,
            "edition": circle.edition.ref,
            "slug": circle.edition.pack.slug,
        }


def at(refs: dict[str, str | int], rest: str = "") -> str:
    return f"/collation/{refs['edition']}{rest}"


def test_the_officer_sees_the_funnel_the_table_and_the_way_to_the_answers(
    client: Client, refs: dict[str, str | int]
) -> None:
    page = client.as_person(int(refs["officer"])).get(at(refs)).text
    assert "Asked: 3" in page
    assert "Discussed: 2" in page
    assert "Shared: 1" in page
    assert "1 team replied in another way" in page
    assert at(refs, "/points/point-0") in page


def test_of_a_withdrawn_briefing_it_is_said_why_and_nobody_more_is_to_be_asked(
    client: Client, refs: dict[str, str | int]
) -> None:
    client.as_person(int(refs["officer"]))
    assert "Circulate it to more teams" in client.get(at(refs)).text
    with db.writing() as session:
        pack = session.scalars(select(Pack).where(Pack.slug == refs["slug"])).one()
        said = {"because": "A figure was <wrong>.", "at": NOW, "by": "the officer"}
        session.add(PackStanding(pack_id=pack.id, standing=Standing.WITHDRAWN, **said))
    page = client.get(at(refs)).text
    assert "This briefing was withdrawn on" in page and "A figure was &lt;wrong&gt;." in page
    assert "Circulate it to more teams" not in page


def test_a_point_shows_shared_answers_with_organisation_and_sector_and_nothing_else(
    client: Client, refs: dict[str, str | int]
) -> None:
    client.as_person(int(refs["reviewer"]))
    page = client.get(at(refs, "/points/point-0")).text
    assert "We said zero." in page
    assert "Health" in page
    assert "May be quoted" in page
    assert "The partnership sees the organisation’s name beside the answers, not the team’s." in page
    for number in range(3):
        page = client.get(at(refs, f"/points/point-{number}")).text
        assert CANARY not in page
        assert UNSHARED not in page


def test_what_teams_ask_and_why_others_replied_otherwise_has_a_page(client: Client, refs: dict[str, str | int]) -> None:
    page = client.as_person(int(refs["reviewer"])).get(at(refs, "/teams")).text
    for words in ("Who offers it?", "Not relevant to us", "no young children", "No team has shared what it will do."):
        assert words in page
    assert CANARY not in page and UNSHARED not in page


def test_a_point_without_shared_answers_says_when_some_will_appear(client: Client, refs: dict[str, str | int]) -> None:
    page = client.as_person(int(refs["officer"])).get(at(refs, "/points/point-1")).text
    assert "No answer to this has been shared yet" in page


@pytest.mark.parametrize("who", ["foreign", "leader", "lead"])
@pytest.mark.parametrize("rest", ["", "/points/point-0", "/teams", "/report.docx", "/responses.csv", "/collation.xlsx"])
def test_others_find_nothing_on_any_page_or_file(
    client: Client, refs: dict[str, str | int], who: str, rest: str
) -> None:
    assert client.as_person(int(refs[who])).get(at(refs, rest)).status_code == 404


def test_an_unknown_point_is_not_found(client: Client, refs: dict[str, str | int]) -> None:
    assert client.as_person(int(refs["officer"])).get(at(refs, "/points/no-such")).status_code == 404


def test_the_csv_holds_the_shared_answers_and_no_formula(client: Client, refs: dict[str, str | int]) -> None:
    response = client.as_person(int(refs["officer"])).get(at(refs, "/responses.csv"))
    assert response.mimetype == "text/csv"
    text = response.data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == list(HEADINGS)
    words, quoted = HEADINGS.index("Answer"), HEADINGS.index("May be quoted")
    assert [row[words] for row in rows[1:]] == ["We said zero.", "'=1+1 said a sheet", "Who offers it?"]
    assert [row[quoted] for row in rows[1:]] == ["yes", "no", ""]
    assert rows[-1][1] == "A question for the partnership"
    assert CANARY not in text
    assert UNSHARED not in text


def test_the_workbook_holds_strings_and_numbers_and_no_formula(client: Client, refs: dict[str, str | int]) -> None:
    body = client.as_person(int(refs["officer"])).get(at(refs, "/collation.xlsx")).data
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        everything = b"".join(book.read(name) for name in book.namelist()).decode(errors="replace")
        formulas = [
            e for name in sheets for e in ElementTree.fromstring(book.read(name)).iter() if e.tag.endswith("}f")
        ]
    assert len(sheets) == 6
    assert formulas == []
    assert all(words in everything for words in ("=1+1 said a sheet", "Who offers it?", "no young children"))
    assert CANARY not in everything
    assert UNSHARED not in everything


def test_the_report_opens_in_word_and_holds_what_is_shared(client: Client, refs: dict[str, str | int]) -> None:
    body = client.as_person(int(refs["officer"])).get(at(refs, "/report.docx")).data
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        told = file.read("word/document.xml").decode()
    assert docx.Document(io.BytesIO(body)).core_properties.title.startswith("What teams said")
    assert "We said zero." in told
    assert CANARY not in told
    assert UNSHARED not in told


@pytest.mark.parametrize("ending", ["docx", "xlsx", "csv"])
def test_the_command_writes_the_same_files(
    app: Flask, client: Client, refs: dict[str, str | int], tmp_path: Path, ending: str
) -> None:
    target = tmp_path / f"out.{ending}"
    arguments = ["collation", "export", str(refs["slug"]), "--format", ending, "--output", str(target)]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    if ending == "csv":
        page = client.as_person(int(refs["officer"])).get(at(refs, "/responses.csv"))
        assert target.read_bytes() == page.data
    else:
        assert zipfile.is_zipfile(target)
    assert sorted(path.name for path in tmp_path.glob("out*")) == [f"out.{ending}"]


def test_the_command_says_what_is_wrong_and_leaves_no_half_file(
    app: Flask, refs: dict[str, str | int], tmp_path: Path
) -> None:
    run = app.test_cli_runner().invoke
    unknown = run(args=["collation", "export", "no-such", "--format", "csv", "--output", str(tmp_path / "a.csv")])
    assert "No partnership has circulated a pack called no-such." in unknown.output
    nowhere = str(tmp_path / "missing" / "a.csv")
    unwritable = run(args=["collation", "export", str(refs["slug"]), "--format", "csv", "--output", nowhere])
    assert "could not be written" in unwritable.output
    assert list(tmp_path.glob("*.csv*")) == []


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", " =1", '"=1', "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "'\n=1"]
)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["plain", "a=b", 7, None, -3, ""])
def test_other_cells_stay_as_they_are(cell: str | int | None) -> None:
    assert inert(cell) == cell
