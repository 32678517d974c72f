"""The part of page 2 on which a team says what became of what it said it would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms.validators import ValidationError

from app.clock import date_words
from app.discussions.content import NewsTyped, news_of
from app.discussions.deeds import LONGEST_BECAUSE, day_of
from app.discussions.news import Became
from app.web.dates import Written, read_date
from app.web.forms import Choice, ChoiceField, HiddenField, LineField, Part, WordsField

NOT_SAID = "not_said"
EMPTY = NewsTyped(how="", by="", because="")


class ByField(LineField):
    """A date on one line. `understood` is `2026-06-12`, or what was typed where it is not a date."""

    @property
    def understood(self) -> str:
        """As a draft keeps it."""
        try:
            day = read_date(Written(day=self.data))
        except ValidationError:
            return self.data
        return day.isoformat() if day else ""


class NewsPart(Part):
    """What became of one action. It carries unseen which one it is."""

    key = HiddenField()
    how = ChoiceField(
        "What became of it?",
        choices=[
            Choice(Became.DONE, "Done"),
            Choice(Became.STILL, "Still to do"),
            Choice(Became.DROPPED, "No longer needed"),
            Choice(NOT_SAID, "We did not talk about it"),
        ],
    )
    by = ByField("New date, if there is one", description="For example, 12 June 2027")
    because = WordsField(
        "Why is it no longer needed?",
        description="A few words are enough. No names of children or families.",
        rows=2,
        max_length=LONGEST_BECAUSE,
    )

    def said(self) -> NewsTyped:
        """As a draft keeps it."""
        how = next(iter(self.how.keys), "")
        return NewsTyped(how="" if how == NOT_SAID else how, by=self.by.understood, because=self.because.data)


def news_typed(parts: Iterable[Any]) -> dict[str, NewsTyped]:
    """What the parts of a page say, by the keys of the actions; nothing of one that is not named."""
    return {str(part.key.data)[:40]: part.said() for part in parts if part.key.data}


def news_pairs(typed: Mapping[str, NewsTyped]) -> list[tuple[str, str]]:
    """The same as a browser would send it."""
    pairs = []
    for row, (key, raw) in enumerate(typed.items()):
        said = news_of(raw)
        day = day_of(said["by"])
        by = date_words(day) if day else said["by"]
        values = {"key": key, "how": said["how"], "by": by, "because": said["because"]}
        pairs += [(f"news-{row}-{name}", text) for name, text in values.items()]
    return pairs
