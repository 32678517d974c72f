"""Pages of `accounts`."""

from __future__ import annotations

from flask import Blueprint

accounts = Blueprint("accounts", __name__)
