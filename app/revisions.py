"""What stood in a draft before: rows that a save adds where it takes text away, whatever the draft is of; and who saved
a page of it last.

A row holds its page whole, and a script saves every ten seconds: without a bound one draft that stays open could fill
the disk for everybody. So of very many rows the oldest go, which the page that shows them says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.clock import moment_words
from app.saving import Pages, holds, length, saved_by

MOST_REVISIONS, MOST_REVISED = 200, 5_000_000


class Saver(NamedTuple):
    """Who saved a page of a draft last: the key of the person, her name, and when."""

    person: int
    name: str
    at: datetime


def last_saver(session: Session, draft: Any, part: str) -> Saver:
    """Who saved a page last, which need not be who saved the draft last. Where that is not known, it is."""
    _, _, key, at = saved_by(draft.content, part)
    if key in (0, draft.changed_by_id):
        return Saver(draft.changed_by_id, draft.changed_by.name, datetime.fromisoformat(at) if at else draft.changed_at)
    return Saver(key, session.get_one(type(draft.changed_by), key).name, datetime.fromisoformat(at))


def in_words(saver: Saver, whoever: int | None) -> str:
    """That a page was changed meanwhile, as a sentence for somebody (the key of a person)."""
    if saver.person == whoever:
        return f"You changed this on {moment_words(saver.at)}, in another window or on another computer."
    return f"{saver.name} changed this on {moment_words(saver.at)}, after you opened it."


def keep_what_goes(
    session: Session, model: Any, pages: Pages, draft: Any, after: Mapping[str, Any], by_id: int, **place: int
) -> None:
    """Keep each page as it stood where the content that comes takes text from it, or is somebody else's. `model` is
    that of the rows; `place` are the keys that a row has beside its draft's. Of a text that is only getting shorter the
    row with all of it is enough."""
    for part, whose, at in pages.goes(draft.content, after, by_id):
        typed = pages.part_of(draft.content, part)
        if whose in (0, by_id) and holds(_last(session, model, draft.id, part), typed):
            continue
        stood = model(
            **place,
            draft_id=draft.id,
            part=part,
            version=draft.version,
            at=datetime.fromisoformat(at) if at else draft.changed_at,
            by_id=whose or draft.changed_by_id,
            typed=typed,
            characters=length(typed),
        )
        session.add(stood)
        session.flush()
        _make_room(session, model, draft.id)


def _last(session: Session, model: Any, draft_id: int, part: str) -> Any:
    """What the newest row of a page of a draft holds, if there is one."""
    rows = select(model.typed).where(model.draft_id == draft_id, model.part == part)
    return session.scalar(rows.order_by(model.id.desc()).limit(1))


def _make_room(session: Session, model: Any, draft_id: int) -> None:
    """Let the oldest rows of a draft go where there are more than anybody could look through."""
    so_far = func.sum(model.characters).over(order_by=model.id.desc()).label("so_far")
    nth = func.row_number().over(order_by=model.id.desc()).label("nth")
    kept = select(model.id, so_far, nth).where(model.draft_id == draft_id).subquery().c
    over = select(kept.id).where((kept.so_far > MOST_REVISED) | (kept.nth > MOST_REVISIONS))
    session.execute(delete(model).where(model.id.in_(over)))
