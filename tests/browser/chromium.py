"""Finds Chromium and what drives it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def driver_runs() -> bool:
    """Whether the program that drives Chromium finds the libraries it wants (on Debian: libatomic1)."""
    node = Path(playwright.__file__).parent / "driver" / "node"
    return subprocess.run([node, "--version"], capture_output=True).returncode == 0


def path() -> str | None:
    """The path of an installed Chromium, or None."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
