"""Which other requests one record answers, and which nothing answers yet.

A team that is asked about the same edition by two partnerships meets once: its record answers both without being told.
Other teams of the organisation are covered where the recorder ticks them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.circulation.closing import is_closed
from app.circulation.models import Asked, Circulation
from app.circulation.openings import withdrawn_because
from app.discussions.content import shaped
from app.discussions.drafts import Draft
from app.discussions.models import Minutes, MinutesFor
from app.packs.models import Edition
from app.policy import Actor, allows, prepared, within


@dataclass(frozen=True)
class Companions:
    """Other requests about the same edition that a record may answer and that nothing else answers yet.

    `own` are those to the same team, by another partnership: always answered. `others` are those to other teams.
    """

    own: tuple[Asked, ...]
    others: tuple[Asked, ...]

    @property
    def teams(self) -> list[Asked]:
        """One request for each other team, to choose from."""
        return list({asked.team_id: asked for asked in reversed(self.others)}.values())[::-1]

    def answered(self, also: Collection[str]) -> list[Asked]:
        """What the record answers beside its own, when these (references) are ticked: a team with all its requests."""
        ticked = {asked.team_id for asked in self.others if asked.ref in also}
        return [*self.own, *(asked for asked in self.others if asked.team_id in ticked)]


def companions(session: Session, actor: Actor, asked: Asked, thread: str = "") -> Companions:
    """Other requests about the edition for which recording is open: to the same team, and to teams for which the actor
    may record. What is answered by `thread`, the record under correction, counts as open. A team that nobody has
    confirmed answers for itself alone: with it, what another team said could not be shared."""
    seen = prepared(actor, "record", Asked)
    values: dict[str, Any] = {"organisation": asked.organisation_id, "asked": asked.id, "team": asked.team_id}
    values |= {"edition": asked.circulation.edition_id, "thread": thread, **seen.keys}
    found = session.scalars(_others(seen.condition, of_team=asked.team_id is not None), values).all()
    own = [other for other in found if other.team_id == asked.team_id]
    return Companions(tuple(own), tuple(other for other in found if other.team_id != asked.team_id))


@lru_cache(maxsize=100)
def _others(seen: ColumnElement[bool], *, of_team: bool) -> Select[Asked]:
    """What else an `organisation` was asked about an `edition`: its `team`, or teams for which may be recorded."""
    same_team = Asked.team_id == bindparam("team") if of_team else Asked.team_id.is_(None)
    about_it = (Circulation.edition_id == bindparam("edition"), Asked.id != bindparam("asked"))
    this = aliased(Asked)
    is_own = exists().where(this.id == bindparam("asked"), this.confirmed)
    return (
        select(Asked)
        .join(Asked.circulation)
        .where(
            Asked.organisation_id == bindparam("organisation"),
            *about_it,
            or_(same_team, and_(seen, Asked.confirmed, is_own)),
        )
        .where(~_answered(), or_(~is_closed(Asked.circulation_id), _answered_by_thread()))
        .options(joinedload(Asked.circulation).joinedload(Circulation.partnership))
        .order_by(Asked.team_name, Asked.id)
    )


def answered_by(session: Session, actor: Actor, draft: Draft, before: Minutes | None) -> list[Asked]:
    """What the minutes made of a draft answer, its own request first. A correction keeps what the version `before`
    answers for teams that are not the actor's."""
    also = companions(session, actor, draft.asked, draft.corrects).answered(shaped(draft.content)["also"])
    covers = before.covers if before else []
    kept = [cover.asked for cover in covers if not allows(actor, "record", cover.asked)]
    return list({asked.id: asked for asked in (draft.asked, *also, *kept)}.values())


def names(session: Session, asked: Asked, refs: Collection[str]) -> dict[str, str]:
    """The names of the teams that are asked by these references, as far as they are of the same organisation. The
    caller has checked who may write for `asked`."""
    named = select(Asked.ref, Asked.team_name).where(Asked.organisation_id == asked.organisation_id)
    return {row.ref: row.team_name for row in session.execute(named.where(Asked.ref.in_(refs)))}


def still_open(session: Session, actor: Actor, minutes: Minutes) -> Sequence[Asked]:
    """What else the teams of these minutes were asked, about other editions, that nothing answers yet, newest first: a
    meeting may have covered two packs."""
    teams = {cover.asked.team_id for cover in minutes.covers}
    open_ones = (
        select(Asked)
        .join(Asked.circulation)
        .where(
            Asked.organisation_id == minutes.organisation_id,
            Asked.team_id.in_(teams - {None}) if teams != {None} else Asked.team_id.is_(None),
            Circulation.edition_id != minutes.edition_id,
            within(actor, "record", Asked),
            ~_answered(),
            ~is_closed(Asked.circulation_id),
            withdrawn_because(Asked.circulation_id).is_(None),
        )
        .options(joinedload(Asked.circulation).joinedload(Circulation.edition).defer(Edition.content))
        .order_by(Circulation.circulated_at.desc(), Asked.id.desc())
    )
    return session.scalars(open_ones, {"thread": ""}).all()


def _answered() -> ColumnElement[bool]:
    """Whether a record of another `thread` answers a request."""
    link, record = aliased(MinutesFor), aliased(Minutes)
    of_it = (link.asked_id == Asked.id, link.minutes_id == record.id)
    return exists().where(*of_it, record.thread != bindparam("thread"))


def _answered_by_thread() -> ColumnElement[bool]:
    """Whether the newest version of the record of `thread`, if there is one, answers a request."""
    of_it = (MinutesFor.asked_id == Asked.id, MinutesFor.minutes_id == Minutes.id)
    return exists().where(*of_it, Minutes.thread == bindparam("thread"), Minutes.newest)
