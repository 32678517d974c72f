"""The pack folders on this machine, and how each compares with what is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.packs.content import PackContent
from app.packs.faults import Fault, PackFaults
from app.packs.folder import read_folder
from app.settings import ROOT

SHELF = ROOT / "packs"


@dataclass(frozen=True)
class Found:
    """A pack folder: what it holds, or what is wrong with it. `edition` is the number published, 0 for none."""

    slug: str
    content: PackContent | None
    faults: tuple[Fault, ...]
    edition: int
    is_published: bool


def folders(published: Mapping[str, tuple[int, str]], shelf: Path = SHELF) -> list[Found]:
    """Every pack folder, by name; `published` holds number and digest of the newest edition by slug."""
    paths: Iterable[Path] = sorted(p for p in shelf.iterdir() if p.is_dir() and not p.name.startswith("."))
    return [_found(path, published.get(path.name)) for path in paths]


def _found(path: Path, edition: tuple[int, str] | None) -> Found:
    number, digest = edition or (0, "")
    try:
        content = read_folder(path)
    except PackFaults as wrong:
        return Found(path.name, None, tuple(wrong.faults), number, False)
    return Found(path.name, content, (), number, content.digest == digest)
