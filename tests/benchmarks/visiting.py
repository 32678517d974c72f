"""A web server to measure, and people who ask it for pages and send forms."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from tests.benchmarks.worlds import World
from tests.ports import own_port

COOKIE = "signed-in"  # as it is named over http


@contextmanager
def server(app: str, environ: dict[str, str]) -> Iterator[int]:
    """A web server as `make run` starts it; gives its port."""
    port = own_port()
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

    def etag(self, path: str) -> str:
        """By what a browser knows the page again."""
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        answer.read()
        return answer.getheader("ETag") or ""

    def post(self, path: str, cookie: str, data: dict[str, str]) -> float:
        """Milliseconds of a form that is sent and answered by leading elsewhere."""
        return self._ask("POST", path, cookie, urlencode(data), 303)[0]

    def autosave(self, path: str, cookie: str, data: dict[str, str]) -> tuple[float, bytes]:
        """Milliseconds and answer of what a script saves."""
        return self._ask("POST", path, cookie, urlencode(data), 200)[:2]

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


def signed_in(token: str) -> str:
    """The cookie of a session."""
    return f"{COOKIE}={token}" if token else ""


def sending(world: World, visitor: Visitor) -> Callable[[], float]:
    """Sends the next of a world's drafts each time it is called: the milliseconds of the answer."""
    cookie = signed_in(world.leader)
    _, _, forms_cookie = visitor.get(f"/drafts/{world.drafts[0]}/check", cookie)
    left = iter(world.drafts)

    def send() -> float:
        path = f"/drafts/{next(left)}/check"
        _, page, _ = visitor.get(path, f"{cookie}; {forms_cookie}")
        return visitor.post(path, f"{cookie}; {forms_cookie}", to_send(page))

    return send


def hidden(page: bytes) -> dict[str, str]:
    """What the forms of a page carry by themselves."""
    inputs = re.findall(r'<input[^>]*type="hidden"[^>]*>', page.decode())
    named = [(re.search(r'name="([^"]*)"', said), re.search(r'value="([^"]*)"', said)) for said in inputs]
    return {name[1]: value[1] for name, value in named if name and value}


def to_send(page: bytes) -> dict[str, str]:
    """The last page of recording filled in: the statement, and every piece that is to be looked at left in."""
    whys = dict.fromkeys(re.findall(r'name="(look-[^"]*-why)"', page.decode()), "public")
    return {**hidden(page), **whys, "nobody_known": "yes"}
