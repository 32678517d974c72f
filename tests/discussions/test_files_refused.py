"""A file whose page may not be taken is not kept: that is said, whatever broke, and nothing is begun with it."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.database import db
from app.discussions.drafts import Draft
from tests.accounts.browsers import Clock
from tests.client import Client
from tests.discussions.test_rescue import (
    OURS,
    Breaks,
    clock,
    ended,
    key_changed,
    leader,
    stopped,
    without_any,
)
from tests.discussions.worlds import World, form_at, words

__all__ = ["clock", "leader", "stopped"]


@pytest.mark.parametrize("breaks", [ended, without_any, key_changed])
@pytest.mark.parametrize("page", ["upload", "own-minutes"])
def test_whoever_sent_a_file_that_was_not_taken_is_told_to_choose_it_again(
    app: Flask, leader: Client, place: World, clock: Clock, breaks: Breaks, page: str
) -> None:
    at = f"/asked/{place.asked}/{page}"
    form = form_at(leader.get(at), f"/{page}")
    broken = breaks(leader, place, clock)
    given = {**form, "file": (BytesIO(b"PK"), "sheet.docx")}
    answer = broken.post(at, data=given, headers=OURS, content_type="multipart/form-data")
    assert answer.status_code in (400, 403)
    assert "A file is not kept here: choose it again then." in words(answer)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 0
