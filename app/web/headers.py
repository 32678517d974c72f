"""Headers of every response: what a browser may do with our pages, which is little.

Scripts come from our own files, but for the one constant inline script of the page template, which is allowed by its
hash, taken here when the app starts. A nonce would do the same, but a cached page cannot carry one.
"""

from __future__ import annotations

import base64
import hashlib
import re

from flask import Flask, Response, request
from jinja2 import Environment

from app.settings import Settings
from app.web.static import digest

A_YEAR = 31_536_000
NOT_MODIFIED = 304  # its reader has the page with its headers
FOR_EVER = f"public, max-age={A_YEAR}, immutable"
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "payment",
        "usb",
    )
)
_BARE = (
    '{% extends "govuk_frontend_jinja/template.html" %}{% block header %}{% endblock %}{% block footer %}{% endblock %}'
)
_INLINE = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)


def init_app(app: Flask) -> None:
    """Work out the policy once and put the headers on every response, errors and files included, that is more than “not
    modified”. What answers ahead of Flask finds them in `app.extensions`."""
    settings: Settings | None = app.config.get("SETTINGS")
    always = app.extensions["headers"] = {
        "Content-Security-Policy": content_policy(app.jinja_env),
        "X-Content-Type-Options": "nosniff",
        # Not `no-referrer`: over TLS the check of a form's token looks at the referrer, and every form would fail.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS,
    }
    if settings is not None and settings.is_https:
        always["Strict-Transport-Security"] = f"max-age={A_YEAR}; includeSubDomains"

    def finish(response: Response) -> Response:
        for name, value in always.items() if response.status_code != NOT_MODIFIED else ():
            response.headers.setdefault(name, value)
        _say_how_long(response)
        return response

    app.after_request(finish)


def _say_how_long(response: Response) -> None:
    """Files asked for by their digest are kept for a year, others are asked about each time, pages are not kept."""
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        name = str((request.view_args or {}).get("filename", ""))
        response.headers["Cache-Control"] = FOR_EVER if request.args.get("v") == digest(name) else "no-cache"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"


def content_policy(environment: Environment) -> str:
    """The Content-Security-Policy, with the hash of the page template's inline script."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' '{inline_hash(environment)}'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        ]
    )


def inline_hash(environment: Environment) -> str:
    """The hash of the one inline script of the library's page template. Raises `RuntimeError` if it is not one."""
    rendered = environment.from_string(_BARE).render()
    scripts = [found["body"] for found in _INLINE.finditer(rendered) if "src=" not in found["attributes"]]
    if len(scripts) != 1:
        raise RuntimeError(f"the page template has {len(scripts)} inline scripts; the policy allows exactly one")
    return "sha256-" + base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
