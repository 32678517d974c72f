"""Reads what a team said it would do, and what became of it: the newest versions of its records count, both of those
that say what it will do and of those that say what became of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.circulation.models import Asked
from app.discussions.content import shaped
from app.discussions.deeds import Carried as Carried
from app.discussions.deeds import day_met, keys_of
from app.discussions.drafts import Draft
from app.discussions.models import Action, Discussion, Minutes, MinutesFor
from app.discussions.news import ActionNews, Became
from app.organisations.models import Team
from app.packs.models import Edition
from app.policy import Actor

MOST = 500
"""So many actions of a team are looked through, those of its latest meetings; it can say of each that it is done."""


def open_actions(session: Session, actor: Actor, team: Team) -> list[Carried]:
    """What a team still has to do, the latest meeting first; nothing for somebody who may not read its minutes."""
    return [one for one in ever_said(session, actor, team.organisation_id, team.id) if one.is_open]


def ever_said(session: Session, actor: Actor, organisation_id: int, team_id: int | None) -> list[Carried]:
    """What a team, or an organisation whose teams are not known, said that it would do, done or not, the latest meeting
    first; nothing for somebody who may not read its minutes."""
    return _carried(session, actor, Minutes.organisation_id == organisation_id, _of_team(team_id))


def carried(session: Session, actor: Actor, draft: Draft) -> dict[str, Carried]:
    """What the team of a draft had said it would do before the meeting that the draft is of: what was still open then,
    and whatever the draft says something about. By key, in the order in which it is asked about: first what the draft
    says something about, in its order. What a correction itself said before does not count."""
    content = shaped(draft.content)
    whose = [Minutes.organisation_id == draft.organisation_id, _of_team(draft.asked.team_id)]
    if draft.corrects:
        whose.append(Minutes.thread != draft.corrects)
    if day := day_met(content["held_on"]):
        whose.append(Discussion.held_on < day)
    found = {one.key: one for one in _carried(session, actor, *whose, but=draft.corrects)}
    said = [key for key, news in content["news"].items() if key in found and any(news.values())]
    return {key: found[key] for key in [*said, *(k for k, one in found.items() if k not in said and one.is_open)]}


def _of_team(team_id: int | None) -> sa.ColumnElement[bool]:
    of_it = sa.select(MinutesFor.minutes_id).join(Asked, Asked.id == MinutesFor.asked_id)
    return Minutes.id.in_(of_it.where(Asked.team_id == team_id if team_id else Asked.team_id.is_(None)))


def _carried(session: Session, actor: Actor, *whose: sa.ColumnElement[bool], but: str = "") -> list[Carried]:
    any_news = sa.exists().where(ActionNews.organisation_id == Minutes.organisation_id)
    rows = session.execute(
        sa.select(Action, Minutes.id, Minutes.thread, Minutes.ref, Discussion.held_on, Edition.short_title)
        .add_columns(any_news.label("any_news"))
        .join(Minutes, Minutes.id == Action.minutes_id)
        .join(Discussion, Discussion.id == Minutes.discussion_id)
        .join(Edition, Edition.id == Minutes.edition_id)
        .where(*whose, Minutes.newest, policy.within(actor, "read_minutes", Minutes))
        .order_by(Discussion.held_on.desc(), Minutes.id.desc(), Action.position)
        .limit(MOST)
    ).all()
    by_record: dict[str, list[Any]] = {}
    for row in rows:
        by_record.setdefault(row.thread, []).append(row)
    keyed = [
        pair
        for thread, its in by_record.items()
        for pair in zip(keys_of(thread, [row.Action.what for row in its]), its, strict=True)
    ]
    said = _said(session, [key for key, row in keyed if row.any_news], but)
    return [_one(key, row, said.get(key, [])) for key, row in keyed]


def _said(session: Session, keys: Collection[str], but: str) -> dict[str, list[ActionNews]]:
    """What later records say of actions, the latest meeting last."""
    if not keys:
        return {}
    found = session.scalars(
        sa.select(ActionNews)
        .join(Minutes, Minutes.id == ActionNews.minutes_id)
        .join(Discussion, Discussion.id == Minutes.discussion_id)
        .where(ActionNews.key.in_(keys), Minutes.newest, Minutes.thread != but)
        .order_by(Discussion.held_on, Minutes.id)
    ).all()
    by_key: dict[str, list[ActionNews]] = {}
    for one in found:
        by_key.setdefault(one.key, []).append(one)
    return by_key


def _one(key: str, row: Any, said: list[ActionNews]) -> Carried:
    action: Action = row.Action
    dates = [one.by for one in said if one.how is Became.STILL and one.by]
    return Carried(
        key=key,
        what=action.what,
        who=action.who,
        by=dates[-1] if dates else action.by,
        minutes=row.ref,
        held_on=row.held_on,
        briefing=row.short_title,
        action_id=action.id,
        how=said[-1].how if said else None,
    )
