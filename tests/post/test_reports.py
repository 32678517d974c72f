"""Messages that come back are read for what they are; hostile ones cost little and prove nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.post.models import BounceKind
from app.post.reports import LARGEST, read
from app.post.results import lasts, returned
from app.post.return_address import letter_of, return_address
from app.settings import Settings
from tests.post.returned import CAME_BACK, DELAYED, NOTHING, POSTFIX, sent_back

SETTINGS = Settings(secret_key="k" * 32, mail_bounce_address="bounce@service.test")
REF = "0123456789ab"


@pytest.mark.parametrize("which", CAME_BACK)
def test_a_report_says_that_a_letter_came_back_and_why(which: str) -> None:
    message, status, why, flags = CAME_BACK[which]
    report = read(sent_back(message, "x@service.test"))
    assert (report.kind, report.status) == (BounceKind.FAILED, status)
    assert returned(report.status, report.reply) == why
    assert lasts(report.status, report.reply) is flags
    assert report.reply
    assert "\n" not in report.reply
    assert "x@service.test" in report.addresses


def test_a_report_of_a_delay_says_so() -> None:
    report = read(sent_back(DELAYED, "x@service.test"))
    assert (report.kind, report.what) == (BounceKind.DELAYED, "a report that a letter is delayed")


@pytest.mark.parametrize("which", NOTHING)
def test_whatever_else_comes_is_called_what_it_is(which: str) -> None:
    message, what = NOTHING[which]
    report = read(sent_back(message, "x@service.test"))
    assert (report.kind, report.what) == (None, what)


def test_the_words_of_a_mail_system_are_kept_short_and_on_one_line() -> None:
    long = POSTFIX.replace("User unknown", "long\u202e " * 400)
    assert 200 < len(read(sent_back(long, "x")).reply) <= 300
    assert "\u202e" not in read(sent_back(long, "x")).reply


def test_a_few_brackets_are_kept_and_a_crowd_of_them_is_not() -> None:
    assert read(sent_back(POSTFIX.replace("User unknown", "(((few)"), "x")).reply.count("(") >= 3
    assert "(" not in read(sent_back(POSTFIX.replace("User unknown", "(" * 30 + "crowd"), "x")).reply


def test_the_same_report_has_one_digest_whatever_servers_noted_on_its_way() -> None:
    once, again = sent_back(POSTFIX, "x"), b"Received: by another\r\n" + sent_back(POSTFIX, "y")
    assert read(once).digest == read(again).digest
    assert read(once).digest != read(sent_back(DELAYED, "x")).digest


def test_references_that_prove_nothing_are_told_for_the_log_only_where_they_look_like_ours() -> None:
    named = POSTFIX.replace("Reporting-MTA", f"Original-Envelope-Id: {REF}\nReporting-MTA")
    assert read(sent_back(named, "x")).claims == f"Original-Envelope-Id: {REF}"
    assert read(sent_back(named.replace(REF, "<script> \x1b[1m"), "x")).claims == ""


# The return address


def test_a_return_address_proves_one_letter_under_one_key() -> None:
    address = return_address(SETTINGS, REF)
    local, _, host = address.partition("@")
    assert (host, len(local)) == ("service.test", len("bounce+") + 12 + 1 + 16)
    assert letter_of(SETTINGS, address) == letter_of(SETTINGS, f" {address.upper()}") == REF
    assert letter_of(SETTINGS, f"{local}@elsewhere.test") == REF
    assert letter_of(replace(SETTINGS, secret_key="j" * 32), address) == ""
    assert letter_of(replace(SETTINGS, secret_key=""), return_address(replace(SETTINGS, secret_key=""), REF)) == ""


def test_the_key_before_proves_too_what_was_sent_under_it_and_no_third_does() -> None:
    address, changed = return_address(SETTINGS, REF), replace(SETTINGS, secret_key="j" * 32)
    assert letter_of(replace(changed, secret_key_before="k" * 32), address) == REF
    assert letter_of(replace(changed, secret_key_before="k" * 31 + "l"), address) == ""
    assert letter_of(replace(changed, secret_key="", secret_key_before="k" * 32), address) == ""
    anew = return_address(replace(changed, secret_key_before="k" * 32), REF)
    assert anew == return_address(changed, REF) != address, "nothing is proved anew by the key before"


def test_any_other_letter_in_it_proves_nothing() -> None:
    address = return_address(SETTINGS, REF)
    start, end = address.index("+") + 1, address.index("@")
    for place in range(start, end):
        if address[place] != ".":
            other = "z" if address[place] != "z" else "y"
            assert letter_of(SETTINGS, address[:place] + other + address[place + 1 :]) == ""
    for wrong in ("", "@", "bounce@service.test", f"bounce+{REF}@service.test", f"bounce+{REF}.@service.test"):
        assert letter_of(SETTINGS, wrong) == ""


def test_without_the_setting_letters_have_no_return_address_of_their_own() -> None:
    assert return_address(replace(SETTINGS, mail_bounce_address=""), REF) == ""


# Hostile messages


def _nested(many: int, filler: bytes = b"") -> bytes:
    lines = (
        b"Content-Type: multipart/mixed; boundary=b%d;\r\n %s\r\n\r\n--b%d\r\n" % (i, filler, i) for i in range(many)
    )
    return b"".join(lines)


HEAD = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
STATUS = b"\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "parts in parts": lambda: _nested(20_000),
    "a few parts in parts, then empty lines": lambda: _nested(14) + b"\n" * LARGEST,
    "quotes that never end": lambda: _nested(14, b' a="b' + b";" * 9_000),
    "long quotes that never end": lambda: _nested(14, b";\r\n".join([b' a="b' + b";" * 900] * 8)),
    "many parts with headers that cost most": lambda: _nested(200, b"\r\n ".join([b'("' * 60] * 12)),
    "folded quotes that never end": lambda: _nested(14, b"\r\n ".join([b'("' * 400] * 12)),
    "parameters in pieces": lambda: _nested(14, b"\r\n ".join([b"a*0*=x''y; a*1=\"z\"; " * 30] * 12)),
    "brackets": lambda: b"Content-Type: multipart/report; " + b"(" * LARGEST,
    "a hundred thousand headers": lambda: b"X: y\r\n" * 170_000,
    "a header of a megabyte": lambda: b"Content-Type: multipart/report; a=" + b"b" * LARGEST,
    "a folded header of a megabyte": lambda: b"To: a@b" + b",\r\n a@b" * 150_000,
    "a hundred thousand recipients": lambda: HEAD + STATUS + b"Action: x\r\n\r\n" * 100_000,
    "an encoding that is none": lambda: HEAD.replace(b"boundary", b'charset="\xff\xfe"; boundary') + STATUS,
    "lone surrogates": lambda: HEAD + STATUS + b"Action: failed\r\nDiagnostic-Code: \xed\xa0\x80 \xff\r\n",
    "NUL": lambda: HEAD.replace(b"/", b"\0/") + b"\0" * LARGEST,
    "carriage returns": lambda: b"\r" * LARGEST,
    "blanks": lambda: b"Message-ID:" + b" " * LARGEST,
    "signs of an address": lambda: b"To: " + b"@" * LARGEST,
}


@pytest.mark.parametrize("which", HOSTILE)
def test_a_hostile_message_costs_little_and_never_fails(which: str) -> None:
    content, costs = HOSTILE[which](), []
    for _ in range(2):  # of which one may have been there while Python tidied up after all other tests
        began = time.process_time()
        report = read(content[:LARGEST])
        costs.append(time.process_time() - began)
    assert min(costs) < 2
    report.reply.encode()
    assert len(report.addresses) <= 20


def test_a_report_in_broken_bytes_is_still_a_report() -> None:
    report = read(HOSTILE["lone surrogates"]())
    assert report.kind is BounceKind.FAILED
    assert not any("\ud800" <= c <= "\udfff" for c in report.reply)


def test_no_message_of_chance_makes_reading_fail() -> None:
    chance = random.Random(27)
    whole = [sent_back(message, "x@service.test") for message, *_ in (*CAME_BACK.values(), *NOTHING.values())]
    for _ in range(300):
        read(fuzzed(chance, chance.choice(whole)))


def fuzzed(chance: random.Random, message: bytes) -> bytes:
    """A message with pieces changed, doubled, swapped or gone."""
    pieces = bytearray(message)
    for _ in range(chance.randint(1, 12)):
        at, long = chance.randrange(len(pieces) + 1), chance.randint(0, 40)
        new = chance.choice(
            [b"", chance.randbytes(long), bytes(pieces[at : at + long]) * 2, b"\r\n", b"\0", b"--=_edge"]
        )
        pieces[at : at + chance.choice([0, long])] = new
    return bytes(pieces)
