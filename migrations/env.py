"""Runs migrations in one transaction: on SQLite with foreign keys checked at its end, on PostgreSQL under a lock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from app.database import Base
from app.engines import make_engine

LOCK = 20210430


def run() -> None:
    engine = make_engine(context.config.attributes["url"], foreign_keys=False)
    try:
        with engine.connect() as connection:
            _migrate(connection)
    finally:
        engine.dispose()


def _migrate(connection: sa.Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Two starts at once: the second waits, then finds nothing to do.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            # A page gives up after a minute; what is done once to all that there is may take longer.
            connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        context.run_migrations()
        if connection.dialect.name == "sqlite" and (
            broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        ):
            raise RuntimeError(f"the migration would leave references that point nowhere: {broken[:5]}")


run()
