"""One message that came back, by whichever way it came (a pipe, a mailbox): read, proved, written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.database import Database
from app.post import bounces
from app.post.reports import read
from app.post.return_address import letter_named, letter_of
from app.settings import Settings


class ComeAgain(Exception):
    """The letter `ref` is being sent at this moment: what came back of it is to be taken in later."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        super().__init__(ref)


@dataclass(frozen=True)
class Taken:
    """What came of a message, in words for the log. `noted`: it reports on a letter of ours, and the database has what
    it says; whatever else it is, somebody may want to look at it."""

    words: str
    noted: bool


def take_in(database: Database, settings: Settings, content: bytes, now: datetime, *, recipient: str = "") -> Taken:
    """Take a message in, by its beginning; when this returns, what it said is committed.

    `recipient` is the address that it came to; without it those count that the message itself tells of. Where none of
    them proves anything, what the report calls the letter's envelope may. Raises `ComeAgain`, and what the database
    raises.
    """
    report = read(content)
    came_to = (recipient,) if recipient else report.addresses
    proved = (*(letter_of(settings, address) for address in came_to), letter_named(settings, report.envelope_id))
    ref = next(filter(None, proved), "")
    if not ref:
        unproved = f" (unproved: {report.claims})" if report.claims else ""
        what = f"This proves to be about no letter of ours ({report.what}): nothing was changed.{unproved}"
        return Taken(what, noted=False)
    try:
        with database.writing() as session:
            came = bounces.take(session, ref, report, now)
    except bounces.InHand as busy:
        raise ComeAgain(ref) from busy
    return Taken(f"Letter {ref}: {came.words}", came.noted)
