"""The public library at the size of England: what finding takes in SQL, on both databases.

The packs are made up of a vocabulary in which, as in a language, few words are common and most are rare.
"""

from __future__ import annotations

import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.engines import make_engine
from app.packs.content import PackContent, PackType
from app.packs.entries import FacetKind
from app.packs.finding import Wanted, choices, library
from app.packs.folder import read_folder
from app.packs.library_words import body, indexed, parts
from app.packs.shelf import SHELF
from app.upgrading import upgrade
from tests import postgres
from tests.conftest import NOW

PACKS, ROUNDS = 2_000, 15
TOPICS = ("engaging fathers", "neglect", "online harm", "bruising", "exploitation", "mental health", "thresholds")
NEWEST_MS, RANKED_MS = 30, 50


def main(folder: Path) -> bool:
    """Measure and print; whether what is found takes the same few statements however much there is."""
    held = True
    for name, url in _databases(folder):
        with ExitStack() as stack:
            print(f"\nThe library, {PACKS:,} packs on {name} …", flush=True)
            engine = make_engine(stack.enter_context(url))
            stack.callback(engine.dispose)
            fill(engine, PACKS)
            held &= finding(engine, name)
    return held


def _databases(folder: Path) -> Iterator[tuple[str, _Url]]:
    yield "SQLite", _Url(f"sqlite:///{folder / 'library.sqlite'}")
    if postgres.is_here():
        yield "PostgreSQL", _Url("")


class _Url:
    """The address of an empty database of the newest migration: a file, or one on a server that lives as long."""

    def __init__(self, url: str) -> None:
        self.url, self.stack = url, ExitStack()

    def __enter__(self) -> str:
        if not self.url:
            running = self.stack.enter_context(postgres.server())
            postgres.run_statement(running, "CREATE DATABASE library")
            self.url = running.set(database="library").render_as_string(hide_password=False)
        upgrade(self.url)
        return self.url

    def __exit__(self, *_: object) -> None:
        self.stack.close()


def fill(engine: Engine, packs: int) -> None:
    """As many packs, each of one edition, a few minutes apart, and their rows in the library: those go in past the look
    at every text, which takes longer than all the rest."""
    real, chance = read_folder(SHELF / "nai-under-5-2021"), random.Random(20210430)
    vocabulary = [f"{a}{b}{c}" for a, b, c in itertools.product("bcdfghjklmnprstvw", "aeiou", "klmnrst")]
    vocabulary += [f"{word}{end}" for word in vocabulary for end in ("ing", "er", "ation", "al", "y", "o", "et", "um")]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    told = parts(real)
    with engine.begin() as connection:
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        for number in range(1, packs + 1):
            said = [
                [where, f"{t} {' '.join(chance.choices(vocabulary, cum_weights=weights, k=180))}"] for where, t in told
            ]
            for name, row in _rows(real, number, said, chance):
                rows[name].append(row)
        for name, table in TABLES.items():
            connection.execute(sa.insert(table), rows[name])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _table(name: str, *columns: str) -> sa.TableClause:
    kinds: dict[str, Any] = {"parts": sa.JSON, "content": sa.JSON, "made_at": sa.DateTime, "review_on": sa.Date}
    return sa.table(name, *(sa.column(column, kinds.get(column)) for column in columns))


EDITION = (
    "id",
    "pack_id",
    "number",
    "title",
    "short_title",
    "review_on",
    "content",
    "digest",
    "made_at",
    "made_by",
    "ref",
)
ENTRY = ("place", "pack_id", "edition_id", "title", "source", "type", "published", "made_at")
TABLES = {
    "pack": _table("pack", "id", "slug", "source", "owner"),
    "edition": _table("edition", *EDITION),
    "entry": _table("library_entry", *ENTRY),
    "text": _table("library_text", "place", "parts", "head", "body"),
    "facet": _table("library_facet", "kind", "key", "place", "label"),
}


def _rows(real: PackContent, number: int, said: list[list[str]], chance: random.Random) -> Iterator[tuple[str, Any]]:
    made_at = (NOW - timedelta(minutes=PACKS - number)).replace(tzinfo=None)
    title, source = f"Learning {number} about {said[0][1].rpartition(' ')[2]}", real.source.name
    kind, year = chance.choice(list(PackType)), str(chance.randint(2012, 2026))
    yield "pack", {"id": number, "slug": f"pack-{number}", "source": source, "owner": "esscp"}
    text = {"title": title, "short_title": title, "review_on": real.review_on, "content": {}, "digest": f"{number:064}"}
    keys = {"id": number, "pack_id": number, "number": 1, "ref": f"{number:012}", "made_by": "the command line"}
    yield "edition", {**keys, **text, "made_at": made_at}
    keys = {"place": number, "pack_id": number, "edition_id": number}
    yield "entry", {**keys, "title": title, "source": source, "type": kind.value, "published": year, "made_at": made_at}
    yield "text", {"place": number, "parts": said, "head": indexed(title), "body": body(real, said)}
    labels = [("type", kind.value), ("year", year), *(("topic", topic) for topic in chance.sample(TOPICS, 3))]
    for which, key in labels:
        yield "facet", {"kind": which, "key": key, "place": number, "label": key}


ASKED = {
    "everything": (),
    "in every pack": ("children",),
    "common": ("bak",),
    "middling": ("dakal",),
    "rare": ("wutum",),
    "two words": ("bak", "fathers"),
    "nothing": ("zebra",),
}


def finding(engine: Engine, name: str) -> bool:
    """Print what each search takes, and whether each takes the same statements, which are few."""
    narrowed = {FacetKind.TYPE: "thematic", FacetKind.TOPIC: "neglect"}
    deeds: dict[str, Callable[[Session], object]] = {"choices": choices}
    for words, by_date in itertools.product(ASKED, (True, False)):
        wanted = Wanted(words=ASKED[words], by_date=by_date)
        if words != "everything" or by_date:
            deeds[f"{words}, {'newest' if by_date else 'ranked'}"] = _deed(wanted)
    deeds["common, narrowed, ranked"] = _deed(Wanted(words=("bak",), only=narrowed))
    deeds["narrowed, newest"] = _deed(Wanted(only=narrowed))
    deeds["page 60 of all, newest"] = _deed(Wanted(after=f"pack-{PACKS - 1_200}"))
    said: list[float] = []
    _timed(engine, said)
    counts = set[int]()
    print(f"{'SQL alone, ms':28}{'median':>8}{'worst':>8}   goal")
    for what, deed in deeds.items():
        took = [_in_sql(engine, deed, said) for _ in range(ROUNDS)]
        goal = RANKED_MS if "ranked" in what else NEWEST_MS
        counts |= {count for _, count in took if what != "choices"}
        times = [spent for spent, _ in took]
        missed = "" if statistics.median(times) <= goal else "  ← slower than the goal"
        print(f"{what:28}{statistics.median(times):>8.1f}{max(times):>8.1f}   ≤ {goal}{missed}")
    few = counts <= {2, 3}  # PostgreSQL is told beforehand to use the index
    if not few:
        print(f"{name}: a search takes {sorted(counts)} statements; it must be 3 at most.")
    return few


def _deed(wanted: Wanted) -> Callable[[Session], object]:
    return lambda session: library(session, wanted)


def _timed(engine: Engine, said: list[float]) -> None:
    sa.event.listen(engine, "before_cursor_execute", lambda *a: said.append(-time.perf_counter()))

    def after(*_: object) -> None:
        said[-1] += time.perf_counter()

    sa.event.listen(engine, "after_cursor_execute", after)


def _in_sql(engine: Engine, deed: Callable[[Session], object], said: list[float]) -> tuple[float, int]:
    """Milliseconds that the statements of a deed take, fetching their rows apart, and how many there are."""
    with Session(engine.execution_options(writes=False)) as session:
        session.connection()
        said.clear()
        deed(session)
        return sum(said) * 1000, len(said)
