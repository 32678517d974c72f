"""Has a database file hold nothing any more of what was let go."""

from __future__ import annotations

from sqlalchemy.engine import Engine


def wipe(engine: Engine) -> None:
    """Write through to the file of SQLite what stands in its log, in which freed pages are blank (`secure_delete`), and
    empty the log. Where somebody reads meanwhile, it waits for them as long as for a writer, and what is left is done
    when the log is next written through. PostgreSQL does the same by itself when it vacuums the table."""
    if engine.dialect.name != "sqlite":
        return
    borrowed = engine.raw_connection()
    try:
        borrowed.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        borrowed.close()
