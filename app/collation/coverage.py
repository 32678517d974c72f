"""How far a circulation has come: teams asked, discussed, acknowledged, shared; other replies and silence apart.

Before answers are shared the partnership sees only that a team has discussed: nothing here reads what was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app import policy
from app.circulation.models import Added, Asked, Circulation
from app.collation.report_facts import Coverage, OtherReply, Waiting
from app.discussions.models import Draft, Minutes, MinutesFor, Reply, ReplyKind
from app.errors import NotFound
from app.forwarding.models import Acknowledgement, Share
from app.organisations.models import Partnership
from app.packs.models import Edition
from app.policy import Actor

KIND_WORDS = {ReplyKind.NOT_RELEVANT: "Not relevant to us", ReplyKind.DISCUSSED_ELSEWHERE: "Discussed elsewhere"}


@dataclass(frozen=True)
class Scope:
    """What a collation is about: an edition, as one partnership circulated it (the newest circulation leads)."""

    edition: Edition
    partnership: Partnership
    circulation: Circulation


def scope(session: Session, actor: Actor, *, ref: str = "", slug: str = "", partnership: str = "") -> Scope:
    """The scope for an edition's reference or a pack's slug (its newest circulated edition). Raises `NotFound`.

    `partnership` is a slug, for somebody who sees several; without it the newest circulation decides.
    """
    found = (
        sa.select(Circulation)
        .join(Edition, Edition.id == Circulation.edition_id)
        .join(Partnership, Partnership.id == Circulation.partnership_id)
        .where(policy.within(actor, "see_circulation", Circulation))
        .options(
            joinedload(Circulation.partnership),
            joinedload(Circulation.dates),
            joinedload(Circulation.edition).joinedload(Edition.pack),
            joinedload(Circulation.edition).joinedload(Edition.points),
        )
        .order_by(Circulation.id.desc())
    )
    found = found.where(Edition.ref == ref) if ref else found.where(Edition.pack.has(slug=slug))
    if partnership:
        found = found.where(Partnership.slug == partnership)
    circulation = session.scalars(found.limit(1)).unique().first()
    if circulation is None:
        raise NotFound
    return Scope(circulation.edition, circulation.partnership, circulation)


def circulations(session: Session, actor: Actor) -> list[Circulation]:
    """What the actor's partnerships circulated, newest first: the newest circulation of each edition.

    Raises `NotFound` for somebody whose role has no part in it.
    """
    if not actor.may("see_circulation"):
        raise NotFound
    newest = sa.select(sa.func.max(Circulation.id)).group_by(Circulation.partnership_id, Circulation.edition_id)
    return list(
        session.scalars(
            sa.select(Circulation)
            .where(policy.within(actor, "see_circulation", Circulation), Circulation.id.in_(newest))
            .options(
                joinedload(Circulation.partnership),
                joinedload(Circulation.edition).joinedload(Edition.pack),
                selectinload(Circulation.dates),
            )
            .order_by(Circulation.id.desc())
            .limit(200)
        )
    )


def coverage(session: Session, actor: Actor, about: Scope, *, added: Added = Added.LAUNCH) -> list[Coverage]:
    """One row per organisation asked, by sector and name: of the launch, or of later additions. One statement."""
    flags = _flags()
    rows = session.execute(
        _asked(actor, about)
        .where(Asked.added == added)
        .with_only_columns(
            sa.func.max(Asked.organisation_name).label("organisation"),
            sa.func.max(Asked.sector).label("sector"),
            sa.func.count().label("asked"),
            *(sa.func.sum(sa.case((flag, 1), else_=0)).label(name) for name, flag in flags.items()),
        )
        .group_by(Asked.organisation_id)
        .order_by(sa.func.max(Asked.sector), sa.func.max(Asked.organisation_name), Asked.organisation_id)
    )
    return [Coverage(**row._mapping) for row in rows]


def _asked(actor: Actor, about: Scope) -> sa.Select[Any]:
    return (
        sa.select(Asked)
        .join(Circulation, Circulation.id == Asked.circulation_id)
        .where(
            Circulation.edition_id == about.edition.id,
            Circulation.partnership_id == about.partnership.id,
            policy.within(actor, "see_asked", Asked),
        )
    )


def _flags() -> dict[str, sa.ColumnElement[bool]]:
    """What is true of one `Asked`, each as EXISTS over an index."""
    answers = sa.select(MinutesFor.minutes_id).where(MinutesFor.asked_id == Asked.id)
    discussed = answers.exists()
    known = answers.join(Acknowledgement, Acknowledgement.minutes_id == MinutesFor.minutes_id).exists()
    shared = (
        answers.join(Minutes, Minutes.id == MinutesFor.minutes_id)
        .join(Share, (Share.thread == Minutes.thread) & (Share.partnership_id == Asked.partnership_id))
        .where(Share.shared)
        .exists()
    )
    replied = sa.exists(sa.select(Reply.id).where(Reply.asked_id == Asked.id).correlate(Asked))
    return {
        "discussed": discussed,
        "acknowledged": known | shared,
        "shared": shared,
        "other_reply": ~discussed & replied,
    }


def other_replies(session: Session, actor: Actor, about: Scope) -> list[OtherReply]:
    """The teams that replied without minutes, each with its newest reply."""
    newest = sa.select(sa.func.max(Reply.id)).where(Reply.asked_id == Asked.id).correlate(Asked).scalar_subquery()
    rows = session.execute(
        _asked(actor, about)
        .join(Reply, Reply.id == newest)
        .where(_flags()["other_reply"])
        .with_only_columns(Asked.organisation_name, Asked.team_name, Reply.kind, Reply.words)
        .order_by(Asked.organisation_name, Asked.team_name, Asked.id)
    )
    return [OtherReply(row.organisation_name, row.team_name, KIND_WORDS[row.kind], row.words) for row in rows]


def waiting(session: Session, actor: Actor, about: Scope) -> list[Waiting]:
    """The teams with no response yet, and whether they have begun to write."""
    flags = _flags()
    begun = sa.exists().where(Draft.asked_id == Asked.id, Draft.sent_at.is_(None))
    rows = session.execute(
        _asked(actor, about)
        .where(~flags["discussed"], ~flags["other_reply"])
        .with_only_columns(Asked.organisation_name, Asked.team_name, begun.label("begun"))
        .order_by(Asked.organisation_name, Asked.team_name, Asked.id)
    )
    return [Waiting(r.organisation_name, r.team_name, "Started" if r.begun else "No response yet") for r in rows]
