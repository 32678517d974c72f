"""The trail is only added to: the database itself refuses to change or delete an event, whoever asks it to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.policy import CONSOLE, Actor
from app.trail import queries
from app.trail.models import Event
from app.trail.services import note

NAME = "A person"


@pytest.fixture
def noted(session: Session, now: datetime) -> Session:
    """A session in which three events are noted about two things."""
    who = Actor(NAME, (), person=7)
    note(session, who, "sent", "aaaaaaaaaaaa", now=now, organisation_id=3, detail={"version": 1})
    note(session, who, "read", "aaaaaaaaaaaa", now=now + timedelta(minutes=1))
    note(session, CONSOLE, "published", "bbbbbbbbbbbb", now=now, partnership_id=4)
    session.flush()
    return session


CHANGES = {
    "an update": "UPDATE event SET by = 'somebody else'",
    "an update of one": "UPDATE event SET detail = '{}' WHERE kind = 'read'",
    "an update to the same": "UPDATE event SET kind = kind",
    "a deletion": "DELETE FROM event WHERE kind = 'read'",
    "a deletion of everything": "DELETE FROM event",
}
AGAIN = "(id, at, kind, about, by, detail) SELECT id, at, kind, about, 'somebody else', detail FROM event"
UPSERT = f"INSERT INTO event {AGAIN} WHERE true ON CONFLICT (id) DO UPDATE SET by = 'somebody else'"
OF_ONE_ENGINE = {
    "sqlite": {"a replacement": f"INSERT OR REPLACE INTO event {AGAIN}", "an upsert": UPSERT},
    "postgresql": {
        "emptying": "TRUNCATE event",
        "emptying with what refers to it": "TRUNCATE event CASCADE",
        "an upsert": UPSERT,
        "a merge": "MERGE INTO event e USING event o ON e.id = o.id WHEN MATCHED THEN DELETE",
    },
}


def test_an_event_is_never_changed_nor_deleted(noted: Session) -> None:
    before = told(noted)
    assert len(before) == 3
    for how, sql in {**CHANGES, **OF_ONE_ENGINE[noted.get_bind().dialect.name]}.items():
        refused(noted, how, sql)
        assert told(noted) == before, how


def refused(session: Session, how: str, sql: str) -> None:
    """The database refuses a statement; `how` is its name, which pytest shows where it does not."""
    with pytest.raises(DBAPIError, match="events are only added"), session.begin_nested():
        session.execute(sa.text(sql))


def told(session: Session) -> list[tuple[object, ...]]:
    """Every event there is, whole."""
    return [tuple(row) for row in session.execute(sa.select(*Event.__table__.c).order_by(Event.id))]  # type: ignore[attr-defined]


def test_the_orm_cannot_change_an_event_either(noted: Session) -> None:
    event = noted.scalars(sa.select(Event)).first()
    assert event is not None
    event.by = "somebody else"
    with pytest.raises(DBAPIError, match="events are only added"), noted.begin_nested():
        noted.flush()


def test_an_event_says_who_did_what_about_which_thing_where_and_when(noted: Session, now: datetime) -> None:
    sent, read = queries.about(noted, "aaaaaaaaaaaa")
    assert (sent.kind, sent.by, sent.person_id, sent.organisation_id, sent.detail) == (
        "sent",
        NAME,
        7,
        3,
        {"version": 1},
    )
    assert sent.at == now
    assert (read.organisation_id, read.detail) == (None, {})


def test_events_about_one_thing_come_oldest_first_and_by_kind_where_asked(noted: Session) -> None:
    assert [event.kind for event in queries.about(noted, "aaaaaaaaaaaa")] == ["sent", "read"]
    assert [event.kind for event in queries.about(noted, "aaaaaaaaaaaa", kinds=["read"])] == ["read"]
    assert queries.about(noted, "cccccccccccc") == []


def test_what_the_command_line_does_is_noted_as_such(noted: Session) -> None:
    (event,) = queries.about(noted, "bbbbbbbbbbbb")
    assert (event.by, event.person_id, event.partnership_id) == ("the command line", None, 4)
