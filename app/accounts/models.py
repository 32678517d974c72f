"""Codes asked for and sessions begun. Neither table holds anything that could be used to sign in."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, new_ref
from app.organisations.models import Person


class CodeAsked(Base):
    """A browser asked for a code for an address. The code itself is computed from the secret key and this row.

    There is a row for an unknown address too (`person_id` null), so that both are throttled and answered alike.
    `browser` is the SHA-256 of the token in the asking browser's cookie; `network` is a keyed digest of where it asked
    from, empty where that is not known. `sendings` counts the letters asked for, `asked_at` is when the last one was.
    """

    __tablename__ = "code_asked"
    __table_args__ = (
        sa.Index("ix_code_asked_address", "address", "asked_at"),
        sa.Index("ix_code_asked_browser", "browser", "asked_at"),
        sa.Index("ix_code_asked_network", "network", "asked_at"),
        sa.Index("ix_code_asked_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    address: Mapped[str]
    browser: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    network: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    wrong: Mapped[int] = mapped_column(default=0)
    sendings: Mapped[int] = mapped_column(default=1)
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)


class SignedIn(Base):
    """A session: its cookie holds a random token, `digest` is its SHA-256. `second_factor_at` has room for one."""

    __tablename__ = "signed_in"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    digest: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    second_factor_at: Mapped[datetime | None] = mapped_column(default=None)

    person: Mapped[Person] = relationship(init=False, viewonly=True)
