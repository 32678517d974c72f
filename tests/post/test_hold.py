"""Nothing is sent while letters are held; a sender that finds an older copy of its database holds them itself (F28)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app.clock import moment_words, now
from app.database import Database, db
from app.post import flow, holding, mark, queries
from app.post.health import letters_go_out
from app.post.holding import Place
from app.post.mark import MARKED_EVERY, Seen, suspicion, unnoted
from app.post.models import Hold, State
from app.post.presence import SenderSeen
from tests import postgres
from tests.conftest import NOW, settings_for
from tests.post.conftest import Hands, Sending, delivery_about
from tests.post.smtp_stub import Stub
from tests.post.toy import owe, prepare
from tests.post.toy_command import toy_command_app

Backup = Callable[[], Callable[[], None]]


def said(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["post", *arguments])


@pytest.fixture
def service(database_url: str, stub: Stub, tmp_path: Path) -> Iterator[Flask]:
    prepare(database_url)
    made = toy_command_app(database_url, stub.port, data_dir=tmp_path)
    with made.app_context():
        yield made
        db.engine.dispose()


@pytest.fixture
def backup(kind: str, database_url: str, request: pytest.FixtureRequest) -> Backup:
    """Makes a copy of the database and gives back the deed that puts it in the database's place."""

    def of_file() -> Callable[[], None]:
        path = Path(database_url.removeprefix("sqlite:///"))
        db.engine.dispose()
        shutil.copy(path, f"{path}.backup")

        def restore() -> None:
            db.engine.dispose()
            for rest in ("-wal", "-shm"):
                Path(f"{path}{rest}").unlink(missing_ok=True)
            shutil.copy(f"{path}.backup", path)

        return restore

    def of_server() -> Callable[[], None]:
        server, name = request.getfixturevalue("server"), database_url.rsplit("/", 1)[1]
        db.engine.dispose()
        postgres.copy_of(server, name, f"{name}_backup")

        def restore() -> None:
            db.engine.dispose()
            postgres.run_statement(server, f'DROP DATABASE "{name}" WITH (FORCE)')
            postgres.run_statement(server, f'ALTER DATABASE "{name}_backup" RENAME TO "{name}"')

        return restore

    return of_file if kind == "sqlite" else of_server


# The hold


def test_nothing_goes_while_letters_are_held_and_all_of_it_after(service: Flask, stub: Stub) -> None:
    owe(db, "a", since=NOW)
    owe(db, "code", since=NOW, urgency=0)
    assert said(service, "hold", "--because", "The relay\nanswers oddly.").output == "Letters are held.\n"
    assert "already" in said(service, "hold", "--because", "Again.").output
    result = said(service, "send", "--once")
    assert (result.exit_code, stub.received) == (1, [])
    assert "Error: Letters are held: The relay answers oddly." in result.output
    assert delivery_about("a").state is State.QUEUED
    assert "Nothing is sent since" in said(service, "status").output.splitlines()[0]
    assert said(service, "release").output == "Letters go out again.\n"
    assert said(service, "release").output == "Letters were not held.\n"
    assert said(service, "send", "--once").exit_code == 0
    assert len(stub.received) == 2


def test_a_hold_stops_a_sender_at_the_next_letter(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, *"abcdef", since=NOW)

    def witness(point: str) -> None:
        if point == "before mark" and len(stub.received) == 2:
            with database.writing() as session:
                holding.put(session, "Now.", hands.at)

    assert not sending(witness=witness).run(once=True)
    assert len(stub.received) == 2


def test_health_is_bad_while_letters_are_held(service: Flask) -> None:
    said(service, "hold", "--because", "x")
    with db.reading() as session:
        assert letters_go_out(session, NOW) == ("letters", False, "letters are held: see flask post status")


# A restored database


def test_an_older_copy_of_the_database_sends_nothing_until_somebody_has_looked(
    service: Flask, stub: Stub, backup: Backup
) -> None:
    owe(db, "a", since=NOW)
    said(service, "send", "--once")
    restore = backup()
    owe(db, "b", "c", since=NOW)
    said(service, "send", "--once")
    known = {delivery_about(about).ref for about in "bc"}
    restore()
    owe(db, "b", "c", since=NOW)
    for _ in range(2):
        result = said(service, "send", "--once")
        assert result.exit_code == 1
        assert "Letters are held: This database is older than what was sent from it" in result.output
    assert len(stub.received) == 3, "a letter went out a second time"
    status = said(service, "status").output
    assert "Letters were sent from the newer one until" in status
    assert f"May have gone out already: 2 letters of the kind “toy”, owed since {moment_words(NOW)}." in status
    said(service, "release")
    assert said(service, "send", "--once").exit_code == 0
    assert len(stub.received) == 5
    assert len(stub.copies()) == 3, "a letter that goes a second time bears the Message-ID that it had"
    assert {delivery_about(about).ref for about in "bc"} == known, "what comes back of the first is known again"
    assert said(service, "send", "--once").exit_code == 0


def test_a_copy_that_is_restored_again_after_a_release_is_found_again(
    service: Flask, stub: Stub, backup: Backup
) -> None:
    owe(db, "a", since=NOW)
    said(service, "send", "--once")
    restore = backup()
    said(service, "hold", "--because", "A rehearsal.")
    said(service, "release")
    owe(db, "b", since=NOW)
    said(service, "send", "--once")
    restore()
    assert said(service, "send", "--once").exit_code == 1
    said(service, "release")
    assert said(service, "send", "--once").exit_code == 0


def test_a_database_restored_under_a_running_sender_is_found_within_seconds(
    database: Database, sending: Sending, stub: Stub, hands: Hands, backup: Backup
) -> None:
    owe(database, "a", since=NOW)
    sender = sending()
    sender.run(once=True)
    restore = backup()
    owe(database, "b", since=NOW)
    hands.at += MARKED_EVERY
    sender.run(once=True)
    hands.at += MARKED_EVERY
    sender.run(once=True)
    restore()
    owe(database, "b", since=NOW)
    hands.at += MARKED_EVERY
    assert not sender.run(once=True)
    assert len(stub.received) == 2


def beside_it(backup: Path, place: Path) -> None:
    """Restored as rsync does: a new file takes the place of the old one, with the time of the backup."""
    shutil.copy2(backup, f"{place}.new")
    Path(f"{place}.new").replace(place)


def into_it(backup: Path, place: Path) -> None:
    """Restored as cp does: the same file gets the old content and a new time."""
    shutil.copy(backup, place)
    later = place.stat().st_mtime + 60
    os.utime(place, (later, later))


@pytest.mark.parametrize("restore", [beside_it, into_it])
def test_a_data_folder_restored_with_its_mark_is_found_too(
    service: Flask, stub: Stub, tmp_path: Path, restore: Callable[[Path, Path], None]
) -> None:
    owe(db, "a", since=NOW)
    said(service, "send", "--once")
    shutil.copy2(tmp_path / "sent-mark.json", tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "sent-mark.json")
    owe(db, "b", since=NOW)
    assert "DATA_DIR was restored" in said(service, "send", "--once").output
    assert len(stub.received) == 1
    said(service, "release")
    assert said(service, "send", "--once").exit_code == 0
    assert said(service, "send", "--once").exit_code == 0


def test_another_database_is_no_older_copy(service: Flask, stub: Stub, tmp_path: Path) -> None:
    mark.write(tmp_path, Place("another", 4, 4_000), NOW)
    owe(db, "a", since=NOW)
    assert said(service, "send", "--once").exit_code == 0
    seen = mark.read(tmp_path)
    assert seen and seen.place.origin not in ("", "another")


@pytest.mark.parametrize(
    ("origin", "era", "tries", "copied", "held"),
    [
        ("o", 1, 10, False, False),
        ("o", 1, 11, False, False),
        ("o", 1, 9, False, True),
        ("o", 0, 99, False, True),
        ("o", 2, 1, False, False),
        ("o", 1, 10, True, True),
        ("o", 2, 10, True, False),
        ("p", 0, 1, True, False),
        ("", 0, 0, False, False),
        ("", 0, 5, False, True),
    ],
)
def test_what_lies_behind_the_mark_is_an_older_copy(
    origin: str, era: int, tries: int, copied: bool, held: bool
) -> None:
    assert bool(suspicion(Place(origin, era, tries), Seen(Place("o", 1, 10), NOW, copied))) is held
    assert suspicion(Place(origin, era, tries), None) == ""


def gone_from_here(folder: Path, seen: timedelta) -> None:
    """As on a machine that knows nothing of the database, from which a sender was last there so long ago."""
    (folder / "sent-mark.json").unlink()
    with db.writing() as session:
        session.execute(sa.update(SenderSeen).values(at=now() - seen))


def test_a_machine_that_has_no_note_of_a_database_sends_nothing_from_it_until_somebody_has_looked(
    service: Flask, stub: Stub, tmp_path: Path
) -> None:
    owe(db, "a", since=NOW)
    assert said(service, "send", "--once").exit_code == 0, "a new database"
    gone_from_here(tmp_path, flow.SENDER_SILENT / 2)
    owe(db, "b", since=NOW)
    assert said(service, "send", "--once").exit_code == 0, "a second sender beside another on its machine"
    gone_from_here(tmp_path, flow.SENDER_SILENT * 2)
    owe(db, "c", since=NOW)
    for _ in range(2):
        result = said(service, "send", "--once")
        assert result.exit_code == 1 and "this machine has no note of it: it was restored, or moved" in result.output
    assert len(stub.received) == 2
    with db.reading() as session:
        held = queries.hold(session)
        assert held and held.sent_until and now() - held.sent_until > flow.SENDER_SILENT
    with db.writing() as session:
        session.execute(sa.update(SenderSeen).values(at=now() - 2 * flow.SENDER_SILENT))
    said(service, "release")
    assert said(service, "send", "--once").exit_code == 0, "somebody has looked, though no sender was there since"
    assert len(stub.received) == 3


SILENT, THERE = NOW - flow.SENDER_SILENT - timedelta(seconds=1), NOW - flow.SENDER_SILENT


@pytest.mark.parametrize(
    ("place", "origin", "there", "let_go", "held"),
    [
        (Place("o", 0, 1), "", SILENT, None, True),
        (Place("o", 0, 1), "", None, None, True),
        (Place("o", 0, 1), "another", SILENT, None, True),
        (Place("o", 0, 1), "o", SILENT, None, False),
        (Place("o", 0, 1), "", THERE, None, False),
        (Place("o", 0, 1), "", NOW + timedelta(hours=1), None, False),
        (Place("o", 1, 1), "", SILENT, SILENT, False),
        (Place("o", 1, 1), "", None, SILENT, False),
        (Place("o", 1, 1), "", SILENT, SILENT - timedelta(days=1), True),
        (Place("o", 0, 0), "", SILENT, None, False),
        (Place("", 0, 0), "", None, None, False),
    ],
)
def test_what_was_sent_from_and_has_no_mark_here_was_restored_or_moved(
    place: Place, origin: str, there: datetime | None, let_go: datetime | None, held: bool
) -> None:
    seen = Seen(Place(origin, 0, 1), NOW, copied=False) if origin else None
    assert bool(unnoted(place, seen, there, let_go, NOW)) is held


@pytest.mark.parametrize("content", ["", "{", "[]", '{"origin": "o"}', "\ufffd"])
def test_a_mark_that_says_nothing_counts_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "sent-mark.json").write_text(content, encoding="utf-8")
    assert mark.read(tmp_path) is None


def test_the_mark_is_written_whole_and_seldom(
    database: Database, sending: Sending, hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Any] = []
    monkeypatch.setattr(mark, "write", lambda *told: written.append(told))
    owe(database, *[f"n{i}" for i in range(30)], since=NOW)
    sender = sending()
    sender.run(once=True)
    assert [place.tries for _, place, _ in written] == [0, 30]
    monkeypatch.undo()
    mark.write(tmp_path, Place("o", 1, 2), NOW)
    assert json.loads((tmp_path / "sent-mark.json").read_text())["tries"] == 2
    assert [path.name for path in tmp_path.glob("sent-mark*")] == ["sent-mark.json"]


def test_a_folder_that_cannot_be_used_stops_no_letter_and_is_told(
    database: Database, sending: Sending, stub: Stub, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    owe(database, "a", since=NOW)
    settings = settings_for("", tmp_path / "file" / "folder", mail_port=stub.port)
    sender = sending(settings=settings)
    assert not sender.run(once=True)
    assert "DATA_DIR cannot be used" in sender.trouble
    assert len(stub.received) == 1


def test_lifting_a_hold_begins_an_era_beyond_what_the_mark_saw(database: Database) -> None:
    with database.writing() as session:
        holding.put(session, "Older.", NOW, seen_era=7, sent_until=NOW - timedelta(hours=1))
    with database.writing() as session:
        assert holding.lift(session, NOW)
        assert holding.place(session).era == 8
        assert queries.hold(session) is None
        assert session.scalars(sa.select(Hold.puts).order_by(Hold.id)).all() == [True, False]


def test_a_sender_leaves_word_that_it_is_there_once_a_minute(
    sending: Sending, hands: Hands, database: Database
) -> None:
    def there() -> object:
        with database.reading() as session:
            return flow.sender_seen(session)

    assert there() is None
    began = hands.at
    sending().run(once=True)
    assert there() == began
    hands.move(seconds=30)
    sending().run(once=True)
    assert there() == began
    hands.move(minutes=1)
    sending().run(once=True)
    assert there() == hands.at
