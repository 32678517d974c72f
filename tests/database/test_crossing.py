"""A reference from one organisation into another cannot be inserted: every composite key is tried on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import ForeignKeyConstraint, Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Base
from tests.policy.world import build
from tests.shape import facts

facts.mappers()


def composite() -> list[ForeignKeyConstraint]:
    """Every reference that runs over more than one column."""
    tables = Base.metadata.sorted_tables
    return sorted((k for table in tables for k in table.foreign_key_constraints if len(k.columns) > 1), key=named)


def named(key: ForeignKeyConstraint) -> str:
    return f"{key.table.name}.{'+'.join(key.column_keys)}"


def test_there_are_composite_references_to_try() -> None:
    assert len(composite()) >= 18


@pytest.fixture
def peopled(session: Session) -> Session:
    build(session)
    return session


@pytest.mark.parametrize("key", composite(), ids=named)
def test_a_row_cannot_be_made_to_refer_into_another_place(key: ForeignKeyConstraint, peopled: Session) -> None:
    """Take a row that refers to a parent and point it, column by column, at every parent that lies elsewhere."""
    own = {element.parent.name: element.column.name for element in key.elements}
    row, elsewhere = _a_row_and_parents_elsewhere(peopled, key.table, key.referred_table, own)
    ids = [mine for mine, theirs in own.items() if theirs == "id"]
    for moved in (ids, [mine for mine in own if mine not in ids]):
        changes = [{mine: parent[own[mine]] for mine in moved} for parent in elsewhere]
        answers = [_answer(peopled, key.table, row, change) for change in changes]
        assert "" not in answers, f"{named(key)} may refer into another place by {moved}"
        assert any("foreign key" in answer for answer in answers), f"{named(key)} was refused for another reason"
    assert _answer(peopled, key.table, row, {mine: row[mine] for mine in own}) == "", "the row as it was is refused too"


def _a_row_and_parents_elsewhere(
    session: Session, table: Table, parent: Table, own: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A row whose reference is complete, and the rows of the parent's table in which every shared column differs."""
    rows = [dict(row) for row in session.execute(sa.select(table)).mappings()]
    parents = [dict(row) for row in session.execute(sa.select(parent)).mappings()]
    for row in (row for row in rows if all(row[mine] is not None for mine in own)):
        elsewhere = [p for p in parents if all(p[theirs] != row[mine] for mine, theirs in own.items())]
        if elsewhere:
            return row, elsewhere
    raise AssertionError(f"the world holds no {table.name} with a {parent.name} elsewhere")


def _answer(session: Session, table: Table, row: dict[str, Any], change: dict[str, Any]) -> str:
    """Why the database refuses a change to a row, in its own words; empty if it does not. The change is undone."""
    where = [column == row[column.name] for column in table.primary_key.columns]
    nested = session.begin_nested()
    try:
        session.execute(sa.update(table).where(*where).values(change))
    except IntegrityError as refusal:
        return str(refusal.orig).lower()
    finally:
        nested.rollback()
    return ""


def test_whatever_lies_in_an_organisation_refers_to_things_in_it_by_a_composite_key() -> None:
    """A plain reference from a row of an organisation to another row of one would be a hole in the wall."""
    holes = []
    for table in Base.metadata.sorted_tables:
        if "organisation_id" not in table.c:
            continue
        covered = {name for key in table.foreign_key_constraints if len(key.columns) > 1 for name in key.column_keys}
        for key in table.foreign_key_constraints:
            (name, *rest) = key.column_keys
            if not rest and "organisation_id" in key.referred_table.c and name not in covered:
                holes.append(named(key))
    assert holes == []


def test_every_parent_of_a_composite_reference_carries_the_unique_key_it_wants() -> None:
    for key in composite():
        wanted = [element.column.name for element in key.elements]
        uniques = [
            [column.name for column in constraint.columns]
            for constraint in key.referred_table.constraints
            if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        ]
        assert wanted in uniques, named(key)
