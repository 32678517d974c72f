"""What differs between two versions of the same minutes, part by part, in the order in which a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.clock import date_words
from app.differences import Difference, difference
from app.discussions.models import SETTING_WORDS, Minutes, Response
from app.text import words_joined

NO_NOTES = "The team took no notes"


class Fact(NamedTuple):
    """Something said in a word or a number: what it was and what it is now, either of which may be empty."""

    called: str
    was: str
    now: str


@dataclass(frozen=True)
class Change:
    """A part of minutes that differs: facts that do, and what differs in its words, if anything."""

    heading: str
    facts: tuple[Fact, ...] = ()
    words: Difference | None = None


@dataclass(frozen=True)
class Changes:
    """The parts that differ, and the headings of those that do not; nothing of what stands in neither version."""

    parts: tuple[Change, ...]
    same: tuple[str, ...]


def changes(before: Minutes, after: Minutes, *beside: Fact) -> Changes:
    """From one version of minutes to a later one, with facts that stand `beside` them. Both should be loaded whole."""
    was, now = ({response.point_id: response for response in one.responses} for one in (before, after))
    found = {_meeting(before, after, *beside): True}
    for number, point in enumerate(after.edition.points, 1):
        old, new = was.get(point.id), now.get(point.id)
        found[_answer(f"{number}. {point.question}", old, new)] = bool(old or new)
    texts = {
        "What became of earlier actions": (_news(before), _news(after)),
        "What the team will do": (_actions(before), _actions(after)),
        "Question for the safeguarding lead": (before.question_to_lead, after.question_to_lead),
        "Question for the partnership": (before.question_to_partnership, after.question_to_partnership),
    }
    found |= {_words(heading, *pair): any(pair) for heading, pair in texts.items()}
    parts = tuple(part for part in found if part.facts or part.words)
    return Changes(parts, tuple(part.heading for part, there in found.items() if there and part not in parts))


def _meeting(before: Minutes, after: Minutes, *beside: Fact) -> Change:
    old, new = before.discussion, after.discussion
    facts = (
        Fact("When", date_words(old.held_on), date_words(new.held_on)),
        Fact("Kind of meeting", SETTING_WORDS[old.setting], SETTING_WORDS[new.setting]),
        Fact("How many were there", str(old.present), str(new.present)),
        Fact("Which role chaired", old.chaired_by, new.chaired_by),
        Fact("Minutes of", _teams(before), _teams(after)),
        Fact("Notes", NO_NOTES if before.took_no_notes else "", NO_NOTES if after.took_no_notes else ""),
    )
    return Change("The meeting", _that_differ(*facts, *beside))


def _answer(heading: str, was: Response | None, now: Response | None) -> Change:
    words = _words(heading, was.words if was else "", now.words if now else "").words
    return Change(heading, _that_differ(Fact("Show of hands", _hands(was), _hands(now))), words)


def _words(heading: str, was: str, now: str) -> Change:
    return Change(heading, words=None if was == now else difference(was, now))


def _that_differ(*facts: Fact) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.was != fact.now)


def _hands(response: Response | None) -> str:
    if response is None or not response.counted:
        return "We did not count" if response and response.not_counted else ""
    counts = ((response.yes, "yes"), (response.partly, "partly"), (response.not_yet, "not yet"))
    return ", ".join(f"{count} {word}" for count, word in counts if count is not None)


def _actions(minutes: Minutes) -> str:
    """What the team will do, a line for each."""
    return "\n".join(
        " – ".join(filter(None, (action.what, action.who, f"by {date_words(action.by)}" if action.by else "")))
        for action in minutes.actions
    )


def _news(minutes: Minutes) -> str:
    """What the team said about earlier actions, a line for each."""
    return "\n".join(f"{one.action.what}: {one.words}" for one in minutes.news)


def _teams(minutes: Minutes) -> str:
    return words_joined(sorted({cover.asked.name for cover in minutes.covers}))
