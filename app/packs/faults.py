"""What is wrong with a pack folder: every fault at once, each with its file, its line and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import Invalid
from app.text import counted

FACTS, BRIEFING, IMAGES = "pack.yaml", "briefing.md", "images"


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend. `line` counts from 1; it is 0 where the whole file is meant."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class PackFaults(Invalid):
    """A pack folder that cannot be published. `faults` holds all of them by line: those of pack.yaml, then of
    briefing.md, then of its pictures."""

    def __init__(self, folder: str, faults: Sequence[Fault]) -> None:
        self.folder = folder
        self.faults = sorted(set(faults), key=lambda one: (one.file.startswith(IMAGES), one.file == BRIEFING, one))
        super().__init__(f"The pack “{folder}” cannot be published: {counted(len(self.faults), 'thing')} to mend.")

    def __str__(self) -> str:
        return "\n".join([self.message, *map(str, self.faults)])
