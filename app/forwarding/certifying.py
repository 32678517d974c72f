"""Gathers what stands on the certificate of a version of minutes: from what is kept for years, and never from what the
team said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app import clock
from app.discussions.attached import of_minutes
from app.discussions.models import Minutes
from app.forwarding import queries
from app.forwarding.certificate import CertificateFacts, DocumentFacts, Fact, FileFacts, Row
from app.forwarding.course import Course, course, went
from app.forwarding.history import Reading, readings
from app.forwarding.letters import posted
from app.forwarding.making import recorder
from app.forwarding.models import How
from app.policy import Actor
from app.web.addresses import address_of


def facts(session: Session, actor: Actor, minutes: Minutes, now: datetime) -> CertificateFacts:
    """All that stands on the certificate. The caller has checked that the actor receives these minutes."""
    known = queries.known_of_document(session, minutes)
    partnerships = queries.partnerships_of(minutes)
    own, told = of_minutes(session, minutes), course(session, actor, minutes)
    later = next((version for version in told.versions if version.version > minutes.version), None)
    return CertificateFacts(
        reference=minutes.ref,
        version=minutes.version,
        organisation=minutes.organisation.name,
        teams=tuple(queries.team_names(minutes)),
        briefing_title=minutes.edition.title,
        short_title=minutes.edition.short_title,
        edition=minutes.edition.number,
        partnerships=tuple(partnership.name for partnership in partnerships),
        held_on=minutes.discussion.held_on,
        sent_at=minutes.sent_at,
        sent_by=recorder(session, minutes),
        document=DocumentFacts(*known) if known else None,
        own_file=FileFacts(own.digest, own.size, own.at, own.is_kept) if own else None,
        corrected=(later.version, later.sent_at) if later else None,
        waits=known is None and queries.is_being_made(minutes, now),
        letters=_letters(session, minutes),
        people=_people(readings(session, minutes), told, minutes),
        signed=", ".join(queries.signature(session, actor, minutes, now)),
        as_of=now,
        address=address_of("forwarding.minutes", minutes=minutes.ref),
        marking=partnerships[0].marking,
    )


def _letters(session: Session, minutes: Minutes) -> tuple[Row, ...]:
    found = posted(session, minutes)
    return tuple(Row(to, (*map(Fact, what), *([Fact(said, less=True)] if said else ()))) for to, what, said in found)


Deed = tuple[int | None, str, datetime, str]
"""Who did something, by key and by name, when, and what as a whole sentence."""


def _people(opened: list[Reading], told: Course, minutes: Minutes) -> tuple[Row, ...]:
    """What each person did, oldest first: first whoever acknowledged, shared or took back, then who only read."""
    often = {one: f", {one.times} times in all" if one.times > 1 else "" for one in opened}
    read = [_deed(one.person_id, one.name, one.first, "Opened them first", often[one]) for one in opened]
    decided = _decided(told, minutes)
    names: dict[int | None, str] = {}
    for key, name, *_ in (*decided, *read):
        names.setdefault(key, name)
    in_order = sorted((*read, *decided), key=lambda deed: deed[2])
    return tuple(
        Row(name, tuple(Fact(what) for whose, _, _, what in in_order if whose == key)) for key, name in names.items()
    )


def _decided(told: Course, minutes: Minutes) -> list[Deed]:
    deeds = []
    for said in told.said:
        how = "Said “I have this”" if said.how is How.HERE else "Is said to have them, as was noted"
        deeds.append(_deed(said.person_id, f"{said.name}, {said.title}", said.at, how))
    last = {(given.by_id, given.partnership_id): given for given in told.given}
    for given in last.values():
        let_go = f"Shared {went(given, minutes)} with the {given.partnership.short_name}"
        what = f"{let_go}, unread, by standing decision" if given.under else let_go
        deeds.append(_deed(given.by_id, f"{given.name}, {given.title}", given.at, what))
    for new in told.replacing(minutes):
        let_go = f"Shared version {new.minutes.version} with the {new.partnership.short_name} in place of this one"
        what = f"{let_go}, unread, by standing decision" if new.under else let_go
        deeds.append(_deed(new.by_id, f"{new.name}, {new.title}", new.at, what))
    backs = [(given.withdrawal, given.partnership.short_name) for given in last.values() if given.withdrawal]
    return [
        *deeds,
        *(_deed(b.by_id, b.by.name, b.at, f"Took back what was shared with the {whom}") for b, whom in backs),
    ]


def _deed(person_id: int | None, name: str, at: datetime, what: str, more: str = "") -> Deed:
    return person_id, name, at, f"{what} on {clock.moment_words(at)}{more}."
