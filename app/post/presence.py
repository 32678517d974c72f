"""Who was last there to send letters, and to look for what came back: a row each, moved on once a minute.

What does not run leaves nothing else that says so.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class SenderSeen(Base):
    """When a sender was last there, whether or not it had anything to do: one row, moved on once a minute."""

    __tablename__ = "sender_seen"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    at: Mapped[datetime]
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)


class MailboxSeen(Base):
    """When somebody last tried to look into the mailbox for what came back: one row, moved on at every look.

    `looked_at` is when that last went well, empty if it never did; `trouble` is what went wrong the last time, in
    words, empty if nothing did.
    """

    __tablename__ = "mailbox_seen"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    trouble: Mapped[str]
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
