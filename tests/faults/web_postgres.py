"""PostgreSQL is killed and started again while everybody saves: some seconds of “not just now”, and nothing is lost."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL

from app.revisions import MOST_REVISIONS
from app.saving import WORTH_KEEPING
from app.upgrading import upgrade
from tests import postgres
from tests.faults.lines import Ground, Line, LineMaker
from tests.faults.web_crowds import teams, typed, words_of
from tests.faults.web_site import Site, Visitor, site

WHAT = "PostgreSQL killed and started again under load"
LONGEST_AWAY = 10.0


@dataclass
class Writer:
    """Somebody who saves again and again: when each save was answered, how, and every text that was taken.

    No two texts have much in common: what a save changes a little is not kept as an earlier version."""

    who: Visitor
    url: str
    answers: list[tuple[float, int]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def write(self, stop: threading.Event) -> None:
        form = self._page()
        while not stop.is_set():
            text = secrets.token_hex(WORTH_KEEPING)
            form = {**form, **{name: text for name in form if name.endswith("-words")}, "do": "later"}
            answer = self.who.post(self.url, form)
            self.answers.append((time.monotonic(), answer.status))
            if answer.status == 303:
                self.taken.append(text)
                form = self._page()

    def lost(self, there: Site) -> int:
        """How many of the texts that were taken are kept nowhere; of the newest, where there are more than a draft
        keeps."""
        return len(set(self.taken[-MOST_REVISIONS:]) - set(words_of(there, self.url)))

    def _page(self) -> dict[str, Any]:
        """The form, as soon as there is one."""
        while (page := self.who.get(self.url)).status != 200:
            self.answers.append((time.monotonic(), page.status))
            time.sleep(0.2)
        return typed(page, "")


def killed_postgresql(ground: Ground) -> Iterator[Line]:
    """F19: PostgreSQL stopped at once and started again while eight people save. A server that was given to the tests
    (TEST_DATABASE_URL) is not theirs to kill: the line is left out there."""
    if ground.kind != "PostgreSQL":
        return
    if not postgres.is_ours():
        yield Line.left_out("F19", WHAT, ground.kind, "a PostgreSQL that tests may kill (not TEST_DATABASE_URL)")
        return
    with postgres.server() as server:
        postgres.run_statement(server, "CREATE DATABASE stopped")
        url = server.set(database="stopped").render_as_string(hide_password=False)
        upgrade(url)
        with site(ground, url=url, workers=2) as there:
            people = [Writer(who, at) for at, who in teams(there, 8).items()]
            for person in people:
                person.who.patience = 20
            away, lost = 0.0, 0
            for _ in range(ground.times(3, 1)):
                away = max(away, _kill_during(people, server))
                there.app.extensions["database_engine"].dispose()
                lost += sum(person.lost(there) for person in people)
    yield _line(ground, people, lost, away)


def _kill_during(people: list[Writer], server: URL) -> float:
    """For how many seconds somebody was answered that it does not work just now."""
    began, stop = time.monotonic(), threading.Event()
    with ThreadPoolExecutor(len(people)) as pool:
        going = [pool.submit(person.write, stop) for person in people]
        time.sleep(2)
        _restart(server)
        time.sleep(5)
        stop.set()
        for one in going:
            one.result()
    away = [at for person in people for at, status in person.answers if status == 503 and at > began]
    return max(away) - min(away) if away else 0.0


def _restart(server: URL) -> None:
    postgres.run("pg_ctl", "-D", str(postgres.folder_of(server)), "-m", "immediate", "-w", "restart")


def _line(ground: Ground, people: list[Writer], lost: int, span: float) -> Line:
    answers = sorted(answer for person in people for answer in person.answers)
    away = [at for at, status in answers if status == 503]
    faults = sum(status not in (303, 503) for _, status in answers)
    after = sum(status != 303 for status in (person.answers[-1][1] for person in people))
    return Line(
        fault="F19",
        what=WHAT,
        database=ground.kind,
        operations=len(answers),
        lost=lost,
        holds=(faults, lost, after) == (0, 0, 0) and bool(away) and span <= LONGEST_AWAY,
        besides=f"{len(away)} × 503 within {span:.1f} s, {faults} × 500",
    )


LINES: tuple[LineMaker, ...] = (killed_postgresql,)
