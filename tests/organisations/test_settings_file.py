"""A partnership's settings: values as they stand in the file, and every fault told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.organisations.files import LARGEST, FileFaults
from app.organisations.settings_file import read_settings

EXAMPLE = (Path(__file__).parent / "esscp.yaml").read_bytes()
LEAST = """\
slug: north
name: North Partnership
short_name: NP
numbers_to_call: [{label: Emergency, number: 999}]
reply_name: Office
reply_to: office@north.example.gov.uk
"""


def faults_of(text: str | bytes) -> list[str]:
    with pytest.raises(FileFaults) as refused:
        read_settings(text.encode() if isinstance(text, str) else text)
    return list(refused.value.faults)


def test_every_value_is_the_text_that_stands_in_the_file() -> None:
    columns = read_settings(EXAMPLE).columns()
    assert columns["numbers_to_call"] == [
        ["Single point of advice", "01323 464222"],
        ["Out of hours", "01273335905"],
        ["Emergency", "999"],
    ]
    assert columns["reply_to"] == "office@partnership.example.gov.uk"
    assert columns["reminder_days"] == [5, 10, 15, 20]
    assert columns["answer_reminder_days"] == [-5, 1, 10]
    assert columns["school_holidays"] == [["2026-10-26", "2026-10-30"], ["2026-12-21", "2027-01-01"]]
    assert (columns["slug"], columns["colour"], columns["marking"]) == ("esscp", "#00594c", "OFFICIAL-SENSITIVE")


def test_what_is_left_out_or_left_empty_has_a_default() -> None:
    for text in (LEAST, f"{LEAST}colour:\nmarking: ''\n"):
        settings = read_settings(text.encode())
        assert settings.colour == "#1d70b8"
        assert settings.secure_domains == ("gov.uk", "nhs.net", "police.uk")
        assert settings.marking == "OFFICIAL-SENSITIVE"
        assert settings.reminder_days == (5, 10, 15, 20)
        assert settings.answer_reminder_days == (-5, 1, 10)
        assert settings.school_holidays == ()


def test_every_fault_is_told_at_once_and_each_says_what_to_do() -> None:
    told = faults_of(
        "slug: ESSCP\nshort_name: E\nnumbers_to_call: []\nreply_to: nobody\nreply_name: x\n"
        "colour: '#ffcc00'\nreminder_days: [10, 5]\nsecure_domains: [nhs net]\ncolor: red\n"
    )
    assert [fault.partition(":")[0] for fault in told] == [
        *("slug", "name", "numbers_to_call", "reply_to", "colour", "secure_domains, entry 1", "reminder_days", "color")
    ]
    assert told[1] == "name: this is missing. Add the partnership's full name."
    assert told[2].endswith("Write a list, each with a label and a number: whom to call about a child at risk.")
    assert "contrast of 1.51; 4.5 is needed. Choose a darker colour." in told[4]
    assert "The settings are: slug, name, short_name" in told[7]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("colour: teal", "“teal” is not a colour"),
        ("colour: '#777777'", "a contrast of 4.47; 4.5 is needed"),
        ("reminder_days: [5, 100]", "reminder_days, entry 2: this cannot be used"),
        ("reminder_days: [5, five]", "reminder_days, entry 2: this cannot be used"),
        ("reminder_days: [1, 2, 3, 4, 5]", "reminder_days: give 4 numbers at most."),
        ("answer_reminder_days: [-21]", "answer_reminder_days, entry 1: this cannot be used"),
        ("answer_reminder_days: [41]", "answer_reminder_days, entry 1: this cannot be used"),
        ("answer_reminder_days: [1, -5]", "answer_reminder_days: each day must be later than the one before it."),
        ("answer_reminder_days: [1, 1]", "answer_reminder_days: each day must be later than the one before it."),
        ("school_holidays: [{first: 2026-12-21}]", "school_holidays, entry 1, last: this is missing. Add the last day"),
        ("school_holidays: [{first: 21 December, last: 2026-12-31}]", "entry 1, first: this cannot be used. Write the"),
        ("school_holidays: [{first: 2026-02-21, last: 2026-02-30}]", "entry 1, last: there is no day 2026-02-30."),
        ("school_holidays: [{first: 2026-12-21, last: 2026-12-01}]", "entry 1: the last day must come after the first"),
        ("school_holidays: [{first: 2026-12-21, last: 2027-12-01}]", "entry 1: the last day must come after the first"),
        ("school_holidays: [{x: y}]", "entry 1, x: there is no such setting. The settings are: first, last."),
        ("school_holidays: December", "school_holidays: this cannot be used. Write a list, each with a first and a"),
        ("secure_domains: gov.uk", "secure_domains: this cannot be used"),
        ("marking: [a, b]", "marking: this cannot be used"),
        (f"marking: {'x' * 201}", "marking: this is longer than 200 characters"),
        ('officer_name: "\\ud800"', "officer_name: an escape"),
        ('"\\ud800": x', "The name of a setting holds a letter that cannot be shown."),
        ("officer_name: A\nofficer_name: B", "Line 8: this setting is in the file twice. Keep one."),
        ("marking: 'x\nreply_name: y", "Line 7: this cannot be read as YAML."),
    ],
)
def test_a_fault_is_told_in_plain_words(line: str, fault: str) -> None:
    assert fault in "\n".join(faults_of(f"{LEAST}{line}\n"))


def test_a_number_to_call_needs_a_label_and_a_number() -> None:
    told = faults_of(LEAST.replace("[{label: Emergency, number: 999}]", "[{label: '', number: ring us}, 999, {x: y}]"))
    assert told[0] == "numbers_to_call, entry 1, label: this is empty."
    assert told[1] == "numbers_to_call, entry 1, number: “ring us” is not a telephone number."
    assert told[2].startswith("numbers_to_call, entry 2: this cannot be used. Write one entry of a list")
    assert "numbers_to_call, entry 3, x: there is no such setting. The settings are: label, number." in told


def test_a_domain_may_be_written_with_a_star_or_an_at_sign() -> None:
    settings = read_settings(f"{LEAST}secure_domains: ['*.gov.uk', '@NHS.net']\n".encode())
    assert settings.secure_domains == ("gov.uk", "nhs.net")


@pytest.mark.parametrize("content", [b"", b"- a\n", b"just words", b"a: &x [*x", b"slug: a\x00b"])
def test_what_is_no_settings_file_is_refused_in_one_sentence(content: bytes) -> None:
    assert len(faults_of(content)) == 1


def test_letters_that_are_not_utf_8_are_named_by_line() -> None:
    assert faults_of(b"slug: x\nname: caf\xe9\n")[0].startswith("Line 2: there is a letter here that is not UTF-8.")
    assert faults_of("name: x".encode("utf-16"))[0].startswith("The file is in UTF-16.")


def test_a_file_over_10_mb_is_refused() -> None:
    assert faults_of(b"#" * (LARGEST + 1)) == [
        "The file is larger than 10 MB. Split it: each part can be loaded by itself."
    ]


def test_a_tag_makes_nothing_but_text() -> None:
    assert read_settings(f"{LEAST}marking: !!python/object:os.system OFFICIAL\n".encode()).marking == "OFFICIAL"
