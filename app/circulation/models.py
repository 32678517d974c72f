"""Who was asked what by when. `Asked` is the frozen denominator: names and sector stand as they were that day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.circulation import saved  # noqa: F401 - tables of this package
from app.circulation.closing import RecordingClosed
from app.database import Base, enum_column, new_ref
from app.organisations.models import Address, Organisation, Partnership, Person, Team
from app.organisations.proposed import Confirmed, TeamProposed
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
    closings: Mapped[list[RecordingClosed]] = relationship(init=False, viewonly=True, order_by=RecordingClosed.id)

    @property
    def answer_by(self) -> date:
        """The date to answer by: the one set last."""
        return self.dates[-1].on

    @property
    def closed(self) -> RecordingClosed | None:
        """Where recording is closed, by whom and since when."""
        return next((one for one in self.closings if one.reopened is None), None)


class Added(StrEnum):
    """When an organisation or team came onto the list: at the launch, or afterwards (`Asked.why` says why)."""

    LAUNCH = "launch"
    LATER = "later"


class Asked(Confirmed, Base):
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
    place = Place(team="team_id", organisation="organisation_id", partnership="partnership_id", asked="id")

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
    why: Mapped[str] = mapped_column(default="", server_default="")

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
    on: Mapped[date] = mapped_column(index=True)
    set_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    circulation: Mapped[Circulation] = relationship(init=False, back_populates="dates")
    by: Mapped[Person | None] = relationship(init=False, viewonly=True)


class Colleague(Base):
    """Somebody who was named to write up one discussion. From `at` on she may write, send and read the minutes of this
    `Asked` and nothing else of the team, until that is taken back."""

    __tablename__ = "colleague"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "asked_id"], ["asked.organisation_id", "asked.id"]),
        ForeignKeyConstraint(["person_id", "address_id"], ["address.person_id", "address.id"]),
        sa.Index("ix_colleague_asked", "asked_id", "id"),
        sa.Index("ix_colleague_person", "person_id", "id"),
        sa.Index("ix_colleague_at", "at"),
    )
    place = Place(team="asked.team_id", organisation="organisation_id", partnership="asked.partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    asked_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address_id: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    asked: Mapped[Asked] = relationship(init=False, viewonly=True)
    person: Mapped[Person] = relationship(init=False, viewonly=True, foreign_keys=[person_id])
    address: Mapped[Address] = relationship(init=False, viewonly=True)
    by: Mapped[Person] = relationship(init=False, viewonly=True, foreign_keys=[by_id])
    ended: Mapped[ColleagueEnded | None] = relationship(init=False, viewonly=True)


class ColleagueEnded(Base):
    """What a colleague was named for is taken back: from her next request on."""

    __tablename__ = "colleague_ended"

    colleague_id: Mapped[int] = mapped_column(ForeignKey("colleague.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    by: Mapped[Person] = relationship(init=False, viewonly=True)


class OtherLeader(Base):
    """A team says that somebody else leads it now: who, or with empty `name` and `email` that it does not know. This is
    no answer to what was asked, and changes nothing until somebody settles it. `to_officer`: nobody in the organisation
    could settle it that day (a condition of the policy table)."""

    __tablename__ = "other_leader"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "asked_id"], ["asked.organisation_id", "asked.id"]),
        ForeignKeyConstraint(["organisation_id", "team_id"], ["team.organisation_id", "team.id"]),
        sa.Index("ix_other_leader_team", "team_id", "id"),
        sa.Index("ix_other_leader_at", "at"),
    )
    place = Place(team="team_id", organisation="organisation_id", partnership="asked.partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    asked_id: Mapped[int]
    team_id: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    to_officer: Mapped[bool]
    name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    asked: Mapped[Asked] = relationship(init=False, viewonly=True)
    team: Mapped[Team] = relationship(init=False, viewonly=True)
    by: Mapped[Person] = relationship(init=False, viewonly=True)
    settled: Mapped[LeaderSettled | None] = relationship(init=False, viewonly=True)
    claim: Mapped[TeamProposed | None] = relationship(init=False, viewonly=True, primaryjoin=lambda: _is_claim())


class LeaderSettled(Base):
    """What came of it: `leader_id` leads the team from that day on; nobody new where it was declined. `title` is that
    of whoever settled it, as it was that day."""

    __tablename__ = "leader_settled"

    other_leader_id: Mapped[int] = mapped_column(ForeignKey("other_leader.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    title: Mapped[str]
    at: Mapped[datetime]
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)

    leader: Mapped[Person | None] = relationship(init=False, viewonly=True, foreign_keys=[leader_id])


def _is_claim() -> sa.ColumnElement[bool]:
    """Whether somebody said it of herself, and of a team that nobody else had named."""
    return sa.and_(
        foreign(TeamProposed.team_id) == OtherLeader.team_id,
        TeamProposed.by_id == OtherLeader.by_id,
        TeamProposed.at == OtherLeader.at,
    )
