"""How a try to hand a letter over can end, and what that means in words for people.

Whether a reply is about the letter or about us decides what follows: a refused recipient ends one letter, while a
refused password or certificate would meet every letter, so that no letter is given up for it.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from enum import StrEnum

from app.post.models import Outcome
from app.text import single_line

LONGEST_KEPT = 300
_ENHANCED = re.compile(r"\b[245]\.(\d{1,3}\.\d{1,3})\b")


class Phase(StrEnum):
    """The steps of a try, in their order."""

    ADDRESS = "address"
    CONNECTION = "connection"
    ENCRYPTION = "encryption"
    SIGN_IN = "sign-in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    LETTER = "letter"
    CONFIRMATION = "confirmation"


BEFORE_ENVELOPE = (Phase.CONNECTION, Phase.ENCRYPTION, Phase.SIGN_IN)
_OURS = (*BEFORE_ENVELOPE, Phase.SENDER)
_OUR_SIGN_IN = (530, 534, 535, 538)  # replies about our signing in, at whatever step they come


class Fault(StrEnum):
    """What went wrong where the mail system did not say so itself."""

    NONE = ""
    BAD_ADDRESS = "That is not an address that letters can go to."
    UNREACHABLE = "The mail system could not be reached."
    SILENT = "The mail system did not answer in time."
    BROKEN = "The mail system broke the connection off."
    GARBLED = "The mail system gave an answer that makes no sense."
    UNENCRYPTED = "The mail system offers no encrypted connection, so nothing was sent."
    UNVERIFIED = "The certificate of the mail system could not be verified, so nothing was sent."
    UNAGREED = "No encrypted connection could be agreed with the mail system, so nothing was sent."
    UNSAFE = "Letters leave this machine only over an encrypted connection, so nothing was sent."
    UNSIGNED = "The mail system offers no way for us to sign in."
    UNNOTED = "It could not be written down that the letter is on its way, so it was not sent."


_UNCONFIRMED = "The mail system did not confirm that it has the letter, so it may arrive twice."
INTERRUPTED = "Sending was interrupted when the letter may have been out already, so it may arrive twice."
_NOT_SIGNED_IN = "The mail system did not accept our user name and password."
_TAKES_NONE = "The mail system takes no letters just now."
_NOT_OUR_SENDER = "The mail system did not take a letter from our own address."
_TOO_LARGE = "The letter is too large for the mail system."
NOT_IN_TIME = "It was not sent in time."
NOT_THE_ADDRESS = (
    *(fault.value for fault in Fault if fault not in (Fault.NONE, Fault.BAD_ADDRESS)),
    *(_UNCONFIRMED, INTERRUPTED, _NOT_SIGNED_IN, _TAKES_NONE, _NOT_OUR_SENDER, _TOO_LARGE, NOT_IN_TIME),
)
"""Why a letter was not sent, where it would not have been to any other address either."""


@dataclass(frozen=True)
class Result:
    """How a try ended: at which step, with which reply. `outcome` is ACCEPTED, TEMP, PERM or MAYBE."""

    outcome: Outcome
    phase: Phase
    code: int = 0
    reply: str = ""
    fault: Fault = Fault.NONE

    @property
    def general(self) -> bool:
        """Whether the fault lies with the mail system or with us, so that any other letter would meet it too."""
        return self.outcome is Outcome.TEMP and self.phase in _OURS

    @property
    def said(self) -> str:
        """What to keep of it beside the outcome: the mail system's own reply, or what went wrong without one."""
        return " ".join(filter(None, (self.fault, self.reply)))


def told(phase: Phase, code: int, words: bytes) -> Result:
    """What a reply means that does not let a step go on, or that ends the last one: only there can it mean accepted.
    After the letter was sent whole, an answer that is none leaves it in doubt."""
    reply = f"{code} {single_line(words.decode(errors='replace'))}"[:LONGEST_KEPT].strip()
    if code // 100 == 2 and phase is Phase.CONFIRMATION:
        return Result(Outcome.ACCEPTED, phase, code, reply)
    if code // 100 not in (4, 5):
        return Result(_unclear(phase), phase, fault=Fault.GARBLED)
    about_the_letter = phase not in _OURS or (phase is Phase.SENDER and code == 552)
    final = code >= 500 and code not in _OUR_SIGN_IN and about_the_letter
    return Result(Outcome.PERM if final else Outcome.TEMP, phase, code, reply)


def broken(phase: Phase, error: Exception) -> Result:
    """What an error of the network or of the encryption means at a step."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Result(Outcome.TEMP, phase, reply=single_line(error.verify_message), fault=Fault.UNVERIFIED)
    if isinstance(error, TimeoutError):
        return Result(_unclear(phase), phase, fault=Fault.SILENT)
    if isinstance(error, ssl.SSLError) and phase is Phase.ENCRYPTION:
        return Result(Outcome.TEMP, phase, fault=Fault.UNAGREED)
    met = isinstance(error, smtplib.SMTPServerDisconnected) or phase is not Phase.CONNECTION
    return Result(_unclear(phase), phase, fault=Fault.BROKEN if met else Fault.UNREACHABLE)


def _unclear(phase: Phase) -> Outcome:
    return Outcome.MAYBE if phase is Phase.CONFIRMATION else Outcome.TEMP


def reason(result: Result) -> str:
    """One sentence for people on why a letter is not sent. It holds no word of the mail system and no address."""
    if result.outcome is Outcome.MAYBE:
        return _UNCONFIRMED
    if result.fault:
        return result.fault.value
    if result.code in _OUR_SIGN_IN or result.phase is Phase.SIGN_IN:
        return _NOT_SIGNED_IN
    if result.phase in BEFORE_ENVELOPE:
        return _TAKES_NONE
    if result.phase is Phase.SENDER and result.code != 552:
        return _NOT_OUR_SENDER
    at_address = result.phase is Phase.RECIPIENT
    return _about_the_letter(result.reply, result.code, temporary=result.outcome is Outcome.TEMP, at_address=at_address)


def why_of(outcome: Outcome, phase: str, said: str) -> str:
    """The same of a try that was written down, by what was kept of it (`Result.said`); empty where it was taken."""
    if outcome is Outcome.ACCEPTED:
        return ""
    if outcome is Outcome.STOPPED:
        return "Sending this letter was interrupted."
    if outcome is Outcome.UNWRITTEN:
        return "This letter could not be written, through a fault of ours."
    fault = next((fault for fault in Fault if fault and said.startswith(fault)), Fault.NONE)
    code = int(said[:3]) if said[:3].isdecimal() and said[:3].isascii() else 0
    step = {known.value: known for known in Phase}.get(phase, Phase.CONFIRMATION)
    return reason(Result(outcome, step, code, said, fault))


def own_words(outcome: Outcome, said: str) -> str:
    """What the mail system itself replied to a try, of what was kept of it; empty where it said nothing."""
    if outcome in (Outcome.STOPPED, Outcome.UNWRITTEN):
        return ""
    fault = next((fault for fault in Fault if fault and said.startswith(fault)), "")
    return said.removeprefix(fault).strip()


def returned(status: str, reply: str) -> str:
    """One sentence for people on why a letter came back, of a report's status (`5.1.1`) and the mail system's words.

    A status that says nothing but "failed" gives way to a code among the words.
    """
    told = reply if status.endswith(".0.0") and _ENHANCED.search(reply) else f"{status} {reply}"
    return _about_the_letter(told, temporary=False, at_address=True)


def lasts(status: str, reply: str) -> bool:
    """Whether what a letter came back for lies with its address and will meet the next letter there too: no such
    address, a mailbox that is full or closed. Not so what was wrong with this one letter (its size, its content, that
    it was refused) or with a mail system that was away for days."""
    if status.startswith("4"):
        return False
    found = _ENHANCED.search(reply) if status.endswith(".0.0") else _ENHANCED.search(status)
    return not (found and (found[1] in ("2.3", "3.4") or found[1].startswith(("6.", "7."))))


def _about_the_letter(words: str, code: int = 0, *, temporary: bool, at_address: bool) -> str:
    """What a reply or a report says of a letter. `at_address`: it was said of the address, before the letter itself."""
    enhanced = _ENHANCED.search(words)
    subject = enhanced.group(1) if enhanced else ""
    if subject in ("1.1", "1.2", "1.3", "1.10"):
        return "There is no such address."
    if subject == "2.1":
        return "The mailbox is closed."
    if subject in ("2.2", "2.3") or (at_address and code in (452, 552)):
        return "The mailbox is full."
    if subject == "3.4" or code == 552:
        return _TOO_LARGE
    if temporary:
        return "The mail system asked us to try again later."
    if subject == "4.7":
        return "The mail system tried for as long as it could, and gave up."
    if subject.startswith(("6.", "7.")) or not at_address:
        return "The mail system refused the letter."
    return "The mail system takes no letters for this address."
