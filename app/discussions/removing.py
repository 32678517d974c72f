"""Has a text go for good that is kept beside a draft: one set aside, what came with a sheet, or an earlier text.

Whoever typed a name that should not be there, or uploaded the wrong file, does not have to throw the whole draft away.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import policy
from app.clock import moment_words
from app.discussions import beside, holding, kept
from app.discussions.beside import Brought
from app.discussions.content import Content, shaped
from app.discussions.drafts import Draft, DraftRevision
from app.discussions.models import Minutes
from app.errors import Denied, NotFound
from app.policy import Actor
from app.trail.services import note


class Beside(NamedTuple):
    """A text that may go: on which page of the form it belongs, what it is, whether the actor typed it, and the text:
    as a page has it (`row`: an earlier one), or what came with a sheet."""

    part: str
    called: str
    own: bool
    typed: Content | None = None
    row: DraftRevision | None = None
    sheet: Brought | None = None


def find(session: Session, actor: Actor, draft: Draft, key: str) -> Beside | None:
    """The text of this key; None where there is none any more. Its own typist may have it go, and whoever may throw the
    whole draft away. Raises `Denied` for another's."""
    policy.require(actor, "edit_draft", draft)
    found = _aside(actor, draft, key) or _of_sheet(draft, key) or _earlier(session, actor, draft, key)
    if found and not found.own and not policy.allows(actor, "discard_draft", draft):
        raise Denied("Somebody else typed this. Whoever leads the team can remove it.")
    return found


def _aside(actor: Actor, draft: Draft, key: str) -> Beside | None:
    aside = next((one for one in beside.everything(draft.content) if one.key == key), None)
    return aside and Beside(aside.part, aside.called, aside.person == actor.ref, aside.typed)


def _of_sheet(draft: Draft, key: str) -> Beside | None:
    sheet = next((one for one in beside.sheets_in(draft.content) if beside.key_of(one) == key), None)
    called = f"what stood outside the boxes of the Word sheet that {beside.brought_by(sheet)}" if sheet else ""
    return Beside("said", called, own=False, sheet=sheet) if sheet else None


def _earlier(session: Session, actor: Actor, draft: Draft, key: str) -> Beside | None:
    try:
        row = kept.revision(session, draft, *kept.part_and_version(key))
    except NotFound:
        return None
    called = f"what {row.by.name} had there on {moment_words(row.at)}"
    return Beside(row.part, called, row.by_id == actor.person, shaped(row.typed), row)


def remove(session: Session, actor: Actor, draft: Draft, key: str, *, now: datetime) -> str:
    """Have the text of this key go, also from the drafts that were sent before of the same record; returns the page of
    the form on which it belonged. What is gone already is gone."""
    policy.require(actor, "edit_draft", draft)
    held = holding.held(session, draft)
    found = find(session, actor, held, key)
    if found is None:
        return "said"
    sent = select(Draft).join(Minutes, Minutes.draft_id == Draft.id).where(Minutes.thread == held.corrects)
    for draft in (held, *session.scalars(sent)):
        draft.content = beside.without(draft.content, key)
    if found.row is not None:
        session.execute(delete(DraftRevision).where(DraftRevision.id == found.row.id))
    note(session, actor, "text removed", held.ref, now=now, organisation_id=held.organisation_id)
    session.flush()
    return found.part
