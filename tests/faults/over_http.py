"""What people do over HTTP while things break: leaders save and send, leads say that they have minutes, and the web
server is killed under their hands and started again.

Only what the service answered well counts as done.
"""

from __future__ import annotations

import re
import secrets
import string
import threading
from datetime import timedelta
from typing import Any

from flask import Flask

from app import clock
from app.accounts.models import SignedIn
from app.accounts.queries import digest_of
from app.database import db
from app.errors import Denied
from app.forwarding.forms import Decision
from tests import factories as make
from tests.faults.people import People, Told, Unanswered
from tests.faults.web_crowds import SCRIPT, typed
from tests.faults.web_doomed import POINTS
from tests.faults.web_site import BROKEN, Answer, Site, Visitor
from tests.post.smtp_stub import Stub

DEEDS = ("save_over_http", "send_over_http", "acknowledge_over_http")
NOT_NOW = 503
LONGER_THAN_ANY_RUN = timedelta(days=60)
LETTERS = 60  # so many that no text is taken for another in which a few were mended


class OverHttp(People):
    """The people, some of whom go to the web server. Each answer is waited for before anything else is done."""

    def __init__(self, site: Site, app: Flask, stub: Stub, seed: int) -> None:
        self.site, self.visitors = site, dict[int, Visitor]()
        super().__init__(app, stub, seed)

    def save_over_http(self) -> None:
        """A leader writes, and the page saves by itself."""
        _, asked, leader = self._team()
        who, words = self._visitor(leader), self._text()
        said, form = self._page_with(who, asked, words)
        self._ask(who, said, {**form, "do": "autosave"}, **SCRIPT)
        self._heard()
        self.account.saved[words] = self.turn

    def send_over_http(self) -> None:
        """A leader writes minutes and sends them. Where nothing is answered, she may press the button again."""
        number, asked, leader = self._team()
        who, words = self._visitor(leader), self._text()
        said, form = self._page_with(who, asked, words)
        check = self._ask(who, said, form).location
        self.account.saved[words] = self.turn  # the page went on only when it had kept the text
        form = {**self._ask(who, check).form("/check"), "nobody_known": "yes"}
        try:
            answer = self._ask(who, check, form)
        except Unanswered:
            if self.chance.random() < 0.5:
                raise
            answer = self._ask(who, check, form)
        if receipt := re.search(r"/minutes/(\w+)/sent", answer.location):
            self._heard()
            self.account.told[receipt[1]] = Told(self.turn, number, words)

    def acknowledge_over_http(self) -> None:
        """A lead says on their page that she has minutes, unless she says there already that she shares them."""
        if lead := self._to_a_lead():
            who, page = self._visitor(lead[1]), f"/minutes/{lead[0]}"
            shown = self._ask(who, page)
            if f'value="{Decision.KEEP}"' not in shown.body.decode():
                raise Denied
            form = {**shown.form("/decision"), "decision": Decision.KEEP}
            self._ask(who, f"{page}/decision", form)
            self._heard()
            self.account.acknowledged.add(lead[0])

    def kill_web(self) -> None:
        """While somebody does something over HTTP, a web process dies at a point of sending, or all of them at any
        moment, and they are started again."""
        if self.chance.random() < 0.5:
            self.site.doom(self.chance.choice(POINTS))
            try:
                self.send_over_http()
            finally:
                self.account.done["web killed"] += self.site.spare()
            return
        killing = threading.Timer(self.chance.uniform(0, 0.5), self._kill_and_start)
        killing.start()
        try:
            getattr(self, self.chance.choice(DEEDS))()
        finally:
            killing.join()

    def _kill_and_start(self) -> None:
        self.site.kill()
        self.account.done["web killed"] += 1
        self.site.start()

    def _page_with(self, who: Visitor, asked: str, words: str) -> tuple[str, dict[str, Any]]:
        """Where the second page of a draft is, after the first, and its form with a text typed into it."""
        day = clock.today(self.now()) - timedelta(days=3)
        held_on = {"held_on-day": day.day, "held_on-month": day.month, "held_on-year": day.year}
        meeting = f"/asked/{asked}/meeting"
        form = self._ask(who, meeting).form("/meeting")
        said = self._ask(who, meeting, {**form, **held_on, "setting": "team_meeting", "present": "8"}).location
        return said, typed(self._ask(who, said), words)

    def _text(self) -> str:
        """A text that has little in common with any other, and nothing by which a child might be recognised."""
        return self._typed("".join(self.chance.choices(string.ascii_lowercase, k=LETTERS)))

    def _visitor(self, person: int) -> Visitor:
        """Somebody who is signed in for as long as the run takes, whatever the clock does."""
        self.account.done["over HTTP"] += 1
        self.site.set_clock(self.ahead)
        if person not in self.visitors:
            token, at = secrets.token_urlsafe(32), self.now() + LONGER_THAN_ANY_RUN
            with db.writing() as session:
                make.kept(session, SignedIn(digest=digest_of(token), person_id=person, begun_at=at, seen_at=at))
            self.visitors[person] = Visitor(self.site.port, {"signed-in": token})
        return self.visitors[person]

    def _ask(self, who: Visitor, path: str, form: dict[str, Any] | None = None, **headers: str) -> Answer:
        """A good answer: a page, what a script is told, or where a form led on to. Raises `Unanswered` where there is
        none or it is “not just now”, `Denied` where it is no."""
        try:
            answer = self._answer(who, path, form, headers)
        except BROKEN as broken:
            self.account.done["broken off"] += 1
            raise Unanswered from broken
        if answer.status == NOT_NOW:
            self.account.done["not just now"] += 1
            raise Unanswered
        if answer.status >= 500:
            self.account.faults.append(f"{path} answered {answer.status} at turn {self.turn}")
            raise Unanswered
        if answer.status != (200 if form is None or headers else 303):
            raise Denied
        return answer

    def _answer(self, who: Visitor, path: str, form: dict[str, Any] | None, headers: dict[str, str]) -> Answer:
        """What comes back, asked again where nobody listens yet: it was not heard then."""
        for _ in range(2):
            try:
                return who.get(path) if form is None else who.post(path, form, **headers)
            except ConnectionRefusedError:
                self.site.ready()
        raise ConnectionRefusedError

    def _heard(self) -> None:
        self.account.done["heard"] += 1
