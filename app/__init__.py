"""The learning circulation service. This module alone knows every package: it puts them together."""

from __future__ import annotations

import gc
import os
from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from app.database import REF_LENGTH, db
from app.settings import ROOT, Settings
from app.upgrading import require_newest, upgrade

PAGES = ("home", "accounts", "organisations", "packs", "circulation", "discussions", "forwarding", "collation")
# Further pages of a package, on the blueprint of its routes.
BESIDE = (
    "organisations.mend_pages",
    "packs.library",
    "packs.making_routes",
    "packs.meeting_pages",
    "packs.picture_pages",
    "circulation.date_pages",
    "circulation.list_pages",
    "circulation.schedule_pages",
    "circulation.claim_pages",
    "discussions.outside_routes",
)
COMMANDS = ("post", "organisations", "accounts", "packs", "collation", "records", "demo")
LETTERS = ("accounts", "organisations", "packs", "circulation", "discussions", "forwarding")


class Ref(BaseConverter):
    """A public reference in an address: `<ref:asked>`."""

    regex = f"[0-9a-z]{{{REF_LENGTH}}}"


def create_app(settings: Settings | None = None) -> Flask:
    """The application. Serving and sending want complete settings (`serving`); the other commands do not."""
    settings = settings or Settings.from_environment(os.environ)
    app = Flask("app", root_path=str(ROOT / "app"), template_folder=str(ROOT / "templates"))
    app.config.update(SETTINGS=settings, SECRET_KEY=settings.secret_key or None)
    app.url_map.converters["ref"] = Ref
    if settings.proxy_hops:  # only then is what a proxy says of its client believed, and nothing else of it
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=0)  # type: ignore[method-assign]
    db.init_app(app, settings.database_url)
    import_module("app.accounts.guard").init_app(app)
    import_module("app.web.setup").init_app(app)
    for name in BESIDE:
        import_module(f"app.{name}")
    for name in (*PAGES, *(["demo"] if settings.demonstration else [])):
        app.register_blueprint(getattr(import_module(f"app.{name}.routes"), name))
    for name in COMMANDS:
        app.cli.add_command(getattr(import_module(f"app.{name}.commands"), name))
    app.cli.add_command(database_commands)
    app.extensions["post"] = _post()
    app.extensions["grants"] = import_module("app.circulation.claims")
    app.extensions["named"] = import_module("app.circulation.colleagues")
    app.extensions["unsent"] = import_module("app.accounts.setting_aside")
    health = import_module("app.post.health")
    read = [health.mailbox_is_read] if settings.bounce_imap_server else []
    disk = import_module("app.web.health").disk
    app.extensions["health_checks"] = [disk, health.letters_go_out, health.clocks_agree, *read]
    db.wrap_views(app)
    return app


def _post() -> object:
    """What there is to send: the letters of the packages that owe some; and before them, what was scheduled is launched
    and documents are made."""
    from app.circulation.launching import launch_scheduled
    from app.forwarding.making import make_documents
    from app.home.services import note_command
    from app.post.models import Post

    letters = tuple(import_module(f"app.{name}.emails") for name in LETTERS)
    return Post(letters=letters, errands=(launch_scheduled, make_documents), trail=note_command)


def serving() -> Flask:
    """The application for a web server: `gunicorn "app:serving()"`. Ends with every fault of the settings at once, or
    with that of the database."""
    settings = Settings.from_environment(os.environ)
    settings.require_complete()
    app = create_app(settings)
    require_newest(app.extensions["database_engine"])
    configure_mappers()
    gc.collect()
    gc.freeze()  # what was loaded stays: to walk through it took a tenth of a second, in the midst of a request
    return app


database_commands = AppGroup("db", help="The database.")


@database_commands.command("upgrade")
def upgrade_command() -> None:
    """Bring the database to the newest migration."""
    revision = upgrade(db.engine.url.render_as_string(hide_password=False))
    click.echo(f"The database is at migration {revision}.")
