"""The whole service on a new database: people go through its pages and services, and senders are processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.clock import now
from app.database import db, new_ref
from app.discussions.models import Minutes
from app.organisations.models import Address, Appointment
from app.policy import Role
from app.post import queries
from app.post.models import Attempt, Delivery, Outcome
from app.post.queries import Progress
from app.post.told import ToldOf
from tests import factories as make
from tests.client import Client
from tests.discussions import worlds
from tests.faults.apps import create_app
from tests.faults.lines import Ground, Line
from tests.faults.nursery import Order, settings_towards
from tests.post.smtp_stub import Stub

TO_READ = ("minutes", "handover")
LONG_AGO = date(2026, 2, 1)


@dataclass
class Service:
    """The app with its context open, the mail server, and a folder of the senders' own."""

    ground: Ground
    url: str
    stub: Stub
    app: Flask
    folder: str

    def order(self, ahead: float = 0, **changes: Any) -> Order:
        given = {"database_url": self.url, "mail_port": self.stub.port, "data_dir": self.folder, "service": True}
        return Order(**{**given, "ahead": ahead, **changes})

    def send(self, ahead: float = 0, **changes: Any) -> list[int]:
        """Run a sender until nothing is due: once for the documents, then for the letters that waited for them."""
        return self.ground.senders.run(self.order(ahead, **changes))

    def world(self) -> worlds.World:
        """A trust with a leader, a lead and a deputy, and others beside it."""
        return worlds.world()

    def sent(self, place: worlds.World, count: int = 1, at: datetime | None = None) -> list[str]:
        """Minutes that the leader has sent; their references."""
        with db.writing() as session:
            asked = session.scalars(sa.select(Asked).where(Asked.ref == place.asked)).one()
            leader = session.get_one(make.Person, place.leader)
            moments = [(at or now()) + timedelta(microseconds=i) for i in range(count)]
            return [make.minutes(session, asked, leader, sent_at=moment).ref for moment in moments]

    def ended(self, person: int) -> None:
        """All that somebody was appointed to has ended; she leads a team somewhere else."""
        with db.writing() as session:
            session.execute(sa.update(Appointment).where(Appointment.person_id == person).values(ends_on=LONG_AGO))
            elsewhere = make.team(session, make.organisation(session))
            who = session.get_one(make.Person, person)
            make.appoint(session, who, Role.LEADER, elsewhere.organisation, (elsewhere,))

    def appointed(self, place: worlds.World, role: Role) -> int:
        """Somebody new holds a role in the trust from this moment on; the key of the person."""
        with db.writing() as session:
            organisation = session.get_one(make.Organisation, _organisation(session, place))
            who = make.person(session, email=f"{new_ref()}@example.gov.uk")
            make.appoint(session, who, role, organisation, starts_on=now().date(), counts_from=now())
            return who.id

    def operator(self) -> int:
        """Somebody new looks after the letters of the whole service; the key of the person."""
        with db.writing() as session:
            who = make.person(session)
            make.appoint(session, who, Role.OPERATOR)
            return who.id

    def address(self, person: int) -> str:
        with db.reading() as session:
            return session.scalars(sa.select(Address.email).where(Address.person_id == person)).one()

    def letters_to(self, person: int) -> list[str]:
        """The Message-IDs of what came to somebody about minutes to read."""
        with db.reading() as session:
            about = set(session.scalars(sa.select(Delivery.message_id).where(Delivery.kind.in_(TO_READ))))
        address = self.address(person)
        came = [copy.message_id for copy in list(self.stub.received) if copy.recipient == address]
        return [message_id for message_id in came if message_id in about]

    def strange(self) -> int:
        """How many letters came under a Message-ID that is no letter's: under a second name, or nobody's."""
        with db.reading() as session:
            ours = set(session.scalars(sa.select(Delivery.message_id)))
        return len(set(self.stub.copies()) - ours)

    def line(self, **values: Any) -> Line:
        """A line about this service: the most copies of any letter that came, and how many letters were `strange`."""
        most = max(self.stub.copies().values(), default=0)
        return Line(**{"database": self.ground.kind, "most": most, "many_ids": self.strange(), **values})

    def heard(self, kind: str, person: int, since: datetime) -> dict[str, float]:
        """How many seconds after a moment a letter of a kind came to somebody, by each thing that it told of."""
        with db.reading() as session:
            hers = (Delivery.kind == kind, Delivery.person == session.get_one(make.Person, person).ref)
            took = (Attempt.delivery_id == Delivery.id, Attempt.outcome == Outcome.ACCEPTED)
            rows = session.execute(
                sa.select(Delivery, ToldOf.about)
                .join(Attempt, sa.and_(*took))
                .outerjoin(ToldOf, ToldOf.telling_id == Attempt.telling_id)
                .where(*hers)
            ).all()
        came = self.stub.copies()
        gone = [(about or row.about, row.accepted_at) for row, about in rows if came[row.message_id]]
        return {about: (at - since).total_seconds() for about, at in gone if at}

    def browser(self, person: int) -> Client:
        return worlds.browser_of(self.app, person)

    def letters(self, kind: str = "minutes") -> dict[str, Delivery]:
        """The letters of a kind, by what they are about."""
        with db.reading() as session:
            return {row.about: row for row in session.scalars(sa.select(Delivery).where(Delivery.kind == kind))}

    def progress(self, ref: str) -> Progress:
        """How far the newest letter about minutes has come."""
        with db.reading() as session:
            return queries.progress_of_many(session, "minutes", [ref]).get(ref, [Progress()])[-1]

    def said(self, *arguments: str, piped: bytes = b"") -> str:
        """What a command of the service answers."""
        return self.app.test_cli_runner().invoke(args=list(arguments), input=piped).output


def _organisation(session: Session, place: worlds.World) -> int:
    return session.scalars(sa.select(Asked.organisation_id).where(Asked.ref == place.asked)).one()


def newest(session: Session, ref: str) -> Minutes:
    return session.scalars(sa.select(Minutes).where(Minutes.ref == ref)).one()


@contextmanager
def service(ground: Ground, **stub: Any) -> Iterator[Service]:
    url, folder = ground.fresh(), ground.folder / new_ref()
    folder.mkdir()
    with Stub(**stub) as made:
        app = create_app(settings_towards(Order(database_url=url, mail_port=made.port, data_dir=str(folder))))
        with app.app_context():
            yield Service(ground, url, made, app, str(folder))
            db.engine.dispose()
    shutil.rmtree(folder)
