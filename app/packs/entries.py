"""What the library shows and searches of a pack: its newest edition, taken apart once, when it is published.

Derived from the edition and never a fact of its own: `shelving` fills it in the same transaction, `flask packs index`
makes it anew. The index over its words is the database's own and follows by itself: on SQLite a table of FTS5 that
triggers keep, on PostgreSQL a column that is worked out with the row; no model knows either.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, enum_column
from app.packs.content import PackType


class FacetKind(StrEnum):
    """By what the library is narrowed down."""

    TYPE = "type"
    TOPIC = "topic"
    YEAR = "year"
    AUDIENCE = "audience"


class LibraryEntry(Base):
    """The newest edition of a pack. `place` grows with every publication, so the order of the shelf is the order of
    this key."""

    __tablename__ = "library_entry"

    place: Mapped[int] = mapped_column(primary_key=True, init=False)
    pack_id: Mapped[int] = mapped_column(ForeignKey("pack.id"), unique=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    title: Mapped[str]
    source: Mapped[str]
    type: Mapped[PackType] = mapped_column(enum_column(PackType))
    published: Mapped[str]
    made_at: Mapped[datetime]


class LibraryText(Base):
    """Its text, apart from what a list shows: `parts` holds its sections in plain words, each with its heading; `head`
    and `body` are the words that are searched, those in `head` counting for more."""

    __tablename__ = "library_text"

    place: Mapped[int] = mapped_column(ForeignKey("library_entry.place"), primary_key=True, autoincrement=False)
    parts: Mapped[list[Any]]
    head: Mapped[str]
    body: Mapped[str]


class LibraryFacet(Base):
    """A type, a topic, a year or an audience of a pack. `key` is what it is compared by, `label` as it was written."""

    __tablename__ = "library_facet"
    __table_args__ = (sa.Index("ix_library_facet_label", "kind", "key", "label"),)

    kind: Mapped[FacetKind] = mapped_column(enum_column(FacetKind), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(ForeignKey("library_entry.place"), primary_key=True)
    label: Mapped[str]


_FTS5 = """CREATE VIRTUAL TABLE library_words USING fts5(
    head, body, content='library_text', content_rowid='place', tokenize='porter unicode61 remove_diacritics 2')"""
_VECTOR = """ALTER TABLE library_text ADD COLUMN vector tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english'::regconfig, head), 'A') || setweight(to_tsvector('english'::regconfig, body), 'D')
    ) STORED"""
_GIN = "CREATE INDEX ix_library_text_vector ON library_text USING gin (vector) WITH (fastupdate = off)"
_made: Any = sa.DDL
for _kind, _statement in (("sqlite", _FTS5), ("postgresql", _VECTOR), ("postgresql", _GIN)):
    sa.event.listen(LibraryText.__table__, "after_create", _made(_statement).execute_if(dialect=_kind))
