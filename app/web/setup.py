"""Fits the web furniture to an app: templates, the token against forged forms, headers, error pages, own routes.

The token is checked in a `before_request` of its own, in the order in which `init_app` was called: after the body of a
request is read, and after the guard of `accounts`, so that whoever was signed out is told so and keeps what they typed.
"""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from app.clock import date_words, moment_words, month_words, time_words
from app.settings import ROOT, Settings
from app.web import appearance, charts, errors, headers, routes, static, widgets

LARGEST_BODY = 4 * 1024 * 1024
SERVICE_NAME = "Learning circulation"


def init_app(app: Flask) -> None:
    """Templates from `templates/` and from the component library; then everything else, in the order it must run."""
    _configure(app)
    loaders = [
        FileSystemLoader(ROOT / "templates"),
        PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    ]
    app.jinja_env.loader = ChoiceLoader(loaders)
    app.jinja_env.globals.update(
        component=widgets.component,
        static_url=static.static_url,
        address=static.address,
        service_name=SERVICE_NAME,
        bars_svg=charts.bars_svg,
        funnel_svg=charts.funnel_svg,
        stacked_svg=charts.stacked_svg,
        appearance_url=appearance.appearance_url,
    )
    app.jinja_env.filters.update(
        date_words=date_words, month_words=month_words, time_words=time_words, moment_words=moment_words
    )
    CSRFProtect(app)
    headers.init_app(app)
    errors.init_app(app)
    app.register_blueprint(routes.web)


def _configure(app: Flask) -> None:
    settings: Settings | None = app.config.get("SETTINGS")
    secure = settings is not None and settings.is_https
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        WTF_CSRF_TIME_LIMIT=None,
        # The framework's own cookie holds the secret behind the tokens of forms and nothing else.
        SESSION_COOKIE_NAME="__Host-forms" if secure else "forms",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",
    )
