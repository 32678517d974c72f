"""What a letter told of, where that may be more than what it is about: written down before it is handed over, so that
it can be shown years later, whatever became of those who were told."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Telling(Base):
    """A letter as it was written from some moment on: its tries from then on told of the same. One that was written
    anew, and told of other things, has another."""

    __tablename__ = "telling"
    __table_args__ = (sa.Index("ix_telling_delivery", "delivery_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))


class ToldOf(Base):
    """One thing that a letter told of: `about` is a public reference, as that of a letter."""

    __tablename__ = "told_of"
    __table_args__ = (sa.Index("ix_told_of_about", "about", "telling_id"),)

    telling_id: Mapped[int] = mapped_column(ForeignKey("telling.id"), primary_key=True)
    about: Mapped[str] = mapped_column(primary_key=True)
