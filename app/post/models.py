"""A `Delivery` is one letter and how far it has come; an `Attempt` is one try to hand it over, added and never changed.

A `Bounce` is what the mail system said later of a letter it had taken; a `Hold` stops all letters. Also what the other
packages give: they say which letters are owed (`Owed`) and write each one when its turn comes
(`Letter`, or why not). One column decides what the sender does next: `next_try_at`, which is empty once a letter is
settled. While a letter is being sent it holds the end of the lease, so a sender that died needs no special care.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.database import Base, Database, enum_column, new_ref
from app.post import presence, told  # noqa: F401 - tables of this package


class State(StrEnum):
    """How far a letter has come."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    RETRY = "retry"
    MAYBE_SENT = "maybe_sent"
    FAILED = "failed"
    HELD = "held"
    SUPERSEDED = "superseded"
    QUARANTINED = "quarantined"
    BOUNCED = "bounced"


TRIED_AGAIN = (State.FAILED, State.QUARANTINED, State.BOUNCED, State.RETRY, State.HELD)
"""The states of a letter that somebody may have tried at once, among all such. One that was never confirmed may have
arrived: it is tried again only where somebody asks for just that."""


class Outcome(StrEnum):
    """How one try ended: the first four as the mail system answered, the others without its answer."""

    ACCEPTED = "accepted"
    TEMP = "temp"
    PERM = "perm"
    MAYBE = "maybe"
    STOPPED = "stopped"
    UNWRITTEN = "unwritten"


class BounceKind(StrEnum):
    """What the mail system says of a letter that it had taken: it came back, or the system is still trying."""

    FAILED = "failed"
    DELAYED = "delayed"


OVER = sa.text("(state IN ('failed', 'quarantined', 'bounced') OR state = 'maybe_sent' AND next_try_at IS NULL)")
"""Whether a letter went wrong, or was never confirmed, and is not tried again by itself; in words, so that the index of
such letters is used."""
NOT_ARRIVED = sa.text("state IN ('failed', 'bounced', 'quarantined')")
"""Whether a letter is known not to have arrived. In another order than above: SQLite, which compares words, would take
the index of those for these, and it knows no day."""


class Delivery(Base):
    """One letter to one person or role. `kind`, `about`, `role`, `place` and `person` say which: empty where they do
    not apply, and unique together, so that no letter is owed twice. `message_id` never changes, whatever happens.

    `urgency` counts upwards from 0, the most urgent. `address` is where it last went, `last_reason` why it is not sent,
    in words for people. `lease_by` is the token of the try under way: only its holder may settle the letter. `doubts`:
    so many times it may have gone out without being confirmed, the time counted that it is on its way for the last.
    `counts_after`: the number of the last attempt before somebody had it tried again.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("kind", "about", "role", "place", "person"),
        sa.Index(
            "ix_delivery_unsettled",
            "urgency",
            "next_try_at",
            "id",
            sqlite_where=sa.text("next_try_at IS NOT NULL"),
            postgresql_where=sa.text("next_try_at IS NOT NULL"),
        ),
        sa.Index("ix_delivery_not_arrived", "owed_since", sqlite_where=NOT_ARRIVED, postgresql_where=NOT_ARRIVED),
        sa.Index("ix_delivery_over", "state", "last_reason", sqlite_where=OVER, postgresql_where=OVER),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kind: Mapped[str]
    about: Mapped[str]
    owed_since: Mapped[datetime]
    message_id: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    urgency: Mapped[int] = mapped_column(default=5)
    send_until: Mapped[datetime | None] = mapped_column(default=None)
    state: Mapped[State] = mapped_column(enum_column(State), default=State.QUEUED)
    next_try_at: Mapped[datetime | None] = mapped_column(default=None)
    tries: Mapped[int] = mapped_column(default=0)
    lease_by: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    address: Mapped[str] = mapped_column(default="")
    last_reason: Mapped[str] = mapped_column(default="")
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)
    doubts: Mapped[int] = mapped_column(default=0, server_default="0")
    counts_after: Mapped[int] = mapped_column(default=0, server_default="0")


class Attempt(Base):
    """One try to hand a letter over: how it ended, at which step, what the mail system itself replied, and of what the
    letter told where that may be more than what it is about."""

    __tablename__ = "attempt"
    __table_args__ = (sa.Index("ix_attempt_delivery", "delivery_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id"))
    at: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    phase: Mapped[str]
    reply: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    attached: Mapped[bool] = mapped_column(default=False)
    telling_id: Mapped[int | None] = mapped_column(sa.ForeignKey("telling.id"), default=None)


class Bounce(Base):
    """One report of the mail system on a letter it had taken: added and never changed, once for each `digest`.

    `address` is where the letter went and `sent_at` when, both by our own rows: what a report says of an address proves
    nothing. `flags`: the fault lies with the address and will last, so that further letters there would come back too.
    """

    __tablename__ = "bounce"
    __table_args__ = (
        sa.UniqueConstraint("delivery_id", "digest"),
        sa.Index("ix_bounce_flagged", "address", sqlite_where=sa.text("flags"), postgresql_where=sa.text("flags")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id"))
    at: Mapped[datetime]
    kind: Mapped[BounceKind] = mapped_column(enum_column(BounceKind))
    status: Mapped[str]
    reply: Mapped[str]
    digest: Mapped[str]
    address: Mapped[str]
    sent_at: Mapped[datetime]
    flags: Mapped[bool]


class AddressCleared(Base):
    """Somebody says that an address is right again: what came back from it of letters sent before counts no more."""

    __tablename__ = "address_cleared"
    __table_args__ = (sa.Index("ix_address_cleared_address", "address", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    address: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]


class Hold(Base):
    """All letters were held (`puts`), or let go again: the newest row counts.

    Letting go begins an `era` with a number that no mark has seen, which makes what was sent before a matter of the
    past. `sent_until` is given where the database is, or may be, an older copy: until then at least, letters went out.
    """

    __tablename__ = "hold"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    at: Mapped[datetime]
    puts: Mapped[bool]
    because: Mapped[str]
    era: Mapped[int]
    sent_until: Mapped[datetime | None] = mapped_column(default=None)


class Origin(Base):
    """Which database this is: one row, made once. A restored or copied database has the same."""

    __tablename__ = "origin"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    ref: Mapped[str] = mapped_column(default_factory=new_ref)


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A letter that the data says is owed and that has no `Delivery`.

    `since` is when it came to be owed, `until` when it is of no more use. `person` is given only where the letter is to
    a person and not to whoever holds a role; `about` is a public reference.
    """

    kind: str
    about: str
    since: datetime
    role: str = ""
    place: str = ""
    person: str = ""
    urgency: int = 5
    until: datetime | None = None


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter."""

    filename: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter as it will go out, to one address. `body` is plain text; every other string is one line. `tells_of`:
    references of all that it tells of, where it may tell of anything else than what it is about."""

    to_address: str
    subject: str
    body: str = field(repr=False)
    to_name: str = ""
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    tells_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Superseded:
    """The letter is not wanted any more, for this reason."""

    reason: str


@dataclass(frozen=True)
class Held:
    """The letter cannot be sent yet, for this reason in words for people; it is looked at again after a while."""

    reason: str
    look_again: timedelta = timedelta(minutes=1)


Written = Letter | Superseded | Held


class Letters(Protocol):
    """What a package's `emails` module offers: the kinds of letter it writes, which are owed, and each one's text."""

    KINDS: frozenset[str]

    def owed(self, session: Session, now: datetime) -> Iterable[Owed]:
        """The letters owed now that have no `Delivery`: one query, with a limit of some hundreds, oldest first."""

    def letter(self, session: Session, delivery: Delivery, now: datetime) -> Written:
        """The letter of a delivery, its address looked up at this moment; or why there is none. Changes nothing."""


Errand = Callable[[Database, datetime], int]
"""Work the sender does before letters, such as making documents: it opens its own short transactions, does no more than
about a second's worth, and returns how many things it did. Several senders may run the same errand at once."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """What an app has to send: kept in `app.extensions["post"]`. Two packages may not write the same kind of letter.
    `trail(session, actor, what, detail, now=now)` notes what somebody does to letters by a command."""

    letters: tuple[Letters, ...] = ()
    errands: tuple[Errand, ...] = ()
    trail: Callable[..., None] = lambda *_, **__: None

    def __post_init__(self) -> None:
        kinds = [kind for letters in self.letters for kind in letters.KINDS]
        if twice := {kind for kind in kinds if kinds.count(kind) > 1}:
            raise ValueError(f"more than one package writes these letters: {sorted(twice)}")

    def writer(self, kind: str) -> Letters | None:
        """Who writes a kind of letter; none if this version of the service does not know it."""
        return next((letters for letters in self.letters if kind in letters.KINDS), None)
