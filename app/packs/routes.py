"""Pages of `packs`."""

from __future__ import annotations

from flask import Blueprint

packs = Blueprint("packs", __name__)
