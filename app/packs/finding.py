"""What the library finds: newest first, or best first where words are looked for; a page at a time, by key.

A page follows the pack that the one before ended with, named by its slug. Ranked are the newest `MOST_RANKED` that hold
all the words: to rank every text that holds a common word takes longer than anybody waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.packs.content import PackType
from app.packs.entries import FacetKind, LibraryEntry, LibraryFacet, LibraryText
from app.packs.library_words import Extract, extract
from app.packs.models import Edition, Pack

ON_A_PAGE, MOST_RANKED, MOST_CHOICES = 20, 500, 100
# A rank is compared as a whole number: two readings of a fraction may differ in their last digit. On SQLite that of a
# word which stands in most packs is about a millionth.
_FINER = 10**12


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for: words that all stand in a pack, labels by kind, in which order, and after which slug."""

    words: tuple[str, ...] = ()
    only: dict[FacetKind, str] = field(default_factory=dict)
    by_date: bool = False
    after: str = ""

    @property
    def ranked(self) -> bool:
        """Whether the best come first."""
        return bool(self.words) and not self.by_date


@dataclass(frozen=True)
class Found:
    """A pack that was found. `number` is that of its newest edition; `extract` is where the words stand, if they do."""

    slug: str
    title: str
    source: str
    type: PackType
    published: str
    made_at: datetime
    number: int
    extract: Extract | None


@dataclass(frozen=True)
class Page:
    """Some of what was found, how many there are altogether, and whether more follow."""

    packs: Sequence[Found]
    total: int
    more: bool


def library(session: Session, wanted: Wanted) -> Page:
    """A page of what is wanted. Two statements, however much there is."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    search = _OnSqlite(wanted) if on_sqlite else _OnPostgresql(wanted)
    if wanted.words and not on_sqlite:
        session.execute(_BY_INDEX)
    total = session.scalar(sa.select(sa.func.count()).select_from(search.hits().subquery())) or 0
    rows = session.execute(search.best() if wanted.ranked else search.newest()).all()
    return Page([_found(row, wanted) for row in rows[:ON_A_PAGE]], total, len(rows) > ON_A_PAGE)


def choices(session: Session) -> dict[FacetKind, list[tuple[str, str]]]:
    """By what the library can be narrowed down: key and label by kind, the most used where there are too many."""
    used = sa.func.count().label("used")
    counted = sa.select(LibraryFacet.kind, LibraryFacet.key, sa.func.min(LibraryFacet.label), used)
    found: dict[FacetKind, list[tuple[str, str]]] = {kind: [] for kind in FacetKind}
    for kind, key, label, _ in session.execute(
        counted.group_by(LibraryFacet.kind, LibraryFacet.key).order_by(used.desc(), LibraryFacet.key)
    ):
        if len(found[kind]) < MOST_CHOICES:
            found[kind].append((key, label))
    for kind, pairs in found.items():
        pairs.sort(key=lambda pair: pair[1].casefold(), reverse=kind is FacetKind.YEAR)
    return found


def shelf(session: Session, most: int) -> list[Any]:
    """The newest packs as they stand in the library, with the reference of their edition and their owner."""
    found = _shown(*_SHOWN, Pack.owner, Edition.ref)
    return list(session.execute(found.order_by(LibraryEntry.place.desc()).limit(most)))


_SHOWN = (
    Pack.slug,
    LibraryEntry.title,
    LibraryEntry.source,
    LibraryEntry.type,
    LibraryEntry.published,
    LibraryEntry.made_at,
    Edition.number,
)


def _shown(*columns: Any) -> sa.Select[Any]:
    found = sa.select(*columns).select_from(LibraryEntry).join(Pack, Pack.id == LibraryEntry.pack_id)
    return found.join(Edition, Edition.id == LibraryEntry.edition_id)


# A text lies apart from its row, and the planner of PostgreSQL counts rows: it would rather fetch every text than use
# the index, which takes a hundred times as long. Said for this transaction alone.
_BY_INDEX = sa.text("SET LOCAL enable_seqscan = off")


class _Search:
    """The statements of a search. What differs between the databases stands in the two below."""

    place: Any
    """The column by which a hit is known."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def holds(self) -> Any:
        """Whether a text holds all the words. They are letters and digits only, so nobody reads one as more."""
        raise NotImplementedError

    def scored(self, newest: sa.CTE) -> sa.Select[Any]:
        """The place of each of the newest hits, and what it is worth."""
        raise NotImplementedError

    def hits(self) -> sa.Select[Any]:
        """The places of all that hold every word and bear every label."""
        column = self.place if self.wanted.words else LibraryEntry.place
        found = sa.select(column.label("place")).where(*([self.holds()] if self.wanted.words else []))
        return found.where(*self.bears(column))

    def bears(self, column: Any) -> list[Any]:
        """Whether what is at a place bears every label."""
        conditions = []
        for kind, key in self.wanted.only.items():
            label = (LibraryFacet.kind == kind, LibraryFacet.key == key, LibraryFacet.place == column)
            conditions.append(sa.exists().where(*label))
        return conditions

    def newest(self) -> sa.Select[Any]:
        """A page, the newest first."""
        hits = self.hits().subquery()
        some = sa.select(hits.c.place)
        if self.wanted.after:
            some = some.where(hits.c.place < self._last(LibraryEntry.place))
        some = some.order_by(hits.c.place.desc()).limit(ON_A_PAGE + 1)
        here = some.subquery()
        found = self._texts().join(here, here.c.place == LibraryEntry.place)
        return found.order_by(LibraryEntry.place.desc())

    def best(self) -> sa.Select[Any]:
        """A page, the best first, and of two that are equal the newer."""
        hits = self.hits().subquery()
        newest = _once(sa.select(hits.c.place).order_by(hits.c.place.desc()).limit(MOST_RANKED).cte("newest"))
        scored = _once(self.scored(newest).cte("scored"))
        some = sa.select(scored.c.worth, scored.c.place)
        if self.wanted.after:
            last = self._last(scored.c.worth, scored.c.place, scored)
            some = some.where(sa.tuple_(scored.c.worth, scored.c.place) < last)
        here = some.order_by(scored.c.worth.desc(), scored.c.place.desc()).limit(ON_A_PAGE + 1).subquery()
        found = self._texts().join(here, here.c.place == LibraryEntry.place)
        return found.order_by(here.c.worth.desc(), here.c.place.desc())

    def _last(self, *columns: Any) -> Any:
        """Where the pack stands that the page before ended with."""
        *values, scored = columns if len(columns) > 1 else (*columns, None)
        last = sa.select(*values).select_from(LibraryEntry).join(Pack, Pack.id == LibraryEntry.pack_id)
        if scored is not None:
            last = last.join(scored, scored.c.place == LibraryEntry.place)
        return last.where(Pack.slug == self.wanted.after).scalar_subquery()

    def _texts(self) -> sa.Select[Any]:
        if not self.wanted.words:
            return _shown(*_SHOWN)
        return _shown(*_SHOWN, LibraryText.parts).join(LibraryText, LibraryText.place == LibraryEntry.place)


class _OnSqlite(_Search):
    """FTS5 walks its hits from the newest place down, so no more are looked at than are shown."""

    _words = sa.table("library_words", sa.column("rowid", sa.Integer), sa.column("library_words"))
    place = _words.c.rowid

    def holds(self) -> Any:
        return self._words.c.library_words.bool_op("MATCH")(" ".join(f'"{word}"' for word in self.wanted.words))

    def scored(self, newest: sa.CTE) -> sa.Select[Any]:
        worth = _whole(-sa.func.bm25(self._words.c.library_words, 8.0, 1.0))
        least = sa.select(sa.func.min(newest.c.place)).scalar_subquery()
        return sa.select(self.place.label("place"), worth).where(
            self.holds(), self.place >= least, *self.bears(self.place)
        )


class _OnPostgresql(_Search):
    """The index gives all hits at once and in no order: they are taken together first, or the planner would rather walk
    down the places and look into each text."""

    _vector: Any = sa.literal_column("library_text.vector")
    place = LibraryText.__table__.c.place

    def holds(self) -> Any:
        return self._vector.bool_op("@@")(self._question())

    def hits(self) -> sa.Select[Any]:
        return sa.select(_once(super().hits().cte("hits")).c.place)

    def scored(self, newest: sa.CTE) -> sa.Select[Any]:
        worth = _whole(sa.func.ts_rank(self._vector, self._question()))
        return sa.select(LibraryText.place, worth).where(LibraryText.place.in_(sa.select(newest.c.place)))

    def _question(self) -> Any:
        return sa.func.plainto_tsquery(sa.literal_column("'english'::regconfig"), " ".join(self.wanted.words))


def _once(made: sa.CTE) -> sa.CTE:
    """Worked out by itself, and once."""
    return made.prefix_with("MATERIALIZED")


def _whole(worth: Any) -> Any:
    return sa.cast(worth * _FINER, sa.BigInteger).label("worth")


def _found(row: sa.Row[Any], wanted: Wanted) -> Found:
    where = extract(row.parts, wanted.words) if wanted.words else None
    return Found(row.slug, row.title, row.source, row.type, row.published, row.made_at, row.number, where)
