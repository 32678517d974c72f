"""What became of the actions of earlier discussions: facts of a later one, which leave the action as it was agreed."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import date_words
from app.database import Base, enum_column


class Became(StrEnum):
    """What became of an action, as the team says in a later discussion."""

    DONE = "done"
    STILL = "still"
    DROPPED = "dropped"


def news_words(how: Became, by: date | None, because: str) -> str:
    """What became of an action, as it is read."""
    if how is Became.STILL:
        return f"Still to do, now by {date_words(by)}" if by else "Still to do"
    return "Done" if how is Became.DONE else f"No longer needed: {because}"


class ActionNews(Base):
    """What the team says in a later discussion about an action, which it does not change. `key` is by what the action
    is known in every version of its record (`deeds`)."""

    __tablename__ = "action_news"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
        ForeignKeyConstraint(["organisation_id", "action_id"], ["action.organisation_id", "action.id"]),
        UniqueConstraint("minutes_id", "key"),
        sa.Index("ix_action_news_key", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(init=False)
    minutes_id: Mapped[int] = mapped_column(init=False)
    action_id: Mapped[int]
    key: Mapped[str]
    how: Mapped[Became] = mapped_column(enum_column(Became))
    by: Mapped[date | None] = mapped_column(default=None)
    because: Mapped[str] = mapped_column(default="")

    action: Mapped[Any] = relationship("Action", init=False, viewonly=True)

    @property
    def words(self) -> str:
        """As it is read."""
        return news_words(self.how, self.by, self.because)
