"""Tells `/health` whether letters go out. A sender that does not run is seen by the letters it leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from app.post import queries
from app.post.models import Post
from app.text import counted
from app.web.health import Finding

TOO_LONG = timedelta(minutes=5)


def letters_go_out(session: Session, now: datetime) -> Finding:
    """Not well once a letter has been due for five minutes and nobody has tried to send it."""
    post: Post = current_app.extensions["post"]
    oldest = queries.oldest_owed(session, now, post.letters)
    if oldest is None or now - oldest <= TOO_LONG:
        return Finding("letters", True, "letters go out in time")
    waited = counted(int((now - oldest).total_seconds() // 60), "minute")
    return Finding("letters", False, f"a letter has been due for {waited} and was not tried: see flask post status")
