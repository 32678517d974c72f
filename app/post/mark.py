"""Finds out that a database was restored: a mark outside it, in DATA_DIR, says how far the sender has seen it come.

A database that lies behind the mark is an older copy. It owes letters that went out long ago, so the sender holds them
all until somebody has looked. The mark holds only what it read back as committed, so that it may lag but never leads;
it is written at most every ten seconds, and a copy less old than that is not found. Several senders on one host share
it; on several hosts each has its own, and one that was off for long knows of nothing that happened since.

Where there is no mark of a database that letters were sent from before, they are held too, unless another sender was
there just now or somebody let letters go since: the database may have been restored there, or only moved.

A backup of the whole of DATA_DIR brings the mark back with the database. Such a mark mostly gives itself away: it notes
the number (inode) and the time of its own file, and a copy has another. That is no certainty, and a snapshot of a whole
machine goes unnoticed: leave the mark out of backups, or begin with `flask post hold`.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.clock import Clock, lies_ahead, moment_words
from app.database import Database, new_ref
from app.post import flow, holding, queries
from app.post.holding import Place

MARKED_EVERY = timedelta(seconds=10)
SEEN_EVERY = timedelta(minutes=1)
_NAME = "sent-mark.json"


@dataclass(frozen=True)
class Seen:
    """What a mark says: how far the database had come, and when. `copied`: it is not the file that was written."""

    place: Place
    at: datetime
    copied: bool


def read(folder: Path) -> Seen | None:
    """The mark in a folder; None if there is none or it says nothing. Raises `OSError`."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError), (folder / _NAME).open(encoding="utf-8") as page:
        # Of the file that is read, not of the one that bears its name by now: another sender may have replaced it.
        found, told = os.fstat(page.fileno()), json.load(page)
        place = Place(str(told["origin"]), int(told["era"]), int(told["tries"]))
        at = datetime.fromisoformat(told["at"])
        return Seen(place, at, (told["inode"], _second(at)) != (found.st_ino, int(found.st_mtime)))
    return None


def write(folder: Path, place: Place, now: datetime) -> None:
    """Replace the mark, whole or not at all. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{_NAME}.{new_ref()}"
    try:
        with beside.open("w", encoding="utf-8") as page:
            json.dump({**asdict(place), "at": now.isoformat(), "inode": os.fstat(page.fileno()).st_ino}, page)
            page.flush()
            os.utime(page.fileno(), (_second(now), _second(now)))
            os.fsync(page.fileno())
        beside.replace(folder / _NAME)
    except OSError:
        beside.unlink(missing_ok=True)  # this is tried again each second, on a full disk for days
        raise
    beyond = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(beyond)
    finally:
        os.close(beyond)


def _second(at: datetime) -> int:
    return int(at.timestamp())


def suspicion(place: Place, seen: Seen | None) -> str:
    """Why a database seems to be an older copy of what the mark has seen, in words; empty if it does not.

    Another database has another origin; a new one has none and has sent nothing. Lifting a hold begins an era that no
    mark has seen: whatever a mark says of eras before counts no more.
    """
    if seen is None or (not place.origin and not place.tries) or place.origin not in ("", seen.place.origin):
        return ""
    if not place.origin or (place.era, place.tries) < (seen.place.era, seen.place.tries):
        return "This database is older than what was sent from it: it was restored from a backup, or is a copy."
    if seen.copied and place.era <= seen.place.era:
        return "DATA_DIR was restored from a backup or copied, and the database perhaps with it."
    return ""


def unnoted(place: Place, seen: Seen | None, there: datetime | None, let_go: datetime | None, now: datetime) -> str:
    """Why a database seems to be new on this machine though letters were sent from it, in words; or empty.

    `there` is when a sender was last there: one that is there just now runs on another machine. `let_go` is when
    somebody last let letters go: after the last sender was there, he or she has looked.
    """
    noted = seen is not None and seen.place.origin == place.origin
    running = there is not None and now - there <= flow.SENDER_SILENT
    looked = let_go is not None and (there is None or let_go >= there)
    if noted or running or looked or not (place.origin and place.tries):
        return ""
    return (
        "Letters were sent from this database before, but this machine has no note of it: it was restored, or moved. "
        "Let letters go if it was only moved."
    )


class Watch:
    """A sender's eye on the mark. `look` is cheap when it is not time."""

    def __init__(self, database: Database, folder: Path, clock: Clock) -> None:
        self.database, self.folder, self.now = database, folder, clock
        self._next: datetime | None = None

    def look(self) -> None:
        """Compare the database with the mark: hold all letters if it lies behind, or if there is none and letters were
        sent before, or else move the mark on. Once a minute the sender leaves word in the database that it is there.

        Raises what the database or the folder raises; until a look went well each call looks.
        """
        now = self.now()
        if lies_ahead(self._next, now, MARKED_EVERY):
            return
        seen = read(self.folder)  # before the database: another sender may move both on in between
        with self.database.reading() as session:
            place, held = holding.place(session), queries.hold(session)
            there, let_go = flow.sender_seen(session), holding.let_go(session)
        if why := "" if held else suspicion(place, seen):
            self._put(why, seen, now)
        elif why := "" if held else unnoted(place, seen, there, let_go, now):
            with self.database.writing() as session:
                holding.put(session, why, now, sent_until=there)
        elif not held and not place.origin:
            place = self._begun()
        if there is None or now - there >= SEEN_EVERY:
            with self.database.writing() as session:
                holding.seen(session, now)
        if not held and not why and (seen is None or seen.copied or seen.place != place):
            write(self.folder, place, now)
        self._next = now + MARKED_EVERY

    def look_soon(self) -> None:
        """Look at the next call: something went wrong, and the database may be another now."""
        self._next = None

    def _put(self, why: str, seen: Seen | None, now: datetime) -> None:
        assert seen
        until = f"Letters were sent from the newer one until {moment_words(seen.at)} at least."
        with self.database.writing() as session:
            holding.begin(session)
            holding.put(session, f"{why} {until}", now, seen_era=seen.place.era, sent_until=seen.at)

    def _begun(self) -> Place:
        with self.database.writing() as session:
            holding.begin(session)
        with self.database.reading() as session:
            return holding.place(session)
