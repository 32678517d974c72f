"""Launches that wait for their day: facts of an officer, and what came of each.

What is kept is the list that was confirmed: which teams and which whole organisations are asked. To whom the letters go
is worked out on the day, by who holds the roles then; and a team that went over into another by then is followed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.circulation.models import Circulation
from app.clock import london, moment_words
from app.database import Base, new_ref
from app.organisations.models import Partnership, Person
from app.packs.models import Edition
from app.policy import Place

HOURS = range(7, 19)  # in which letters may go out: nobody's telephone rings at night, and no clock is put forward
USUAL_HOUR = 8


def when_words(at: datetime) -> str:
    """`Monday 7 December 2026 at 08:00`, in London."""
    return f"{london(at):%A} {moment_words(at)}"


class ScheduledLaunch(Base):
    """An edition is to be circulated at a moment to come. `teams` and `organisations` (of which no team was known) are
    public references; `ref` becomes that of the circulation, so that a launch done twice over from a restored database
    owes the same letters."""

    __tablename__ = "scheduled_launch"
    __table_args__ = (UniqueConstraint("partnership_id", "once"), Index("ix_scheduled_launch_at", "at"))
    place = Place(partnership="partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    at: Mapped[datetime]
    answer_by: Mapped[date]
    cover_note: Mapped[str]
    organisations: Mapped[list[Any]]
    teams: Mapped[list[Any]]
    again: Mapped[bool]
    digest: Mapped[str]
    once: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    scheduled_at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    partnership: Mapped[Partnership] = relationship(init=False, viewonly=True)
    edition: Mapped[Edition] = relationship(init=False, viewonly=True)
    by: Mapped[Person] = relationship(init=False, viewonly=True)
    ended: Mapped[ScheduledLaunchEnded | None] = relationship(init=False, viewonly=True)

    @property
    def when(self) -> str:
        """When the letters go out, in words."""
        return when_words(self.at)

    @property
    def asked(self) -> tuple[int, int]:
        """How many teams are to be asked, and how many organisations as a whole."""
        return len(self.teams), len(self.organisations)


class ScheduledLaunchEnded(Base):
    """It was circulated, or cancelled by somebody, or could not be circulated and `because` says why. Of one that was
    circulated it says who was not asked as it was scheduled, and why; it is empty where everybody was."""

    __tablename__ = "scheduled_launch_ended"

    launch_id: Mapped[int] = mapped_column(ForeignKey("scheduled_launch.id"), primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    circulation_id: Mapped[int | None] = mapped_column(ForeignKey("circulation.id"), default=None)
    because: Mapped[str] = mapped_column(default="")

    by: Mapped[Person | None] = relationship(init=False, viewonly=True)
    circulation: Mapped[Circulation | None] = relationship(init=False, viewonly=True)
