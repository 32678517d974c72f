"""Commands of `demo`."""

from __future__ import annotations

from flask.cli import AppGroup

demo = AppGroup("demo", help="demo")
