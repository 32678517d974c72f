"""Minutes that a team wrote in Word and attaches as they are: the bytes, and to which draft and which version of
minutes they belong. They are for the team and its lead; nothing that a partnership can fetch reads these tables.

A file never changes. It goes for good where it is taken out of a draft and no minutes were sent with it. Of one that
was sent the bytes may go one day, by what is said of keeping minutes, and what is known of it stays.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from app.database import Base, new_ref
from app.organisations.models import Person


class AttachedFile(Base):
    """A Word file byte for byte. `digest` is its SHA-256 in hexadecimal, `size` its length in bytes. The `body` is None
    once its time was over: a copy can be checked by the rest for ever. `is_kept` says whether it is still here."""

    __tablename__ = "attached_file"
    __table_args__ = (UniqueConstraint("organisation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str]
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    size: Mapped[int]
    digest: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)
    is_kept: Mapped[bool] = column_property(body.is_not(None))

    by: Mapped[Person] = relationship(init=False, viewonly=True)


class DraftFile(Base):
    """Which file is attached to a draft."""

    __tablename__ = "draft_file"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "draft_id"], ["draft.organisation_id", "draft.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["organisation_id", "file_id"], ["attached_file.organisation_id", "attached_file.id"]),
        sa.Index("ix_draft_file_file_id", "file_id"),
    )

    draft_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    file_id: Mapped[int]


class MinutesFile(Base):
    """Which file was sent with a version of minutes. A correction that keeps it refers to the same one."""

    __tablename__ = "minutes_file"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
        ForeignKeyConstraint(["organisation_id", "file_id"], ["attached_file.organisation_id", "attached_file.id"]),
        sa.Index("ix_minutes_file_file_id", "file_id"),
    )

    minutes_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    file_id: Mapped[int]
