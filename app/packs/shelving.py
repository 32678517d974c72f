"""Puts the newest edition of a pack on the library's shelf as it is published, and all of them anew."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.packs.content import PackContent
from app.packs.entries import FacetKind, LibraryEntry, LibraryFacet, LibraryText
from app.packs.library_words import body, head, parts
from app.packs.models import Edition
from app.packs.queries import is_current

AT_ONCE = 100


def shelve(session: Session, edition: Edition, content: PackContent) -> None:
    """Have the library show and search this edition of its pack, before all others and in place of an earlier one."""
    session.flush()
    take_down(session, edition.pack_id)
    if session.scalar(sa.select(is_current(edition.pack_id))):
        _add(session, [(edition, content)])


def take_down(session: Session, pack_id: int) -> None:
    """Have the library show nothing of a pack."""
    _take_away(session, sa.select(LibraryEntry.place).where(LibraryEntry.pack_id == pack_id))


def shelve_all(session: Session) -> int:
    """Take the newest edition of every current pack apart anew, the last published last. Returns how many there are."""
    _take_away(session, sa.select(LibraryEntry.place))
    newest = sa.select(sa.func.max(Edition.id)).group_by(Edition.pack_id)
    keys = session.scalars(
        sa.select(Edition.id)
        .where(Edition.id.in_(newest), is_current(Edition.pack_id))
        .order_by(Edition.made_at, Edition.id)
    ).all()
    for start in range(0, len(keys), AT_ONCE):
        some = sa.select(Edition).where(Edition.id.in_(keys[start : start + AT_ONCE]))
        editions = session.scalars(some.order_by(Edition.made_at, Edition.id)).all()
        _add(session, [(edition, PackContent.from_dict(edition.content)) for edition in editions])
        session.expunge_all()
    return len(keys)


def _take_away(session: Session, places: sa.Select[int]) -> None:
    """Take what is at some places off the shelf. No row of it is ever kept in a session."""
    unseen = {"synchronize_session": False}
    for rows in (
        sa.delete(LibraryFacet).where(LibraryFacet.place.in_(places)),
        sa.delete(LibraryText).where(LibraryText.place.in_(places)),
        sa.delete(LibraryEntry).where(LibraryEntry.place.in_(places)),
    ):
        session.execute(rows, execution_options=unseen)


def _add(session: Session, packs: Sequence[tuple[Edition, PackContent]]) -> None:
    """The first rows are flushed before those that refer to them."""
    entries = [_entry(edition, content) for edition, content in packs]
    session.add_all(entries)
    session.flush()
    for entry, (_, content) in zip(entries, packs, strict=True):
        told = parts(content)
        session.add(LibraryText(place=entry.place, parts=told, head=head(content), body=body(content, told)))
        for (kind, key), label in _facets(content).items():
            session.add(LibraryFacet(kind=kind, key=key, place=entry.place, label=label))
    session.flush()


def _entry(edition: Edition, content: PackContent) -> LibraryEntry:
    return LibraryEntry(
        pack_id=edition.pack_id,
        edition_id=edition.id,
        title=content.title,
        source=content.source.name,
        type=content.type,
        published=content.published,
        made_at=edition.made_at,
    )


def _facets(content: PackContent) -> dict[tuple[FacetKind, str], str]:
    """What a pack is found by: each label under its kind and the key that it is compared by."""
    year = content.published[:4]
    found = {(FacetKind.TYPE, content.type.value): content.type.words, (FacetKind.YEAR, year): year}
    found |= {(FacetKind.TOPIC, topic.casefold()): topic for topic in content.topics}
    return found | {(FacetKind.AUDIENCE, whom.casefold()): whom for whom in content.audience}
