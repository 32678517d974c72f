"""What has become of a set of minutes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, defer, joinedload, selectinload, undefer

from app import clock, policy
from app.circulation.models import Asked, Circulation
from app.discussions.models import Minutes, MinutesFor
from app.discussions.news import ActionNews
from app.discussions.queries import named
from app.errors import NotFound
from app.forwarding.models import Acknowledgement, Answer, Document, How, Question, Share, SharedAnswer
from app.forwarding.receivers import Receiver, receivers
from app.organisations.models import Appointment, Partnership
from app.organisations.queries import covering, holders, in_dates, reaches
from app.packs.models import Edition
from app.policy import Actor, Role

OF_USE = timedelta(days=30)
"""For so long after it happened something still owes a letter, or minutes a document that is kept."""


@cache
def nobody_has() -> sa.ColumnElement[bool]:
    """Whether nobody has said of a row of `Minutes` that he or she has it, nor is said to have it: so that somebody is
    to be written to about it."""
    return ~sa.exists().where(Acknowledgement.minutes_id == Minutes.id)


@cache
def not_acknowledged() -> sa.ColumnElement[bool]:
    """Whether nobody has said so here, by name; who is only said to have it does not count."""
    return ~sa.exists().where(Acknowledgement.minutes_id == Minutes.id, Acknowledgement.how == How.HERE)


@lru_cache(maxsize=2)
def needs_nobody(day: date) -> sa.ColumnElement[bool]:
    """Whether a row of `Minutes`, as the answer to a row of `Asked`, was recorded by a lead herself and nobody else
    receives it on that day: so it needs no acknowledgement."""
    lead, other = aliased(Appointment), aliased(Appointment)
    mine = (lead.role == Role.LEAD, lead.person_id == Minutes.recorded_by_id)
    theirs = (other.role.in_((Role.LEAD, Role.DEPUTY)), other.person_id != Minutes.recorded_by_id)
    return _one_holds(lead, day, *mine) & ~_one_holds(other, day, *theirs)


@lru_cache(maxsize=2)
def nobody_may_read(day: date) -> sa.ColumnElement[bool]:
    """Whether on that day nobody receives a row of `Minutes` for any of its teams: no lead, and no deputy but perhaps
    its recorder."""
    held, cover, asked = aliased(Appointment), aliased(MinutesFor), aliased(Asked)
    receives = sa.or_(held.role == Role.LEAD, held.person_id != Minutes.recorded_by_id)
    there = sa.exists().where(
        held.organisation_id == Minutes.organisation_id,
        held.role.in_((Role.LEAD, Role.DEPUTY)),
        receives,
        held.starts_on <= day,
        sa.or_(held.ends_on.is_(None), held.ends_on >= day),
        cover.minutes_id == Minutes.id,
        asked.id == cover.asked_id,
        reaches(held.id, asked.team_id),
    )
    return ~there.correlate_except(held, cover, asked)


def _one_holds(held: Any, day: date, *which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    here = (held.organisation_id == Asked.organisation_id, reaches(held.id, Asked.team_id))
    now = (held.starts_on <= day, sa.or_(held.ends_on.is_(None), held.ends_on >= day))
    return sa.exists().where(*which, *here, *now).correlate_except(held)


@cache
def waits_for_team() -> sa.ColumnElement[bool]:
    """Whether the last that was done with a row of `Minutes` was to ask the team something. Whoever acknowledges or
    shares after that waits no longer, nor does anybody once the team answered; a question after that waits again."""
    question, said, given, answer = aliased(Question), aliased(Acknowledgement), aliased(Share), aliased(Answer)
    later = (
        sa.exists().where(said.minutes_id == question.minutes_id, said.how == How.HERE, said.at >= question.at),
        sa.exists().where(given.minutes_id == question.minutes_id, given.at >= question.at),
        sa.exists().where(answer.question_id == question.id),
    )
    return sa.exists().where(question.minutes_id == Minutes.id, *(~done for done in later))


def teams_of(minutes: Minutes) -> str:
    """The teams that minutes are of, each once, as they are spoken; `covers.asked` should be loaded."""
    return named(_asked(minutes))


def team_names(minutes: Minutes) -> list[str]:
    """The same as a list."""
    return list(dict.fromkeys(asked.name for asked in _asked(minutes)))


def _asked(minutes: Minutes) -> list[Asked]:
    return sorted((cover.asked for cover in minutes.covers), key=lambda asked: (asked.name, asked.id))


def partnerships_of(minutes: Minutes) -> list[Partnership]:
    """The partnerships that asked for minutes, by name; `covers.asked.circulation.partnership` should be loaded."""
    asked_by = {cover.asked.circulation.partnership for cover in minutes.covers}
    return sorted(asked_by, key=lambda partnership: (partnership.name, partnership.id))


def acknowledgement(session: Session, minutes: Minutes) -> Acknowledgement | None:
    """Who first said "I have this" of this version here, if anybody has."""
    return session.scalars(
        sa.select(Acknowledgement).where(Acknowledgement.minutes_id == minutes.id, Acknowledgement.how == How.HERE)
    ).first()


def told_about(session: Session, actor: Actor, ref: str) -> Minutes:
    """Minutes of which the actor may note that somebody is said to have them. Raises `NotFound`."""
    found = session.scalars(
        sa.select(Minutes).where(Minutes.ref == ref, policy.within(actor, "note_told", Minutes))
    ).first()
    if found is None:
        raise NotFound
    return whole(session, ref)


def may_be_said(session: Session, actor: Actor, minutes: Minutes, now: datetime) -> list[Receiver]:
    """Who may be said to have minutes: whoever receives them, each once, and is neither the actor nor who recorded
    them. Empty where somebody has them already, or is said to, and for a version that was corrected."""
    had = sa.select(Acknowledgement.id).where(Acknowledgement.minutes_id == minutes.id)
    if not minutes.newest or session.scalar(had.limit(1)) is not None:
        return []
    held = receivers(session, [minutes.organisation_id], clock.today(now))[minutes.organisation_id]
    teams, beside = {cover.asked.team_id for cover in minutes.covers}, (actor.person, minutes.recorded_by_id)
    found = [one for one in held if one.covers(teams) and one.person_id not in beside]
    return list({one.person_id: one for one in sorted(found, key=lambda one: one.role is Role.LEAD)}.values())[::-1]


def standing_shares(session: Session, minutes: Minutes) -> Sequence[Share]:
    """The shares of the minutes' thread that stand, with what they let go; one for each partnership at most."""
    return session.scalars(
        sa.select(Share).where(Share.thread == minutes.thread, Share.shared).options(*GIVEN).order_by(Share.id)
    ).all()


GIVEN = (
    selectinload(Share.answers).joinedload(SharedAnswer.response),
    joinedload(Share.partnership),
    joinedload(Share.under),
    joinedload(Share.minutes).selectinload(Minutes.responses),
)
"""Everything that a share lets go, and the version that it is of."""


def questions(session: Session, minutes: Minutes) -> Sequence[Question]:
    """What leads asked the team about any version of these minutes, oldest first."""
    versions = aliased(Minutes)
    thread = sa.select(versions.id).where(versions.thread == minutes.thread)
    found = sa.select(Question).where(Question.minutes_id.in_(thread)).options(joinedload(Question.replies))
    return session.scalars(found.order_by(Question.id)).unique().all()


def question(session: Session, actor: Actor, ref: str) -> Question:
    """A question to a team for which the actor writes. Raises `NotFound`."""
    found = session.scalars(
        sa.select(Question)
        .join(Question.minutes)
        .where(Question.ref == ref, policy.within(actor, "correct_minutes", Minutes))
        .options(
            joinedload(Question.minutes).joinedload(Minutes.edition).defer(Edition.content),
            joinedload(Question.minutes).selectinload(Minutes.covers).joinedload(MinutesFor.asked),
            selectinload(Question.replies),
        )
    ).first()
    if found is None:
        raise NotFound
    return found


def share(session: Session, actor: Actor, ref: str) -> Share:
    """A share that the actor's organisation gave. Raises `NotFound`."""
    found = session.scalars(
        sa.select(Share)
        .where(Share.ref == ref, policy.within(actor, "share", Share))
        .options(
            joinedload(Share.minutes).joinedload(Minutes.edition).defer(Edition.content),
            joinedload(Share.minutes).selectinload(Minutes.covers).joinedload(MinutesFor.asked),
            joinedload(Share.partnership),
        )
    ).first()
    if found is None:
        raise NotFound
    return found


def whole(session: Session, ref: str) -> Minutes:
    """A version with all that stands in its Word document. The caller has checked who may have it."""
    return session.scalars(_version(said=True), {"ref": ref}).one()


def headed(session: Session, ref: str) -> Minutes:
    """A version with what stands in a letter about it: whose it is and of what, without what the team said."""
    return session.scalars(_version(said=False), {"ref": ref}).one()


@cache
def _version(*, said: bool) -> sa.Select[Minutes]:
    edition, asked = joinedload(Minutes.edition), selectinload(Minutes.covers).joinedload(MinutesFor.asked)
    head = (
        *(joinedload(one) for one in (Minutes.discussion, Minutes.organisation, Minutes.recorded_by)),
        edition.options(defer(Edition.content), joinedload(Edition.pack)),
        asked.joinedload(Asked.circulation).joinedload(Circulation.partnership),
    )
    news = selectinload(Minutes.news).joinedload(ActionNews.action)
    body = (edition.selectinload(Edition.points), selectinload(Minutes.responses), selectinload(Minutes.actions), news)
    return sa.select(Minutes).where(Minutes.ref == sa.bindparam("ref")).options(*head, *(body if said else ()))


def newest_ref(session: Session, minutes: Minutes) -> str:
    """The reference of the version of these minutes that was sent last."""
    return session.scalars(sa.select(Minutes.ref).where(Minutes.thread == minutes.thread, Minutes.newest)).one()


def held_by_recorder(session: Session, minutes: Minutes) -> Appointment | None:
    """The role in the organisation that the recorder had had for longest on the day of sending."""
    return session.scalars(
        sa.select(Appointment)
        .where(
            Appointment.person_id == minutes.recorded_by_id,
            Appointment.organisation_id == minutes.organisation_id,
            in_dates(clock.today(minutes.sent_at)),
        )
        .order_by(Appointment.starts_on, Appointment.id)
        .limit(1)
    ).first()


def document(session: Session, minutes: Minutes) -> Document | None:
    """The Word document of a version, with its bytes; None where none is kept."""
    return session.scalars(
        sa.select(Document).where(Document.minutes_id == minutes.id).options(undefer(Document.body))
    ).first()


def known_of_document(session: Session, minutes: Minutes) -> tuple[str, int, datetime, bool] | None:
    """What stays known of the Word document of a version: its digest, its size, when it was made, and whether it is
    still kept itself. None where there never was one."""
    known = sa.select(Document.digest, Document.size, Document.made_at, Document.body.is_not(None))
    row = session.execute(known.where(Document.minutes_id == minutes.id)).first()
    return (row[0], row[1], row[2], bool(row[3])) if row else None


def is_being_made(minutes: Minutes, now: datetime) -> bool:
    """Whether minutes without a document are owed one by the sender: see `waiting_for_document`."""
    letters_from = min(partnership.letters_from for partnership in partnerships_of(minutes))
    return minutes.sent_at > now - OF_USE and minutes.sent_at >= letters_from


_WITHOUT_DOCUMENT = (
    sa.select(Minutes.ref)
    .where(
        Minutes.sent_at.between(sa.bindparam("of_late"), sa.bindparam("now")),
        ~sa.exists().where(Document.minutes_id == Minutes.id),
        sa.exists().where(
            MinutesFor.minutes_id == Minutes.id,
            Asked.id == MinutesFor.asked_id,
            Partnership.id == Asked.partnership_id,
            Partnership.letters_from <= Minutes.sent_at,
        ),
    )
    .order_by(Minutes.id)
)


def waiting_for_document(session: Session, now: datetime, limit: int, but: Collection[str] = ()) -> Sequence[str]:
    """References of the minutes sent of late that have no Word document yet, oldest first, without those in `but`.

    History that was loaded, and owes no letters, owes no documents either: they are made when somebody wants one.
    """
    wanted = _WITHOUT_DOCUMENT.where(Minutes.ref.not_in(but)) if but else _WITHOUT_DOCUMENT
    return session.scalars(wanted.limit(limit), {"now": now, "of_late": now - OF_USE}).all()


def file_name(minutes: Minutes) -> str:
    """What the Word document is called: the briefing, the teams, the date and the version, in plain ASCII words."""
    told = f"{minutes.edition.short_title} {teams_of(minutes)} {minutes.discussion.held_on:%Y-%m-%d}"
    plain = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain)[:110].strip("-") + f"-v{minutes.version}.docx"


def signature(session: Session, actor: Actor, minutes: Minutes, now: datetime) -> tuple[str, str]:
    """The actor's name and the title under which she acts for these minutes' teams: a lead's before a deputy's."""
    held = holders(session, minutes.organisation_id, (Role.LEAD, Role.DEPUTY), clock.today(now))
    teams = {cover.asked.team_id for cover in minutes.covers}
    mine = [a for a in held if a.person_id == actor.person and any(covering([a], team) for team in teams)]
    mine.sort(key=lambda a: a.role is not Role.LEAD)
    return actor.name, mine[0].title if mine else "Safeguarding lead"
