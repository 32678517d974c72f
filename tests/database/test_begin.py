"""How a transaction begins and with which settings: whoever may write waits for the right to, whoever reads cannot."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError
from sqlalchemy.orm import Session

from app.database import db
from app.engines import BUSY_SECONDS, make_engine
from app.organisations.models import Leave, Organisation
from tests import postgres
from tests.conftest import fresh
from tests.factories import organisation


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def sqlite(templates: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine for what only SQLite knows."""
    made = make_engine(fresh("sqlite", templates, tmp_path, request))
    yield made
    made.dispose()


@pytest.fixture
def postgresql(templates: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine for what only PostgreSQL knows."""
    url = fresh("postgresql", templates, tmp_path, request)
    made = make_engine(url)
    yield made
    made.dispose()
    name = url.rsplit("/", 1)[1]
    postgres.run_statement(request.getfixturevalue("server"), f'DROP DATABASE "{name}" WITH (FORCE)')


def reading(engine: Engine) -> Engine:
    return engine.execution_options(writes=False)


@pytest.mark.parametrize(
    "statement", ["INSERT INTO organisation (code) VALUES ('a')", "DELETE FROM person", "CREATE TABLE a (b INTEGER)"]
)
def test_a_transaction_that_reads_cannot_write_because_the_database_refuses(statement: str, engine: Engine) -> None:
    with reading(engine).connect() as connection:
        connection.execute(sa.text("SELECT count(*) FROM person"))
        with pytest.raises((OperationalError, InternalError), match=r"readonly|read-only"):
            connection.execute(sa.text(statement))


def test_the_same_connection_writes_after_it_has_read_and_reads_after_it_has_written(engine: Engine) -> None:
    for number in range(3):
        with Session(reading(engine)) as session:
            assert len(session.scalars(sa.select(Organisation)).all()) == number
        with Session(engine) as session, session.begin():
            organisation(session)
    with reading(engine).connect() as connection, pytest.raises(DBAPIError):
        connection.execute(sa.text("DELETE FROM organisation"))


def test_whatever_may_write_holds_the_right_to_from_its_first_moment(sqlite: Engine) -> None:
    with sqlite.connect() as connection, connection.begin():
        other = sqlite3.connect(sqlite.url.database or "", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM person").fetchone() == (0,)
        other.close()


def test_whatever_reads_holds_nobody_up_and_sees_one_moment(sqlite: Engine) -> None:
    with Session(reading(sqlite)) as reader:
        assert reader.scalars(sa.select(Organisation)).all() == []
        with Session(sqlite) as writer, writer.begin():
            organisation(writer)
        assert reader.scalars(sa.select(Organisation)).all() == []
        reader.rollback()
        assert len(reader.scalars(sa.select(Organisation)).all()) == 1


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", BUSY_SECONDS * 1000)],
)
def test_every_connection_has_the_settings_that_keep_data_safe(pragma: str, value: object, sqlite: Engine) -> None:
    held = [reading(sqlite).connect() for _ in range(3)]
    assert {connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for connection in held} == {value}
    for connection in held:
        connection.close()


def test_a_database_that_cannot_keep_its_settings_is_refused_at_once() -> None:
    memory = make_engine("sqlite://")
    with pytest.raises(RuntimeError, match="did not take its settings"):
        memory.connect()
    memory.dispose()


def test_whoever_opens_a_new_file_at_once_waits_for_the_others(tmp_path: Path) -> None:
    # SQLite itself refuses about one in seventy: so many rounds meet it.
    for number in range(60):
        url, at_once, journals = f"sqlite:///{tmp_path / str(number)}", threading.Barrier(8), []

        def opens(url: str = url, at_once: threading.Barrier = at_once, journals: list[str] = journals) -> None:
            made = make_engine(url)
            at_once.wait()
            with made.connect() as connection:
                journals.append(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
            made.dispose()

        openers = [threading.Thread(target=opens) for _ in range(8)]
        for opener in openers:
            opener.start()
        for opener in openers:
            opener.join()
        assert journals == ["wal"] * 8


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    made = make_engine(f"sqlite:///{tmp_path / 'a' / 'b' / 'service.sqlite'}")
    with made.connect():
        assert (tmp_path / "a" / "b" / "service.sqlite").is_file()
    made.dispose()


@pytest.mark.parametrize(
    ("setting", "value"), [("lock_timeout", "10s"), ("statement_timeout", "1min"), ("TimeZone", "UTC")]
)
def test_every_connection_waits_so_long_and_no_longer(setting: str, value: str, postgresql: Engine) -> None:
    with postgresql.connect() as connection:
        assert connection.scalar(sa.text("SELECT current_setting(:name)"), {"name": setting}) == value


def test_a_connection_that_the_server_dropped_is_replaced_before_it_is_used(postgresql: Engine) -> None:
    with postgresql.connect() as connection:
        mine = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    killer = make_engine(postgresql.url.render_as_string(hide_password=False))
    with killer.connect() as connection:
        assert connection.scalar(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
    killer.dispose()
    with postgresql.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_postgresql_still_knows_what_was_prepared_for_whoever_only_reads(postgresql: Engine) -> None:
    app = Flask("reading")
    app.extensions["database_engine"] = postgresql
    with app.app_context():
        for _ in range(7):
            with db.reading() as session:
                session.scalars(sa.select(Organisation.name)).all()
        with db.reading() as session:
            prepared = session.scalars(sa.text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("organisation" in statement for statement in prepared)


def test_the_plain_name_of_postgresql_means_the_driver_that_is_installed(postgresql: Engine) -> None:
    made = make_engine(
        str(postgresql.url.render_as_string(hide_password=False)).replace("postgresql+psycopg", "postgresql")
    )
    assert made.url.drivername == "postgresql+psycopg"
    made.dispose()


def test_a_reference_to_nothing_is_refused(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Leave(person_id=10**6, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 2)))
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
            session.flush()


def counted(app: Flask, times: int) -> None:
    """Read a number and write the next one, so many times, each in a transaction of its own."""
    for _ in range(times):
        with app.app_context(), db.writing() as session:
            row = session.scalars(sa.select(Organisation).with_for_update()).one()
            row.name = str(int(row.name) + 1)


def test_no_update_is_lost_however_many_write_at_once(app: Flask) -> None:
    with db.writing() as session:
        organisation(session, name="0")
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(counted, app, 50) for _ in range(8)]:
            done.result()
    with db.reading() as session:
        assert session.scalars(sa.select(Organisation.name)).one() == "400"


def break_off() -> None:
    with db.writing() as session:
        organisation(session, code="undone")
        raise ZeroDivisionError


def test_a_writing_block_is_kept_when_it_ends_and_undone_when_it_breaks(app: Flask) -> None:
    with db.writing() as session:
        organisation(session, code="kept")
    with pytest.raises(ZeroDivisionError):
        break_off()
    with db.reading() as session:
        assert session.scalars(sa.select(Organisation.code)).all() == ["kept"]


def test_a_reading_block_refuses_to_write(app: Flask) -> None:
    with db.reading() as session, pytest.raises(DBAPIError):
        organisation(session)
