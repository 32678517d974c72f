"""Rules 1 and 2: packages in the order of the circle, and the same few files in each, each with its own duties."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shape import packages
from tests.shape.packages import ACROSS, BASE, CIRCLE, DOORS, FLASK, MAY_IMPORT, ONLY_IN, ORDER, WITHOUT_FLASK, kind_of
from tests.shape.source import ROOT, Module, Rule, called, complains, functions, imports, kept, modules

HOW_TO_NAME = (
    "nobody has said of which kind it is: give it a standard name "
    f"({', '.join(packages.KINDS)}) or enter it in tests/shape/packages.py under the kind it is a part of"
)
WRITES = {"add", "add_all", "delete", "flush", "merge", "bulk_insert_mappings", "insert", "update"}
READS = {"select", "scalars", "scalar", "execute", "get_one"}


def order(root: Path) -> list[str]:
    """A package imports only those before it; only `app/__init__.py` knows them all."""
    return [fault for module in modules(root) if module.package for fault in _order_of(module)]


def _order_of(module: Module) -> Iterator[str]:
    if module.package not in ORDER:
        yield module.at(
            module.tree, f"{module.package} has no place in the order of packages (tests/shape/packages.py)"
        )
        return
    own = ORDER.index(module.package)
    for node, name in imports(module):
        target = name.split(".")
        if target[0] != "app" or target[1:2] == [module.package]:
            continue
        if len(target) < 2 or target[1] not in ORDER:
            yield module.at(node, f"imports {name}: only modules of app may be imported, not app itself")
        elif ORDER.index(target[1]) > own:
            yield module.at(node, f"{module.package} comes before {target[1]} and must not know it")
    for node in module.nodes:
        if called(node).endswith("import_module"):
            yield module.at(node, "imports by name, which hides what it knows: only app/__init__.py does that")


def kinds(root: Path) -> list[str]:
    """Every file of a package has a standard name or is entered as part of one, and imports what its kind may."""
    return [fault for module in modules(root) if module.package in CIRCLE for fault in _kind_of(module)]


def _kind_of(module: Module) -> Iterator[str]:
    if module.stem == "__init__":
        return
    kind = kind_of(module.package, module.stem)
    if not kind:
        yield module.at(module.tree, HOW_TO_NAME)
        return
    for node, name in imports(module):
        target = name.split(".")
        if target[0] == "app" and len(target) > 1:
            yield from _import_of(module, node, kind, target)
        elif target[0] in FLASK and kind in WITHOUT_FLASK:
            yield module.at(node, f"{kind} never import Flask (here: {name})")


def _import_of(module: Module, node: ast.AST, kind: str, target: list[str]) -> Iterator[str]:
    package, stem = target[1], (target[2] if len(target) > 2 else "")
    if package in BASE:
        if package not in MAY_IMPORT[kind]:
            yield module.at(node, f"{kind} must not import {'.'.join(target)}")
        elif target[1:] == ["database", "db"] and kind in WITHOUT_FLASK:
            yield module.at(node, f"{kind} are given their session and never take the request's own")
        return
    if package not in CIRCLE:
        return
    wanted = kind_of(package, stem)
    if not wanted:
        yield module.at(node, f"imports app.{package}.{stem}, of which nobody has said what it is")
    elif package != module.package and wanted not in ACROSS and f"{package}.{stem}" not in DOORS:
        yield module.at(
            node, f"from another package only models, queries and services are imported, not {wanted} ({stem})"
        )
    elif wanted not in MAY_IMPORT[kind]:
        yield module.at(node, f"{kind} must not import {wanted} (app.{package}.{stem})")


def libraries(root: Path) -> list[str]:
    """What sends mail, writes Word or migrates is imported where that is done and nowhere else."""
    return [
        module.at(node, f"{library} is only for {' and '.join(places)}")
        for module in modules(root)
        for node, name in imports(module)
        for library, places in ONLY_IN.items()
        if name.split(".")[0] == library and module.package not in places
    ]


def duties(root: Path) -> list[str]:
    """Queries write nothing; pages, forms and commands query nothing; services ask the policy first."""
    found = []
    for module in modules(root):
        kind = kind_of(module.package, module.stem) if module.package in CIRCLE else ""
        for node in module.nodes:
            verb = called(node).rpartition(".")[2]
            whose = called(node).rpartition(".")[0]
            if kind == "queries" and verb in WRITES and (whose.endswith("session") or whose in ("sa", "")):
                found.append(module.at(node, f"queries only read, and this writes: {called(node)}"))
            if (
                kind in ("routes", "forms", "commands")
                and verb in READS
                and (whose in ("", "sa") or "session" in whose)
            ):
                found.append(module.at(node, f"{kind} ask a query, they do not query: {called(node)}"))
    return found


UNGUARDED = {
    "app/packs/services.py": {"publish_edition"},  # whose pack it is has to be found first: `_pack` asks, then writes
    "app/trail/services.py": {"note"},  # adds to the trail what others were allowed to do
    "app/packs/drafting.py": {"keep_typed"},  # the same
    "app/discussions/drafting.py": {
        "keep_typed"
    },  # finds only what may be recorded (`within`), and asks in `save_draft`
}


def guards(root: Path) -> list[str]:
    """A service that is given an actor asks the policy in its first statement, and takes `now` by name."""
    found = []
    for module in modules(root):
        if kind_of(module.package, module.stem) != "services":
            continue
        for function in functions(module):
            arguments = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
            if function.name.startswith("_") or not arguments or arguments[0] != "session":
                continue
            if "now" in arguments and module.stem == "services":
                found.append(module.at(function, f"{function.name} takes now by position; it must come after a star"))
            if "actor" in arguments and function.name not in UNGUARDED.get(module.where, ()):
                found += _asks_first(module, function)
    return found


def _asks_first(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    first = statements[0] if statements else function
    if isinstance(first, ast.Expr) and called(first.value) in ("policy.require", "require"):
        return []
    return [module.at(function, f"{function.name} does not begin by asking the policy (policy.require)")]


RULES = (order, kinds, libraries, duties, guards)


@pytest.mark.parametrize("rule", RULES)
def test_the_packages_keep_their_order_and_their_files_their_duties(rule: Rule) -> None:
    kept(rule)


def test_every_entry_of_the_table_of_files_names_a_file_that_is_there() -> None:
    gone = [name for name in packages.PARTS if not (ROOT / "app" / f"{name.replace('.', '/')}.py").is_file()]
    assert not gone, f"take these out of tests/shape/packages.py: {gone}"


def test_every_exception_from_asking_the_policy_is_still_wanted() -> None:
    there = {(m.where, f.name) for m in modules(ROOT) for f in functions(m)}
    listed = {(where, name) for where, names in UNGUARDED.items() for name in names}
    assert listed <= there


BROKEN = [
    (order, "app/packs/queries.py", "from app.circulation.models import Asked", "packs comes before circulation"),
    (order, "app/packs/queries.py", "def f():\n    from app.home import queries", "packs comes before home"),
    (order, "app/policy.py", "from app import database", "policy comes before database"),
    (order, "app/web/pages.py", "import app.accounts.queries", "web comes before accounts"),
    (order, "app/packs/queries.py", "from app import create_app", "not app itself"),
    (order, "app/extras/queries.py", "", "no place in the order"),
    (order, "app/packs/queries.py", "import importlib\nimportlib.import_module('app.home')", "imports by name"),
    (kinds, "app/packs/extras.py", "", "nobody has said of which kind"),
    (kinds, "app/packs/models.py", "from flask import g", "models never import Flask"),
    (kinds, "app/packs/queries.py", "import werkzeug.exceptions", "queries never import Flask"),
    (kinds, "app/packs/services.py", "from app.web import page", "services must not import app.web"),
    (kinds, "app/forwarding/standings.py", "import flask", "queries never import Flask"),
    (kinds, "app/packs/models.py", "from app.packs.queries import newest", "models must not import queries"),
    (kinds, "app/packs/forms.py", "from app.packs import queries", "forms must not import queries"),
    (kinds, "app/home/routes.py", "from app.packs.briefing import sections", "from another package only"),
    (kinds, "app/home/routes.py", "from app.discussions import forms", "from another package only"),
    (kinds, "app/home/routes.py", "from app.packs.extras import f", "nobody has said what it is"),
    (kinds, "app/packs/services.py", "from app.database import db", "never take the request's own"),
    (kinds, "app/packs/content.py", "from app.packs import queries", "values must not import queries"),
    (libraries, "app/packs/services.py", "import smtplib", "smtplib is only for post"),
    (libraries, "app/post/line.py", "from docx import Document", "docx is only for web"),
    (duties, "app/packs/queries.py", "session.add(1)", "this writes: session.add"),
    (duties, "app/packs/queries.py", "sa.update(Pack)", "this writes: sa.update"),
    (duties, "app/packs/routes.py", "db.session.scalars(1)", "do not query"),
    (duties, "app/packs/commands.py", "sa.select(Pack)", "do not query"),
    (
        guards,
        "app/packs/services.py",
        "def f(session, actor, *, now):\n    'D.'\n    session.add(1)",
        "does not begin by asking",
    ),
    (guards, "app/packs/services.py", "def f(session, rows, now): ...", "takes now by position"),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_a_package_out_of_order_or_a_file_beyond_its_duty_is_found(
    rule: Rule, path: str, source: str, of: str, tmp_path: Path
) -> None:
    complains(rule, tmp_path, {path: source}, of)
