"""The asking letter: one to each person per launch, about every team and role that it concerns.

Owed to whoever holds a role at the launch or takes one up by the date to answer by, until 60 days after that date: a
letter held up for so long is of no more use, and reminding is not this letter's business. Somebody who was written to
in one role gets no second letter for another; somebody who holds none any more when it is sent gets none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import render_template
from sqlalchemy import CTE, ColumnElement, Select, SQLColumnExpression, and_, case, exists, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased, defer, joinedload, selectinload

from app.circulation import queries
from app.circulation.audience import Addressee, Heard, addressees
from app.circulation.models import AnswerBy, Asked, Circulation
from app.circulation.queries import ASK
from app.clock import date_words, start_of, today
from app.organisations.models import Appointment, AppointmentTeam, Partnership, Person
from app.organisations.queries import in_dates
from app.packs.models import Edition
from app.policy import Role
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.text import counted, single_line
from app.web.addresses import address_of

KINDS = frozenset({ASK})
URGENCY = 5
OWED_FOR = timedelta(days=60)
AT_ONCE = 300
LONGEST_NAME = 60


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """Who is to get the asking letter and has none: at most `AT_ONCE`, those owed longest first. One statement."""
    day = today(now)
    open_ = _open(day)
    due = union_all(_of_teams(open_, day), _of_organisations(open_, day)).subquery("due")
    written = exists().where(
        Delivery.kind == ASK,
        Delivery.about == due.c.about,
        Delivery.role == "",
        Delivery.place == "",
        Delivery.person == Person.ref,
    )
    since = func.min(due.c.since)
    rows = session.execute(
        select(due.c.about, Person.ref, since, due.c.on)
        .join(Person, Person.id == due.c.person_id)
        .where(~written)
        .group_by(due.c.about, Person.ref, due.c.on)
        .order_by(since, due.c.about, Person.ref)
        .limit(AT_ONCE)
    )
    return [
        Owed(kind=ASK, about=about, person=person, since=at, urgency=URGENCY, until=_until(on))
        for about, person, at, on in rows
    ]


def _until(answer_by: date) -> datetime:
    return start_of(answer_by + OWED_FOR + timedelta(days=1))


def _open(day: date) -> CTE:
    """The launches about which letters may still be owed, with the date to answer by that was set last."""
    last = (
        select(func.max(AnswerBy.id))
        .where(AnswerBy.circulation_id == Circulation.id)
        .correlate(Circulation)
        .scalar_subquery()
    )
    return (
        select(Circulation.id, Circulation.ref.label("about"), AnswerBy.on, Partnership.letters_from)
        .join(AnswerBy, AnswerBy.id == last)
        .join(Partnership, Partnership.id == Circulation.partnership_id)
        .where(AnswerBy.on >= day - OWED_FOR)
        .cte("open")
    )


def _of_teams(open_: CTE, day: date) -> Select[str, date, int, datetime]:
    """Leaders of asked teams; minute takers of those that have no leader."""
    role = or_(Appointment.role == Role.LEADER, and_(Appointment.role == Role.MINUTES, ~_held(day, Role.LEADER)))
    return (
        _due(open_)
        .join(AppointmentTeam, AppointmentTeam.team_id == Asked.team_id)
        .join(Appointment, Appointment.id == AppointmentTeam.appointment_id)
        .where(role, *_in_time(open_, day))
    )


def _of_organisations(open_: CTE, day: date) -> Select[str, date, int, datetime]:
    """Leads of what was asked; administrators where nobody else would hear."""
    nobody = and_(~_held(day, Role.LEAD), ~_held(day, Role.LEADER, Role.MINUTES))
    role = or_(Appointment.role == Role.LEAD, and_(Appointment.role == Role.ADMINISTRATOR, nobody))
    return (
        _due(open_)
        .join(Appointment, Appointment.organisation_id == Asked.organisation_id)
        .where(role, _reaches(Appointment.id), *_in_time(open_, day))
    )


def _due(open_: CTE) -> Select[str, date, int, datetime]:
    since = case((Appointment.counts_from > Asked.added_at, Appointment.counts_from), else_=Asked.added_at)
    return select(open_.c.about, open_.c.on, Appointment.person_id, since.label("since")).join(
        Asked, Asked.circulation_id == open_.c.id
    )


def _in_time(open_: CTE, day: date) -> tuple[ColumnElement[bool], ...]:
    """In dates today, in the role by the date to answer by, and asked since letters are owed at all."""
    # Both: the first day is a date in London, and `counts_from` (in UTC) may be the last hour of the day before it.
    in_time = and_(Appointment.starts_on <= open_.c.on, func.date(Appointment.counts_from) <= open_.c.on)
    return in_dates(day), in_time, Asked.added_at >= open_.c.letters_from


def _held(day: date, *roles: Role) -> ColumnElement[bool]:
    """Whether somebody holds one of these roles today for what was asked."""
    held = select(Appointment).where(in_dates(day), Appointment.role.in_(roles)).subquery()
    return exists().where(held.c.organisation_id == Asked.organisation_id, _reaches(held.c.id, *roles))


def _reaches(appointment_id: SQLColumnExpression[int], *roles: Role) -> ColumnElement[bool]:
    """Whether an appointment reaches the line asked: its named teams, or for leads and administrators the whole."""
    any_, this = aliased(AppointmentTeam), aliased(AppointmentTeam)
    of_it = (this.appointment_id == appointment_id, this.team_id == Asked.team_id)
    named = exists().where(any_.appointment_id == appointment_id).correlate_except(any_)
    team = exists().where(*of_it).correlate_except(this)
    return team if set(roles) & {Role.LEADER, Role.MINUTES} else or_(~named, team)


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """The letter to one person, with what concerns her now and at the address of her first role."""
    sent = session.scalars(_circulation().where(Circulation.ref == delivery.about)).one()
    own = select(Appointment.organisation_id).join(Person).where(Person.ref == delivery.person, in_dates(today(now)))
    places = [key for key in session.scalars(own) if key is not None]
    heard = queries.heard_of(session, sent.id, now, places)
    person = next((one for one in addressees(heard) if one.ref == delivery.person), None)
    if person is None:
        return Superseded("This person holds no role any more in what was asked.")
    return Letter(
        to_address=person.email,
        to_name=single_line(person.name),
        subject=_subject(sent, person, now),
        body=render_template("circulation/email/ask.txt", **_facts(sent, person, delivery.owed_since)),
        reply_to=sent.partnership.reply_to,
    )


def _circulation() -> Select[Circulation]:
    edition = joinedload(Circulation.edition).options(defer(Edition.content), joinedload(Edition.pack))
    return select(Circulation).options(joinedload(Circulation.partnership), edition, selectinload(Circulation.dates))


@dataclass(frozen=True)
class Task:
    """A team in a letter to whoever is to hold the discussion, with where to write it up and who reads that first."""

    name: str
    organisation: str
    write_up: str
    other: str
    leads: tuple[str, ...]


def _task(heard: Heard, reader: Addressee) -> Task:
    line = heard.line
    others = [lead for lead in heard.leads if lead.ref != reader.ref]
    you = ["you, as its safeguarding lead"] if len(others) < len(heard.leads) else []
    return Task(
        name=line.name,
        organisation=line.organisation_name if line.organisation_name != line.name else "",
        write_up=address_of("discussions.meeting", asked=line.asked_ref),
        other=address_of("discussions.other", asked=line.asked_ref),
        leads=(*you, *(f"{lead.name}, {lead.title}" for lead in others)),
    )


def _facts(sent: Circulation, person: Addressee, since: datetime) -> dict[str, object]:
    to_lead, to_write, told = (person.lines(role) for role in (Role.LEADER, Role.MINUTES, Role.LEAD))
    doing = {one.line.key for one in (*to_lead, *to_write)}
    asked_on = today(sent.circulated_at)
    return {
        "name": person.name,
        "partnership": sent.partnership,
        "asker": _the(sent.partnership.name),
        "short_name": sent.partnership.short_name,
        "reply_name": sent.partnership.reply_name,
        "edition": sent.edition,
        "briefing": address_of("packs.edition", slug=sent.edition.pack.slug, number=sent.edition.number),
        "answer_by": date_words(sent.answer_by),
        "asked_before": date_words(asked_on) if today(since) > asked_on else "",
        "cover_note": sent.cover_note,
        "to_lead": [_task(one, person) for one in to_lead],
        "to_write": [_task(one, person) for one in to_write],
        "told": [one.line for one in told if one.writers and one.line.key not in doing],
        "whole": [_task(one, person) for one in told if one.line.team_id is None],
        "pass_on": [one.line for one in told if one.line.team_id is not None and not one.writers],
        "administered": [one.line for one in person.lines(Role.ADMINISTRATOR)],
    }


def _the(name: str) -> str:
    """A partnership's name as a sentence begins with it: “The East Sussex …”."""
    return name if name.lower().startswith("the ") else f"The {name}"


def _subject(sent: Circulation, person: Addressee, now: datetime) -> str:
    """Team, then task, then short title, for a lock screen."""
    first = person.reasons[0][0].role
    lines = [one.line for one in person.lines(Role.LEADER, Role.MINUTES) or person.lines(first)]
    by = date_words(sent.answer_by).removesuffix(f" {today(now).year}")
    if first in (Role.LEADER, Role.MINUTES):
        return _joined(lines[0].name, len(lines) - 1, f"to discuss by {by}", sent)
    names = list(dict.fromkeys(line.organisation_name for line in lines))
    task = f"please pass on, to discuss by {by}"
    if first is Role.LEAD and all(one.writers for one in person.lines(first)):
        task = f"{counted(len(lines), 'team')} asked to discuss by {by}"
    return _joined(names[0], len(names) - 1, task, sent)


def _joined(name: str, more: int, task: str, sent: Circulation) -> str:
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
    who = f"{short} and {more} more" if more else short
    return single_line(f"{who}: {task} – {sent.edition.short_title}")
