"""A launch for later: puts it down, takes it back, and carries it out when its moment has come.

It is carried out in the name of whoever scheduled it, by the rules of a launch at once. What stands in its way by then
ends it with the reason, and the officers get a letter: nobody looks at a page at eight on a Monday.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import policy
from app.circulation import following, queries, services
from app.circulation.audience import Chosen, Plan
from app.circulation.models import Circulation
from app.circulation.scheduled import ScheduledLaunch, ScheduledLaunchEnded
from app.clock import moment_words, today, working_days_after
from app.errors import Conflict, Denied, Invalid
from app.organisations.models import Partnership
from app.organisations.queries import actor_for
from app.policy import Actor
from app.trail.services import note

LONGEST_DAYS = 183


def usual_day(now: datetime) -> date:
    """The day that is offered: the next Monday, or the first working day after it."""
    day = today(now)
    return working_days_after(day + timedelta(days=7 - day.weekday()), 0)


def check_moment(at: datetime, now: datetime) -> None:
    """Raise `Invalid`, naming the field, for a moment at which nothing could go out."""
    if at <= now:
        raise Invalid("The letters must go out at a time that is still to come.", "on")
    if today(at) > today(now) + timedelta(days=LONGEST_DAYS):
        raise Invalid("The letters must go out within half a year from now.", "on")


def schedule(
    session: Session,
    actor: Actor,
    partnership: Partnership,
    plan: Plan,
    *,
    at: datetime,
    answer_by: date,
    cover_note: str,
    again: bool,
    once: str,
    now: datetime,
) -> ScheduledLaunch:
    """Have everybody on a confirmed plan asked later; with the same `once` and the same list, what was put down first.
    Raises `Invalid` for the moment, date or note or an empty list, and `Conflict` as a launch at once does."""
    policy.require(actor, "circulate", partnership)
    session.execute(select(Partnership.id).where(Partnership.id == partnership.id).with_for_update())
    if made := scheduled_with(session, partnership, once):
        return _the_same(made, plan)
    check_moment(at, now)
    services.check_wishes(answer_by, cover_note, now, leaves=at)
    services.check_list(session, plan)
    made = _row(plan, actor, now, at=at, answer_by=answer_by, cover_note=cover_note, again=again, once=once)
    session.add(made)
    detail = {"at": at.isoformat(), **plan.counts}
    note(session, actor, "launch scheduled", made.ref, now=now, partnership_id=partnership.id, detail=detail)
    session.flush()
    return made


def _the_same(made: ScheduledLaunch, plan: Plan) -> ScheduledLaunch:
    if made.digest != plan.digest:
        raise Conflict("Another list was scheduled from this page already.")
    return made


def _row(plan: Plan, actor: Actor, now: datetime, **wishes: Any) -> ScheduledLaunch:
    return ScheduledLaunch(
        partnership_id=plan.partnership_id,
        edition_id=plan.edition.id,
        organisations=[line.organisation_ref for line in plan.wholes],
        teams=[line.team_ref for line in plan.teams],
        digest=plan.digest,
        by_id=_person(actor),
        scheduled_at=now,
        **wishes,
    )


def scheduled_with(session: Session, partnership: Partnership, once: str) -> ScheduledLaunch | None:
    """What was scheduled with this one-time key, if anything."""
    mine = ScheduledLaunch.partnership_id == partnership.id, ScheduledLaunch.once == once
    return session.scalar(select(ScheduledLaunch).where(*mine))


def cancel(session: Session, actor: Actor, launch: ScheduledLaunch, *, now: datetime) -> None:
    """Nobody is asked. Done twice, the first stands. Raises `Conflict` where it has been carried out."""
    policy.require(actor, "circulate", launch)
    if (ended := _hold(session, launch)) is not None:
        if ended.circulation_id is not None:
            raise Conflict(f"It went out {moment_words(ended.at)}, before you could cancel it.")
        return
    session.add(ScheduledLaunchEnded(launch_id=launch.id, at=now, by_id=_person(actor)))
    note(session, actor, "launch cancelled", launch.ref, now=now, partnership_id=launch.partnership_id)
    session.flush()
    session.expire(launch, ["ended"])


def carry_out(session: Session, launch: ScheduledLaunch, *, now: datetime) -> Circulation | None:
    """Circulate what was scheduled, or note why it cannot be; nothing where it has ended already."""
    if _hold(session, launch) is not None:
        return None
    actor, made, because = actor_for(session, launch.by_id, now), None, ""
    try:
        made, because = _circulated(session, actor, launch, now)
    except Denied:
        because = f"{launch.by.name}, who scheduled it, is no longer an officer of the partnership."
    except (Conflict, Invalid) as refusal:
        because = refusal.message
    session.add(
        ScheduledLaunchEnded(launch_id=launch.id, at=now, circulation_id=made.id if made else None, because=because)
    )
    if made is None:
        place = {"partnership_id": launch.partnership_id}
        note(session, actor, "launch not possible", launch.ref, now=now, detail={"because": because}, **place)
    session.flush()
    session.expire(launch, ["ended"])
    return made


def _circulated(session: Session, actor: Actor, launch: ScheduledLaunch, now: datetime) -> tuple[Circulation, str]:
    """What was circulated, and in words who was not asked as it was scheduled."""
    policy.require(actor, "circulate", launch)
    followed = following.followed(session, launch.teams, now)
    chosen = Chosen(launch.edition, frozenset(launch.organisations), followed.teams, again=launch.again)
    plan = queries.plan(session, actor, launch.partnership, chosen, now)
    differs = following.differs_words(session, launch, followed, plan)
    if not plan.lines:
        nobody = "Everybody on the list has been asked meanwhile, or is no longer here."
        raise Invalid(" ".join([nobody, *differs]))
    made = services.circulate(
        session,
        actor,
        launch.partnership,
        launch.edition,
        plan,
        answer_by=launch.answer_by,
        cover_note=launch.cover_note,
        once=launch.once,
        ref=launch.ref,
        now=now,
    )
    return made, " ".join(differs)


def _hold(session: Session, launch: ScheduledLaunch) -> ScheduledLaunchEnded | None:
    """Hold a launch until the transaction ends; what it came to by then."""
    session.execute(select(ScheduledLaunch.id).where(ScheduledLaunch.id == launch.id).with_for_update())
    session.expire(launch, ["ended"])
    return launch.ended


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
