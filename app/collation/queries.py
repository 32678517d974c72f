"""What teams said, as far as it was shared: answers point by point, knowledge counts, and the facts of the report.

Everything begins from the shares that stand and that the reader may see; an answer that was not ticked, or was taken
back, is in no row, count or file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.circulation.models import Added, Asked
from app.collation import coverage as reach
from app.collation import outside
from app.collation.coverage import Scope
from app.collation.report_facts import Answer, PointFacts, ReportFacts, Said
from app.discussions.models import SETTING_WORDS, Action, Discussion, Minutes, MinutesFor, Response
from app.errors import NotFound
from app.forwarding.models import Share, SharedAnswer
from app.packs.models import DiscussionPoint, PointKind
from app.policy import Actor

ON_A_PAGE = 50
HANDS = (Response.yes, Response.partly, Response.not_yet)
IN_ONE_FETCH = 1_000


@dataclass(frozen=True)
class Knowledge:
    """A knowledge check by show of hands: in how many meetings of how many teams hands were counted, how many were
    present at these in all, and the people who said yes, partly, not yet."""

    meetings: int
    teams: int
    present: int
    yes: int
    partly: int
    not_yet: int


@dataclass(frozen=True)
class Keyed:
    """An answer with what to page by: the reference of its minutes."""

    key: str
    answer: Answer


def point(about: Scope, key: str) -> DiscussionPoint:
    """The point of the edition with this key. Raises `NotFound`."""
    found = next((p for p in about.edition.points if p.key == key), None)
    if found is None:
        raise NotFound
    return found


def answers(session: Session, actor: Actor, about: Scope, at: DiscussionPoint, *, after: str = "") -> list[Keyed]:
    """A page of the shared answers to a point, in the order in which they came in, after those of the minutes
    with a reference. One statement."""
    found = _answers(actor, about, at)
    if after:
        last = (
            sa.select(Response.id)
            .join(Minutes, Minutes.id == Response.minutes_id)
            .join(SharedAnswer, SharedAnswer.response_id == Response.id)
            .join(Share, Share.id == SharedAnswer.share_id)
            .where(Minutes.ref == after, Response.point_id == at.id, _shares(actor, about))
        )
        found = found.where(Response.id > last.scalar_subquery())
    return [_keyed(row) for row in session.execute(found.limit(ON_A_PAGE))]


def every_answer(session: Session, actor: Actor, about: Scope, at: DiscussionPoint) -> Iterator[Keyed]:
    """All shared answers to a point, a thousand at a time, for files."""
    rows = session.execute(_answers(actor, about, at), execution_options={"yield_per": IN_ONE_FETCH})
    return (_keyed(row) for row in rows)


def _shares(actor: Actor, about: Scope) -> sa.ColumnElement[bool]:
    """The shares to the partnership that stand, of minutes of the edition."""
    return sa.and_(
        Share.partnership_id == about.partnership.id,
        Share.edition_id == about.edition.id,
        policy.within(actor, "read_shared", Share),
    )


def _from(name: str, about: Scope) -> sa.ScalarSelect[Any]:
    """A name as it stood when the team was asked: of the organisation, or its sector."""
    return (
        sa.select(sa.func.min(getattr(Asked, name)))
        .join(MinutesFor, MinutesFor.asked_id == Asked.id)
        .where(MinutesFor.minutes_id == Minutes.id, Asked.partnership_id == about.partnership.id)
        .correlate(Minutes)
        .scalar_subquery()
    )


def _answers(actor: Actor, about: Scope, at: DiscussionPoint) -> sa.Select[Any]:
    return (
        sa.select(
            Minutes.ref,
            Response.words,
            Response.yes,
            Response.partly,
            Response.not_yet,
            SharedAnswer.quotable,
            Discussion.setting,
            Discussion.held_on,
            Discussion.present,
            _from("organisation_name", about).label("organisation"),
            _from("sector", about).label("sector"),
        )
        .add_columns(Response.not_counted)
        .join(SharedAnswer, SharedAnswer.response_id == Response.id)
        # That a share is of the minutes of its answers leads SQLite to it; else it tries all shares for each answer.
        .join(Share, sa.and_(Share.id == SharedAnswer.share_id, Share.minutes_id == Response.minutes_id))
        .join(Minutes, Minutes.id == Response.minutes_id)
        .join(Discussion, Discussion.id == Minutes.discussion_id)
        .where(Response.point_id == at.id, _shares(actor, about))
        .order_by(Response.id)
    )


def _keyed(row: sa.Row[Any]) -> Keyed:
    answer = Answer(
        organisation=row.organisation,
        sector=row.sector,
        setting=SETTING_WORDS[row.setting],
        held_on=row.held_on,
        present=row.present,
        words=row.words,
        quotable=row.quotable,
        hands=(row.yes, row.partly, row.not_yet),
        did_not_count=row.not_counted,
    )
    return Keyed(row.ref, answer)


def shared_counts(session: Session, actor: Actor, about: Scope) -> dict[int, int]:
    """For each point's key: how many shared answers it has. One statement."""
    rows = session.execute(
        sa.select(Response.point_id, sa.func.count().label("number"))
        .join(SharedAnswer, SharedAnswer.response_id == Response.id)
        .join(Share, Share.id == SharedAnswer.share_id)
        .join(Minutes, Minutes.id == Response.minutes_id)
        .where(_shares(actor, about))
        .group_by(Response.point_id)
    )
    return {row.point_id: row.number for row in rows}


def teams_sharing(session: Session, actor: Actor, about: Scope) -> dict[int, tuple[int, int]]:
    """For each point's key: how many teams shared an answer, and how many of them one with a count of hands. A team
    that met twice counts once. One statement."""
    counted = sa.case((sa.func.coalesce(*HANDS).is_not(None), reach.UNIT))
    rows = session.execute(
        sa.select(
            Response.point_id,
            sa.func.count(reach.UNIT.distinct()).label("teams"),
            sa.func.count(counted.distinct()).label("counted"),
        )
        .join(SharedAnswer, SharedAnswer.response_id == Response.id)
        .join(Share, Share.id == SharedAnswer.share_id)
        .join(Minutes, Minutes.id == Response.minutes_id)
        .join(MinutesFor, MinutesFor.minutes_id == Minutes.id)
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .where(_shares(actor, about), Asked.partnership_id == about.partnership.id)
        .group_by(Response.point_id)
    )
    return {row.point_id: (row.teams, row.counted) for row in rows}


def knowledge(session: Session, actor: Actor, about: Scope) -> dict[int, Knowledge]:
    """For each knowledge check's key, what the shared counts add up to. Two statements."""
    rows = session.execute(
        sa.select(Response.point_id, *(sa.func.coalesce(sa.func.sum(hand), 0).label(hand.key) for hand in HANDS))
        .add_columns(sa.func.count().label("meetings"), sa.func.sum(Discussion.present).label("present"))
        .join(SharedAnswer, SharedAnswer.response_id == Response.id)
        .join(Share, Share.id == SharedAnswer.share_id)
        .join(Minutes, Minutes.id == Response.minutes_id)
        .join(Discussion, Discussion.id == Minutes.discussion_id)
        .where(_shares(actor, about), sa.func.coalesce(*HANDS).is_not(None))
        .group_by(Response.point_id)
    ).all()
    teams = teams_sharing(session, actor, about) if rows else {}
    return {
        row.point_id: Knowledge(
            meetings=row.meetings,
            teams=teams[row.point_id][1],
            present=int(row.present),
            yes=int(row.yes),
            partly=int(row.partly),
            not_yet=int(row.not_yet),
        )
        for row in rows
    }


def actions(session: Session, actor: Actor, about: Scope) -> list[Said]:
    """What teams will do, of shared minutes, unless that was held back: without names or dates."""
    found = sa.select(Action.id).join(Minutes, Minutes.id == Action.minutes_id).where(Share.lets_actions)
    return _said(session, actor, about, Action.what, found)


def questions(session: Session, actor: Actor, about: Scope) -> list[Said]:
    """Questions addressed to the partnership, of shared minutes, unless they were held back."""
    found = sa.select(Minutes.id).where(Share.lets_question)
    return _said(session, actor, about, Minutes.question_to_partnership, found)


def _said(session: Session, actor: Actor, about: Scope, words: Any, base: sa.Select[Any]) -> list[Said]:
    rows = session.execute(
        base.join(Share, Share.minutes_id == Minutes.id)
        .where(_shares(actor, about), words != "")
        .with_only_columns(
            words.label("words"),
            _from("organisation_name", about).label("organisation"),
            _from("sector", about).label("sector"),
        )
        .order_by(Minutes.id)
    )
    return [Said(row.organisation, row.sector, row.words) for row in rows]


def report_facts(session: Session, actor: Actor, about: Scope, now: datetime) -> ReportFacts:
    """All that stands in the Word report, as of now."""
    found = reach.coverages(session, actor, about, now)
    asked, later = found[Added.LAUNCH], found[Added.LATER]
    met, teams = sum(row.discussed for row in [*asked, *later]), teams_sharing(session, actor, about)
    return ReportFacts(
        partnership=about.partnership.name,
        briefing_title=about.edition.title,
        short_title=about.edition.short_title,
        edition=about.edition.number,
        launches=reach.launches(session, actor, about),
        as_of=now,
        coverage=asked,
        points=[_point_facts(session, actor, about, at, met, teams.get(at.id, (0, 0))) for at in about.edition.points],
        actions=actions(session, actor, about),
        questions=questions(session, actor, about),
        other_replies=reach.other_replies(session, actor, about),
        waiting=reach.waiting(session, actor, about),
        added_later=sum(row.asked for row in later),
        marking=about.partnership.marking,
    )


def _point_facts(
    session: Session, actor: Actor, about: Scope, at: DiscussionPoint, met: int, teams: tuple[int, int]
) -> PointFacts:
    return PointFacts(
        question=at.question,
        met=met,
        teams=teams[0],
        counted_in=teams[1],
        answers=[keyed.answer for keyed in every_answer(session, actor, about, at)],
        kind=PointKind(at.kind),
        entered=outside.answers(session, actor, about, at),
    )
