"""The CSV of who is who, line by line: what spreadsheets do to it, and what is wrong with a line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.organisations.files import LARGEST, FileFaults
from app.organisations.people_file import COLUMNS, ROLES, Row, read_people
from app.policy import Role

EXAMPLE = (Path(__file__).parent / "people.csv").read_bytes()
HEADER = ",".join(COLUMNS)
PERSON = {"name": "Somebody", "email": "somebody@example.org"}
TRUST = {"partnership": "P", "organisation": "Trust", "organisation_ref": "RX1", "sector": "Health"}
TEAM = {"team": "North", "team_ref": "N"}


def line(**cells: str) -> str:
    values = [cells.get(name.rstrip("_"), cells.get(f"{name}_", "")) for name in COLUMNS]
    return ",".join('"' + value.replace('"', '""') + '"' if value else "" for value in values)


def read(*lines: str) -> list[Row]:
    return read_people("\n".join([HEADER, *lines]).encode())


def faults_of(content: bytes) -> list[str]:
    with pytest.raises(FileFaults) as refused:
        read_people(content)
    return list(refused.value.faults)


def test_a_line_is_a_place_and_who_holds_a_role_there() -> None:
    row = read_people(EXAMPLE)[3]
    assert row == Row(
        line=5,
        partnership="ESSCP",
        organisation="Coastal Health Trust",
        organisation_ref="RX1",
        sector="Health",
        team="Hailsham health visiting",
        team_ref="HV1",
        role=Role.LEADER,
        name="Leader Of Two",
        emails=("leader@trust.example.nhs.net", "leader@home.example.org"),
        starts_on=date(2026, 2, 1),
    )


def test_no_line_of_the_example_has_a_fault() -> None:
    assert [row.faults for row in read_people(EXAMPLE)] == [()] * 12


def remade(mark: str, end: str, *, head: str = "", tail: str = "") -> bytes:
    text = EXAMPLE.decode().replace(",", mark)
    return (head + text.replace("\n", tail + "\n").replace("\n", end)).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + EXAMPLE,
        remade(",", "\r\n"),
        remade(";", "\r\n", tail=";;"),
        remade("\t", "\n"),
        remade(",", "\n", tail=",,"),
        b"\xef\xbb\xbf" + remade(";", "\r\n"),
        EXAMPLE.replace(b"partnership,organisation,", b"Partnership, ORGANISATION ,", 1),
        EXAMPLE.replace(b"Midwifery", b'"Midwifery"'),
        EXAMPLE + b",,,,,,,,,,,\n\n  ,,\n",
    ],
)
def test_what_spreadsheets_make_of_a_file_is_read_the_same(content: bytes) -> None:
    assert read_people(content) == read_people(EXAMPLE)


def test_excels_line_that_names_the_separator_is_understood_and_counted() -> None:
    rows = read_people(remade(";", "\r\n", head="sep=;\r\n"))
    assert [row.line for row in rows] == [row.line + 1 for row in read_people(EXAMPLE)]


def test_columns_are_known_by_name_in_any_order() -> None:
    turned = "\n".join(",".join(reversed(line.split(","))) for line in EXAMPLE.decode().splitlines())
    assert read_people(turned.encode()) == read_people(EXAMPLE)


def test_missing_unknown_and_repeated_columns_are_all_told() -> None:
    told = faults_of(b"partnership,organisation,organisation,telephone,role\n")
    assert told[0].startswith("The first line does not name organisation_ref, sector, team,")
    assert told[1].startswith("These columns are not known here: telephone.")
    assert told[2] == "The first line names organisation more than once. Keep one of each."


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf\n\n"])
def test_an_empty_file_is_told_what_to_hold(content: bytes) -> None:
    assert faults_of(content) == [f"The file is empty. Its first line must name the columns: {', '.join(COLUMNS)}."]


def test_a_file_without_rows_is_refused() -> None:
    assert faults_of(HEADER.encode()) == ["The file holds the names of the columns and nothing else."]


def test_other_letters_than_utf_8_are_told_how_to_be_saved() -> None:
    told = faults_of(f"{HEADER}\nESSCP,Caf".encode() + b"\xe9,1\n")
    assert told == [
        "Line 2: there is a letter here that is not UTF-8. In Excel, save the file as “CSV UTF-8 (Comma delimited)”."
    ]
    assert faults_of(EXAMPLE.decode().encode("utf-16"))[0].startswith("The file is in UTF-16.")


def test_a_file_over_10_mb_is_refused() -> None:
    assert faults_of(b"," * (LARGEST + 1))[0].startswith("The file is larger than 10 MB.")


def test_a_quotation_mark_that_never_closes_is_told_at_the_line_where_it_opens() -> None:
    assert faults_of(EXAMPLE + b'ESSCP,"Trust\n,\n,')[0].startswith("Line 14: a quotation mark opens here")


def test_a_cell_over_several_lines_is_one_line_and_later_lines_are_counted_right() -> None:
    rows = read(line(**{**TRUST, "organisation": "Coastal\nHealth\r\n  Trust"}), line(**TRUST), line(role="cook"))
    assert [row.line for row in rows] == [2, 5, 6]
    assert rows[0].organisation == "Coastal Health Trust"


@pytest.mark.parametrize(
    "words", ["=cmd|' /C calc'!A0", "+1", "-1", "@sum", "<b>bold</b>", "{{ 7*7 }}", "O'Neill-Śmith 🙂"]
)
def test_formulas_and_markup_are_plain_text(words: str) -> None:
    assert read(line(**TRUST, **PERSON | {"name": words}, role="lead"))[0].name == words


def test_control_characters_and_direction_marks_do_not_come_in() -> None:
    row = read(line(**TRUST, **PERSON | {"name": "No\x00rth\u202e\x07  End"}, role="lead"))[0]
    assert row.name == "North End"


@pytest.mark.parametrize(("words", "role"), [(words, role) for role, words in ROLES.items()])
def test_a_role_is_known_by_its_words_in_any_capitals(words: str, role: Role) -> None:
    assert [row.role for row in read(line(role=words), line(role=words.upper()), line(role=role.value))] == [role] * 3


@pytest.mark.parametrize(
    "word", ["console", "the command line", "Named Nurse", "DSL", "named to write it up", "not known yet"]
)
def test_what_is_not_a_role_is_answered_with_the_roles(word: str) -> None:
    (fault,) = read(line(**TRUST, **PERSON, role=word))[0].faults
    assert fault.startswith(f"“{word}” is not a role. Roles are: team leader, minute taker, safeguarding lead,")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *(("2026-06-02", date(2026, 6, 2)), ("02/06/2026", date(2026, 6, 2)), ("2/6/2026", date(2026, 6, 2))),
        *(("29/02/2028", date(2028, 2, 29)), ("2026-06-02 00:00:00", date(2026, 6, 2)), ("2.6.2026", date(2026, 6, 2))),
    ],
)
def test_dates_are_read_as_iso_or_with_the_day_first(text: str, day: date) -> None:
    assert read(line(**TRUST, **PERSON, role="lead", from_=text))[0].starts_on == day


@pytest.mark.parametrize(
    "text", ["31/02/2026", "06/13/2026", "29/02/2026", "1/6/26", "June", "0206-01-01", "45000", "٢/6/2026"]
)
def test_a_date_that_is_none_is_told_with_an_example(text: str) -> None:
    (fault,) = read(line(**TRUST, **PERSON, role="lead", to=text))[0].faults
    assert fault.startswith(f"“{text}” is not a da")


def test_an_appointment_may_be_for_a_single_day() -> None:
    assert read(line(**TRUST, **PERSON, role="lead", from_="2026-06-02", to="2026-06-02"))[0].faults == ()


def test_an_end_before_the_beginning_is_a_fault() -> None:
    (fault,) = read(line(**TRUST, **PERSON, role="lead", from_="2026-06-02", to="2026-06-01"))[0].faults
    assert fault.startswith("“to” is before “from”")


@pytest.mark.parametrize("between", ["; ", " ", ";", ",", "\n"])
def test_several_addresses_are_of_one_person_the_first_to_write_to(between: str) -> None:
    row = read(
        line(**TRUST, role="lead", name="S", email=between.join(["B@Example.org", "a@example.org", "b@example.org"]))
    )[0]
    assert row.emails == ("b@example.org", "a@example.org")


@pytest.mark.parametrize(
    "text",
    [
        "somebody",
        "a@b",
        "a@b..org",
        "a@b_c.org",
        "Jo <jo@example.org>",
        "a@example.org\nBcc:",
        "ä@example.org",
        "@example.org",
    ],
)
def test_what_is_not_an_address_is_a_fault(text: str) -> None:
    assert "is not an email address" in read(line(**TRUST, role="lead", name="S", email=text))[0].faults[0]


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({}, "fill in partnership"),
        ({"partnership": "P", "sector": "Health"}, "fill in organisation and organisation_ref"),
        ({**TRUST, "team": "North"}, "fill in team_ref: a team has a name and a reference of its own"),
        ({**TRUST, "role": "leader", **PERSON}, "fill in team and team_ref: this role (team leader) is held in a team"),
        (
            {**TRUST, "role": "minutes", **PERSON},
            "fill in team and team_ref: this role (minute taker) is held in a team",
        ),
        ({**TRUST, "role": "officer", **PERSON}, "leave organisation, organisation_ref and sector empty: this role"),
        (
            {"partnership": "P", **TEAM, "role": "reviewer", **PERSON},
            "leave team and team_ref empty: this role (reviewer)",
        ),
        ({**TRUST, "role": "operator", **PERSON}, "leave organisation, organisation_ref and sector empty: an operator"),
        ({**TRUST, "role": "lead"}, "fill in name and email: a role is held by somebody"),
        ({**TRUST, **PERSON}, "leave name and email empty: no role is given, or fill in the role"),
        ({**TRUST, "name": "x" * 301, "email": "a@example.org", "role": "lead"}, "name is longer than 300 characters"),
    ],
)
def test_a_row_says_what_its_role_needs(cells: dict[str, str], fault: str) -> None:
    row = read(line(local_title="x" if not cells else "", **cells))[0]
    assert any(told.startswith(fault) for told in row.faults), row.faults


@pytest.mark.parametrize(
    "cells",
    [
        TRUST,
        TRUST | TEAM,
        TRUST | TEAM | PERSON | {"role": "lead"},
        {"partnership": "P", "role": "officer", **PERSON},
        {"role": "operator", **PERSON},
        {"partnership": "P", "role": "operator", **PERSON},
    ],
)
def test_places_without_people_and_roles_of_each_reach_are_allowed(cells: dict[str, str]) -> None:
    assert read(line(**cells))[0].faults == ()


def test_more_cells_than_columns_are_a_fault_unless_they_are_empty() -> None:
    first, second = read(line(**TRUST) + ",,", line(**TRUST) + ",extra")
    assert first.faults == ()
    assert second.faults == ("there are more cells than columns: put a cell that holds a separator in quotation marks",)
