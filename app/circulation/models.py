"""Who was asked what by when. `Asked` is the frozen denominator: names and sector stand as they were that day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, enum_column, new_ref
from app.organisations.models import Organisation, Partnership, Team
from app.packs.models import Edition
from app.policy import Place

LONGEST_NOTE = 2_000


class Circulation(Base):
    """An edition sent by a partnership, with a cover note. `digest` is that of the list the officer confirmed."""

    __tablename__ = "circulation"
    __table_args__ = (
        UniqueConstraint("partnership_id", "id"),
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("partnership_id", "once"),
    )
    place = Place(partnership="partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    cover_note: Mapped[str]
    circulated_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str]
    once: Mapped[str]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    partnership: Mapped[Partnership] = relationship(init=False, viewonly=True)
    edition: Mapped[Edition] = relationship(init=False, viewonly=True)
    asked: Mapped[list[Asked]] = relationship(default_factory=list, back_populates="circulation")
    dates: Mapped[list[AnswerBy]] = relationship(
        default_factory=list, back_populates="circulation", order_by="AnswerBy.id"
    )

    @property
    def answer_by(self) -> date:
        """The date to answer by: the one set last."""
        return self.dates[-1].on


class Added(StrEnum):
    """Why an organisation or team is on the list: at the launch, or added afterwards."""

    LAUNCH = "launch"
    LATER = "later"


class Asked(Base):
    """An organisation, or one team of it, is asked to discuss an edition."""

    __tablename__ = "asked"
    __table_args__ = (
        ForeignKeyConstraint(["partnership_id", "circulation_id"], ["circulation.partnership_id", "circulation.id"]),
        ForeignKeyConstraint(["organisation_id", "team_id"], ["team.organisation_id", "team.id"]),
        UniqueConstraint("organisation_id", "id"),
        UniqueConstraint("circulation_id", "organisation_id", "team_id"),
        sa.Index(
            "uq_asked_organisation_whole",
            "circulation_id",
            "organisation_id",
            unique=True,
            sqlite_where=sa.text("team_id IS NULL"),
            postgresql_where=sa.text("team_id IS NULL"),
        ),
        sa.Index("ix_asked_team", "team_id", "id"),
    )
    place = Place(team="team_id", organisation="organisation_id", partnership="partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    circulation_id: Mapped[int] = mapped_column(init=False)
    partnership_id: Mapped[int]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    team_id: Mapped[int | None]
    organisation_name: Mapped[str]
    team_name: Mapped[str]
    sector: Mapped[str]
    added_at: Mapped[datetime]
    added: Mapped[Added] = mapped_column(enum_column(Added), default=Added.LAUNCH)
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    circulation: Mapped[Circulation] = relationship(init=False, back_populates="asked")
    organisation: Mapped[Organisation] = relationship(init=False, viewonly=True)
    team: Mapped[Team | None] = relationship(init=False, viewonly=True)

    @property
    def name(self) -> str:
        """The team's name, or the organisation's where no team is known."""
        return self.team_name or self.organisation_name


class AnswerBy(Base):
    """A date to answer by. A changed date is a new row."""

    __tablename__ = "answer_by"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    circulation_id: Mapped[int] = mapped_column(ForeignKey("circulation.id"), init=False, index=True)
    on: Mapped[date]
    set_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    circulation: Mapped[Circulation] = relationship(init=False, back_populates="dates")
