"""Packs and their editions. An edition is frozen: text, points and recommendations are added once, with a digest."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, enum_column, new_ref
from app.organisations.models import Partnership
from app.packs import (
    drafts,  # noqa: F401 - tables of this package
    entries,  # noqa: F401 - what the library shows refers to these tables
)
from app.packs.content import PointKind
from app.packs.sections import plain_note
from app.packs.standing import PackStanding, Standing
from app.policy import Place

__all__ = ["DiscussionPoint", "Edition", "EditionPicture", "Pack", "PointKind", "Recommendation"]


_any_standing = sa.orm.aliased(PackStanding)


class Pack(Base):
    """A learning briefing through its editions. It belongs to its source: the partnership whose slug is `owner`, which
    may come to this service later than the pack, or never."""

    __tablename__ = "pack"
    place = Place(partnership="partnership.id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    slug: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    owner: Mapped[str]

    editions: Mapped[list[Edition]] = relationship(init=False, back_populates="pack", order_by="Edition.number")
    partnership: Mapped[Partnership | None] = relationship(
        init=False, viewonly=True, primaryjoin=lambda: sa.orm.foreign(Pack.owner) == Partnership.slug
    )
    newest_standing: Mapped[PackStanding | None] = relationship(
        init=False,
        viewonly=True,
        uselist=False,
        primaryjoin=lambda: sa.and_(
            sa.orm.foreign(PackStanding.pack_id) == Pack.id,
            PackStanding.id
            == sa.select(sa.func.max(_any_standing.id)).where(_any_standing.pack_id == Pack.id).scalar_subquery(),
        ),
    )

    @property
    def standing(self) -> Standing:
        """Whether it is current, retired or withdrawn."""
        return self.newest_standing.standing if self.newest_standing else Standing.CURRENT

    @property
    def withdrawn(self) -> PackStanding | None:
        """Where it is withdrawn, since when and why."""
        return self.newest_standing if self.standing is Standing.WITHDRAWN else None


class Edition(Base):
    """One published text of a pack. `content` is what `packs.folder` read; `digest` is its SHA-256."""

    __tablename__ = "edition"
    __table_args__ = (
        UniqueConstraint("pack_id", "number"),
        sa.Index("ix_edition_made_at", "made_at"),
        sa.Index("ix_edition_review_on", "review_on"),
    )
    place = Place(partnership="pack.partnership.id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    pack_id: Mapped[int] = mapped_column(ForeignKey("pack.id"))
    number: Mapped[int]
    title: Mapped[str]
    short_title: Mapped[str]
    review_on: Mapped[date]
    content: Mapped[dict[str, Any]]
    digest: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    pack: Mapped[Pack] = relationship(init=False, back_populates="editions")
    points: Mapped[list[DiscussionPoint]] = relationship(
        default_factory=list, back_populates="edition", order_by="DiscussionPoint.position"
    )
    recommendations: Mapped[list[Recommendation]] = relationship(
        default_factory=list, back_populates="edition", order_by="Recommendation.position"
    )
    pictures: Mapped[list[EditionPicture]] = relationship(
        default_factory=list, back_populates="edition", order_by="EditionPicture.name"
    )


class DiscussionPoint(Base):
    """A question put to teams. `key` stays the same across editions; `note` is for whoever leads the discussion."""

    __tablename__ = "discussion_point"
    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("edition_id", "key"),
        UniqueConstraint("edition_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), init=False)
    position: Mapped[int]
    key: Mapped[str]
    kind: Mapped[PointKind] = mapped_column(enum_column(PointKind))
    question: Mapped[str]
    note: Mapped[str]

    edition: Mapped[Edition] = relationship(init=False, back_populates="points")

    @property
    def plain_note(self) -> str:
        """The note in plain lines, for a document."""
        return plain_note(self.note)


class Recommendation(Base):
    """What should change, and for whom. `key` stays the same across editions."""

    __tablename__ = "recommendation"
    __table_args__ = (UniqueConstraint("edition_id", "key"), UniqueConstraint("edition_id", "position"))

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), init=False)
    position: Mapped[int]
    key: Mapped[str]
    audience: Mapped[str]
    text: Mapped[str]

    edition: Mapped[Edition] = relationship(init=False, back_populates="recommendations")


class EditionPicture(Base):
    """A picture that an edition shows; the words that stand for it are in its text. `digest` is the SHA-256 of its
    bytes, and the edition's own digest covers it; `wide` and `high` are counted in points."""

    __tablename__ = "edition_picture"
    __table_args__ = (UniqueConstraint("edition_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), init=False)
    name: Mapped[str]
    media_type: Mapped[str]
    wide: Mapped[int]
    high: Mapped[int]
    digest: Mapped[str]
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)

    edition: Mapped[Edition] = relationship(init=False, back_populates="pictures")
