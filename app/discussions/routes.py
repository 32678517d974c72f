"""Pages of `discussions`."""

from __future__ import annotations

from flask import Blueprint

discussions = Blueprint("discussions", __name__)
