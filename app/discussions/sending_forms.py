"""The other forms of a team: sending, an upload, an earlier text, throwing away, a reply without minutes."""

from __future__ import annotations

from app.discussions.forms import NO_NAMES
from app.discussions.models import ReplyKind
from app.web.files import FileField
from app.web.forms import Choice, ChoiceField, Form, HiddenField, LineField, WordsField


class CheckForm(Form):
    """Sending. It carries unseen what was looked at."""

    seen = HiddenField()


class UploadForm(Form):
    """A response sheet that comes back."""

    file = FileField(
        "The Word file that you filled in", needed="Choose the Word file that you filled in.", accept=".docx"
    )


class PutBackForm(Form):
    """Which earlier text of which page is to stand there again."""

    part = HiddenField()
    version = HiddenField()

    def which(self) -> tuple[str, int]:
        """The page and the version, as far as they are any."""
        version = str(self.version.data or "")
        return str(self.part.data or ""), int(version) if version.isdecimal() and len(version) < 9 else 0


class DiscardForm(Form):
    """Throwing a draft away: nothing but the token."""


class OtherForm(Form):
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
