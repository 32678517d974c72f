"""The asking letter: one to each person per launch, about every team and role that it concerns; and the letters to
those whom somebody names afterwards.

Which asking letters are owed stands in `owed`. Somebody who holds no role any more when it is sent gets none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from flask import render_template
from sqlalchemy.orm import Session

from app.circulation import (
    colleague_letters,
    declined_letters,
    leader_letters,
    queries,
    scheduled_letters,
    schedules,
    withdrawn_letters,
)
from app.circulation import owed as asking
from app.circulation.audience import Addressee, Heard, Line, addressees
from app.circulation.colleague_letters import COLLEAGUE
from app.circulation.declined_letters import DECLINED
from app.circulation.leader_letters import LEADER
from app.circulation.models import Circulation
from app.circulation.queries import ASK
from app.circulation.scheduled_letters import UNLAUNCHED
from app.circulation.withdrawn_letters import WITHDRAWN
from app.clock import date_words, today
from app.packs.standing import Standing
from app.policy import Role
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.text import counted, single_line
from app.web.addresses import address_of

__all__ = ["KINDS", "letter", "owed"]

KINDS = frozenset({ASK, COLLEAGUE, DECLINED, LEADER, UNLAUNCHED, WITHDRAWN})
PARTS = (asking, colleague_letters, declined_letters, leader_letters, scheduled_letters, withdrawn_letters)
LONGEST_NAME = 60


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """Every letter of this package that is owed and has no `Delivery`."""
    return chain(*(part.owed(session, now) for part in PARTS))


def foreseen(session: Session, now: datetime) -> Iterable[Owed]:
    """What was scheduled and is due counts as a letter that asks, since then, until somebody has carried it out."""
    for ref, at in schedules.overdue(session, now):
        yield Owed(kind=ASK, about=ref, person="", since=at, urgency=asking.URGENCY)


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """The letter of a delivery, or why there is none."""
    return _WRITE[delivery.kind](session, delivery, now)


def _ask(session: Session, delivery: Delivery, now: datetime) -> Written:
    """The asking letter to one person, with what concerns her now and at the address of her first role."""
    sent = queries.launch(session, delivery.about)
    if sent.closed is not None:
        return Superseded("Recording is closed for what was asked.")
    if sent.edition.pack.standing is not Standing.CURRENT:
        return Superseded("The briefing was withdrawn or retired before this could be sent.")
    heard = queries.heard_of(session, sent.id, now, queries.places_of(session, delivery.person, now))
    person = next((one for one in addressees(heard) if one.ref == delivery.person), None)
    if person is None:
        return Superseded("This person holds no role any more in what was asked.")
    return Letter(
        to_address=person.email,
        to_name=single_line(person.name),
        subject=_subject(sent, person, now),
        body=render_template("circulation/email/ask.txt", **_facts(sent, person, delivery.owed_since, now)),
        reply_to=sent.partnership.reply_to,
    )


_WRITE = {
    ASK: _ask,
    COLLEAGUE: colleague_letters.letter,
    DECLINED: declined_letters.letter,
    LEADER: leader_letters.letter,
    UNLAUNCHED: scheduled_letters.letter,
    WITHDRAWN: withdrawn_letters.letter,
}


@dataclass(frozen=True)
class Task:
    """A team in a letter to whoever is to hold the discussion, with where to write it up and who reads that first."""

    name: str
    organisation: str
    write_up: str
    other: str
    date: str
    leader: str
    colleague: str
    add: str
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
        date=address_of("circulation.date", asked=line.asked_ref),
        leader=address_of("circulation.leader", asked=line.asked_ref),
        colleague=address_of("circulation.colleague", asked=line.asked_ref),
        add=address_of("circulation.add_team", organisation=line.organisation_ref),
        leads=(*you, *(f"{lead.name}, {lead.title}" for lead in others)),
    )


def _unled(line: Line) -> tuple[Line, str]:
    """A team without a leader, and where its lead names one."""
    return line, address_of("circulation.name_leader", team=line.team_ref)


def _facts(sent: Circulation, person: Addressee, since: datetime, now: datetime) -> dict[str, object]:
    to_lead, to_write, told = (person.lines(role) for role in (Role.LEADER, Role.MINUTES, Role.LEAD))
    doing = {one.line.key for one in (*to_lead, *to_write)}
    asked_on = today(sent.circulated_at)
    slug, number = sent.edition.pack.slug, sent.edition.number
    return {
        "name": person.name,
        "partnership": sent.partnership,
        "asker": queries.the(sent.partnership.name),
        "short_name": sent.partnership.short_name,
        "reply_name": sent.partnership.reply_name,
        "edition": sent.edition,
        "home": address_of("home.mine"),
        "briefing": address_of("packs.edition", slug=slug, number=number),
        "pack": address_of("packs.edition_meeting", slug=slug, number=number),
        "answer_by": date_words(sent.answer_by),
        "passed": sent.answer_by < today(now),
        "asked_before": date_words(asked_on) if today(since) > asked_on else "",
        "cover_note": sent.cover_note,
        "to_lead": [_task(one, person) for one in to_lead],
        "to_write": [_task(one, person) for one in to_write],
        "told": [one.line for one in told if one.writers and one.line.key not in doing],
        "whole": [_task(one, person) for one in told if one.line.team_id is None],
        "pass_on": [_unled(one.line) for one in told if one.line.team_id is not None and not one.writers],
        "administered": [one.line for one in person.lines(Role.ADMINISTRATOR)],
    }


def _subject(sent: Circulation, person: Addressee, now: datetime) -> str:
    """Team, then task, then short title, for a lock screen."""
    first = person.reasons[0][0].role
    lines = [one.line for one in person.lines(Role.LEADER, Role.MINUTES) or person.lines(first)]
    by = date_words(sent.answer_by).removesuffix(f" {today(now).year}")
    to_discuss = f"to discuss, still open after {by}" if sent.answer_by < today(now) else f"to discuss by {by}"
    if first in (Role.LEADER, Role.MINUTES):
        return _joined(lines[0].name, len(lines) - 1, to_discuss, sent)
    names = list(dict.fromkeys(line.organisation_name for line in lines))
    task = f"please pass on, {to_discuss}"
    if first is Role.LEAD and all(one.writers for one in person.lines(first)):
        task = f"{counted(len(lines), 'team')} asked to discuss by {by}"
    return _joined(names[0], len(names) - 1, task, sent)


def _joined(name: str, more: int, task: str, sent: Circulation) -> str:
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
    who = f"{short} and {more} more" if more else short
    return single_line(f"{who}: {task} – {sent.edition.short_title}")
