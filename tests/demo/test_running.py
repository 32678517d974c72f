"""`make run`: what stands in the way is one sentence; a real run serves, sends, stops and keeps what was done."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.demo import running
from app.settings import ROOT, SettingsFault
from app.upgrading import upgrade
from tests.ports import own_port

BARE = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}


def command(folder: Path, port: int, output: object = subprocess.PIPE, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "demo", "run"],
        cwd=ROOT,
        env={**BARE, "DATA_DIR": str(folder), "PORT": str(port), **environ},
        stdout=output,  # type: ignore[arg-type]
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextlib.contextmanager
def demonstration(folder: Path, port: int, said: Path) -> Iterator[subprocess.Popen[str]]:
    with said.open("w") as output:
        process = command(folder, port, output)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                break
            assert process.poll() is None, said.read_text()
            time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def letters(folder: Path, wanted: int) -> list[Path]:
    for _ in range(300):
        found = sorted((folder / "mailbox").glob("*.eml"))
        if len(found) >= wanted:
            return found
        time.sleep(0.1)
    return found


def test_a_first_run_serves_and_sends_and_a_second_keeps_what_was_done(tmp_path: Path) -> None:
    folder, said = tmp_path / "data", tmp_path / "said"
    with demonstration(folder, own_port(), said) as process:
        first = letters(folder, 5)
        assert len(first) >= 5
        assert (folder / "demonstration-key").stat().st_mode & 0o777 == 0o600
    assert process.returncode == 0
    assert "Making the demonstration partnership." in said.read_text()
    assert "Start here:" in said.read_text()
    assert "Local mailbox:" in said.read_text()
    key = (folder / "demonstration-key").read_text()
    with demonstration(folder, own_port(), said):
        assert sorted((folder / "mailbox").glob("*.eml"))[: len(first)] == first
    assert "Making the demonstration" not in said.read_text()
    assert (folder / "demonstration-key").read_text() == key


def test_a_sender_that_dies_is_started_again(tmp_path: Path) -> None:
    port = own_port()
    with demonstration(tmp_path, port, tmp_path / "said") as process:
        letters(tmp_path, 1)
        senders = _children(process.pid, "post")
        assert len(senders) == 1
        os.kill(senders[0], signal.SIGKILL)
        for _ in range(100):
            fresh = _children(process.pid, "post")
            if fresh and fresh != senders:
                break
            time.sleep(0.1)
        assert fresh
        assert fresh != senders
    assert _children(process.pid, "post") == []


def _children(parent: int, word: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_child = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent
            if is_child and word in (path / "cmdline").read_text().split("\0"):
                found.append(int(path.name))
    return found


def test_a_taken_port_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said, _ = command(tmp_path, port).communicate(timeout=60)
    assert f"Port {port} is taken. Choose another: make run PORT={port + 1}" in said
    assert "Traceback" not in said


def test_a_second_run_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with ExitStack() as stack:
        running.claim(stack, tmp_path, own_port())
        with ExitStack() as other, pytest.raises(SettingsFault, match="running already"):
            running.claim(other, tmp_path, own_port())


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("SECRET_KEY", "x" * 40, "SECRET_KEY"),
        ("SECRET_KEY_BEFORE", "x" * 40, "SECRET_KEY"),
        ("SERVICE_URL", "https://circulation.example.gov.uk", "SERVICE_URL"),
        ("MAIL_SERVER", "mail.example.gov.uk", "MAIL_SERVER"),
    ],
)
def test_real_keys_addresses_and_mail_servers_are_refused(tmp_path: Path, name: str, value: str, word: str) -> None:
    with pytest.raises(SettingsFault) as refused:
        running.settings_for({name: value, "DATA_DIR": str(tmp_path)}, 2525)
    assert [word in fault for fault in refused.value.faults] == [True]


def test_a_database_of_somebody_real_is_refused(tmp_path: Path) -> None:
    from sqlalchemy.orm import Session

    from app.engines import make_engine
    from tests import factories as make

    url = f"sqlite:///{tmp_path / 'real.sqlite'}"
    upgrade(url)
    engine = make_engine(url)
    with Session(engine) as session:
        make.person(session)
        session.commit()
    engine.dispose()
    said, _ = command(tmp_path, own_port(), DATABASE_URL=url).communicate(timeout=60)
    assert "This database holds people whom the demonstration did not make" in said
    assert "Traceback" not in said


def test_a_database_of_somebody_real_is_not_even_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "real.sqlite"
    url = f"sqlite:///{file}"
    upgrade(url, "0008")  # before the mark of a demonstration had a table
    with contextlib.closing(sqlite3.connect(file)) as real:
        real.execute("INSERT INTO person (name, ref) VALUES ('Somebody', 'aaaaaaaaaaaa')")
        real.commit()
        said, _ = command(tmp_path, own_port(), DATABASE_URL=url).communicate(timeout=60)
        assert "This database holds people whom the demonstration did not make" in said
        assert real.execute("SELECT version_num FROM alembic_version").fetchall() == [("0008",)]


def test_a_full_disk_and_a_folder_that_cannot_be_used_are_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        file = tmp_path / "file"
        file.write_text("")
        with pytest.raises(SettingsFault, match="cannot be used"):
            running.claim(stack, file / "below", own_port())
        monkeypatch.setattr(running, "ROOM", 2**60)
        with pytest.raises(SettingsFault, match="The disk is full"):
            running.claim(stack, tmp_path, own_port())
