"""Pages of `demo`."""

from __future__ import annotations

from flask import Blueprint

demo = Blueprint("demo", __name__)
