"""Walls that every route has: a token in every form, no method unlisted, odd addresses, and a lead's own minutes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.database import db
from app.discussions.models import Minutes
from app.forwarding.models import Acknowledgement, Question
from tests.policy import matrix
from tests.policy.matrix import FIXED, Open, Row
from tests.policy.posted import NOTHING_STORED, SENT
from tests.policy.stage import ANONYMOUS, MADE_UP, Stage, moved_to, told
from tests.shape.source import ROOT, called, modules

ROWS: list[Row | Open] = [*matrix.closed(), *matrix.public()]
POSTS = [row for row in ROWS if row.method == "POST"]
GETS = [row for row in ROWS if row.method == "GET"]
ODD = [
    "a%0bb",
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "%e2%80%a8",
    "e%cc%81",
    "%F0%9F%91%8D",
    "..%2f..%2fetc%2fpasswd",
    "'; DROP TABLE event; --",
]


def named(row: Row | Open) -> str:
    return f"{row.method} {row.page} {row.thing}".strip()


def about(stage: Stage, row: Row | Open) -> str:
    return stage.address(row.page, row.method, stage.world.here[row.thing] if row.thing else MADE_UP)


def somebody(row: Row | Open) -> str:
    """Somebody who may."""
    if isinstance(row, Open):
        return ANONYMOUS
    return next((person for person, cell in row.cells.items() if cell == "ok"), ANONYMOUS)


@pytest.mark.parametrize("row", POSTS, ids=named)
def test_a_form_without_its_token_is_refused_from_whoever_may(row: Row | Open, stage: Stage) -> None:
    before = stage.tables()
    stage.app.config["WTF_CSRF_ENABLED"] = True
    try:
        sent = SENT.get(f"{row.page} {row.thing}") or SENT[row.page]
        statuses = {
            stage.ask(somebody(row), "POST", about(stage, row), {**sent, **more}).status_code for more in FORGED
        }
    finally:
        stage.app.config["WTF_CSRF_ENABLED"] = False
    assert statuses == {400}
    assert stage.tables() == before


FORGED = ({}, {"csrf_token": ""}, {"csrf_token": "made up"})


def test_no_route_takes_a_method_that_nobody_listed(stage: Stage) -> None:
    listed: defaultdict[str, set[str]] = defaultdict(set)  # two views may stand at one address
    for rule in stage.app.url_map.iter_rules():
        if rule.endpoint != "static":
            listed[about(stage, next(row for row in ROWS if row.page == rule.endpoint))] |= rule.methods or set()
    for url, methods in listed.items():
        for method in {"PUT", "PATCH", "DELETE", "TRACE", "POST", "GET"} - methods:
            assert stage.ask("lead", method, url).status_code == 405, f"{method} {url}"


@pytest.mark.parametrize("row", GETS, ids=named)
def test_head_answers_like_get_and_leaves_nothing_behind(row: Row | Open, stage: Stage) -> None:
    before, url = stage.tables(), about(stage, row)
    got, head = (stage.ask(somebody(row), method, url) for method in ("GET", "HEAD"))
    assert head.status_code == got.status_code
    assert head.data == b""
    assert stage.tables() == before


def asked_of_addresses() -> set[str]:
    """The names of all values that some page looks for behind the question mark."""
    return {
        str(node.args[0].value)
        for module in modules(ROOT)
        for node in module.nodes
        if isinstance(node, ast.Call) and called(node) == "request.args.get" and isinstance(node.args[0], ast.Constant)
    }


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_behind_the_question_mark_breaks_no_page(odd: str, stage: Stage) -> None:
    names = asked_of_addresses()
    assert len(names) > 3
    behind = "&".join(f"{name}={odd}" for name in sorted(names))
    for row in ROWS:
        sent = {} if row.method == "GET" else SENT.get(f"{row.page} {row.thing}") or SENT[row.page]
        if row.method == "POST" and isinstance(row, Row) and row.page not in NOTHING_STORED:
            continue
        status = stage.ask(somebody(row), row.method, f"{about(stage, row)}?{behind}", sent).status_code
        assert status < 500 or row.page == "web.health", f"{row.method} {row.page} answers {status}"


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_word_in_an_address_is_not_there(odd: str, stage: Stage) -> None:
    for row in GETS:
        rule = stage.rule(row.page, "GET")
        for name in rule.arguments - {"number"}:
            known = {n: FIXED.get(n, stage.world.here.get(row.thing, MADE_UP)) for n in rule.arguments} | {
                name: "ODDWORD"
            }
            url = rule.rule
            for argument, value in known.items():
                url = url.replace(next(part for part in _parts(rule.rule) if part.endswith(f"{argument}>")), value)
            answer = stage.ask(somebody(row), "GET", url.replace("ODDWORD", odd))
            assert answer.status_code in (404, 308), f"{url}: {answer.status_code}"


def _parts(rule: str) -> list[str]:
    """The variable parts of a rule: `<ref:asked>`."""
    return [f"<{part.split('>')[0]}>" for part in rule.split("<")[1:]]


OWN = [
    {"decision": "keep"},
    {"decision": "ask", "question": "What did we mean?"},
    {"decision": "share", "answers": "point-0"},
]


@pytest.mark.parametrize("sent", OWN, ids=lambda sent: str(sent["decision"]))
def test_a_lead_never_says_of_her_own_minutes_that_she_has_them_nor_asks_herself(
    sent: dict[str, str], stage: Stage, copies: Callable[[], str]
) -> None:
    own = stage.world.here["lead_minutes"]
    with moved_to(stage, copies()) as copied:
        copied.ask("lead", "POST", copied.address("forwarding.decide", "POST", own), sent)
        assert kept_of(copied, own) == (0, 0)
        fields = {**OWN[2], **copied.seen("deputy", own)}
        assert told(copied.ask("deputy", "POST", copied.address("forwarding.decide", "POST", own), fields)) == "ok"
        assert kept_of(copied, own) == (1, 0)


def kept_of(stage: Stage, ref: str) -> tuple[int, int]:
    """How many acknowledgements of and questions about a set of minutes there are."""
    found = sa.select(Minutes.id).where(Minutes.ref == ref).scalar_subquery()
    with stage.app.app_context(), db.reading() as session:
        counts = [
            session.scalar(sa.select(sa.func.count()).select_from(model).where(model.minutes_id == found))
            for model in (Acknowledgement, Question)
        ]
    return counts[0] or 0, counts[1] or 0
