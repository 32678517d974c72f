"""Autosave with fifty people typing: each has a draft of her own and a connection of her own, and saves every two
seconds, which is five times as often as the script of a page does."""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from pathlib import Path

from tests.benchmarks.visiting import Visitor, hidden, server, signed_in
from tests.benchmarks.worlds import make

PEOPLE, SAVES, EVERY = 50, 10, 2.0
SENTENCE = "We talked about how fathers are asked to the first visit. "


def main(folder: Path) -> bool:
    """Measure and print; whether every save was kept."""
    print("\nMeasuring autosave …", flush=True)
    world = make("partnership", folder, PEOPLE, f"sqlite:///{folder}/autosave.sqlite")
    world.app.extensions["database_engine"].dispose()
    with server("app:serving()", world.environ) as port:
        typists = [
            Typist(port, f"/drafts/{draft}/said", signed_in(world.leader), i) for i, draft in enumerate(world.drafts)
        ]
        for typist in typists:
            typist.start()
        for typist in typists:
            typist.join()
    taken = sorted(one for typist in typists for one in typist.taken)
    failed = PEOPLE * SAVES - len(taken)
    p95 = taken[int(len(taken) * 0.95)]
    print(
        f"Autosave, {PEOPLE} people typing, each saving every {EVERY:.0f} s: p50 {statistics.median(taken):.0f} ms, "
        f"p95 {p95:.0f} ms, worst {taken[-1]:.0f} ms, not saved: {failed} of {PEOPLE * SAVES}"
    )
    return not failed


class Typist(threading.Thread):
    """One person at one page."""

    def __init__(self, port: int, path: str, cookie: str, number: int) -> None:
        super().__init__()
        self.visitor, self.path, self.number = Visitor(port), path, number
        _, page, forms = self.visitor.get(path, cookie)
        self.cookie = f"{cookie}; {forms}"
        self.page = hidden(page)
        self.point = next(name for name in _boxes(page) if name.endswith("-words"))
        self.taken: list[float] = []

    def run(self) -> None:
        moment = random.Random(self.number)
        for save in range(1, SAVES + 1):
            time.sleep(EVERY * moment.uniform(0.5, 1.5))
            typed = {self.point: SENTENCE * (5 * save), "do": "autosave"}
            spent, answer = self.visitor.autosave(self.path, self.cookie, {**self.page, **typed})
            told = json.loads(answer)
            assert told["saved"], told
            self.page["version"] = str(told["version"])
            self.taken.append(spent)


def _boxes(page: bytes) -> list[str]:
    return [part.partition('"')[0] for part in page.decode().split("<textarea", 1)[1].split('name="')[1:]]
