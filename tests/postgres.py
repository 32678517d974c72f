"""A PostgreSQL for the tests: TEST_DATABASE_URL if it is set, else a throw-away server of the binaries on this machine.

As root the server runs as the user `postgres`, since PostgreSQL refuses root.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from tests.ports import own_port


def binaries() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, or None where PostgreSQL is not installed."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


def is_here() -> bool:
    """Whether tests can have a PostgreSQL."""
    return bool(os.environ.get("TEST_DATABASE_URL")) or binaries() is not None


def is_ours() -> bool:
    """Whether the server is one that tests may stop."""
    return not os.environ.get("TEST_DATABASE_URL")


@contextlib.contextmanager
def server(*, log: Path | None = None, tended: bool = False) -> Iterator[URL]:
    """The URL of a running server's `postgres` database; a server of our own is stopped and removed at the end. It may
    have its `log`, in which it notes what is written before it is, in a folder somewhere else, in small files. If it
    is `tended` it counts its rows by itself, as every server does that is not told otherwise."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="circle-pg-"))
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        port = _start(folder, log, tended)
        cleanup.callback(run, "pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
        yield URL.create("postgresql+psycopg", "postgres", host="127.0.0.1", port=port, database="postgres")


def hand_to_server(folder: Path) -> None:
    """Have a folder be the server's own."""
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")


def folder_of(server_url: URL) -> Path:
    """Where a running server keeps its data."""
    engine = sa.create_engine(server_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return Path(str(connection.scalar(sa.text("SHOW data_directory"))))


def _start(folder: Path, log: Path | None, tended: bool) -> int:
    hand_to_server(folder)
    folder.chmod(0o755)
    port = own_port()
    data = str(folder / "data")
    elsewhere = [f"--waldir={log}", "--wal-segsize=1"] if log else []
    known = ("-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    run("initdb", "-D", data, *known, *elsewhere)
    # The databases are thrown away: what a power cut would lose does not matter here.
    # Nothing is counted behind the tests' back: a plan that a test looks at must not depend on when that was done last.
    flags = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300"
    flags += " -c fsync=off" + ("" if tended else " -c autovacuum=off") + (" -c max_wal_size=16MB" if log else "")
    run("pg_ctl", "-D", data, "-o", flags, "-l", str(folder / "log"), "-w", "start")
    return port


def run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL to its good end."""
    place = binaries()
    assert place, "PostgreSQL is not installed"
    command = [str(place / program), *arguments]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def run_statement(server_url: URL, statement: str) -> None:
    """Run one statement outside a transaction, on the server's own database."""
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def copy_of(server_url: URL, template: str, name: str) -> URL:
    """A new database that begins as a copy of a template database."""
    run_statement(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server_url.set(database=name)
