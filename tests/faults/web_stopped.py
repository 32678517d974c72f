"""A command that kills itself on its way: `python -m tests.faults.web_stopped POINT NTH COMMAND...`.

`statement`: before the nth statement that changes the database; `line`: when the nth line of a CSV file is written;
`half`: when half of a file is written; `replace`: before a file that is complete takes the place of another; `never`:
not at all.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask.cli import ScriptInfo
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app import create_app
from app.collation import tables

CHANGES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


def main(point: str, nth: int, command: list[str]) -> None:
    """Have the command run, and die at the point."""
    left = nth

    def dies() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    _arm(point, dies)
    app = create_app()
    app.cli.main(args=command, obj=ScriptInfo(create_app=lambda: app))


def _arm(point: str, dies: Any) -> None:
    if point == "statement":

        def runs(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.lstrip().upper().startswith(CHANGES):
                dies()

        event.listen(Engine, "before_cursor_execute", runs)
    elif point == "line":
        whole = tables.csv_lines

        def lines(rows: Any) -> Iterator[bytes]:
            for line in whole(rows):
                dies()
                yield line

        setattr(tables, "csv_lines", lines)  # noqa: B010 - mypy takes a plain assignment for a mistake
    elif point == "half":

        def write_half(path: Path, content: bytes) -> None:
            with path.open("wb") as file:
                file.write(content[: len(content) // 2])
            dies()

        setattr(Path, "write_bytes", write_half)  # noqa: B010
    elif point == "replace":
        setattr(os, "replace", lambda *_: dies())  # noqa: B010


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
