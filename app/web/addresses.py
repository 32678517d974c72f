"""Addresses of pages for letters and documents, which are written where no browser is asking."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app


def address_of(endpoint: str, **values: Any) -> str:
    """The full address of a page, built on SERVICE_URL."""
    service = urlsplit(current_app.config["SETTINGS"].service_url or "http://localhost")
    adapter = current_app.url_map.bind(service.netloc, service.path or "/", url_scheme=service.scheme)
    return adapter.build(endpoint, values, force_external=True)
