"""What minutes are made of, and the rules by which a draft makes them.

The forms forgive (month names, spaces in numbers) and put what they understood into plain figures; so this module is
strict. It is the one place where the rules of a record stand, for the pages and for sending alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from app.clock import date_words, month_words
from app.discussions.content import NO_POINT, Content, DateTyped, PointTyped
from app.discussions.deeds import LONGEST_ACTION as LONGEST_ACTION
from app.discussions.deeds import LONGEST_LINE, News, Step, kept, read_actions, read_news, too_long
from app.discussions.deeds import Amiss as Amiss
from app.discussions.deeds import day_of as day_of
from app.discussions.models import Setting
from app.packs.models import PointKind
from app.text import is_blank
from app.web.dates import DateFault, Written, read_date

LONGEST_ANSWER, MOST_CHARACTERS = 100_000, 300_000
MOST_PRESENT = 9_999
MOST_ACTIONS = 50
COUNTS = ("yes", "partly", "not_yet")


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """When a team met, in what setting, how many were present and which role chaired."""

    held_on: date
    setting: Setting
    present: int
    chaired_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said about the point with this key."""

    key: str
    words: str = ""
    yes: int | None = None
    partly: int | None = None
    not_yet: int | None = None
    not_counted: bool = False


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the team said: answers only to the points that were answered."""

    answers: tuple[Answer, ...] = ()
    actions: tuple[Step, ...] = ()
    question_to_lead: str = ""
    question_to_partnership: str = ""
    took_no_notes: bool = False
    news: tuple[News, ...] = ()


@dataclass(frozen=True)
class Record:
    """What minutes are made of."""

    meeting: Meeting
    said: Said


def published_on(edition: Mapping[str, Any]) -> tuple[date | None, str]:
    """From an edition's content when its source first published it: the first day that can be meant, and in words."""
    written = str(edition.get("published") or "")
    if re.fullmatch(r"\d{4}-\d{2}", written):
        first = date.fromisoformat(f"{written}-01")
        return first, f"in {month_words(first)}"
    day = day_of(written)
    return day, f"on {date_words(day)}" if day else ""


class Bounds(NamedTuple):
    """The days on which a meeting can have been: from when the briefing was first published (if known) to today."""

    today: date
    first: date | None = None
    first_words: str = ""


def read(content: Content, points: Mapping[str, PointKind], bounds: Bounds) -> Record | list[Amiss]:
    """The record that a draft makes, or all that keeps it from being one. `points` are the edition's, in order."""
    meeting = read_meeting(content, bounds)
    said = read_said(content, points, present_in(content))
    if isinstance(meeting, Meeting) and isinstance(said, Said):
        return Record(meeting, said)
    return [*(meeting if isinstance(meeting, list) else []), *(said if isinstance(said, list) else [])]


def read_meeting(content: Content, bounds: Bounds) -> Meeting | list[Amiss]:
    """The meeting, or what is amiss with what was typed about it."""
    amiss: list[Amiss] = []
    held_on = _held_on(content["held_on"], bounds, amiss)
    setting = next((setting for setting in Setting if setting.value == content["setting"]), None)
    if setting is None:
        amiss.append(Amiss("setting", "Choose what kind of meeting it was."))
    present = _present(content["present"], amiss)
    amiss += too_long("chaired_by", "Which role chaired", content["chaired_by"], LONGEST_LINE)
    if amiss or held_on is None or setting is None or present is None:
        return amiss
    return Meeting(held_on=held_on, setting=setting, present=present, chaired_by=kept(content["chaired_by"]))


def _held_on(boxes: DateTyped, bounds: Bounds, amiss: list[Amiss]) -> date | None:
    written = [boxes["day"], boxes["month"], boxes["year"]]
    try:
        day = read_date(Written(*written))
    except DateFault as fault:
        amiss.append(Amiss("held_on", f"The day of the meeting: {fault}"))
        return None
    if day is None:
        amiss.append(Amiss("held_on", "Say on which day the team met."))
    elif day > bounds.today:
        amiss.append(Amiss("held_on", f"{date_words(day)} is still to come. Choose the day the team met."))
    elif bounds.first and day < bounds.first:
        message = f"The briefing was first published {bounds.first_words}. Check the day the team met."
        amiss.append(Amiss("held_on", message))
    return day


def _present(written: str, amiss: list[Amiss]) -> int | None:
    if is_blank(written):
        amiss.append(Amiss("present", "Say how many people were there."))
        return None
    number = _number(written)
    if number is None or not 1 <= number <= MOST_PRESENT:
        amiss.append(Amiss("present", f"Write how many people were there in figures: from 1 to {MOST_PRESENT:,}."))
    return number


def _number(written: str) -> int | None:
    return int(written) if re.fullmatch(r"[0-9]{1,4}", written) else None


def present_in(content: Content) -> int:
    """How many were present as far as a draft says; as many as can be where it does not say it usably."""
    number = _number(content["present"])
    return number if number and number <= MOST_PRESENT else MOST_PRESENT


def read_said(content: Content, points: Mapping[str, PointKind], present: int) -> Said | list[Amiss]:
    """What the team said, or what is amiss with it. `present` is how many were there."""
    amiss: list[Amiss] = []
    answers = [
        _answer(number, key, content["points"].get(key, NO_POINT), kind, present, amiss)
        for number, (key, kind) in enumerate(points.items(), 1)
    ]
    actions, news = read_actions(content["actions"], amiss), read_news(content["news"], amiss)
    if content["no_notes"] and any(not is_blank(content["points"].get(key, NO_POINT)["words"]) for key in points):
        said = "There are notes under a question, and a tick for “We discussed this but took no notes”."
        amiss.append(Amiss("no_notes", f"{said} Take one of them away."))
    amiss += too_long("question_to_lead", "The question for the lead", content["question_to_lead"], LONGEST_ANSWER)
    to_partnership = content["question_to_partnership"]
    amiss += too_long("question_to_partnership", "The question for the partnership", to_partnership, LONGEST_ANSWER)
    amiss += _too_much(content)
    if amiss:
        return amiss
    return _said(content, tuple(answer for answer in answers if answer), actions, news)


def _said(content: Content, answers: tuple[Answer, ...], actions: tuple[Step, ...], news: tuple[News, ...]) -> Said:
    return Said(
        answers=answers,
        actions=actions,
        news=news,
        question_to_lead=kept(content["question_to_lead"]),
        question_to_partnership=kept(content["question_to_partnership"]),
        took_no_notes=content["no_notes"],
    )


def _answer(
    number: int, key: str, point: PointTyped, kind: PointKind, present: int, amiss: list[Amiss]
) -> Answer | None:
    """The answer to a point; None where nothing was said about it."""
    amiss += too_long(f"points-{key}-words", f"Question {number}", point["words"], LONGEST_ANSWER)
    words = kept(point["words"])
    if kind is not PointKind.KNOWLEDGE_CHECK:
        return Answer(key=key, words=words) if words else None
    counts = {name: _count(number, key, name, point, amiss) for name in COUNTS}
    hands = [count for count in counts.values() if count is not None]
    if sum(hands) > present:
        said = f"Question {number}: the counts add up to {sum(hands):,}, and {present:,} were there."
        amiss.append(Amiss(f"points-{key}-yes", f"{said} Change one of them."))
    if hands and point["not_counted"]:
        said = f"Question {number}: there are counts, and a tick for “We did not count”."
        amiss.append(Amiss(f"points-{key}-not_counted", f"{said} Take one of them away."))
    if not (words or hands or point["not_counted"]):
        return None
    return Answer(key=key, words=words, not_counted=point["not_counted"], **counts)


def _count(number: int, key: str, name: str, point: PointTyped, amiss: list[Amiss]) -> int | None:
    written = str(point[name])  # type: ignore[literal-required]
    count = _number(written)
    if count is None and not is_blank(written):
        message = f"Question {number}: write each count in figures, or leave it empty."
        amiss.append(Amiss(f"points-{key}-{name}", message))
    return count


def _too_much(content: Content) -> list[Amiss]:
    texts = [point["words"] for point in content["points"].values()]
    texts += [text for row in content["actions"] for text in (row["what"], row["who"])]
    texts += [said["because"] for said in content["news"].values()]
    length = sum(map(len, [*texts, content["question_to_lead"], content["question_to_partnership"]]))
    if length <= MOST_CHARACTERS:
        return []
    altogether = f"The answers are {length:,} characters altogether. The most that can be kept is {MOST_CHARACTERS:,}."
    return [Amiss("", f"{altogether} Shorten one of them.")]
