"""When schools are closed, as a partnership has set it, and which organisations are schools."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, func

from app.clock import Days

_SCHOOL = "school"


def is_school(sector: str) -> bool:
    """Whether the holidays of schools are those of an organisation of this sector."""
    return sector.casefold().startswith(_SCHOOL)


def in_a_school(sector: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """The same as SQL."""
    return func.lower(sector).startswith(_SCHOOL)


def closed(pairs: Sequence[Sequence[str]]) -> tuple[Days, ...]:
    """The `school_holidays` of a partnership as days."""
    return tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in pairs)
