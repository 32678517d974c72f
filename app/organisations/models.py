"""Partnerships, organisations and teams: the places that people are appointed to.

The pattern of every composite key begins here: a parent carries `UNIQUE (organisation_id, id)`, a child refers to both
columns, so that a reference across organisations cannot be inserted. A relationship over a shared column that does not
own it is `viewonly`.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, SomeOf, enum_column, new_ref
from app.organisations import decisions, hearing, mended  # noqa: F401 - tables of this package
from app.organisations.proposed import Confirmed
from app.policy import Place, Role
from app.text import words_joined

SECURE_DOMAINS = ["gov.uk", "nhs.net", "police.uk"]
REMINDER_DAYS = [5, 10, 15, 20]
ANSWER_REMINDER_DAYS = [-5, 1, 10]


class Partnership(Base):
    """A safeguarding children partnership and its settings.

    `numbers_to_call` holds pairs of label and number about a child at risk, never empty. Letters are owed only for what
    happened from `letters_from` on, so that history which is loaded owes none. `reminder_days` are numbers of working
    days, which for schools do not run on `school_holidays`: pairs of a first and a last day, as YYYY-MM-DD. So are
    `answer_reminder_days`, from the date to answer by: before it where they are negative. With `two_publish` a briefing
    is published by somebody who wrote none of it.
    """

    __tablename__ = "partnership"
    place = Place(partnership="id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    short_name: Mapped[str]
    numbers_to_call: Mapped[list[Any]]
    reply_name: Mapped[str]
    reply_to: Mapped[str]
    letters_from: Mapped[datetime]
    colour: Mapped[str] = mapped_column(default="#1d70b8")
    secure_domains: Mapped[list[Any]] = mapped_column(default_factory=lambda: list(SECURE_DOMAINS))
    marking: Mapped[str] = mapped_column(default="OFFICIAL-SENSITIVE")
    reminder_days: Mapped[list[Any]] = mapped_column(default_factory=lambda: list(REMINDER_DAYS))
    school_holidays: Mapped[list[Any]] = mapped_column(default_factory=list, server_default="[]")
    answer_reminder_days: Mapped[list[Any]] = mapped_column(
        default_factory=lambda: list(ANSWER_REMINDER_DAYS), server_default=str(ANSWER_REMINDER_DAYS)
    )
    two_publish: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class Organisation(Base):
    """A partner organisation, of one partnership or several. `code` is the reference by which imports know it."""

    __tablename__ = "organisation"
    place = Place(organisation="id", partnership="memberships.partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sector: Mapped[str]
    attaches: Mapped[bool] = mapped_column(default=True)
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    memberships: Mapped[list[Membership]] = relationship(default_factory=list, back_populates="organisation")
    teams: Mapped[list[Team]] = relationship(init=False, back_populates="organisation", order_by="Team.name, Team.id")


class Membership(Base):
    """An organisation belongs to a partnership."""

    __tablename__ = "membership"

    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True, index=True, default=None
    )

    organisation: Mapped[Organisation] = relationship(default=None, back_populates="memberships")


class Team(Confirmed, Base):
    """Part of an organisation that meets. `code` is the reference by which imports know it."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("organisation_id", "id"), UniqueConstraint("organisation_id", "code"))
    place = Place(team="id", organisation="organisation_id", partnership="organisation.memberships.partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    name: Mapped[str]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    organisation: Mapped[Organisation] = relationship(init=False, back_populates="teams")


class Succession(StrEnum):
    """How one team came out of another."""

    RENAMED = "renamed"
    MERGED = "merged"
    SPLIT = "split"


class TeamSuccession(Base):
    """A team went over into another of its organisation: a split has two rows, a merger one for each that ended."""

    __tablename__ = "team_succession"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "from_team_id"], ["team.organisation_id", "team.id"]),
        ForeignKeyConstraint(["organisation_id", "to_team_id"], ["team.organisation_id", "team.id"]),
        UniqueConstraint("from_team_id", "to_team_id"),
        sa.CheckConstraint("from_team_id <> to_team_id", name="two_teams"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    from_team_id: Mapped[int]
    to_team_id: Mapped[int]
    kind: Mapped[Succession] = mapped_column(enum_column(Succession))
    on: Mapped[date]


class Person(Base):
    """Somebody with an account: a name and one or more addresses. What they may do comes from their appointments."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    addresses: Mapped[list[Address]] = relationship(
        default_factory=list, back_populates="person", order_by="Address.id"
    )
    appointments: Mapped[list[Appointment]] = relationship(init=False, back_populates="person")


class Address(Base):
    """A mail address, in lower case. `proved_at` is when it was first signed in with: before, no file goes to it."""

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False)
    email: Mapped[str] = mapped_column(unique=True)
    proved_at: Mapped[datetime | None] = mapped_column(default=None)

    person: Mapped[Person] = relationship(default=None, back_populates="addresses")


class Appointment(Base):
    """A person holds a role in a place from a date to a date (both included), and is written to at one address.

    An organisation's role may be narrowed to named teams; a team leader always is. `counts_from` is the instant from
    which letters are owed to the holder (`posts.counts_from`).
    """

    __tablename__ = "appointment"
    __table_args__ = (
        ForeignKeyConstraint(["person_id", "address_id"], ["address.person_id", "address.id"]),
        UniqueConstraint("organisation_id", "id"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "CASE WHEN role IN ('officer', 'reviewer') THEN partnership_id IS NOT NULL AND organisation_id IS NULL "
            "WHEN role = 'operator' THEN partnership_id IS NULL AND organisation_id IS NULL "
            "ELSE organisation_id IS NOT NULL AND partnership_id IS NULL END",
            name="place_fits_role",
        ),
        sa.Index("ix_appointment_role", "organisation_id", "role"),
        sa.Index("ix_appointment_counts_from", "counts_from"),
    )
    place = Place(team="teams.team_id", organisation="organisation_id", partnership="partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address_id: Mapped[int]
    role: Mapped[Role] = mapped_column(SomeOf(Role, but=(Role.COLLEAGUE, Role.NEWCOMER)))  # never appointed
    starts_on: Mapped[date]
    counts_from: Mapped[datetime]
    ends_on: Mapped[date | None] = mapped_column(default=None)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), default=None, index=True)
    local_title: Mapped[str] = mapped_column(default="")
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    person: Mapped[Person] = relationship(init=False, back_populates="appointments", overlaps="address")
    address: Mapped[Address] = relationship(init=False, viewonly=True)
    organisation: Mapped[Organisation | None] = relationship(init=False, viewonly=True)
    partnership: Mapped[Partnership | None] = relationship(init=False, viewonly=True)
    teams: Mapped[list[AppointmentTeam]] = relationship(default_factory=list, back_populates="appointment")

    @hybrid_method
    def leads(self, person_id: int | None) -> bool:
        """Whether this person holds it, as a lead (a condition of the policy table)."""
        return (self.role == Role.LEAD) & (self.person_id == person_id)

    @hybrid_method
    def holds(self, person_id: int | None) -> bool:
        """Whether this person holds it, and receives minutes by it (a condition of the policy table)."""
        return self.receives & (self.person_id == person_id)

    @hybrid_property
    def receives(self) -> bool:
        """Whether its holder receives minutes by it (a condition of the policy table)."""
        return (self.role == Role.LEAD) | (self.role == Role.DEPUTY)

    @property
    def title(self) -> str:
        """What the holder is called: the local title of a lead, or the role in the field's words."""
        return self.local_title or ROLE_WORDS[self.role]

    @property
    def named_teams(self) -> str:
        """The teams that it is narrowed to, as they are spoken; empty for the whole organisation."""
        return words_joined(sorted(narrowed.team.name for narrowed in self.teams)) if self.teams else ""


class AppointmentTeam(Base):
    """A team that an appointment is narrowed to."""

    __tablename__ = "appointment_team"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "appointment_id"], ["appointment.organisation_id", "appointment.id"]),
        ForeignKeyConstraint(["organisation_id", "team_id"], ["team.organisation_id", "team.id"]),
    )

    appointment_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    team_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    organisation_id: Mapped[int]

    appointment: Mapped[Appointment] = relationship(init=False, back_populates="teams")
    team: Mapped[Team] = relationship(init=False, viewonly=True)


class Leave(Base):
    """Days (both included) on which a person is away, so that a deputy is written to at once. What was called off ends
    on the day before it starts: it has no day, and whoever asks who is away need not know of it.

    `by_id` is who noted or changed it last (nobody: the command line), `at` when (empty: before that was kept), and
    `change` is new each time.
    """

    __tablename__ = "leave"
    __table_args__ = (sa.Index("ix_leave_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    at: Mapped[datetime | None] = mapped_column(default=None)
    change: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    person: Mapped[Person] = relationship(init=False, viewonly=True, foreign_keys=[person_id])
    by: Mapped[Person | None] = relationship(init=False, viewonly=True, foreign_keys=[by_id])

    @property
    def called_off(self) -> bool:
        """Whether it was called off before it began."""
        return self.ends_on < self.starts_on

    def is_over(self, day: date) -> bool:
        """Whether no day of it is left, on a day."""
        return self.ends_on < max(self.starts_on, day)


class Named(NamedTuple):
    """Somebody as she was named: a name, and a work address in lower case."""

    name: str
    email: str


ROLE_WORDS = {
    Role.LEADER: "Team leader",
    Role.MINUTES: "Minute taker",
    Role.LEAD: "Safeguarding lead",
    Role.DEPUTY: "Deputy safeguarding lead",
    Role.ADMINISTRATOR: "Organisation administrator",
    Role.OFFICER: "Partnership officer",
    Role.REVIEWER: "Reviewer",
    Role.OPERATOR: "Operator",
    Role.COLLEAGUE: "Named to write it up",
    Role.NEWCOMER: "Not known yet",
    Role.CONSOLE: "The command line",
}
