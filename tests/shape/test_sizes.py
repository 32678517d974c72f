"""Rule 8: everything is small enough to be read at once, and no file is called after nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shape.source import (
    NOT_OURS,
    Module,
    Rule,
    body,
    complains,
    files,
    functions,
    is_view,
    kept,
    modules,
    written,
)

LONGEST_FILE, LONGEST_TEST = 300, 400
LONGEST_FUNCTION, LONGEST_VIEW, LONGEST_CREATE_APP = 30, 15, 60
EMPTY_NAMES = re.compile(r"(utils?|helpers?|common|misc|managers?|stuff|extras?|part_?\d+)")
CODE = ("app", "migrations", "requirements", "tests")


def ours(root: Path) -> list[Module]:
    """Every Python file of the project, those beside the folders as well."""
    return [*modules(root, *CODE), *(Module(root, path) for path in sorted(root.glob("*.py")))]


def lengths(root: Path) -> list[str]:
    """Files of at most 300 lines, tests of at most 400; scripts and style sheets too."""
    assets = [path for pattern in ("*.js", "*.css") for path in files(root, "app/static", pattern)]
    found = []
    for path in [*(module.path for module in ours(root)), *assets]:
        where = path.relative_to(root).as_posix()
        most = LONGEST_TEST if where.startswith("tests/") else LONGEST_FILE
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > most:
            found.append(f"{where}: {lines} lines; split it by verb or by page at {most}")
    return found


def length(node: ast.stmt) -> int:
    """Lines from `def` to the end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many statements a function holds, those inside others counted, its docstring not."""
    return sum(isinstance(node, ast.stmt) for statement in body(function) for node in ast.walk(statement))


def shortness(root: Path) -> list[str]:
    """Functions of at most 30 lines (`create_app` 60, migrations any), views of at most 15 statements."""
    return [fault for module in ours(root) for fault in _shortness_of(module)]


def _shortness_of(module: Module) -> Iterator[str]:
    if module.where.startswith("migrations/"):
        return
    for function in functions(module):
        most = LONGEST_CREATE_APP if function.name == "create_app" else LONGEST_FUNCTION
        if length(function) > most:
            yield module.at(function, f"{function.name} has {length(function)} lines; {most} at most")
        if is_view(function) and statements(function) > LONGEST_VIEW:
            yield module.at(
                function, f"the view {function.name} has {statements(function)} statements; {LONGEST_VIEW} at most"
            )


def names(root: Path) -> list[str]:
    """No file and no folder is called after nothing in particular."""
    paths = [
        p for folder in (*CODE, "templates") for p in sorted((root / folder).rglob("*")) if not NOT_OURS & set(p.parts)
    ]
    empty = [p for p in paths if EMPTY_NAMES.fullmatch(p.stem.strip("_").lower())]
    return [f"{p.relative_to(root).as_posix()}: name it after what it does" for p in empty]


def words_for_readers(root: Path) -> list[str]:
    """Every module opens with a docstring; in `app` every public function and class has one."""
    found = []
    for module in ours(root):
        if not ast.get_docstring(module.tree) and module.text.strip():
            found.append(module.at(module.tree, "opens without a docstring that says what it is for"))
        if not module.where.startswith("app/"):
            continue
        for node in _public(module.tree):
            if not ast.get_docstring(node):
                found.append(module.at(node, f"{node.name} has no docstring"))
    return found


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Public functions and classes of a module, and the public methods of those that are a class of our own."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and not node.bases:
                yield from (inner for inner in _public(node) if not isinstance(inner, ast.ClassDef))


RULES = (lengths, shortness, names, words_for_readers)


@pytest.mark.parametrize("rule", RULES)
def test_everything_is_small_and_named_after_what_it_does(rule: Rule) -> None:
    kept(rule)


def lines(number: int) -> str:
    return '"""Doc."""\n' + "x = 1\n" * (number - 1)


def function_of(number: int, name: str = "f") -> str:
    return f"def {name}():\n" + "    x = 1\n" * (number - 1)


def view_of(number: int) -> str:
    return '@packs.get("/x")\ndef view():\n    """Doc."""\n' + "    x = 1\n" * number


WITHIN = {
    "app/a.py": lines(300),
    "tests/test_a.py": lines(400),
    "migrations/versions/0001_a.py": '"""Doc."""\n' + function_of(200),
    "app/__init__.py": '"""Doc."""\n'
    + function_of(60, "create_app").replace("():\n", '():\n    """Doc."""\n', 1).replace("    x = 1\n", "", 1),
    "app/b.py": '"""Doc."""\n' + view_of(15) + function_of(30, "_f"),
    "app/static/a.js": "1\n" * 300,
    "app/static/vendor/a.js": "1\n" * 3_000,
    "templates/packs/_wide.html": "",
}


def test_what_is_just_small_enough_is_let_be(tmp_path: Path) -> None:
    written(tmp_path, WITHIN)
    assert [fault for rule in RULES for fault in rule(tmp_path)] == []


BROKEN = [
    (lengths, "app/packs/queries.py", lines(301), "301 lines"),
    (lengths, "tests/packs/test_queries.py", lines(401), "401 lines"),
    (lengths, "app/static/autosave.js", "1\n" * 301, "301 lines"),
    (lengths, "app/static/own.css", "a{}\n" * 301, "301 lines"),
    (lengths, "build_hook.py", lines(301), "301 lines"),
    (shortness, "app/packs/queries.py", function_of(31), "f has 31 lines"),
    (shortness, "app/__init__.py", function_of(61, "create_app"), "create_app has 61 lines"),
    (shortness, "tests/packs/test_queries.py", function_of(31, "test_f"), "test_f has 31 lines"),
    (shortness, "app/packs/routes.py", view_of(16), "16 statements"),
    (shortness, "app/packs/routes.py", view_of(0) + "    if x:\n" + "        x = 1\n" * 15, "16 statements"),
    (names, "app/packs/utils.py", "", "name it after what it does"),
    (names, "app/helpers/queries.py", "", "name it after what it does"),
    (names, "app/packs/managers.py", "", "name it after what it does"),
    (names, "app/packs/part2.py", "", "name it after what it does"),
    (names, "tests/common.py", "", "name it after what it does"),
    (names, "templates/packs/_common.html", "", "name it after what it does"),
    (words_for_readers, "app/packs/queries.py", "x = 1\n", "without a docstring"),
    (words_for_readers, "app/packs/queries.py", '"""D."""\ndef f(): ...\n', "f has no docstring"),
    (
        words_for_readers,
        "app/packs/queries.py",
        '"""D."""\nclass A:\n    """D."""\n    def f(self): ...\n',
        "f has no docstring",
    ),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_what_is_too_large_or_named_after_nothing_is_found(
    rule: Rule, path: str, source: str, of: str, tmp_path: Path
) -> None:
    complains(rule, tmp_path, {path: source}, of)
