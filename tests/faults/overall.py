"""Everything at once: something may break at any turn (the last line of the matrix).

In full there are five thousand operations on each database, and both are tried: ten thousand altogether.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator

from app.database import db
from app.post.models import State
from tests.faults.apps import create_app
from tests.faults.invariants import broken, unconfirmed
from tests.faults.lines import Ground, Line
from tests.faults.nemesis import DEEDS, Nemesis, Server
from tests.faults.nursery import Order, settings_towards
from tests.faults.service import Service, service
from tests.faults.toys import until
from tests.faults.web_site import serving

SHORT, FULL = 150, 5_000  # operations on each database
MISSED = ("submissions", "saved", "letters", "owed")  # what breaks these is not where it should be


def mixed(ground: Ground) -> Iterator[Line]:
    """Overall: people work while web server, senders, mail server, connections and clocks break. FAULTS_SEED repeats
    a run."""
    seed = int(os.environ.get("FAULTS_SEED") or ground.times(random.SystemRandom().randrange(10**6), 1))
    turns = ground.times(FULL, SHORT)
    began = f"everything at once on {ground.kind}: {turns:,} operations on each database, FAULTS_SEED={seed}"
    print(began, file=sys.__stdout__, flush=True)
    url, folder = ground.fresh(), ground.folder / f"nemesis-{seed}"
    folder.mkdir()
    with Server() as stub, serving(ground, url) as there:
        app = create_app(settings_towards(Order(database_url=url, mail_port=stub.port, data_dir=str(folder))))
        with app.app_context():
            run = Nemesis(url, folder, stub, ground.senders, there, app, seed)
            run.run(turns)
            run.settle()
            found, told = broken(run), _told(run)
            db.engine.dispose()
    done = run.account.done
    yield Line(
        fault="Overall",
        what=f"everything at once, seed {seed}",
        database=ground.kind,
        operations=sum(done[deed] for deed in done if deed in DEEDS),
        lost=sum(len(found.get(name, ())) for name in MISSED),
        most=max(stub.copies().values(), default=0),
        many_ids=len(found.get("one_name_each", ())),
        besides="; ".join([told, *(f"{name}: {len(some)}, such as {some[0]}" for name, some in found.items())]),
        holds=not found and not done["missing"] and all(done[what] for what in ("heard", "web killed", "killed")),
    )


def _told(run: Nemesis) -> str:
    """What was done, how often, and what broke meanwhile."""
    done, told = run.account.done, run.account.told
    web = f"{done['over HTTP']} over HTTP: {done['heard']} done, {done['broken off']} broken off"
    figures = [
        f"{len(told)} sent, {len(run.stub.copies())} letters",
        f"{web}, {done['not just now']} answered “not just now”, {len(run.account.saved)} texts saved",
        f"{done['web killed']} web kills, {done['killed']} kills of senders, {done['misbehave']} mail faults",
        f"{done['lock']} times locked",
        *([f"{done['disconnect']} disconnections"] if "disconnect" in run.deeds else []),
        unconfirmed(run),
    ]
    return "; ".join(figures)


def in_time(ground: Ground) -> Iterator[Line]:
    """Overall: how long minutes take from sending to the mail system while nothing breaks, one set after another and
    many at once."""
    for what, pause, half_in in (("one after another", 1.5, 5), ("all at once", 0.0, 60)):
        with service(ground) as world:
            place, count = world.world(), ground.times(40, 6)
            (sender,) = ground.senders.start(world.order(once=False))
            for _ in range(count):
                world.sent(place)
                time.sleep(pause)
            until(lambda world=world, count=count: _accepted(world) == count, 120)  # type: ignore[misc]
            os.kill(sender, signal.SIGTERM)
            ground.senders.ends()
            rows = list(world.letters().values())
            waited = sorted((row.accepted_at - row.owed_since).total_seconds() for row in rows if row.accepted_at)
            half, most = (waited[int(len(waited) * share)] for share in (0.5, 0.95))
            yield world.line(
                fault="Overall",
                what=f"nothing breaks, {what}",
                operations=count,
                lost=count - sum(row.message_id in world.stub.copies() for row in rows),
                besides=f"sent to mail system after {half:.1f} s (p50), {most:.1f} s (p95)",
                holds=len(waited) == count and half < ground.times(half_in, 60) and most < 60,
            )


def _accepted(world: Service) -> int:
    return sum(row.state is State.ACCEPTED for row in world.letters().values())


LINES = (mixed, in_time)
