"""Sends what is owed, for ever or until nothing is due. Any number of senders may run at once.

No transaction is open while a document is made or a mail system is spoken to. A sender may die at any instant: what it
had claimed is due again when the lease runs out, and the lease outlasts the longest possible try.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.clock import Clock, lies_ahead, now
from app.database import Database
from app.post import handing_over, ledger, queries, telling
from app.post.composing import BadAddress, Composed, check_our_address, compose, on_the_wire
from app.post.ledger import Claim
from app.post.mark import Watch
from app.post.models import Held, Letter, Letters, Outcome, Post, State, Superseded, Written
from app.post.results import Fault, Phase, Result, reason
from app.post.return_address import return_address
from app.post.transport import Transport, Witness, unwitnessed
from app.settings import Settings

log = logging.getLogger("post")
IDLE = 1.0
LOOK_AGAIN = timedelta(seconds=1)
MARGIN = timedelta(seconds=60)  # of a lease, over the longest try: for writing the letter
SAID_AGAIN = timedelta(minutes=1)
LAST_TRIES = 10  # to write down what happened, once the sender was told to stop
PAUSES = (5, 10, 15)  # seconds without trying, while the mail system is at fault: with a silent try (40) under a minute


class Sender:
    """One sender. `run` needs an app context, which the writers of letters use too.

    `trouble` says in words what went wrong last, for whoever started it. Raises `SettingsFault` if our own address,
    which every letter bears, is none.
    """

    def __init__(
        self,
        *,
        database: Database,
        settings: Settings,
        post: Post,
        transport: Transport | None = None,
        clock: Clock = now,
        witness: Witness = unwitnessed,
    ) -> None:
        self.database, self.settings, self.post, self.now, self.witness = database, settings, post, clock, witness
        check_our_address(settings)
        self.transport = transport or Transport(settings, witness=witness)
        self.lease = timedelta(seconds=self.transport.longest) + MARGIN
        self._watch = Watch(database, settings.data_dir, clock)
        self.stopping = threading.Event()
        self.trouble = ""
        self._next: Claim | None = None
        self._looks_at: datetime | None = None
        self._paused_until: datetime | None = None
        self._general_faults = 0
        self._said: dict[str, datetime] = {}

    def stop(self) -> None:
        """End after the letter in hand."""
        self.stopping.set()

    def run(self, *, once: bool = False) -> bool:
        """Send until stopped, or `once` until nothing is due or the mail system cannot be used. Whether all went well:
        otherwise `trouble` has the words. A letter that was refused is no trouble of the sender's."""
        try:
            while not self.stopping.is_set():
                if self._round():
                    continue
                if once:
                    break
                self.transport.close()
                self.stopping.wait(IDLE)
        finally:
            self.transport.close()
            self._let_go()
            self._leave_mark()
        return not self.trouble

    def _round(self) -> bool:
        """One letter, and a look for what is owed when it is time; whether there was anything to do."""
        try:
            self._watch_over()
            looked = self._time_to_look()
            found = self._look() if looked else 0
            if self._send_next():
                return True
            self._looks_at = None
            return found > 0 or not looked
        except Exception as error:  # whatever it is, letters must go on being sent
            self._say("The sender met a fault and goes on", error)
            self._looks_at = None
            self._watch.look_soon()
            return False

    def _watch_over(self) -> None:
        """See whether the database was restored, before anything is sent. A folder that cannot be used stops nothing:
        people wait for letters, and whoever runs the service is told."""
        try:
            self._watch.look()
        except OSError as error:
            self._say("DATA_DIR cannot be used, so that a restored database would not be noticed", error)

    def _leave_mark(self) -> None:
        self._watch.look_soon()
        try:
            self._watch_over()
        except DBAPIError as error:
            self._say("The last mark could not be made", error)

    def _time_to_look(self) -> bool:
        return not lies_ahead(self._looks_at, self.now(), LOOK_AGAIN)

    def _look(self) -> int:
        """Do the errands, then note what is owed; how many things were found to do."""
        found = 0
        for errand in self.post.errands:
            try:
                found += errand(self.database, self.now())
            except Exception as error:
                self._say("An errand failed", error)
        for letters in self.post.letters:
            try:
                found += self._note(letters)
            except Exception as error:
                self._say(f"What is owed could not be looked up ({', '.join(sorted(letters.KINDS))})", error)
        self._looks_at = self.now() + LOOK_AGAIN
        return found

    def _note(self, letters: Letters) -> int:
        now, added = self.now(), 0
        with self.database.reading() as session:
            owed = list(letters.owed(session, now))
        for first in range(0, len(owed), ledger.AT_ONCE):
            with self.database.writing() as session:
                some = owed[first : first + ledger.AT_ONCE]
                added += ledger.note(session, some, self.settings.service_host, now)
        return added

    def _send_next(self) -> bool:
        if self._is_paused():
            return False
        claim, self._next = self._next or self._claim(), None
        if claim is None:
            return False
        self.witness("after claim")
        self._deal_with(claim)
        return True

    def _is_paused(self) -> bool:
        return lies_ahead(self._paused_until, self.now(), timedelta(seconds=PAUSES[-1]))

    def _claim(self) -> Claim | None:
        with self.database.reading() as session:  # so that an idle sender never asks for the right to write
            if held := queries.hold(session):
                self.trouble = f"Letters are held: {held.because}"
            if held or not queries.anything_due(session, self.now()):
                return None
        with self.database.writing() as session:
            return ledger.claim(session, self.now(), self.lease)

    def _following(self, session: Session) -> Claim | None:
        """The next letter, claimed while the one before is written down: a commit is the dearest part of both."""
        if self.stopping.is_set() or self._is_paused() or self._time_to_look():
            return None
        return ledger.claim(session, self.now(), self.lease)

    def _let_go(self) -> None:
        if self._next:
            claim, self._next = self._next, None
            self._mark(claim, lambda session: ledger.let_go(session, claim, self.now()))

    def _deal_with(self, claim: Claim) -> None:
        now = self.now()
        if claim.send_until and now > claim.send_until:
            self._put_aside(claim, State.FAILED, f"It was not sent in time. {claim.last_reason}".strip())
            return
        try:
            written = self._written(claim, now)
            composed = self._composed(claim, written, now) if isinstance(written, Letter) else None
        except BadAddress:
            self._settle(claim, Result(Outcome.PERM, Phase.ADDRESS, fault=Fault.BAD_ADDRESS))
        except Exception as error:
            self._say(f"Letter {claim.ref} ({claim.kind}) could not be written", error)
            self._unwritten(claim, _where(error))
        else:
            self._send_or_not(claim, written, composed)

    def _written(self, claim: Claim, now: datetime) -> Written:
        if (writer := self.post.writer(claim.kind)) is None:
            return Held("This version of the service does not write such letters.")
        with self.database.reading() as session:
            letter = queries.letter(session, claim.id)
            is_new = telling.is_new(session, letter, written := writer.letter(session, letter, now))
            held = isinstance(written, Letter) and _held_back(session, written, claim.urgency)
        if is_new:
            held = telling.keep(self.database, claim.id, written) or held
            self.witness("after telling")
        return held or written

    def _composed(self, claim: Claim, letter: Letter, now: datetime) -> Composed:
        return compose(
            letter,
            message_id=claim.message_id,
            sender=self.settings.mail_default_sender,
            now=now,
            returns_to=return_address(self.settings, claim.ref),
            ref=claim.ref,
        )

    def _send_or_not(self, claim: Claim, written: Written, composed: Composed | None) -> None:
        if isinstance(written, Superseded):
            self._put_aside(claim, State.SUPERSEDED, written.reason)
        elif isinstance(written, Held):
            self._put_aside(claim, State.HELD, written.reason, self.now() + written.look_again)
        elif self.now() + self.lease - MARGIN > claim.lease_until:
            # Writing took longer than its share: another sender could have the letter before this one is done.
            self._unwritten(claim, "it took too long to write")
        elif composed:
            may_go = handing_over.permit(self.database, claim, composed.recipient, self.now, self.lease)
            result = self.transport.carry(composed, may_go)
            self._pause_after(result)
            self._settle(claim, result, address=composed.recipient, attached=bool(written.attachments))

    def _settle(self, claim: Claim, result: Result, *, address: str = "", attached: bool = False) -> None:
        at = self.now()
        how: dict[str, Any] = {"address": address, "attached": attached}
        self.witness("before mark")
        self._mark(claim, lambda session: ledger.settle(session, claim, result, at, **how))
        self.witness("after mark")
        log.info("Letter %s (%s): %s at the step “%s”.", claim.ref, claim.kind, result.outcome, result.phase)

    def _unwritten(self, claim: Claim, what: str) -> None:
        self._mark(claim, lambda session: ledger.unwritten(session, claim, what, self.now()))

    def _put_aside(self, claim: Claim, state: State, why: str, next_look: datetime | None = None) -> None:
        self._mark(claim, lambda session: ledger.put_aside(session, claim, state, why, next_look))

    def _mark(self, claim: Claim, deed: Callable[[Session], object]) -> None:
        """Write down what happened. While the database fails this is tried for as long as the lease holds: what was
        sent and not written down would be sent again."""
        patience = LAST_TRIES
        while True:
            try:
                with self.database.writing() as session:
                    deed(session)
                    following = self._following(session)
                self._next = following
                return
            except DBAPIError as error:
                self._say(f"What became of letter {claim.ref} could not be written down yet", error)
            patience -= self.stopping.is_set()
            if not patience or self.now() >= claim.lease_until:
                return
            sleep(IDLE)

    def _pause_after(self, result: Result) -> None:
        if not result.general:
            self._general_faults, self._paused_until = 0, None
            return
        seconds = PAUSES[min(self._general_faults, len(PAUSES) - 1)]
        self._general_faults += 1
        self._paused_until = self.now() + timedelta(seconds=seconds)
        self.trouble = reason(result)
        log.warning("%s Letters wait for %s seconds. (%s)", self.trouble, seconds, result.code or result.fault.name)

    def _say(self, what: str, error: Exception) -> None:
        """A fault in the log: never its own words, which may hold an address or what somebody wrote."""
        self.trouble = f"{what}: {_where(error)}."
        self._said = {said: at for said, at in self._said.items() if self.now() - at < SAID_AGAIN}
        if self.trouble not in self._said:
            log.error("%s", self.trouble)
            self._said[self.trouble] = self.now()


def _held_back(session: Session, letter: Letter, urgency: int) -> Held | None:
    with suppress(BadAddress):  # which is found again when the letter is composed
        return queries.held_back(session, on_the_wire(letter.to_address), urgency)
    return None


def _where(error: Exception) -> str:
    """The kind of an error and the place in the code it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/app/" in frame.filename] or list(frames)
    place = f" at {ours[-1].filename.rpartition('/app/')[2]}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"
