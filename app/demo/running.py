"""`make run`: the demonstration as a person starts it, from an empty folder to pages, letters and a mailbox.

One process looks after the others: the local mailbox in itself, the web server and the sender as children, which it
starts again if they die and ends with itself. Whatever stands in the way is said in one sentence.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TextIO
from urllib.parse import urlsplit

from app.demo.mailbox import server
from app.settings import Settings, SettingsFault, is_loopback

ROOM = 64 * 1024 * 1024
PATIENCE = 60
SENDER_ADDRESS = "learning-circulation@demonstration.gov.uk"
Say = Callable[[str], None]


def settings_for(environ: Mapping[str, str], mail_port: int) -> dict[str, str]:
    """The environment of a demonstration, from the one given. Raises `SettingsFault` for what it refuses."""
    given = Settings.from_environment(environ)
    faults = []
    if given.secret_key or given.secret_key_before:
        faults.append("A demonstration makes its own SECRET_KEY. Take yours out: it may be that of a real service.")
    if given.service_url and not is_loopback(urlsplit(given.service_url).hostname or ""):
        faults.append("A demonstration serves this machine only. Take SERVICE_URL out.")
    if given.mail_server and not is_loopback(given.mail_server):
        faults.append("A demonstration keeps its letters on this machine. Take MAIL_SERVER out.")
    if faults:
        raise SettingsFault(faults)
    return {
        **environ,
        "DEMONSTRATION": "1",
        "SECRET_KEY": _kept_key(given.data_dir),
        "SERVICE_URL": given.service_url or f"http://localhost:{given.port}",
        "DATA_DIR": str(given.data_dir),
        "DATABASE_URL": given.database_url,
        "PORT": str(given.port),
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(mail_port),
        "MAIL_USE_TLS": "0",
        "MAIL_USE_SSL": "0",
        "MAIL_DEFAULT_SENDER": SENDER_ADDRESS,
    }


def _kept_key(folder: Path) -> str:
    """A key of the demonstration's own, kept so that a restart signs nobody out. Only its owner can read the file."""
    path = folder / "demonstration-key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def claim(stack: ExitStack, folder: Path, port: int) -> None:
    """Make sure of the folder, some room on the disk and the port. Raises `SettingsFault` with one sentence."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock: TextIO = stack.enter_context((folder / "running.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SettingsFault(
            [f"The demonstration in {folder} is running already. Stop it first, or set DATA_DIR."]
        ) from None
    except OSError as fault:
        raise SettingsFault([told(fault, folder)]) from None
    if shutil.disk_usage(folder).free < ROOM:
        raise SettingsFault([told(OSError(errno.ENOSPC, ""), folder)])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SettingsFault([f"Port {port} is taken. Choose another: make run PORT={port + 1}"]) from None


def told(fault: OSError, folder: Path) -> str:
    """What the machine refused, in one sentence."""
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: the demonstration needs about {ROOM // 1024 // 1024} MB in {folder}."
    return f"The folder {folder} cannot be used: {fault.strerror}. Set DATA_DIR to one that can."


def free_port() -> int:
    """A port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve(environ: dict[str, str], say: Say) -> None:
    """Serve until asked to stop: start the mailbox, the web server and the sender, and keep them alive."""
    folder, port = Path(environ["DATA_DIR"]), environ["PORT"]
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with ExitStack() as stack:
        mailbox = server(folder / "mailbox", int(environ["MAIL_PORT"]))
        mailbox.start()
        stack.callback(mailbox.stop)
        web = ["gunicorn", "app:serving()", "--worker-class=gthread", "--workers=2", "--threads=8", "--timeout=120"]
        web += [f"--bind=127.0.0.1:{port}", "--log-level=warning", "--graceful-timeout=10", "--keep-alive=75"]
        children = {
            "web server": _Child([sys.executable, "-m", *web], environ, stack),
            "sender": _Child([sys.executable, "-m", "flask", "--app", "app", "post", "send"], environ, stack),
        }
        if _answers(f"http://127.0.0.1:{port}/health", children["web server"], lambda: stopping):
            _introduce(environ, say)
        while not stopping:
            for name, child in children.items():
                if child.ended():
                    say(f"The {name} ended and is started again.")
                    child.start()
            time.sleep(0.5)
        say("Stopping.")


class _Child:
    """A process that belongs to this one: it gets its own group, so that Ctrl-C reaches it through us only."""

    def __init__(self, command: list[str], environ: dict[str, str], stack: ExitStack) -> None:
        self.command, self.environ = command, environ
        self.start()
        stack.callback(self.stop)

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, env=self.environ, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _answers(url: str, web: _Child, stopping: Callable[[], bool]) -> bool:
    """Wait until the service answers. Raises `SettingsFault` if its process ended or it never does."""
    for _ in range(PATIENCE * 5):
        if stopping():
            return False
        if web.ended():
            raise SettingsFault(["The web server could not start. What it said stands above."])
        try:
            with urllib.request.urlopen(url, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SettingsFault([f"The service did not answer within {PATIENCE} seconds."])


def _introduce(environ: dict[str, str], say: Say) -> None:
    url = environ["SERVICE_URL"]
    say("")
    say("The demonstration is running. Nobody in it exists and no letter leaves this machine.")
    say(f"  Start here:     {url}/demonstration   (be a team leader, a safeguarding lead, an officer: one click)")
    say(f"  Local mailbox:  {url}/demonstration/mailbox")
    say(f"  Public page:    {url}/")
    say(f"  Kept in:        {environ['DATA_DIR']}   (delete it to begin again)")
    say("  Stop it with Ctrl-C. What you did is there again next time.")
