"""Fits the web furniture to an app: templates, the token against forged forms, headers, error pages, own routes.

The token is checked in a `before_request` of its own, in the order in which `init_app` was called: after the body of a
request is read, and after the guard of `accounts`, so that whoever was signed out is told so and keeps what they typed.
"""

from __future__ import annotations

from typing import ClassVar

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import BytecodeCache, ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from jinja2.bccache import Bucket

from app.clock import date_words, moment_words, month_words, time_words
from app.settings import ROOT, Settings
from app.text import counted
from app.web import ahead, appearance, charts, errors, headers, routes, static, unasked, widgets
from app.web.addresses import refuse_unclean
from app.web.incoming import LEFT_OUT, OurRequest

LARGEST_BODY = 4 * 1024 * 1024
SERVICE_NAME = "Learning circulation"


class Compiled(BytecodeCache):
    """Templates compiled once in a process, however many apps it makes (a test suite makes hundreds)."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out what was compiled before from the same source."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


def init_app(app: Flask) -> None:
    """Everything, in the order in which it must run."""
    app.request_class = OurRequest
    _configure(app)
    _fit_templates(app)
    app.before_request(refuse_unclean)
    CSRFProtect(app)
    headers.init_app(app)
    errors.init_app(app)
    unasked.init_app(app)
    ahead.init_app(app)
    app.register_blueprint(routes.web)


def _fit_templates(app: Flask) -> None:
    """Templates from `templates/` and from the component library, and what they may call."""
    loaders = [
        FileSystemLoader(ROOT / "templates"),
        PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    ]
    app.jinja_env.loader = ChoiceLoader(loaders)
    app.jinja_env.bytecode_cache = Compiled()
    app.jinja_env.globals.update(
        component=widgets.component,
        chosen=widgets.chosen,
        static_url=static.static_url,
        address=static.address,
        service_name=SERVICE_NAME,
        left_out_words=LEFT_OUT,
        bars_svg=charts.bars_svg,
        funnel_svg=charts.funnel_svg,
        appearance_url=appearance.appearance_url,
    )
    app.jinja_env.filters.update(
        counted=counted,
        date_words=date_words,
        month_words=month_words,
        time_words=time_words,
        moment_words=moment_words,
        beside=widgets.beside,
    )


def _configure(app: Flask) -> None:
    settings: Settings | None = app.config.get("SETTINGS")
    secure = settings is not None and settings.is_https
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        WTF_CSRF_TIME_LIMIT=None,  # a meeting outlasts any limit; the token dies with the cookie
        # The framework's own cookie holds the secret behind the tokens of forms and nothing else.
        SESSION_COOKIE_NAME="__Host-forms" if secure else "forms",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",
    )
