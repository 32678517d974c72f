"""The field's own words: what people read says nothing that the field does not say, and no file names our machine."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.shape.source import ROOT, Rule, complains, files, kept, modules, written

NOT_SAID = (
    r"users?|tickets?|surveys?|league tables?|failed to respond|payloads?|entit(?:y|ies)|finali[sz]ed?|chas(?:e|ed|ing)"
    r"|escalat\w*|delivered|overdue|click here|please note|oops|successfully|invalid"
)
BANNED = re.compile(rf"\b({NOT_SAID})\b", re.IGNORECASE)
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
OUR_MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users)/|/tmp/\w+/")
SAYS = {"Invalid", "Denied", "Conflict", "Unavailable", "TooMany", "NotFound", "refuse", "secho", "echo"}


def templates(root: Path) -> list[str]:
    """No page and no letter says a word that the field does not use."""
    found = []
    for path in files(root, "templates", "*.*"):
        read = MARKUP.sub(" ", path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(root).as_posix()}: says “{word}”" for word in BANNED.findall(read)]
    return found


def sentences(root: Path) -> list[str]:
    """Nor does a refusal or a command."""
    return [
        module.at(node, f"says “{word}”")
        for module in modules(root)
        for node in module.nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SAYS
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
        for word in BANNED.findall(part.value)
    ]


def machines(root: Path) -> list[str]:
    """No file names a folder of the machine that it was written on."""
    kinds = ("*.py", "*.html", "*.txt", "*.js", "*.css", "*.md", "*.yaml", "*.toml", "Makefile")
    folders = ("app", "migrations", "packs", "templates", "requirements")
    paths = [path for folder in folders for kind in kinds for path in files(root, folder, kind)]
    paths += [path for kind in kinds for path in root.glob(kind)]
    return [
        f"{path.relative_to(root).as_posix()}: names a folder of one machine"
        for path in paths
        if OUR_MACHINE.search(path.read_text(encoding="utf-8"))
    ]


RULES = (templates, sentences, machines)


@pytest.mark.parametrize("rule", RULES)
def test_people_read_the_words_of_their_field(rule: Rule) -> None:
    kept(rule)


BROKEN = [
    (templates, "templates/home/mine.html", "<p>Dear user</p>", "user"),
    (templates, "templates/post/email/ask.txt", "This is overdue.", "overdue"),
    (templates, "templates/home/mine.html", "<p>{{ name }} finalised it</p>", "finalised"),
    (sentences, "app/packs/services.py", "raise Invalid('Click here.')", "Click here"),
    (sentences, "app/packs/commands.py", "click.echo(f'{n} letters delivered')", "delivered"),
    (machines, "app/packs/shelf.py", "SHELF = '/home/somebody/packs'", "folder of one machine"),
    (machines, "README.md", "See /tmp/mine/notes", "folder of one machine"),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_a_word_that_is_not_the_field_s_is_found(rule: Rule, path: str, source: str, of: str, tmp_path: Path) -> None:
    complains(rule, tmp_path, {path: source}, of)


def test_names_and_markup_are_not_taken_for_words(tmp_path: Path) -> None:
    kinds = {"templates/home/mine.html": '<p class="user">{{ user.delivered }}{# survey #}</p>'}
    assert templates(written(tmp_path, kinds)) == []
    assert (ROOT / "templates").is_dir()
