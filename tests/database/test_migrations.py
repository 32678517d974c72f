"""Migrations make what the models say, go back to nothing, may be run twice at once, and leave nothing half done."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from app.database import Base
from app.engines import make_engine
from app.settings import SettingsFault
from app.upgrading import require_newest, upgrade
from tests import postgres
from tests.database.schema import described
from tests.shape import facts
from tests.shape.source import ROOT

MIGRATIONS = ROOT / "migrations"
Empty = Callable[[], str]


@pytest.fixture
def empty(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Empty]:
    """A function that gives the URL of a database with nothing in it."""
    made: list[str] = []

    def another() -> str:
        name = f"empty{len(made)}_{tmp_path.name}".lower()[:60]
        if kind == "sqlite":
            made.append(f"sqlite:///{tmp_path / name}.sqlite")
        else:
            server = request.getfixturevalue("server")
            postgres.run_statement(server, f'CREATE DATABASE "{name}"')
            made.append(server.set(database=name).render_as_string(hide_password=False))
        return made[-1]

    yield another
    for url in made if kind == "postgresql" else []:
        name = url.rsplit("/", 1)[1]
        postgres.run_statement(request.getfixturevalue("server"), f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def configuration(url: str, folder: Path = MIGRATIONS) -> Config:
    made = Config()
    made.set_main_option("script_location", str(folder))
    made.attributes["url"] = url
    return made


def revisions() -> list[str]:
    """Every migration, oldest first."""
    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def what_is_in(url: str, *, triggers: bool = True) -> list[str]:
    with opened(url) as engine:
        return described(engine, triggers=triggers)


def test_migrations_make_exactly_what_the_models_say(empty: Empty) -> None:
    migrated, modelled = empty(), empty()
    upgrade(migrated)
    facts.mappers()
    with opened(modelled) as engine, engine.begin() as connection:
        Base.metadata.create_all(connection)
    one, other = what_is_in(migrated, triggers=False), what_is_in(modelled, triggers=False)
    assert len(one) > 300
    assert one == other


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE leave ADD COLUMN extra INTEGER",
        "DROP INDEX ix_leave_person_id",
        "CREATE INDEX ix_more ON leave (starts_on)",
        "CREATE TABLE more (id INTEGER PRIMARY KEY CHECK (id > 0))",
    ],
)
def test_the_comparison_sees_a_difference(change: str, empty: Empty) -> None:
    url = empty()
    upgrade(url)
    before = what_is_in(url, triggers=False)
    with opened(url) as engine, engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert what_is_in(url, triggers=False) != before


def test_there_is_one_line_of_migrations_named_in_order() -> None:
    names = [path.stem for path in sorted((MIGRATIONS / "versions").glob("*.py"))]
    assert [name.split("_")[0] for name in names] == revisions()
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_every_step_goes_back_and_forward_again(empty: Empty) -> None:
    url, steps = empty(), revisions()
    before: list[list[str]] = [[]]
    for step in steps:
        assert upgrade(url, step) == step
        before.append(what_is_in(url))
        assert before[-1] != before[-2], f"{step} makes nothing"
    for step, left in zip(steps[::-1], before[-2::-1], strict=True):
        command.downgrade(configuration(url), "-1")
        assert what_is_in(url) == left, f"going back from {step} leaves something behind, or takes too much"
    assert upgrade(url) == steps[-1]
    assert what_is_in(url) == before[-1]


def test_upgrading_again_changes_nothing(empty: Empty) -> None:
    url = empty()
    assert upgrade(url) == upgrade(url) == revisions()[-1]


def test_four_processes_may_upgrade_one_database_at_once(empty: Empty) -> None:
    url, alone = empty(), empty()
    deed = f"from app.upgrading import upgrade; print(upgrade({url!r}))"
    started = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", deed], cwd=ROOT, stdout=-1, stderr=-1, text=True)
        for _ in range(4)
    ]
    ended = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0] * 4, ended
    assert {out.strip() for out, _ in ended} == {revisions()[-1]}
    upgrade(alone)
    assert what_is_in(url) == what_is_in(alone)


HALF = 'op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))\n    '
NOBODY = "INSERT INTO address (person_id, email) VALUES (7, 'nobody@example.org')"
BREAKS = {
    "raises": f'{HALF}raise RuntimeError("broken")',
    "breaks a reference": f'{HALF}op.execute("{NOBODY}")',
    "is no SQL": f'{HALF}op.execute("NONSENSE")',
}


def with_one_more(folder: Path, deed: str) -> Path:
    """A copy of the migrations with one more at the end."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    head = f'revision = "9999"\ndown_revision = "{revisions()[-1]}"\n'
    source = f"import sqlalchemy as sa\nfrom alembic import op\n\n{head}\n\ndef upgrade():\n    {deed}\n"
    (folder / "versions" / "9999_broken.py").write_text(source, encoding="utf-8")
    return folder


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("from_nothing", [False, True])
def test_a_migration_that_fails_leaves_nothing_half_done(
    how: str, from_nothing: bool, empty: Empty, tmp_path: Path
) -> None:
    url = empty()
    if not from_nothing:
        upgrade(url)
    before = what_is_in(url)
    folder = with_one_more(tmp_path / "migrations", BREAKS[how])
    with pytest.raises((RuntimeError, sa.exc.DBAPIError)):
        command.upgrade(configuration(url, folder), "head")
    assert what_is_in(url) == before
    assert upgrade(url) == revisions()[-1]


def test_migrations_import_no_model_because_models_move_on() -> None:
    for path in (MIGRATIONS / "versions").glob("*.py"):
        assert "from app" not in path.read_text(encoding="utf-8"), path.name


def test_a_database_that_is_behind_or_does_not_answer_is_refused_in_a_sentence(empty: Empty, tmp_path: Path) -> None:
    engine = make_engine(empty())
    with pytest.raises(SettingsFault, match=r"at migration none, not .*: run flask --app app db upgrade"):
        require_newest(engine)
    upgrade(engine.url.render_as_string(hide_password=False))
    require_newest(engine)
    engine.dispose()
    (tmp_path / "broken.sqlite").write_bytes(b"no database" * 1_000)
    for url in (f"sqlite:///{tmp_path / 'broken.sqlite'}", "postgresql+psycopg://127.0.0.1:9/nobody"):
        broken = make_engine(url)
        with pytest.raises(SettingsFault, match="The database does not answer"):
            require_newest(broken)
        broken.dispose()


@pytest.mark.parametrize("url", ["foo", "", "mysql://localhost/x", "sqlite"])
def test_an_address_that_leads_to_no_database_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(SettingsFault, match="DATABASE_URL must begin with"):
        make_engine(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsFault, match=r"The folder .* cannot be used"):
        make_engine(f"sqlite:///{tmp_path / 'file' / 'service.sqlite'}")
