"""`python -m tests.post.toy_command DATABASE_URL MAIL_PORT post send`: the commands of `post` in their own process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flask import Flask
from flask.cli import ScriptInfo

from app.post.commands import post
from app.post.models import Post
from tests.conftest import settings_for
from tests.post.toy import Toy, toy_app


def toy_command_app(url: str, mail_port: int, **settings: object) -> Flask:
    """An app with the commands of `post`, which owes toy letters."""
    app = toy_app(url)
    values = {"data_dir": Path(os.environ.get("DATA_DIR", "/nowhere")), "mail_port": mail_port, **settings}
    app.config["SETTINGS"] = settings_for(url, Path("/nowhere"), **values)
    app.extensions["post"] = Post(letters=(Toy(),))
    app.cli.add_command(post)
    return app


if __name__ == "__main__":
    url, mail_port, *arguments = sys.argv[1:]
    info = ScriptInfo(create_app=lambda: toy_command_app(url, int(mail_port)))
    toy_command_app(url, int(mail_port)).cli.main(args=arguments, obj=info)
