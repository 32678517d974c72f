"""What came back is read from the mailbox of a real Dovecot: noted and removed, or left there for people."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app.clock import now
from app.database import db
from app.post import bounces, collecting
from app.post.collecting import APART, MOST, STRIKES, Collector
from app.post.mailbox import BEGINNING
from app.post.models import Bounce, Delivery, State
from app.post.presence import MailboxSeen
from app.post.reports import read
from app.post.return_address import return_address
from app.settings import ROOT
from tests.conftest import NOW, missing
from tests.post import dovecot as boxes
from tests.post import postfix as mail
from tests.post.conftest import delivery_about
from tests.post.dovecot import PASSWORD, Dovecot
from tests.post.returned import HOLIDAY, PERSON, POSTFIX, sent_back
from tests.post.smtp_stub import Stub
from tests.post.toy import owe, prepare
from tests.post.toy_command import toy_command_app
from tests.post.toy_mailbox import mailbox_settings

KEPT = b"Subject: kept\r\n\r\nBy somebody else.\r\n"
UNNAMED = "imap_capability = IMAP4rev1 SASL-IR LITERAL+ UNSELECT"


@pytest.fixture
def box(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    if not boxes.is_here():
        missing("Dovecot (or the right to start it)")
    with boxes.dovecot(getattr(request, "param", "")) as running:
        yield running


@pytest.fixture
def service(database_url: str, stub: Stub, tmp_path: Path, box: Dovecot) -> Iterator[Flask]:
    """A service whose letter about `a` was accepted, and which has a mailbox."""
    prepare(database_url)
    made = toy_command_app(database_url, stub.port, data_dir=tmp_path, **mailbox_settings(box.port, box.ca_file))
    with made.app_context():
        owe(db, "a", since=now())
        said(made, "send", "--once")
        yield made
        db.engine.dispose()


def said(app: Flask, *arguments: str) -> Result:
    result = app.test_cli_runner().invoke(args=["post", *arguments])
    assert PASSWORD not in result.output
    return result


def looked(app: Flask) -> str:
    """Look once, which goes well; what was said."""
    result = said(app, "mailbox", "--once")
    assert result.exit_code == 0, result.output
    return result.output


def report(app: Flask, message: str = POSTFIX, about: str = "a") -> bytes:
    """A message that came back of a letter, to the letter's own address."""
    return sent_back(message, return_address(app.config["SETTINGS"], delivery_about(about).ref))


def collector(app: Flask, **changes: object) -> Collector:
    return Collector(database=db, settings=app.config["SETTINGS"], **changes)  # type: ignore[arg-type]


def reports() -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count(Bounce.id))) or 0


def move(state: State) -> None:
    with db.writing() as session:
        session.execute(sa.update(Delivery).where(Delivery.about == "a").values(state=state))


def test_a_report_is_noted_and_removed_and_the_letter_says_why(service: Flask, box: Dovecot) -> None:
    box.arrives(report(service))
    assert looked(service) == "1 message noted and removed; 0 messages left for people to look at.\n"
    assert (delivery_about("a").state, delivery_about("a").last_reason) == (State.BOUNCED, "There is no such address.")
    assert (box.contents(), reports()) == ([], 1)


def test_a_letter_that_a_real_postfix_could_not_deliver_comes_back_through_the_mailbox(
    database_url: str, tmp_path: Path, box: Dovecot
) -> None:
    if not mail.is_here():
        missing("Postfix (or the right to start it)")
    prepare(database_url)
    with mail.postfix() as server:
        app = toy_command_app(database_url, server.port, data_dir=tmp_path, **mailbox_settings(box.port, box.ca_file))

        def into_the_mailbox(_to: str, message: bytes) -> int:
            box.arrives(message)
            return 0

        with app.app_context():
            owe(db, "no-such-person", since=now())
            said(app, "send", "--once")
            end = time.monotonic() + 30
            while not server.piped(into_the_mailbox):
                assert time.monotonic() < end, server.log
                time.sleep(0.05)
            looked(app)
            assert delivery_about("no-such-person").last_reason == "There is no such address."
            assert (box.contents(), reports()) == ([], 1)
            db.engine.dispose()


def test_what_is_no_report_on_a_letter_of_ours_stays_and_is_read_once(service: Flask, box: Dovecot) -> None:
    forged = sent_back(POSTFIX, "bounce+000000000000.0000000000000000@service.test")
    away = return_address(service.config["SETTINGS"], "0" * 12)
    stays = [
        report(service, HOLIDAY),
        report(service, PERSON),
        forged,
        b"",
        b"\xff\0\r\n" * 9,
        sent_back(POSTFIX, away),
    ]
    box.arrives(*stays, report(service))
    assert looked(service).startswith("1 message noted and removed; 6 messages left")
    assert sorted(box.contents()) == sorted(stays)
    assert box.flags() == ["S"] * 6
    assert looked(service).startswith("0 messages noted and removed; 0 messages left")


def test_a_report_on_a_letter_in_a_senders_hand_stays_unread_until_the_next_look(service: Flask, box: Dovecot) -> None:
    box.arrives(report(service))
    move(State.SENDING)
    looked(service)
    assert (box.flags(), reports()) == ([""], 0)
    move(State.ACCEPTED)
    looked(service)
    assert (box.flags(), delivery_about("a").state) == ([], State.BOUNCED)


def test_a_report_on_a_letter_that_was_reported_often_stays_for_people(service: Flask, box: Dovecot) -> None:
    with db.writing() as session:
        for i in range(bounces.MOST_REPORTS):
            bounces.take(session, delivery_about("a").ref, read(sent_back(POSTFIX + str(i), "x")), now())
    box.arrives(report(service))
    looked(service)
    assert (box.flags(), reports()) == (["S"], bounces.MOST_REPORTS)


@pytest.mark.parametrize(("point", "left"), [("after commit", [""]), ("after removal", [])])
def test_whoever_is_killed_between_noting_and_removing_loses_nothing_and_notes_nothing_twice(
    service: Flask, database_url: str, box: Dovecot, point: str, left: list[str]
) -> None:
    box.arrives(report(service))
    command = [sys.executable, "-m", "tests.post.toy_mailbox", point, database_url, str(box.port), str(box.ca_file)]
    assert subprocess.run(command, cwd=ROOT, timeout=60).returncode == -signal.SIGKILL
    assert (box.flags(), reports(), delivery_about("a").state) == (left, 1, State.BOUNCED)
    looked(service)
    assert (box.flags(), reports()) == ([], 1)


def test_what_was_marked_as_deleted_when_the_look_was_killed_is_removed_by_the_next(
    service: Flask, box: Dovecot
) -> None:
    box.arrives(report(service))
    (message,) = (box.folder / "mail" / "new").iterdir()
    message.rename(box.folder / "mail" / "cur" / f"{message.name}:2,T")
    looked(service)
    assert (box.flags(), reports()) == ([], 1)


def test_nothing_is_removed_that_somebody_else_marked_as_deleted(service: Flask, box: Dovecot) -> None:
    box.arrives(KEPT)
    (message,) = (box.folder / "mail" / "new").iterdir()
    message.rename(box.folder / "mail" / "cur" / f"{message.name}:2,ST")
    box.arrives(report(service))
    looked(service)
    assert (box.contents(), box.flags(), reports()) == ([KEPT], ["ST"], 1)


@pytest.mark.parametrize("box", [UNNAMED], indirect=True)
def test_a_server_that_can_only_remove_all_that_is_deleted_is_not_asked_to(service: Flask, box: Dovecot) -> None:
    box.arrives(KEPT)
    (message,) = (box.folder / "mail" / "new").iterdir()
    message.rename(box.folder / "mail" / "cur" / f"{message.name}:2,ST")
    box.arrives(report(service))
    assert looked(service).startswith("1 message noted")
    assert box.flags() == ["ST", "ST"]
    assert looked(service).startswith("0 messages noted")


# What goes wrong


def test_a_message_that_cannot_be_read_stops_no_other_and_is_left_to_people_in_the_end(
    service: Flask, box: Dovecot
) -> None:
    box.arrives(report(service, PERSON), report(service), report(service, HOLIDAY))
    first = min((box.folder / "mail" / "new").iterdir())
    first.chmod(0)
    shutil.chown(first, "root", "root")
    at = [NOW]
    looks = collector(service, clock=lambda: at[0])
    assert not looks.run(once=True)
    assert looks.trouble.startswith("A message in the mailbox could not be dealt with")
    assert (looks.noted, looks.left, box.flags()) == (1, 1, ["", "S"])
    for _ in range(STRIKES + 1):
        looks.run(once=True)
    assert box.flags() == ["", "S"], "a server that is unwell for a while is nobody's fault"
    for _ in range(STRIKES):
        at[0] += APART
        looks.run(once=True)
    assert (looks.trouble, box.flags()) == ("", ["FS", "S"])


def test_a_message_that_somebody_else_removes_meanwhile_does_no_harm(service: Flask, box: Dovecot) -> None:
    box.arrives(report(service), report(service, PERSON), report(service, HOLIDAY))
    new, cur = (box.folder / "mail" / part for part in ("new", "cur"))
    gone: list[Path] = []

    def removes(point: str) -> None:
        if point == "after commit" and not gone:
            gone.append(
                next(path for part in (new, cur) for path in part.iterdir() if b"Thank you" in path.read_bytes())
            )
            gone[0].unlink()

    looks = collector(service, witness=removes)
    assert looks.run(once=True), looks.trouble
    assert (looks.noted, looks.left, box.flags()) == (1, 1, ["S"])


def test_a_mailbox_that_is_numbered_anew_does_no_harm(service: Flask, box: Dovecot) -> None:
    box.arrives(report(service, HOLIDAY))
    looks = collector(service)
    looks.run(once=True)
    box.forgets()
    box.arrives(report(service))
    assert looks.run(once=True), looks.trouble
    assert (looks.noted, looks.left, box.flags(), reports()) == (1, 1, ["S"], 1)


def test_a_message_does_not_pay_for_another_that_had_its_number_before(service: Flask, box: Dovecot) -> None:
    box.arrives(KEPT)
    (first,) = (box.folder / "mail" / "new").iterdir()
    first.chmod(0)
    shutil.chown(first, "root", "root")
    at = [NOW]
    looks = collector(service, clock=lambda: at[0])
    for _ in range(STRIKES):
        looks.run(once=True)
        at[0] += APART
    for path in (box.folder / "mail").glob("???/*.test*"):
        path.unlink()
    box.forgets()
    box.arrives(report(service))
    assert looks.run(once=True), looks.trouble
    assert (looks.noted, box.flags()) == (1, [])


def test_a_database_that_cannot_be_used_leaves_everything_unread(service: Flask, box: Dovecot, tmp_path: Path) -> None:
    box.arrives(report(service))
    away = toy_command_app("postgresql+psycopg://127.0.0.1:9/nobody", 9, **mailbox_settings(box.port, box.ca_file))
    with away.app_context():
        looks = collector(away)
        assert not looks.run(once=True)
    assert looks.trouble == "The database could not be used (OperationalError), so what came back waits."
    assert box.flags() == [""]


WRONG = {
    "password": ({"bounce_imap_password": "another"}, "did not accept BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD."),
    "authority": ({"mail_ca_file": ""}, "certificate of the server of the mailbox could not be verified"),
    "host name": (
        {"bounce_imap_server": "127.0.0.1"},
        "certificate of the server of the mailbox could not be verified",
    ),
    "folder": ({"bounce_imap_folder": "Zurückgekommen"}, "no folder that BOUNCE_IMAP_FOLDER names"),
    "port": ({"bounce_imap_port": 9}, "could not be reached."),
}


@pytest.mark.parametrize("which", WRONG)
def test_what_stands_in_the_way_is_said_in_words_and_looked_at_again(
    service: Flask, database_url: str, box: Dovecot, which: str, caplog: pytest.LogCaptureFixture
) -> None:
    changes, words = WRONG[which]
    box.arrives(report(service))
    wrong = toy_command_app(database_url, 9, **mailbox_settings(box.port, box.ca_file, **changes))
    with wrong.app_context():
        result = said(wrong, "mailbox", "--once")
        status = said(wrong, "status").output
        db.engine.dispose()
    assert result.exit_code == 1 and words in result.output.splitlines()[-1]
    assert "Nobody has looked into the mailbox for what comes back yet" in status and words in status
    assert (box.flags(), reports()) == ([""], 0)
    assert "another" not in caplog.text and PASSWORD not in caplog.text
    looked(service)
    assert (box.flags(), reports()) == ([], 1)
    status = said(service, "status").output
    assert "The mailbox for what comes back was last looked into less than a minute ago." in status
    assert words not in status


def test_a_mailbox_on_this_machine_may_be_read_without_encryption(
    service: Flask, database_url: str, box: Dovecot
) -> None:
    box.arrives(report(service))
    plain = mailbox_settings(box.plain, "", bounce_imap_use_ssl=False)
    here = toy_command_app(database_url, 9, **plain)
    with here.app_context():
        assert looked(here).startswith("1 message noted")
        db.engine.dispose()


# How much it takes


def test_a_large_message_is_read_by_its_beginning_only(service: Flask, box: Dovecot) -> None:
    box.arrives(report(service, POSTFIX.replace("Reporting-MTA", "X" * 200 + "\nReporting-MTA")) + b"x" * 30_000_000)
    tracemalloc.start()
    looked(service)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * BEGINNING
    assert (box.contents(), reports()) == ([], 1)


def test_a_round_takes_a_bounded_number_and_the_next_follows_at_once(
    service: Flask, box: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MOST", 3)
    monkeypatch.setattr("app.post.mailbox.SPAN", 2)
    box.arrives(*[report(service, HOLIDAY)] * 7, report(service))
    looks = collector(service)
    assert looks.look() and box.flags().count("S") == 3
    assert looks.look() and box.flags().count("S") == 6
    assert not looks.look()
    assert (looks.noted, looks.left, MOST) == (1, 7, 200)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whoever_looks_for_ever_ends_well_when_told_to(
    service: Flask, database_url: str, box: Dovecot, number: signal.Signals
) -> None:
    box.arrives(report(service))
    values = ["", database_url, str(box.port), str(box.ca_file)]
    command = [sys.executable, "-W", "error", "-m", "tests.post.toy_mailbox", *values]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            until_bounced()
            began = time.monotonic()
            process.send_signal(number)
            assert process.wait(20) == 0
            assert time.monotonic() - began < 10
            told = process.stderr.read()
        finally:
            process.kill()
    assert re.search(r"Letter \w{12}: a report that a letter came back", told)
    assert "Traceback" not in told and PASSWORD not in told


def until_bounced() -> None:
    end = time.monotonic() + 30
    while delivery_about("a").state is not State.BOUNCED:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_when_it_was_looked_at_is_kept_while_it_goes_wrong(service: Flask) -> None:
    at = now()
    with db.writing() as session:
        session.add(MailboxSeen(at=at, looked_at=at - timedelta(hours=3), trouble=""))
    looks = collector(service, clock=lambda: at + timedelta(minutes=1), connect=1, step=1)
    looks._open = collector(toy_command_app("sqlite://", 9, **mailbox_settings(9, "")))._open
    looks.run(once=True)
    with db.reading() as session:
        row = session.scalars(sa.select(MailboxSeen)).one()
        assert (row.at, row.looked_at) == (at + timedelta(minutes=1), at - timedelta(hours=3))
        assert row.trouble == "The server of the mailbox could not be reached."
