"""What a reminder to answer says of each line: by when it was asked for, how far the team has come, where to go on.

A team that has something in its draft has started: it is told who wrote last and when, and is led back to it. Nothing
of what stands there is read out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from app.circulation.models import Asked, Circulation
from app.clock import date_words, today
from app.discussions import content as contents
from app.discussions.beside import everything
from app.discussions.drafts import Draft
from app.discussions.own_files import DraftFile
from app.discussions.unanswered import Due
from app.organisations.models import Partnership
from app.packs.models import Edition
from app.text import counted, words_joined

LONGEST_NAME = 60


@dataclass(frozen=True)
class OpenLine:
    """One line as a letter tells of it. `started`: who wrote last and when, in words; empty where nobody has."""

    asked: Asked
    passed: bool
    started: str = ""

    @property
    def partnership(self) -> Partnership:
        """Who asks."""
        return self.asked.circulation.partnership

    @property
    def what(self) -> str:
        """The team and the briefing."""
        place = self.asked.organisation_name
        name = self.asked.name if self.asked.name == place else f"{self.asked.name} ({place})"
        return f"{name}: {self.asked.circulation.edition.title}"

    @property
    def told(self) -> str:
        """By when it was asked for, and what was changed about that; never that it is late."""
        dates = self.asked.circulation.dates
        by = f"Asked for by {date_words(dates[-1].on)}"
        if len(dates) > 1:
            by += f" (the date was changed on {date_words(today(dates[-1].set_at))})"
        return f"{by}, and still open." if self.passed else f"{by}."


def lines(session: Session, found: Sequence[Due], now: datetime) -> list[OpenLine]:
    """The lines of these reminders, those asked for first standing first. Four statements."""
    keys = [one.asked_id for one in found]
    edition = joinedload(Asked.circulation).joinedload(Circulation.edition)
    asked = session.scalars(
        sa.select(Asked)
        .where(Asked.id.in_(keys))
        .options(edition.options(defer(Edition.content), joinedload(Edition.pack)))
        .options(joinedload(Asked.circulation).joinedload(Circulation.partnership))
        .options(joinedload(Asked.circulation).selectinload(Circulation.dates))
    ).all()
    begun, day = _started(session, keys), today(now)
    made = [OpenLine(one, one.circulation.answer_by < day, begun.get(one.id, "")) for one in asked]
    return sorted(made, key=lambda one: (one.asked.circulation.answer_by, one.asked.name, one.asked.id))


def _started(session: Session, asked_ids: Iterable[int]) -> dict[int, str]:
    """For which of these something was begun, by the key of what was asked: who wrote last and when."""
    drafts = session.execute(
        sa.select(Draft, sa.exists().where(DraftFile.draft_id == Draft.id))
        .where(Draft.asked_id.in_(list(asked_ids)), Draft.sent_at.is_(None))
        .options(joinedload(Draft.changed_by))
    ).all()
    return {
        draft.asked_id: f"{draft.changed_by.name} wrote last on {date_words(today(draft.changed_at))}"
        for draft, has_file in drafts
        if has_file or is_begun(draft.content)
    }


def is_begun(content: Mapping[str, Any]) -> bool:
    """Whether there is anything in a draft: under the questions, about the meeting, or set aside beside them."""
    return bool(everything(content)) or any(not contents.same({}, content, part) for part in contents.PARTS)


def facts(found: Sequence[OpenLine]) -> dict[str, Any]:
    """What a letter says of all of them together."""
    partnerships = list(dict.fromkeys(one.partnership.short_name for one in found))
    return {
        "askers": words_joined([f"the {name}" for name in partnerships]),
        "several_askers": len(partnerships) > 1,
        "to_begin": any(not one.started for one in found),
    }


def subject(found: Sequence[OpenLine], now: datetime) -> str:
    """“Still open”, then team, task and short title; or how many there are."""
    if len(found) > 1:
        return f"Still open: {task(found)}"
    line, day = found[0], today(now)
    by = date_words(line.asked.circulation.answer_by).removesuffix(f" {day.year}")
    what = "minutes to finish" if line.started else "to discuss" if line.passed else f"to discuss by {by}"
    name = line.asked.name
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
    return f"Still open: {short}: {what} – {line.asked.circulation.edition.short_title}"


def task(found: Sequence[OpenLine]) -> str:
    """“2 briefings to discuss”, “1 set of minutes to finish”, or both."""
    begun = sum(bool(one.started) for one in found)
    parts = [f"{counted(len(found) - begun, 'briefing')} to discuss"] if len(found) > begun else []
    return words_joined([*parts, *([f"{counted(begun, 'set')} of minutes to finish"] if begun else [])])
