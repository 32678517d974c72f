"""Loaded databases to measure on: one for each size, with somebody signed in for each page and drafts ready to send."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.services import begin
from app.circulation.models import Asked
from app.clock import now, today
from app.database import db
from app.demo.services import load
from app.discussions.drafts import Draft
from app.discussions.models import MinutesFor
from app.organisations.models import Appointment, AppointmentTeam, Person, Team
from app.packs.models import Edition, Pack
from app.policy import Role
from app.upgrading import upgrade
from tests.conftest import settings_for

REAL = "nai-under-5-2021"


@dataclass(frozen=True)
class World:
    """A size: its settings' app, the pages to ask for and the session of whoever asks; drafts by reference."""

    size: str
    app: Flask
    environ: dict[str, str]
    pages: dict[str, tuple[str, str]]
    drafts: list[str]
    leader: str


def make(size: str, folder: Path, drafts: int, url: str = "", **settings_too: object) -> World:
    """Load a size into a database of its own and prepare what is measured."""
    url = url or f"sqlite:///{folder / size}.sqlite"
    upgrade(url)
    settings = settings_for(url, folder, **settings_too)
    app = create_app(settings)
    with app.app_context():
        with db.writing() as session:
            load(session, size, now=now())
        with db.writing() as session:
            pages, leader, refs = _prepare(session, drafts)
    environ = {
        "SECRET_KEY": settings.secret_key,
        "SERVICE_URL": settings.service_url,
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "MAIL_SERVER": settings.mail_server,
        "MAIL_PORT": str(settings.mail_port),
        "MAIL_DEFAULT_SENDER": settings.mail_default_sender,
    }
    return World(size, app, environ, pages, refs, leader)


def _prepare(session: Session, drafts: int) -> tuple[dict[str, tuple[str, str]], str, list[str]]:
    edition = session.scalars(sa.select(Edition).join(Pack).where(Pack.slug == REAL)).one()
    asked = session.scalars(
        sa.select(Asked)
        .where(Asked.circulation.has(edition_id=edition.id), Asked.id.in_(sa.select(MinutesFor.asked_id)))
        .order_by(Asked.id)
        .limit(2)
    ).all()
    reading, writing = asked
    leader, writer = _leader(session, reading), _leader(session, writing)
    officer = session.scalars(sa.select(Person).join(Appointment).where(Appointment.role == Role.OFFICER)).first()
    assert officer is not None
    leads, writes, reads = (begin(session, who, now=now()) for who in (leader, writer, officer))
    team = session.get_one(Team, reading.team_id)
    pages = {
        "Briefing": (f"/packs/{REAL}", ""),
        "Team page": (f"/teams/{team.ref}", leads),
        "Coverage": (f"/collation/{edition.ref}", reads),
        "Responses": (f"/collation/{edition.ref}/points/{edition.points[0].key}", reads),
    }
    made = [_draft(session, writing, writer, edition) for _ in range(drafts + 1)]
    shown = made.pop()  # a page with a form, with nothing sent of it
    pages["The meeting"] = (f"/asked/{shown.asked.ref}/meeting", writes)
    pages["What the team said"] = (f"/drafts/{shown.ref}/said", writes)
    return pages, writes, [draft.ref for draft in made]


def _leader(session: Session, asked: Asked) -> Person:
    return session.scalars(
        sa.select(Person)
        .join(Appointment)
        .join(AppointmentTeam, AppointmentTeam.appointment_id == Appointment.id)
        .where(AppointmentTeam.team_id == asked.team_id, Appointment.role == Role.LEADER)
    ).one()


def _draft(session: Session, asked: Asked, leader: Person, edition: Edition) -> Draft:
    """A finished draft of its own `Asked`: of one `Asked` only one draft may be open."""
    copy = _ask_again(session, asked)
    day = today(now())
    content = {
        "held_on": {"day": str(day.day), "month": str(day.month), "year": str(day.year)},
        "setting": "team_meeting",
        "present": "7",
        "points": {point.key: {"words": "We talked about this for a while. " * 15} for point in edition.points},
    }
    draft = Draft(
        organisation_id=asked.organisation_id,
        asked_id=copy.id,
        begun_at=now(),
        changed_at=now(),
        changed_by_id=leader.id,
        content=content,
    )
    session.add(draft)
    session.flush()
    return draft


def _ask_again(session: Session, asked: Asked) -> Asked:
    """The same team asked once more, in a circulation of its own."""
    from app.circulation.models import AnswerBy, Circulation
    from app.database import new_ref

    before = session.get_one(Circulation, asked.circulation_id)
    again = Asked(
        partnership_id=asked.partnership_id,
        organisation_id=asked.organisation_id,
        team_id=asked.team_id,
        organisation_name=asked.organisation_name,
        team_name=asked.team_name,
        sector=asked.sector,
        added_at=now(),
    )
    made = Circulation(
        partnership_id=before.partnership_id,
        edition_id=before.edition_id,
        cover_note="",
        circulated_at=now(),
        by_id=None,
        digest="0" * 64,
        once=new_ref(),
        asked=[again],
        dates=[AnswerBy(on=today(now()), set_at=now(), by_id=None)],
    )
    session.add(made)
    session.flush()
    return again
