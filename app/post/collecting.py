"""Looks into the mailbox for what came back, each minute until stopped, or once.

A message is removed only after the database has what it said (`incoming.take_in` commits): whoever is stopped in
between finds it again, "reported before", and removes it then. What is read of a round is one message at a time, and a
round takes a bounded number of them, so that neither a full mailbox nor a large message costs more memory.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from app.clock import Clock, lies_ahead, now
from app.database import Database
from app.post import holding
from app.post.incoming import ComeAgain, take_in
from app.post.mailbox import Mailbox
from app.post.mailbox_line import CONNECT, STEP, Trouble, Unusable
from app.post.transport import Witness, unwitnessed
from app.settings import Settings

log = logging.getLogger("post")
EVERY = 60.0
MOST = 200  # messages of a round
LONGEST = 600.0  # seconds that a round may begin with another message
CONNECTIONS = 5  # of a round, where a message breaks them
STRIKES = 10  # a message that could not be dealt with so many times is left for people
APART = timedelta(hours=1)  # from one that counts to the next: a server may be unwell for hours, through no message


class Collector:
    """Whoever looks into the mailbox of the settings. `trouble` says in words what went wrong the last time; `noted`
    and `left` are how many messages were noted and removed, and left for people."""

    def __init__(
        self,
        *,
        database: Database,
        settings: Settings,
        connect: float = CONNECT,
        step: float = STEP,
        every: float = EVERY,
        clock: Clock = now,
        witness: Witness = unwitnessed,
    ) -> None:
        self.database, self.settings, self.now, self.witness, self.every = database, settings, clock, witness, every
        self._open = partial(Mailbox.opened, settings, connect=connect, step=step)
        self.stopping = threading.Event()
        self.trouble = ""
        self.noted = self.left = 0
        self._strikes: Counter[int] = Counter()
        self._struck_at: dict[int, datetime] = {}
        self._validity = 0

    def stop(self) -> None:
        """End after the message in hand."""
        self.stopping.set()

    def run(self, *, once: bool = False) -> bool:
        """Look until stopped, or `once`, until nothing is unread that can be dealt with now. Whether the last look went
        well: otherwise `trouble` has the words."""
        while not self.stopping.is_set():
            more = self.look()
            if once and not more:
                break
            if not more:
                self.stopping.wait(self.every)
        return not self.trouble

    def look(self) -> bool:
        """One round. Whether there is more to do at once. Raises nothing: whatever it is, the next look is to come."""
        self.trouble, more = "", False
        try:
            more = self._round()
        except Unusable as fault:
            self.trouble = fault.trouble.value
        except DBAPIError as fault:
            self.trouble = f"The database could not be used ({type(fault).__name__}), so what came back waits."
        except Exception as fault:
            self.trouble = f"Looking into the mailbox met a fault of ours ({type(fault).__name__})."
        if self.trouble:
            log.warning("%s It is looked into again in a minute.", self.trouble)
        self._leave_word()
        return more

    def _round(self) -> bool:
        """Deal with what is unread. A message that breaks the connection stops only itself: the others are gone on with
        over a new connection."""
        end, struck = monotonic() + LONGEST, set[int]()
        for left in reversed(range(CONNECTIONS)):
            before = len(struck)
            try:
                with self._open() as mailbox:
                    more = self._through(mailbox, struck, end)
            except Unusable:
                if not left or len(struck) == before or self.stopping.is_set():
                    raise
                continue
            self.trouble = Trouble.STUBBORN.value if struck else ""
            return more
        return False

    def _through(self, mailbox: Mailbox, struck: set[int], end: float) -> bool:
        """Deal with all but those that failed in this round. Whether there is more."""
        numbers = [number for number in mailbox.unread(MOST + len(struck)) if number not in struck]
        if mailbox.validity != self._validity:
            self._strikes.clear()
            self._struck_at.clear()
        self._validity, settled = mailbox.validity, 0
        for number in sorted(numbers, key=lambda number: (self._strikes[number], number)):
            if self.stopping.is_set():
                return False
            if monotonic() > end:
                return settled > 0
            settled += self._deal_with(mailbox, number, struck)
        return settled > 0 and len(numbers) >= MOST

    def _deal_with(self, mailbox: Mailbox, number: int, struck: set[int]) -> bool:
        """Deal with one message; whether it is unread no more. Raises `Unusable` where the connection is of no more
        use, and what a database raises that cannot be used."""
        try:
            done = self._give_up(mailbox, number) if self._strikes[number] >= STRIKES else self._take(mailbox, number)
        except (OperationalError, InterfaceError):
            raise
        except Exception as fault:
            refused = isinstance(fault, Unusable) and fault.trouble is Trouble.REFUSED
            if refused and not mailbox.is_there(number):  # somebody removed it meanwhile, which is well
                del self._strikes[number]
                return True
            self._strike(number)
            struck.add(number)
            log.error("A message in the mailbox could not be dealt with (%s).", _named(fault))
            if isinstance(fault, Unusable) and not refused:
                raise
            return False
        del self._strikes[number]
        return done

    def _strike(self, number: int) -> None:
        at = self.now()
        if not lies_ahead(self._struck_at.get(number, at - APART) + APART, at, APART):
            self._strikes[number] += 1
            self._struck_at[number] = at

    def _give_up(self, mailbox: Mailbox, number: int) -> bool:
        mailbox.put_aside(number, flagged=True)
        log.error("A message in the mailbox is left there for people, flagged: it could not be dealt with.")
        return True

    def _take(self, mailbox: Mailbox, number: int) -> bool:
        content = mailbox.beginning(number)
        if content is None:
            return True
        try:
            taken = take_in(self.database, self.settings, content, self.now())
        except ComeAgain as busy:
            log.info("Letter %s is being sent: what came back of it is looked at again.", busy.ref)
            return False
        log.info("%s", taken.words)
        self.witness("after commit")
        if taken.noted:
            mailbox.remove(number)
            self.witness("after removal")
        else:
            mailbox.put_aside(number)
        self.noted, self.left = self.noted + taken.noted, self.left + (not taken.noted)
        return True

    def _leave_word(self) -> None:
        at: datetime = self.now()
        try:
            with self.database.writing() as session:
                holding.looked(session, at, self.trouble)
        except SQLAlchemyError as fault:
            self.trouble = self.trouble or f"The database could not be used ({type(fault).__name__})."
            log.error("When the mailbox was looked at could not be noted (%s).", type(fault).__name__)


def _named(fault: Exception) -> str:
    return fault.trouble.name if isinstance(fault, Unusable) else type(fault).__name__
