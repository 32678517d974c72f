"""Rule 6: facts are added, never edited. Read off the source here; watched in every test by `tests/shape/facts.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.discussions.models import Minutes
from app.packs.models import Edition
from app.trail.models import Event
from tests import factories
from tests.shape import facts
from tests.shape.facts import CHANGES_IN_PLACE, FACTS, FactEdited
from tests.shape.source import ROOT, Module, Rule, called, complains, imports, kept, modules, written

# In each file the names of what may be assigned to: rows that change in place, and plain objects that are no rows.
ASSIGNED = {
    "app/accounts/services.py": {"row", "running", "surplus"},  # codes and sessions
    "app/discussions/services.py": {"held"},  # drafts
    "app/discussions/drafting.py": {"draft"},
    "app/discussions/attaching.py": {"draft"},
    "app/discussions/removing.py": {"draft"},
    "app/packs/drafting.py": {"draft"},  # packs in the making
    "app/packs/services.py": {"held"},
    "app/organisations/services.py": {"person", "found"},  # who is who
    "app/organisations/leaving.py": {"leave"},
    "app/organisations/readdressing.py": {"held"},
    "app/circulation/claiming.py": {"somebody"},  # who is who
    "app/organisations/import_people.py": {"somebody", "by_id[key]"},  # what the file says of people: no rows
    "app/organisations/import_places.py": {"known"},  # what the file says of places: no rows
}
NO_ROWS = ("app/web/", "app/settings.py", "app/database.py", "app/packs/sections.py", "app/packs/briefing.py")


def _columns() -> set[str]:
    return {column.key for name in FACTS for column in facts.mappers()[name].column_attrs}


def assignments(root: Path) -> list[str]:
    """No attribute that a fact has is assigned to, but where the table above says what it is."""
    columns = _columns()
    found = []
    for module in modules(root):
        if module.where.startswith(NO_ROWS):
            continue
        for node, whose, name in _assigned(module):
            if name in columns and whose not in {"self", "cls", "g", *ASSIGNED.get(module.where, ())}:
                found.append(module.at(node, f"assigns to {whose}.{name}: facts are added, never edited"))
    return found


def _assigned(module: Module) -> Iterator[tuple[ast.AST, str, str]]:
    """Every assignment to an attribute: where, of what, and which; of `setattr` that is not known, so it is `id`."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node, ast.unparse(node.value), node.attr
        elif isinstance(node, ast.Call) and called(node) in ("setattr", "object.__setattr__"):
            yield node, ast.unparse(node.args[0]), "id"


BY_HAND = re.compile(r"\b(UPDATE|DELETE|TRUNCATE|REPLACE)\b", re.IGNORECASE)
CHANGED_BY_NAME = {
    ("app/organisations/importing.py", "model"),  # whoever calls it names a model: see `work.change`
    ("app/revisions.py", "model"),  # a model of revisions, the oldest of which go
}
THROWN_AWAY = {("app/discussions/drafting.py", "found"), ("app/packs/drafting.py", "held")}  # drafts


def statements(root: Path) -> list[str]:
    """UPDATE and DELETE name a model that changes in place; no row but a draft is deleted; no SQL is typed by hand."""
    found = []
    for module in modules(root):
        told = {name.rpartition(".")[2] for _, name in imports(module) if name.startswith("sqlalchemy")}
        for node in module.nodes:
            if isinstance(node, ast.Call) and (fault := _statement(module.where, node, told)):
                found.append(module.at(node, fault))
    return found


def _statement(where: str, node: ast.Call, told: set[str]) -> str:
    verb, first = called(node), ast.unparse(node.args[0]) if node.args else ""
    if verb in ("sa.update", "sa.delete") or (verb in ("update", "delete") and verb in told):
        let = first in CHANGES_IN_PLACE or (where, first) in CHANGED_BY_NAME
        return "" if let else f"{verb}({first}): facts are never changed nor deleted"
    if verb.endswith("session.delete"):
        return "" if (where, first) in THROWN_AWAY else f"{verb}({first}): only a draft is ever thrown away"
    if verb.endswith("work.change"):
        return "" if first in CHANGES_IN_PLACE else f"{verb}({first}): facts are never changed"
    if verb.endswith((".merge", ".bulk_update_mappings", ".on_conflict_do_update")):
        return f"{verb}: this may change a row; add one, or ask whether it is there"
    if verb in ("text", "sa.text") or verb.endswith("exec_driver_sql"):
        return "changes rows by hand-written SQL" if BY_HAND.search(ast.unparse(node)) else ""
    return ""


RULES = (assignments, statements)


@pytest.mark.parametrize("rule", RULES)
def test_facts_are_added_and_never_edited(rule: Rule) -> None:
    kept(rule)


def test_every_table_is_a_fact_or_changes_in_place() -> None:
    known = FACTS | set(CHANGES_IN_PLACE)
    assert set(facts.mappers()) == known, "say of every model in tests/shape/facts.py whether it holds facts"
    assert not FACTS & set(CHANGES_IN_PLACE)


def test_every_name_that_may_be_assigned_to_is_still_wanted() -> None:
    seen = {(m.where, whose) for m in modules(ROOT) for _, whose, _ in _assigned(m)}
    assert {(where, whose) for where, names in ASSIGNED.items() for whose in names} <= seen


BROKEN = [
    (assignments, "app/forwarding/services.py", "def f(minutes):\n    minutes.version = 2\n", "minutes.version"),
    (assignments, "app/forwarding/services.py", "share.at += x\n", "share.at"),
    (assignments, "app/discussions/services.py", "minutes.sent_at = now\n", "minutes.sent_at"),
    (assignments, "app/forwarding/services.py", "setattr(minutes, name, 1)\n", "minutes"),
    (assignments, "app/forwarding/emails.py", "a, question.words = 1, ''\n", "question.words"),
    (
        statements,
        "app/forwarding/services.py",
        "import sqlalchemy as sa\nsa.update(Share).values(at=1)\n",
        "sa.update(Share)",
    ),
    (statements, "app/forwarding/services.py", "from sqlalchemy import delete\ndelete(Minutes)\n", "delete(Minutes)"),
    (statements, "app/forwarding/services.py", "session.delete(share)\n", "only a draft"),
    (statements, "app/organisations/import_places.py", "self.work.change(Membership, 'm', [])\n", "Membership"),
    (statements, "app/forwarding/services.py", "session.merge(share)\n", "this may change a row"),
    (statements, "app/forwarding/services.py", "s.execute(sa.text('UPDATE share SET at = 1'))\n", "hand-written SQL"),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_an_edited_fact_is_found_in_the_source(rule: Rule, path: str, source: str, of: str, tmp_path: Path) -> None:
    complains(rule, tmp_path, {path: source}, of)


# The watch over the running suite


def code_of_ours(folder: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Functions that seem to stand under `app/`."""
    monkeypatch.setattr(facts, "_APP", str(folder))
    path = written(folder, {"deeds.py": source}) / "deeds.py"
    held: dict[str, object] = {"sa": sa, "Edition": Edition, "Minutes": Minutes}
    exec(compile(source, str(path), "exec"), held)
    return held


DEEDS = {
    "an attribute": "def deed(session, row):\n    row.title = 'Another'\n",
    "an update": "def deed(session, row):\n    session.execute(sa.update(Edition).values(title='x'))\n",
    "a deletion by statement": "def deed(session, row):\n    session.execute(sa.delete(Minutes))\n",
    "a deletion": "def deed(session, row):\n    session.delete(row.points[0])\n    session.flush()\n",
}


@pytest.mark.parametrize("which", DEEDS)
def test_the_watch_stops_code_of_ours_that_edits_a_fact(
    which: str, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = factories.edition(session)
    deed = code_of_ours(tmp_path, DEEDS[which], monkeypatch)["deed"]
    with pytest.raises(FactEdited):
        deed(session, row)  # type: ignore[operator]


def test_the_watch_lets_rows_be_made_and_tests_set_a_scene(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "new = Event(at=row.made_at, kind='a', about='b', by='c')\n    new.kind = 'd'\n    session.add(new)"
    held = code_of_ours(tmp_path, f"def deed(session, row):\n    {made}\n", monkeypatch)
    held["Event"] = Event
    row = factories.edition(session)
    held["deed"](session, row)  # type: ignore[operator]
    row.title = "Another"
    session.flush()
    assert session.scalar(sa.select(Edition.title)) == "Another"
