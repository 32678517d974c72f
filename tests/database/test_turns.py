"""Writers of one process are let in by SQLite in the order in which they came."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep

from app.engines import make_engine
from app.turns import Turns

WRITERS, APART = 12, 0.05  # seconds: long enough for one to be in the line before the next


def test_who_comes_first_writes_first(tmp_path: Path) -> None:
    engine, let_in = make_engine(f"sqlite:///{tmp_path / 'turns.sqlite'}"), list[int]()

    def write(number: int) -> None:
        with engine.begin():
            let_in.append(number)
            sleep(0.01)

    with ThreadPoolExecutor(WRITERS) as pool:
        with engine.begin():
            waiting = []
            for number in range(WRITERS):
                waiting.append(pool.submit(write, number))
                sleep(APART)
        for one in waiting:
            one.result()
    engine.dispose()
    overtaken = [sum(later > number for later in let_in[: let_in.index(number)]) for number in range(WRITERS)]
    assert max(overtaken) <= 2, let_in  # a line of threads is no promise of the system, but what it does


def test_who_gets_no_turn_asks_all_the_same() -> None:
    turns, done = Turns(), Event()
    with ThreadPoolExecutor(1) as pool:
        with turns.taken(1):
            pool.submit(lambda: _asks(turns, done)).result(30)
            assert done.is_set(), "while the one before has not ended"
        assert pool.submit(lambda: _asks(turns, Event())).result(30), "and what was not taken is not given back"


def _asks(turns: Turns, done: Event) -> bool:
    with turns.taken(0.05):
        done.set()
    return done.is_set()
