"""Databases on small disks that can be filled to the last byte: SQLite's file, PostgreSQL's data, and its log too.

The disks are in memory (tmpfs), and not every machine lets this process mount them. PostgreSQL has a server of its own
here: it goes down where its log finds no space, and whoever runs it has to start it again.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from app.upgrading import upgrade
from tests import postgres
from tests.faults.lines import Ground

SIZE = 64 * 1024 * 1024
NO_DISK = "a small disk (tmpfs) that may be mounted"
NO_SERVER = "a PostgreSQL that tests may put on a small disk (not TEST_DATABASE_URL)"
FILE, DATA, LOG = "disk full", "data disk full", "data and log disks full"
PAGES_ARE_FULL = """
    DO $$ DECLARE one text; BEGIN
        FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
        LOOP EXECUTE format('ALTER TABLE %I SET (fillfactor={percent})', one); END LOOP;
    END $$
"""
LOG_IS_FULL = """
    WITH files AS (
        SELECT max(('x' || right(name, 8))::bit(32)::int) AS last FROM pg_ls_waldir() WHERE length(name) = 24
    )
    SELECT pg_logical_emit_message(false, '', repeat('x', (room * 8168 / 8192)::int - 1000))
    FROM (SELECT (last + 1) * 1048576::bigint - (pg_current_wal_insert_lsn() - '0/0') AS room FROM files) AS there
"""  # its files are of 1 MiB, and each page of 8 KiB has a head of 24 bytes


class Small:
    """An empty database on a small disk. `take` leaves it no space and `give` gives it space again; `sound` is whether
    the database says that nothing in it is broken. `fits`: something may find room all the same."""

    fits = False

    def __init__(self, brief: str, url: str, *disks: Path) -> None:
        self.brief, self.url, self.fillers = brief, url, [disk / "filler" for disk in disks]

    def take(self) -> None:
        """Every byte: what is left after large blocks goes in small ones."""
        for filler in self.fillers:
            with filler.open("wb", buffering=0) as file:
                for block in (1 << 20, 1 << 12, 1):
                    with suppress(OSError):
                        while file.write(bytes(block)) == block:
                            pass

    def give(self) -> None:
        for filler in self.fillers:
            filler.unlink()

    def sound(self) -> bool:
        raise NotImplementedError


class SmallFile(Small):
    """SQLite's. What its log holds in reserve is taken, too."""

    def take(self) -> None:
        assert self._asked("PRAGMA wal_checkpoint(TRUNCATE)")[0] == 0, "somebody is in the midst of writing"
        super().take()

    def sound(self) -> bool:
        return self._asked("PRAGMA integrity_check") == ("ok",)

    def _asked(self, pragma: str) -> tuple[object, ...]:
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
            answer: tuple[object, ...] = connection.execute(pragma).fetchone()
            return answer


class SmallData(Small):
    """PostgreSQL's, where its log has a disk with space. What is written may find room in a page that has some: pages
    are said to be full when a tenth is taken, so that most of it needs new ones."""

    fits = True

    def take(self) -> None:
        self._asked(PAGES_ARE_FULL.format(percent=10))
        super().take()

    def give(self) -> None:
        super().give()
        self._begin_again()
        self._asked(PAGES_ARE_FULL.format(percent=100))

    def _begin_again(self) -> None:
        """What whoever runs PostgreSQL has to do."""

    def sound(self) -> bool:
        url = sa.make_url(self.url)
        where = ("-h", str(url.host), "-p", str(url.port), "-U", str(url.username), "-d", str(url.database))
        with suppress(subprocess.CalledProcessError):
            postgres.run("pg_amcheck", *where, "--install-missing", "--heapallindexed", "--parent-check")
            return True
        return False

    def _asked(self, statement: str) -> list[Any]:
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            answer = connection.execute(sa.text(statement))
            return list(answer) if answer.returns_rows else []


class SmallLog(SmallData):
    """PostgreSQL's, where its log has no space either. It begins a new file with the next that is written: it goes down
    then, and comes up only where there is space."""

    def __init__(self, brief: str, url: str, folder: Path, *disks: Path) -> None:
        super().__init__(brief, url, *disks)
        self.folder = folder

    def take(self) -> None:
        self._asked("CHECKPOINT")
        super().take()
        with suppress(sa.exc.OperationalError):  # it may go down at that
            self._asked(LOG_IS_FULL)

    def _begin_again(self) -> None:
        postgres.run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "-w", "restart")


@contextmanager
def small_databases(ground: Ground) -> Iterator[list[Small] | str]:
    """An empty database of each sort that there is of a kind; what is missing, where there can be none."""
    with ExitStack() as stack:
        if ground.kind != "SQLite" and not postgres.is_ours():
            yield NO_SERVER
            return
        folder = Path(tempfile.mkdtemp(prefix="circle-disk-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        disks = [folder / name for name in ("data", "log")[: 1 if ground.kind == "SQLite" else 2]]
        if not all(stack.enter_context(_mounted(disk)) for disk in disks):
            yield NO_DISK
        elif ground.kind == "SQLite":
            shutil.copy(ground.fresh().removeprefix("sqlite:///"), disks[0] / "full.sqlite")
            yield [SmallFile(FILE, f"sqlite:///{disks[0]}/full.sqlite", *disks)]
        else:
            for disk in disks:
                postgres.hand_to_server(disk)
            server = stack.enter_context(postgres.server(log=disks[1] / "log"))
            own = postgres.folder_of(server)
            yield [
                SmallData(DATA, _database(server, disks[0], "data_full"), disks[0]),
                SmallLog(LOG, _database(server, disks[0], "log_full"), own, *disks),
            ]


def _database(server: URL, disk: Path, name: str) -> str:
    place = disk / name
    place.mkdir()
    postgres.hand_to_server(place)
    postgres.run_statement(server, f"CREATE TABLESPACE {name} LOCATION '{place}'")
    postgres.run_statement(server, f"CREATE DATABASE {name} TABLESPACE {name}")
    url = server.set(database=name).render_as_string(hide_password=False)
    upgrade(url)
    return url


@contextmanager
def _mounted(folder: Path) -> Iterator[bool]:
    """Whether a folder is a disk of its own now."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
