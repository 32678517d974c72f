"""The side doors: correcting, a further meeting, a second briefing, another reply, throwing away; and who may enter."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.database import db
from app.discussions.drafts import Draft
from app.discussions.models import Discussion, Minutes, Reply
from tests import factories as make
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import MEETING, World, faults, form_at, words


def count(model: type) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def correct(client: Client, receipt: str) -> str:
    """Press "Correct these minutes" on a receipt; where that leads."""
    return client.post_form(receipt, at="/correct").location


def test_minutes_are_corrected_from_their_receipt(leader: Client, place: World) -> None:
    receipt = worlds.send(leader, place)
    said = correct(leader, receipt)
    assert form_at(leader.get(said), "/said")["points-point-0-words"] == "We talked about it.\n\n  Twice."
    check = leader.post_form(said, {"question_to_lead": "Two questions.", "do": "continue"}, at="/said").location
    page = words(leader.get(check))
    assert "Check and send the correction" in page and "What was shared before stays shared" in page
    second = leader.post_form(check, {"nobody_known": "yes"}, at="/check").location
    assert second != receipt and "Your correction is with" in words(leader.get(second))
    with db.reading() as session:
        versions = session.scalars(select(Minutes).order_by(Minutes.version)).all()
        assert [m.version for m in versions] == [1, 2] and count(Discussion) == 1


def test_a_correction_that_changes_nothing_is_not_sent(leader: Client, place: World) -> None:
    said = correct(leader, worlds.send(leader, place))
    answer = leader.post_form(said.replace("said", "check"), {"nobody_known": "yes"}, at="/check")
    assert answer.status_code == 422 and "there is nothing to send" in words(answer)
    assert count(Minutes) == 1


def test_the_first_page_offers_to_correct_or_to_record_a_further_meeting(leader: Client, place: World) -> None:
    worlds.send(leader, place)
    page = leader.get(place.meeting)
    assert "There are minutes already of 1 meeting about this briefing: 18 November 2026" in words(page)
    assert form_at(page, "/meeting")["held_on-day"] == ""
    assert leader.post_form(place.meeting, at="/correct").location.endswith("/said")
    leader.post_form(worlds.correct_away(leader, place), at="/throw-away")
    further = worlds.send(leader, place, question_to_lead="Another?")
    assert count(Minutes) == 2 and further


def test_a_correction_does_not_get_in_the_way_of_an_open_draft(leader: Client, place: World) -> None:
    receipt = worlds.send(leader, place)
    draft = worlds.begin(leader, place)
    answer = leader.post_form(receipt, at="/correct")
    assert answer.status_code == 409 and draft in answer.text and "Throw that draft away" in words(answer)


def test_a_draft_is_thrown_away_after_asking(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    away = said.replace("said", "throw-away")
    assert "lost for good" in words(leader.get(away)) and count(Draft) == 1
    assert leader.post_form(away, at="/throw-away").location == f"/teams/{place.team}"
    assert count(Draft) == 0 and leader.get(said).status_code == 404
    assert leader.get(place.meeting).status_code == 200


def test_a_second_briefing_of_the_same_meeting_begins_with_its_facts(app: Flask) -> None:
    def second(session: Session, circle: make.Circle) -> None:
        make.circulate(session, circle.partnership, make.edition(session, short_title="Neglect"), [circle.teams[0]])

    place = worlds.world(second)
    leader = worlds.browser_of(app, place.leader)
    page = leader.get(worlds.send(leader, place))
    assert "Record another briefing from this meeting: Neglect" in words(page)
    with db.reading() as session:
        other = session.scalars(select(Asked.ref).order_by(Asked.id.desc())).first()
        first = session.scalars(select(Minutes.ref)).one()
    url = f"/asked/{other}/meeting?of={first}"
    shown = form_at(leader.get(url), "/meeting")
    assert (shown["held_on-day"], shown["present"], shown["setting"]) == ("18", "8", ["team_meeting"])
    check = leader.post_form(
        leader.post_form(url, {"do": "continue"}, at="/meeting").location, {"do": "continue"}, at="/said"
    )
    leader.post_form(check.location, {"nobody_known": "yes"}, at="/check")
    assert (count(Minutes), count(Discussion)) == (2, 1)
    made_up = form_at(leader.get(f"/asked/{other}/meeting?of={'0' * 12}"), "/meeting")
    assert made_up["held_on-day"] == ""


def test_other_teams_are_ticked_on_the_first_page(app: Flask, place: World) -> None:
    lead = worlds.browser_of(app, place.lead)
    page = lead.get(place.meeting)
    assert "Was it a meeting of other teams too?" in words(page) and place.foreign not in page.text
    bad = lead.post_form(place.meeting, {**MEETING, "also": [place.foreign], "do": "continue"}, at="/meeting")
    assert bad.status_code == 422 and faults(bad) == {"also": "Tick only answers that are shown."}
    said = lead.post_form(place.meeting, {**MEETING, "also": [place.south], "do": "continue"}, at="/meeting").location
    lead.post_form(said, {"no_notes": "yes", "do": "continue"}, at="/said")
    page = words(lead.get(said.replace("said", "check")))
    assert "the team discussed this and took no notes" in page and "No notes" in page and "Not discussed" not in page
    assert lead.post_form(said.replace("said", "check"), {"nobody_known": "yes"}, at="/check").status_code == 303
    with db.reading() as session:
        assert {c.asked.ref for c in session.scalars(select(Minutes)).one().covers} == {place.asked, place.south}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "kind"),
        ({"kind": "bored"}, "kind"),
        ({"kind": "not_relevant", "discussed_with": "us"}, "because"),
        ({"kind": "discussed_elsewhere", "because": "no"}, "discussed_with"),
        ({"kind": "not_relevant", "because": "x" * 2_001}, "because"),
    ],
)
def test_another_reply_wants_its_words(leader: Client, place: World, given: dict[str, str], field: str) -> None:
    answer = leader.post_form(f"/asked/{place.asked}/other", given, at="/other")
    assert answer.status_code == 422 and list(faults(answer)) == [field]
    shown = form_at(answer, "/other")
    assert all(shown[name] in (text, [text]) for name, text in given.items() if name != "kind")
    assert count(Reply) == 0


def test_another_reply_is_kept_shown_and_may_be_followed_by_minutes(leader: Client, place: World) -> None:
    url = f"/asked/{place.asked}/other"
    given = {"kind": "not_relevant", "because": "We see <b>adults</b> only.", "discussed_with": "nobody"}
    for _ in range(2):
        answer = leader.post_form(url, given, at="/other", follow_redirects=True)
    assert "Your answer is kept" in words(answer) and "We see <b>adults</b> only." in words(answer)
    assert count(Reply) == 1
    given = {"kind": "discussed_elsewhere", "discussed_with": "the duty\r\nteam"}
    leader.post_form(url, given, at="/other")
    assert "the duty team" in words(leader.get(url))
    worlds.send(leader, place)
    assert count(Minutes) == 1


def test_what_looks_like_somebody_s_in_a_reply_is_shown_once_before_the_partnership_reads_it(
    leader: Client, place: World
) -> None:
    url = f"/asked/{place.asked}/other"
    given = {"kind": "not_relevant", "because": "Ring Mrs Patel on 07700 900321."}
    page = leader.post_form(url, given, at="/other")
    assert "“07700 900321” looks like a telephone number" in words(page) and "Nothing is kept yet." in words(page)
    assert count(Reply) == 0 and form_at(page, "/other")["because"] in (given["because"], [given["because"]])
    page = leader.post(url, data={**form_at(page, "/other"), "because": "Ring her on 07700 900322."})
    assert "“07700 900322” looks like" in words(page) and count(Reply) == 0, "another number is another piece"
    assert leader.post(url, data=form_at(page, "/other")).status_code == 303 and count(Reply) == 1


def test_foreign_and_made_up_references_answer_alike_on_every_page(app: Flask, place: World, leader: Client) -> None:
    receipt = worlds.send(leader, place)
    draft = worlds.begin(leader, place).split("/")[2]
    minutes = receipt.split("/")[2]
    stranger = worlds.browser_of(app, place.stranger)
    pages = [(f"/asked/{{}}/{name}", place.asked) for name in ("meeting", "other")]
    pages += [(f"/drafts/{{}}/{name}", draft) for name in ("said", "saved", "check", "throw-away")]
    pages += [("/minutes/{}/sent", minutes)]
    for url, ref in pages:
        foreign, made_up = stranger.get(url.format(ref)), stranger.get(url.format("0" * 12))
        assert foreign.status_code == made_up.status_code == 404
        assert foreign.data == made_up.data
    token = form_at(stranger.get(f"/asked/{place.foreign}/meeting"), "/meeting")["csrf_token"]
    before = count(Minutes), count(Draft), count(Reply)
    for url, ref in [*pages, ("/minutes/{}/correct", minutes)]:
        if url.endswith(("saved", "sent")):
            continue
        data = {"csrf_token": token, **MEETING, "kind": "not_relevant", "because": "x", "do": "later"}
        assert stranger.post(url.format(ref), data=data).status_code == 404
    assert (count(Minutes), count(Draft), count(Reply)) == before


def test_an_officer_sees_what_was_asked_but_records_nothing(app: Flask, place: World) -> None:
    officer = worlds.browser_of(app, place.officer)
    for name in ("meeting", "other"):
        assert officer.get(f"/asked/{place.asked}/{name}").status_code == 403


def test_the_pages_take_the_same_few_queries_for_many_teams_and_answers(app: Flask) -> None:
    small, large = counted(app, teams=2, points=2), counted(app, teams=30, points=12)
    assert small == large
    assert max(large.values()) <= 11


def counted(app: Flask, *, teams: int, points: int) -> dict[str, int]:
    """How many statements each page takes for a lead of so many teams and an edition of so many points."""

    def more(session: Session, circle: make.Circle) -> None:
        text = make.edition(session, points=points)
        places = [make.team(session, circle.organisation) for _ in range(teams)]
        for asker in (circle.partnership, make.partnership(session)):
            refs.extend(asked.ref for asked in make.circulate(session, asker, text, places).asked)

    refs: list[str] = []
    place = worlds.world(more)
    lead = worlds.browser_of(app, place.lead)
    url = f"/asked/{refs[0]}/meeting"
    said = lead.post_form(url, {**MEETING, "also": refs[1:teams], "do": "continue"}, at="/meeting").location
    answers = {f"points-point-{n}-words": "x" for n in range(points)}
    check = lead.post_form(said, {**answers, "do": "continue"}, at="/said").location
    found = {"meeting": statements(lead, url), "said": statements(lead, said), "check": statements(lead, check)}
    receipt = lead.post_form(check, {"nobody_known": "yes"}, at="/check").location
    return {**found, "sent": statements(lead, receipt), "other": statements(lead, url.replace("meeting", "other"))}


def statements(client: Client, url: str) -> int:
    seen: list[str] = []
    engine = client.application.extensions["database_engine"]

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    assert client.get(url).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
