"""What a team said it would do is asked about at its next discussion, of whatever briefing, until it is done."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document
from flask import Flask
from sqlalchemy.orm import Session

from app.database import db
from app.discussions.carrying import carried, open_actions
from app.discussions.deeds import News, keys_of, read_news
from app.discussions.drafts import Draft
from app.discussions.models import Action, Minutes
from app.discussions.news import ActionNews, Became
from app.forwarding.document import minutes_document
from app.forwarding.making import facts
from app.policy import Role
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.discussions import sheets, worlds
from tests.discussions.test_uploads import upload
from tests.discussions.worlds import World, faults, form_at, words
from tests.forwarding.visits import statements

BEFORE = date(2026, 11, 4)
DUE = date(2026, 11, 12)


def said(session: Session, circle: make.Circle, *whats: str, by: date | None = DUE, **values: Any) -> Minutes:
    """Minutes of the team about another briefing, of an earlier meeting, with actions."""
    if not (asked := values.pop("asked", None)):
        other = make.circulate(session, circle.partnership, make.edition(session), [circle.teams[0]])
        asked = other.asked[0]
    made = make.minutes(session, asked, circle.leader, **{"held_on": BEFORE, **values})
    for position, what in enumerate(whats):
        made.actions.append(Action(position=position, what=what, who="Duty worker", by=by))
    session.flush()
    return made


def tell(session: Session, minutes: Minutes, about: Minutes, how: Became, position: int = 0, **values: Any) -> None:
    """A later record says something about an action."""
    key = list(keys_of(about.thread, [action.what for action in about.actions]))[position]
    minutes.news.append(ActionNews(action_id=about.actions[position].id, key=key, how=how, **values))
    session.flush()


@pytest.fixture
def circle(session: Session) -> make.Circle:
    return make.circle(session)


def names(session: Session, circle: make.Circle, who: Any = None) -> list[str]:
    actor = make.actor_of(session, who or circle.leader)
    return [one.what for one in open_actions(session, actor, circle.teams[0])]


def draft_of(session: Session, circle: make.Circle, **values: Any) -> Draft:
    where = {"organisation_id": circle.asked.organisation_id, "asked_id": circle.asked.id}
    by = {"begun_at": NOW, "changed_at": NOW, "changed_by_id": circle.leader.id}
    return make.kept(session, Draft(**where, **by, **values))


def offered(session: Session, circle: make.Circle, draft: Draft) -> Sequence[str]:
    return [one.what for one in carried(session, make.actor_of(session, circle.leader), draft).values()]


def test_an_action_is_open_until_it_is_done_or_no_longer_needed(session: Session, circle: make.Circle) -> None:
    first = said(session, circle, "Ring fathers", "Order leaflets", "Book training")
    later = said(session, circle, held_on=date(2026, 11, 10))
    tell(session, later, first, Became.DONE, 0)
    tell(session, later, first, Became.STILL, 1, by=date(2027, 1, 8))
    tell(session, later, first, Became.DROPPED, 2, because="The council does it.")
    assert names(session, circle) == ["Order leaflets"]
    (left,) = open_actions(session, make.actor_of(session, circle.lead), circle.teams[0])
    assert (left.by, left.how) == (date(2027, 1, 8), Became.STILL)
    assert left.due(date(2026, 12, 1)) == "by 8 January 2027"
    assert left.due(date(2027, 2, 1)) == "was due by 8 January 2027"
    assert first.actions[1].by == DUE, "the action stays as it was agreed"


def test_of_a_corrected_record_the_newest_version_counts_and_what_was_said_of_it_holds(
    session: Session, circle: make.Circle
) -> None:
    first = said(session, circle, "Ring fathers", "Order leaflets", "Book training")
    later = said(session, circle, held_on=date(2026, 11, 10))
    tell(session, later, first, Became.DONE, 0)
    asked = session.get_one(type(circle.asked), first.covers[0].asked_id)
    said(session, circle, "Order more leaflets", "Ring  fathers", asked=asked, thread=first.thread, version=2)
    assert names(session, circle) == ["Order more leaflets"], "one was taken away, one reworded, one is done"
    of_later = session.get_one(type(asked), later.covers[0].asked_id)
    again = said(session, circle, held_on=date(2026, 11, 10), asked=of_later, thread=later.thread, version=2)
    assert not again.news
    assert names(session, circle) == ["Order more leaflets", "Ring  fathers"], "the correction no longer says done"


def test_the_same_words_twice_are_two_actions(session: Session, circle: make.Circle) -> None:
    first = said(session, circle, "Book training", "Book training")
    later = said(session, circle, held_on=date(2026, 11, 10))
    tell(session, later, first, Became.DONE, 1)
    assert names(session, circle) == ["Book training"]


def test_it_is_asked_about_at_a_later_meeting_only_and_not_by_the_record_it_stands_in(
    session: Session, circle: make.Circle
) -> None:
    first = said(session, circle, "Ring fathers")
    day = {"day": "18", "month": "11", "year": "2026"}
    draft = draft_of(session, circle, content={"held_on": day})
    assert offered(session, circle, draft) == ["Ring fathers"]
    draft.content = {"held_on": {**day, "day": "4"}}
    assert offered(session, circle, draft) == [], "that is the day on which it was agreed"
    draft.content = {"held_on": {**day, "day": "x"}}
    assert offered(session, circle, draft) == ["Ring fathers"]
    draft.corrects = first.thread
    assert offered(session, circle, draft) == []


def test_what_a_draft_says_something_about_stays_on_its_page_though_it_was_done_meanwhile(
    session: Session, circle: make.Circle
) -> None:
    first = said(session, circle, "Ring fathers", "Order leaflets")
    keys = list(keys_of(first.thread, ["Ring fathers", "Order leaflets"]))
    draft = draft_of(session, circle, content={"news": {keys[1]: {"how": "still", "by": "", "because": ""}}})
    tell(session, said(session, circle, held_on=date(2026, 11, 10)), first, Became.DONE, 1)
    assert offered(session, circle, draft) == ["Order leaflets", "Ring fathers"]


def test_nobody_else_reads_what_a_team_will_do(session: Session, circle: make.Circle) -> None:
    said(session, circle, "Ring fathers")
    for who in (circle.officer, circle.reviewer, circle.noise_leader, circle.noise_lead):
        assert names(session, circle, who) == []
    assert names(session, circle, circle.deputy) == ["Ring fathers"]
    south = make.person(session)
    make.appoint(session, south, Role.LEADER, circle.organisation, (circle.teams[1],))
    assert names(session, circle, south) == []


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"how": "", "by": "", "because": "No money."}, "news-0-how", "choose what became of it"),
        ({"how": "dropped", "by": "", "because": " "}, "news-0-because", "why it is no longer needed"),
        ({"how": "dropped", "by": "", "because": "x" * 2001}, "news-0-because", "2,001 characters"),
        ({"how": "still", "by": "soon", "because": ""}, "news-0-by", "write a date such as"),
        ({"how": "odd", "by": "2027-01-01", "because": ""}, "news-0-how", "choose what became of it"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(typed: Any, field: str, told: str) -> None:
    amiss: list[Any] = []
    read_news({"key": typed}, amiss)
    assert [fault.field for fault in amiss] == [field] and told in amiss[0].message


def test_what_was_typed_under_another_choice_is_not_part_of_the_record() -> None:
    amiss: list[Any] = []
    typed: Any = {"a": {"how": "done", "by": "soon", "because": "Old words"}, "b": {"how": "", "by": "", "because": ""}}
    assert read_news(typed, amiss) == (News(key="a", how=Became.DONE),) and not amiss


# On the pages


@pytest.fixture
def place(app: Flask) -> World:
    return worlds.world(lambda session, circle: said(session, circle, "Ring fathers", "Order leaflets"))


def stored() -> list[tuple[str, Became, date | None, str]]:
    with db.reading() as session:
        rows = session.scalars(sa.select(ActionNews).order_by(ActionNews.id)).all()
        return [(row.action.what, row.how, row.by, row.because) for row in rows]


def to_check(client: Client, place: World, **typed: str) -> str:
    """Pages 1 and 2, the second as it is typed; the address of the last."""
    answer = client.post_form(worlds.begin(client, place), {**typed, "do": "continue"}, at="/said")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


NEWS = {
    "news-0-how": "still",
    "news-0-by": "8 Jan 2027",
    "news-1-how": "dropped",
    "news-1-because": "Ring 07700 900123 instead.",
    "points-point-0-words": "Yes.",
}


def test_the_page_asks_about_each_action_in_plain_words_and_keeps_what_cannot_be_used_yet(
    leader: Client, place: World
) -> None:
    second = worlds.begin(leader, place)
    page = leader.get(second)
    assert "What your team said before that it would do" in words(page)
    asked = "Ring fathers Duty worker, was due by 12 November 2026. Said on 4 November 2026, about Briefing"
    assert asked in words(page)
    form = form_at(page, "/said")
    assert form["news-0-key"] and form["news-1-key"]
    answer = leader.post_form(second, {**NEWS, "news-1-because": "", "do": "continue"}, at="/said")
    assert answer.status_code == 422 and list(faults(answer)) == ["news-1-because"]
    stood = form_at(leader.get(second), "/said")
    assert (stood["news-0-how"], stood["news-1-how"]) == (["still"], ["dropped"])
    assert stood["news-0-by"] == "8 January 2027"


def test_what_is_said_is_looked_at_once_more_and_kept_beside_the_action(leader: Client, place: World) -> None:
    check = to_check(leader, place, **NEWS)
    shown = words(leader.get(check))
    assert "What became of earlier actions Ring fathers Still to do, now by 8 January 2027" in shown
    assert "“07700 900123” looks like" in shown and "what you say about earlier action 2" in shown
    assert leader.post(check, data=worlds.to_send(leader, check)).status_code == 303
    assert stored() == [
        ("Ring fathers", Became.STILL, date(2027, 1, 8), ""),
        ("Order leaflets", Became.DROPPED, None, "Ring 07700 900123 instead."),
    ]


def test_everybody_who_reads_the_minutes_reads_it_and_the_word_document_says_it(
    app: Flask, leader: Client, place: World
) -> None:
    check = to_check(leader, place, **{**NEWS, "news-1-because": "The council does it."})
    minutes = leader.post(check, data=worlds.to_send(leader, check)).location.removesuffix("/sent")
    for who in (place.leader, place.lead):
        read = words(worlds.browser_of(app, who).get(minutes))
        assert "Order leaflets No longer needed: The council does it." in read
    with db.reading() as session:
        told = facts(session, minutes.rpartition("/")[2])
    tables = Document(io.BytesIO(minutes_document(told))).tables
    lines = [[cell.text for cell in row.cells] for table in tables for row in table.rows]
    assert ["Ring fathers", "Still to do, now by 8 January 2027"] in lines
    team = words(worlds.browser_of(app, place.lead).get(f"/teams/{place.team}"))
    assert "What this team said it would do" in team and "Duty worker, by 8 January 2027. Said on" in team
    assert "Order leaflets" not in team


def test_a_correction_begins_with_what_was_said_and_can_take_it_back(leader: Client, place: World) -> None:
    typed = {"news-0-how": "done", "points-point-0-words": "Yes."}
    receipt = worlds.send(leader, place, **typed)
    said_ = leader.post_form(receipt, {}, at="/correct").location
    page = form_at(leader.get(said_), "/said")
    assert page["news-0-how"] == ["done"] and "news-1-how" not in page
    unchanged = leader.post_form(said_, {"do": "continue"}, at="/said").location
    refused = leader.post_form(unchanged, {"nobody_known": "yes"}, at="/check")
    assert refused.status_code == 422 and "Nothing here differs" in words(refused)
    again = leader.post_form(said_, {"news-0-how": "not_said", "do": "continue"}, at="/said").location
    sent = leader.post_form(again, {"nobody_known": "yes"}, at="/check")
    assert sent.status_code == 303, sent.text
    assert "[removed: Ring fathers: Done]" in words(leader.get(sent.location.removesuffix("/sent")))
    assert "Ring fathers" in words(leader.get(f"/teams/{place.team}"))


def test_two_people_see_one_anothers_words_about_an_action(app: Flask, leader: Client, place: World) -> None:
    second = worlds.begin(leader, place)
    other = worlds.browser_of(app, place.colleague)
    mine, theirs = (form_at(browser.get(second), "/said") for browser in (leader, other))
    saved = other.post(second, data={**theirs, "news-0-how": "done", "do": "later"})
    assert saved.status_code == 303
    clash = leader.post(second, data={**mine, "news-0-how": "still", "do": "continue"})
    assert clash.status_code == 409
    assert "Ring fathers: [removed: Still to do] [added: Done]" in words(clash)
    assert "What is to stay: what became of earlier actions" in words(clash)
    chosen = leader.post(second, data={**form_at(clash, "/said"), "take-news": "theirs", "do": "mine"})
    assert chosen.status_code == 303
    assert form_at(leader.get(second), "/said")["news-0-how"] == ["done"]


def test_what_is_typed_about_an_action_is_saved_by_itself_and_rescued_when_signed_out(
    leader: Client, place: World
) -> None:
    second = worlds.begin(leader, place)
    form = form_at(leader.get(second), "/said")
    answer = leader.post(second, data={**form, "news-1-because": "Half a sent", "do": "autosave"})
    assert answer.status_code == 200, answer.text
    assert form_at(leader.get(second), "/said")["news-1-because"] == "Half a sent"
    form = form_at(leader.get(second), "/said")
    leader.delete_cookie("signed-in", domain="localhost")
    assert leader.post(second, data={**form, "news-1-because": "Half a sentence more"}).status_code in (303, 403)
    back = form_at(leader.as_person(place.leader).get(second), "/said")
    assert back["news-1-because"] == "Half a sentence more"


def test_the_response_sheet_lists_what_is_still_to_do_and_knows_those_lines_when_it_comes_back(
    leader: Client, place: World
) -> None:
    before = leader.get(f"/asked/{place.asked}/sheet.docx").data
    lines = [one.text for one in Document(io.BytesIO(before)).paragraphs]
    at = lines.index("What your team said before that it would do")
    agreed = "Duty worker, was due by 12 November 2026 (said on 4 November 2026)"
    assert lines[at + 2 : at + 4] == [f"Ring fathers – {agreed}", f"Order leaflets – {agreed}"]
    worlds.send(leader, place, **{"news-0-how": "done", "points-point-0-words": "Yes."})
    after = leader.get(f"/asked/{place.asked}/sheet.docx").data
    assert "Ring fathers" not in " ".join(one.text for one in Document(io.BytesIO(after)).paragraphs)
    filled = sheets.edited(before, lambda root: sheets.fill(root, "present", "9"))
    uploaded = upload(leader, place.asked, filled)
    assert uploaded.status_code == 303
    page = words(leader.get(uploaded.location))
    assert "What your Word sheet says is in the boxes below" in page
    assert "Ring fathers" not in page and "outside the boxes" not in page, "a line of the sheet is nobody's text"


def test_an_action_that_was_reworded_meanwhile_keeps_what_was_typed_and_sends_nothing(
    leader: Client, place: World
) -> None:
    second = worlds.begin(leader, place)
    typed = {"news-0-how": "dropped", "news-0-because": "Not ours.", "do": "continue"}
    check = leader.post_form(second, typed, at="/said").location
    with db.writing() as session:
        action = session.scalars(sa.select(Action).where(Action.what == "Ring fathers")).one()
        sa.orm.attributes.set_committed_value(action, "what", "Ring both parents")
        sa.orm.attributes.flag_modified(action, "what")
    assert "changed or taken away since is not sent: “No longer needed: Not ours.”" in words(leader.get(check))
    page = leader.get(second)
    assert "An action that was changed or taken away since" in words(page) and "Ring both parents" in words(page)
    assert leader.post_form(check, {"nobody_known": "yes"}, at="/check").status_code == 303
    assert stored() == []


def test_the_pages_take_no_more_statements_for_more_actions(app: Flask, leader: Client, place: World) -> None:
    second = worlds.begin(leader, place)
    team = f"/teams/{place.team}"
    few = [statements(app, leader, url) for url in (second, team)]

    with db.writing() as session:
        minutes = session.scalars(sa.select(Minutes).where(Minutes.actions.any())).one()
        minutes.actions.extend(Action(position=n, what=f"Deed {n}") for n in range(2, 30))
    assert [statements(app, leader, url) for url in (second, team)] == few
