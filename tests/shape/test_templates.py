"""Templates: each bears the name of its page, nothing in them escapes escaping, and every address in them exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes
from jinja2.meta import find_referenced_templates
from werkzeug.routing import Map

from app import create_app
from tests.conftest import settings_for
from tests.shape.source import ROOT, Rule, called, complains, files, kept, modules

FOLDERS_WITHOUT_PAGES = ("layout", "errors")
INSTEAD = {
    "accounts/unappointed.html": "the guard answers with it in place of any page",
    "discussions/in_the_way.html": "answers a correction that another draft is in the way of",
}
MAKES_MARKUP = {"app/web/charts.py", "app/web/typed.py", "app/web/widgets.py", "app/packs/briefing.py"}
FORBIDDEN = {
    re.compile(r"\|\s*safe\b"): "switches escaping off (|safe)",
    re.compile(r"\bautoescape\b"): "switches escaping (autoescape)",
    re.compile(r"\bMarkup\b"): "makes markup",
    re.compile(r"<[^>]*\sstyle\s*="): "has a style of its own; the policy forbids it",
    re.compile(r"<style\b", re.I): "has a style sheet of its own; the policy forbids it",
    re.compile(r"<script\b(?![^>]*\bsrc=)", re.I): "has a script of its own; the policy forbids it",
    re.compile(r"<[^>]*\son[a-z]+\s*=", re.I): "has a script in an attribute; the policy forbids it",
    re.compile(r"javascript:", re.I): "has a script in an address",
    re.compile(r"<(?!a\b)[a-z]+\b[^>]*\s(src|href|action)\s*=\s*[\"']?(https?:)?//", re.I): "loads from another site",
}


def escaping(root: Path) -> list[str]:
    """No template switches escaping off, and none has a script or style of its own."""
    found = []
    for path in files(root, "templates", "*.*"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        name = path.relative_to(root).as_posix()
        found += [f"{name}: {why}" for what, why in FORBIDDEN.items() if what.search(text)]
    return found


def markup(root: Path) -> list[str]:
    """Markup is made in few places, none of which is given what somebody typed, and templates come from files."""
    found = []
    for module in modules(root):
        for node in module.nodes:
            name = called(node).rpartition(".")[2]
            if (name == "Markup" or called(node).startswith("Markup.")) and module.where not in MAKES_MARKUP:
                found.append(
                    module.at(node, "makes Markup: only of what is known to be safe, in the modules named here")
                )
            if name in ("render_template_string", "stream_template_string"):
                found.append(module.at(node, "renders a string as a template"))
    return found


def statements(root: Path) -> list[str]:
    """SQL by hand is a constant: nothing is put together into it."""
    found = []
    for module in modules(root, "app", "migrations"):
        for node in module.nodes:
            if (isinstance(node, ast.Call) and called(node) in ("text", "sa.text", "sqlalchemy.text")) or called(
                node
            ).endswith("exec_driver_sql"):
                first = node.args[0] if isinstance(node, ast.Call) and node.args else None
                if first is not None and not _is_constant(first):
                    found.append(module.at(node, f"puts SQL together: {ast.unparse(first)[:60]}"))
    return found


def _is_constant(node: ast.AST) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_constant(node.body) and _is_constant(node.orelse)
    return isinstance(node, ast.Constant)


RULES = (escaping, markup, statements)


@pytest.mark.parametrize("rule", RULES)
def test_nothing_escapes_escaping(rule: Rule) -> None:
    kept(rule)


PAGE = "templates/packs/show.html"
BROKEN = [
    (escaping, PAGE, "{{ text|safe }}", "escaping off"),
    (escaping, PAGE, "{{ text | safe }}", "escaping off"),
    (escaping, PAGE, "{% autoescape false %}", "switches escaping"),
    (escaping, PAGE, '<p style="color: red">', "style of its own"),
    (escaping, PAGE, "<style>p {}</style>", "style sheet of its own"),
    (escaping, PAGE, "<script>alert()</script>", "script of its own"),
    (escaping, PAGE, '<a onclick="f()">', "script in an attribute"),
    (escaping, PAGE, '<a href="javascript:f()">', "script in an address"),
    (escaping, PAGE, '<script src="https://cdn.test/a.js"></script>', "loads from another site"),
    (markup, "app/packs/routes.py", "Markup(text)", "makes Markup"),
    (markup, "app/packs/routes.py", "Markup.escape(text)", "makes Markup"),
    (markup, "app/packs/routes.py", "render_template_string(text)", "a string as a template"),
    (statements, "app/packs/queries.py", "sa.text(f'SELECT {x}')", "puts SQL together"),
    (statements, "app/packs/queries.py", "text('SELECT ' + x)", "puts SQL together"),
    (statements, "app/packs/queries.py", "c.exec_driver_sql('SELECT %s' % x)", "puts SQL together"),
    (statements, "app/packs/queries.py", "sa.text('SELECT {}'.format(x))", "puts SQL together"),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_whatever_escapes_escaping_is_found(rule: Rule, path: str, source: str, of: str, tmp_path: Path) -> None:
    complains(rule, tmp_path, {path: source}, of)


# Against the running application


def faults_of_names(root: Path, endpoints: set[str]) -> list[str]:
    """Templates that bear no page's name."""
    names = [path.relative_to(root / "templates").as_posix() for path in files(root, "templates", "*.html")]
    pages = [n for n in names if not n.startswith(FOLDERS_WITHOUT_PAGES) and "/_" not in n and n not in INSTEAD]
    return [
        f"templates/{name}: no page is called {name.removesuffix('.html').replace('/', '.')}"
        for name in pages
        if name.removesuffix(".html").replace("/", ".") not in endpoints
    ]


def addresses(app: Flask) -> Iterator[tuple[str, str, set[str]]]:
    """Every `url_for` with a fixed endpoint: in which file, which endpoint, with which values."""
    for path in files(ROOT, "templates", "*.*"):
        where = path.relative_to(ROOT / "templates").as_posix()
        tree = app.jinja_env.parse(path.read_text(encoding="utf-8"), where)
        for call in tree.find_all(nodes.Call):
            named = isinstance(call.node, nodes.Name) and call.node.name == "url_for"
            if named and call.args and isinstance(call.args[0], nodes.Const):
                yield where, _absolute(call.args[0].value, where.split("/")[0]), {k.key for k in call.kwargs}
    for module in modules(ROOT):
        for node in module.nodes:
            named = called(node) in ("url_for", "back_to", "address_of")
            if named and isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                known = {k.arg for k in node.keywords if k.arg}
                yield module.where, _absolute(str(node.args[0].value), module.package), known


def _absolute(endpoint: str, package: str) -> str:
    return f"{package}{endpoint}" if endpoint.startswith(".") else endpoint


def faults_of_addresses(given: Iterator[tuple[str, str, set[str]]], known: Map) -> list[str]:
    """Addresses that name no page, or lack a value that every rule of the page wants."""
    rules: dict[str, list[set[str]]] = {}
    for rule in known.iter_rules():
        rules.setdefault(rule.endpoint, []).append(set(rule.arguments) - set(rule.defaults or {}))
    found = []
    for where, endpoint, values in given:
        if endpoint not in rules:
            found.append(f"{where}: there is no page {endpoint}")
        elif not any(wanted <= values for wanted in rules[endpoint]):
            found.append(f"{where}: the address of {endpoint} wants {rules[endpoint]}, given are {sorted(values)}")
    return found


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Flask]:
    """The application with the pages of a demonstration. Its database is never opened."""
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'unused.sqlite'}", tmp_path, demonstration=True))
    yield app
    app.extensions["database_engine"].dispose()


def test_every_template_bears_the_name_of_its_page(demonstration: Flask) -> None:
    assert faults_of_names(ROOT, set(demonstration.view_functions)) == []
    assert all((ROOT / "templates" / name).is_file() for name in INSTEAD)


def test_every_address_in_templates_and_code_leads_to_a_page(demonstration: Flask) -> None:
    given = list(addresses(demonstration))
    assert len(given) > 50
    assert faults_of_addresses(iter(given), demonstration.url_map) == []


def test_every_template_compiles_and_so_does_what_it_is_made_of(demonstration: Flask) -> None:
    known = demonstration.jinja_env
    for path in files(ROOT, "templates", "*.*"):
        name = path.relative_to(ROOT / "templates").as_posix()
        known.get_template(name)
        for other in find_referenced_templates(known.parse(path.read_text(encoding="utf-8"), name)):
            assert other is None or known.get_template(other)


def test_a_template_without_a_page_and_an_address_to_nowhere_are_found(demonstration: Flask, tmp_path: Path) -> None:
    (tmp_path / "templates" / "packs").mkdir(parents=True)
    (tmp_path / "templates" / "packs" / "nowhere.html").touch()
    (tmp_path / "templates" / "packs" / "_part.html").touch()
    assert len(faults_of_names(tmp_path, set(demonstration.view_functions))) == 1
    wrong = [
        ("a.html", "packs.nowhere", set[str]()),
        ("a.html", "packs.show", {"number"}),
        ("a.html", "packs.show", {"slug"}),
    ]
    assert len(faults_of_addresses(iter(wrong), demonstration.url_map)) == 2
