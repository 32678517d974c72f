"""What an operator does to letters from the page: the same as `flask post`, with a name in the trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app import policy
from app.errors import Invalid
from app.home.postroom import ABOUT
from app.policy import Actor, Place
from app.post import bounces, holding, ledger
from app.post.models import State
from app.post.queries import comes_back
from app.text import is_blank, single_line
from app.trail.services import note

LONGEST_REASON = 300


class Post:
    """All letters there are, as the thing that a policy speaks of: they lie in no one place."""

    place = Place()


ALL = Post()


def note_command(session: Session, actor: Actor, what: str, detail: dict[str, int], *, now: datetime) -> None:
    """Note what somebody did to letters by `flask post`, beside what is done from the page."""
    policy.require(actor, "run_post", ALL)
    note(session, actor, what, ABOUT, now=now, detail=detail)


def hold(session: Session, actor: Actor, because: str, *, now: datetime) -> bool:
    """Send nothing from now on, for a reason that others read; whether letters were not held already.

    Raises `Invalid` without a reason."""
    policy.require(actor, "run_post", ALL)
    because = single_line(because)
    if is_blank(because):
        raise Invalid("Write why letters are held, for whoever looks next.", "because")
    if len(because) > LONGEST_REASON:
        raise Invalid(f"Keep the reason to {LONGEST_REASON} characters. It has {len(because):,} now.", "because")
    put = holding.put(session, because, now)
    if put:
        note(session, actor, "held all letters", ABOUT, now=now)
    return put


def release(session: Session, actor: Actor, *, now: datetime) -> bool:
    """Let letters go again; whether they were held."""
    policy.require(actor, "run_post", ALL)
    lifted = holding.lift(session, now)
    if lifted:
        note(session, actor, "let letters go again", ABOUT, now=now)
    return lifted


def retry(session: Session, actor: Actor, state: str, why: str, *, now: datetime) -> int:
    """Have the letters tried now that are in a state for a reason, or with neither all that went wrong or wait for a
    reason; returns how many."""
    policy.require(actor, "run_post", ALL)
    if state and state not in {known.value for known in State}:
        raise Invalid("Choose the letters to try again on the page.")
    number = ledger.retry_because(session, State(state), why, now) if state else ledger.retry_all(session, now)
    if number:
        note(session, actor, "had letters tried again", ABOUT, now=now, detail={"letters": number})
    return number


def clear(session: Session, actor: Actor, address: str, *, now: datetime) -> bool:
    """Say that a flagged address is right again; whether it was flagged."""
    policy.require(actor, "run_post", ALL)
    if not comes_back(session, address):
        return False
    bounces.clear(session, address, actor.name, now)
    note(session, actor, "cleared an address", ABOUT, now=now)
    return True
