"""Answers that a partnership got outside the service, by mail or on paper, and that its officer entered.

They are no minutes: nobody of the team sent them here, no lead is asked about them, and who was there is not known by
role. So they have tables of their own, are shown with how they came, and are counted apart from what was recorded here.
What was entered last for an `Asked` stands, until it is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from app.circulation.models import Asked
from app.database import Base, enum_column, new_ref
from app.discussions.models import Received, Setting
from app.discussions.record import Answer
from app.organisations.models import Person
from app.organisations.proposed import Confirmed
from app.packs.models import DiscussionPoint
from app.policy import Place

CAME = {Received.MAIL: "by email", Received.PAPER: "on paper", Received.WORD: "in a Word file"}


def entered_by(partnership: str, received: Received) -> str:
    """The mark that such answers carry wherever they are shown; `partnership` is its short name."""
    return f"Entered by the {partnership} from what the team sent {CAME[received]}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a team sent: the month (its first day), setting and number present, how it came, and the answers given."""

    month: date
    setting: Setting
    present: int
    received: Received
    answers: tuple[Answer, ...]


class Outside(Confirmed, Base):
    """What one team sent: `month` is the first day of the month in which it met. A correction is a further version."""

    __tablename__ = "outside"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "asked_id"], ["asked.organisation_id", "asked.id"]),
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("asked_id", "version"),
        sa.CheckConstraint("present > 0", name="somebody_present"),
    )
    place = Place(team="asked.team_id", organisation="organisation_id", partnership="asked.partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    asked_id: Mapped[int]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    month: Mapped[date]
    setting: Mapped[Setting] = mapped_column(enum_column(Setting))
    present: Mapped[int]
    received: Mapped[Received] = mapped_column(enum_column(Received))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    asked: Mapped[Asked] = relationship(init=False, viewonly=True)
    by: Mapped[Person] = relationship(init=False, viewonly=True)
    answers: Mapped[list[OutsideAnswer]] = relationship(default_factory=list, back_populates="outside")

    @hybrid_property
    def shared(self) -> bool:
        """Whether this is what stands (a condition of the policy table): whoever sent it in has shared it."""
        session = sa.orm.object_session(self)
        return bool(session and session.scalar(sa.select(Outside.shared).where(Outside.id == self.id)))

    @shared.inplace.expression
    @classmethod
    @lru_cache(maxsize=4)
    def _shared(cls) -> sa.ColumnElement[bool]:
        later = aliased(Outside)
        newer = sa.exists().where(later.asked_id == cls.asked_id, later.version > cls.version)
        return ~newer & ~sa.exists().where(OutsideTaken.outside_id == cls.id)


class OutsideAnswer(Base):
    """The answer to one point, as the team sent it. Nobody has said that it may be quoted, so it may not."""

    __tablename__ = "outside_answer"
    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "outside_id"], ["outside.edition_id", "outside.id"]),
        ForeignKeyConstraint(["edition_id", "point_id"], ["discussion_point.edition_id", "discussion_point.id"]),
        UniqueConstraint("outside_id", "point_id"),
        sa.Index("ix_outside_answer_point", "point_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    edition_id: Mapped[int] = mapped_column(init=False)
    outside_id: Mapped[int] = mapped_column(init=False)
    point_id: Mapped[int]
    words: Mapped[str] = mapped_column(default="")
    yes: Mapped[int | None] = mapped_column(default=None)
    partly: Mapped[int | None] = mapped_column(default=None)
    not_yet: Mapped[int | None] = mapped_column(default=None)
    not_counted: Mapped[bool] = mapped_column(default=False)

    outside: Mapped[Outside] = relationship(init=False, back_populates="answers")
    point: Mapped[DiscussionPoint] = relationship(init=False, viewonly=True)


class OutsideTaken(Base):
    """What was entered is taken back."""

    __tablename__ = "outside_taken"

    outside_id: Mapped[int] = mapped_column(ForeignKey("outside.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
