"""What a lead can say about minutes. Nothing needs typing but a question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wtforms.fields import Label

from app.text import is_blank
from app.web.forms import (
    Choice,
    ChoiceField,
    Form,
    GovDateField,
    HiddenField,
    KeptPage,
    TickField,
    TicksField,
    WordsField,
)

ASK_OR_NOT = "You wrote a question to the team. Choose to ask it, or clear what you wrote there."


NOT_YET = "Nothing has been decided yet. Look through your choice, then press the button below it."
QUOTED_ONLY = "Answer {} in the list is ticked to be quoted but not to be shared. Tick it in both lists, or in neither."


class AnswerForm(KeptPage):
    """What the team says to a question."""

    words = WordsField(
        "Your answer",
        description="No names of children or families. Your lead reads this, and nobody outside your organisation.",
        called="Your answer",
        max_length=10_000,
        rows=6,
    )


class ToldForm(Form):
    """That somebody said outside this service that she has the minutes. Whom it can be is set by the page."""

    who = ChoiceField("Who told you?", needed="Choose who told you.")
    on = GovDateField(
        "On which day?",
        description="For example, 27 3 2026",
        needed="Give the day on which you were told.",
        called="The day on which you were told",
    )


class Ahead(StrEnum):
    """What a lead can decide beforehand."""

    READ_FIRST = "read"
    AT_ONCE = "at_once"


class AheadForm(Form):
    """A decision beforehand. `seen` is the reference of the one that stood when the page was made."""

    seen = HiddenField()
    sharing = ChoiceField(
        "What happens with answers when a team sends them?",
        needed="Choose what happens with answers when a team sends them.",
        choices=[
            Choice(Ahead.READ_FIRST, "I read each one first", "Nothing is shared before you have decided about it."),
            Choice(
                Ahead.AT_ONCE,
                "Share at once when the check finds nothing",
                "You read them afterwards, say that you have them, and can stop sharing at any time.",
            ),
        ],
    )
    quotable = TickField("They may be quoted without naming us")


class Often(StrEnum):
    """How often somebody gets emails about minutes."""

    EACH = "each"
    WEEKLY = "weekly"


class RhythmForm(Form):
    """How often emails about minutes come."""

    often = ChoiceField(
        "How often do you want to hear of minutes?",
        needed="Choose how often you want to hear of minutes.",
        choices=[
            Choice(Often.EACH, "A letter for each set of minutes", "It comes when a team sends them."),
            Choice(
                Often.WEEKLY,
                "One letter a week",
                "On Monday at 8:00, or on the first working day of the week: what waits, by team and briefing. "
                "None when nothing waits.",
            ),
        ],
    )


class HaveForm(Form):
    """Which of the minutes that a lead has opened she has. Not ticked from the start: she says it of each by name."""

    minutes = TicksField(
        "Opened and not confirmed yet",
        description="Tick those that you have. That says by your name “I have this”, and shares nothing.",
        needed="Tick the minutes that you have.",
    )


class Decision(StrEnum):
    """The three things a lead can do with answers."""

    SHARE = "share"
    KEEP = "keep"
    ASK = "ask"


class Part(StrEnum):
    """What goes with the answers unless it is held back."""

    ACTIONS = "actions"
    QUESTION = "question"


@dataclass(frozen=True)
class Offer:
    """What can be chosen. `answers` by the keys of their points, `partnerships` as (slug, short name).

    `own`: she recorded them herself, so that there is nothing to acknowledge or to ask, only to share. `said`: somebody
    has them already. What is `shared` of this version is taken back with a button of its own: “do not share” never
    stands beside it; `unread`: that went by a decision taken beforehand, and nobody has read them. Of a team that is
    not `confirmed` nothing is shared. `naming` says whose name is seen.
    """

    answers: list[Choice]
    parts: list[Choice]
    partnerships: list[tuple[str, str]]
    naming: str
    own: bool = False
    said: bool = False
    shared: bool = False
    unread: bool = False
    confirmed: bool = True
    version: int = 1


KEEP, STOP = ", or choose not to share for now", ", or follow “Stop sharing these answers” on this page"


class DecisionForm(KeptPage):
    """One page, one button. What can be chosen is set by `offer`, from the minutes; `seen` is a digest of what had been
    decided when the page was made, `signing` the name on its button. `look` comes with the button that Enter presses:
    whoever pressed Enter on a tick box meant the tick, and what a partnership has read cannot be taken back."""

    seen = HiddenField()
    signing = HiddenField()
    look = HiddenField()
    decision = ChoiceField(
        "What should happen with these answers?", needed="Choose what should happen with these answers."
    )
    answers = TicksField("Answers to share")
    parts = TicksField("What goes with them", description="Untick what you want to keep here.")
    quotable = TicksField(
        "May be quoted",
        description="Word for word in a report, without any name of a team or an organisation. Only answers that are "
        "shared can be quoted. None unless you tick it.",
    )
    partnerships = TicksField("Share with")
    question = WordsField(
        "Your question to the team",
        description="Whoever recorded these minutes and whoever leads the team read it. Do not name a child or a "
        "family, and do not report a concern here: the numbers to call are at the foot of this page.",
        rows=4,
        max_length=2_000,
    )

    def offer(self, given: Offer) -> None:
        """Set what can be chosen."""
        self.confirmed = given.confirmed
        several = len(given.partnerships) > 1
        names = "the partnerships ticked here" if several else f"the {given.partnerships[0][1]}"
        mine = "" if given.own or given.said else "I have this. "
        later = given.version > 1
        what = "what is ticked here" if given.shared else "the answers of this version" if later else "the answers"
        share = f"Leave shared with {names} what is ticked here" if given.unread else f"Share {what} with {names}"
        ask = f"Ask the team a question{'' if given.said else ' first'}"
        keep = f"{mine}Do not share {'this version ' if later else ''}for now"
        self.decision.choices = [
            *([Choice(Decision.SHARE, f"{mine}{share}")] if given.confirmed else []),
            *([] if given.shared or given.own else [Choice(Decision.KEEP, keep)]),
            *([] if given.own else [Choice(Decision.ASK, ask)]),
        ]
        self._or_else = STOP if given.shared else "" if given.own else KEEP
        self.answers.choices = self.quotable.choices = given.answers
        self.answers.description = f"{given.naming} Untick what you want to keep here."
        self.parts.choices = given.parts
        self.partnerships.choices = [Choice(slug, f"The {name}") for slug, name in given.partnerships]
        if given.said or (given.shared and not given.unread):
            self.decision.label = Label(self.decision.id, "Change what happens with these answers")

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether one thing was chosen, with what belongs to it; a question typed beside another choice is not lost."""
        good = super().validate(extra_validators)
        if self.look.data:
            self.refuse(NOT_YET, "decision")
        if good and self.decision.data is Decision.SHARE:
            if self.answers.choices and not self.answers.data:
                self.refuse(f"Tick at least one answer to share{self._or_else}.", "answers")
            if kept_back := [n for n, choice in enumerate(self.answers.choices, 1) if self._quoted_only(choice.value)]:
                self.refuse(QUOTED_ONLY.format(kept_back[0]), "quotable")
            if not self.sharing_with():
                self.refuse("Tick whom to share with.", "partnerships")
        elif good and self.decision.data is Decision.ASK and is_blank(self.question.data):
            self.refuse("Write what you would like to ask the team.", "question")
        if good and self.decision.data is not Decision.ASK and not is_blank(self.question.data):
            self.refuse(ASK_OR_NOT, "decision")
        return good and not self.faults

    def _quoted_only(self, key: str) -> bool:
        return key in self.quotable.data and key not in self.answers.data

    def to_share(self) -> dict[str, bool]:
        """The keys of the points whose answers are ticked, and whether each answer may be quoted."""
        return {key: key in self.quotable.data for key in self.answers.data}

    def lets(self, part: Part) -> bool:
        """Whether a part goes with the answers: it is ticked, or there is nothing of the kind to hold back."""
        return part in self.parts.data or part not in [choice.value for choice in self.parts.choices]

    def sharing_with(self) -> list[str]:
        """The slugs of the partnerships ticked; the only one, where there is one."""
        everyone = [choice.value for choice in self.partnerships.choices]
        return everyone if len(everyone) == 1 else list(self.partnerships.data)
