"""A database that is an older copy (F28), a letter that cannot be written (F29), a sender that does not run (F30)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.database import db
from app.post import holding
from app.post.models import Attempt, Outcome, State
from app.post.queries import hold
from tests.faults.grounds import backup
from tests.faults.lines import Ground, Line
from tests.faults.service import service
from tests.faults.toys import HOUR, MINUTE, Toys, toys

HOURLY = 61 * MINUTE
BANNER = "Letters do not go out."


def restored(ground: Ground) -> Iterator[Line]:
    """F28: a backup an hour old is put back. Nothing goes before an operator releases, who is told what may be out,
    and what goes a second time then bears the Message-ID that it had."""
    with toys(ground) as world:
        letters, own = ground.times(50, 3), {"data_dir": str(ground.folder / "restored")}
        _restore(world, letters, own)
        already = world.arrived().copies
        ends = [end for ahead in (HOUR, HOUR + 30, 2 * HOUR) for end in world.send(ahead, **own)]
        unasked = world.arrived().copies - already
        with db.reading() as session:
            held = hold(session)
        with db.writing() as session:
            holding.lift(session, now())
        ends += world.send(2 * HOUR, **own)
        came = world.arrived()
        yield Line(
            fault="F28",
            what="a backup an hour old is put back",
            database=ground.kind,
            operations=letters,
            lost=came.lost,
            most=came.most,
            many_ids=came.many_ids,
            besides=f"{unasked} letters before a release, {came.copies - already} after",
            holds=(ends, unasked, came.copies - already) == ([1, 1, 1, 0], 0, letters)
            and bool(held and held.sent_until),
        )


def _restore(world: Toys, letters: int, own: dict[str, str]) -> None:
    """Send letters, keep a copy, send as many more an hour later, put the copy back: it owes them again."""
    world.owe(*[f"before{i}" for i in range(letters)])
    world.send(**own)
    db.engine.dispose()
    put_back = backup(world.url)
    after = [f"after{i}" for i in range(letters)]
    world.owe(*after)
    world.send(HOUR, **own)
    db.engine.dispose()
    put_back()
    world.abouts = world.abouts[:letters]
    world.owe(*after)


def poisoned(ground: Ground) -> Iterator[Line]:
    """F29: letters whose writing always fails. Quarantined after five tries, and no other letter waits for them."""
    with toys(ground) as world:
        poison, fine = ([f"{name}{i}" for i in range(ground.times(50, 3))] for name in ("poison", "fine"))
        world.owe(*poison, how="broken", urgency=0)
        world.owe(*fine)
        for turn in range(7):
            world.send(turn * HOURLY)
        came, states, ages = world.arrived(), world.states(poison), _ages(world, fine)
        tries = [world.tries()[about] for about in poison]
        with db.reading() as session:
            kinds = set(session.scalars(sa.select(Attempt.outcome)))
        yield Line(
            fault="F29",
            what="letters that cannot be written",
            database=ground.kind,
            operations=len(poison),
            lost=sum(about not in came.each for about in fine),
            most=came.most,
            many_ids=came.many_ids,
            besides=f"{states[State.QUARANTINED]} set aside after {max(tries)} tries; the others' p95 {ages:.0f} s",
            holds=(states, set(tries)) == ({State.QUARANTINED: len(poison)}, {5})
            and kinds == {Outcome.UNWRITTEN, Outcome.ACCEPTED}
            and (came.most, came.copies) == (1, len(fine))
            and ages < 120,
        )


def _ages(world: Toys, abouts: list[str]) -> float:
    """How many seconds the slowest but a twentieth of these letters waited."""
    rows = world.rows()
    waited = sorted(
        (row.accepted_at - row.owed_since).total_seconds() if row.accepted_at else 1e9
        for row in (rows[about] for about in abouts)
    )
    return waited[int(len(waited) * 0.95)]


def not_running(ground: Ground) -> Iterator[Line]:
    """F30: no sender runs. /health is red and the operator's page says so once the oldest letter is due for five
    minutes, and all is well again after."""
    with service(ground) as world:
        place, browser, operator = world.world(), world.app.test_client(), world.browser(world.operator())
        world.send()  # the letters that the world itself owes
        answers, banners = [], []
        for minutes in (4, 6):
            world.sent(place, at=now() - timedelta(minutes=minutes))
            answers.append(browser.get("/health").status_code)
            banners.append(BANNER in operator.get("/post").text)
        world.send()
        world.send(MINUTE / 2)  # no more: a sender a minute ahead of us would be told of
        answers.append(browser.get("/health").status_code)
        banners.append(BANNER in operator.get("/post").text)
        yield world.line(
            fault="F30",
            what="no sender runs",
            operations=2,
            lost=2 - len(world.letters_to(place.lead)),
            besides=f"/health after 4 and 6 minutes and once it ran: {', '.join(map(str, answers))}, "
            f"told to the operator {banners.count(True)} times of three",
            holds=answers == [200, 503, 200]
            and banners == [False, True, False]
            and len(world.letters_to(place.lead)) == 2,
        )


LINES = (restored, poisoned, not_running)
