"""The pages on which a pack is made. Whatever is typed on them is kept as it is; what is still to do is said beside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.database import new_ref
from app.packs.content import PackType, PointKind, SectionType, when_words
from app.packs.drafted import Drafted, from_pieces, pieces
from app.packs.guessing import date_in
from app.packs.pictures import LONGEST_WORDS
from app.saving import Save
from app.web.files import FileField
from app.web.forms import (
    Choice,
    ChoiceField,
    DraftPage,
    FieldList,
    Form,
    FormField,
    HiddenField,
    LineField,
    Part,
    PickField,
    TickField,
    TicksField,
    WordsField,
)
from app.web.forms import leaves as leaves_of
from app.web.incoming import Incoming

MOST_ROWS = 1_000  # what a pack may hold is judged afterwards: no row that was typed is left out here
UNSEEN = {"csrf_token", "version", "opening", "kept_for"}
MARKDOWN = "A line with - begins an item of a list, **two stars** make bold, [words](https://address) a link."
_FILES = ".docx,.txt,.md,.zip"
_DATES = {"published", "source_date", "review"}
_SPACES = re.compile(r"\s+")


class MakingPage(DraftPage):
    """One page of a pack in the making."""

    part = ""

    def content(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """What stands in the page, as a draft keeps it; what the page does not show stays as it was `before`."""
        found = {name: _text(name, field) for name, field in leaves_of(self) if name not in UNSEEN}
        kept = {name: text for name, text in pieces(before, self.part).items() if "-" not in name}
        return from_pieces(kept | found, self.part)


def _text(name: str, field: Any) -> str:
    text = str(field.keys[0] if field.keys else "") if hasattr(field, "keys") else str(field.data or "")
    return written(text) if name in _DATES else text


def written(text: str) -> str:
    """A date as a pack writes it, if that is what was typed: `April 2021` is `2021-04`."""
    words = _SPACES.sub(" ", text.strip())
    when = date_in(words)
    return when.written if when and when.words == words else text


def _shown(name: str, text: str) -> str:
    try:
        return when_words(text) if name in _DATES else text
    except ValueError:
        return text


class AboutPage(MakingPage):
    """What the briefing is, and who first said it."""

    part = "about"
    title = LineField("Title", description="As people will find it, up to 150 characters")
    short_title = LineField("Short title", description="For the subjects of emails, up to 40 characters: NAI under 5")
    type = ChoiceField(
        "Where does the learning come from?", choices=[Choice(kind.value, kind.words) for kind in PackType]
    )
    source_name = LineField("Who first published it?", description="The partnership or body, with its short name")
    source_title = LineField("What was it called there?")
    source_url = LineField("Where can it be read? (optional)", description="The whole address, with https://")
    published = LineField("When was it first published?", description="A month or a day: April 2021 or 30 April 2021")
    source_date = LineField(
        "Its date at the source, if that is another (optional)", description="A month or a day, as above"
    )
    topics = WordsField("What is it about? (optional)", rows=3, description="One on a line: neglect, engaging fathers")
    audience = WordsField(
        "Whom is it for? (optional)", rows=3, description="One on a line: health visiting, schools, police"
    )
    review = LineField("When should somebody look at it again?", description="A day, such as 30 April 2027")


_SECTIONS = [
    *(Choice(kind.value, kind.heading) for kind in SectionType if kind is not SectionType.OTHER),
    Choice(SectionType.OTHER.value, "A section of your own"),
]


class SectionPart(Part):
    """A section of the briefing."""

    type = PickField("Section", choices=_SECTIONS)
    title = LineField("Its heading")
    markdown = WordsField("Text", rows=10)


class SectionsPage(MakingPage):
    """All that is read."""

    part = "sections"
    sections = FieldList(FormField(SectionPart), max_entries=MOST_ROWS)


class PointPart(Part):
    """A question put to teams, and what is said after it."""

    key = HiddenField()
    question = WordsField("Question", rows=2)
    kind = ChoiceField(
        "How is it answered?",
        choices=[
            Choice(PointKind.OPEN.value, "In words"),
            Choice(
                PointKind.KNOWLEDGE_CHECK.value,
                "By show of hands first, then in words",
                "Who could explain it: yes, partly, not yet",
            ),
        ],
    )
    note = WordsField(
        "Note for whoever leads the discussion", rows=8, description="It is read after the team has talked. " + MARKDOWN
    )


class PointsPage(MakingPage):
    """The questions."""

    part = "points"
    points = FieldList(FormField(PointPart), max_entries=MOST_ROWS)


class RecommendationPart(Part):
    """What should change."""

    key = HiddenField()
    text = WordsField("What should change?", rows=3)
    audience = LineField("Whom is it for?", description="For example, health visitors, or all partner agencies")


class RecommendationsPage(MakingPage):
    """What should change, and for whom."""

    part = "recommendations"
    recommendations = FieldList(FormField(RecommendationPart), max_entries=MOST_ROWS)


class TermPart(Part):
    """A word that is explained."""

    term = LineField("Word or abbreviation")
    full = LineField("In full (optional)")
    meaning = WordsField("What it means", rows=2)


class LinkPart(Part):
    """Something to read."""

    title = LineField("What it is")
    url = LineField("Its address", description="The whole address, with https://")


class WordsPage(MakingPage):
    """Words that are explained, things to read, words to look out for."""

    part = "words"
    glossary = FieldList(FormField(TermPart), max_entries=MOST_ROWS)
    links = FieldList(FormField(LinkPart), max_entries=MOST_ROWS)
    watch = WordsField(
        "Words to look out for (optional)",
        rows=3,
        description="One on a line, such as a place by which a family is known. Teams look again where they write it.",
    )


PAGES: dict[str, type[MakingPage]] = {
    kind.part: kind for kind in (AboutPage, SectionsPage, PointsPage, RecommendationsPage, WordsPage)
}


def filled(part: str, content: Drafted, save: Save) -> MakingPage:
    """A page with this in it, as if it had been sent, so that what cannot be used stands there as it was typed."""
    pairs = [(name, _shown(name, text)) for name, text in pieces(content, part).items()]
    return PAGES[part](Incoming([*pairs, ("version", str(save.version)), ("opening", save.opening or new_ref())]))


class BeginForm(Form):
    """From what a briefing is made."""

    how = ChoiceField(
        "What do you start from?",
        choices=[
            Choice("file", "A Word document, or a text file", "Or a briefing in one file that a partnership lends you"),
            Choice("text", "Text that I paste", "From a PDF, from slides, from an email"),
            Choice("pack", "A briefing that is published here"),
            Choice("blank", "A blank page"),
        ],
        needed="Choose what you start from.",
    )
    file = FileField("Choose the file", description="A .docx, .txt, .md or .zip file of up to 10 MB", accept=_FILES)
    text = WordsField("Paste the text", rows=10, max_length=300_000)
    pack = PickField("Which briefing?")
    partnership = PickField("For which partnership?", needed="Choose the partnership.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether there is something to start from."""
        good = super().validate(extra_validators)
        if not self.is_submitted():
            return False
        wanted = {
            "file": (self.file.data, "Choose the file of the briefing."),
            "text": (self.text.data, "Paste the text of the briefing."),
            "pack": (self.pack.data, "Choose a briefing."),
        }.get(str(self.how.data))
        if wanted and not wanted[0]:
            self.refuse(wanted[1], str(self.how.data))
            good = False
        return good


class PreviewForm(Form):
    """A text to be shown as it will be read."""

    markdown = WordsField("Text")


class StandingForm(Form):
    """How a pack stands, and why."""

    standing = ChoiceField("What is to become of it?", needed="Choose what is to become of it.")
    because = WordsField(
        "Why?",
        description="One or two sentences. Everybody who opens an old link reads them.",
        rows=4,
        max_length=1_000,
    )


class PictureForm(Form):
    """A picture for a pack in the making, the words that stand for it, and where it goes."""

    file = FileField(
        "Choose the picture",
        needed="Choose the picture.",
        description="A PNG or JPEG of up to 10 MB. A large one is made smaller, and where it was taken is left out.",
        accept=".png,.jpg,.jpeg",
    )
    words = WordsField(
        "What does it show?",
        description="For everybody who cannot see it. Say what matters in it: the figures of a chart, the steps of a "
        "drawing.",
        rows=3,
        max_length=LONGEST_WORDS,
    )
    section = PickField("Put it at the end of", blank="No section yet: I put it into the text myself")


class SortForm(Form):
    """Which pieces are moved, and where to: `do` is the button that moves them by one, or one to another's place."""

    version = HiddenField()
    do = HiddenField()
    piece = TicksField("Pieces")
    to = PickField("Move what is ticked to", blank="Choose where")


class PublishForm(Form):
    """Publishing. It carries unseen which version was looked at."""

    seen = HiddenField()
    nobody_known = TickField(
        "I have read it through: no family could be recognised from it, by names, places, dates or rare events",
        needed="Read it through once more, and tick that no family could be recognised.",
    )


class PackPutBackForm(Form):
    """An earlier text that is to stand again: its page and version."""

    which = HiddenField()


class PackDraftDiscardForm(Form):
    """Throwing a draft away. It carries unseen which version was looked at."""

    seen = HiddenField()
