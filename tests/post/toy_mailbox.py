"""`python -m tests.post.toy_mailbox POINT DATABASE_URL PORT CA_FILE` looks into a mailbox in a process of its own.

It looks once and kills itself when it comes to the point, or looks for ever where none is given.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from flask import Flask
from flask.cli import ScriptInfo

from app.database import db
from app.post.collecting import Collector
from tests.post.dovecot import PASSWORD, USER
from tests.post.toy_command import toy_command_app


def mailbox_settings(port: int, ca_file: Path | str, **changes: object) -> dict[str, object]:
    """The settings of a mailbox on this machine."""
    return {
        "mail_bounce_address": "bounce@service.test",
        "bounce_imap_server": "localhost",
        "bounce_imap_port": port,
        "bounce_imap_username": USER,
        "bounce_imap_password": PASSWORD,
        "mail_ca_file": str(ca_file),
        **changes,
    }


def killed_at(point: str, app: Flask) -> None:
    """Look once, and be killed there."""

    def witness(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    with app.app_context():
        Collector(database=db, settings=app.config["SETTINGS"], witness=witness).run(once=True)


if __name__ == "__main__":
    point, url, port, ca_file = sys.argv[1:]
    made = toy_command_app(url, 9, **mailbox_settings(int(port), ca_file))
    if point:
        killed_at(point, made)
    else:
        made.cli.main(args=["post", "mailbox"], obj=ScriptInfo(create_app=lambda: made))
