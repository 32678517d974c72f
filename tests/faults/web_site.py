"""A web server in a process of its own, to be broken, and people who come to it over a real connection.

The world in it was made by commands, as in the journeys. A visitor is bare HTTP: a connection that breaks is seen as
what it is, and a form is sent again as a person presses a button again.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.accounts import services
from app.circulation.models import Asked
from app.clock import now, today
from app.database import db
from app.discussions import drafting
from app.discussions.drafts import Draft
from app.organisations import services as who_is_who
from app.organisations.models import Address
from app.organisations.people_file import read_people
from app.organisations.queries import actor_for
from app.organisations.settings_file import read_settings
from app.packs.folder import read_folder
from app.packs.services import publish_edition
from app.policy import CONSOLE
from app.settings import ROOT, Settings
from tests.browser.serving import stopped, wait_for
from tests.client import filled
from tests.faults.apps import create_app
from tests.faults.lines import Ground
from tests.faults.web_doomed import AHEAD, DOOM, FULL
from tests.journeys import town
from tests.ports import own_port

TEAM, LEADER = "North Health Visiting", town.NORTH
SHARED, TWO = "South Health Visiting", (town.SOUTH, town.MINUTE_TAKER)
BROKEN = (http.client.HTTPException, OSError)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What came back: the status, where it leads, and the body."""

    status: int
    location: str
    body: bytes

    def form(self, at: str) -> dict[str, Any]:
        """What a browser would send of the form whose action ends so."""
        return self.form_to(at)[1]

    def form_to(self, at: str) -> tuple[str, dict[str, Any]]:
        """The same, and where it goes: the action may have more behind a question mark, or be that of the page."""
        forms = [form for form in self._page().iter("form") if form.get("action", at).partition("?")[0].endswith(at)]
        assert forms, f"no form goes to {at} from “{next(self._page().iter('title')).text}”"
        boxes = {box.get("name", ""): box.text or "" for box in forms[0].iter("textarea")}
        return forms[0].get("action", at), {**filled(forms[0]), **boxes}

    def boxes(self) -> list[str]:
        """What stands in the text boxes of the page."""
        return [box.text or "" for box in self._page().iter("textarea")]

    def _page(self) -> Element:
        # The parser has dropped the line end that HTML drops at the beginning of a box: what is left is the text.
        page: Element = html5lib.HTMLParser(namespaceHTMLElements=False).parse(self.body.decode())
        return page


@dataclass
class Visitor:
    """Somebody with a browser's cookies. Each request has a connection of its own."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    patience: float = 60

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, Any], *, file: bytes | None = None, **headers: str) -> Answer:
        """Send a form, with a Word file where there is one."""
        if file is None:
            return self._ask("POST", path, urlencode(fields, doseq=True).encode(), {**FORM, **headers})
        chosen = FileStorage(BytesIO(file), "Our file.docx", "file")
        boundary, body = encode_multipart({**fields, "file": chosen})
        return self._ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}", **headers})

    def _ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        origin = f"http://127.0.0.1:{self.port}"
        ours = {"Origin": origin, "Referer": f"{origin}/", "Sec-Fetch-Site": "same-origin"}
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body or None, {**ours, "Cookie": cookies, **(headers or {})})
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(answer.status, answer.headers.get("Location", ""), answer.read())
        finally:
            connection.close()


@dataclass
class Site:
    """A web server with its processes, where it keeps things, and an application on its database for what is not over
    the web."""

    app: Flask
    folder: Path
    environ: dict[str, str]
    workers: int = 1
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def port(self) -> int:
        return int(self.environ["PORT"])

    def start(self) -> None:
        """Start its processes, in a group of their own."""
        at = f"--bind=127.0.0.1:{self.port}"
        served = ["tests.faults.web_doomed:doomed()", "--preload", at, f"--workers={self.workers}"]
        command = [sys.executable, "-m", "gunicorn", *served, "--worker-class=gthread", "--threads=16"]
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def ready(self) -> None:
        """Wait until it answers. Its health is not asked: the letters of a world may be old."""
        wait_for(f"http://127.0.0.1:{self.port}/", self.folder)

    def kill(self) -> None:
        """Kill all of its processes at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        stopped(self.process)

    def visitor(self, address: str = LEADER) -> Visitor:
        """Somebody who is signed in."""
        with self.app.app_context(), db.writing() as session:
            held = session.scalars(select(Address).where(Address.email == address)).one()
            token = services.begin(session, held.person, now=now())
        return Visitor(self.port, {"signed-in": token})

    def doom(self, point: str) -> None:
        """Have the process that passes this point next die there."""
        (self.folder / DOOM).write_text(point)

    def spare(self) -> bool:
        """Have none die at a point any more; whether one did since it was doomed."""
        struck = not (self.folder / DOOM).exists()
        (self.folder / DOOM).unlink(missing_ok=True)
        return struck

    def set_clock(self, ahead: float) -> None:
        """Have its clock be so many seconds ahead."""
        (self.folder / "set").write_text(str(ahead))
        (self.folder / "set").replace(self.folder / AHEAD)

    def fill(self, pages: int | None) -> None:
        """Have SQLite's file hold no more than so many pages; None gives it space again."""
        if pages is None:
            (self.folder / FULL).unlink(missing_ok=True)
        else:
            (self.folder / FULL).write_text(str(pages))

    def draft(self, words: str, team: str = TEAM, leader: str = LEADER) -> str:
        """The draft of a team by its leader's address, such that it can be sent; its reference."""
        with self.app.app_context(), db.writing() as session:
            person = session.scalars(select(Address).where(Address.email == leader)).one().person_id
            asked = session.scalars(select(Asked).where(Asked.team_name == team)).one()
            keys = [point.key for point in asked.circulation.edition.points]
            actor, content = actor_for(session, person, now()), _content(keys, words)
            open_one = select(Draft.version).where(Draft.asked_id == asked.id, Draft.sent_at.is_(None))
            version = session.scalar(open_one) or 0
            return drafting.save_draft(session, actor, asked, content, version=version, now=now()).ref

    def asked(self) -> str:
        """The reference of what the leader's team was asked."""
        return town.asked(self.app, TEAM)


def _content(keys: list[str], words: str) -> dict[str, Any]:
    day = today(now()) - timedelta(days=1)
    empty = {"yes": "", "partly": "", "not_yet": "", "not_counted": False}
    return {
        "held_on": {"day": str(day.day), "month": str(day.month), "year": str(day.year)},
        "setting": "team_meeting",
        "present": "8",
        "chaired_by": "",
        "also": [],
        "meeting_of": "",
        "no_notes": False,
        "points": {key: {"words": words if not number else "", **empty} for number, key in enumerate(keys)},
        "actions": [],
        "question_to_lead": "",
        "question_to_partnership": "",
    }


def found(app: Flask) -> None:
    """The world of the journeys, in which every team has been asked. By services: what runs a command in this process
    takes its output away from whatever else prints a table meanwhile."""
    with app.app_context(), db.writing() as session:
        settings = read_settings((town.HERE / "partnership.yaml").read_bytes())
        who_is_who.start(session, CONSOLE, settings, town.OFFICER, now=now())
        who_is_who.import_rows(session, CONSOLE, read_people((town.HERE / "people.csv").read_bytes()), now=now())
        publish_edition(session, CONSOLE, read_folder(ROOT / "packs" / town.SLUG), now=now())
    town.circulate(app)


@contextmanager
def site(ground: Ground, *, workers: int = 1, url: str = "") -> Iterator[Site]:
    """A web server on a database, a new one unless told, in which every team has been asked."""
    with serving(ground, url or ground.fresh(), workers=workers, prepared=found) as there:
        yield there


@contextmanager
def serving(
    ground: Ground, url: str, *, workers: int = 1, prepared: Callable[[Flask], object] | None = None
) -> Iterator[Site]:
    """A web server on a database, which is `prepared` first where there is something to do."""
    with ExitStack() as stack:
        folder = ground.folder / f"site-{time.monotonic_ns()}"
        folder.mkdir()
        environ = _environment(url, folder)
        app = create_app(Settings.from_environment(environ))
        stack.callback(app.extensions["database_engine"].dispose)
        if prepared:
            prepared(app)
        there = Site(app, folder, environ, workers)
        there.start()
        stack.callback(there.stop)
        there.ready()
        yield there


def _environment(url: str, folder: Path) -> dict[str, str]:
    port = own_port()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAIL_")},
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": "for tests of faults only, 32 characters or more",
        "SERVICE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": "9",
        "MAIL_DEFAULT_SENDER": "circulation@service.test",
        "DEMONSTRATION": "",
    }
