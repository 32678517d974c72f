"""How far a circulation has come: teams asked, discussed, acknowledged, shared; other replies and silence apart.

Before answers are shared the partnership sees only that a team has discussed: nothing here reads what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app import clock, policy
from app.circulation.closing import closed_at
from app.circulation.models import Added, AnswerBy, Asked, Circulation
from app.circulation.openings import passed_on
from app.collation.report_facts import AddedLater, Coverage, Launch, OtherReply, Waiting
from app.discussions.drafts import Draft
from app.discussions.models import Minutes, MinutesFor, Reply, ReplyKind
from app.discussions.outside import Outside
from app.errors import NotFound
from app.forwarding.models import Acknowledgement, How, Share
from app.forwarding.queries import needs_nobody
from app.forwarding.reminding import silent
from app.forwarding.standings import NO_RESPONSE, PASSED_ON
from app.organisations.models import Partnership
from app.packs.models import Edition, Pack
from app.policy import Actor

CIRCULATED_FURTHER = "It was circulated to more teams."
UNIT: sa.ColumnElement[int] = sa.func.coalesce(Asked.team_id, -Asked.organisation_id)
"""What counts as one team: the team, or the organisation where no team was known."""
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
            joinedload(Circulation.edition).joinedload(Edition.pack).joinedload(Pack.newest_standing),
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


def launches(session: Session, actor: Actor, about: Scope) -> list[Launch]:
    """Every circulation of the edition by the partnership, oldest first. One statement."""
    newest = sa.select(sa.func.max(AnswerBy.id)).where(AnswerBy.circulation_id == Circulation.id)
    rows = session.execute(
        asked_of(actor, about)
        .join(AnswerBy, AnswerBy.id == newest.correlate(Circulation).scalar_subquery())
        .with_only_columns(Circulation.circulated_at, AnswerBy.on, Circulation.ref)
        .add_columns(sa.func.count(UNIT.distinct()).label("teams"), closed_at(Circulation.id).label("closed_at"))
        .group_by(Circulation.id, Circulation.circulated_at, Circulation.ref, AnswerBy.on)
        .order_by(Circulation.id)
    )
    return [
        Launch(clock.today(row.circulated_at), row.on, row.teams, row.closed_at and clock.today(row.closed_at), row.ref)
        for row in rows
    ]


def coverage(
    session: Session, actor: Actor, about: Scope, now: datetime, *, added: Added = Added.LAUNCH
) -> list[Coverage]:
    """One row per organisation asked, by sector and name: of the first launch, or of teams asked only later."""
    return coverages(session, actor, about, now)[added]


def coverages(session: Session, actor: Actor, about: Scope, now: datetime) -> dict[Added, list[Coverage]]:
    """The same of the first launch and of teams asked only later, apart: whoever was added to it, and whoever a further
    launch asked. A team counts once, however often it was asked and
    met; what a lead recorded herself for nobody else counts as acknowledged. One statement."""
    flags = {"discussed": _discussed(), "acknowledged": _acknowledged(clock.today(now)), "shared": _shared()}
    unit = units(actor, about, {**flags, "outside": _outside(), "passed_on": passed_on()}).subquery("unit").c
    silent_so_far = (unit.discussed == 0) & (unit.outside == 0) & unit.reply_id.is_(None)
    entered = (unit.discussed == 0) & (unit.outside == 1)
    replied = (unit.discussed == 0) & (unit.outside == 0) & unit.reply_id.is_not(None)
    sums: dict[str, Any] = {name: unit[name] for name in flags}
    sums |= {"outside": sa.case((entered, 1), else_=0), "other_reply": sa.case((replied, 1), else_=0)}
    sums["passed_on"] = sa.case((silent_so_far & (unit.passed_on == 1), 1), else_=0)
    rows = session.execute(
        sa.select(
            unit.launch,
            sa.func.max(unit.organisation).label("organisation"),
            sa.func.max(unit.sector).label("sector"),
            sa.func.count().label("asked"),
            *(sa.func.sum(number).label(name) for name, number in sums.items()),
        )
        .group_by(unit.launch, unit.organisation_id)
        .order_by(sa.func.max(unit.sector), sa.func.max(unit.organisation), unit.organisation_id)
    )
    found: dict[Added, list[Coverage]] = {Added.LAUNCH: [], Added.LATER: []}
    for launch, *facts in rows:
        found[Added.LAUNCH if launch else Added.LATER].append(Coverage(**dict(zip(_COVERAGE, facts, strict=True))))
    return found


_COVERAGE = (
    *("organisation", "sector", "asked"),
    *("discussed", "acknowledged", "shared", "outside", "other_reply", "passed_on"),
)


def units(actor: Actor, about: Scope, flags: Mapping[str, sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """A row for each team asked (or organisation, where no team was known), with what is true of any time it was."""
    newest = sa.select(sa.func.max(Reply.id)).where(Reply.asked_id == Asked.id).correlate(Asked).scalar_subquery()
    launch = sa.case((sa.and_(Asked.added == Added.LAUNCH, Asked.circulation_id == _first(about)), 1), else_=0)
    any_of = {name: sa.func.max(sa.case((flag, 1), else_=0)) for name, flag in flags.items()}
    return (
        asked_of(actor, about)
        .with_only_columns(Asked.organisation_id, UNIT.label("unit"))
        .add_columns(
            sa.func.max(Asked.organisation_name).label("organisation"),
            sa.func.max(Asked.team_name).label("team"),
            sa.func.max(Asked.sector).label("sector"),
            sa.func.max(launch).label("launch"),
            sa.func.max(newest).label("reply_id"),
            sa.func.max(Asked.id).label("asked_id"),
            sa.func.min(Asked.id).label("first_id"),
            *(flag.label(name) for name, flag in any_of.items()),
        )
        .group_by(Asked.organisation_id, UNIT)
    )


def _first(about: Scope) -> sa.ScalarSelect[int]:
    """The first circulation: its list is the denominator that is frozen, and a further one adds to it afterwards."""
    of_it = (Circulation.edition_id == about.edition.id, Circulation.partnership_id == about.partnership.id)
    return sa.select(sa.func.min(Circulation.id)).where(*of_it).correlate(None).scalar_subquery()


def asked_of(actor: Actor, about: Scope) -> sa.Select[Any]:
    """Everything asked of this scope that the actor may see."""
    return (
        sa.select(Asked)
        .join(Circulation, Circulation.id == Asked.circulation_id)
        .where(
            Circulation.edition_id == about.edition.id,
            Circulation.partnership_id == about.partnership.id,
            policy.within(actor, "see_asked", Asked),
        )
    )


@cache
def _answers() -> sa.Select[Any]:
    """The minutes that answer one `Asked`: each flag of it is EXISTS over an index."""
    return (
        sa.select(Minutes.id)
        .join(MinutesFor, MinutesFor.minutes_id == Minutes.id)
        .where(MinutesFor.asked_id == Asked.id)
    )


@cache
def _discussed() -> sa.ColumnElement[bool]:
    return _answers().exists()


@lru_cache(maxsize=2)
def _acknowledged(day: date) -> sa.ColumnElement[bool]:
    here = (Acknowledgement.minutes_id == Minutes.id) & (Acknowledgement.how == How.HERE)
    said = _answers().join(Acknowledgement, here).exists()
    return said | _shared() | _answers().where(Minutes.newest, needs_nobody(day)).exists()


@cache
def _shared() -> sa.ColumnElement[bool]:
    to_it = (Share.thread == Minutes.thread) & (Share.partnership_id == Asked.partnership_id)
    return _answers().join(Share, to_it).where(Share.shared).exists()


@cache
def _outside() -> sa.ColumnElement[bool]:
    return sa.exists().where(Outside.asked_id == Asked.id, Outside.shared).correlate(Asked)


@cache
def _begun() -> sa.ColumnElement[bool]:
    return sa.exists().where(Draft.asked_id == Asked.id, Draft.sent_at.is_(None)).correlate(Asked)


def other_replies(session: Session, actor: Actor, about: Scope) -> list[OtherReply]:
    """The teams that replied and did not meet, each with its newest reply."""
    unit = units(actor, about, {"discussed": _discussed(), "outside": _outside()}).subquery("unit").c
    rows = session.execute(
        sa.select(unit.organisation, unit.team, Reply.kind, Reply.words)
        .join(Reply, Reply.id == unit.reply_id)
        .where(unit.discussed == 0, unit.outside == 0)
        .order_by(unit.organisation, unit.team, Reply.id)
    )
    return [OtherReply(row.organisation, row.team, KIND_WORDS[row.kind], row.words) for row in rows]


def waiting(session: Session, actor: Actor, about: Scope) -> list[Waiting]:
    """The teams with no response yet, and whether they have begun to write; of an organisation asked as a whole,
    whether teams that it added are asked in its place."""
    flags = {"discussed": _discussed(), "begun": _begun(), "outside": _outside(), "passed_on": passed_on()}
    unit = units(actor, about, flags).subquery("unit").c
    rows = session.execute(
        sa.select(unit.organisation, unit.team, unit.begun, unit.passed_on, Asked.ref)
        .join(Asked, Asked.id == unit.asked_id)
        .where(unit.discussed == 0, unit.outside == 0, unit.reply_id.is_(None))
        .order_by(unit.organisation, unit.team)
    )
    return [Waiting(row.organisation, row.team, _so_far(row), row.ref) for row in rows]


def _so_far(row: sa.Row[Any]) -> str:
    return "Started" if row.begun else PASSED_ON if row.passed_on else NO_RESPONSE


@dataclass(frozen=True)
class Unheard:
    """Minutes that nobody has acknowledged for as long as the partnership has set: whose, and the day since which they
    wait for somebody to read them. Nothing of what is in them."""

    organisation: str
    team: str
    since: date


def not_acknowledged(session: Session, actor: Actor, about: Scope, now: datetime) -> list[Unheard]:
    """What is shown to the partnership as not acknowledged yet, by organisation and team. Four statements."""
    found = silent(session, asked_of(actor, about).with_only_columns(Asked.id), now)
    since = {key: clock.today(one.since) for one in found for key in one.asked_ids}
    asked = sa.select(Asked.id, Asked.organisation_name, Asked.team_name).where(Asked.id.in_(since))
    rows = session.execute(asked.order_by(Asked.organisation_name, Asked.team_name, Asked.id)) if since else ()
    return [Unheard(row.organisation_name, row.team_name, since[row.id]) for row in rows]


def added_later(session: Session, actor: Actor, about: Scope) -> list[AddedLater]:
    """The teams that were asked only after the first launch, by organisation and name. One statement."""
    unit = units(actor, about, {}).subquery("unit").c
    rows = session.execute(
        sa.select(Asked.organisation_name, Asked.team_name, Asked.added_at, Asked.why)
        .join(unit.first_id.table, unit.first_id == Asked.id)
        .where(unit.launch == 0)
        .order_by(Asked.organisation_name, Asked.team_name, Asked.id)
    )
    return [
        AddedLater(row.organisation_name, row.team_name, clock.today(row.added_at), row.why or CIRCULATED_FURTHER)
        for row in rows
    ]
