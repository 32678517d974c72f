"""The date to answer by as a calendar's entry, held against RFC 5545 and read back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from sqlalchemy.orm import Session

from app.circulation import diary, diary_file
from app.circulation.audience import addressees
from app.circulation.diary import DateFacts, entry
from app.circulation.emails import _subject
from app.circulation.models import AnswerBy, Asked
from app.circulation.queries import heard_of
from app.database import db
from app.text import clean, single_line
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW

FACTS = DateFacts(
    asked="23456789abcd",
    name="Hailsham health visiting",
    organisation="Sussex Community Trust",
    asker="The East Sussex Safeguarding Children Partnership",
    title="Injuries to small children",
    short_title="NAI under 5",
    answer_by=date(2027, 1, 11),
    changes=0,
    changed_at=NOW,
    briefing="https://learning.example.org/packs/nai-under-5-2021/editions/1",
    pack="https://learning.example.org/packs/nai-under-5-2021/editions/1/meeting.docx",
    write_up="https://learning.example.org/asked/23456789abcd/meeting?a=1,2;3",
)
ONCE = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "SEQUENCE", "LAST-MODIFIED", "URL", "TRANSP")
TEXTS = ("SUMMARY", "DESCRIPTION", "UID")
_LINE = re.compile(r"([A-Z][A-Z0-9-]*)((?:;[A-Z0-9-]+=[^;:]+)*):(.*)", re.DOTALL)
words = st.text(min_size=1).map(clean)


def unfolded(file: bytes) -> list[tuple[str, str, str]]:
    """Name, parameters and value of every content line (RFC 5545, 3.1), having checked that they are such lines."""
    assert file.endswith(b"\r\n")
    lines = file.removesuffix(b"\r\n").split(b"\r\n")
    assert not [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line or not line]
    for line in lines:
        line.decode()  # no letter is divided
    whole: list[bytes] = []
    for line in lines:
        if line.startswith(b" "):
            whole[-1] += line[1:]
        else:
            whole.append(line)
    found = [_LINE.fullmatch(line.decode()) for line in whole]
    assert all(found)
    return [(one[1], one[2], one[3]) for one in found if one]


def text_of(value: str) -> str:
    """A TEXT value as it was meant (RFC 5545, 3.3.11), having checked that nothing in it stands unescaped."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", value), value
    assert re.fullmatch(r"(?:[^\\]|\\[\\;,nN])*", value), value
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", value)
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


def checked(file: bytes) -> dict[str, str]:
    """The values of the one event in a file that keeps to the standard."""
    lines = unfolded(file)
    names = [name for name, _, _ in lines]
    ends = [(name, value) for name, _, value in lines if name in ("BEGIN", "END")]
    assert ends == [("BEGIN", "VCALENDAR"), ("BEGIN", "VEVENT"), ("END", "VEVENT"), ("END", "VCALENDAR")]
    head, event = names[: names.index("BEGIN", 1)], names[names.index("BEGIN", 1) + 1 : names.index("END")]
    assert sorted(head) == ["BEGIN", "PRODID", "VERSION"]  # no METHOD: nobody is invited
    assert {name: value for name, _, value in lines}["VERSION"] == "2.0"
    assert sorted(event) == sorted(ONCE)
    values = {name: value for name, _, value in lines}
    parameters = {name: given for name, given, _ in lines if given}
    assert parameters == {"DTSTART": ";VALUE=DATE", "DTEND": ";VALUE=DATE"}
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        assert re.fullmatch(r"\d{8}T\d{6}Z", values[name])
    for name in ("DTSTART", "DTEND"):
        assert re.fullmatch(r"\d{8}", values[name])
    assert values["SEQUENCE"].isdecimal()
    return {name: text_of(value) if name in TEXTS else value for name, value in values.items()}


def test_an_entry_keeps_to_the_standard_and_lasts_the_whole_day() -> None:
    said = checked(entry(FACTS, NOW))
    assert (said["DTSTART"], said["DTEND"]) == ("20270111", "20270112")
    assert said["SUMMARY"] == "Hailsham health visiting: to discuss by 11 January 2027 – NAI under 5"
    assert (said["SEQUENCE"], said["TRANSP"], said["URL"]) == ("0", "TRANSPARENT", FACTS.write_up)
    assert said["DTSTAMP"] == f"{NOW:%Y%m%dT%H%M%SZ}"
    for part in (FACTS.briefing, FACTS.pack, FACTS.write_up, "20 minutes", "10 to write it up", FACTS.title):
        assert part in said["DESCRIPTION"]


def test_the_year_is_left_out_where_it_is_this_one() -> None:
    facts = replace(FACTS, answer_by=date(2026, 12, 1))
    assert diary.summary(facts, NOW) == "Hailsham health visiting: to discuss by 1 December – NAI under 5"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words, words, words)
def test_whatever_stands_in_names_and_titles_the_entry_keeps_to_the_standard(name: str, place: str, title: str) -> None:
    said = checked(entry(replace(FACTS, name=name, organisation=place, title=title), NOW))
    assert said["SUMMARY"] == single_line(f"{name}: to discuss by 11 January 2027 – NAI under 5")
    assert single_line(title) in said["DESCRIPTION"]


@pytest.mark.parametrize(
    "name", ["a;b,c\\n:d", "x" * 300, "é" * 200, "👩🏽‍⚕️" * 40, "שלום", "END:VEVENT\r\nBEGIN:VALARM", '"; X=1:']
)
def test_hostile_names_begin_no_line_of_their_own(name: str) -> None:
    said = checked(entry(replace(FACTS, name=single_line(name)), NOW))
    assert said["SUMMARY"].startswith(single_line(name))


def test_the_library_reads_back_what_it_wrote() -> None:
    calendar = Calendar.from_ical(entry(replace(FACTS, name="One, two; three"), NOW))
    (event,) = calendar.events
    assert isinstance(event, Event)
    assert event.start == FACTS.answer_by
    assert event.end == FACTS.answer_by + timedelta(days=1)
    assert event["SUMMARY"] == "One, two; three: to discuss by 11 January 2027 – NAI under 5"
    assert "\n" in event["DESCRIPTION"]
    assert not event.subcomponents  # no alarm: people decide
    assert event.errors == []


def test_the_check_finds_what_is_against_the_standard() -> None:
    good = entry(FACTS, NOW)
    for broken in (
        good.replace(b"\r\n", b"\n"),
        good.replace(b"\r\n ", b""),
        good.replace(b"SEQUENCE", b"UID:again\r\nSEQUENCE"),
        good.replace(b"UID:", b"X-NO:"),
        good.replace(b"SUMMARY:", b"SUMMARY:a,b"),
        good.replace(b"VERSION", b"METHOD:REQUEST\r\nVERSION"),
        good.replace(b";VALUE=DATE", b""),
        good.replace(b"SUMMARY:", b"SUMMARY:\\x"),
    ):
        with pytest.raises(AssertionError):
            checked(broken)


def test_it_has_the_subject_of_the_asking_letter(app: Flask, session: Session) -> None:
    circle = make.circle(session)
    asked = session.get_one(Asked, circle.asked.id)
    heard = addressees(heard_of(session, circle.circulation.id, NOW, [circle.organisation.id]))
    leader = next(person for person in heard if person.ref == circle.leader.ref)
    assert diary.summary(diary_file.facts(asked), NOW) == _subject(circle.circulation, leader, NOW)


def fetched(client: Client, ref: str) -> dict[str, str]:
    response = client.get(f"/asked/{ref}/date.ics")
    assert response.status_code == 200
    assert response.content_type == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="date-to-answer-by.ics"'
    assert response.headers["Cache-Control"] == "no-store"
    return checked(response.data)


def test_a_changed_date_is_the_same_entry_with_a_higher_number(app: Flask, client: Client) -> None:
    with db.writing() as session:
        circle = make.circle(session)
        key, ref, leader, sent = circle.asked.id, circle.asked.ref, circle.leader.id, circle.circulation
        first, moment = sent.answer_by, sent.dates[0].set_at
    client.as_person(leader)
    before = fetched(client, ref)
    with db.writing() as session:
        changed = session.get_one(Asked, key).circulation
        changed.dates.append(AnswerBy(on=first + timedelta(days=14), set_at=moment + timedelta(days=3), by_id=None))
    after = fetched(client, ref)
    assert after["UID"] == before["UID"]
    assert (int(before["SEQUENCE"]), int(after["SEQUENCE"])) == (0, 1)
    assert after["LAST-MODIFIED"] > before["LAST-MODIFIED"]
    assert after["DTSTART"] == f"{first + timedelta(days=14):%Y%m%d}"


def test_its_name_for_good_comes_of_no_host(app: Flask, client: Client) -> None:
    with db.writing() as session:
        circle = make.circle(session)
        ref, leader = circle.asked.ref, circle.leader.id
    uid = fetched(client.as_person(leader), ref)["UID"]
    assert ref in uid
    assert "localhost" not in uid
    assert uid == checked(entry(replace(FACTS, asked=ref, write_up="https://elsewhere.example.org/x"), NOW))["UID"]


def test_it_says_when_it_was_made_and_asks_no_clock() -> None:
    later = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert checked(entry(FACTS, later))["DTSTAMP"] == "20310506T070809Z"
