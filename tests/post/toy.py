"""Letters of no domain, for trying the sender: a table of what is owed, and how the writing of each goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.database import Database, Instant, Text, db
from app.engines import make_engine
from app.post.models import Attachment, Delivery, Held, Letter, Owed, Superseded, Written

tables = sa.MetaData()
toy = sa.Table(
    "toy",
    tables,
    sa.Column("about", Text, primary_key=True),
    sa.Column("address", Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("until", Instant),
    sa.Column("urgency", sa.Integer, nullable=False, default=5),
    sa.Column("how", Text, nullable=False, default=""),
)


def toy_app(url: str) -> Flask:
    """An app with this database and nothing else."""
    app = Flask("toy")
    db.init_app(app, url)
    return app


def prepare(url: str) -> None:
    """Make the table of what is owed."""
    engine = make_engine(url)
    tables.create_all(engine)
    engine.dispose()


def owe(database: Database, *abouts: str, since: datetime, **values: Any) -> None:
    """Owe a letter about each, to `<about>@trust.test` unless told otherwise."""
    with database.writing() as session:
        rows = [{"about": about, "address": f"{about}@trust.test", "since": since, **values} for about in abouts]
        session.execute(toy.insert(), rows)


def change(database: Database, about: str, **values: Any) -> None:
    """Change what is owed, or how it is written."""
    with database.writing() as session:
        session.execute(toy.update().where(toy.c.about == about).values(**values))


class Toy:
    """Writes the letters of the table. `how` says what comes of it: see `letter`."""

    KINDS = frozenset({"toy"})

    def owed(self, session: Session, now: datetime) -> Iterable[Owed]:
        has_one = sa.exists().where(Delivery.kind == "toy", Delivery.about == toy.c.about)
        for row in session.execute(sa.select(toy).where(~has_one).order_by(toy.c.since, toy.c.about).limit(700)):
            yield Owed(kind="toy", about=row.about, since=row.since, until=row.until, urgency=row.urgency)

    def letter(self, session: Session, delivery: Delivery, now: datetime) -> Written:
        row = session.execute(sa.select(toy).where(toy.c.about == delivery.about)).one()
        if row.how == "broken":
            raise KeyError(row.address)
        if row.how == "held":
            return Held("Nobody holds\r\nthe role yet.")
        if row.how == "superseded":
            return Superseded("Somebody else has it now.")
        files = (Attachment("minutes.docx", "application/octet-stream", b"PK"),) if row.how == "attached" else ()
        told = tuple(row.how.split()[1:]) if row.how.startswith("tells ") else ()
        return Letter(
            to_address=row.address, subject=f"About {row.about}", body="Hello.\n", attachments=files, tells_of=told
        )
