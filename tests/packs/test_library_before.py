"""Briefings that were published before there was a library stand in it after the migration, as publishing puts them."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.packs.entries import LibraryEntry, LibraryFacet, LibraryText
from app.packs.finding import Wanted, library
from app.packs.folder import read_folder
from app.packs.shelf import SHELF
from app.packs.shelving import shelve_all
from app.upgrading import upgrade
from tests.database.test_migrations import Empty, empty, opened
from tests.packs.test_writing_out import of_sample

__all__ = ["empty"]


def held(session: Session) -> list[list[tuple[Any, ...]]]:
    tables = (LibraryEntry, LibraryText, LibraryFacet)
    return [sorted(map(tuple, session.execute(sa.select(table.__table__))), key=repr) for table in tables]


def test_what_was_published_before_is_found(empty: Empty) -> None:
    url, real = empty(), read_folder(SHELF / "nai-under-5-2021")
    upgrade(url, "0026")
    pack = "INSERT INTO pack (id, slug, source, owner) VALUES (:id, :slug, :source, :owner)"
    edition = (
        "INSERT INTO edition"
        " (id, pack_id, number, title, short_title, review_on, content, digest, made_at, made_by, ref)"
        " VALUES (:id, :pack, :number, :title, :title, '2027-01-01', :content, :digest, :at, 'x', :id)"
    )
    with opened(url) as engine, engine.begin() as connection:
        for key, content in ((7, of_sample()), (3, real)):
            owner = {"source": content.source.name, "owner": content.source.partnership}
            connection.execute(sa.text(pack), {"id": key, "slug": content.slug, **owner})
            for number, text in ((1, {"title": "Quokka", "x": 1}), (2, content.as_dict())):
                said = {"content": json.dumps(text), "title": text["title"], "digest": content.digest}
                keys = {"id": key * 10 + number, "pack": key, "number": number, "at": f"2026-01-0{number} 10:00:00"}
                connection.execute(sa.text(edition), {**keys, **said})
    upgrade(url)
    with opened(url) as engine, Session(engine) as session, session.begin():
        before = held(session)
        assert [found.slug for found in library(session, Wanted()).packs] == ["falls-2025", "nai-under-5-2021"]
        assert [found.slug for found in library(session, Wanted(words=("fathers",))).packs] == ["nai-under-5-2021"]
        assert library(session, Wanted(words=("quokka",))).total == 0
        assert shelve_all(session) == 2
        after = held(session)
        places = {row[1]: row[0] for row in after[0]}, {row[1]: row[0] for row in before[0]}
        assert _by_pack(after, places[0]) == _by_pack(before, places[1])


def _by_pack(rows: list[list[tuple[Any, ...]]], places: dict[int, int]) -> list[list[tuple[Any, ...]]]:
    """The same with the key of the pack where a place stood."""
    packs = {place: pack for pack, place in places.items()}
    at = (0, 0, 2)
    return [
        sorted(((*row[:i], packs[row[i]], *row[i + 1 :]) for row in table), key=repr)
        for i, table in zip(at, rows, strict=True)
    ]
