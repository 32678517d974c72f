"""Rule 7: one text function. Text enters by one door, and every column is a last wall behind it."""

from __future__ import annotations

import ast
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from app.database import Base, Instant, Json, SomeOf, Text, Uncleaned
from app.organisations.models import Organisation
from app.trail.models import Event
from tests import factories
from tests.shape import facts
from tests.shape.source import ROOT, Rule, called, complains, kept, modules

DOORS = {
    "app/web/incoming.py": "what a form or a script sent, cleaned",
    "app/accounts/guard.py": "reads the whole request before the first statement, and looks at nothing in it",
}
OF_A_BODY = {"form", "values", "json", "get_json", "data", "get_data", "files", "stream"}
FOLDS = {"app/text.py": "the one text function", "app/forwarding/queries.py": "the name of a file, in ASCII"}


def one_door(root: Path) -> list[str]:
    """Nobody but the form base reads what was sent."""
    return [
        module.at(node, f"reads {ast.unparse(node)} past the one door (app/web/incoming.py)")
        for module in modules(root)
        if module.where not in DOORS
        for node in module.nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "request" and node.attr in OF_A_BODY
    ]


def one_function(root: Path) -> list[str]:
    """Nobody but the text function folds Unicode or drops control characters."""
    return [
        module.at(node, "folds text by itself; text.clean does that")
        for module in modules(root)
        if module.where not in FOLDS
        for node in module.nodes
        if called(node).endswith("normalize") and "unicodedata" in module.text
    ]


def columns(root: Path) -> list[str]:
    """No column keeps text or JSON in a type that does not look at it."""
    bare = {"Text", "String", "Unicode", "UnicodeText", "VARCHAR", "JSON", "DateTime", "TIMESTAMP"}
    return [
        module.at(node, f"{ast.unparse(node)} as a column type: app.database has Text, Json and Instant")
        for module in modules(root)
        if module.stem == "models"
        for node in module.nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("sa", "sqlalchemy") and node.attr in bare
    ]


RULES = (one_door, one_function, columns)


@pytest.mark.parametrize("rule", RULES)
def test_text_enters_by_one_door_through_one_function(rule: Rule) -> None:
    kept(rule)


def test_every_door_named_here_is_still_there() -> None:
    assert all((ROOT / where).is_file() for where in (*DOORS, *FOLDS))


BROKEN = [
    (one_door, "app/packs/routes.py", "x = request.form['a']\n", "past the one door"),
    (one_door, "app/web/pages.py", "x = request.get_json()\n", "past the one door"),
    (one_function, "app/packs/content.py", "import unicodedata\nx = unicodedata.normalize('NFC', y)\n", "text.clean"),
    (columns, "app/packs/models.py", "x = mapped_column(sa.String(40))\n", "sa.String"),
    (columns, "app/packs/models.py", "x = mapped_column(sa.JSON)\n", "sa.JSON"),
]


@pytest.mark.parametrize(("rule", "path", "source", "of"), BROKEN)
def test_another_door_is_found(rule: Rule, path: str, source: str, of: str, tmp_path: Path) -> None:
    complains(rule, tmp_path, {path: source}, of)


def test_every_column_of_text_json_or_an_instant_has_the_type_that_looks_at_it() -> None:
    facts.mappers()
    wrong = []
    for table in Base.metadata.tables.values():
        for column in table.columns:
            kind = column.type
            if isinstance(kind, Text | Json | Instant | sa.Enum):
                continue
            if isinstance(kind, sa.String | sa.JSON | sa.DateTime):
                wrong.append(f"{table.name}.{column.name} is {kind!r}")
    assert wrong == []


def test_every_column_is_of_a_type_that_both_databases_keep_alike() -> None:
    known = (Text, Json, Instant, SomeOf, sa.Enum, sa.Integer, sa.Boolean, sa.Date, sa.LargeBinary)
    wrong = [str(c) for t in Base.metadata.tables.values() for c in t.columns if not isinstance(c.type, known)]
    assert wrong == []


# What the column types do


UNCLEAN = ["a\x00b", "a\rb", "a\r\nb", "a\x0bb", "a\x0cb", "a\u2028b", "a\x1bb", "a\ufffeb", "e\u0301"]


def refused(session: Session, row: object) -> bool:
    with session.begin_nested() as nested:
        session.add(row)
        try:
            session.flush()
        except StatementError as error:
            nested.rollback()
            return isinstance(error.orig, Uncleaned)
    return False


@pytest.mark.parametrize("text", UNCLEAN)
def test_a_text_column_refuses_what_was_not_cleaned(text: str, session: Session) -> None:
    assert refused(session, Organisation(code="a", name=text, sector="Health"))
    assert refused(session, Organisation(code="a", name="clean", sector="Health")) is False


@pytest.mark.parametrize("text", UNCLEAN)
@pytest.mark.parametrize("deep", [lambda t: {"a": t}, lambda t: {t: 1}, lambda t: {"a": [{"b": [1, t]}]}])
def test_a_json_column_refuses_it_however_deep_it_lies(
    text: str, deep: object, session: Session, now: datetime
) -> None:
    said = deep(text)  # type: ignore[operator]
    assert refused(session, Event(at=now, kind="k", about="a", by="b", detail=said))


def test_a_query_for_what_was_not_cleaned_is_refused_as_well(session: Session) -> None:
    with pytest.raises(StatementError):
        session.scalars(sa.select(Organisation).where(Organisation.name == "a\x00b")).all()


def test_clean_text_comes_back_as_it_went_in(session: Session, now: datetime) -> None:
    text = "Tŷ Gwyn – “learning”\n\tŁódź 👩🏽‍⚕️ العربية \u202eabc\u202c"
    kept_ = factories.organisation(session, name=text)
    event = factories.kept(session, Event(at=now, kind="k", about="a", by="b", detail={text: [text, None, 1.5, True]}))
    session.expire_all()
    assert kept_.name == text
    assert event.detail == {text: [text, None, 1.5, True]}


def test_an_instant_needs_its_time_zone_and_comes_back_in_utc(session: Session, now: datetime) -> None:
    with pytest.raises(StatementError, match="time zone"):
        session.execute(sa.insert(Event).values(at=now.replace(tzinfo=None), kind="k", about="a", by="b", detail={}))
