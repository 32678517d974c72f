"""Commands of `packs`."""

from __future__ import annotations

from flask.cli import AppGroup

packs = AppGroup("packs", help="packs")
