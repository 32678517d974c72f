"""Makes the Word documents of minutes: gathers what stands in them, and does it for the sender before it sends.

A document is made once and kept; of loaded history, which owes no letters, one is made when somebody wants it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.database import Database
from app.discussions.attached import of_minutes
from app.discussions.models import RECEIVED_WORDS, SETTING_WORDS, Minutes, Response
from app.forwarding import at_once, queries
from app.forwarding.document import ActionFacts, MinutesFacts, PointFacts, minutes_document
from app.organisations.models import ROLE_WORDS
from app.packs.models import PointKind
from app.web.addresses import address_of

log = logging.getLogger("forwarding")
AT_ONCE = 20
TRIED_AGAIN = timedelta(minutes=1)


class DocumentMaker:
    """An errand of the sender: makes the Word documents that sent minutes still lack.

    No transaction is open while a document is made; of two senders that make the same one, the first to finish is kept.
    One that fails waits a minute while the others go on; `failed` remembers until when, for this process only.
    """

    def __init__(self) -> None:
        self.failed: dict[str, datetime] = {}

    def __call__(self, database: Database, now: datetime) -> int:
        """Make at most `AT_ONCE`; returns how many. The first fault is raised once the others are made."""
        self.failed = {ref: until for ref, until in self.failed.items() if until > now}
        with database.reading() as session:
            refs = queries.waiting_for_document(session, now, AT_ONCE, self.failed)
        faults = []
        for ref in refs:
            try:
                make(database, ref, now)
            except DBAPIError:
                raise
            except Exception as fault:  # whatever it is, the other documents must be made
                self.failed[ref] = now + TRIED_AGAIN
                faults.append(fault)
        if faults:
            raise faults[0]
        return len(refs)


make_documents = DocumentMaker()


def make(database: Database, ref: str, now: datetime) -> None:
    """Make the document of the minutes of a reference and keep it; what a lead decided beforehand is done with it."""
    with database.reading() as session:
        told, may_go_to = facts(session, ref), _open_to(session, ref)
    body = minutes_document(told)
    with database.writing() as session:
        at_once.keep_document(session, ref, body, may_go_to, now=now)


def _open_to(session: Session, ref: str) -> frozenset[int]:
    """Where looking through the text fails, it is read first: no document and no letter waits for that."""
    try:
        return at_once.open_to(session, ref)
    except DBAPIError:
        raise
    except Exception:
        log.exception("Minutes %s could not be looked through, so they are read before they are shared", ref)
        return frozenset()


def facts(session: Session, ref: str) -> MinutesFacts:
    """All that stands in the Word document of the version of a reference, as plain values."""
    minutes = queries.whole(session, ref)
    partnerships = queries.partnerships_of(minutes)
    own = of_minutes(session, minutes)
    return MinutesFacts(
        reference=minutes.ref,
        version=minutes.version,
        corrects=minutes.version - 1 or None,
        marking=partnerships[0].marking,
        organisation=minutes.organisation.name,
        teams=tuple(queries.team_names(minutes)),
        briefing_title=minutes.edition.title,
        short_title=minutes.edition.short_title,
        edition=minutes.edition.number,
        source=minutes.edition.pack.source,
        partnerships=tuple(partnership.name for partnership in partnerships),
        sent_at=minutes.sent_at,
        recorded_by=recorder(session, minutes),
        numbers_to_call=tuple((label, number) for label, number in partnerships[0].numbers_to_call),
        attached=own.digest if own else "",
        address=address_of("forwarding.minutes", minutes=minutes.ref),
        **_meeting(minutes),
        **_said(minutes),
    )


def _meeting(minutes: Minutes) -> dict[str, Any]:
    meeting = minutes.discussion
    return {
        "held_on": meeting.held_on,
        "setting": SETTING_WORDS[meeting.setting],
        "present": meeting.present,
        "chaired_by": meeting.chaired_by,
        "received": RECEIVED_WORDS[meeting.received],
    }


def _said(minutes: Minutes) -> dict[str, Any]:
    answers = {response.point_id: response for response in minutes.responses}
    return {
        "points": tuple(_point(point.question, point.kind, answers.get(point.id)) for point in minutes.edition.points),
        "took_no_notes": minutes.took_no_notes,
        "actions": tuple(ActionFacts(what=a.what, who=a.who, by=a.by) for a in minutes.actions),
        "earlier": tuple((one.action.what, one.words) for one in minutes.news),
        "question_to_lead": minutes.question_to_lead,
        "question_to_partnership": minutes.question_to_partnership,
    }


def _point(question: str, kind: PointKind, response: Response | None) -> PointFacts:
    if response is None:
        return PointFacts(question=question, kind=kind)
    return PointFacts(
        question=question,
        kind=kind,
        answer=response.words or None,
        yes=response.yes,
        partly=response.partly,
        not_yet=response.not_yet,
        did_not_count=response.not_counted,
    )


def recorder(session: Session, minutes: Minutes) -> str:
    """The recorder's name and what she was for the team; of its own people, the role on the day of sending."""
    if minutes.recorded_as:
        return f"{minutes.recorded_by.name}, {minutes.recorded_as}, for the team"
    held = queries.held_by_recorder(session, minutes)
    name = minutes.recorded_by.name
    return f"{name}, {held.local_title or ROLE_WORDS[held.role].lower()}" if held else name
