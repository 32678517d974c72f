"""Who acts at the command line: what the trail says of a command is by the name that its user has on the machine."""

from __future__ import annotations

import getpass
import os
from dataclasses import replace

from app.policy import CONSOLE, Actor


def user() -> str:
    """The user's name on this machine, or the number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def at_console() -> Actor:
    """Whoever gives a command."""
    return replace(CONSOLE, name=f"{user()} at {CONSOLE.name}")
