"""The errand that makes Word documents, and what stands in them: facts of these minutes, made once, whatever fails."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.database import db
from app.discussions.models import Action, Minutes, Received
from app.forwarding import emails, making, queries, services
from app.forwarding.document import MinutesFacts, minutes_document
from app.forwarding.making import DocumentMaker, facts
from app.forwarding.models import Document
from app.organisations.models import Partnership
from app.policy import Role
from app.post.models import Delivery, Letter, Post
from app.post.sender import Sender
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene

MOMENT = timedelta(seconds=1)


def kept() -> dict[str, bytes]:
    """The documents there are: reference of the minutes to bytes."""
    with db.reading() as session:
        found = sa.select(Minutes.ref, Document.body).join(Document, Document.minutes_id == Minutes.id)
        return dict(session.execute(found).all())


def scene(arrange: Callable[[Scene], Any]) -> Any:
    """A committed world without noise; what `arrange` returns."""
    with db.writing() as session:
        return arrange(Scene(session, noise=False))


def several(number: int) -> Callable[[Scene], list[str]]:
    return lambda scene: [scene.sent(at=NOW - (number - n) * MOMENT).ref for n in range(number)]


# Making


def test_an_errand_makes_a_few_the_oldest_first_and_says_how_many(app: Flask) -> None:
    refs = scene(several(making.AT_ONCE + 2))
    maker = DocumentMaker()
    assert maker(db, NOW) == making.AT_ONCE
    assert set(kept()) == set(refs[: making.AT_ONCE])
    assert (maker(db, NOW), maker(db, NOW)) == (2, 0)
    assert set(kept()) == set(refs)


def test_a_document_is_what_its_minutes_say_and_is_kept_with_its_digest(app: Flask) -> None:
    (ref,) = scene(several(1))
    DocumentMaker()(db, NOW)
    with db.reading() as session:
        assert kept()[ref] == minutes_document(facts(session, ref))
        document = session.scalars(sa.select(Document)).one()
        assert (document.digest, document.made_at) == (hashlib.sha256(kept()[ref]).hexdigest(), NOW)


def test_a_document_is_made_once_whatever_changes_afterwards(app: Flask) -> None:
    (ref,) = scene(several(1))
    DocumentMaker()(db, NOW)
    before = kept()
    with db.writing() as session:
        session.scalars(sa.select(Partnership)).all()[0].name = "Another name"
        services.keep_document(session, ref, b"another", now=NOW + DAY)
    assert DocumentMaker()(db, NOW + DAY) == 0
    assert kept() == before


def test_nothing_is_open_while_a_document_is_made(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    scene(several(1))
    open_at_once = []

    def making_it(told: MinutesFacts) -> bytes:
        with db.writing() as session:  # on SQLite this would wait for a transaction that is open
            session.execute(sa.update(Partnership).values(colour="#000000"))
        open_at_once.append(app.extensions["database_engine"].pool.checkedout())
        return b"made"

    monkeypatch.setattr(making, "minutes_document", making_it)
    assert DocumentMaker()(db, NOW) == 1
    assert open_at_once == [0]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """References of minutes whose facts cannot be gathered, for a fault of ours."""
    refs: set[str] = set()

    def gathered(session: Session, ref: str) -> MinutesFacts:
        if ref in refs:
            raise KeyError("a fault")
        return facts(session, ref)

    monkeypatch.setattr(making, "facts", gathered)
    return refs


def test_those_that_fail_stop_no_other_wait_a_minute_and_are_tried_again(app: Flask, failing: set[str]) -> None:
    refs = scene(several(making.AT_ONCE + 3))
    failing.update(refs[: making.AT_ONCE])  # as many as are tried at once, and the oldest
    maker = DocumentMaker()
    with pytest.raises(KeyError):
        maker(db, NOW)
    assert kept() == {}
    assert maker(db, NOW + MOMENT) == 3, "the others go on, and a failed one is not tried every second"
    assert set(kept()) == set(refs[making.AT_ONCE :])
    assert maker(db, NOW + 2 * MOMENT) == 0
    failing.clear()
    assert maker(db, NOW + making.TRIED_AGAIN - MOMENT) == 0
    assert maker(db, NOW + making.TRIED_AGAIN) == making.AT_ONCE
    assert set(kept()) == set(refs)


def test_one_that_fails_among_others_is_told_once_they_are_made(app: Flask, failing: set[str]) -> None:
    refs = scene(several(3))
    failing.add(refs[0])
    with pytest.raises(KeyError):
        DocumentMaker()(db, NOW)
    assert set(kept()) == set(refs[1:])


def test_the_sender_goes_on_with_letters_although_a_document_cannot_be_made(app: Flask, failing: set[str]) -> None:
    refs = scene(several(2))
    failing.update(refs)
    post = Post(letters=(emails,), errands=(DocumentMaker(),))
    sender = Sender(database=db, settings=app.config["SETTINGS"], post=post, clock=lambda: NOW)
    assert sender.run(once=True) is False
    assert sender.trouble.startswith("An errand failed: KeyError")
    with db.reading() as session:
        states = session.scalars(sa.select(Delivery.last_reason).where(Delivery.kind == "minutes")).all()
    assert states == ["The Word document is being made."] * 2


def test_the_letter_carries_the_very_bytes_that_are_kept(app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail_use_tls=True)
    ref, lead = scene(lambda s: (s.sent().ref, s.lead.ref))
    DocumentMaker()(db, NOW)
    with db.reading() as session:
        asked = Delivery(kind="minutes", about=ref, person=lead, owed_since=NOW, message_id="<x@y>")
        letter = emails.letter(session, asked, NOW)
    assert isinstance(letter, Letter)
    assert letter.attachments[0].content == kept()[ref]


# Which are owed


def test_every_version_sent_of_late_is_owed_one_also_where_no_letter_is(session: Session) -> None:
    scene = Scene(session)
    first = scene.sent(at=EARLIER)
    scene.has(first)
    second = scene.corrected(first)
    own = scene.sent(scene.lead, scene.south)
    noise = set(session.scalars(sa.select(Minutes.ref).where(Minutes.organisation_id == scene.circle.noise.id)))
    waiting = queries.waiting_for_document(session, NOW, 100)
    assert set(waiting) - noise == {first.ref, second.ref, own.ref}
    assert queries.waiting_for_document(session, NOW, 100, {first.ref, *noise}) == [second.ref, own.ref]
    scene.documented(second)
    assert second.ref not in queries.waiting_for_document(session, NOW, 100)
    assert len(queries.waiting_for_document(session, NOW, 1)) == 1


def test_loaded_history_and_what_is_a_month_old_is_owed_none_and_is_made_when_it_is_wanted(session: Session) -> None:
    scene = Scene(session, noise=False, letters_from=EARLIER)
    history, fresh = scene.sent(at=EARLIER - MOMENT), scene.sent(at=EARLIER)
    assert queries.waiting_for_document(session, NOW, 100) == [fresh.ref]
    assert [queries.is_being_made(m, NOW) for m in (history, fresh)] == [False, True]
    later = EARLIER + queries.OF_USE + MOMENT
    assert queries.waiting_for_document(session, later, 100) == []
    assert not queries.is_being_made(fresh, later)


def test_looking_for_them_begins_at_what_was_sent_of_late(session: Session) -> None:
    Scene(session)
    statement = queries._WITHOUT_DOCUMENT.limit(5)
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    moments = {"now": NOW, "of_late": NOW - queries.OF_USE}
    seen: list[Any] = []

    def note(_c: object, _k: object, said: str, parameters: object, *_: object) -> None:
        seen.append((said, parameters))

    sa.event.listen(connection, "before_cursor_execute", note)
    session.execute(statement, moments).all()
    sa.event.remove(connection, "before_cursor_execute", note)
    plan = str(connection.exec_driver_sql(how + seen[-1][0], seen[-1][1]).all())
    assert "ix_minutes_sent_at" in plan, plan


# What stands in them


def test_the_facts_are_those_of_the_minutes_and_of_nothing_else(app: Flask, session: Session) -> None:
    scene = Scene(session, name="A partnership", numbers_to_call=[["Advice", "01234"]], marking="OFFICIAL")
    other, asked = scene.other_partnership(name="B partnership")
    scene.asked.team_name = asked.team_name = "North"
    scene.south.team_name = "East"
    made = scene.sent(scene.leader, scene.asked, asked, scene.south, answers={"point-0": "Words"})
    made.discussion.chaired_by, made.discussion.received = "Manager", Received.PAPER
    made.actions.append(Action(position=0, what="Write", who="Duty", by=date(2026, 12, 1)))
    made.question_to_lead, made.question_to_partnership = "For you", "For all"
    made.responses[0].yes, made.responses[0].not_counted = 3, True
    session.flush()
    told = facts(session, made.ref)
    assert (told.reference, told.version, told.corrects, told.marking) == (made.ref, 1, None, "OFFICIAL")
    assert told.teams == ("East", "North"), "each once, though two partnerships asked it"
    assert told.partnerships == ("A partnership", "B partnership")
    assert (told.setting, told.present, told.chaired_by, told.received) == ("Team meeting", 7, "Manager", "On paper")
    assert told.recorded_by == f"{scene.leader.name}, team leader"
    assert [(p.question, p.answer, p.yes, p.did_not_count) for p in told.points] == [
        ("What do you think of 0?", "Words", 3, True),
        ("What do you think of 1?", None, None, False),
        ("What do you think of 2?", None, None, False),
    ]
    assert [(a.what, a.who, a.by) for a in told.actions] == [("Write", "Duty", date(2026, 12, 1))]
    assert (told.question_to_lead, told.question_to_partnership) == ("For you", "For all")
    assert told.numbers_to_call == (("Advice", "01234"),)
    assert told.address == f"http://localhost/minutes/{made.ref}"
    assert other.name in told.partnerships


def test_a_correction_says_which_version_it_corrects_and_who_recorded_it_under_which_title(
    app: Flask, session: Session
) -> None:
    scene = Scene(session)
    second = scene.corrected(scene.sent(at=EARLIER), scene.lead)
    told = facts(session, second.ref)
    assert (told.version, told.corrects, told.recorded_by) == (2, 1, f"{scene.lead.name}, Named Nurse")
    scene.ended(scene.leader, Role.LEADER)
    third = scene.corrected(second, scene.leader)
    assert facts(session, third.ref).recorded_by == scene.leader.name, "no role on that day"


def test_the_file_is_called_by_briefing_team_date_and_version_in_plain_letters(session: Session) -> None:
    scene = Scene(session)
    scene.circle.edition.short_title = 'NAI "under" 5\u2019s / 2021'
    scene.asked.team_name = "Élan; Zoë\u202e & co"
    made = scene.sent()
    assert queries.file_name(made) == "NAI-under-5s-2021-Elan-Zoe-co-2026-11-18-v1.docx"
    scene.asked.team_name = "Very long " * 30
    name = queries.file_name(scene.corrected(made))
    assert name.endswith("-v2.docx") and len(name) <= 120
    scene.circle.edition.short_title, scene.asked.team_name = "議", "事録"
    assert queries.file_name(made) == "2026-11-18-v1.docx"
