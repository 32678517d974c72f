"""What an attacker tries, over https as people use the service: most of it held, some of it had to be mended."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from app.accounts import guard, queries, services
from app.accounts.models import CodeAsked
from app.clock import now, today
from app.database import Base, db
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.forwarding.models import Share
from app.forwarding.services import share
from app.organisations.models import Person
from app.policy import Role
from app.trail.models import Event
from app.web.incoming import MOST_FIELDS
from tests import factories
from tests.accounts.browsers import Apart
from tests.conftest import settings_for

HTTPS = "https://localhost"
FORM = "application/x-www-form-urlencoded"
CANARY = "Canary7731"
MADE_UP = "z" * 12


class Browser(Apart):
    """A browser that reaches the service over https and says where its forms come from."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs = {"base_url": HTTPS, "buffered": True, **kwargs}
        ours = {"Referer": f"{HTTPS}/home", "Sec-Fetch-Site": "same-origin", **(kwargs.pop("headers", None) or {})}
        return super().open(*args, headers=ours, **kwargs)

    def token(self) -> str:
        for page in ("/sign-in", "/home"):
            if found := re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).get_data(as_text=True)):
                return found[1]
        raise AssertionError("no page with a form")

    def seen(self, minutes: str) -> str:
        return re.findall(r'name="seen"[^>]*value="(\w+)"', self.get(f"/minutes/{minutes}").get_data(as_text=True))[0]

    def send(self, url: str, **fields: Any) -> TestResponse:
        return self.post(url, data={"csrf_token": self.token(), **fields})


@dataclass(frozen=True)
class Scene:
    """References and people of a small world with minutes of two organisations, one answer shared, and a draft."""

    refs: dict[str, str]
    people: dict[str, int]
    emails: dict[str, str]
    asker: str
    stranger: str


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = create_app(settings_for(database_url, tmp_path, service_url=HTTPS))
    made.test_client_class = Browser
    yield made
    made.extensions["database_engine"].dispose()


@pytest.fixture
def scene(app: Flask) -> Scene:
    with app.app_context(), db.writing() as session:
        made, at = factories.circle(session), now()
        ours = factories.minutes(session, made.asked, made.leader, sent_at=at - timedelta(hours=2))
        theirs = factories.minutes(session, made.noise_asked, made.noise_leader, sent_at=at - timedelta(hours=2))
        narrowed, south = factories.person(session), factories.person(session)
        factories.appoint(session, narrowed, Role.LEAD, made.organisation, (made.teams[1],))
        factories.appoint(session, south, Role.LEADER, made.organisation, (made.teams[1],))
        for answer in ours.responses:
            answer.words = f"{CANARY} {answer.id}"
        lead = factories.actor_of(session, made.lead, at)
        given = share(session, lead, ours, made.partnership.id, {ours.responses[0].id: True}, now=at)
        asked = next(a for a in made.circulation.asked if a.team_id == made.teams[1].id)
        when = {"begun_at": at, "changed_at": at, "changed_by_id": south.id}
        draft = factories.kept(session, Draft(organisation_id=asked.organisation_id, asked_id=asked.id, **when))
        refs = {"minutes": ours.ref, "theirs": theirs.ref, "share": given.ref, "draft": draft.ref, "south": asked.ref}
        refs["leave"] = factories.away(session, made.lead, today(at) + timedelta(days=10)).ref
        return _scene(made, refs, {"narrowed": narrowed, "south": south})


def _scene(made: factories.Circle, refs: dict[str, str], more: dict[str, Person]) -> Scene:
    people = {name: getattr(made, name) for name in ("leader", "lead", "deputy", "officer", "reviewer", "noise_lead")}
    people |= more
    known = {
        "asked": made.asked.ref,
        "edition": made.edition.ref,
        "team": made.teams[0].ref,
        "circulation": made.circulation.ref,
        "slug": made.edition.pack.slug,
    }
    held = made.lead.appointments[0].ref
    known |= {"organisation": made.organisation.ref, "partnership": made.partnership.slug, "appointment": held}
    return Scene(
        refs={**known, **refs},
        people={name: who.id for name, who in people.items()},
        emails={name: who.addresses[0].email for name, who in people.items()},
        asker=made.partnership.slug,
        stranger=made.noise_partnership.slug,
    )


@pytest.fixture
def come(app: Flask, scene: Scene) -> Callable[..., Browser]:
    def browser(name: str = "") -> Browser:
        made = Browser(app, TestResponse, use_cookies=True)
        if name:
            with app.app_context(), db.writing() as session:
                token = services.begin(session, session.get_one(Person, scene.people[name]), now=now())
            made.set_cookie(guard.cookie_name(app.config["SETTINGS"]), token, domain="localhost", secure=True)
        return made

    return browser


Come = Callable[..., Browser]


def code_for(app: Flask, address: str) -> str:
    with app.app_context(), db.reading() as session:
        newest = sa.select(CodeAsked).where(CodeAsked.address == address).order_by(CodeAsked.id.desc()).limit(1)
        return queries.code_for(session.scalars(newest).one(), app.config["SETTINGS"].secret_key)


def ask_code(browser: Browser, address: str) -> str:
    answer = browser.send("/sign-in", address=address)
    assert answer.status_code == 303
    return answer.headers["Location"]


def digests(app: Flask, but: tuple[str, ...]) -> dict[str, str]:
    with app.app_context(), db.reading() as session:
        return {
            table.name: hashlib.sha256(repr(sorted(map(repr, session.execute(sa.select(table))))).encode()).hexdigest()
            for table in Base.metadata.sorted_tables
            if table.name not in but
        }


def pages(app: Flask, scene: Scene) -> list[str]:
    """Every address that can be read, but the briefings (the factories make none with text) and files of ours."""
    but = ("static", "web.favicon", "forwarding.answer", "circulation.settle_leader", "circulation.scheduled")
    known = {**scene.refs, "key": "point-0", "colour": "aabbcc", "part": "points", "picture": "a.png"}
    build = app.url_map.bind("localhost", url_scheme="https").build
    return [
        build(rule.endpoint, {name: known[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in but and not rule.rule.startswith("/packs/<slug>")
    ]


def test_a_known_and_an_unknown_address_are_answered_alike(app: Flask, come: Come, scene: Scene) -> None:
    told = []
    for address in (scene.emails["lead"], "personne@example.gov.uk"):
        browser = come()
        to = ask_code(browser, address)
        for _ in range(5):
            browser.send(to, code="00000000")
        said = browser.get(to).get_data(as_text=True).replace(to.rpartition("=")[2], "REF")
        told.append(re.sub(r'value="[^"]{20,}"', "", said).replace(address, "ADDRESS"))
    assert told[0] == told[1]
    assert "cannot be used any more" in told[0]


def test_a_code_signs_in_once_and_only_in_the_browser_that_asked(app: Flask, come: Come, scene: Scene) -> None:
    owner, thief = come(), come()
    to = ask_code(owner, scene.emails["lead"])
    code = code_for(app, scene.emails["lead"])
    assert "lost=1" in thief.send(to, code=code).headers["Location"]
    assert thief.get("/home").headers["Location"].startswith("/sign-in")
    signed_in = owner.send(to, code=code)
    cookies = signed_in.headers.getlist("Set-Cookie")
    assert signed_in.headers["Location"] == "/home"
    assert {c.partition("=")[0] for c in cookies} >= {"__Host-signed-in", "__Host-browser"}
    assert all("Secure" in c and "HttpOnly" in c and "SameSite=Lax" in c and "Path=/" in c for c in cookies)
    owner.send("/sign-out")
    assert owner.get("/home").headers["Location"].startswith("/sign-in")
    assert owner.send(to, code=code).headers["Location"].startswith("/sign-in/code")


def test_the_right_code_is_of_no_use_after_five_wrong_ones(app: Flask, come: Come, scene: Scene) -> None:
    browser = come()
    to = ask_code(browser, scene.emails["lead"])
    right = code_for(app, scene.emails["lead"])
    for number in range(5):
        browser.send(to, code=f"{(int(right) + 1 + number) % 10**8:08d}")
    assert browser.send(to, code=right).headers["Location"].startswith("/sign-in/code")
    assert browser.get("/home").headers["Location"].startswith("/sign-in")


ELSEWHERE = ("//evil.test", "/\\evil.test", "https://evil.test", "/%2f%2fevil.test", "/%09/evil.test", "/.//evil.test")


def test_signing_in_leads_nowhere_else(come: Come) -> None:
    browser = come("lead")
    for wanted in ELSEWHERE:
        answer = browser.get("/sign-in", query_string={"next": wanted})
        assert answer.headers["Location"] == "/home", wanted


def test_nobody_waits_for_ten_seconds_because_of_half_a_million_fields(come: Come) -> None:
    flood = "&".join(f"k{number}=1" for number in range(MOST_FIELDS + 1))
    for url in ("/home", "/sign-in", f"/drafts/{MADE_UP}/said"):
        answer = come().post(url, data=flood, content_type=FORM)
        assert (answer.status_code, len(answer.data) < 10_000) == (413, True), url


def test_as_many_fields_as_a_form_may_have_are_taken(come: Come) -> None:
    browser = come()
    many = f"csrf_token={browser.token()}&address=not-an-address" + "&a=" * (MOST_FIELDS - 2)
    assert browser.post("/sign-in", data=many, content_type=FORM).status_code == 422


def test_a_page_gives_back_a_bounded_number_of_answers(come: Come) -> None:
    many = "&".join(f"k{number}=1" for number in range(MOST_FIELDS - 1))
    answer = come().post("/home", data=many, content_type=FORM)
    assert (answer.status_code, answer.data.count(b"<textarea")) == (405, 1_000)


def test_json_nested_without_end_is_no_fault_of_the_service(come: Come) -> None:
    browser = come()
    token = {"X-CSRFToken": browser.token()}
    answer = browser.post("/sign-in", data="[" * 100_000, content_type="application/json", headers=token)
    assert answer.status_code == 422


def test_a_number_of_an_edition_that_no_database_holds_leads_nowhere(come: Come, scene: Scene) -> None:
    for number in ("100000", "9223372036854775808", "9" * 40):
        assert come().get(f"/packs/{scene.refs['slug']}/editions/{number}").status_code == 404


def test_reading_every_page_twice_changes_nothing(app: Flask, come: Come, scene: Scene) -> None:
    before = digests(app, but=("event", "signed_in"))
    for name in ("", "south", "lead", "officer"):
        browser = come(name)
        for url in pages(app, scene) * 2:
            browser.get(url)
    assert digests(app, but=("event", "signed_in")) == before


def test_every_answer_carries_the_headers(app: Flask, come: Come, scene: Scene) -> None:
    browser = come("officer")
    answers = [browser.get(url) for url in [*pages(app, scene), f"/minutes/{MADE_UP}", "/packs/%00"]]
    answers += [browser.post("/home"), browser.post("/sign-out"), browser.open("/home", method="TRACE")]
    for answer in answers:
        found = answer.headers
        assert "default-src 'none'" in found["Content-Security-Policy"], answer.request.path
        assert (found["X-Content-Type-Options"], found["Referrer-Policy"]) == ("nosniff", "same-origin")
        assert "max-age" in found["Strict-Transport-Security"] and "Cache-Control" in found


def test_what_is_foreign_and_what_is_made_up_answer_alike(come: Come, scene: Scene) -> None:
    for name in ("noise_lead", "narrowed", "reviewer"):
        browser, foreign = come(name), scene.refs["minutes"]
        for page in ("/minutes/{}", "/minutes/{}/word", "/minutes/{}/sent", "/drafts/{}/said", "/inbox?before={}"):
            theirs, nobodys = (browser.get(page.format(ref)) for ref in (foreign, MADE_UP))
            assert theirs.status_code == 404, (name, page)
            assert (theirs.data, dict(theirs.headers)) == (nobodys.data, dict(nobodys.headers)), (name, page)


def test_what_was_not_shared_is_in_nothing_that_the_partnership_can_open(come: Come, scene: Scene) -> None:
    where = f"/collation/{scene.refs['edition']}"
    for name in ("officer", "reviewer"):
        browser = come(name)
        for page in ("", "/responses.csv", *(f"/points/point-{n}" for n in range(3))):
            read = browser.get(where + page).get_data(as_text=True)
            assert len(set(re.findall(rf"{CANARY} \d+", read))) <= 1, page
            assert browser.get(where + page, query_string={"partnership": scene.stranger}).status_code == 404
        beyond = browser.get(f"{where}/points/point-1", query_string={"after": scene.refs["theirs"]})
        assert CANARY not in beyond.get_data(as_text=True)


FORGED: list[dict[str, Any]] = [
    {"decision": "share", "answers": ["point-1", "point-9"], "partnerships": "ours"},
    {"decision": "SHARE", "answers": ["point-1"]},
    {"decision": "share", "answers": ["1", "2"]},
    {"decision": "keep"},
]


def test_a_forged_decision_shares_nothing(app: Flask, come: Come, scene: Scene) -> None:
    url, before = f"/minutes/{scene.refs['minutes']}/decision", digests(app, but=("event", "signed_in"))
    for fields in FORGED:
        seen = come("lead").seen(scene.refs["minutes"])
        assert come("lead").send(url, **fields, seen=seen).status_code == 422, fields
    assert digests(app, but=("event", "signed_in")) == before


def test_only_who_receives_minutes_decides_about_them(app: Flask, come: Come, scene: Scene) -> None:
    before = digests(app, but=("event", "signed_in"))
    for name in ("leader", "south", "narrowed", "noise_lead", "officer", "reviewer"):
        browser = come(name)
        decided = browser.send(f"/minutes/{scene.refs['minutes']}/decision", decision="share", answers=["point-2"])
        taken = browser.send(f"/shares/{scene.refs['share']}/withdraw")
        assert decided.status_code == (403 if name == "leader" else 404), name
        assert taken.status_code == 404, name
    assert digests(app, but=("event", "signed_in")) == before


def test_what_is_typed_is_in_no_log_address_or_trail(
    app: Flask, come: Come, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    browser, draft = come("south"), scene.refs["draft"]
    words = {"points-point-0-words": CANARY, "actions-0-what": CANARY, "question_to_lead": CANARY, "version": "1"}
    wrong = {"points-point-1-yes": CANARY, "actions-0-by": CANARY}
    told = [browser.send(f"/drafts/{draft}/said", **words, **wrong, do="later")]
    told += [browser.send(f"/drafts/{draft}/said", **words, **wrong)]
    told += [browser.send(f"/asked/{scene.refs['south']}/other", kind="not_relevant", because=CANARY)]
    asks = {"decision": "ask", "question": CANARY, "seen": come("lead").seen(scene.refs["minutes"])}
    told += [come("lead").send(f"/minutes/{scene.refs['minutes']}/decision", **asks)]
    assert [answer.status_code for answer in told] == [303, 422, 303, 303]
    assert not any(CANARY in answer.headers.get("Location", "") for answer in told)
    with app.app_context(), db.reading() as session:
        trail = [(e.kind, e.about, e.detail) for e in session.scalars(sa.select(Event))]
    assert trail and CANARY not in repr(trail)
    assert CANARY not in caplog.text


def test_whoever_breaks_a_download_off_leaves_no_transaction_open(app: Flask, come: Come, scene: Scene) -> None:
    browser, pool = come("officer"), app.extensions["database_engine"].pool
    answer = browser.get(f"/collation/{scene.refs['edition']}/responses.csv", buffered=False)
    assert (answer.status_code, pool.checkedout()) == (200, 1)
    answer.close()
    assert pool.checkedout() == 0


class Slow(io.BytesIO):
    """The body of an upload, during which somebody else writes to the database."""

    def __init__(self, body: bytes, meanwhile: Callable[[], None]) -> None:
        super().__init__(body)
        self.meanwhile, self.others = meanwhile, 0

    def readinto(self, buffer: Any) -> int:
        self.others += 1
        self.meanwhile()
        return super().readinto(buffer)


def test_a_slow_upload_keeps_nobody_else_from_writing(app: Flask, come: Come, scene: Scene) -> None:
    def write() -> None:
        with app.app_context(), db.writing() as session:
            session.execute(sa.update(Draft).values(version=Draft.version))
            session.execute(sa.update(Person).values(name=Person.name))

    browser = come("south")
    body = f"csrf_token={browser.token()}&points-point-0-words=slow&version=1&do=later".encode()
    slow = Slow(body, lambda: other(write))
    answer = browser.post(f"/drafts/{scene.refs['draft']}/said", input_stream=slow, content_type=FORM)
    assert (answer.status_code, slow.others > 0) == (303, True)


def other(deed: Callable[[], None]) -> None:
    """Do something as somebody else would, and fail if it has to wait."""
    (thread := Thread(target=deed)).start()
    thread.join(3)
    assert not thread.is_alive()


def test_shares_and_withdrawals_at_once_leave_one_share_at_most(app: Flask, come: Come, scene: Scene) -> None:
    url, answers = f"/minutes/{scene.refs['minutes']}/decision", []
    lead, deputy = come("lead"), come("deputy")
    same = {"decision": "share", "partnerships": scene.asker, "seen": lead.seen(scene.refs["minutes"])}
    chosen = [{**same, "answers": [f"point-{n % 3}"]} for n in range(6)]
    deeds = [(lead if n % 2 else deputy, url, fields) for n, fields in enumerate(chosen)]
    deeds += [(deputy, f"/shares/{scene.refs['share']}/withdraw", {})]
    ready = [(who, to, {"csrf_token": who.token(), **fields}) for who, to, fields in deeds]

    def do(who: Browser, to: str, fields: dict[str, Any]) -> None:
        answers.append(who.post(to, data=fields).status_code)

    threads = [Thread(target=do, args=deed) for deed in ready]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert set(answers) <= {303, 409} and len(answers) == 7
    with app.app_context(), db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Share).where(Share.shared)) in (0, 1)
        assert session.scalar(sa.select(sa.func.count()).select_from(Minutes)) == 2
