"""What an operator reads of letters: what waits, what went wrong and what to do about it, and whether anything goes.

Numbers, ages, kinds and reasons; of what is in a letter nothing. An address stands there only where letters came back
from it, because whoever mends it has to know it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.policy import Actor
from app.post import flow
from app.post.flow import LATE, SENDER_SILENT, Flagged, Slow, Standstill, Waiting
from app.post.models import TRIED_AGAIN, Hold, Letters, State
from app.post.queries import DELAYED, THEY_COME_BACK, UNCONFIRMED, Standing, hold, not_noted
from app.trail.models import Event

ABOUT = "post"
DEEDS_SHOWN = 10
KIND_WORDS = {
    "code": "Codes to sign in",
    "ask": "Asking a team to discuss a briefing",
    "leave": "To a lead or deputy: somebody else noted her days away",
    "minutes": "Minutes to read",
    "mailbox": "To shared mailboxes: minutes came in",
    "weekly": "One letter a week about minutes to read",
    "colleague": "To a colleague named to write up a discussion",
    "leader": "Asking who leads a team now",
    "unlaunched": "To officers: what was scheduled could not be circulated, and why",
    "declined": "Saying that it was not confirmed who leads a team",
    "withdrawn": "Saying that a briefing was withdrawn, and why",
    "review": "Saying that a briefing is to be looked at again",
    "no_lead": "Minutes that wait for a safeguarding lead to be named",
    "reminder": "Reminders of minutes that nobody has",
    "to_answer": "Reminders to answer what was circulated",
    "unsent": "To a team: a letter with its minutes did not arrive",
    "address": "To administrators: an address to be put right",
    "handover": "Minutes that waited, for whoever came to the role or chose a letter for each later",
    "question": "Questions from a lead to a team",
    "answered": "Answers of a team to a lead",
    "heard": "To a team: its lead has its minutes",
}
URGENCY_WORDS = {0: "At once", 1: "First", 2: "Soon", 3: "Soon"}
STATE_WORDS = {
    State.QUEUED: "Waiting to send",
    State.SENDING: "Being sent now",
    State.RETRY: "Waiting to be tried again",
    State.HELD: "Waiting for something to be put right first",
    State.MAYBE_SENT: UNCONFIRMED,
    State.FAILED: "Could not be sent",
    State.QUARANTINED: "Set aside through a fault of ours",
    State.BOUNCED: "Sent back by the mail system",
}
_ADDRESS = "Put the address right in the people file and import it, then try again."
_SERVER = "Look at MAIL_SERVER and MAIL_PORT, and whether the mail system is up. Letters go by themselves once it is."
_CERTIFICATE = "Look at MAIL_USE_TLS, MAIL_USE_SSL and MAIL_CA_FILE, and at the certificate of the mail system."
ADVICE = {
    "There is no such address": _ADDRESS,
    "That is not an address": _ADDRESS,
    "The mailbox is closed": _ADDRESS,
    "The mail system takes no letters for this address": _ADDRESS,
    "The mailbox is full": "Tell whoever reads it in another way. Try again once there is room.",
    "The letter is too large": "Ask whoever runs the mail system for its limit. The document waits behind sign-in.",
    "The mail system refused the letter": "Ask whoever runs the mail system why. Its words stand beside the minutes.",
    "The mail system did not accept our user name": "Put MAIL_USERNAME and MAIL_PASSWORD right, start the sender anew.",
    "The mail system did not take a letter from our": "Ask for MAIL_DEFAULT_SENDER to be allowed to send.",
    "The mail system offers no way": "Leave MAIL_USERNAME empty, or ask for signing in to be switched on.",
    "The mail system offers no encrypted": _CERTIFICATE,
    "The certificate of the mail system": _CERTIFICATE,
    "No encrypted connection": _CERTIFICATE,
    "Letters leave this machine only": _CERTIFICATE,
    "The mail system could not be reached": _SERVER,
    "The mail system did not answer": _SERVER,
    "The mail system broke": _SERVER,
    "The mail system gave": _SERVER,
    "The mail system takes no letters just now": _SERVER,
    "The mail system asked us to try again": "Nothing to do: it is tried again by itself.",
    "The mail system did not confirm": "Nothing to do: it is tried again by itself, and given up after that.",
    "It could not be written down": "Nothing to do: it is tried again by itself. If it lasts, look at the database.",
    "The mail system tried for as long": "Ask whoever runs the mail system of that address, then try again.",
    THEY_COME_BACK: "Put the address right in the people file, or clear it once it is right.",
    "The Word document is being made": "Nothing to do: it goes by itself. If it lasts, look at the log of the sender.",
    "This version of the service": "Start the sender of the newest version.",
    "This letter could not be written": "Look at the log of the sender and have the fault mended, then try again.",
    "Sending this letter stopped": "Look at the log of the sender and have the fault mended, then try again.",
    "It was not sent in time": "Nothing to do: it is of no more use.",
}
PERHAPS_OUT = "Ask whoever runs the mail system whether it went out. Trying again may bring it a second time."


@dataclass(frozen=True)
class Queue:
    """Letters of a kind that wait, in words, the oldest owed since then. `unseen` of them no sender has taken up."""

    kind: str
    urgency: str
    letters: int
    unseen: int
    oldest: datetime


@dataclass(frozen=True)
class Trouble:
    """Letters that wait or went wrong for one reason, and what to do about it. `again`: they may be tried at once;
    `unasked`: with all others, too."""

    standing: Standing
    words: str
    advice: str
    again: bool
    unasked: bool


@dataclass(frozen=True)
class Postroom:
    """How letters stand. `out` is what may be out already where an older copy of the database holds them: kind, how
    many, since when. `there` is when a sender was last seen, `running` whether that was just now. `slow` counts what
    waits too long, `flags` all flagged addresses, of which `flagged` are the newest; `deeds` are what people did here,
    the newest first."""

    at: datetime
    hold: Hold | None
    out: list[tuple[str, int, datetime]]
    standstill: Standstill | None
    there: datetime | None
    running: bool
    queues: list[Queue]
    slow: Slow
    delayed: list[Trouble]
    wrong: list[Trouble]
    flagged: list[Flagged]
    flags: int
    deeds: Sequence[Event]

    @property
    def waiting(self) -> int:
        """How many letters wait."""
        return sum(queue.letters for queue in self.queues)

    @property
    def over(self) -> int:
        """How many letters went wrong, or were never confirmed, and are not tried again by themselves."""
        return sum(trouble.standing.letters for trouble in self.wrong)

    @property
    def unconfirmed(self) -> int:
        """How many of these may have been sent."""
        return sum(trouble.standing.letters for trouble in self.wrong if not trouble.unasked)

    @property
    def any_unasked(self) -> bool:
        """Whether some letters may be tried again all together."""
        return any(trouble.unasked for trouble in (*self.delayed, *self.wrong))

    @property
    def oldest(self) -> datetime | None:
        """Since when the letter has been owed that waits for longest."""
        return min((queue.oldest for queue in self.queues), default=None)


def postroom(session: Session, actor: Actor, letters: Iterable[Letters], now: datetime) -> Postroom:
    """How letters stand, for whoever looks after them. Raises `NotFound` for anybody else."""
    if not actor.may("see_post"):
        raise NotFound
    letters = tuple(letters)
    fresh, held, there = not_noted(session, now, letters), hold(session), flow.sender_seen(session)
    noted, (delayed, wrong) = flow.waiting(session, now), flow.reasons(session)
    shown, flags = flow.flagged(session)
    out = flow.may_be_out(session, held, fresh) if held else []
    return Postroom(
        at=now,
        hold=held,
        out=[(kind_words(kind), number, oldest) for kind, number, oldest in out],
        standstill=flow.standstill(session, now, letters),
        there=there,
        running=there is not None and now - there < SENDER_SILENT,
        queues=_queues(noted, [(owed.urgency, owed.kind, owed.since) for owed in fresh]),
        slow=_slow(noted, [now - owed.since for owed in fresh]),
        delayed=[_trouble(standing) for standing in delayed],
        wrong=[_trouble(standing, over=True) for standing in wrong],
        flagged=shown,
        flags=flags,
        deeds=_deeds(session),
    )


def _queues(noted: list[Waiting], fresh: list[tuple[int, str, datetime]]) -> list[Queue]:
    found = {(one.urgency, one.kind): (one.letters, 0, one.oldest) for one in noted}
    for urgency, kind, since in fresh:
        number, unseen, oldest = found.get((urgency, kind), (0, 0, since))
        found[urgency, kind] = number + 1, unseen + 1, min(oldest, since)
    return [
        Queue(kind_words(kind), URGENCY_WORDS.get(urgency, "In turn"), *numbers)
        for (urgency, kind), numbers in sorted(found.items())
    ]


def _slow(noted: list[Waiting], fresh: list[timedelta]) -> Slow:
    """What waits too long, and so does what no sender has taken up: of that, how long each has been owed."""
    delayed, late = (sum(age >= limit for age in fresh) for limit in (DELAYED, LATE))
    known = [one.slow for one in noted]
    return Slow(
        delayed + sum(one.delayed for one in known),
        late + sum(one.late for one in known),
        late + sum(one.ours for one in known),
    )


def kind_words(kind: str) -> str:
    """A kind of letter as people say it."""
    return KIND_WORDS.get(kind, kind.replace("_", " ").capitalize())


def _trouble(standing: Standing, *, over: bool = False) -> Trouble:
    words, unasked = STATE_WORDS.get(standing.state, ""), standing.state in TRIED_AGAIN
    if over and standing.state is State.MAYBE_SENT:
        return Trouble(standing, words, PERHAPS_OUT, again=True, unasked=False)
    found = (what for beginning, what in ADVICE.items() if standing.reason.startswith(beginning))
    return Trouble(standing, words, next(found, ""), again=unasked, unasked=unasked)


def _deeds(session: Session) -> Sequence[Event]:
    return session.scalars(
        sa.select(Event).where(Event.about == ABOUT).order_by(Event.id.desc()).limit(DEEDS_SHOWN)
    ).all()
