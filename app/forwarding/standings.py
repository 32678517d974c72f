"""Where each asked team stands: the only statuses, as the team, the lead and the officer read them.

A standing is read from which rows exist, in three statements for any number of teams. A team may have met several
times: it reads of the record it sent last, its lead of one that is still to be read or that waits for the team, and
then of what the partnership has, the officer of the furthest. A correction begins anew for the team; what the
partnership was let have before, it still has, and the lead reads so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import clock
from app.discussions.models import ReplyKind
from app.forwarding.inbox import standing_note
from app.forwarding.receivers import Receiver, readers, receivers, with_whom
from app.forwarding.standing_rows import asked_rows, record_rows

NO_RESPONSE, PASSED_ON = "No response yet", "Teams that it added are asked in its place"
_AS_THEY_ARE = ("started", "correcting", "known", "let_have", "outside", "passed_on", "closed_at")
NO_LEAD = "Kept until there is a safeguarding lead"


@dataclass(frozen=True)
class Record:
    """The newest version of one set of minutes. `readers` are those it is with, by name, and `reading` by appointment;
    `own`: the lead recorded it
    and nobody else receives it, so that it needs no acknowledgement. `stands` is the number of the version that the
    partnership has, this one (`shared`; `ahead`: as a lead decided beforehand) or an older one; 0 where it has none."""

    ref: str
    held_on: date
    sent_at: datetime
    readers: str
    recorded_by: str
    recorded_by_id: int = 0
    own: bool = False
    acknowledged_by: str = ""
    question_by: str = ""
    waits: bool = False
    shared: bool = False
    ahead: bool = False
    version: int = 1
    stands: int = 0
    reading: tuple[Receiver, ...] = ()

    @property
    def before(self) -> bool:
        """Whether the partnership has an older version of it."""
        return bool(self.stands) and not self.shared

    @property
    def unread(self) -> bool:
        """Whether nobody but who recorded it has read it: that answers were shared, as a lead had decided beforehand or
        by the lead who recorded them, does not say so."""
        return self.step in ("sent", "shared") and not (self.acknowledged_by or self.own)

    @property
    def step(self) -> str:
        """What was done last: sent, question, acknowledged or shared. A question stands until somebody decides."""
        if self.waits:
            return "question"
        if self.shared:
            return "shared"
        if self.acknowledged_by or self.own:
            return "acknowledged"
        return "sent"


@dataclass(frozen=True)
class Standing:
    """How far one `Asked` has come. Exactly the statuses of the design, each as its reader sees it. `closed_at`, since
    when nothing new can be recorded, and `withdrawn`, why its briefing was withdrawn, are no status and stand beside
    it; `passed_on`: an organisation was asked as a whole, and teams that it added since are asked in its place."""

    asked_id: int
    answer_by: date
    partnership: str
    passed: bool = False
    started: bool = False
    correcting: bool = False
    reply: str = ""
    reason: str = ""
    known: bool = False
    let_have: bool = False
    outside: bool = False
    passed_on: bool = False
    closed_at: datetime | None = None
    withdrawn: str = ""
    records: tuple[Record, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be done about it any more: it is closed and was not answered."""
        return self.closed_at is not None and self.step in ("asked", "started")

    @property
    def is_dropped(self) -> bool:
        """Whether nobody has to do anything about it any more: its briefing was withdrawn before anybody began."""
        return bool(self.withdrawn) and self.step == "asked"

    @cached_property
    def last(self) -> Record | None:
        """The record that the team reads of, if any: one with a question to it, or the one sent last."""
        asked_back = [record for record in self.records if record.waits]
        return next(iter([*asked_back[-1:], *self.records[-1:]]), None)

    def of(self, ref: str) -> Standing:
        """The same as if there were only the record of this reference."""
        only = tuple(record for record in self.records if record.ref == ref)
        return replace(self, records=only, let_have=any(record.stands for record in only))

    def to_read(self, person_id: int | None = None) -> Record | None:
        """The first record that is still to be read, shared beforehand or not. Her own are not hers to read."""
        unread = [r for r in self.records if r.unread and r.recorded_by_id != person_id]
        return unread[0] if unread else None

    @property
    def minutes_ref(self) -> str:
        """The reference of the record sent last, or empty."""
        return self.last.ref if self.last else ""

    @property
    def step(self) -> str:
        """The furthest fact for the team: asked, started, replied, or a step of the record sent last."""
        if self.last:
            return self.last.step
        return "shared" if self.outside else "replied" if self.reply else "started" if self.started else "asked"

    def lead_step(self, person_id: int | None = None) -> str:
        """The same for a lead: what is still to be read, then what waits for the team, then whether the partnership has
        anything of the team's."""
        if self.to_read(person_id):
            return "sent"
        if any(record.waits for record in self.records):
            return "question"
        return "shared" if self.let_have else "acknowledged" if self.records else self.step

    def lead_note(self, person_id: int | None = None) -> str:
        """What the partnership has, as a second line beside a status that does not say it."""
        having = [record for record in self.records if record.stands]
        plain = self.lead_step(person_id) == "shared" and all(record.shared for record in self.records)
        if not having or plain:
            return ""
        if len(self.records) == 1:
            return standing_note(having[0].stands, having[0].version, self.partnership)
        return f"Answers of {len(having)} of {len(self.records)} meetings are with the {self.partnership}"

    @property
    def entered_note(self) -> str:
        """Who entered what the partnership has, as a second line, where the team itself has recorded nothing."""
        return f"Entered by the {self.partnership}" if self.outside and not self.records else ""

    @property
    def officer_step(self) -> str:
        """The same for the officer: the furthest that any record or version came."""
        if self.let_have or self.outside:
            return "shared"
        return "acknowledged" if self.known or any(record.own for record in self.records) else self.step

    @property
    def team(self) -> str:
        """What the team reads."""
        day, last = clock.date_words(self.answer_by), self.last
        words = {
            "asked": f"Still open (asked for by {day})" if self.passed else f"To discuss by {day}",
            "started": "Started",
            "shared": f"Shared with the {self.partnership}",
            "replied": self.reply,
        }
        if last is None or self.step == "shared":
            return words[self.step]
        return {
            "sent": f"With {last.readers}" if last.readers else NO_LEAD,
            "question": f"Question from {last.question_by}",
            "acknowledged": f"{last.acknowledged_by or last.recorded_by} has this",
        }[self.step]

    @property
    def lead(self) -> str:
        """What the lead reads."""
        return self.lead_reads()

    def lead_reads(self, person_id: int | None = None) -> str:
        """What this lead reads, who may have recorded some of it."""
        words = {
            **self._silent,
            "sent": "To read",
            "question": "Waiting for the team",
            "acknowledged": "Read, not shared",
        }
        return words.get(self.lead_step(person_id)) or self._with_reason()

    @property
    def officer(self) -> str:
        """What the officer reads."""
        words = {**self._silent, "sent": "Discussed", "question": "Discussed", "acknowledged": "With the lead"}
        return words.get(self.officer_step) or self._with_reason()

    @property
    def _silent(self) -> dict[str, str]:
        asked = PASSED_ON if self.passed_on else NO_RESPONSE
        return {"asked": asked, "started": "Started", "shared": "Shared"}

    def _with_reason(self) -> str:
        return f"{self.reply}: {self.reason}" if self.reason else self.reply


def standings(session: Session, asked_ids: Collection[int], now: datetime) -> dict[int, Standing]:
    """The standing of each of these `Asked`, by id: three statements whatever their number. The caller has checked who
    may see them."""
    return standings_of(session, session.execute(asked_rows(), {"these": list(asked_ids)}).all(), now)


def standings_of(session: Session, asked: Collection[sa.Row[Any]], now: datetime) -> dict[int, Standing]:
    """The same in two statements, where what was asked was found `with_standing`: each row has its `asked_id`."""
    day, these = clock.today(now), [row.asked_id for row in asked]
    sent = session.execute(record_rows(), {"these": these}).all() if asked else []
    leads = receivers(session, {row.organisation_id for row in sent}, day) if sent else {}
    records: defaultdict[int, list[Record]] = defaultdict(list)
    for row in sent:
        records[row.asked_id].append(_record(row, leads.get(row.organisation_id, [])))
    return {row.asked_id: _standing(row, tuple(records[row.asked_id]), day) for row in asked}


def _record(row: sa.Row[Any], held: list[Receiver]) -> Record:
    names, own = with_whom(held, row.team_id, row.recorded_by_id)
    return Record(
        ref=row.ref,
        held_on=row.held_on,
        sent_at=row.sent_at,
        readers=names,
        recorded_by=row.recorded_by,
        recorded_by_id=row.recorded_by_id,
        own=own,
        acknowledged_by=row.acknowledged_by or "",
        question_by=row.question_by or "",
        waits=row.waits,
        shared=row.shared,
        ahead=row.ahead,
        version=row.version,
        stands=row.stands or 0,
        reading=tuple(readers(held, row.team_id, row.recorded_by_id)),
    )


def _standing(row: sa.Row[Any], records: tuple[Record, ...], day: date) -> Standing:
    elsewhere = row.reply_kind is ReplyKind.DISCUSSED_ELSEWHERE
    reply = f"Discussed with {row.reply_words}" if elsewhere else "Not relevant to us" if row.reply_kind else ""
    return Standing(
        asked_id=row.asked_id,
        answer_by=row.answer_by,
        partnership=row.partnership,
        passed=day > row.answer_by,
        reply=reply,
        reason="" if elsewhere else row.reply_words or "",
        withdrawn=row.withdrawn or "",
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        records=records,
    )
