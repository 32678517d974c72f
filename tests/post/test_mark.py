"""The mark in DATA_DIR is read whole while another sender replaces it: nobody takes that for a restored copy."""

from __future__ import annotations

import errno
import threading
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from app.post import mark
from app.post.holding import Place
from tests.conftest import NOW

PLACE = Place("origin", 0, 1)


def test_a_mark_for_which_there_is_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    mark.write(tmp_path, PLACE, NOW)
    before = (tmp_path / "sent-mark.json").read_bytes()
    with (
        patch("app.post.mark.os.fsync", side_effect=OSError(errno.ENOSPC, "No space left on device")),
        pytest.raises(OSError, match="No space"),
    ):
        mark.write(tmp_path, PLACE, NOW + timedelta(seconds=1))
    assert [path.name for path in tmp_path.iterdir()] == ["sent-mark.json"]
    assert (tmp_path / "sent-mark.json").read_bytes() == before


def test_a_mark_that_is_replaced_while_it_is_read_is_no_copy(tmp_path: Path) -> None:
    mark.write(tmp_path, PLACE, NOW)
    over = threading.Event()

    def replace_it() -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            mark.write(tmp_path, PLACE, NOW + timedelta(seconds=turn))

    other = threading.Thread(target=replace_it)
    other.start()
    seen, ats, late = 0, set(), time.monotonic() + 60
    try:
        # However slow the disk is, it is replaced this often while somebody reads without a pause.
        while (seen < 3_000 or len(ats) < 50) and time.monotonic() < late:
            one = mark.read(tmp_path)
            assert one is not None and not one.copied
            seen, ats = seen + 1, {*ats, one.at}
    finally:
        over.set()
        other.join()
    assert len(ats) > 5, "it was not replaced meanwhile"
