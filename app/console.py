"""The command line: what the trail says of a command is by the name that its user has on the machine, and a refusal is
one line."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from app.errors import Refusal
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


@contextmanager
def in_plain_words() -> Iterator[None]:
    """A refusal ends the command with its sentences instead of a traceback."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from None
