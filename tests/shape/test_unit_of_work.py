"""Rule 3: a view that answers under 400 is kept, anything else undone; a GET writes nothing; afterwards comes after."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, g
from sqlalchemy.orm import Session

from app import create_app
from app.database import Database, db
from app.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from app.organisations.models import Organisation
from app.web import public
from tests.conftest import settings_for
from tests.shape.packages import kind_of
from tests.shape.source import Module, Rule, called, complains, functions, kept, modules

MAY_COMMIT = ("app/database.py", "app/post/")
FITS_VIEWS = ("register_blueprint", "add_url_rule", "init_app", "route", "register_error_handler")


def commits(root: Path) -> list[str]:
    """Nothing is committed but by the unit of work and by the sender."""
    return [
        module.at(node, "commits; the unit of work does that")
        for module in modules(root)
        if not module.where.startswith(MAY_COMMIT)
        for node in module.nodes
        if (isinstance(node, ast.Attribute) and node.attr == "commit") or _says_commit(node)
    ]


def _says_commit(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).strip(" ;").upper() in ("COMMIT", "END TRANSACTION")


def wrapped_last(root: Path) -> list[str]:
    """`create_app` ends by wrapping every view: nothing is registered after that."""
    module = Module(root, root / "app" / "__init__.py")
    made = next(function for function in functions(module) if function.name == "create_app")
    calls = [(node.lineno, called(node)) for node in ast.walk(made) if isinstance(node, ast.Call)]
    wraps = [line for line, name in calls if name == "db.wrap_views"]
    if len(wraps) != 1:
        return [module.at(made, f"create_app wraps the views {len(wraps)} times; once, at the end")]
    late = [name for line, name in calls if line > wraps[0] and name.rpartition(".")[2] in FITS_VIEWS]
    return [module.at(made, f"{name} comes after db.wrap_views: its views would not be wrapped") for name in late]


def one_transaction(root: Path) -> list[str]:
    """A view or a service never opens a second transaction inside the first; `afterwards` and streams are the ways."""
    found = []
    for module in modules(root):
        kind = kind_of(module.package, module.stem)
        if kind in ("services", "queries", "forms", "models", "values"):
            asks = [
                node for node in module.nodes if called(node) in ("db.writing", "db.reading", "Session", "sessionmaker")
            ]
            found += [module.at(node, f"opens a transaction of its own ({called(node)})") for node in asks]
        elif kind == "routes":
            asks = [node for node in module.nodes if called(node) == "db.writing"]
            found += [
                module.at(node, "writes beside the request's transaction; hand it to db.afterwards") for node in asks
            ]
    return found


RULES = (commits, wrapped_last, one_transaction)


@pytest.mark.parametrize("rule", RULES)
def test_one_place_says_what_is_kept(rule: Rule) -> None:
    kept(rule)


CREATE = "def create_app():\n    db.init_app(app)\n    app.register_blueprint(a)\n    db.wrap_views(app)\n"
BROKEN = [
    (commits, "app/packs/services.py", "session.commit()\n", "commits"),
    (commits, "app/web/pages.py", "keep = db.session.commit\n", "commits"),
    (commits, "app/packs/services.py", "session.execute(sa.text('COMMIT'))\n", "commits"),
    (wrapped_last, "app/__init__.py", CREATE + "    app.register_blueprint(b)\n", "comes after db.wrap_views"),
    (wrapped_last, "app/__init__.py", CREATE.replace("    db.wrap_views(app)\n", ""), "0 times"),
    (wrapped_last, "app/__init__.py", CREATE + "    web.init_app(app)\n", "comes after db.wrap_views"),
    (one_transaction, "app/packs/services.py", "with db.writing() as s: ...\n", "transaction of its own"),
    (one_transaction, "app/forwarding/standings.py", "with db.reading() as s: ...\n", "transaction of its own"),
    (one_transaction, "app/packs/routes.py", "with db.writing() as s: ...\n", "db.afterwards"),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_whatever_else_keeps_something_is_found(rule: Rule, path: str, source: str, of: str, tmp_path: Path) -> None:
    complains(rule, tmp_path, {path: source}, of)


# The same on a running application


tiny = Blueprint("tiny", __name__, url_prefix="/tiny")


def leave(name: str, session: Session | None = None) -> None:
    """Write something down that can be found again."""
    (session or db.session).add(Organisation(code=name, name=name, sector="Test"))


@tiny.route("/answers/<int:status>", methods=["GET", "POST"])
@public
def answers(status: int) -> Response:
    leave("here")
    db.afterwards(lambda session: leave("afterwards", session))
    return Response("answered", status)


REFUSALS: dict[str, Exception] = {
    "invalid": Invalid("No."),
    "denied": Denied(),
    "missing": NotFound(),
    "conflict": Conflict(),
    "unavailable": Unavailable(),
    "fault": RuntimeError("broken"),
}


@tiny.post("/raises/<name>")
@public
def raises(name: str) -> Response:
    leave("here")
    db.session.flush()
    db.afterwards(lambda session: leave("afterwards", session))
    if name.isdecimal():
        abort(int(name))
    raise REFUSALS[name]


@tiny.post("/forgets")
@public
def forgets() -> tuple[str, int]:
    leave("here")
    return "a plain answer with its status", 409


@tiny.post("/uncleaned")
@public
def uncleaned() -> str:
    leave("a\x00b")
    return "never"


@pytest.fixture
def small_app(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The real application with a few views more, registered before the last line of `create_app` wraps them all."""
    wrap = Database.wrap_views

    def with_tiny(self: Database, app: Flask) -> None:
        app.register_blueprint(tiny)
        wrap(self, app)

    monkeypatch.setattr(Database, "wrap_views", with_tiny)
    made = create_app(settings_for(database_url, tmp_path))
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    made.extensions["database_engine"].dispose()


def there(app: Flask) -> set[str]:
    """What was kept."""
    with app.app_context(), db.reading() as session:
        return set(session.scalars(sa.select(Organisation.code)))


def test_every_view_of_the_application_is_wrapped(small_app: Flask) -> None:
    bare = [name for name, view in small_app.view_functions.items() if not hasattr(view, "__wrapped__")]
    assert bare == []


@pytest.mark.parametrize("status", [200, 201, 204, 303, 399])
def test_an_answer_under_400_is_kept(status: int, small_app: Flask) -> None:
    assert small_app.test_client().post(f"/tiny/answers/{status}").status_code == status
    assert there(small_app) == {"here", "afterwards"}


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 500, 503])
def test_any_other_answer_is_undone_and_what_comes_afterwards_is_kept(status: int, small_app: Flask) -> None:
    assert small_app.test_client().post(f"/tiny/answers/{status}").status_code == status
    assert there(small_app) == {"afterwards"}


EXPECTED = {"invalid": 422, "denied": 403, "missing": 404, "conflict": 409, "unavailable": 503, "fault": 500}


@pytest.mark.parametrize("name", [*REFUSALS, "404", "413"])
def test_an_exception_is_undone_and_what_comes_afterwards_is_kept(name: str, small_app: Flask) -> None:
    answer = small_app.test_client().post(f"/tiny/raises/{name}")
    assert answer.status_code == (EXPECTED.get(name) or int(name))
    assert there(small_app) == {"afterwards"}


def test_the_status_counts_however_a_view_gives_it(small_app: Flask) -> None:
    assert small_app.test_client().post("/tiny/forgets").status_code == 409
    assert there(small_app) == set()


def test_text_that_came_in_by_another_door_is_refused_and_undone(small_app: Flask) -> None:
    assert small_app.test_client().post("/tiny/uncleaned").status_code == 500
    assert there(small_app) == set()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_get_cannot_write_because_the_database_refuses(method: str, small_app: Flask) -> None:
    answer = small_app.test_client().open("/tiny/answers/200", method=method)
    assert answer.status_code >= 500
    assert there(small_app) == {"afterwards"}


def test_what_comes_afterwards_is_done_for_whoever_a_guard_turns_away(small_app: Flask) -> None:
    def turned_away() -> Response | None:
        assert db.session.scalars(sa.select(Organisation.id)).all() == []  # its transaction holds the right to write
        db.afterwards(lambda session: leave("afterwards", session))
        return Response("no", 403)

    small_app.before_request_funcs.setdefault(None, []).insert(0, turned_away)
    assert small_app.test_client().post("/tiny/answers/200").status_code == 403
    assert there(small_app) == {"afterwards"}


def test_what_comes_afterwards_begins_when_the_first_transaction_has_ended(small_app: Flask) -> None:
    seen: list[Any] = []

    def deed(session: Session) -> None:
        seen.append(("database_session" in g) and db.session.in_transaction())
        leave("afterwards", session)

    @tiny_later(small_app)
    def later() -> str:
        db.session.execute(sa.select(Organisation.id)).all()
        db.afterwards(deed)
        return "answered"

    assert small_app.test_client().get("/later").status_code == 200
    assert seen == [False]
    assert there(small_app) == {"afterwards"}


def tiny_later(app: Flask) -> Any:
    """A decorator that adds one more view, wrapped like the rest."""

    def add(view: Any) -> Any:
        app.add_url_rule("/later", "later", public(db._unit_of_work(view)))
        return view

    return add


def test_releasing_with_changes_in_hand_is_refused(small_app: Flask) -> None:
    with small_app.test_request_context("/", method="POST"):
        leave("here")
        with pytest.raises(RuntimeError, match="would lose changes"):
            db.release()


def refused(session: Session) -> None:
    """What a database does that is full, locked or gone."""
    leave("half", session)
    raise sa.exc.OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))


def test_what_cannot_be_done_afterwards_is_told_as_such(small_app: Flask) -> None:
    @tiny_later(small_app)
    def later() -> str:
        db.afterwards(refused)
        return "answered"

    answer = small_app.test_client().get("/later")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Content-Security-Policy" in answer.headers
    assert there(small_app) == set()


def test_what_nobody_waits_for_is_left_out_where_the_database_does_not_let_it(small_app: Flask) -> None:
    @tiny_later(small_app)
    def later() -> str:
        db.afterwards(refused, spare=True)
        db.afterwards(lambda session: leave("afterwards", session))
        return "answered"

    answer = small_app.test_client().get("/later")
    assert (answer.status_code, answer.text) == (200, "answered")
    assert there(small_app) == {"afterwards"}
