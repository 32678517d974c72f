"""What a database is made of, as sentences that can be compared: every column, CHECK, key, index and trigger."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

_COLUMNS = """
SELECT c.relname || ' column ' || a.attnum || ': ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
       || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""
_CONSTRAINTS = """
SELECT c.relname || ' ' || k.conname || ': ' || pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = 'public'::regnamespace
"""
_INDEXES = "SELECT tablename || ' index: ' || indexdef FROM pg_indexes WHERE schemaname = 'public'"
_OTHERS = """
SELECT 'sequence ' || relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typtype IN ('e', 'd') AND typnamespace = 'public'::regnamespace
UNION ALL SELECT 'view ' || relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
"""
_TRIGGERS = """
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def described(engine: Engine, *, triggers: bool = False) -> list[str]:
    """Everything in a database but Alembic's own table; triggers, which no model knows, only when asked for."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return _of_sqlite(connection, triggers)
        statements = [_COLUMNS, _CONSTRAINTS, _INDEXES, _OTHERS, *([_TRIGGERS] if triggers else [])]
        found = [str(row) for statement in statements for row in connection.scalars(sa.text(statement))]
        return sorted(line for line in found if "alembic_version" not in line)


def _of_sqlite(connection: Connection, triggers: bool) -> list[str]:
    kinds = ("table", "index", "view", *(["trigger"] if triggers else []))
    rows = connection.execute(sa.text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    found: list[str] = []
    for kind, name, sql in rows:
        if kind in kinds and name != "alembic_version":
            found += [f"{name}: {line}" for line in _lines(sql)]
    return sorted(found)


def _lines(sql: str) -> list[str]:
    """A statement's lines in their order where that matters: columns are numbered, constraints are not."""
    sql = re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", sql)  # a table that was renamed has its name in quotes
    sql = re.sub(r", (\w+ [A-Z]+\b)", r",\n\1", sql)  # a column that was added stands on the line of the one before
    lines = [re.sub(r"\s+", " ", line).strip().rstrip(",") for line in sql.splitlines()]
    lines = [line for line in lines if line]
    columns = [line for line in lines if not line.startswith(("CONSTRAINT", "CREATE", ")", "PRIMARY KEY"))]
    return [f"{columns.index(line)} {line}" if line in columns else line for line in lines]
