"""`make bench`: pages at two sizes beside a bare Flask "hello" on the same server, in one run, in turns.

Figures are ratios to the hello of the same round: machines are shared and noisy, so a time alone says little. The
queries of each page (and what sending writes) are counted in this process; they must be the same at both sizes, and the
queries 8 at most.
"""

from __future__ import annotations

import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa

from app.demo.running import free_port
from tests.benchmarks.worlds import World, make

SIZES = ("small", "partnership")
ROUNDS, IN_A_ROUND = 12, 10
MOST_QUERIES = 8
COOKIE = "signed-in"  # as it is named over http


def main() -> int:
    """Measure and print; 1 if a page's queries grow with the data or are too many."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        worlds = []
        for size in SIZES:
            print(f"Loading {size} …", flush=True)
            worlds.append(make(size, folder, drafts=ROUNDS * IN_A_ROUND + 1))
        hello = Visitor(stack.enter_context(server("tests.benchmarks.hello:serving()", {})))
        visitors = [Visitor(stack.enter_context(server("app:serving()", world.environ))) for world in worlds]
        print("Measuring …", flush=True)
        counts = [statements(world) for world in worlds]
        return report(measure(hello, worlds, visitors), counts)


@contextmanager
def server(app: str, environ: dict[str, str]) -> Iterator[int]:
    """A web server as `make run` starts it; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", app, "--worker-class=gthread", "--workers=2", "--threads=8"]
    command += [f"--bind=127.0.0.1:{port}", "--log-level=warning", "--keep-alive=75"]
    process = subprocess.Popen(command, env={**os.environ, **environ}, stdin=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                Visitor(port).get("/")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


class Visitor:
    """One person at one server, over one connection that stays open."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def get(self, path: str, cookie: str = "") -> tuple[float, bytes, str]:
        """Milliseconds, body and cookie of an answer; anything but a page is an error."""
        return self._ask("GET", path, cookie, None, 200)

    def post(self, path: str, cookie: str, data: dict[str, str]) -> float:
        """Milliseconds of a form that is sent and answered by leading elsewhere."""
        return self._ask("POST", path, cookie, urlencode(data), 303)[0]

    def _ask(self, method: str, path: str, cookie: str, body: str | None, wanted: int) -> tuple[float, bytes, str]:
        headers = (
            {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"} if body else {"Cookie": cookie}
        )
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        spent = (time.perf_counter() - began) * 1000
        if answer.status != wanted:
            raise RuntimeError(f"{method} {path} answered {answer.status}")
        return spent, content, (answer.getheader("Set-Cookie") or "").split(";")[0]


def measure(hello: Visitor, worlds: list[World], visitors: list[Visitor]) -> dict[str, list[list[float]]]:
    """For each page and size, the milliseconds of every request; hello, pages and sizes take turns."""
    deeds: dict[str, list[Callable[[], float]]] = {"Hello (bare Flask)": [lambda: hello.get("/")[0]]}
    for name in worlds[0].pages:
        deeds[name] = [_reading(v, *w.pages[name]) for w, v in zip(worlds, visitors, strict=True)]
    deeds["Sending minutes"] = [_sending(w, v) for w, v in zip(worlds, visitors, strict=True)]
    times: dict[str, list[list[float]]] = {name: [[] for _ in sides] for name, sides in deeds.items()}
    for _ in range(ROUNDS):
        for name, sides in deeds.items():
            for side, deed in enumerate(sides):
                times[name][side] += [deed() for _ in range(IN_A_ROUND)]
    return times


def _signed_in(token: str) -> str:
    return f"{COOKIE}={token}" if token else ""


def _reading(visitor: Visitor, path: str, token: str) -> Callable[[], float]:
    return lambda: visitor.get(path, _signed_in(token))[0]


def _sending(world: World, visitor: Visitor) -> Callable[[], float]:
    signed_in = _signed_in(world.leader)
    _, _, forms_cookie = visitor.get(f"/drafts/{world.drafts[0]}/check", signed_in)
    left = iter(world.drafts)

    def send() -> float:
        path = f"/drafts/{next(left)}/check"
        _, page, _ = visitor.get(path, f"{signed_in}; {forms_cookie}")
        return visitor.post(path, f"{signed_in}; {forms_cookie}", _to_send(page))

    return send


def _to_send(page: bytes) -> dict[str, str]:
    """The last page of recording filled in: what its forms carry by themselves, the statement, and every piece that is
    to be looked at left in."""
    inputs = re.findall(r'<input[^>]*type="hidden"[^>]*>', page.decode())
    named = [(re.search(r'name="([^"]*)"', said), re.search(r'value="([^"]*)"', said)) for said in inputs]
    whys = dict.fromkeys(re.findall(r'name="(look-[^"]*-why)"', page.decode()), "public")
    return {**{name[1]: value[1] for name, value in named if name and value}, **whys, "nobody_known": "yes"}


def statements(world: World) -> dict[str, tuple[int, int]]:
    """How many queries and writes each page takes, sign-in and frame included; of sending, the whole POST."""
    counted: list[str] = []
    sa.event.listen(world.app.extensions["database_engine"], "before_cursor_execute", lambda *a: counted.append(a[2]))
    client = world.app.test_client()
    found = {}
    for name, (path, token) in world.pages.items():
        client.set_cookie(COOKIE, token)
        client.get(path)
        counted.clear()
        assert client.get(path).status_code == 200, path
        found[name] = _counted(counted)
    client.set_cookie(COOKIE, world.leader)
    path = f"/drafts/{world.drafts[-1]}/check"
    page = client.get(path).data
    counted.clear()
    assert client.post(path, data=_to_send(page)).status_code == 303
    found["Sending minutes"] = _counted(counted)
    return found


def _counted(said: list[str]) -> tuple[int, int]:
    reads = sum(statement.startswith(("SELECT", "WITH")) for statement in said)
    writes = sum(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in said)
    return reads, writes


def report(times: dict[str, list[list[float]]], counts: list[dict[str, tuple[int, int]]]) -> int:
    """Print the table; 1 if the queries of a page are too many or differ between sizes."""
    hello = statistics.median(times["Hello (bare Flask)"][0])
    print(f"\nMedian of {ROUNDS * IN_A_ROUND} requests each, one at a time, in turns. Hello: {hello:.2f} ms.")
    print(f"{'':20}" + "".join(f"{size + ', × hello':>24}{'p95 ms':>9}{'reads':>7}{'writes':>8}" for size in SIZES))
    wrong = []
    for name, sides in list(times.items())[1:]:
        cells = ""
        for side, taken in enumerate(sides):
            p95 = sorted(taken)[int(len(taken) * 0.95)]
            reads, writes = counts[side][name]
            cells += f"{statistics.median(taken) / hello:>24.1f}{p95:>9.1f}{reads:>7}{writes:>8}"
        print(f"{name:20}{cells}")
        if len({count[name] for count in counts}) > 1 or counts[0][name][0] > MOST_QUERIES:
            wrong.append(name)
    for name in wrong:
        print(f"{name}: the queries must be the same at both sizes and {MOST_QUERIES} at most.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
