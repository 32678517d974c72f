"""The newest briefings as an Atom feed (RFC 4287), for whoever would rather be told than look.

An id is worked out of what a pack is, its owner and its slug: the same pack has the same one on every service that
shows it, whatever its address, and keeps it through all its editions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree
from xml.etree.ElementTree import TreeBuilder

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
MOST = 50
_PACKS = uuid5(NAMESPACE_URL, "https://learning-circulation.invalid/packs")
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # when a feed without a briefing was last changed: it must say something


@dataclass(frozen=True)
class Entry:
    """A pack in the feed. `summary` says in one sentence what it is."""

    owner: str
    slug: str
    title: str
    source: str
    summary: str
    made_at: datetime


def id_of(owner: str, slug: str) -> str:
    """What a pack is called in every feed."""
    return uuid5(_PACKS, f"{owner}/{slug}").urn


def feed(
    entries: Sequence[Entry], *, title: str, author: str, own: str, page: str, address: Callable[[str], str]
) -> bytes:
    """The feed's bytes. `own` is its full address, `page` that of the library, `address` makes that of a pack."""
    made = TreeBuilder()
    made.start("feed", {"xmlns": ATOM, "xml:lang": "en-GB"})
    _put(made, "id", uuid5(NAMESPACE_URL, own).urn)
    _put(made, "title", title)
    _put(made, "updated", _moment(max((entry.made_at for entry in entries), default=_NEVER)))
    _author(made, author)
    _link(made, "self", MEDIA_TYPE, own)
    _link(made, "alternate", "text/html", page)
    for entry in entries[:MOST]:
        _add(made, entry, address(entry.slug))
    made.end("feed")
    written: bytes = ElementTree.tostring(made.close(), encoding="utf-8", xml_declaration=True)
    return written


def _add(made: TreeBuilder, entry: Entry, address: str) -> None:
    made.start("entry", {})
    _put(made, "id", id_of(entry.owner, entry.slug))
    _put(made, "title", entry.title)
    _put(made, "updated", _moment(entry.made_at))
    _author(made, entry.source)
    _link(made, "alternate", "text/html", address)
    _put(made, "summary", entry.summary)
    made.end("entry")


def _put(made: TreeBuilder, name: str, text: str) -> None:
    made.start(name, {})
    made.data(text)
    made.end(name)


def _author(made: TreeBuilder, name: str) -> None:
    made.start("author", {})
    _put(made, "name", name)
    made.end("author")


def _link(made: TreeBuilder, rel: str, kind: str, address: str) -> None:
    made.start("link", {"rel": rel, "type": kind, "href": address})
    made.end("link")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
