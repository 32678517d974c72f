"""Tells `/health` whether letters go out, whether what comes back is looked at, and whether our clock goes right.

A sender that does not run is seen by the letters it leaves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from app.post import flow
from app.post.models import Post
from app.text import counted
from app.web.health import Finding

MAILBOX_READ = "looked into in time"
IN_TIME = "letters go out in time"
CLOCK_OFF = timedelta(minutes=1)


def letters_go_out(session: Session, now: datetime) -> Finding:
    """Not well while letters are held, once one has been due for five minutes and nobody has tried to send it, once one
    is an hour late that waits for more than its own mailbox, or while one is set aside through a fault of ours. Those
    that were never confirmed are named: nothing of ours is amiss."""
    post: Post = current_app.extensions["post"]
    if (stands := flow.standstill(session, now, post.letters)) and stands.held:
        return Finding("letters", False, "letters are held: see flask post status")
    if stands:
        waited = counted(int((now - stands.since).total_seconds() // 60), "minute")
        return Finding("letters", False, f"a letter has been due for {waited} and was not tried: see flask post status")
    slow = flow.slow(session, now)
    words = [f"{counted(slow.delayed - slow.late, 'letter')} delayed"] if slow.delayed > slow.late else []
    words += [f"{counted(slow.late, 'letter')} late"] if slow.late else []
    aside, unconfirmed = flow.amiss(session, now)
    words += [f"{counted(aside, 'letter')} set aside through a fault of ours"] if aside else []
    words += [f"{counted(unconfirmed, 'letter')} not confirmed by the mail system"] if unconfirmed else []
    well = not slow.ours and not aside
    return Finding("letters", well, f"{', '.join(words)}: see flask post status" if words else IN_TIME)


def mailbox_is_read(session: Session, now: datetime) -> Finding:
    """Not well once nobody has looked for an hour into the mailbox for what comes back: letters are taken to have
    arrived that did not."""
    look = flow.mailbox(session, now)
    if not look.unread:
        return Finding("mailbox", True, MAILBOX_READ)
    if look.looked_at is None:
        return Finding("mailbox", False, "nobody has looked into the mailbox yet: see flask post status")
    waited = counted(int((now - look.looked_at).total_seconds() // 60), "minute")
    return Finding("mailbox", False, f"nobody has looked into the mailbox for {waited}: see flask post status")


def clocks_agree(session: Session, now: datetime) -> Finding:
    """Not well where a sender, or whoever looks into the mailbox, was last there at a time that is yet to come by our
    clock: then ours is behind, or theirs is ahead. One that is silent says nothing, so that the other way round is seen
    only as a sender that is not there."""
    seen = flow.last_there(session)
    if seen is None:
        return Finding("clock", True, "no sender was seen yet to compare it with")
    if seen - now <= CLOCK_OFF:
        return Finding("clock", True, "not behind that of the sender")
    off = counted(int((seen - now).total_seconds() // 60), "minute")
    return Finding("clock", False, f"{off} behind that of the sender: set the clocks by a time server")
