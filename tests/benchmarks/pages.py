"""Pages at two sizes beside a bare Flask "hello" on the same server, in one run, in turns.

Figures are ratios to the hello of the same round: machines are shared and noisy, so a time alone says little. The
queries of each page (and what sending writes) are counted in this process; they must be the same at both sizes, and the
queries 8 at most. How long the server computes is measured here too, without any network: goal 2 of the service is 6 ms
and 6 queries for a page of somebody signed in. Whether it is reached is told and not judged.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.benchmarks import briefing
from tests.benchmarks.hello import serving
from tests.benchmarks.visiting import COOKIE, Visitor, sending, server, signed_in, to_send
from tests.benchmarks.worlds import World, make

SIZES = ("small", "partnership")
ROUNDS, IN_A_ROUND = 12, 10
MOST_QUERIES = 8
GOAL_MS, GOAL_QUERIES = 6.0, 6


def main(folder: Path) -> bool:
    """Measure and print; whether each page has the same queries at both sizes, and few."""
    with ExitStack() as stack:
        worlds = []
        for size in SIZES:
            print(f"Loading {size} …", flush=True)
            worlds.append(make(size, folder, drafts=ROUNDS * IN_A_ROUND + 1))
        hello = Visitor(stack.enter_context(server("tests.benchmarks.hello:serving()", {})))
        visitors = [Visitor(stack.enter_context(server("app:serving()", world.environ))) for world in worlds]
        counts = [statements(world) for world in worlds]
        computed = [server_ms(world) for world in worlds]
        briefing.main(folder, worlds[-1])
        print("Measuring pages …", flush=True)
        held = report(measure(hello, worlds, visitors), counts)
        report_goal(computed, counts)
        return held


def measure(hello: Visitor, worlds: list[World], visitors: list[Visitor]) -> dict[str, list[list[float]]]:
    """For each page and size, the milliseconds of every request; hello, pages and sizes take turns."""
    deeds: dict[str, list[Callable[[], float]]] = {"Hello (bare Flask)": [lambda: hello.get("/")[0]]}
    for name in worlds[0].pages:
        deeds[name] = [_reading(v, *w.pages[name]) for w, v in zip(worlds, visitors, strict=True)]
    deeds["Sending minutes"] = [sending(w, v) for w, v in zip(worlds, visitors, strict=True)]
    times: dict[str, list[list[float]]] = {name: [[] for _ in sides] for name, sides in deeds.items()}
    for _ in range(ROUNDS):
        for name, sides in deeds.items():
            for side, deed in enumerate(sides):
                times[name][side] += [deed() for _ in range(IN_A_ROUND)]
    return times


def _reading(visitor: Visitor, path: str, token: str) -> Callable[[], float]:
    return lambda: visitor.get(path, signed_in(token))[0]


def statements(world: World) -> dict[str, tuple[int, int]]:
    """How many queries and writes each page takes, sign-in and frame included; of sending, the whole POST."""
    counted: list[str] = []
    sa.event.listen(world.app.extensions["database_engine"], "before_cursor_execute", lambda *a: counted.append(a[2]))
    client = world.app.test_client()
    found = {}
    for name, (path, token) in world.pages.items():
        client.set_cookie(COOKIE, token)
        client.get(path)
        counted.clear()
        assert client.get(path).status_code == 200, path
        found[name] = _counted(counted)
    client.set_cookie(COOKIE, world.leader)
    path = f"/drafts/{world.drafts[-1]}/check"
    page = client.get(path).data
    counted.clear()
    assert client.post(path, data=to_send(page)).status_code == 303
    found["Sending minutes"] = _counted(counted)
    return found


def server_ms(world: World) -> dict[str, tuple[float, float]]:
    """For each page the milliseconds that this process computes for it, and those of a bare Flask "hello" in turns."""
    hello, found = serving().wsgi_app, {}
    for name, (path, token) in world.pages.items():
        pairs = [(_computed(world.app, path, token), _computed(hello, "/", "")) for _ in range(ROUNDS * 3)]
        found[name] = tuple(statistics.median(side) for side in zip(*pairs[ROUNDS:], strict=True))
    return found  # type: ignore[return-value]


def _computed(app: Any, path: str, token: str) -> float:
    environ = EnvironBuilder(path, headers={"Cookie": signed_in(token)}).get_environ()
    began = time.thread_time()
    run_wsgi_app(app, environ, buffered=True)
    return (time.thread_time() - began) * 1000


def _counted(said: list[str]) -> tuple[int, int]:
    reads = sum(statement.startswith(("SELECT", "WITH")) for statement in said)
    writes = sum(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in said)
    return reads, writes


def report(times: dict[str, list[list[float]]], counts: list[dict[str, tuple[int, int]]]) -> bool:
    """Print the table; whether the queries of each page are few and the same at both sizes."""
    hello = statistics.median(times["Hello (bare Flask)"][0])
    print(f"\nMedian of {ROUNDS * IN_A_ROUND} requests each, one at a time, in turns. Hello: {hello:.2f} ms.")
    print(f"{'':20}" + "".join(f"{size + ', × hello':>24}{'p95 ms':>9}{'reads':>7}{'writes':>8}" for size in SIZES))
    wrong = []
    for name, sides in list(times.items())[1:]:
        cells = ""
        for side, taken in enumerate(sides):
            p95 = sorted(taken)[int(len(taken) * 0.95)]
            reads, writes = counts[side][name]
            cells += f"{statistics.median(taken) / hello:>24.1f}{p95:>9.1f}{reads:>7}{writes:>8}"
        print(f"{name:20}{cells}")
        if len({count[name] for count in counts}) > 1 or counts[0][name][0] > MOST_QUERIES:
            wrong.append(name)
    for name in wrong:
        print(f"{name}: the queries must be the same at both sizes and {MOST_QUERIES} at most.")
    return not wrong


def report_goal(computed: list[dict[str, tuple[float, float]]], counts: list[dict[str, tuple[int, int]]]) -> None:
    """Print what each page costs the server at each size, and whether goal 2 is reached."""
    print(f"\nMilliseconds computed for a page (and × a bare Flask hello, computed alike). Goal: {GOAL_MS:.0f} ms,")
    print(f"{GOAL_QUERIES} queries, for somebody signed in.")
    print(f"{'':20}" + "".join(f"{size + ', ms':>18}{'× hello':>9}{'reads':>7}" for size in SIZES) + "  goal")
    for name in computed[0]:
        cells = [(*side[name], count[name][0]) for side, count in zip(computed, counts, strict=True)]
        good = all(ms <= GOAL_MS and reads <= GOAL_QUERIES for ms, _, reads in cells)
        row = "".join(f"{ms:>18.2f}{ms / hello:>9.0f}{reads:>7}" for ms, hello, reads in cells)
        print(f"{name:20}{row}  {'reached' if good else 'NOT reached'}")
