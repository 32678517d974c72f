"""Keeps drafts: what was typed, usable or not, and whatever a save would take away from it.

A save that would overwrite what somebody else wrote since is refused, and its text set aside. A save that takes text
away keeps what stood there as a revision. Somebody signed out can only have a text set aside, never change a draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import policy
from app.circulation.models import Asked
from app.database import new_ref
from app.discussions import attaching, beside, combining, holding, queries, retyping, rows
from app.discussions import content as contents
from app.discussions.content import Save
from app.discussions.drafts import Draft, DraftRevision
from app.discussions.models import Minutes
from app.errors import Conflict, Invalid
from app.organisations.models import Person
from app.policy import Actor
from app.revisions import in_words, keep_what_goes, last_saver
from app.trail.services import note

_BY_NOBODY: Mapping[str, Any] = {"saved": {}}  # a draft of which nobody has saved a page yet


def save_draft(
    session: Session,
    actor: Actor,
    asked: Asked,
    content: Mapping[str, Any],
    *,
    version: int,
    corrects: str = "",
    opening: str = "",
    now: datetime,
) -> Draft:
    """Keep what was typed, usable or not. `content` may hold one page of the form only; the other stays as it is.

    `version` and `opening` are those of `content.Save`. Raises `Conflict` where somebody else changed the same page
    since then: whoever has seen their text saves from its version, and it is kept as a revision.
    """
    policy.require(actor, "record", asked)
    draft, save = holding.open_draft(session, asked), Save(version, opening)
    if draft is None:
        return begin(session, actor, asked, content, save, corrects=corrects, now=now)
    if clashing := contents.clashes(draft.content, draft.version, content, save):
        raise Conflict(in_words(last_saver(session, draft, clashing[0]), actor.person))
    after = contents.merged(draft.content, content, save, draft.version + 1, holding.person(actor), now.isoformat())
    _keep_what_goes(session, draft, after, holding.person(actor))
    return _change(session, actor, draft, after, now)


def _keep_what_goes(session: Session, draft: Draft, after: Mapping[str, Any], by_id: int) -> None:
    place = {"organisation_id": draft.organisation_id}
    keep_what_goes(session, DraftRevision, contents.PAGES, draft, after, by_id, **place)


def _change(session: Session, actor: Actor, draft: Draft, after: dict[str, Any], now: datetime) -> Draft:
    if any(after[key] != draft.content.get(key) for key in after if key != "saved"):
        draft.content = after
        draft.version += 1
        draft.changed_at, draft.changed_by_id = now, holding.person(actor)
        session.flush()
    return draft


def begin(
    session: Session,
    actor: Actor,
    asked: Asked,
    content: Mapping[str, Any],
    save: Save,
    *,
    corrects: str = "",
    now: datetime,
) -> Draft:
    """A new draft with this in it. Raises `Conflict` where the page comes from a draft that is gone."""
    policy.require(actor, "record", asked)
    if save.version:
        raise Conflict("The draft that you had open has been sent or thrown away by somebody else.")
    filled = contents.merged({}, content, save, 1, holding.person(actor), now.isoformat())
    return _new(session, actor, asked, filled, corrects, now)


def _new(session: Session, actor: Actor, asked: Asked, content: dict[str, Any], corrects: str, now: datetime) -> Draft:
    draft = Draft(
        organisation_id=asked.organisation_id,
        asked_id=asked.id,
        begun_at=now,
        changed_at=now,
        changed_by_id=holding.person(actor),
        content=content,
        corrects=corrects,
    )
    session.add(draft)
    session.flush()
    if corrects:
        attaching.carry_over(session, draft, corrects)
        draft.content = {**draft.content, **beside.left_of(queries.content_sent(session, corrects))}
    note(session, actor, "begun", draft.ref, now=now, organisation_id=asked.organisation_id)
    session.flush()
    return draft


def at_hand(session: Session, actor: Actor, asked: Asked, *, now: datetime) -> Draft:
    """The open draft for what was asked; an empty one is begun where there is none."""
    policy.require(actor, "record", asked)
    return holding.open_draft(session, asked) or _new(session, actor, asked, dict(_BY_NOBODY), "", now)


def as_sent(newest: Minutes, asked: Asked) -> dict[str, Any]:
    """What a draft begins with that corrects minutes, written for one of the requests that they answer."""
    others = [cover.asked.ref for cover in newest.covers if cover.asked_id != asked.id]
    return {**retyping.typed(rows.record_of(newest)), "received": newest.discussion.received.value, "also": others}


def keep_typed(
    session: Session,
    actor: Actor,
    asked: str,
    content: Mapping[str, Any],
    save: Save,
    *,
    corrects: str = "",
    now: datetime,
) -> None:
    """Keep what was typed although its page was refused: in the draft, or set aside in it where somebody else's text
    stands there. `asked` is a reference, because this runs in a transaction of its own, after the request's."""
    ask = session.scalars(select(Asked).where(Asked.ref == asked, policy.within(actor, "record", Asked))).one_or_none()
    empty = all(contents.same({}, content, part) for part in contents.parts_given(content))
    if ask is None or (empty and queries.open_draft(session, actor, ask) is None):
        return  # nothing was typed, so nothing is begun
    try:
        save_draft(session, actor, ask, content, version=save.version, opening=save.opening, corrects=corrects, now=now)
    except Conflict:
        draft = holding.open_draft(session, ask)
        if draft is not None:
            put_aside(session, actor, draft, content, now=now)


def put_aside(
    session: Session,
    actor: Actor,
    draft: Draft,
    content: Mapping[str, Any],
    *,
    save: Save | None = None,
    now: datetime,
) -> None:
    """Keep a text in a draft without putting it in place of what stands there: to be read, or with a `save` to stand in
    the boxes when this person opens the page again, as if it came from there."""
    policy.require(actor, "edit_draft", draft)
    who = actor.ref if save else ""
    came = save or contents.FROM_NOTHING
    draft.content = beside.put_aside(draft.content, content, actor.name, now.isoformat(), person=who, save=came)


def as_chosen(typed: Mapping[str, Any], draft: Draft, save: Save, chosen: Mapping[str, str]) -> dict[str, Any]:
    """One page put together with what the draft holds as was `chosen` beside each box, if the draft is still the one
    whose text was shown there; else as it was typed."""
    if not chosen or save.version != draft.version:
        return dict(typed)
    return combining.combined(typed, draft.content, contents.parts_given(typed)[0], chosen)


def rescue(
    session: Session,
    asked: str,
    who: str,
    content: Mapping[str, Any],
    save: Save,
    *,
    corrects: str = "",
    chosen: Mapping[str, str] | None = None,
    now: datetime,
) -> None:
    """Set aside what a page brought although whoever sent it could not be let in: in the open draft, or in one that
    begins with it. It changes nothing else. The caller has proved that the page had been this person's; `asked` and
    `who` are references. `corrects` is the thread of what the page's draft became, if it was sent meanwhile."""
    ask = session.scalars(select(Asked).where(Asked.ref == asked)).one_or_none()
    typist = session.scalars(select(Person).where(Person.ref == who)).one_or_none()
    if ask is None or typist is None or all(contents.same({}, content, part) for part in contents.parts_given(content)):
        return
    draft = holding.open_draft(session, ask)
    if draft is None:
        begun = as_sent(queries.newest(session, corrects), ask) if corrects else dict(_BY_NOBODY)
        draft = _new(session, Actor(typist.name, (), person=typist.id, ref=who), ask, begun, corrects, now)
    content = as_chosen(content, draft, save, chosen or {})
    draft.content = beside.put_aside(draft.content, content, typist.name, now.isoformat(), person=typist.ref, save=save)


def bring(
    session: Session, actor: Actor, asked: Asked, content: Mapping[str, Any], brought: beside.Brought, *, now: datetime
) -> Draft:
    """Have what a Word sheet says stand in the boxes when this person opens the pages, beside what the draft holds
    already and what earlier sheets brought; nothing of that is replaced by it. A draft is begun where there is none.
    Raises `Invalid` where something would have to go for want of room."""
    policy.require(actor, "record", asked)
    draft = at_hand(session, actor, asked, now=now)
    after, save = draft.content, Save(0, f"{contents.SHEET} {new_ref()}")  # each upload is an opening of its own
    answered = [part for part in contents.PARTS if not contents.same({}, content, part)]
    for part in answered:
        typed = contents.part_of(content, part)
        # A box that is empty in the sheet takes nothing away from what stands in the draft.
        typed = combining.combined(typed, draft.content, part, combining.unsaid(typed, part))
        after = beside.put_aside(after, typed, actor.name, now.isoformat(), person=actor.ref, save=save, uploaded=True)
    if beside.pushed_out(draft.content, after):
        raise Invalid(beside.NO_ROOM)
    in_draft = bool(answered) and after["set_aside"] == draft.content.get("set_aside", [])
    draft.content = beside.with_sheet(after, beside.noted(brought, beside.IN_DRAFT) if in_draft else brought)
    note(session, actor, "sheet uploaded", draft.ref, now=now, organisation_id=asked.organisation_id)
    session.flush()
    return draft


def put_back(session: Session, actor: Actor, draft: Draft, revision: DraftRevision, *, now: datetime) -> Draft:
    """Have a page stand as it stood before. What stands there now is kept as a revision if anything of it goes."""
    policy.require(actor, "edit_draft", draft)
    now_held = holding.held(session, draft)
    save = Save(now_held.version)
    after = contents.merged(
        now_held.content, revision.typed, save, now_held.version + 1, holding.person(actor), now.isoformat()
    )
    _keep_what_goes(session, now_held, after, holding.person(actor))
    return _change(session, actor, now_held, after, now)


def discard(session: Session, actor: Actor, draft: Draft, *, now: datetime) -> None:
    """Throw an open draft away, for good: it is the team's, so a colleague who was named to write cannot. Raises
    `Conflict` where it has been sent meanwhile."""
    policy.require(actor, "discard_draft", draft)
    found = holding.held(session, draft)
    if found.sent_at is not None:
        raise Conflict("This draft has been sent, so it can no longer be thrown away. You can correct the minutes.")
    attaching.drop(session, found)
    session.delete(found)
    note(session, actor, "thrown away", found.ref, now=now, organisation_id=found.organisation_id)
