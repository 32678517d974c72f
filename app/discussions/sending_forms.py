"""The other forms of a team: sending, an upload, an earlier text, throwing away, a reply without minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.discussions.forms import NO_NAMES
from app.discussions.models import ReplyKind
from app.discussions.second_look import WHY_WORDS, Left, Look
from app.identifying import Why
from app.web.files import FileField
from app.web.forms import (
    Choice,
    ChoiceField,
    Form,
    FormField,
    HiddenField,
    KeptPage,
    LineField,
    Part,
    TickField,
    WordsField,
)
from app.web.incoming import Incoming

NOBODY_KNOWN = (
    "I have read it through: no family could be recognised from this, by names, ages with places, dates or rare events"
)


REASONS = r"look-\w+-(why|words)"
"""The names of the fields in which reasons are given."""


class LookPart(Part):
    """Why one piece is left in. It carries unseen in which fields the piece stood."""

    where = HiddenField()
    why = ChoiceField("Leave it in, for this reason", choices=WHY_WORDS)
    words = LineField("Which reason?")

    def answer(self) -> Why | None:
        """The reason that was chosen, if it is said in full."""
        why: Why | None = self.why.data
        return None if why is Why.OTHER and not self.words.data else why

    def stands(self, look: Look) -> None:
        """Of what was given before, keep nothing for a piece that now stands where nobody gave a reason for it."""
        if not set(look.fields) <= {*(self.where.data or "").split()}:
            self.why.data, self.words.data = None, ""


def _nobody_known() -> TickField:
    return TickField(NOBODY_KNOWN, needed="Read it through once more, and tick that no family could be recognised.")


class CheckForm(KeptPage):
    """Sending. It carries unseen what was looked at. Made for what there is to look at by `check_form`."""

    seen = HiddenField()
    nobody_known = _nobody_known()
    looks: Sequence[Look] = ()

    def parts(self) -> list[tuple[Look, Any]]:
        """Each piece with its part of the form."""
        fields: dict[str, Any] = self._fields
        return [(look, fields[f"look-{look.key}"].form) for look in self.looks]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every piece has its reason and the statement is ticked."""
        good = super().validate(extra_validators)
        if not self.is_submitted():
            return False
        for look, part in self.parts():
            if part.answer() is None:
                piece = f"“{look.text[:60]}”"
                if part.why.data:
                    self.refuse(f"Say in a few words why {piece} is left in.", part.words.name)
                else:
                    self.refuse(f"Change {piece}, or say why it is left in.", part.why.name)
                good = False
        return good

    def has_reasons(self) -> bool:
        """Whether any reason stands in it, however much of one."""
        return any(part.why.data or part.words.data for _, part in self.parts())

    def left(self) -> list[Left]:
        """What is left in, and why: once for each place where it stands."""
        return [
            Left(look.mark, field, part.answer(), part.words.data if part.answer() is Why.OTHER else "")
            for look, part in self.parts()
            for field in look.fields
        ]


def check_form(looks: Sequence[Look], before: Sequence[tuple[str, str]] = ()) -> CheckForm:
    """The form of the last page, with a part for each piece to look at. Of what was given `before` and not sent, the
    reasons stand there for pieces that stand as they stood; the statement is made anew."""
    fields: dict[str, Any] = {f"look-{look.key}": FormField(LookPart) for look in looks}
    last = {"nobody_known": _nobody_known()}  # made anew, so that its fault is told in the order of the page
    kind: type[CheckForm] = type("CheckFormOfDraft", (CheckForm,), {**fields, **last, "looks": tuple(looks)})
    made = kind(Incoming(pair for pair in before if pair[0].startswith("look-"))) if before else kind()
    for look, part in made.parts():
        part.why.choices = [Choice(why, words) for why, words in WHY_WORDS.items() if look.may_be(why)]
        if before:
            part.stands(look)
    return made


class ShownOnce(Form):
    """What looks like somebody's is shown once beside where it stands, and may stay then. Such a form carries unseen
    which pieces were looked at once more."""

    looked = HiddenField()

    def to_look_at(self, looks: Sequence[Look]) -> Sequence[Look]:
        """All of these pieces where one has not been shown yet; from now on all have."""
        shown = (self.looked.data or "").split(".")
        self.looked.data = ".".join(look.key for look in looks)
        return looks if any(look.key not in shown for look in looks) else ()


class UploadForm(Form):
    """A response sheet that comes back."""

    file = FileField(
        "The Word file that you filled in", needed="Choose the Word file that you filled in.", accept=".docx"
    )
    anyway = TickField("Use this sheet although it is for another team")
    of_others: str | None = None

    def refuse_of_others(self, names: str) -> None:
        """Ask whether a sheet is really to be used that was made for another team: `names` is what it calls that, and
        may be empty."""
        self.of_others = names
        self.refuse(
            "This sheet was made for another team. Choose yours, or say below that this one is to be used.", "file"
        )


class AttachForm(Form):
    """Minutes in Word that are kept as they are. It carries unseen which file was there."""

    seen = HiddenField()
    file = FileField("Your minutes in Word", needed="Choose the Word file with your minutes.", accept=".docx")


class PutBackForm(Form):
    """Which earlier text of which page is to stand there again."""

    part = HiddenField()
    version = HiddenField()

    def which(self) -> tuple[str, int]:
        """The page and the version, as far as they are any."""
        version = str(self.version.data or "")
        return str(self.part.data or ""), int(version) if version.isdecimal() and len(version) < 9 else 0


class RemoveForm(Form):
    """Which text beside a draft is to go."""

    which = HiddenField()


class DiscardForm(Form):
    """Throwing a draft away: nothing but the token."""


class OtherForm(ShownOnce, KeptPage):
    """A reply without minutes: which one, and the words that go with it."""

    kind = ChoiceField(
        "What is your team’s answer?",
        needed="Choose one of the two answers.",
        choices=[
            Choice(ReplyKind.NOT_RELEVANT, "This briefing is not relevant to us"),
            Choice(ReplyKind.DISCUSSED_ELSEWHERE, "We discussed it with another team, which records it"),
        ],
    )
    because = WordsField(
        "Why is it not relevant?",
        description=f"A sentence is enough. {NO_NAMES}",
        called="Why it is not relevant",
        max_length=2_000,
        rows=3,
    )
    discussed_with = LineField("Which team did you discuss it with?", called="Which team")

    def words(self) -> tuple[str, str]:
        """The name of the field that goes with the answer chosen, and what stands in it."""
        name = "because" if self.kind.data is ReplyKind.NOT_RELEVANT else "discussed_with"
        return name, self[name].data
