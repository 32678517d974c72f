"""The public page of a briefing beside a bare WSGI app that answers with the same bytes on the same server, in turns.

Goal 1 of the service: at least 75 % of the bare app's answers per second, and at least 85 % where the browser has the
page already (304). Whether they are reached is told and not judged: machines are shared, and servers stop for breath.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.bare import FILE
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.visiting import Visitor, server
from tests.benchmarks.worlds import REAL, World

ROUNDS, SECONDS = 12, 0.5
BARE, PAGE, SAME = "Bare WSGI app", "Briefing", "Briefing, not changed"
GOALS = {PAGE: 0.75, SAME: 0.85}


def main(folder: Path, world: World, kind: str = "SQLite") -> None:
    """Measure and print."""
    print(f"\nMeasuring the briefing on {kind} …", flush=True)
    path = f"/packs/{REAL}"
    with ExitStack() as stack:
        ours = stack.enter_context(server("app:serving()", world.environ))
        file = folder / "briefing.html"
        file.write_bytes(Visitor(ours).get(path)[1])
        bare = stack.enter_context(server("tests.benchmarks.bare:serving()", {FILE: str(file)}))
        crowds = {
            BARE: Crowd(bare, path),
            PAGE: Crowd(ours, path),
            SAME: Crowd(ours, path, 304, f"If-None-Match: {Visitor(ours).etag(path)}\r\n"),
        }
        rates: dict[str, list[float]] = {name: [] for name in crowds}
        for name in [*crowds] * (ROUNDS + 1):
            rates[name].append(crowds[name].answers_per_second(SECONDS))
    report({name: found[1:] for name, found in rates.items()})  # the first of each is to warm up


def report(rates: dict[str, list[float]]) -> None:
    """Print the table."""
    print(f"Median of {ROUNDS} times {SECONDS} s, in turns; {len(rates)} in a round.")
    print(f"{'':24}{'answers/s':>12}{'least':>9}{'most':>9}{'of bare':>10}  goal")
    for name, found in rates.items():
        share = statistics.median(ours / bare for ours, bare in zip(found, rates[BARE], strict=True))
        row = f"{statistics.median(found):>12,.0f}{min(found):>9,.0f}{max(found):>9,.0f}{share:>10.0%}"
        goal = f"{GOALS[name]:.0%} {'reached' if share >= GOALS[name] else 'NOT reached'}" if name in GOALS else ""
        print(f"{name:24}{row}  {goal}")
