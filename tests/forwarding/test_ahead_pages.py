"""Deciding beforehand, from the lead's page to what the team is told, and what becomes of it when things go wrong."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app import clock
from app.database import db
from app.discussions.models import Minutes
from app.forwarding import at_once, beforehand, emails, making, services
from app.forwarding.making import DocumentMaker
from app.forwarding.models import Document, Share
from app.organisations import ahead
from app.organisations.deciding import decide_ahead
from app.organisations.decisions import StandingDecision
from app.organisations.models import Person
from app.organisations.queries import actor_for
from app.post.models import Delivery, Letter
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import World
from tests.forwarding.visits import faults, statements, words

PAGE = "/standing-decisions"
STATED = {"nobody_known": "yes"}


def link(browser: Client) -> str:
    """Where the first decision is changed."""
    return next(
        part.split('"')[0] for part in browser.get(PAGE).text.split('href="')[1:] if part.startswith(f"{PAGE}/")
    )


def decides(lead: Client, sharing: str = "at_once", **more: str) -> Any:
    at = link(lead)
    return lead.post_form(at, {"sharing": sharing, **more}, at=at)


def shares() -> list[Share]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Share).order_by(Share.id)))


def ref() -> str:
    with db.reading() as session:
        return session.scalars(sa.select(Minutes.ref).order_by(Minutes.id.desc())).first() or ""


def test_a_lead_decides_on_a_page_that_says_what_it_means_and_since_when(lead: Client) -> None:
    page = words(lead.get(PAGE))
    assert "Community Trust and the ESSCP You read each one first. That holds until you decide otherwise." in page
    assert "You always read first, whatever you decided, where:" in page
    form = words(lead.get(link(lead)))
    assert "Confirm as Lead, Named Nurse" in form and "It does not find other names, schools, places" in form
    answer = decides(lead)
    assert answer.status_code == 303
    page = words(lead.get(answer.location))
    assert page.startswith("Done Your decision counts for minutes that teams send from now on.")
    assert "Shared at once when the check finds nothing, since " in page and "They may not be quoted." in page
    decides(lead, quotable="yes")
    decides(lead, "read")
    page = words(lead.get(PAGE))
    assert "You read each one first, since " in page and "What you decided before" in page
    assert page.count("Shared at once when the check finds nothing, since ") == 2
    with db.reading() as session:
        assert [(d.at_once, d.quotable) for d in session.scalars(sa.select(StandingDecision))] == [
            (True, False),
            (True, True),
            (False, False),
        ]


def test_what_a_lead_recorded_herself_is_not_said_to_have_gone_unread(
    app: Flask, place: World, lead: Client, leader: Client
) -> None:
    decides(lead)
    nothing = dict.fromkeys(worlds.SAID, "")
    for who, notes, went, unread in (
        (lead, {}, "answers went to it on", False),
        (lead, {**nothing, "no_notes": "yes"}, "word of a meeting without notes went to it on", False),
        (lead, nothing, "word of a meeting without answers went to it on", False),
        (leader, {}, "answers went to it on", True),
    ):
        check = worlds.write(who, place, **notes)
        assert who.post_form(check, STATED, at="/check").status_code == 303
        DocumentMaker()(db, clock.now())
        said = words(lead.get(f"/minutes/{ref()}"))
        assert went in said and ("before a lead had read them" in said) == unread, said


def test_nothing_chosen_and_an_old_page_are_told_on_the_page(lead: Client) -> None:
    at = link(lead)
    page = lead.post_form(at, {"sharing": None}, at=at)
    assert page.status_code == 422 and next(iter(faults(page).values())).startswith("Choose what happens with answers")
    old = worlds.form_at(lead.get(at), at)
    decides(lead)
    page = lead.post(at, data={**old, "sharing": "at_once", "quotable": "yes"})
    assert page.status_code == 409 and "Lead changed this on another page after you opened this one." in words(page)


def test_the_team_is_told_before_it_sends_and_reads_afterwards_what_became_of_it(
    app: Flask, place: World, lead: Client, leader: Client
) -> None:
    decides(lead)
    check = worlds.write(leader, place)
    page = words(leader.get(check))
    assert "Lead, Named Nurse, has decided that answers of your team are shared with the ESSCP at once when" in page
    assert "Nothing is found in what you wrote, so they go to the ESSCP as soon as you send them." in page
    answer = leader.post_form(check, STATED, at="/check")
    receipt = words(leader.get(answer.location))
    assert "Lead has decided that answers go to the ESSCP at once, unless something in them is to be" in receipt
    assert "may say “I have this” or ask you something. We email" in receipt, "sharing is decided already"
    waiting = words(lead.get(f"/minutes/{ref()}"))
    assert "Not shared with the ESSCP at once, although it was decided so beforehand: the service has not" in waiting
    DocumentMaker()(db, clock.now())
    (given,) = shares()
    hers = words(lead.get(f"/minutes/{ref()}"))
    assert "Shared with the ESSCP. By the standing decision of Lead, Named Nurse, of" in hers
    assert "2 answers went to it on" in hers and "Stop sharing these answers" in hers
    assert "I have this. Leave shared with the ESSCP what is ticked here" in hers, "she still says that she has them"
    assert "By the standing decision of Lead, Named Nurse, of " in hers.partition("What happened")[2]
    theirs = words(leader.get(f"/minutes/{ref()}"))
    assert "Shared with the ESSCP By the standing" not in theirs and "By the standing decision of Lead" in theirs
    team = words(leader.get(f"/teams/{place.team}"))
    assert "Shared with the ESSCP" in team and "as the safeguarding lead had decided beforehand" in team
    assert "To read" in words(lead.get("/inbox")) and "What should happen with these answers?" in hers
    assert given.under_id


def test_what_was_left_in_is_read_first_and_the_team_is_told(place: World, lead: Client, leader: Client) -> None:
    decides(lead)
    check = worlds.write(leader, place, question_to_lead="Ring 07700 900123?")
    answer = leader.post(check, data=worlds.to_send(leader, check))
    assert answer.status_code == 303, faults(answer)
    receipt = words(leader.get(answer.location))
    assert "You left something in, so these answers do not go at once: Lead reads them first." in receipt
    assert "In a minute" not in receipt and "or share your answers with the ESSCP. We email" in receipt
    DocumentMaker()(db, clock.now())
    theirs, hers = words(leader.get(f"/minutes/{ref()}")), words(lead.get(f"/minutes/{ref()}"))
    why_not = "Not shared with the ESSCP at once, although it was decided so beforehand: something that looks like"
    assert why_not in theirs and "somebody’s was left in. They are with Lead, to be read first." in theirs
    assert why_not in hers and "to be read first" not in hers and shares() == []


def test_saying_afterwards_that_she_has_them_leaves_what_was_shared_as_it_is(
    place: World, lead: Client, leader: Client
) -> None:
    sent(place, lead, leader)
    DocumentMaker()(db, clock.now())
    (given,) = shares()
    done = lead.post_form(f"/minutes/{ref()}", {"decision": "share"}, at="/decision")
    assert done.status_code == 303 and [one.ref for one in shares()] == [given.ref], "the same again changes nothing"
    hers = words(lead.get(f"/minutes/{ref()}"))
    assert "said “I have this”; what was shared stays shared." in hers and "does not share it for now" not in hers


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"points-point-0-words": "Ring 01323 555778."}, "Something is found in what you wrote, so these answers are"),
        ({"setting": "group_supervision"}, "It does not count for supervision: these answers are read first."),
    ],
)
def test_what_is_read_first_all_the_same_is_said_before_and_to_the_lead(
    lead: Client, leader: Client, place: World, said: dict[str, str], told: str
) -> None:
    decides(lead)
    check = worlds.write(leader, place, **{k: v for k, v in said.items() if k != "setting"})
    if "setting" in said:
        leader.post_form(place.meeting, {**said, "do": "continue"}, at="/meeting")
    assert told in words(leader.get(check))
    assert leader.post(check, data=worlds.to_send(leader, check)).status_code == 303
    DocumentMaker()(db, clock.now())
    assert shares() == []
    assert "Not shared with the ESSCP at once, although it was decided so beforehand: " in words(
        lead.get(f"/minutes/{ref()}")
    )


@pytest.mark.parametrize("before", [False, True])
def test_nobody_sends_under_a_decision_of_which_the_page_did_not_tell(
    lead: Client, leader: Client, place: World, before: bool
) -> None:
    if before:
        decides(lead)
    check = worlds.write(leader, place)
    old = worlds.to_send(leader, check)
    decides(lead, "read" if before else "at_once")
    page = leader.post(check, data=old)
    assert page.status_code == 409 and "Look through it once more before you send it." in words(page)
    assert ("has decided that answers" in words(page)) is not before
    assert leader.post(check, data=worlds.to_send(leader, check)).status_code == 303


def sent(place: World, lead: Client, leader: Client) -> str:
    decides(lead)
    worlds.send(leader, place)
    return ref()


def letter(made: str) -> str:
    with db.reading() as session:
        lead = session.scalars(sa.select(Person).where(Person.name == "Lead")).one()
        about = Delivery(kind="minutes", about=made, person=lead.ref, owed_since=clock.now(), message_id="<x@y>")
        written = emails.letter(session, about, clock.now() + emails.DOCUMENT_WAIT)
        assert isinstance(written, Letter)
        return " ".join(written.body.split())


def test_the_letter_to_the_lead_says_what_went_and_what_may_still_go(
    place: World, lead: Client, leader: Client
) -> None:
    made = sent(place, lead, leader)
    assert "If nothing is found, their answers go to the ESSCP as it was decided beforehand" in letter(made)
    DocumentMaker()(db, clock.now())
    body = letter(made)
    assert "By your standing decision of " in body and "the answers have gone to the ESSCP: nothing was" in body
    assert "What to do next: read them and say that you have them." in body
    assert "Beside that, the ESSCP sees only that the team has met, and when." in body
    assert "Until you share answers" not in body and "We talked about it" not in body


def test_the_letter_about_minutes_without_answers_does_not_say_that_answers_went(
    place: World, lead: Client, leader: Client
) -> None:
    decides(lead)
    check = worlds.write(leader, place, **dict.fromkeys(worlds.SAID, ""))
    assert leader.post_form(check, STATED, at="/check").status_code == 303
    assert "word of the meeting goes to the ESSCP as it was decided beforehand" in letter(ref())
    DocumentMaker()(db, clock.now())
    body = letter(ref())
    assert "word of a meeting without answers has gone to the ESSCP: nothing was found in these minutes." in body
    assert "the answers have gone" not in body


# When things go wrong


def killed(deed: Callable[[], Any]) -> None:
    """Another process does it on a connection of its own, and has to kill itself on the way."""
    child = os.fork()
    if child == 0:
        try:
            db.engine.dispose(close=False)
            deed()
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.mark.parametrize("point", ["before the share", "after the share", "after both are kept"])
def test_a_sender_that_is_killed_leaves_the_document_and_the_share_or_neither(
    place: World, lead: Client, leader: Client, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    made = sent(place, lead, leader)

    def dies(then: Callable[..., Any] | None, first: bool) -> Callable[..., Any]:
        def deed(*args: Any, **kwargs: Any) -> Any:
            if then and not first:
                then(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        return deed

    with monkeypatch.context() as patched:
        if point == "after both are kept":
            patched.setattr(DocumentMaker, "__call__", dies(DocumentMaker.__call__, first=False))
        else:
            patched.setattr(services, "share", dies(services.share, first=point == "before the share"))
        killed(lambda: DocumentMaker()(db, clock.now()))
    left = 1 if point == "after both are kept" else 0
    with db.reading() as session:
        assert (len(session.scalars(sa.select(Document.minutes_id)).all()), len(shares())) == (left, left)
    DocumentMaker()(db, clock.now())
    assert [(given.by_id, given.thread) for given in shares()] == [(place.lead, made)]


def test_a_text_that_cannot_be_looked_through_is_read_first_and_nothing_else_waits(
    place: World, lead: Client, leader: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent(place, lead, leader)

    def breaks(*_: Any) -> Any:
        raise RuntimeError("no pattern")

    monkeypatch.setattr(beforehand, "looks_in", breaks)
    DocumentMaker()(db, clock.now())
    assert shares() == [] and "could not be looked through" in caplog.text
    with db.reading() as session:
        assert len(session.scalars(sa.select(Document.minutes_id)).all()) == 1


def test_senders_at_once_share_once(app: Flask, place: World, lead: Client, leader: Client) -> None:
    made, start = sent(place, lead, leader), threading.Barrier(8)

    def sends(_: int) -> None:
        with app.app_context():
            start.wait(60)
            making.make(db, made, clock.now())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sends, range(8)))
    assert len(shares()) == 1


def reads_first_again(session: Session, lead: int) -> None:
    actor = actor_for(session, lead, clock.now())
    ((held, (asker,)),) = ahead.appointments(session, actor, clock.now())
    decide_ahead(session, actor, held, asker.id, at_once=False, now=clock.now())


@pytest.mark.parametrize("turn", range(5))
def test_a_change_at_the_same_instant_comes_before_or_after_and_never_between(
    app: Flask, place: World, lead: Client, leader: Client, turn: int
) -> None:
    """Either the answers went while the decision stood, or it was changed first and they did not. Every second time it
    is changed while a sender that has looked lingers."""
    made, start, looked = sent(place, lead, leader), threading.Barrier(2), threading.Event()
    order: list[str] = []
    with db.reading() as session:
        may_go_to = at_once.open_to(session, made)

    def at_the_same_time(deed: Callable[[Session], Any], name: str) -> None:
        with app.app_context():
            start.wait(60)
            assert name == "kept" or turn % 2 == 0 or looked.wait(60)
            with db.writing() as session:
                deed(session)
                session.flush()
                if name == "kept" and turn % 2:
                    looked.set()
                    sleep(1)
                order.append(name)

    def sends(session: Session) -> None:
        at_once.keep_document(session, made, b"PK", may_go_to, now=clock.now())

    deeds = ((sends, "kept"), (lambda session: reads_first_again(session, place.lead), "changed"))
    with ThreadPoolExecutor(2) as pool:
        for going in [pool.submit(at_the_same_time, *deed) for deed in deeds]:
            going.result()
    assert len(shares()) == (1 if order == ["kept", "changed"] else 0), order


def test_the_pages_of_decisions_take_as_many_statements_however_often_she_decided(app: Flask, lead: Client) -> None:
    decides(lead)
    few = statements(app, lead, PAGE), statements(app, lead, link(lead))
    for sharing in ("read", "at_once", "read"):
        decides(lead, sharing)
    assert (statements(app, lead, PAGE), statements(app, lead, link(lead))) == few


def test_nobody_else_finds_her_decisions(app: Flask, place: World, lead: Client) -> None:
    at = link(lead)
    for who in (place.leader, place.deputy, place.officer, place.stranger):
        browser = worlds.browser_of(app, who)
        assert (browser.get(PAGE).status_code, browser.get(at).status_code) == (404, 404)
    assert lead.get(f"{PAGE}/{'0' * 12}/esscp").status_code == 404
    assert lead.get(f"{at}x").status_code == 404
