"""An operator's page: what waits and what went wrong in numbers and reasons, trying again, holding and letting go."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app import LETTERS, clock
from app.console import user
from app.database import db
from app.errors import Denied
from app.forwarding.emails import KINDS as OF_MINUTES
from app.home import postroom, services
from app.home.postroom import ADVICE, KIND_WORDS, STATE_WORDS
from app.policy import Role
from app.post import flow, holding
from app.post.models import TRIED_AGAIN, AddressCleared, Bounce, BounceKind, Delivery, Hold, Outcome, State
from app.post.presence import MailboxSeen
from app.post.results import Fault, Phase, why_of
from app.trail.models import Event
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.forwarding.scene import Scene, counted
from tests.forwarding.visits import Visits, earlier, faults, form_at, has_form, statements, words

numbers = count()
MINUTE = timedelta(minutes=1)
FLAGGED = "gone@trust.test"


def letter(session: Session, state: State, why: str = "", **values: Any) -> Delivery:
    """A letter in a state; it waits where that is what its state says."""
    waits = state in (State.QUEUED, State.SENDING, State.RETRY, State.HELD)
    number = next(numbers)
    defaults = {"kind": "minutes", "about": f"m{number}", "owed_since": earlier(2), "message_id": f"<{number}@test>"}
    defaults["next_try_at"] = earlier(-1) if waits else None
    return make.kept(session, Delivery(state=state, last_reason=why, **{**defaults, **values}))


def came_back(session: Session, address: str, **values: Any) -> None:
    row = letter(session, State.BOUNCED, "There is no such address.", address=address)
    said = {"kind": BounceKind.FAILED, "status": "5.1.1", "reply": "550 no", "flags": True}
    where = {"delivery_id": row.id, "at": earlier(1), "sent_at": earlier(2), "digest": f"{row.id}"}
    make.kept(session, Bounce(**{**where, **said, "address": address, **values}))


@pytest.fixture
def place(app: Flask) -> Visits:
    """A service with an operator and an administrator, to which no letter of its own is owed."""

    def arrange(scene: Scene) -> dict[str, Any]:
        operator = make.person(scene.session, name="Operator")
        make.appoint(scene.session, operator, Role.OPERATOR)
        scene.session.flush()
        scene.session.execute(sa.text("UPDATE partnership SET letters_from = '2099-01-01 00:00:00'"))
        return {"operator": operator.id, "administrator": scene.appointed(Role.ADMINISTRATOR).id}

    return Visits(app, arrange)


def browser(place: Visits) -> Client:
    return place.browser(place.refs["operator"])


def page(place: Visits) -> str:
    return words(browser(place).get("/post"))


def done(place: Visits, deed: str, **sent: str) -> str:
    """What the page says after a deed."""
    at = browser(place)
    token = form_at(at.get("/post"), "/post/release" if deed == "release" else "/post/hold")["csrf_token"]
    answer = at.post(f"/post/{deed}", data={"csrf_token": token, **sent})
    assert answer.status_code == 303
    return words(at.get(answer.headers["Location"]))


def trail() -> list[tuple[str, str]]:
    with db.reading() as session:
        found = session.scalars(sa.select(Event).where(Event.about == postroom.ABOUT).order_by(Event.id))
        return [(event.by, event.kind) for event in found]


# What stands there


def test_it_says_what_waits_by_kind_and_urgency_with_its_age(place: Visits) -> None:
    old = earlier(30)
    with db.writing() as session:
        letter(session, State.QUEUED, kind="code", urgency=0)
        letter(session, State.QUEUED, urgency=2, owed_since=old)
        letter(session, State.RETRY, "The mailbox is full.", urgency=2)
        letter(session, State.ACCEPTED)
    said = page(place)
    assert "3 letters wait, the most urgent first" in said
    assert "Codes to sign in At once 1 0" in said
    assert f"Minutes to read Soon 2 0 {clock.moment_words(old)}" in said
    assert "The mailbox is full. Waiting to be tried again. Tell whoever reads it in another way." in said.replace(
        "full.Waiting", "full. Waiting"
    )
    assert "No letter went wrong." in said


def test_it_says_how_the_mailbox_for_what_comes_back_stands_where_there_is_one(place: Visits, app: Flask) -> None:
    at = clock.now()
    assert "mailbox for what comes back" not in page(place)
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], bounce_imap_server="imap.council.test")
    assert "Nobody has looked into the mailbox for what comes back yet. Start flask --app app post mailbox." in page(
        place
    )
    for minutes, trouble in ((30, ""), (0, "The server of the mailbox could not be reached.")):
        with db.writing() as session:
            holding.looked(session, at - minutes * MINUTE, trouble)
    said = page(place)
    assert f"was last looked into on {clock.moment_words(at - 30 * MINUTE)}." in said
    assert f"It was tried on {clock.moment_words(at)}: The server of the mailbox could not be reached." in said
    with db.writing() as session:
        session.execute(sa.update(MailboxSeen).values(looked_at=at - 61 * MINUTE))
    assert "What comes back is not looked at." in page(place)


def test_what_no_sender_has_taken_up_is_counted_too(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        operator = make.person(scene.session)
        make.appoint(scene.session, operator, Role.OPERATOR)
        scene.sent(at=earlier())
        return {"operator": operator.id}

    said = page(Visits(app, arrange))
    assert re.search(r"Minutes to read Soon (\d+) \1 ", said)
    assert "Letters do not go out. One has been due since" in said and "No sender was ever seen." in said


def test_what_went_wrong_stands_by_reason_with_what_to_do_and_nobodys_affairs(place: Visits) -> None:
    with db.writing() as session:
        for _ in range(3):
            letter(session, State.FAILED, "There is no such address.", address="secret@trust.test")
        letter(session, State.QUARANTINED, "This letter could not be written, through a fault of ours.")
    said = page(place)
    assert "4 letters not tried again by themselves" in said
    assert "Could not be sent. Put the address right in the people file" in said
    assert "Set aside through a fault of ours. Look at the log of the sender" in said
    assert "secret@" not in said and "Briefing" not in said
    home = words(browser(place).get("/home"))
    assert "4 letters could not be sent." in home and "Held until they can be written" not in home


def test_a_sender_that_was_there_a_moment_ago_runs_and_one_that_was_not_does_not(place: Visits) -> None:
    assert "No sender was ever seen." in page(place)
    with db.writing() as session:
        holding.seen(session, earlier(1))
    assert "The sender is not running, or cannot write to the database: it was last seen on" in page(place)
    with db.writing() as session:
        holding.seen(session, earlier(0))
    assert "The sender is running: it was last seen on" in page(place)


def test_addresses_that_letters_come_back_from_are_named_and_cleared_by_name(place: Visits) -> None:
    with db.writing() as session:
        came_back(session, FLAGGED)
        came_back(session, FLAGGED)
        came_back(session, "slow@trust.test", kind=BounceKind.DELAYED, flags=False)
        held = letter(session, State.HELD, "Letters to this address come back: there is no such address.")
        key = held.id
    said = page(place)
    assert said.count(FLAGGED) == 2, "once as a name and once for whoever hears the button"
    assert "slow@" not in said
    assert "Letters go to this address again." in done(place, "clear", flagged=FLAGGED)
    assert FLAGGED not in page(place)
    with db.reading() as session:
        assert session.scalars(sa.select(AddressCleared)).one().by == "Operator"
        due = session.get_one(Delivery, key).next_try_at
        assert due is not None and due <= clock.now()
    assert trail() == [("Operator", "cleared an address")]
    assert "This address was not flagged." in done(place, "clear", flagged=FLAGGED)


# Trying again


def test_letters_are_tried_again_by_reason(place: Visits) -> None:
    with db.writing() as session:
        wanted = [letter(session, State.FAILED, "The mailbox is full.").id for _ in range(2)]
        letter(session, State.FAILED, "There is no such address.")
        letter(session, State.RETRY, "The mailbox is full.")
        letter(session, State.FAILED, "The mailbox is full.", send_until=earlier(1))
    assert "2 letters will be tried now." in done(place, "retry", of_state="failed", of_reason="The mailbox is full.")
    with db.reading() as session:
        due = sa.select(Delivery.id).where(Delivery.state == State.QUEUED, Delivery.next_try_at <= clock.now())
        assert sorted(session.scalars(due)) == wanted
    assert page(place).count("The mailbox is full.") == 4, "what is tried now has no reason to wait any more"
    assert trail() == [("Operator", "had letters tried again")]
    assert "Operator had letters tried again: 2 letters." in page(place)


def test_all_that_went_wrong_or_waits_for_a_reason_is_tried_and_nothing_that_was_sent(place: Visits) -> None:
    with db.writing() as session:
        for state in State:
            letter(session, state, "A reason.")
        letter(session, State.RETRY)
    assert f"{len(TRIED_AGAIN)} letters will be tried now." in done(place, "retry")
    with db.reading() as session:
        left = session.scalars(sa.select(Delivery.state).where(Delivery.last_reason == "A reason."))
        assert sorted(left) == sorted([*({*State} - {*TRIED_AGAIN}), *[State.QUEUED] * len(TRIED_AGAIN)])


def test_a_state_that_is_none_or_is_settled_changes_nothing(place: Visits) -> None:
    with db.writing() as session:
        letter(session, State.ACCEPTED, "x")
    at = browser(place)
    token = form_at(at.get("/post"), "/post/hold")["csrf_token"]
    answer = at.post("/post/retry", data={"csrf_token": token, "of_state": "nonsense", "of_reason": "x"})
    assert answer.status_code == 422
    assert "0 letters will be tried now." in done(place, "retry", of_state="accepted", of_reason="x")
    assert trail() == []


UNSURE = "The mail system did not confirm that it has the letter, so it may arrive twice."


def test_a_letter_that_was_never_confirmed_is_tried_again_only_where_somebody_asks_for_just_that(place: Visits) -> None:
    with db.writing() as session:
        unsure = letter(session, State.MAYBE_SENT, UNSURE).id
        waits = letter(session, State.MAYBE_SENT, UNSURE, next_try_at=earlier(-1)).id
    said = page(place)
    assert "1 letter not tried again by themselves" in said and "No letter went wrong." not in said
    assert said.count(postroom.PERHAPS_OUT) == 1 and said.count(ADVICE["The mail system did not confirm"]) == 1
    assert "Try all of these again" not in said, "there is nothing else to try"
    home = words(browser(place).get("/home"))
    assert "1 letter was sent, but not confirmed by the mail system." in home and "could not be sent" not in home
    with db.writing() as session:
        failed = letter(session, State.FAILED, "The mailbox is full.").id
    assert "Letters that the mail system did not confirm are left out here" in page(place)
    assert "1 letter will be tried now." in done(place, "retry")
    with db.reading() as session:
        states = dict(session.execute(sa.select(Delivery.id, Delivery.state)).all())
    assert states == {unsure: State.MAYBE_SENT, waits: State.MAYBE_SENT, failed: State.QUEUED}
    assert "1 letter will be tried now." in done(place, "retry", of_state="maybe_sent", of_reason=UNSURE)
    with db.reading() as session:
        states = dict(session.execute(sa.select(Delivery.id, Delivery.state)).all())
    assert states == {unsure: State.QUEUED, waits: State.MAYBE_SENT, failed: State.QUEUED}


def test_what_went_wrong_is_found_by_its_index(session: Session) -> None:
    with counted(session) as asked:
        flow.reasons(session)
    explain = "EXPLAIN QUERY PLAN"
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # it would read a table of no rows straight through
        explain = "EXPLAIN"
    plan = session.connection().exec_driver_sql(f"{explain} {asked[-1]}").all()
    assert "ix_delivery_over" in str(plan)


# Holding


def test_all_letters_are_held_for_a_reason_and_let_go_again_by_name(place: Visits) -> None:
    with db.writing() as session:
        letter(session, State.QUEUED)
    assert "Letters are held. Nothing is sent" in done(place, "hold", because="A rehearsal  <b>")
    said = page(place)
    assert "Why letters are held A rehearsal <b>" in said and "older copy" not in said
    assert "Let 1 letter go" in said and not has_form(browser(place).get("/post"), "/post/hold")
    assert "Letters go out again." in done(place, "release")
    with db.reading() as session:
        assert [row.puts for row in session.scalars(sa.select(Hold).order_by(Hold.id))] == [True, False]
    assert trail() == [("Operator", "held all letters"), ("Operator", "let letters go again")]


def test_what_is_done_by_a_command_stands_there_with_the_name_of_who_gave_it(place: Visits, app: Flask) -> None:
    with db.writing() as session:
        letter(session, State.QUARANTINED, "This letter could not be written.")
    who = f"{user()} at the command line"
    commands = [["hold", "--because", "A rehearsal"], ["hold", "--because", "Again"], ["release"], ["release"]]
    for command in [*commands, ["retry"], ["retry"], ["clear", "flagged@example.gov.uk"]]:
        assert app.test_cli_runner().invoke(args=["post", *command]).exit_code == 0
    did = ["held all letters", "let letters go again", "had letters tried again", "cleared an address"]
    assert trail() == [(who, what) for what in did]
    assert f"{who} had letters tried again: 1 letter." in page(place)


@pytest.mark.parametrize(
    ("because", "fault"),
    [(" ", "Write why letters are held, for whoever looks next."), ("x" * 301, "301 characters long")],
)
def test_without_a_reason_or_with_too_long_a_one_nothing_is_held(place: Visits, because: str, fault: str) -> None:
    at = browser(place)
    answer = at.post_form("/post", {"because": because}, at="/post/hold")
    assert answer.status_code == 422 and fault in faults(answer)["because"]
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Hold)) == 0


def test_after_a_restore_it_says_what_may_be_out_already_before_anything_is_let_go(place: Visits) -> None:
    with db.writing() as session:
        letter(session, State.QUEUED, owed_since=earlier(5))
        letter(session, State.QUEUED, owed_since=earlier(0))
        holding.put(session, "This database is older.", clock.now(), seen_era=0, sent_until=earlier(1))
    said = page(place)
    assert "This database may be an older copy. Letters went out until" in said
    assert "These wait here and may have gone out already: Minutes to read: 1 letter, the oldest owed since" in said
    assert "Let 2 letters go" in said


# Whom it is for


def test_it_is_for_operators_and_the_services_refuse_everybody_else(place: Visits) -> None:
    for who in place.people:
        assert place.page(who, "/post").status_code == 404, who
    with db.writing() as session:
        officer = make.actor_of(session, session.get_one(type(make.person(session)), place.people["officer"]))
        for deed in (
            lambda: services.hold(session, officer, "x", now=NOW),
            lambda: services.release(session, officer, now=NOW),
            lambda: services.retry(session, officer, "", "", now=NOW),
            lambda: services.clear(session, officer, FLAGGED, now=NOW),
        ):
            with pytest.raises(Denied):
                deed()
        session.rollback()


def test_administrators_and_officers_read_when_letters_do_not_go_out(place: Visits) -> None:
    words_ = "Letters are not going out at the moment"
    readers = ["officer", place.refs["administrator"]]

    def read(who: Any) -> str:
        return words(place.browser(who).get("/home"))

    assert not any(words_ in read(who) for who in readers)
    with db.writing() as session:
        letter(session, State.QUEUED, next_try_at=clock.now() - 4 * MINUTE)
    assert not any(words_ in read(who) for who in readers), "four minutes are no standstill"
    with db.writing() as session:
        letter(session, State.QUEUED, next_try_at=clock.now() - 6 * MINUTE)
    assert all(f"{words_}: one has waited since" in read(who) for who in readers)
    assert words_ not in read("leader") and words_ not in read("lead")
    with db.writing() as session:
        holding.put(session, "A rehearsal.", clock.now())
    assert all(f"{words_}: whoever runs this service has held them since" in read(who) for who in readers)
    assert "A rehearsal" not in read("officer")


# Sizes and words


def test_the_page_takes_as_many_statements_for_ten_letters_as_for_ten_thousand(app: Flask, place: Visits) -> None:
    at = browser(place)

    def many(number: int) -> int:
        states = [State.ACCEPTED, State.RETRY, State.FAILED, State.BOUNCED, State.HELD]
        with db.writing() as session:
            session.execute(
                sa.insert(Delivery),
                [
                    {
                        "kind": "minutes",
                        "about": f"{number}-{n}",
                        "owed_since": NOW,
                        "message_id": f"<{number}-{n}>",
                        "state": states[n % 5],
                        "last_reason": "The mailbox is full." if n % 5 else "",
                        "next_try_at": clock.now() if states[n % 5] in (State.RETRY, State.HELD) else None,
                        "ref": f"{number}-{n}",
                    }
                    for n in range(number)
                ],
            )
        return statements(app, at, "/post")

    # The most are asked on a Monday from nine: in these hours people are reminded, and written to once a week.
    assert many(10) == many(10_000) <= 59
    assert "2,002" in page(place)


def test_every_kind_of_letter_every_state_that_is_shown_and_every_reason_has_its_words() -> None:
    from importlib import import_module

    kinds = {kind for name in LETTERS for kind in import_module(f"app.{name}.emails").KINDS}
    assert OF_MINUTES < kinds <= set(KIND_WORDS), "say in app/home/postroom.py what these letters are"
    assert set(STATE_WORDS) == {*State} - {State.ACCEPTED, State.SUPERSEDED}
    said = {why_of(outcome, phase, "") for outcome in Outcome for phase in Phase} | {fault.value for fault in Fault}
    said |= {"The mailbox is full.", "There is no such address.", "The mailbox is closed.", "It was not sent in time."}
    unsaid = {why for why in said if why and not any(why.startswith(beginning) for beginning in ADVICE)}
    assert unsaid <= {"Sending this letter was interrupted."}
    assert flow.TOO_LONG == 5 * MINUTE
