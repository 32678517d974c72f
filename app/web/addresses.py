"""Addresses of pages: written where no browser is asking (letters, documents), and read from what one asks for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request

from app.errors import Invalid, NotFound
from app.text import clean


def address_of(endpoint: str, **values: Any) -> str:
    """The full address of a page, built on SERVICE_URL."""
    service = urlsplit(current_app.config["SETTINGS"].service_url or "http://localhost")
    adapter = current_app.url_map.bind(service.netloc, service.path or "/", url_scheme=service.scheme)
    return adapter.build(endpoint, values, force_external=True)


def refuse_unclean() -> None:
    """Before a request: an address with characters that no text here can hold leads nowhere. Raises `NotFound`."""
    for part in (request.path, *request.args.keys(), *request.args.values()):
        try:
            known = clean(part) == part
        except Invalid:
            known = False
        if not known:
            raise NotFound
