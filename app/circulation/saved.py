"""Lists of organisations and teams that officers save under a name, to tick all of one again.

A list that is saved again under its name is another row, and so is that one was deleted: of a name the newest row
stands, unless it was deleted.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, new_ref
from app.organisations.models import Person
from app.policy import Place

LONGEST_NAME = 80


class SavedList(Base):
    """What officers of a partnership saved under a name. `key` is the name, capitals apart."""

    __tablename__ = "saved_list"
    __table_args__ = (sa.Index("ix_saved_list_key", "partnership_id", "key", "id"),)
    place = Place(partnership="partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    name: Mapped[str]
    key: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    by: Mapped[Person] = relationship(init=False, viewonly=True)
    places: Mapped[list[SavedListPlace]] = relationship(default_factory=list, order_by="SavedListPlace.id")


class SavedListPlace(Base):
    """An organisation on a list, with all its teams (no team), or one team of it; by the names of that day."""

    __tablename__ = "saved_list_place"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "team_id"], ["team.organisation_id", "team.id"]),
        UniqueConstraint("saved_list_id", "organisation_id", "team_id"),
        sa.Index(
            "uq_saved_list_place_whole",
            "saved_list_id",
            "organisation_id",
            unique=True,
            sqlite_where=sa.text("team_id IS NULL"),
            postgresql_where=sa.text("team_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    saved_list_id: Mapped[int] = mapped_column(ForeignKey("saved_list.id"), init=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    team_id: Mapped[int | None]
    organisation_name: Mapped[str]
    team_name: Mapped[str]

    @property
    def name(self) -> str:
        """The team with its organisation, or the organisation."""
        if not self.team_name or self.team_name == self.organisation_name:
            return self.organisation_name
        return f"{self.team_name} ({self.organisation_name})"


class SavedListDeleted(Base):
    """A list was deleted, for all officers."""

    __tablename__ = "saved_list_deleted"

    saved_list_id: Mapped[int] = mapped_column(ForeignKey("saved_list.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
