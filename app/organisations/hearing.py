"""How readers hear of minutes that teams send: by a letter for each set or by one a week, and by a letter to a shared
mailbox beside theirs."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, new_ref

if TYPE_CHECKING:
    from app.organisations.models import Appointment


class SharedMailbox(Base):
    """An address of an organisation that several people read, written to from a date to a date (both included).

    It is told that minutes came in, and is nothing more: it is nobody's `Address`, so nobody signs in by it, and it
    holds no role. `counts_from` is the instant from which letters are owed to it, as for an appointment.
    """

    __tablename__ = "shared_mailbox"
    __table_args__ = (
        UniqueConstraint("organisation_id", "email"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_it_starts"),
        sa.Index("ix_shared_mailbox_email", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    email: Mapped[str]
    name: Mapped[str]
    starts_on: Mapped[date]
    counts_from: Mapped[datetime]
    ends_on: Mapped[date | None] = mapped_column(default=None)
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)


class Rhythm(Base):
    """Whoever holds an appointment that receives minutes chose to get one letter a week by it (`weekly`), or one for
    each set of minutes. The choice made last stands; where there is none it is a letter for each."""

    __tablename__ = "rhythm"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "appointment_id"], ["appointment.organisation_id", "appointment.id"]),
        sa.Index("ix_rhythm_appointment", "appointment_id", "id"),
        sa.Index("ix_rhythm_weekly", "weekly", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    appointment_id: Mapped[int]
    weekly: Mapped[bool]
    at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    appointment: Mapped[Appointment] = relationship(init=False, viewonly=True)
