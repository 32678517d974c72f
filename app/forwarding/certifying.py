"""Gathers what stands on the certificate of a version of minutes: from what is kept for years, and never from what the
team said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app import clock
from app.discussions.attached import of_minutes
from app.discussions.models import Minutes
from app.forwarding import queries
from app.forwarding.certificate import CertificateFacts, DocumentFacts, FileFacts, Row
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
    own = of_minutes(session, minutes)
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
        waits=known is None and queries.is_being_made(minutes, now),
        letters=tuple(Row(to, what) for to, what in posted(session, minutes)),
        people=_people(readings(session, minutes), course(session, actor, minutes), minutes),
        signed=", ".join(queries.signature(session, actor, minutes, now)),
        as_of=now,
        address=address_of("forwarding.minutes", minutes=minutes.ref),
        marking=partnerships[0].marking,
    )


def _people(opened: list[Reading], told: Course, minutes: Minutes) -> tuple[Row, ...]:
    """What each person did, in one line each: first whoever acknowledged, shared or took back, then who only read."""
    names: dict[int | None, str] = {}
    deeds: dict[int | None, list[str]] = {}

    def did(person_id: int | None, name: str, what: str) -> None:
        names.setdefault(person_id, name)
        deeds.setdefault(person_id, []).append(what)

    for said in told.said:
        how = "said “I have this”" if said.how is How.HERE else "is said to have them, as was noted"
        did(said.person_id, f"{said.name}, {said.title}", f"{how} on {clock.moment_words(said.at)}")
    last = {(given.by_id, given.partnership_id): given for given in told.given}
    for given in last.values():
        let_go = f"shared {went(given, minutes)} with the {given.partnership.short_name}"
        what = f"{let_go}, unread, by standing decision" if given.under else let_go
        did(given.by_id, f"{given.name}, {given.title}", f"{what} on {clock.moment_words(given.at)}")
    for given in last.values():
        if back := given.withdrawal:
            what = f"took back what was shared with the {given.partnership.short_name}"
            did(back.by_id, back.by.name, f"{what} on {clock.moment_words(back.at)}")
    for one in opened:
        often = f", {one.times} times in all" if one.times > 1 else ""
        did(one.person_id, one.name, f"opened them first on {clock.moment_words(one.first)}{often}")
    return tuple(Row(names[key], _sentence(deeds[key])) for key in names)


def _sentence(parts: list[str]) -> str:
    words = "; ".join(parts)
    return f"{words[:1].upper()}{words[1:]}."
