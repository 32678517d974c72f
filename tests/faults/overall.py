"""Everything at once: ten thousand operations, and something may break at any turn (the last line of the matrix)."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

from app import create_app
from app.database import db
from tests.faults.invariants import broken
from tests.faults.lines import Ground, Line
from tests.faults.nemesis import Nemesis, StruckOnce
from tests.faults.nursery import Order, settings_towards

SHORT, FULL = 150, 5_000


def mixed(ground: Ground) -> Iterator[Line]:
    """Overall: people work while senders, mail server, connections and clocks break. FAULTS_SEED repeats a run."""
    seed = int(os.environ.get("FAULTS_SEED") or ground.times(random.SystemRandom().randrange(10**6), 1))
    print(f"everything at once on {ground.kind}: FAULTS_SEED={seed}", flush=True)
    url, folder = ground.fresh(), ground.folder / f"nemesis-{seed}"
    folder.mkdir()
    with StruckOnce(folder / "struck.txt") as stub:
        app = create_app(settings_towards(Order(database_url=url, mail_port=stub.port, data_dir=str(folder))))
        with app.app_context():
            run = Nemesis(url, folder, stub, ground.senders, app, seed)
            run.run(ground.times(FULL, SHORT))
            run.settle()
            found, copies, done = broken(run), stub.copies(), run.account.done
            db.engine.dispose()
    faults = f"{done['killed']} kills, {done['misbehave']} mail faults, {done['disconnect']} disconnections"
    words = [f"{name}: {len(some)}, such as {some[0]}" for name, some in found.items()]
    yield Line(
        fault="Overall",
        what=f"everything at once, seed {seed}",
        database=ground.kind,
        operations=sum(done[deed] for deed in done if deed not in ("killed", "refused")),
        lost=len(found.get("submissions", ())),
        most=max(copies.values(), default=0),
        many_ids=len(found.get("one_name_each", ())),
        besides="; ".join([f"{len(run.account.told)} sent, {len(copies)} letters, {faults}", *words]),
        holds=not found and bool(done["killed"]),
    )


LINES = (mixed,)
