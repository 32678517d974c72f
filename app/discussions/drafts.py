"""Drafts: what a team has begun to write. A draft changes in place and belongs to the team, not to a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.circulation.models import Asked
from app.database import Base, new_ref
from app.organisations.models import Person
from app.policy import Place


class Draft(Base):
    """What a team has begun to write for one `Asked`. `version` counts the saves; a save names the one it began from.

    `corrects` is the thread of the minutes that it is to correct, empty for a new record.
    """

    __tablename__ = "draft"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "asked_id"], ["asked.organisation_id", "asked.id"]),
        UniqueConstraint("organisation_id", "id"),
        sa.Index(
            "uq_draft_open",
            "asked_id",
            unique=True,
            sqlite_where=sa.text("sent_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL"),
        ),
    )
    place = Place(
        team="asked.team_id", organisation="organisation_id", partnership="asked.partnership_id", asked="asked_id"
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    asked_id: Mapped[int]
    begun_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    content: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    version: Mapped[int] = mapped_column(default=1)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    corrects: Mapped[str] = mapped_column(default="")
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    asked: Mapped[Asked] = relationship(init=False, viewonly=True)
    changed_by: Mapped[Person] = relationship(init=False, viewonly=True)

    @property
    def is_saved(self) -> bool:
        """Whether somebody saved a page of it: an uploaded sheet or an attached file begins a draft as well."""
        return self.content.get("saved") != {}

    @hybrid_property
    def draft(self) -> bool:
        """Whether it is still open (a condition of the policy table)."""
        return self.sent_at is None

    @draft.inplace.expression
    @classmethod
    def _draft(cls) -> sa.ColumnElement[bool]:
        return cls.sent_at.is_(None)


class DraftRevision(Base):
    """What stood on one page of a draft before something else took its place: `version` is the save that had made it,
    `at` when and `by` who. Rows are only added, and go with their draft when it is thrown away."""

    __tablename__ = "draft_revision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "draft_id"], ["draft.organisation_id", "draft.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("draft_id", "part", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    draft_id: Mapped[int]
    part: Mapped[str]
    version: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    typed: Mapped[dict[str, Any]]
    characters: Mapped[int]

    by: Mapped[Person] = relationship(init=False, viewonly=True)
