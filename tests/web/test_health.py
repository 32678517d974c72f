"""`/health` on a real database of each kind, and on one that has gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from app.clock import now
from app.database import db
from app.web.health import LEAST_ROOM, disk, room
from tests.client import Client
from tests.conftest import settings_for
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


def test_the_room_on_the_disk_is_said_as_a_sentence_in_its_turn(client: Client) -> None:
    answer = client.get("/health")
    assert answer.json is not None
    assert "GB free" in answer.json["checks"]["disk"]
    assert answer.json["checks"]["clock"] == "no sender was seen yet to compare it with"


@pytest.mark.parametrize(
    ("data", "kept", "well", "words"),
    [
        (12 * LEAST_ROOM, None, True, "12.0 GB free"),
        (12 * LEAST_ROOM, 12 * LEAST_ROOM, True, "12.0 GB free"),
        (12 * LEAST_ROOM, LEAST_ROOM, True, "12.0 GB free, 1.0 GB where the database is"),
        (LEAST_ROOM // 2, None, False, "0.5 GB free: make room, or nothing can be kept"),
        (2 * LEAST_ROOM, 0, False, "2.0 GB free, 0.0 GB where the database is: make room, or nothing can be kept"),
        (0, 2 * LEAST_ROOM, False, "0.0 GB free, 2.0 GB where the database is: make room, or nothing can be kept"),
    ],
)
def test_too_little_room_where_anything_is_kept_is_not_well(
    data: int, kept: int | None, well: bool, words: str
) -> None:
    assert room(data, kept) == ("disk", well, words)


def test_a_folder_that_is_yet_to_be_made_counts_by_where_it_will_be(app: Flask, tmp_path: Path) -> None:
    app.config["SETTINGS"] = settings_for(f"sqlite:///{tmp_path}/far/away/file.sqlite", tmp_path / "not" / "there")
    with db.reading() as session:
        assert "GB free" in disk(session, now()).words
    assert not (tmp_path / "not").exists()
