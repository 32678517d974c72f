"""Rule 9: time is an argument, and `app/clock.py` is the only clock."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.shape.source import Module, Rule, called, complains, files, kept, modules

TELLS = re.compile(
    r"(.*\.)?(datetime|dt)\.(now|utcnow|today|fromtimestamp|utcfromtimestamp)|(.*\.)?date\.(today|fromtimestamp)"
    r"|time\.(time|time_ns|localtime|gmtime|ctime|strftime)|(.*\.)?(func\.(now|current_\w+|sysdate|localtime\w*|clock_timestamp))"
)
OF_TIME = {"time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"}}
IN_SQL = re.compile(
    r"\b(CURRENT_(TIMESTAMP|DATE|TIME)|LOCALTIMESTAMP|now\(\)|datetime\('now'|clock_timestamp\()", re.IGNORECASE
)
IN_A_TEMPLATE = re.compile(r"\{[{%][^}%]*\b(now|today|utcnow)\s*\(")
PAGES = {
    "choosing",
    "claim_pages",
    "commands",
    "date_pages",
    "deciding_ahead",
    "given_back",
    "guard",
    "list_pages",
    "mailbox",
    "mend_pages",
    "operating",
    "pages",
    "making",
    "making_pages",
    "making_routes",
    "outside_pages",
    "outside_routes",
    "people_pages",
    "picture_pages",
    "rescue",
    "rhythm",
    "routes",
    "running",
    "schedule_pages",
    "sender",
    "sheets",
    "status",
    "writing",
}


def one_clock(root: Path) -> list[str]:
    """No module but the clock asks what time it is, neither Python nor the database."""
    found = []
    for module in modules(root, "app", "migrations"):
        if module.where == "app/clock.py":
            continue
        for node in module.nodes:
            if TELLS.fullmatch(called(node)) or _of_this_moment(node):
                found.append(module.at(node, f"asks for the time ({called(node)}): take now as an argument"))
        found += [
            module.at(node, f"imports {name}: take now as an argument")
            for module_, names in OF_TIME.items()
            for node, name in _imports_of(module, module_)
            if name in names
        ]
        for number, line in enumerate(module.text.splitlines(), 1):
            if IN_SQL.search(line) and not line.lstrip().startswith("#"):
                found += _in_a_string(module.where, number, line)
    return found


def _of_this_moment(node: ast.AST) -> bool:
    """Whether SQL's `date()` and the like are asked for this moment, which they give unless told another."""
    if not isinstance(node, ast.Call) or not re.fullmatch(
        r"(.*\.)?func\.(date|time|datetime|julianday|strftime)", called(node)
    ):
        return False
    told = [a.value for a in node.args if isinstance(a, ast.Constant)]
    return not node.args or "now" in told


def _imports_of(module: Module, library: str) -> list[tuple[ast.AST, str]]:
    return [
        (node, alias.name)
        for node in module.nodes
        if isinstance(node, ast.ImportFrom) and node.module == library
        for alias in node.names
    ]


def _in_a_string(where: str, number: int, line: str) -> list[str]:
    quoted = re.findall(r"'[^']*'|\"[^\"]*\"", line)
    said = [text for text in quoted if IN_SQL.search(text)]
    return [f"{where}:{number}: the database must not say what time it is: {said[0]}"] if said else []


def asked_at_the_edge(root: Path) -> list[str]:
    """Only what begins something (a page, a command, the sender) asks the clock; the rest is told."""
    found = []
    for module in modules(root):
        if module.stem in PAGES or module.where.startswith("app/web/") or module.where == "app/clock.py":
            continue
        asks = [node for node in module.nodes if called(node) in ("now", "clock.now")]
        found += [
            module.at(node, "asks the clock; only pages, commands and the sender do: take now as an argument")
            for node in asks
        ]
    return found


def templates(root: Path) -> list[str]:
    """A template is told the time as well."""
    return [
        f"{path.relative_to(root).as_posix()}: asks for the time; give it what it shows"
        for path in files(root, "templates", "*.*")
        if IN_A_TEMPLATE.search(path.read_text(encoding="utf-8"))
    ]


RULES = (one_clock, asked_at_the_edge, templates)


@pytest.mark.parametrize("rule", RULES)
def test_only_the_clock_tells_the_time(rule: Rule) -> None:
    kept(rule)


BROKEN = [
    (one_clock, "app/packs/services.py", "from datetime import datetime, UTC\nx = datetime.now(UTC)\n", "datetime.now"),
    (one_clock, "app/packs/services.py", "import datetime\nx = datetime.datetime.utcnow()\n", "utcnow"),
    (one_clock, "app/packs/services.py", "from datetime import date\nx = date.today()\n", "date.today"),
    (one_clock, "app/post/ledger.py", "import time\nx = time.time()\n", "time.time"),
    (one_clock, "app/post/ledger.py", "from time import time\n", "imports time"),
    (one_clock, "app/packs/models.py", "x = mapped_column(server_default=sa.func.now())\n", "sa.func.now"),
    (one_clock, "app/packs/models.py", "x = func.current_timestamp()\n", "func.current_timestamp"),
    (one_clock, "app/packs/models.py", "x = func.date('now')\n", "func.date"),
    (one_clock, "app/packs/models.py", "x = sa.text('CURRENT_TIMESTAMP')\n", "database must not say"),
    (one_clock, "migrations/versions/0001_x.py", 'x = "SELECT now()"\n', "database must not say"),
    (asked_at_the_edge, "app/packs/services.py", "from app.clock import now\nx = now()\n", "take now as an argument"),
    (asked_at_the_edge, "app/packs/queries.py", "from app import clock\nx = clock.now()\n", "take now as an argument"),
    (templates, "templates/packs/show.html", "<p>{{ now() }}</p>", "asks for the time"),
    (templates, "templates/packs/show.html", "{% if x < today() %}", "asks for the time"),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_whatever_else_tells_the_time_is_found(rule: Rule, path: str, source: str, of: str, tmp_path: Path) -> None:
    complains(rule, tmp_path, {path: source}, of)
