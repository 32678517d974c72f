"""What a run of thousands of tests need not do thousands of times, or wait for.

Every test that wants them has an application and an engine of its own. How a statement reads in the words of a
database, and how an address is put together, follow from the code alone: each is worked out once and lent to all.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from werkzeug.routing import Rule

_MEMORY = Path("/dev/shm")
_ROOM = 8 * 10**9  # bytes free there, of which a run takes about half

_first: dict[str, Engine] = {}
_builders: dict[tuple[object, ...], Any] = {}
_compile_builder: Callable[..., Any] = Rule._compile_builder


def lend_what_follows_from_the_code() -> None:
    """From here on, for all engines and applications of this process."""
    event.listen(Engine, "engine_connect", _lend_statements)
    Rule._compile_builder = _lend_builder  # type: ignore[method-assign]


def keep_files_in_memory() -> None:
    """Have temporary files in memory where there is room and nobody named a place: no file of a test is kept for long,
    and each of a test's commits would wait for a disk."""
    if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None


def leave_alone_what_stays() -> None:
    """What is loaded by now stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


def _lend_statements(connection: Connection) -> None:
    # A compiled statement belongs to its dialect, so that is lent too; it is ready once something has connected.
    first = _first.setdefault(connection.dialect.driver, connection.engine)
    for borrows in (connection, connection.engine):
        borrows.dialect = first.dialect
    connection.engine._compiled_cache = first._compiled_cache


def _lend_builder(rule: Rule, append_unknown: bool = True) -> Any:
    key = (rule.rule, rule.subdomain, repr(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]
