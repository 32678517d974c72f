"""A sender without a mail system: notes what is owed, writes each letter in its turn, tells what went out to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy.orm import Session

from app.discussions import emails as of_discussions
from app.forwarding import emails as of_forwarding
from app.post import ledger, telling
from app.post.models import Delivery, Held, Letter, Outcome, Owed, Superseded
from app.post.results import NOT_IN_TIME, Phase, Result

TOOK = Result(Outcome.ACCEPTED, Phase.CONFIRMATION)
REFUSED = Result(Outcome.PERM, Phase.RECIPIENT)
LATER = Result(Outcome.TEMP, Phase.CONNECTION)


@dataclass
class Sent:
    """A letter that a mail system took."""

    kind: str
    about: str
    role: str
    person: str
    at: datetime
    letter: Letter


@dataclass
class Sending:
    """Sends letters of some kinds. `answers` says what the mail system does with each, `asking` who is asked what is
    owed, where that are not the packages."""

    session: Session
    kinds: frozenset[str] = frozenset({"reminder"})
    answers: Callable[[Letter], Result] = lambda letter: TOOK
    asking: tuple[Callable[..., Iterable[Owed]], ...] = ()
    sent: list[Sent] = field(default_factory=list)
    not_sent: list[tuple[str, str]] = field(default_factory=list)

    def look(self, at: datetime) -> list[Sent]:
        """Everything that a sender would do at this moment; what went out."""
        self.session.flush()
        self.session.expire_all()
        packages = [emails.owed for emails in (of_discussions, of_forwarding) if emails.KINDS & self.kinds]
        every = chain.from_iterable(owed(self.session, at) for owed in self.asking or packages)
        owed = [one for one in every if one.kind in self.kinds]
        ledger.note(self.session, owed, "service.test", at)
        before = len(self.sent)
        while claim := ledger.claim(self.session, at, timedelta(minutes=15)):
            self._deal_with(claim, at)
        return self.sent[before:]

    def _deal_with(self, claim: ledger.Claim, at: datetime) -> None:
        if claim.send_until and at > claim.send_until:
            ledger.put_aside(self.session, claim, ledger.State.FAILED, NOT_IN_TIME, None)
            return
        delivery = self.session.get_one(Delivery, claim.id, populate_existing=True)
        emails = of_discussions if delivery.kind in of_discussions.KINDS else of_forwarding
        written = emails.letter(self.session, delivery, at)
        if telling.is_new(self.session, delivery, written):
            telling.note(self.session, delivery.id, written)
        if isinstance(written, Superseded):
            ledger.put_aside(self.session, claim, ledger.State.SUPERSEDED, written.reason, None)
            self.not_sent.append((delivery.person, written.reason))
        elif isinstance(written, Held):
            ledger.put_aside(self.session, claim, ledger.State.HELD, written.reason, at + written.look_again)
        else:
            answer = self.answers(written)
            ledger.settle(self.session, claim, answer, at, address=written.to_address, attached=False)
            if answer.outcome is Outcome.ACCEPTED:
                told = (delivery.kind, delivery.about, delivery.role, delivery.person)
                self.sent.append(Sent(*told, at, written))
