"""Keeps packs that are being made, as the drafts of minutes are kept (`app.saving`): whatever was typed stays, usable
or not, and nobody's text is replaced unseen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from app import policy
from app.errors import Conflict, Invalid, NotFound
from app.organisations.models import Partnership, Person
from app.packs.drafted import PAGES, as_chosen
from app.packs.drafts import PackDraft, PackDraftRevision
from app.policy import Actor
from app.revisions import in_words, keep_what_goes, last_saver
from app.saving import Save
from app.text import clean, single_line
from app.trail.services import note

_CHANGES = ["content", "version", "slug", "changed_at", "changed_by_id", "edition_id"]


def _cleaned(value: Any) -> Any:
    """A value in which every text is clean: what is put together of clean pieces need not be."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list | tuple) else value


def begin(
    session: Session,
    actor: Actor,
    partnership: Partnership,
    content: Mapping[str, Any],
    *,
    slug: str,
    begun_from: str,
    brought: bool = False,
    now: datetime,
) -> PackDraft:
    """A new draft with this in it. `begun_from` says in words what it came from; `brought`: whoever begins it brought
    its text, and so counts as having written it."""
    policy.require(actor, "publish_pack", partnership)
    draft = PackDraft(
        partnership_id=partnership.id,
        slug=slug,
        begun_from=single_line(begun_from),
        begun_at=now,
        changed_at=now,
        changed_by_id=person(actor),
        content=_cleaned({**content, "saved": {}, "wrote": [person(actor)] if brought else []}),
    )
    session.add(draft)
    session.flush()
    note(session, actor, "begun", draft.ref, now=now, partnership_id=partnership.id)
    return draft


def save(
    session: Session, actor: Actor, draft: PackDraft, content: Mapping[str, Any], came: Save, *, now: datetime
) -> PackDraft:
    """Keep what was typed on some of the pages. Raises `Conflict` where somebody else changed the same page since."""
    policy.require(actor, "make_pack", draft)
    held = _held(session, draft)
    if clashing := PAGES.clashes(held.content, held.version, content, came):
        raise Conflict(in_words(last_saver(session, held, clashing[0]), actor.person))
    return _change(session, held, content, came, person(actor), now)


def _change(
    session: Session, draft: PackDraft, content: Mapping[str, Any], came: Save, by_id: int, now: datetime
) -> PackDraft:
    after = PAGES.merged(draft.content, _cleaned(content), came, draft.version + 1, by_id, now.isoformat())
    place = {"partnership_id": draft.partnership_id}
    keep_what_goes(session, PackDraftRevision, PAGES, draft, after, by_id, **place)
    after = {**draft.content, **after}
    if any(after[key] != draft.content.get(key) for key in after if key != "saved"):
        draft.content = {**after, "wrote": _with(draft, by_id)}
        draft.version += 1
        draft.changed_at, draft.changed_by_id = now, by_id
        session.flush()
    return draft


def count_writer(draft: PackDraft, by_id: int) -> None:
    """Count somebody among those who wrote a draft."""
    draft.content = {**draft.content, "wrote": _with(draft, by_id)}


def _with(draft: PackDraft, by_id: int) -> list[int]:
    return sorted({*draft.wrote, by_id})


def put_back(session: Session, actor: Actor, draft: PackDraft, stood: PackDraftRevision, *, now: datetime) -> PackDraft:
    """Have a page stand as it stood before. What stands there now is kept as a revision if anything of it goes."""
    policy.require(actor, "make_pack", draft)
    held = _held(session, draft)
    return _change(session, held, stood.typed, Save(held.version), person(actor), now)


def placed(session: Session, actor: Actor, draft: PackDraft, which: Collection[int]) -> None:
    """Take what somebody placed, or took out for good, from the list of what an import left over (by its place in
    it)."""
    policy.require(actor, "make_pack", draft)
    if which:
        draft = _held(session, draft)
        rows = draft.content.get("left_over", [])
        draft.content = {**draft.content, "left_over": [row for at, row in enumerate(rows) if at not in which]}
        draft.version += 1
        session.flush()


def keep_typed(
    session: Session, actor: Actor, ref: str, content: Mapping[str, Any], came: Save, *, now: datetime
) -> None:
    """Keep what was typed although its page was refused: in the draft, or set aside in it where somebody else's text
    stands there. `ref` is the draft's: this runs in a transaction of its own, after the request's."""
    draft = session.scalars(
        select(PackDraft).where(PackDraft.ref == ref, policy.within(actor, "make_pack", PackDraft))
    ).one_or_none()
    if draft is None:
        return
    try:
        save(session, actor, draft, content, came, now=now)
    except Conflict:
        _put_aside(_held(session, draft), content, actor.name, actor.ref, came, now)


def rescue(
    session: Session,
    ref: str,
    who: str,
    content: Mapping[str, Any],
    came: Save,
    part: str,
    *,
    chosen: Mapping[str, str],
    now: datetime,
) -> None:
    """Set aside what a page brought although whoever sent it could not be let in. The caller has proved that the page
    had been this person's; `ref` and `who` are references of the draft and the person. With what was `chosen` there
    the text is put together, if the draft is still the one that was shown."""
    draft = session.scalars(select(PackDraft).where(PackDraft.ref == ref, PackDraft.draft)).one_or_none()
    typist = session.scalars(select(Person).where(Person.ref == who)).one_or_none()
    if draft is not None and typist is not None:
        held = _held(session, draft)
        if chosen and came.version == held.version:
            whole = as_chosen(content, held.content, part, chosen)
            content = {key: whole[key] for key in content}
        _put_aside(held, content, typist.name, typist.ref, came, now)


def _put_aside(draft: PackDraft, content: Mapping[str, Any], by: str, person: str, came: Save, now: datetime) -> None:
    draft.content = PAGES.put_aside(draft.content, _cleaned(content), by, now.isoformat(), person=person, save=came)


def discard(session: Session, actor: Actor, draft: PackDraft, *, seen: str, now: datetime) -> None:
    """Throw a draft away, for good. Raises `Conflict` where it was published or changed since it was `seen`."""
    policy.require(actor, "make_pack", draft)
    held = _held(session, draft)
    if seen != str(held.version):
        raise Conflict(f"{held.changed_by.name} changed this after you opened this page. Look at it once more.")
    session.delete(held)
    note(session, actor, "thrown away", held.ref, now=now, partnership_id=held.partnership_id)


def _held(session: Session, draft: PackDraft) -> PackDraft:
    """The draft as it is now, held until the transaction ends. Raises `NotFound` where it was thrown away, `Conflict`
    where it was published."""
    try:
        session.refresh(draft, _CHANGES, with_for_update={"key_share": True})
    except InvalidRequestError as gone:
        raise NotFound from gone
    if draft.edition_id is not None:
        raise Conflict("This briefing has been published meanwhile. Begin a new edition to change it.")
    return draft


def held(session: Session, actor: Actor, draft: PackDraft) -> PackDraft:
    """As `_held`, for whoever may make the pack."""
    policy.require(actor, "make_pack", draft)
    return _held(session, draft)


def person(actor: Actor) -> int:
    """The key of whoever does this. Raises `Invalid` for the command line."""
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
