"""`python -m tests.faults`: every fault of the matrix in full, on both databases, as a table. Ends with 1 if a line
does not hold, with 2 if a database was not tried, since PostgreSQL is not on every machine. A line of what cannot be
broken on this machine is shown with a dash.

`python -m tests.faults F13 F28 overall` makes only these lines. Both databases are tried at once. A module with faults
is entered in `MODULES`.
"""

from __future__ import annotations

import re
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner

from tests.faults import (
    again_and_again,
    away,
    clocks,
    coming_back,
    documents,
    killing,
    mail_faults,
    one_launch,
    overall,
    roles,
    sender_full,
    standing_still,
    web_crowds,
    web_full,
    web_kills,
    web_postgres,
    web_stops,
)
from tests.faults.grounds import KINDS, grounds
from tests.faults.lines import Ground, Line

MAIL = (killing, again_and_again, documents, away, mail_faults, clocks, roles, coming_back, standing_still, sender_full)
WEB = (web_kills, web_stops, web_full, web_crowds, web_postgres)
MODULES = (*MAIL, *WEB, one_launch, overall)
WIDTHS = (8, 11, 48, 7, 5, 7, 9, 6, 6)
HEADINGS = ("fault", "database", "what is done", "times", "lost", "copies", "many IDs", "holds", "s")


def show(*cells: object) -> None:
    """One line of the table; whatever the last cell holds runs on."""
    *first, last = cells
    padded = [str(cell).ljust(width) for cell, width in zip(first, WIDTHS, strict=False)]
    _say("  ".join([*padded, str(last)]))


def _say(words: str) -> None:
    print(words, file=sys.__stdout__, flush=True)  # while a command is run in here, `sys.stdout` is that command's


def told(ground: Ground, wanted: list[str]) -> Iterator[Line]:
    """The lines of one database, each shown as it comes."""
    for make in (make for module in MODULES for make in module.LINES):
        if wanted and not set(wanted) & set(faults_of(make.__doc__ or "")):
            continue
        began = time.monotonic()
        for line in make(ground):
            spent, began = f"{time.monotonic() - began:.0f}", time.monotonic()
            counts = (line.operations, line.lost, line.most, line.many_ids)
            holds = "-" if line.missing else "yes" if line.well else "NO"
            show(line.fault, line.database, line.what, *counts, holds, spent, line.besides)
            yield line


def faults_of(words: str) -> list[str]:
    """The faults that a line maker says it is about, first in its docstring: `F4-F6`, `F13` or `overall`."""
    found = re.match(r"(F\d+)(?:-F(\d+))?", words)
    if not found:
        return [words.partition(":")[0].lower()]
    first, last = int(found[1][1:]), int(found[2] or found[1][1:])
    return [f"F{number}" for number in range(first, last + 1)]


@contextmanager
def _one_command_at_a_time() -> Iterator[None]:
    """Have commands that are run in here wait for one another: each puts its own in the place of `sys.stdin` and
    `sys.stdout`, and both databases are tried at once."""
    lock, whole = threading.RLock(), CliRunner.isolation

    @contextmanager
    def isolation(*given: Any, **options: Any) -> Iterator[Any]:
        with lock, whole(*given, **options) as streams:
            yield streams

    with patch.object(CliRunner, "isolation", isolation):
        yield


def _all_of(ground: Ground) -> list[Line]:
    try:
        return list(told(ground, sys.argv[1:]))
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        raise


def main() -> None:
    show(*HEADINGS, "besides")
    with (
        _one_command_at_a_time(),
        tempfile.TemporaryDirectory() as folder,
        grounds(Path(folder)) as kinds,
        ThreadPoolExecutor(len(kinds)) as pool,
    ):
        lines = [line for found in pool.map(_all_of, kinds) for line in found]
    sys.exit(ended(lines, [kind for kind in KINDS.values() if kind not in {ground.kind for ground in kinds}]))


def ended(lines: list[Line], untried: list[str]) -> int:
    """Say how it ended, and which databases were not there to be tried; the code to end with."""
    failed = [f"{line.fault} on {line.database}" for line in lines if not line.well and not line.missing]
    left_out = [f"{line.fault} on {line.database}" for line in lines if line.missing]
    _say(
        f"{len(lines)} lines; "
        + (f"these do not hold: {', '.join(failed)}" if failed else "all hold")
        + (f" but what was left out: {', '.join(left_out)}" if left_out else "")
    )
    for kind in untried:
        _say(f"{kind} was not tried: it is not on this machine. That part of the matrix is still to be shown.")
    return 1 if failed or not lines else 2 if untried else 0


if __name__ == "__main__":
    main()
