"""The bar for whoever sends from a terminal: how many letters were dealt with, of those and what is due."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.database import db
from app.post import progress
from app.post.models import Delivery, State
from app.post.transport import unwitnessed
from tests import factories as make


class Terminal(io.StringIO):
    """Somebody sees what is written here."""

    def isatty(self) -> bool:
        return True


def due(count: int, begin: int = 0) -> None:
    with db.writing() as session:
        for number in range(begin, begin + count):
            said = {"owed_since": now(), "next_try_at": now() - timedelta(seconds=1), "state": State.QUEUED}
            make.kept(session, Delivery(kind="minutes", about=f"m{number}", message_id=f"<{number}@test>", **said))


def dealt_with(number: int) -> None:
    with db.writing() as session:
        letter = session.query(Delivery).filter_by(about=f"m{number}").one()
        letter.state, letter.next_try_at = State.ACCEPTED, None


def drawn(shown: Terminal) -> list[tuple[int, int]]:
    """Every state of the bar: letters dealt with, of how many."""
    return [(int(done), int(every)) for done, every in re.findall(r"(\d+)/(\d+)", shown.getvalue())]


def test_the_bar_ends_full_when_all_that_was_due_is_dealt_with(app: Flask) -> None:
    due(5)
    shown = Terminal()
    with progress.shown(db, now, shown) as witness:
        for number in range(5):
            witness("after claim")
            dealt_with(number)
            witness("after mark")
    assert drawn(shown)[-1] == (5, 5) and (1, 5) in drawn(shown)
    assert "Letters" in shown.getvalue() and "#" in shown.getvalue()


def test_the_bar_grows_where_more_becomes_due_while_it_goes_on(app: Flask) -> None:
    due(2)
    shown = Terminal()
    with progress.shown(db, now, shown) as witness:
        for number in range(2):
            dealt_with(number)
            if number:
                due(3, begin=2)
            witness("after mark")
        assert drawn(shown)[-1] == (2, 5)
        for number in range(2, 5):
            dealt_with(number)
            witness("after mark")
    assert drawn(shown)[-1] == (5, 5)


def test_what_is_due_is_not_counted_for_each_letter(app: Flask) -> None:
    due(150)
    shown, counted = Terminal(), list[str]()
    sa.event.listen(
        app.extensions["database_engine"],
        "before_cursor_execute",
        lambda _c, _u, statement, *_: counted.append(statement) if "count(*)" in statement else None,
    )
    with progress.shown(db, now, shown) as witness:
        for _ in range(120):
            witness("after mark")
    assert len(counted) == 2


def test_where_nobody_watches_nothing_is_drawn(app: Flask) -> None:
    shown = io.StringIO()
    with progress.shown(db, now, shown) as witness:
        assert witness is unwitnessed
    assert shown.getvalue() == ""
