"""An officer enters answers that a team sent by mail or on paper: marked so, counted apart, corrected, taken back."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.collation import coverage as reach
from app.collation import outside as collated
from app.collation import queries, tables
from app.collation.files import csv_rows
from app.collation.report_facts import Coverage
from app.database import db
from app.discussions import entering
from app.discussions.models import Asked, Minutes, Received, ReplyKind, Setting
from app.discussions.outside import Entry, Outside, OutsideAnswer, OutsideTaken
from app.discussions.record import Answer
from app.errors import Denied, Invalid
from app.forwarding import emails as forwarding
from app.packs.models import Edition
from app.policy import Actor
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.discussions.worlds import World, browser_of, faults, form_at, words, world
from tests.forwarding.scene import Scene

SENT = Entry(
    month=date(2026, 11, 1),
    setting=Setting.TEAM_MEETING,
    present=6,
    received=Received.MAIL,
    answers=(Answer(key="point-0", words="We wrote this in an email."), Answer(key="point-1", yes=2, not_yet=4)),
)


def enter(scene: Scene, sent: Entry = SENT, **values: Any) -> Outside:
    officer = scene.actor(scene.circle.officer)
    made = entering.enter(scene.session, officer, scene.asked, sent, **{"now": NOW, **values})
    scene.session.expire_all()
    return made


def test_what_was_entered_is_with_the_partnership_for_everybody_and_is_no_minutes(session: Session) -> None:
    scene = Scene(session)
    before = session.scalar(sa.select(sa.func.count()).select_from(Minutes))
    letters = {(one.kind, one.about) for one in forwarding.owed(session, NOW)}
    first = enter(scene)
    assert enter(scene).id == first.id, "the same again changes nothing"
    standing = scene.standing()
    short = scene.circle.partnership.short_name
    assert (standing.team, standing.lead, standing.officer) == (f"Shared with the {short}", "Shared", "Shared")
    assert session.scalar(sa.select(sa.func.count()).select_from(Minutes)) == before
    assert {(one.kind, one.about) for one in forwarding.owed(session, NOW)} == letters


def row_of(scene: Scene, officer: Actor, about: reach.Scope) -> Coverage:
    found = reach.coverage(scene.session, officer, about, NOW)
    return next(row for row in found if row.organisation == scene.circle.organisation.name)


def test_it_is_counted_apart_from_minutes_and_from_silence(session: Session) -> None:
    scene = Scene(session, noise=False)
    officer = make.actor_of(session, scene.circle.officer)
    about = reach.scope(session, officer, ref=scene.circle.edition.ref)
    scene.replied(ReplyKind.NOT_RELEVANT, "None here.")
    enter(scene)
    row = next(
        r for r in reach.coverage(session, officer, about, NOW) if r.organisation == scene.circle.organisation.name
    )
    assert (row.asked, row.discussed, row.shared, row.outside, row.other_reply, row.no_response) == (2, 0, 0, 1, 0, 1)
    assert reach.other_replies(session, officer, about) == []
    assert scene.asked.ref not in {one.asked for one in reach.waiting(session, officer, about)}
    scene.sent()
    row = next(
        r for r in reach.coverage(session, officer, about, NOW) if r.organisation == scene.circle.organisation.name
    )
    assert (row.discussed, row.outside) == (1, 0), "a team counts once, by its minutes where there are any"


def test_it_stands_in_the_collation_with_its_mark_and_in_no_figure_of_minutes(session: Session) -> None:
    scene = Scene(session, noise=False)
    officer = make.actor_of(session, scene.circle.officer)
    about = reach.scope(session, officer, ref=scene.circle.edition.ref)
    enter(scene)
    point = scene.circle.edition.points[0]
    (answer,) = collated.answers(session, officer, about, point)
    short = scene.circle.partnership.short_name
    assert answer.entered == f"Entered by the {short} from what the team sent by email"
    assert (answer.words, answer.present, answer.quotable) == ("We wrote this in an email.", 6, False)
    assert queries.shared_counts(session, officer, about) == {}
    assert queries.knowledge(session, officer, about) == {}
    facts = queries.report_facts(session, officer, about, NOW)
    assert [len(p.entered) for p in facts.points] == [1, 1, 0]
    lines = b"".join(tables.csv_lines(csv_rows(session, officer, about))).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert [row["Came"] for row in rows] == [answer.entered] * 2
    assert rows[0]["Month"] == "November 2026"


def test_a_correction_takes_its_place_and_what_is_taken_back_is_gone(session: Session) -> None:
    scene = Scene(session)
    first = enter(scene)
    officer = scene.actor(scene.circle.officer)
    newer = enter(scene, Entry(**{**vars(SENT), "present": 7}))
    assert (first.shared, newer.shared, newer.version) == (False, True, 2)
    taken = entering.take_back(session, officer, newer, now=NOW)
    assert entering.take_back(session, officer, newer, now=NOW) is taken
    session.expire_all()
    assert not newer.shared
    assert not first.shared, "what was corrected does not come back"
    assert scene.standing().officer == "No response yet"
    assert enter(scene).version == 3
    assert session.scalar(sa.select(sa.func.count()).select_from(OutsideTaken)) == 1


def test_nobody_but_an_officer_of_the_partnership_enters_and_not_without_an_answer(session: Session) -> None:
    scene = Scene(session)
    for who in (scene.leader, scene.lead, scene.circle.reviewer, scene.circle.noise_officer):
        with pytest.raises(Denied):
            entering.enter(session, make.actor_of(session, who), scene.asked, SENT, now=NOW)
    with pytest.raises(Invalid, match="at least one answer"):
        enter(scene, Entry(**{**vars(SENT), "answers": ()}))
    with pytest.raises(Invalid, match="still to come"):
        enter(scene, Entry(**{**vars(SENT), "month": date(2026, 12, 1)}))


def test_another_partnership_never_reads_it(session: Session) -> None:
    scene = Scene(session)
    enter(scene)
    circle = scene.circle
    make.circulate(session, circle.noise_partnership, circle.edition, [circle.teams[0]])
    theirs = make.actor_of(session, circle.noise_officer)
    about = reach.scope(session, theirs, ref=circle.edition.ref)
    assert about.partnership.id == circle.noise_partnership.id
    assert collated.answers(session, theirs, about, circle.edition.points[0]) == []
    assert collated.entries(session, theirs, about) == []


# Through pages

BOXES = {
    "received": "paper",
    "month": "2026-11-01",
    "setting": "practice_forum",
    "present": "6",
    "points-point-0-words": "Written on paper.\n\n  Twice.",
    "points-point-1-yes": "2",
    "points-point-1-not_yet": "4",
}


def edition_of(place: World) -> str:
    with db.reading() as session:
        return session.scalars(sa.select(Asked).where(Asked.ref == place.asked)).one().circulation.edition.ref


def test_an_officer_enters_corrects_and_takes_back_through_the_pages(app: Flask, client: Client) -> None:
    place = world()
    edition, at = edition_of(place), f"/asked/{place.asked}/outside"
    client.as_person(place.officer)
    assert f'href="{at}"' in client.get(f"/collation/{edition}/teams").text
    done = client.get(client.post_form(at, BOXES, at="/outside").location)
    assert "from what the team sent on paper" in words(done)
    assert "Written on paper." in words(client.get(f"/collation/{edition}/points/point-0"))
    assert "1 team sent answers outside the service" in words(client.get(f"/collation/{edition}"))
    assert "Answers from outside the service" in words(client.get(f"/collation/{edition}/teams"))
    for name in ("report.docx", "collation.xlsx", "responses.csv"):
        assert client.get(f"/collation/{edition}/{name}").status_code == 200
    again = client.post_form(at, {"points-point-0-words": "Put right."}, at="/outside")
    assert again.status_code == 303
    page = words(client.get(f"/collation/{edition}/points/point-0"))
    assert "Put right." in page and "Written on paper." not in page
    client.as_person(place.leader)
    team = words(client.get(f"/teams/{place.team}"))
    assert "from what the team sent on paper" in team
    assert "Record your discussion" in team, "the team can still record it here"
    client.as_person(place.officer)
    client.post_form(at, {}, at="/take-back")
    assert "Put right." not in client.get(f"/collation/{edition}/points/point-0").text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"received": None, "month": "", "setting": None, "present": ""}, {"received", "month", "setting", "present"}),
        ({"points-point-1-yes": "9"}, {"points-point-1-yes"}),
        ({"month": "2999-01-01"}, {"month"}),
        ({"points-point-0-words": "", "points-point-1-yes": "", "points-point-1-not_yet": ""}, set()),
    ],
)
def test_what_cannot_be_used_is_said_and_what_was_typed_stays(
    app: Flask, client: Client, change: dict[str, Any], told: set[str]
) -> None:
    place = world()
    client.as_person(place.officer)
    page = client.post_form(f"/asked/{place.asked}/outside", {**BOXES, **change}, at="/outside")
    assert page.status_code == 422
    assert set(faults(page)) >= told
    assert told or "Write at least one answer" in words(page)
    if "points-point-0-words" not in change:
        assert "Written on paper." in page.text


FOUND = {"points-point-0-words": "Ring 01323 555778.", "points-point-2-words": "The mother's number is 01323 555778."}
STAYS = "Leave it in and enter these answers"


def entered(place: World) -> list[str]:
    with db.reading() as session:
        rows = sa.select(OutsideAnswer.words).join(Outside).join(Asked, Asked.id == Outside.asked_id)
        return list(session.scalars(rows.where(Asked.ref == place.asked, OutsideAnswer.words != "")))


def test_each_piece_that_looks_like_somebodys_is_shown_beside_its_place_before_it_is_kept(
    app: Flask, client: Client
) -> None:
    place, at = world(), "/outside"
    client.as_person(place.officer)
    shown = client.post_form(f"/asked/{place.asked}/outside", {**BOXES, **FOUND}, at=at)
    assert shown.status_code == 200 and entered(place) == []
    said = words(shown)
    assert "“01323 555778” looks like a telephone number Change it in question 1, Change it in question 3" in said
    assert STAYS in said and "Nothing is entered yet" in said
    for field, text in FOUND.items():
        assert form_at(shown, at)[field] == text
        assert f'href="#{field}"' in shown.text and f'id="{field}"' in shown.text
    changed = {**form_at(shown, at), **dict.fromkeys(FOUND, "Ring us.")}
    assert client.post(f"/asked/{place.asked}/outside", data=changed).status_code == 303
    assert entered(place) == ["Ring us."] * 2


def test_a_piece_may_stay_and_one_that_came_since_is_shown_with_it(app: Flask, client: Client) -> None:
    place = world()
    at = f"/asked/{place.asked}/outside"
    client.as_person(place.officer)
    shown = form_at(client.post_form(at, {**BOXES, **FOUND}, at="/outside"), "/outside")
    more = {**shown, "points-point-0-words": "Ring 01323 555778 or write to somebody@nowhere.example."}
    again = client.post(at, data=more)
    assert again.status_code == 200 and entered(place) == []
    assert "“somebody@nowhere.example” is an email address" in words(again)
    assert client.post(at, data=form_at(again, "/outside")).status_code == 303
    assert entered(place) == [more["points-point-0-words"], FOUND["points-point-2-words"]]


def test_nothing_is_asked_about_the_partnerships_own_numbers(app: Flask, client: Client) -> None:
    place = world()
    client.as_person(place.officer)
    with db.reading() as session:
        partnership = session.scalars(sa.select(Asked).where(Asked.ref == place.asked)).one().circulation.partnership
        numbers = " or ".join(number for _, number in partnership.numbers_to_call)
    answers = {**BOXES, "points-point-0-words": numbers}
    assert client.post_form(f"/asked/{place.asked}/outside", answers, at="/outside").status_code == 303


def test_every_list_says_that_the_partnership_entered_it(app: Flask, client: Client) -> None:
    place = world()
    client.as_person(place.officer)
    at = f"/asked/{place.asked}/outside"
    shown = form_at(client.post_form(at, {**BOXES, **FOUND}, at="/outside"), "/outside")
    before = [words(browser_of(app, who).get("/home")) for who in (place.leader, place.lead)]
    assert client.post(at, data=shown).status_code == 303
    after = [words(browser_of(app, who).get("/home")) for who in (place.leader, place.lead)]
    with db.reading() as session:
        edition = session.scalars(sa.select(Edition.ref).join(Outside, Outside.edition_id == Edition.id)).one()
    after.append(words(client.get(f"/collation/{edition}/statuses")))
    assert ["Entered by the" in said for said in (*before, *after)] == [False, False, True, True, True]
