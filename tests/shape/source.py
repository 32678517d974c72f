"""The project's own source, read as trees: what the tests of the nine rules look at.

Every rule is a function from a folder to a list of sentences, one for each place where the rule is broken. It is run
over the project, where it must find nothing, and over a few lines made up to break the rule, where it must complain.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {"vendor", "node_modules", "__pycache__", ".venv", "instance", "build", "dist"}
Rule = Callable[[Path], list[str]]


@dataclass(frozen=True)
class Module:
    """A Python file: where it is and what it says."""

    root: Path
    path: Path

    @property
    def where(self) -> str:
        """The path from the project's root, as people write it."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def name(self) -> str:
        """The dotted name: `app.packs.queries`; of `__init__.py` that of its folder."""
        parts = self.path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        """The step of the circle or base module under `app`: `packs`, `clock`; empty for `app/__init__.py`."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def stem(self) -> str:
        """The name of the file itself."""
        return self.path.stem

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def at(self, node: ast.AST, sentence: str) -> str:
        """A fault: file, line and what is wrong."""
        return f"{self.where}:{getattr(node, 'lineno', 1)}: {sentence}"


def files(root: Path, folder: str, pattern: str) -> list[Path]:
    """The project's own files in a folder, in order; none that was fetched or made."""
    found = sorted((root / folder).rglob(pattern))
    return [path for path in found if not NOT_OURS & set(path.relative_to(root).parts[:-1])]


def modules(root: Path, *folders: str) -> list[Module]:
    """The Python modules of some folders, `app` unless told."""
    return [Module(root, path) for folder in folders or ("app",) for path in files(root, folder, "*.py")]


def imports(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every import anywhere in a module, as node and dotted name: of `from a.b import c` it is `a.b.c`."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def called(node: ast.AST) -> str:
    """What a call calls, as it is written: `db.session.add`; empty for anything else."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    """A function's statements without its docstring."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def is_view(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is decorated as the view of a route."""
    routes = {"route", "get", "post", "put", "patch", "delete"}
    calls = [d.func for d in function.decorator_list if isinstance(d, ast.Call)]
    return any(isinstance(f, ast.Attribute) and f.attr in routes for f in calls)


def written(root: Path, sources: dict[str, str]) -> Path:
    """A small project made up for a test: paths and what stands there."""
    for path, text in sources.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def kept(rule: Rule) -> None:
    """Fail with every place in the project where a rule is broken."""
    faults = rule(ROOT)
    assert not faults, "\n" + "\n".join(faults)


def complains(rule: Rule, folder: Path, sources: dict[str, str], of: str) -> None:
    """Fail unless a rule finds exactly one fault in some made-up source, one that says so."""
    faults = rule(written(folder, sources))
    assert len(faults) == 1, f"one fault was planted, these were found: {faults}"
    assert of in faults[0]
