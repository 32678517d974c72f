"""A whole service in processes of its own: web server, sender, and a mail server in the test's process.

Nothing in it knows that it is tested: it is configured by environment variables alone, and the world in it was made by
commands. The database is SQLite, as it comes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from flask import Flask

from app import create_app
from app.settings import ROOT, Settings
from tests.journeys import town
from tests.journeys.mailroom import Mailroom
from tests.ports import own_port
from tests.post.smtp_stub import Certificates, Stub

PATIENCE = 60.0
STOPS_WITHIN = 20
SECRET = "for tests in a browser only, 32 characters or more"


@dataclass(frozen=True)
class Service:
    """A running service: where it is, its mail, and an application on its database for what commands do."""

    origin: str
    mail: Mailroom
    app: Flask
    folder: Path


@contextmanager
def serving(
    database_url: str, folder: Path, certificates: Certificates, *, sender: bool = True, **settings: str
) -> Iterator[Service]:
    """A service on this database, until the end of the block, with these settings beside the usual ones; with
    `sender=False` its letters wait."""
    with ExitStack() as stack:
        stub = stack.enter_context(Stub(context=certificates.for_names("localhost")))
        environ = _environment(database_url, folder, stub.port, certificates.ca_file) | settings
        app = create_app(Settings.from_environment(environ))
        stack.callback(app.extensions["database_engine"].dispose)
        town.found(app)
        log = stack.enter_context((folder / "log.txt").open("wb"))
        at = f"127.0.0.1:{environ['PORT']}"
        web = ["gunicorn", "app:serving()", f"--bind={at}", "--worker-class=gthread", "--threads=8"]
        for module in (web, *([["flask", "--app", "app", "post", "send"]] if sender else [])):
            command = [sys.executable, "-m", *module]
            process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
            stack.callback(stopped, process)
        wait_for(f"http://{at}/health", folder)
        yield Service(f"http://{at}", Mailroom(stub, bring=_nothing, patience=PATIENCE), app, folder)


def _environment(database_url: str, folder: Path, mail_port: int, ca_file: Path) -> dict[str, str]:
    port = own_port()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAIL_")},
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": SECRET,
        "SERVICE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "MAIL_SERVER": "localhost",
        "MAIL_PORT": str(mail_port),
        "MAIL_USE_TLS": "1",
        "MAIL_CA_FILE": str(ca_file),
        "MAIL_DEFAULT_SENDER": "circulation@service.test",
        "DEMONSTRATION": "",
    }


def _nothing() -> None:
    """The sender of this service runs by itself."""


def wait_for(url: str, folder: Path) -> None:
    """Wait until a service answers; its log is in the folder."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            assert time.monotonic() < until, (folder / "log.txt").read_text()
            time.sleep(0.05)


def stopped(process: subprocess.Popen[bytes]) -> None:
    """End a process as an operator does, and by force if it does not listen."""
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
