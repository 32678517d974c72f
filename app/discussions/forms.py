"""The pages on which a team writes down its discussion, and how they go over into a draft and back.

A form is filled from a draft as if its content had been sent, so that what cannot be used stands there as it was typed.
What a field understood (`12 June`, `8 `) goes into the draft in plain figures; the rules themselves are in `record`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar

from app.clock import date_words
from app.database import new_ref
from app.discussions import content as contents
from app.discussions import record
from app.discussions.content import Content, Save
from app.discussions.deeds import Carried
from app.discussions.models import SETTING_WORDS, Received
from app.discussions.news_forms import EMPTY, ByField, NewsPart, news_pairs, news_typed
from app.discussions.record import Amiss, Meeting, Said
from app.packs.models import DiscussionPoint, PointKind
from app.web.dates import Written
from app.web.forms import (
    Choice,
    ChoiceField,
    CountField,
    DraftPage,
    FieldList,
    FormField,
    GovDateField,
    HiddenField,
    LineField,
    Part,
    TickField,
    TicksField,
    WordsField,
)
from app.web.incoming import Incoming

ROOM_FOR_ACTIONS, MOST_NEWS = 1, 500
NO_NAMES = "No names of children or families."
Pairs = list[tuple[str, str]]
Kind = TypeVar("Kind", bound="Page")


class Page(DraftPage):
    """One page of a draft of minutes."""

    def judge(self, read: Meeting | Said | list[Amiss]) -> bool:
        """Whether the page can be used, with what is amiss in the record said on the fields that have no fault yet."""
        good = self.validate()
        for fault in read if isinstance(read, list) else []:
            field = self.find(fault.field or None)
            if not (field.errors if field is not None else self.form_errors):
                self.refuse(fault.message, fault.field or None)
                good = False
        return good


class MeetingForm(Page):
    """The meeting: three facts that are needed, and two that are not."""

    meeting_of = HiddenField()
    held_on = GovDateField(
        "When did the team meet?", description="For example, 12 6 2026 or 12 June 2026", called="The day of the meeting"
    )
    setting = ChoiceField("What kind of meeting was it?", choices=SETTING_WORDS)
    present = CountField(
        "How many people were there?",
        description="Everybody who took part, the chair included",
        called="How many people were there",
        minimum=1,
        maximum=record.MOST_PRESENT,
    )
    chaired_by = LineField(
        "Which role chaired? (optional)",
        description="A role, not a name. For example, team manager",
        called="Which role chaired",
    )
    received = ChoiceField(
        "How did the record come to you? (optional)",
        choices=[
            Choice(Received.TYPED, "I was there, or write it down here first"),
            Choice(Received.PAPER, "The team gave it to me on paper"),
            Choice(Received.MAIL, "The team sent it by email"),
            Choice(Received.WORD, "The team sent it as a Word file"),
        ],
    )
    also = TicksField("Was it a meeting of other teams too? (optional)")
    answered: Sequence[str] = ()
    offered = False

    def offer(self, teams: Iterable[tuple[str, str]], answered: Iterable[str], *, for_team: bool = False) -> None:
        """Other teams that the record may be for (references and names), and the names of the other partnerships whose
        request it answers in any case. `for_team`: whoever writes is not of the team, so that it came to her."""
        if not for_team:
            del self.received
        self.also.choices = [Choice(ref, name) for ref, name in teams]
        self.offered = True
        self.answered = list(dict.fromkeys(answered))

    def content(self) -> dict[str, Any]:
        """What stands in the page, as a draft keeps it."""
        day = self.held_on.data
        written = Written(str(day.day), str(day.month), str(day.year)) if day else self.held_on.written
        count = self.present.data
        return {
            "held_on": written._asdict(),
            "setting": next(iter(self.setting.keys), ""),
            "present": self.present.shown() if count is None else str(count),
            "chaired_by": self.chaired_by.data,
            **({"received": next(iter(self.received.keys), "")} if "received" in self else {}),
            # Of somebody who could not be let in nothing says yet which teams she may tick: what counts is seen later.
            "also": self.also.data if self.offered else [ref for ref in self.also.keys if len(ref) <= 20],
            "meeting_of": str(self.meeting_of.data or "")[:20],
        }


def meeting_pairs(typed: Content) -> Pairs:
    """A draft's share of the page as a browser would send it."""
    boxes = [(f"held_on-{part}", str(text)) for part, text in typed["held_on"].items()]
    lines = [(name, str(typed[name])) for name in ("setting", "present", "chaired_by", "received", "meeting_of")]
    return [*boxes, *lines, *(("also", ref) for ref in typed["also"])]


class ActionPart(Part):
    """Something the team will do."""

    what = WordsField("What", rows=2, max_length=record.LONGEST_ACTION)
    who = LineField("Who (a role)")
    by = ByField("By when", description="For example, 12 June 2027")


@cache
def _point_part(number: int, kind: PointKind) -> type[Part]:
    """The part of the page for one question; its number is in every name and message."""

    class OpenPart(Part):
        words = WordsField(
            f"What the team said about question {number}", description=NO_NAMES, called=f"Question {number}", rows=6
        )

    class CheckPart(OpenPart):
        yes = CountField("Yes", called=f"Question {number}, yes")
        partly = CountField("Partly", called=f"Question {number}, partly")
        not_yet = CountField("Not yet", called=f"Question {number}, not yet")
        not_counted = TickField("We did not count")

    return CheckPart if kind is PointKind.KNOWLEDGE_CHECK else OpenPart


class SaidForm(Page):
    """What the team said: all questions on one page. Made for an edition by `said_form`."""

    keys: Sequence[str] = ()
    carried: Mapping[str, Carried] = {}

    @property
    def earlier(self) -> list[tuple[Carried | None, Any]]:
        """Each earlier action with its part; None for one whose words were changed since, though something was said."""
        fields: dict[str, Any] = self._fields
        parts = [entry.form for entry in fields["news"].entries]
        shown = [(self.carried.get(part.key.data), part) for part in parts]
        return [(action, part) for action, part in shown if action or any(part.said().values())]

    @property
    def parts(self) -> list[Any]:
        """The part for each question, in order."""
        fields: dict[str, Any] = self._fields
        return [fields[f"points-{key}"].form for key in self.keys]

    def content(self) -> dict[str, Any]:
        """What stands in the page, as a draft keeps it."""
        fields: dict[str, Any] = self._fields
        rows = [entry.form for entry in fields["actions"].entries]
        return {
            "no_notes": self["no_notes"].data,
            "points": {key: _typed_point(part) for key, part in zip(self.keys, self.parts, strict=True)},
            "actions": [{"what": row.what.data, "who": row.who.data, "by": row.by.understood} for row in rows],
            "news": news_typed(entry.form for entry in fields["news"].entries),
            "question_to_lead": self["question_to_lead"].data,
            "question_to_partnership": self["question_to_partnership"].data,
        }


Writing = MeetingForm | SaidForm


def _typed_point(part: Any) -> dict[str, Any]:
    if "yes" not in part:
        return {**contents.NO_POINT, "words": part.words.data}
    counts = {name: part[name].shown() if part[name].data is None else str(part[name].data) for name in record.COUNTS}
    return {"words": part.words.data, **counts, "not_counted": part.not_counted.data}


def said_form(points: Iterable[DiscussionPoint]) -> type[SaidForm]:
    """The form class for an edition's points."""
    return _said_form(tuple((point.key, point.kind) for point in points))


@lru_cache(maxsize=200)
def _said_form(points: tuple[tuple[str, PointKind], ...]) -> type[SaidForm]:
    fields: dict[str, Any] = {"keys": tuple(key for key, _ in points)}
    fields["no_notes"] = TickField("We discussed this but took no notes")
    for number, (key, kind) in enumerate(points, 1):
        fields[f"points-{key}"] = FormField(_point_part(number, kind))
    fields["actions"] = FieldList(FormField(ActionPart), min_entries=ROOM_FOR_ACTIONS, max_entries=record.MOST_ACTIONS)
    fields["news"] = FieldList(FormField(NewsPart), max_entries=MOST_NEWS)
    fields["question_to_lead"] = WordsField(
        "A question for your safeguarding lead (optional)",
        description=f"Only the lead reads this. {NO_NAMES}",
        called="The question for the lead",
        rows=3,
    )
    fields["question_to_partnership"] = WordsField(
        "A question for the partnership (optional)",
        description=f"The partnership reads this only once it is shared. {NO_NAMES}",
        called="The question for the partnership",
        rows=3,
    )
    return type("SaidFormOfEdition", (SaidForm,), fields)


def said_pairs(typed: Content) -> Pairs:
    """A draft's share of the page as a browser would send it."""
    pairs: Pairs = [("no_notes", "yes")] if typed["no_notes"] else []
    for key, point in typed["points"].items():
        pairs += [(f"points-{key}-{name}", str(point[name])) for name in ("words", *record.COUNTS)]  # type: ignore[literal-required]
        pairs += [(f"points-{key}-not_counted", "yes")] if point["not_counted"] else []
    for index, row in enumerate(typed["actions"]):
        shown = [("what", row["what"]), ("who", row["who"]), ("by", by_words(row["by"]))]
        pairs += [(f"actions-{index}-{name}", text) for name, text in shown]
    pairs += news_pairs(typed["news"])
    pairs.append(("question_to_lead", typed["question_to_lead"]))
    return [*pairs, ("question_to_partnership", typed["question_to_partnership"])]


def with_earlier(typed: Content, carried: Mapping[str, Carried]) -> Content:
    """What a draft has, with room for each earlier action about which it says nothing yet."""
    return {**typed, "news": {**typed["news"], **{key: EMPTY for key in carried if key not in typed["news"]}}}


def with_another(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The actions with one more empty row."""
    return [*rows, {"what": "", "who": "", "by": ""}][: record.MOST_ACTIONS]


def by_words(by: str) -> str:
    """The date of an action as people read it; what is not a date as it was typed."""
    day = record.day_of(by)
    return date_words(day) if day else by


def filled(kind: type[Kind], pairs: Pairs, save: Save) -> Kind:
    """A page with this in it: opened just now from a version, or once more where it was opened before."""
    return kind(Incoming([*pairs, ("version", str(save.version)), ("opening", save.opening or new_ref())]))
