"""That recording is closed, or open again: facts of an officer.

Recording stays open after the date to answer by until an officer closes it, and may be opened again. While it is closed
nothing new is sent for what was asked: no minutes, no other reply, no answers entered from outside. What was sent
before may still be corrected, since a record that is known to be wrong helps nobody, and read, shared and taken back;
a draft stays as it is and may be written on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from app.database import Base
from app.organisations.models import Person


class RecordingClosed(Base):
    """An officer closed recording for a circulation."""

    __tablename__ = "recording_closed"
    __table_args__ = (sa.Index("ix_recording_closed_circulation", "circulation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    circulation_id: Mapped[int] = mapped_column(ForeignKey("circulation.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    by: Mapped[Person | None] = relationship(init=False, viewonly=True)
    reopened: Mapped[RecordingReopened | None] = relationship(init=False, viewonly=True, lazy="joined")


class RecordingReopened(Base):
    """What was closed is open again."""

    __tablename__ = "recording_reopened"

    closed_id: Mapped[int] = mapped_column(ForeignKey("recording_closed.id"), primary_key=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    by: Mapped[Person | None] = relationship(init=False, viewonly=True)


def is_closed(circulation_id: Any) -> sa.ColumnElement[bool]:
    """Whether recording is closed for a circulation, as SQL."""
    return _standing(circulation_id).exists()


def closed_at(circulation_id: Any) -> sa.ScalarSelect[datetime]:
    """Since when it is closed, as SQL; null where it is open."""
    return _standing(circulation_id).scalar_subquery()


def _standing(circulation_id: Any) -> sa.Select[datetime]:
    closed, reopened = aliased(RecordingClosed), aliased(RecordingReopened)
    again = sa.exists().where(reopened.closed_id == closed.id).correlate_except(reopened)
    return sa.select(closed.at).where(closed.circulation_id == circulation_id, ~again).correlate_except(closed)
