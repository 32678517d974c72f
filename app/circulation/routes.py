"""Pages of `circulation`."""

from __future__ import annotations

from flask import Blueprint

circulation = Blueprint("circulation", __name__)
