"""`/health` on a real database of each kind, and on one that has gone."""

from __future__ import annotations

from pathlib import Path

from app.database import db
from tests.client import Client
from tests.web.small import small_app


def test_a_database_that_answers_is_said_to(client: Client) -> None:
    answer = client.get("/health")
    assert answer.json is not None
    assert answer.json["checks"]["database"] == "reachable"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_database_that_has_gone_is_said_to_and_nothing_of_where_it_was(tmp_path: Path) -> None:
    app = small_app()
    db.init_app(app, f"sqlite:///{tmp_path}")
    with app.app_context():
        answer = app.test_client().get("/health")
    assert (answer.status_code, answer.json) == (503, {"status": "not well", "checks": {"database": "no answer"}})
    assert str(tmp_path) not in answer.text
