"""Brings a database to the newest migration, and says where one is not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from app.engines import make_engine
from app.settings import ROOT, SettingsFault


def upgrade(url: str, revision: str = "head") -> str:
    """Bring a database to a migration, the newest unless told; returns the one it is at. Safe to run twice at once."""
    config = _migrations()
    config.attributes["url"] = url
    command.upgrade(config, revision)
    engine = make_engine(url)
    at = _revision(engine)
    engine.dispose()
    return at


def require_newest(engine: Engine) -> None:
    """Raise `SettingsFault` where a database does not answer or is not at the newest migration."""
    try:
        at, newest = _revision(engine), ScriptDirectory.from_config(_migrations()).get_current_head()
    except sa.exc.DBAPIError as fault:
        raise SettingsFault([f"The database does not answer: {' '.join(str(fault.orig).split())}"]) from None
    if at != newest:
        raise SettingsFault([f"The database is at migration {at}, not {newest}: run flask --app app db upgrade."])


def _revision(engine: Engine) -> str:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or "none"


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config
