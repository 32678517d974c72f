"""Reads what somebody uploaded in a process of its own, which can do nothing but read it and is killed if it dawdles.

A file is judged by code that may have faults, so that code gets no secrets (an empty environment), little memory and
time, and, once it is loaded, no way to open anything: the limit on open files is what it has already, so that neither
a file nor a socket can be had. Where the system lets us, it has no network at all. The limits are set by the process
itself before it sees a byte of the file; nothing of ours runs between fork and exec, which threads would not bear.

The child knows `app` as a folder only: what `app/__init__.py` puts together takes half a second and serves no reader.
"""

from __future__ import annotations

import codecs
import ctypes
import json
import logging
import os
import pkgutil
import resource
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO, Any

from app.errors import Invalid, Unavailable

LARGEST = 10 * 1024 * 1024  # bytes of a file
MOST_ANSWERED = 4 * 1024 * 1024  # bytes of what is read from it
MEMORY, PROCESSOR, PATIENCE = 512 * 1024 * 1024, 5, 5  # bytes, seconds, seconds
AT_ONCE, WAIT = 2, 10  # files read at the same time by one process, and how long a further one waits, in seconds

TOO_LARGE = f"This file is larger than {LARGEST // 1024 // 1024} MB. Take the pictures out of it and upload it again."
TOO_MUCH = "There is more in this file than can be read. Copy its text into a new document and upload that."
TOO_LONG = "This file takes too long to read. Copy its text into a new document and upload that."
UNREADABLE = "This file could not be read. Copy its text into a new document and upload that."

_NEW_NETWORK, _NEW_PEOPLE, _NO_NEW_RIGHTS = 0x40000000, 0x10000000, 38  # of Linux: unshare(2), prctl(2)
_CHILD = """
import sys, types
app = sys.modules["app"] = types.ModuleType("app")
app.__path__ = [sys.argv[1]]
from app.boxed import answer
answer(sys.argv[2])
"""
_turns = BoundedSemaphore(AT_ONCE)
_log = logging.getLogger(__name__)


def read(reader: str, body: bytes, told: Any = None, *, most: int = MOST_ANSWERED) -> Any:
    """What a reader makes of a file. `reader` names a function, as `app.discussions.sheet_reading:read`, which takes
    the file's bytes and `told` (plain values that JSON can hold) and returns such values, `most` bytes of them at most.

    Raises `Invalid` with a sentence for whoever uploaded it, whatever went wrong, and `Unavailable` where too many are
    being read. Takes at most `PATIENCE` seconds from its turn on; costs this process no more than the bytes of the file
    and of the answer.
    """
    if len(body) > LARGEST:
        raise Invalid(TOO_LARGE)
    if not _turns.acquire(timeout=WAIT):
        raise Unavailable()
    try:
        with TemporaryFile() as given:
            given.write(json.dumps(told).encode() + b"\n")
            given.write(body)
            given.seek(0)
            return _understood(_said(reader, given, most))
    finally:
        _turns.release()


def _said(reader: str, given: IO[bytes], most: int) -> bytes:
    """What the child writes, which may be nothing."""
    command = [sys.executable, "-I", "-c", _CHILD, str(Path(__file__).parent), reader]
    child = subprocess.Popen(
        command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={}, start_new_session=True
    )
    try:
        return _collected(child, time.monotonic() + PATIENCE, most)
    finally:
        _end(child)


def _collected(child: subprocess.Popen[bytes], until: float, most: int) -> bytes:
    assert child.stdout is not None
    said = bytearray()
    while select.select([child.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
        piece = os.read(child.stdout.fileno(), 65_536)
        if not piece:
            return bytes(said)
        said += piece
        if len(said) > most:
            raise Invalid(TOO_MUCH)
    raise Invalid(TOO_LONG)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill it with all that it started, if it is still there, and leave nothing of it behind."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _understood(said: bytes) -> Any:
    if not said:  # killed by one of its limits: no other way of ending is silent
        raise Invalid(TOO_LONG)
    try:
        told = json.loads(said)
    except ValueError as error:
        raise Invalid(UNREADABLE) from error
    if "refused" in told:
        raise Invalid(told["refused"])
    if "fault" in told:
        _log.warning("A reader of uploads failed: %s", told["fault"])
        raise Invalid(UNREADABLE)
    return told["answer"]


def answer(reader: str) -> None:
    """What the child does: shut itself in, read standard input, write what the reader makes of it."""
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library may print is not part of the answer
    function = pkgutil.resolve_name(reader)
    for encoding in ("cp437", "utf-16-le"):  # loaded now, while files can still be opened: zip files name parts in one
        codecs.lookup(encoding)
    _shut_in(out)
    told = json.loads(sys.stdin.buffer.readline())
    try:
        said = {"answer": function(sys.stdin.buffer.read(), told)}
    except Invalid as error:
        said = {"refused": error.message}
    except (MemoryError, RecursionError):
        said = {"refused": TOO_MUCH}
    except Exception as error:  # where and of which kind, never its words: they may be of what somebody wrote
        said = {"fault": f"{type(error).__name__} at {_place(error)}"}
    rest = memoryview(json.dumps(said).encode())
    while rest:
        rest = rest[os.write(out, rest) :]


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"


def _shut_in(last_file: int) -> None:
    """No network where the system allows that, no new rights, and limits on all that it could use up."""
    system = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux":
        system.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
        if system.unshare(_NEW_NETWORK) != 0:
            system.unshare(_NEW_PEOPLE | _NEW_NETWORK)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, PROCESSOR),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, last_file + 1),
    ):
        resource.setrlimit(limit, (most, most))
