"""Which tables hold facts, and a watch over the running suite: no code of ours changes or deletes one.

What may change in place: drafts, who is who (kept by the import, noted in the trail), the progress of a letter, codes
and sessions. Whatever is in neither list makes the suite fail, so that every new table is thought about.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Mapper, ORMExecuteState, Session

from app.database import Base
from tests.shape.packages import PARTS
from tests.shape.source import ROOT

CHANGES_IN_PLACE = {
    "Draft": "what a team has begun to write",
    "DraftRevision": "what stood in a draft: the oldest go where there is too much, all with their draft",
    "PackDraft": "what a partnership has begun to make of a briefing",
    "PackDraftRevision": "what stood in such a draft: the oldest go where there is too much, all with their draft",
    "PackDraftPicture": "never changed, and gone when its draft is thrown away",
    "AttachedFile": "minutes in Word: never changed, and gone where one is taken out of a draft before it was sent",
    "DraftFile": "which file is attached to a draft",
    "Partnership": "who is who: a partnership's settings",
    "Organisation": "who is who",
    "Team": "who is who",
    "Person": "who is who",
    "Address": "who is who",
    "Appointment": "who is who",
    "AppointmentTeam": "who is who",
    "Leave": "who is who",
    "SharedMailbox": "who is who",
    "Document": "its bytes go once, when their time is over; the database refuses every other change",
    "Delivery": "its own progress",
    "SenderSeen": "when a sender was last there",
    "MailboxSeen": "when the mailbox for what came back was last looked at",
    "LibraryEntry": "derived: what the library shows of the newest edition of a pack",
    "LibraryText": "derived: its words, as they are searched",
    "LibraryFacet": "derived: by what the library can be narrowed down",
    "CodeAsked": "a code and how often it was tried",
    "SignedIn": "a session",
    "Unsent": "what somebody typed and could not send: it goes when it was sent or removed, or its days are over",
}

FACTS = {
    "Membership",
    "TeamSuccession",
    "PutRight",
    "Pack",
    "Edition",
    "DiscussionPoint",
    "PackStanding",
    "Recommendation",
    "EditionPicture",
    "Circulation",
    "SavedList",
    "SavedListPlace",
    "SavedListDeleted",
    "Asked",
    "AnswerBy",
    "RecordingClosed",
    "RecordingReopened",
    "ScheduledLaunch",
    "ScheduledLaunchEnded",
    "Colleague",
    "ColleagueEnded",
    "OtherLeader",
    "LeaderSettled",
    "Newcomer",
    "TeamProposed",
    "Discussion",
    "Minutes",
    "MinutesFor",
    "Response",
    "Action",
    "ActionNews",
    "MinutesFile",
    "Reply",
    "LeftIn",
    "Outside",
    "OutsideAnswer",
    "OutsideTaken",
    "SentUnder",
    "StandingDecision",
    "Rhythm",
    "Acknowledgement",
    "Share",
    "SharedAnswer",
    "Withdrawal",
    "Question",
    "Answer",
    "Attempt",
    "Telling",
    "ToldOf",
    "Bounce",
    "AddressCleared",
    "Hold",
    "Origin",
    "Keeping",
    "Event",
    "Demonstration",
}

_APP = str(ROOT / "app")


class FactEdited(AssertionError):
    """Code of ours edits or deletes a row that is only ever added."""


def mappers() -> dict[str, Mapper[Any]]:
    """Every mapped class of the application, by name."""
    beside = [name for name, part in PARTS.items() if part == "models"]
    for name in [*(f"{path.parent.name}.models" for path in sorted((ROOT / "app").glob("*/models.py"))), *beside]:
        import_module(f"app.{name}")
    classes = Base.registry.mappers
    return {m.class_.__name__: m for m in classes if m.class_.__module__.startswith("app.")}


def watch() -> None:
    """From now on raise `FactEdited` where code under `app/` edits a fact. Tests may do so, to set a scene."""
    for name, mapper in mappers().items():
        if name in FACTS:
            for column in mapper.column_attrs:
                event.listen(column.class_attribute, "set", _refuse_edit)
    event.listen(Session, "do_orm_execute", _refuse_statement)
    event.listen(Session, "before_flush", _refuse_deletion)


def _refuse_edit(row: Any, value: Any, old: Any, initiator: Any) -> None:
    if row._sa_instance_state.persistent and value != old and _ours():
        raise FactEdited(f"{type(row).__name__}.{initiator.key} is a fact: add a row, do not edit one")


def _refuse_statement(state: ORMExecuteState) -> None:
    if (state.is_update or state.is_delete) and state.bind_mapper is not None:
        name = state.bind_mapper.class_.__name__
        if name in FACTS and _ours():
            raise FactEdited(f"{name} holds facts: they are never updated nor deleted")


def _refuse_deletion(session: Session, _context: Any, _instances: Any) -> None:
    gone = {type(row).__name__ for row in session.deleted} & FACTS
    if gone and _ours():
        raise FactEdited(f"{', '.join(sorted(gone))} hold facts: they are never deleted")


def _ours() -> bool:
    """Whether the code that does it, the libraries apart, is under `app/`."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if "sqlalchemy" not in name and not name.startswith(("<", __file__)):
            return name.startswith(_APP)
        frame = frame.f_back  # type: ignore[assignment]
    return False
