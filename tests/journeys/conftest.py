"""What the journeys share: a service with its world, a mail server on a real socket over verified TLS, and a sender."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.database import db
from app.post.sender import Sender
from app.post.transport import Timeouts, Transport
from tests.client import Client
from tests.conftest import settings_for
from tests.journeys import town
from tests.journeys.mailroom import Mailroom
from tests.journeys.visitor import Plain
from tests.post.smtp_stub import Certificates, Stub

QUICK = Timeouts(connect=2, command=2, letter=2, confirmation=2)
Comes = Callable[[str], Plain]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Who vouches for the mail server."""
    return Certificates(tmp_path_factory.mktemp("certificates") / "authority.pem")


@pytest.fixture
def stub(certificates: Certificates) -> Iterator[Stub]:
    """The partnership's mail server: STARTTLS, and a certificate that verifies."""
    with Stub(context=certificates.for_names("localhost")) as made:
        yield made


@pytest.fixture
def app(database_url: str, tmp_path: Path, stub: Stub, certificates: Certificates) -> Iterator[Flask]:
    """The service, with the world that commands make. No context stays open: requests would share what is theirs."""
    mail = {"mail_server": "localhost", "mail_port": stub.port, "mail_use_tls": True}
    made = create_app(settings_for(database_url, tmp_path, mail_ca_file=str(certificates.ca_file), **mail))
    made.test_client_class = Client
    town.found(made)
    yield made
    made.extensions["database_engine"].dispose()


def send(app: Flask) -> bool:
    """Run a sender until nothing is due; whether all went well."""
    settings = app.config["SETTINGS"]
    transport = Transport(settings, timeouts=QUICK)
    sender = Sender(database=db, settings=settings, post=app.extensions["post"], transport=transport)
    with app.app_context():
        return sender.run(once=True)


@pytest.fixture
def mail(app: Flask, stub: Stub) -> Mailroom:
    """The mail that has been sent; the sender runs whenever somebody looks."""
    return Mailroom(stub, bring=lambda: send(app))


@pytest.fixture
def comes(app: Flask, mail: Mailroom) -> Comes:
    """Somebody with a browser of their own, by their address."""
    return lambda address: Plain(app, address, mail)
