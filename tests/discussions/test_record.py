"""The rules of a record: what can be sent as typed, what is said about the rest; nothing changes on the way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.discussions import record, retyping
from app.discussions.content import shaped
from app.discussions.deeds import Step
from app.discussions.models import Setting
from app.discussions.record import Answer, Bounds, Meeting, Record, Said
from app.packs.models import PointKind
from app.text import clean, is_blank
from tests.discussions.typing_in import content, point

POINTS = {"point-0": PointKind.OPEN, "point-1": PointKind.KNOWLEDGE_CHECK, "point-2": PointKind.OPEN}
TODAY = date(2026, 11, 23)
BOUNDS = Bounds(TODAY, date(2021, 4, 1), "in April 2021")


def read(**changes: Any) -> Record:
    made = record.read(shaped(content(**changes)), POINTS, BOUNDS)
    assert isinstance(made, Record), made
    return made


def amiss(**changes: Any) -> dict[str, str]:
    made = record.read(shaped(content(**changes)), POINTS, BOUNDS)
    assert isinstance(made, list), "nothing was found amiss"
    return {fault.field: fault.message for fault in made}


def test_what_was_typed_becomes_a_record_and_a_blank_point_no_answer() -> None:
    made = read()
    assert made.meeting == Meeting(
        held_on=date(2026, 11, 18), setting=Setting.TEAM_MEETING, present=8, chaired_by="Team manager"
    )
    assert made.said.answers == (
        Answer(key="point-0", words="We talked about it."),
        Answer(key="point-1", yes=3, not_yet=5),
    )
    assert made.said.actions == (Step(what="Ask fathers to the first visit", who="Duty worker", by=date(2026, 12, 18)),)
    assert made.said.question_to_lead == "Who can train us?"
    assert not made.said.took_no_notes


def test_only_the_date_the_setting_and_the_number_present_are_needed() -> None:
    bare = {key: content()[key] for key in ("held_on", "setting", "present")}
    made = record.read(shaped(bare), POINTS, BOUNDS)
    assert isinstance(made, Record)
    assert made.said == Said(), "what nobody said does not stand in the minutes: not even that no notes were taken"
    assert set(amiss(held_on={}, setting="", present="")) == {"held_on", "setting", "present"}


def test_no_notes_is_a_record_and_words_under_a_point_beside_the_tick_are_asked_about() -> None:
    said = read(no_notes=True, points={"point-1": point(yes="8")}, actions=[], question_to_lead="").said
    assert said.took_no_notes and said.answers == (Answer(key="point-1", yes=8),)
    assert "Take one of them away" in amiss(no_notes=True)["no_notes"]
    assert not read(points={}, actions=[]).said.took_no_notes


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("", "", ""), "on which day"),
        (("31", "2", "2026"), "there is no 31 February in 2026"),
        (("29", "2", "2025"), "there is no 29 February in 2025"),
        (("18", "11", "26"), "with all four figures"),
        (("24", "11", "2026"), "24 November 2026 is still to come"),
        (("31", "3", "2021"), "first published in April 2021"),
        (("one", "1", "2026"), "must be a number"),
    ],
)
def test_the_day_of_the_meeting_is_a_real_one_after_publication_and_not_to_come(
    typed: tuple[str, str, str], said: str
) -> None:
    day, month, year = typed
    found = amiss(held_on={"day": day, "month": month, "year": year})
    assert said in found["held_on"]


@pytest.mark.parametrize("day", [TODAY, date(2021, 4, 1), date(2024, 2, 29)])
def test_the_first_and_the_last_day_a_meeting_can_have_been_are_taken(day: date) -> None:
    boxes = {"day": str(day.day), "month": f"{day.month:02}", "year": str(day.year)}
    assert read(held_on=boxes).meeting.held_on == day


@pytest.mark.parametrize("present", ["0", "-3", "8.5", "eight", "10000", "9" * 5_000])
def test_the_number_present_is_a_whole_number_of_people(present: str) -> None:
    assert "in figures" in amiss(present=present)["present"]


def test_no_more_hands_than_people_and_either_counts_or_not_counted() -> None:
    found = amiss(points={"point-1": point(yes="5", partly="3", not_yet="1")})
    assert "add up to 9, and 8 were there" in found["points-point-1-yes"]
    assert read(points={"point-1": point(yes="5", partly="3", not_yet="0")}).said.answers[0].not_yet == 0
    assert (
        "take one of them away"
        in amiss(points={"point-1": point(yes="5", not_counted=True)})["points-point-1-not_counted"].lower()
    )
    assert read(points={"point-1": point(not_counted=True)}).said.answers == (Answer(key="point-1", not_counted=True),)
    assert "points-point-1-partly" in amiss(points={"point-1": point(partly="some")})


def test_counts_under_a_point_that_asks_for_none_are_left_out() -> None:
    assert read(points={"point-0": point("Yes.", yes="3")}).said.answers == (Answer(key="point-0", words="Yes."),)
    assert read(points={"no-such": point("Yes.")}).said.answers == ()


def test_an_action_says_what_and_its_date_is_one() -> None:
    rows = [
        {"what": "", "who": "Duty worker", "by": ""},
        {"what": " \u200b ", "who": "", "by": ""},
        {"what": "Train", "who": "", "by": "soon"},
    ]
    assert set(amiss(actions=rows)) == {"actions-0-what", "actions-2-by"}
    assert read(actions=rows[1:2]).said.actions == ()


def test_100_000_characters_are_kept_and_one_more_is_counted_out() -> None:
    assert len(read(points={"point-0": point("ü" * 100_000)}).said.answers[0].words) == 100_000
    assert "100,001 characters" in amiss(points={"point-0": point("x" * 100_001)})["points-point-0-words"]
    assert "100,001" in amiss(question_to_lead="x" * 100_001)["question_to_lead"]
    assert "301" in amiss(chaired_by="x" * 301)["chaired_by"]
    assert "2,001" in amiss(actions=[{"what": "x" * 2_001}])["actions-0-what"]


def test_all_answers_together_are_kept_up_to_300_000_characters() -> None:
    words = {key: point("x" * 100_000) for key in POINTS}
    said = {"points": words, "actions": []}
    assert read(**said, question_to_lead="").said.answers
    assert "300,001 characters" in amiss(**said, question_to_lead="x")[""]


def test_when_a_briefing_was_first_published_is_a_day_or_a_month() -> None:
    assert record.published_on({"published": "2021-04"}) == (date(2021, 4, 1), "in April 2021")
    assert record.published_on({"published": "2021-04-30"}) == (date(2021, 4, 30), "on 30 April 2021")
    assert record.published_on({}) == (None, "")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(clean)
counts = st.none() | st.integers(0, 3)
answers = st.builds(lambda words, yes, partly, not_yet: (words, yes, partly, not_yet), texts, counts, counts, counts)


@settings(deadline=None)
@given(
    held_on=st.dates(date(2021, 4, 1), TODAY),
    setting=st.sampled_from(Setting),
    present=st.integers(9, 9_999),
    typed=st.lists(answers, min_size=3, max_size=3),
    actions=st.lists(st.tuples(texts, texts, st.none() | st.dates(date(1, 1, 1), TODAY + timedelta(900))), max_size=4),
    questions=st.tuples(texts, texts),
    no_notes=st.booleans(),
)
def test_a_record_typed_again_is_the_same_record(
    held_on: date,
    setting: Setting,
    present: int,
    typed: list[tuple[str, int | None, int | None, int | None]],
    actions: list[tuple[str, str, date | None]],
    questions: tuple[str, str],
    no_notes: bool,
) -> None:
    assume(not no_notes or all(is_blank(words) for words, *_ in typed))
    points = {
        key: point(words, *("" if n is None else str(n) for n in numbers))
        for key, (words, *numbers) in zip(POINTS, typed, strict=True)
    }
    steps = [{"what": w, "who": who, "by": by.isoformat() if by else ""} for w, who, by in actions if not is_blank(w)]
    made = read(
        held_on={"day": str(held_on.day), "month": str(held_on.month), "year": f"{held_on.year:04}"},
        setting=setting.value,
        present=str(present),
        points=points,
        actions=steps,
        question_to_lead=questions[0],
        question_to_partnership=questions[1],
        no_notes=no_notes,
    )
    assert record.read(retyping.typed(made), POINTS, BOUNDS) == made
    kept = {answer.key: answer.words for answer in made.said.answers}
    for key, (words, *_) in zip(POINTS, typed, strict=True):
        assert kept.get(key, "") == ("" if is_blank(words) else words), "words are kept to the letter"
