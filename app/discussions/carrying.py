"""Reads what a team said it would do, and what became of it: the newest versions of its records count, both of those
that say what it will do and of those that say what became of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import lru_cache
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


def open_actions_of(session: Session, actor: Actor, organisation_ids: Collection[int]) -> list[Carried]:
    """The same of all teams of these organisations whose minutes the actor may read. As many statements as for one."""
    return [one for one in _carried(session, actor, organisation_ids, None) if one.is_open]


def ever_said(session: Session, actor: Actor, organisation_id: int, team_id: int | None) -> list[Carried]:
    """What a team, or an organisation whose teams are not known, said that it would do, done or not, the latest meeting
    first; nothing for somebody who may not read its minutes."""
    return _carried(session, actor, {organisation_id}, _these(team_id))


def carried(session: Session, actor: Actor, draft: Draft) -> dict[str, Carried]:
    """What the team of a draft had said it would do before the meeting that the draft is of: what was still open then,
    and whatever the draft says something about. By key, in the order in which it is asked about: first what the draft
    says something about, in its order. What a correction itself said before does not count."""
    content = shaped(draft.content)
    day = day_met(content["held_on"])
    teams = _these(draft.asked.team_id)
    its = _carried(session, actor, {draft.organisation_id}, teams, but=draft.corrects, before=day)
    found = {one.key: one for one in its}
    said = [key for key, news in content["news"].items() if key in found and any(news.values())]
    return {key: found[key] for key in [*said, *(k for k, one in found.items() if k not in said and one.is_open)]}


def _these(team_id: int | None) -> Collection[int]:
    return () if team_id is None else {team_id}


def _carried(
    session: Session,
    actor: Actor,
    organisation_ids: Collection[int],
    team_ids: Collection[int] | None,
    *,
    but: str = "",
    before: date | None = None,
) -> list[Carried]:
    seen = policy.prepared(actor, "read_minutes", Minutes)
    of = {"organisations": list(organisation_ids), "teams": list(team_ids or ())}
    values = {**of, "but": but, "before": before or date.max, **seen.keys}
    known = None if team_ids is None else bool(team_ids)
    rows = session.execute(_actions(seen.condition, of_teams=known), values).all()
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


@lru_cache(maxsize=100)
def _actions(seen: sa.ColumnElement[bool], *, of_teams: bool | None) -> sa.Select[Any]:
    """What `teams` of `organisations`, or these where their teams are not known, said that they would do in minutes
    that may be `seen`, of meetings `before` a day; `but` one record. Without `of_teams` it is whatever may be seen."""
    any_news = sa.exists().where(ActionNews.organisation_id == Minutes.organisation_id)
    asked = Asked.team_id.in_(sa.bindparam("teams", expanding=True)) if of_teams else Asked.team_id.is_(None)
    of_it = sa.select(MinutesFor.minutes_id).join(Asked, Asked.id == MinutesFor.asked_id).where(asked)
    own = [Minutes.organisation_id.in_(sa.bindparam("organisations", expanding=True))]
    own += [] if of_teams is None else [Minutes.id.in_(of_it)]
    team = sa.select(sa.func.min(Asked.team_id)).join(MinutesFor, MinutesFor.asked_id == Asked.id)
    team = team.where(MinutesFor.minutes_id == Minutes.id)
    earlier = (Minutes.thread != sa.bindparam("but"), Discussion.held_on < sa.bindparam("before"))
    return (
        sa.select(Action, Minutes.id, Minutes.thread, Minutes.ref, Discussion.held_on, Edition.short_title)
        .add_columns(any_news.label("any_news"), team.scalar_subquery().label("team_id"))
        .join(Minutes, Minutes.id == Action.minutes_id)
        .join(Discussion, Discussion.id == Minutes.discussion_id)
        .join(Edition, Edition.id == Minutes.edition_id)
        .where(*own, *earlier, Minutes.newest, seen)
        .order_by(Discussion.held_on.desc(), Minutes.id.desc(), Action.position)
        .limit(MOST)
    )


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
        team_id=row.team_id,
        how=said[-1].how if said else None,
    )
