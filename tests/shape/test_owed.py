"""Rule 5: work owed is a query. Packages say which letters are owed; only the sender writes a `Delivery` down."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import LETTERS
from app.post.models import Delivery
from tests.shape.packages import CIRCLE, kind_of
from tests.shape.source import ROOT, Rule, called, complains, imports, kept, modules

ONLY_POST = {"Delivery", "Attempt", "Telling", "ToldOf"}
BUSES = {"blinker", "celery", "rq", "dramatiq", "huey", "sched", "asyncio", "concurrent", "multiprocessing", "queue"}
OTHER_PROCESSES = {"app/demo/running.py", "app/demo/commands.py"}  # `make run` starts the server and the sender


def deliveries(root: Path) -> list[str]:
    """Nobody but `post` makes, inserts or updates a letter or an attempt."""
    found = []
    for module in modules(root):
        if module.package == "post":
            continue
        for node in module.nodes:
            verb, first = called(node).rpartition(".")[2], _first(node)
            if verb in ONLY_POST or (verb in ("insert", "update", "delete", "add") and first in ONLY_POST):
                found.append(module.at(node, f"{called(node)}({first}): only the sender writes letters down"))
    return found


def _first(node: ast.AST) -> str:
    """The last word of a call's first argument: `Delivery` of `insert(models.Delivery)`."""
    return ast.unparse(node.args[0]).rpartition(".")[2] if isinstance(node, ast.Call) and node.args else ""


def buses(root: Path) -> list[str]:
    """No signal, queue or thread carries work: what is to be done is read from the rows."""
    found = []
    for module in modules(root):
        for node, name in imports(module):
            if name.split(".")[0] in BUSES and module.where not in OTHER_PROCESSES:
                found.append(module.at(node, f"imports {name}: work owed is a query, nothing is handed about"))
        starts = [
            node
            for node in module.nodes
            if called(node).endswith(("Thread", "Timer", "signal.connect", ".connect_via"))
        ]
        found += [
            module.at(node, f"{called(node)}: work owed is a query")
            for node in starts
            if module.package not in ("post", "demo")
        ]
    return found


def letters_read(root: Path) -> list[str]:
    """What says which letters are owed, and what writes their text, changes no row and sends nothing."""
    verbs = {"add", "add_all", "delete", "flush", "merge", "insert", "update", "sendmail", "send_message"}
    return [
        module.at(node, f"{called(node)}: letters are told from the rows and change none")
        for module in modules(root)
        if module.package in CIRCLE and kind_of(module.package, module.stem) == "emails"
        for node in module.nodes
        if called(node).rpartition(".")[2] in verbs and called(node).rpartition(".")[0] in ("session", "sa", "")
    ]


RULES = (deliveries, buses, letters_read)


@pytest.mark.parametrize("rule", RULES)
def test_work_owed_is_a_query(rule: Rule) -> None:
    kept(rule)


BROKEN = [
    (deliveries, "app/forwarding/services.py", "session.add(Delivery(kind='a'))\n", "only the sender"),
    (deliveries, "app/forwarding/services.py", "sa.insert(Delivery).values(rows)\n", "only the sender"),
    (deliveries, "app/demo/history.py", "rows.add(Delivery, kind='a')\n", "only the sender"),
    (deliveries, "app/demo/history.py", "models.Attempt(delivery_id=1)\n", "only the sender"),
    (buses, "app/forwarding/services.py", "from blinker import signal\n", "work owed is a query"),
    (buses, "app/forwarding/services.py", "threading.Thread(target=f).start()\n", "work owed is a query"),
    (letters_read, "app/forwarding/emails.py", "session.add(x)\n", "change none"),
    (letters_read, "app/forwarding/owed.py", "session.execute(sa.update(Minutes))\n", "change none"),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_work_handed_about_is_found(rule: Rule, path: str, source: str, of: str, tmp_path: Path) -> None:
    complains(rule, tmp_path, {path: source}, of)


def test_every_package_with_letters_is_asked_for_them() -> None:
    there = {path.parent.name for path in (ROOT / "app").glob("*/emails.py")}
    assert there == set(LETTERS)


@pytest.mark.parametrize("package", LETTERS)
def test_a_package_with_letters_says_their_kinds_which_are_owed_and_what_each_says(package: str) -> None:
    emails = import_module(f"app.{package}.emails")
    assert isinstance(emails.KINDS, frozenset)
    assert emails.KINDS
    assert list(inspect.signature(emails.owed).parameters) == ["session", "now"]
    assert list(inspect.signature(emails.letter).parameters) == ["session", "delivery", "now"]
    written = {path.stem for path in (ROOT / "templates" / package / "email").glob("*.txt")}
    assert written == emails.KINDS, "every kind of letter has its text in templates/<package>/email/<kind>.txt"


def test_no_letter_can_be_owed_twice_because_the_database_refuses() -> None:
    unique = [c for c in Delivery.__table__.constraints if isinstance(c, sa.UniqueConstraint)]  # type: ignore[attr-defined]
    keys = [[column.name for column in constraint.columns] for constraint in unique]
    assert ["kind", "about", "role", "place", "person"] in keys
