"""Saved lists as plain values: what the page shows of one, and what of one can be ticked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Kept:
    """A saved list as the page shows it: what it is called, how much is on it, who saved it and when."""

    ref: str
    name: str
    teams: int
    organisations: int
    by: str
    at: datetime


@dataclass
class Ticks:
    """What of a list can be ticked today: references of organisations and teams. `gone` are those that are no longer
    here, by the names they had; `followed` those that went over into others, with the names of these."""

    name: str
    organisations: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)
    followed: list[tuple[str, list[str]]] = field(default_factory=list)
