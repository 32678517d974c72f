"""Packs that are being made, and the pictures that are brought for them. A draft changes in place and belongs to its
partnership, not to a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, new_ref
from app.organisations.models import Partnership, Person
from app.policy import Place
from app.saving import saved_by


class PackDraft(Base):
    """What an officer has begun to make of a briefing. `slug` is the address that it will have; `begun_from` says what
    it was begun from; `edition_id` is what it became. `version` counts the saves; a save names the one it began from.
    """

    __tablename__ = "pack_draft"
    __table_args__ = (
        UniqueConstraint("partnership_id", "id"),
        sa.Index("ix_pack_draft_open", "partnership_id", "edition_id", "changed_at", "id"),
    )
    place = Place(partnership="partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    slug: Mapped[str]
    begun_from: Mapped[str]
    begun_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    content: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    version: Mapped[int] = mapped_column(default=1)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("edition.id"), default=None, unique=True)
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    partnership: Mapped[Partnership] = relationship(init=False, viewonly=True)
    changed_by: Mapped[Person] = relationship(init=False, viewonly=True)

    @property
    def wrote(self) -> set[int]:
        """Keys of whoever wrote any of it since what it was begun from; of whoever saved a page last, if it was begun
        before that was counted."""
        saved = {saved_by(self.content, part)[2] for part in self.content.get("saved", {})}
        return set(self.content["wrote"]) if "wrote" in self.content else {self.changed_by_id, *saved}

    @hybrid_property
    def draft(self) -> bool:
        """Whether it is still being made (a condition of the policy table)."""
        return self.edition_id is None

    @draft.inplace.expression
    @classmethod
    def _draft(cls) -> sa.ColumnElement[bool]:
        return cls.edition_id.is_(None)


class PackDraftRevision(Base):
    """What stood on one page of a pack in the making before something else took its place: `version` is the save that
    had made it, `at` when and `by` who. Rows are only added, and go with their draft when it is thrown away."""

    __tablename__ = "pack_draft_revision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["partnership_id", "draft_id"], ["pack_draft.partnership_id", "pack_draft.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("draft_id", "part", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    partnership_id: Mapped[int]
    draft_id: Mapped[int]
    part: Mapped[str]
    version: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    typed: Mapped[dict[str, Any]]
    characters: Mapped[int]

    by: Mapped[Person] = relationship(init=False, viewonly=True)


class PackDraftPicture(Base):
    """A picture that was brought for a pack in the making, whether its text shows it or not. Rows are only added, and
    go with their draft when it is thrown away."""

    __tablename__ = "pack_draft_picture"
    __table_args__ = (
        ForeignKeyConstraint(
            ["partnership_id", "draft_id"], ["pack_draft.partnership_id", "pack_draft.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("draft_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    partnership_id: Mapped[int]
    draft_id: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    wide: Mapped[int]
    high: Mapped[int]
    digest: Mapped[str]
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
