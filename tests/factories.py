"""Rows for tests, as plain functions. Each adds to the session, flushes and returns; who calls it decides to commit."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.circulation import claims
from app.circulation.models import AnswerBy, Asked, Circulation
from app.circulation.scheduled import ScheduledLaunch
from app.clock import start_of, today
from app.database import new_ref
from app.discussions.drafts import Draft
from app.discussions.models import Discussion, Minutes, MinutesFor, Response, Setting
from app.organisations import queries as people
from app.organisations.models import (
    Address,
    Appointment,
    AppointmentTeam,
    Leave,
    Membership,
    Organisation,
    Partnership,
    Person,
    Team,
)
from app.packs.drafted import PAGES, from_content
from app.packs.drafts import PackDraft, PackDraftRevision
from app.packs.folder import read_folder
from app.packs.models import DiscussionPoint, Edition, Pack, PointKind, Recommendation
from app.packs.shelf import SHELF
from app.policy import Actor, Role
from tests.conftest import NOW

_numbers = itertools.count(1)
Row = TypeVar("Row")


def kept(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def partnership(session: Session, **values: Any) -> Partnership:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "slug": f"partnership-{number}",
        "name": f"Partnership {number} Safeguarding Children Partnership",
        "short_name": f"P{number}SCP",
        "numbers_to_call": [["Single point of advice", "01234 567890"], ["Emergency", "999"]],
        "reply_name": "Partnership office",
        "reply_to": f"office{number}@partnership.gov.uk",
        "letters_from": NOW - timedelta(days=365),
    }
    return kept(session, Partnership(**{**defaults, **values}))


def organisation(session: Session, *partnerships: Partnership, **values: Any) -> Organisation:
    number = next(_numbers)
    defaults: dict[str, Any] = {"code": f"org-{number}", "name": f"Organisation {number}", "sector": "Health"}
    memberships = [Membership(partnership_id=p.id) for p in partnerships]
    return kept(session, Organisation(**{**defaults, **values}, memberships=memberships))


def team(session: Session, place: Organisation, **values: Any) -> Team:
    number = next(_numbers)
    return kept(
        session, Team(**{"organisation_id": place.id, "code": f"team-{number}", "name": f"Team {number}", **values})
    )


def person(session: Session, **values: Any) -> Person:
    number = next(_numbers)
    proved = values.pop("proved_at", NOW - timedelta(days=30))
    email = values.pop("email", f"person{number}@example.gov.uk")
    address = Address(email=email, proved_at=proved)
    return kept(session, Person(**{"name": f"Person {number}", **values}, addresses=[address]))


def away(session: Session, who: Person, first: date, days: int = 3) -> Leave:
    return kept(session, Leave(person_id=who.id, starts_on=first, ends_on=first + timedelta(days=days - 1)))


def appoint(
    session: Session,
    who: Person,
    role: Role,
    place: Organisation | Partnership | None = None,
    teams: tuple[Team, ...] = (),
    *,
    starts_on: date = date(2026, 1, 1),
    **values: Any,
) -> Appointment:
    where: dict[str, Any] = {}
    if isinstance(place, Organisation):
        where["organisation_id"] = place.id
    elif isinstance(place, Partnership):
        where["partnership_id"] = place.id
    narrowed = [AppointmentTeam(team_id=t.id, organisation_id=t.organisation_id) for t in teams]
    made = Appointment(
        person_id=who.id,
        address_id=who.addresses[0].id,
        role=role,
        starts_on=starts_on,
        counts_from=values.pop("counts_from", start_of(starts_on)),
        teams=narrowed,
        **where,
        **values,
    )
    return kept(session, made)


def edition(session: Session, owner: Partnership | None = None, *, points: int = 3, **values: Any) -> Edition:
    number = next(_numbers)
    pack = kept(session, Pack(slug=f"pack-{number}", source="A partnership", owner=owner.slug if owner else "nobody"))
    kinds = [PointKind.OPEN, PointKind.KNOWLEDGE_CHECK]
    questions = [
        DiscussionPoint(
            position=i, key=f"point-{i}", kind=kinds[i % 2], question=f"What do you think of {i}?", note="Note."
        )
        for i in range(points)
    ]
    content = {"sections": [], "glossary": [], "links": []}
    defaults: dict[str, Any] = {
        "pack_id": pack.id,
        "number": 1,
        "title": f"Learning briefing {number}",
        "short_title": f"Briefing {number}",
        "review_on": date(2027, 6, 1),
        "content": content,
        "digest": f"{number:064x}",
        "made_at": NOW - timedelta(days=20),
        "made_by": "the command line",
        "points": questions,
        "recommendations": [Recommendation(position=0, key="do-it", audience="All", text="Do it.")],
    }
    return kept(session, Edition(**{**defaults, **values}))


def pack_draft(session: Session, owner: Partnership, officer: Person, *, stood_at: int = 7, **values: Any) -> PackDraft:
    """A pack in the making that could be published, with what stood in it at a version before."""
    content = {**from_content(read_folder(SHELF / "nai-under-5-2021")), "saved": {}}
    who = {"begun_at": NOW, "changed_at": NOW, "changed_by_id": officer.id}
    said = {"slug": f"made-{owner.slug}", "begun_from": "a blank page", "content": content}
    making = kept(session, PackDraft(partnership_id=owner.id, **{**who, **said, **values}))
    typed = {**PAGES.part_of(content, "words"), "watch": ["Harbour Lodge"]}
    stood = {"part": "words", "version": stood_at, "at": NOW, "by_id": officer.id, "typed": typed, "characters": 9}
    kept(session, PackDraftRevision(partnership_id=owner.id, draft_id=making.id, **stood))
    return making


def scheduled_launch(session: Session, like: Circulation, officer: Person, **values: Any) -> ScheduledLaunch:
    """A launch to come, of everything that was asked before, once more."""
    what = {"partnership_id": like.partnership_id, "edition_id": like.edition_id, "by_id": officer.id, "again": True}
    lists = {"teams": [one.team.ref for one in like.asked if one.team], "organisations": []}
    when = {"at": NOW + timedelta(days=7), "answer_by": date(2027, 2, 1), "scheduled_at": NOW}
    said = {"cover_note": "", "digest": "d", "once": new_ref()}
    return kept(session, ScheduledLaunch(**{**what, **lists, **when, **said, **values}))


def circulate(
    session: Session,
    asker: Partnership,
    text: Edition,
    teams: list[Team],
    *,
    at: datetime = NOW - timedelta(days=10),
    **values: Any,
) -> Circulation:
    dates = [AnswerBy(on=values.pop("answer_by", today(at) + timedelta(days=42)), set_at=at, by_id=None)]
    defaults = {"cover_note": "Please discuss.", "by_id": None, "digest": "0" * 64, "once": new_ref()}
    where = {"partnership_id": asker.id, "edition_id": text.id}
    asked = [asking(asker, team, at) for team in teams]
    return kept(session, Circulation(**where, circulated_at=at, asked=asked, dates=dates, **{**defaults, **values}))


def asking(asker: Partnership, asked_team: Team, at: datetime, **values: Any) -> Asked:
    """An `Asked` that is not yet part of a circulation."""
    return Asked(
        partnership_id=asker.id,
        organisation_id=asked_team.organisation_id,
        team_id=asked_team.id,
        organisation_name=asked_team.organisation.name,
        team_name=asked_team.name,
        sector=asked_team.organisation.sector,
        added_at=at,
        **values,
    )


def minutes(session: Session, asked: Asked, recorder: Person, *, sent_at: datetime = NOW, **values: Any) -> Minutes:
    edition_id = session.get_one(Circulation, asked.circulation_id).edition_id
    points = session.get_one(Edition, edition_id).points
    meeting = Discussion(
        organisation_id=asked.organisation_id,
        held_on=values.pop("held_on", date(2026, 11, 18)),
        setting=values.pop("setting", Setting.TEAM_MEETING),
        present=values.pop("present", 7),
        recorded_at=sent_at,
    )
    ref = values.pop("ref", new_ref())
    answers = values.pop("answers", {p.key: f"We talked about {p.key}." for p in points})
    made = Minutes(
        discussion=meeting,
        edition_id=edition_id,
        draft_id=sent_draft(session, asked, recorder, sent_at).id,
        sent_at=sent_at,
        recorded_by_id=recorder.id,
        thread=values.pop("thread", ref),
        ref=ref,
        covers=[MinutesFor(asked_id=asked.id)],
        responses=[Response(point_id=p.id, words=answers[p.key]) for p in points if answers.get(p.key)],
        **values,
    )
    return kept(session, made)


def sent_draft(session: Session, asked: Asked, recorder: Person, at: datetime) -> Draft:
    where = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "changed_by_id": recorder.id}
    return kept(session, Draft(**where, begun_at=at, changed_at=at, sent_at=at))


def actor_of(session: Session, who: Person, now: datetime = NOW) -> Actor:
    acting = people.actor_for(session, who.id, now)
    return replace(acting, grants=(*acting.grants, *claims.grants(session, who.id, now)))


@dataclass(frozen=True)
class Circle:
    """A small world: one partnership that asks, and another organisation and partnership as noise."""

    partnership: Partnership
    organisation: Organisation
    teams: tuple[Team, Team]
    leader: Person
    lead: Person
    deputy: Person
    officer: Person
    reviewer: Person
    edition: Edition
    circulation: Circulation
    asked: Asked
    noise: Organisation
    noise_leader: Person
    noise_lead: Person
    noise_partnership: Partnership
    noise_officer: Person
    noise_asked: Asked


def circle(session: Session) -> Circle:
    ours, theirs = partnership(session), partnership(session)
    trust, school = organisation(session, ours), organisation(session, ours, theirs, sector="School")
    north, south, whole = team(session, trust), team(session, trust), team(session, school)
    text = edition(session, ours)
    sent = circulate(session, ours, text, [north, south, whole])
    asked = {a.team_id: a for a in sent.asked}
    return Circle(
        partnership=ours,
        organisation=trust,
        teams=(north, south),
        leader=holder(session, Role.LEADER, trust, (north,)),
        lead=holder(session, Role.LEAD, trust, local_title="Named Nurse"),
        deputy=holder(session, Role.DEPUTY, trust),
        officer=holder(session, Role.OFFICER, ours),
        reviewer=holder(session, Role.REVIEWER, ours),
        edition=text,
        circulation=sent,
        asked=asked[north.id],
        noise=school,
        noise_leader=holder(session, Role.LEADER, school, (whole,)),
        noise_lead=holder(session, Role.LEAD, school, local_title="Designated Safeguarding Lead"),
        noise_partnership=theirs,
        noise_officer=holder(session, Role.OFFICER, theirs),
        noise_asked=asked[whole.id],
    )


def holder(
    session: Session, role: Role, place: Organisation | Partnership, teams: tuple[Team, ...] = (), **values: Any
) -> Person:
    """A new person, appointed."""
    who = person(session)
    appoint(session, who, role, place, teams, **values)
    return who
