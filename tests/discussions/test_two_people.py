"""Pages when two people write at once, and when somebody writes on after sending: both texts are kept and shown."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.clock import moment_words
from app.database import db
from app.discussions import beside
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import MEETING, SAID, World, form_at, words


def kept() -> dict[str, object]:
    with db.reading() as session:
        return session.scalars(select(Draft).order_by(Draft.id.desc())).first().content  # type: ignore[union-attr]


def test_the_second_to_save_sees_both_texts_and_may_save_hers(leader: Client, colleague: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    mine, hers = form_at(leader.get(said), "/said"), form_at(colleague.get(said), "/said")
    first = {**hers, "points-point-0-words": "Her <i>words</i>.", "points-point-1-yes": "2", "actions-0-what": "Hers"}
    assert colleague.post(said, data={**first, "do": "continue"}).status_code == 303
    answer = leader.post(said, data={**mine, **SAID, "do": "continue"})
    assert answer.status_code == 409
    assert "Minute taker &lt;b&gt;" in answer.text and "Her &lt;i&gt;words&lt;/i&gt;." in answer.text
    for part in ("2 yes", "Hers", "changed this on"):
        assert part in words(answer)
    assert 'class="app-typed">\n' not in answer.text, "hands stand as high as the words beside them"
    shown = form_at(answer, "/said")
    assert {name: shown[name] for name in SAID} == SAID
    assert leader.post(said, data={**shown, "do": "mine"}).location == said.replace("said", "check")
    earlier = words(leader.get(said.replace("said", "earlier")))
    assert "What the team said, as Minute taker <b> had it on" in earlier and "Her <i>words</i>." in earlier
    assert kept()["question_to_lead"] == SAID["question_to_lead"]


def test_of_each_answer_one_text_the_other_or_both_are_taken(leader: Client, colleague: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    mine, hers = form_at(leader.get(said), "/said"), form_at(colleague.get(said), "/said")
    first = {"points-point-0-words": "Hers, 1.", "points-point-2-words": "Hers, 3.", "points-point-1-yes": "2"}
    colleague.post(said, data={**hers, **first, "actions-0-what": "Hers", "question_to_lead": "Hers?", "do": "later"})
    answer = leader.post(said, data={**mine, **SAID, "points-point-2-words": "Mine, 3.", "do": "continue"})
    shown = form_at(answer, "/said")
    takes = {"take-points-point-0-words": "theirs", "take-points-point-2-words": "both", "take-actions": "both"}
    hands = {"take-points-point-1-hands": "theirs", "take-question_to_partnership": "theirs"}
    assert leader.post(said, data={**shown, **takes, **hands, "do": "mine"}).status_code == 303
    points, actions = kept()["points"], kept()["actions"]
    assert points["point-0"]["words"] == "Hers, 1."  # type: ignore[index]
    assert points["point-2"]["words"] == "Mine, 3.\n\nHers, 3."  # type: ignore[index]
    assert (points["point-1"]["yes"], points["point-1"]["not_yet"]) == ("2", "")  # type: ignore[index]
    assert [row["what"] for row in actions] == [SAID["actions-0-what"], "Hers"]  # type: ignore[attr-defined]
    assert kept()["question_to_lead"] == f"{SAID['question_to_lead']}\n\nHers?", "where nobody chose, no words go"


def test_a_third_save_while_somebody_chooses_is_seen_too(leader: Client, colleague: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    mine = form_at(leader.get(said), "/said")
    colleague.post_form(said, {"question_to_lead": "Hers?", "do": "later"}, at="/said")
    shown = form_at(leader.post(said, data={**mine, "question_to_lead": "Mine?", "do": "later"}), "/said")
    colleague.post_form(said, {"question_to_lead": "Hers again?", "do": "later"}, at="/said")
    chosen = {**shown, "take-question_to_lead": "theirs", "do": "mine"}
    answer = leader.post(said, data=chosen)
    assert answer.status_code == 409 and "Hers again?" in words(answer)
    assert "What you chose is still ticked" in words(answer)
    assert kept()["question_to_lead"] == "Hers again?"
    again = form_at(answer, "/said")
    assert again["take-question_to_lead"] == ["theirs"]
    assert leader.post(said, data={**again, "do": "mine"}).status_code == 303
    assert kept()["question_to_lead"] == "Hers again?"


@pytest.mark.parametrize(
    ("hers", "mine", "stays"),
    [
        ("Hers.", "", "Hers."),
        ("", "Mine.", "Mine."),
        ("We talked. And more.", "We talked.", "We talked. And more."),
        ("We talked.", "We talked. And more.", "We talked. And more."),
        ("Hers.", "Mine.", "Mine.\n\nHers."),
    ],
)
def test_whoever_presses_on_without_a_look_loses_no_words_of_anybody(
    hers: str, mine: str, stays: str, leader: Client, colleague: Client, place: World
) -> None:
    said = worlds.begin(leader, place)
    opened = form_at(leader.get(said), "/said")
    colleague.post_form(said, {"question_to_lead": hers, "points-point-0-words": "Hers.", "do": "later"}, at="/said")
    typed = {**opened, "question_to_lead": mine, "question_to_partnership": "Mine?", "do": "continue"}
    shown = form_at(leader.post(said, data=typed), "/said")
    assert leader.post(said, data={**shown, "do": "mine"}).status_code == 303
    assert kept()["question_to_lead"] == stays
    assert kept()["points"]["point-0"]["words"] == "Hers."  # type: ignore[index]
    assert kept()["question_to_partnership"] == "Mine?"


def test_what_was_chosen_is_not_undone_by_a_second_press(leader: Client, colleague: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    mine = form_at(leader.get(said), "/said")
    colleague.post_form(said, {"question_to_lead": "Hers?", "do": "later"}, at="/said")
    shown = form_at(leader.post(said, data={**mine, "question_to_lead": "Mine?", "do": "later"}), "/said")
    chosen = {**shown, "take-question_to_lead": "both", "do": "mine"}
    assert leader.post(said, data=chosen).status_code == 303
    assert leader.post(said, data=chosen).status_code == 409
    assert kept()["question_to_lead"] == "Mine?\n\nHers?"


def test_whoever_saved_that_page_is_named_and_not_who_saved_another(
    leader: Client, colleague: Client, place: World
) -> None:
    said = worlds.begin(leader, place)
    meeting = f"/asked/{place.asked}/meeting"
    mine = form_at(leader.get(said), "/said")
    colleague.post_form(said, {"question_to_lead": "Hers?", "do": "later"}, at="/said")
    leader.post_form(meeting, {"present": "9", "do": "later"}, at="/meeting")
    answer = leader.post(said, data={**mine, "question_to_lead": "Mine?", "do": "later"})
    assert answer.status_code == 409
    assert "Minute taker <b> changed this on" in words(answer)
    assert "Saved here by Minute taker <b>:" in words(answer)


def test_leaving_after_a_conflict_loses_nothing(leader: Client, colleague: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    mine = form_at(leader.get(said), "/said")
    colleague.post_form(said, {"question_to_lead": "Hers?", "do": "later"}, at="/said")
    assert leader.post(said, data={**mine, "question_to_lead": "Mine?", "do": "later"}).status_code == 409
    assert kept()["question_to_lead"] == "Hers?"
    page = words(leader.get(said))
    assert "Question for the lead: Mine?" in page
    assert f"typed: {moment_words(next(beside.asides(kept(), 'said')).moment)}" in page, "several are told apart"


def test_two_who_begin_at_once_meet_on_the_first_page(leader: Client, colleague: Client, place: World) -> None:
    mine, hers = form_at(leader.get(place.meeting), "/meeting"), form_at(colleague.get(place.meeting), "/meeting")
    assert colleague.post(place.meeting, data={**hers, **MEETING, "present": "9", "do": "continue"}).status_code == 303
    answer = leader.post(place.meeting, data={**mine, **MEETING, "setting": "inset", "do": "continue"})
    assert answer.status_code == 409
    by = "Saved here by Minute taker <b>:"
    assert f"{by} 9" in words(answer) and f"{by} Team meeting" in words(answer)
    shown = form_at(answer, "/meeting")
    assert leader.post(place.meeting, data={**shown, "do": "mine"}).status_code == 303
    assert kept()["present"] == "8" and kept()["setting"] == "inset"
    with db.reading() as session:
        draft = session.scalars(select(Draft)).one().ref
    assert "9 present" in words(leader.get(f"/drafts/{draft}/earlier"))


def test_what_is_typed_after_a_colleague_sent_becomes_a_correction(
    leader: Client, colleague: Client, place: World
) -> None:
    check = worlds.write(leader, place)
    said = check.replace("check", "said")
    mine = form_at(leader.get(said), "/said")
    receipt = colleague.post_form(check, {"nobody_known": "yes"}, at="/check").location
    answer = leader.post(said, data={**mine, "question_to_lead": "One more thing?", "do": "continue"})
    assert answer.status_code == 303 and answer.location not in (said, receipt)
    assert form_at(leader.get(answer.location), "/said")["question_to_lead"] == "One more thing?"
    assert kept()["question_to_lead"] == SAID["question_to_lead"], "it stands beside what was sent, not in its place"


def test_the_first_page_of_a_draft_that_was_sent_or_thrown_away_says_so_and_keeps_the_text(
    leader: Client, colleague: Client, place: World
) -> None:
    check = worlds.write(leader, place)
    mine = form_at(leader.get(place.meeting), "/meeting")
    colleague.post_form(check, {"nobody_known": "yes"}, at="/check")
    answer = leader.post(place.meeting, data={**mine, "present": "9", "do": "continue"})
    assert answer.status_code == 409 and "has been sent or thrown away" in words(answer)
    shown = form_at(answer, "/meeting")
    assert shown["present"] == "9"
    assert leader.post(place.meeting, data={**shown, "do": "mine"}).status_code == 303
    with db.reading() as session:
        assert len(session.scalars(select(Minutes)).all()) == 1


def test_two_people_on_two_pages_do_not_disturb_each_other(leader: Client, colleague: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    mine = form_at(leader.get(said), "/said")
    colleague.post_form(place.meeting, {"present": "9", "do": "continue"}, at="/meeting")
    assert leader.post(said, data={**mine, **SAID, "do": "continue"}).status_code == 303
    assert kept()["present"] == "9" and kept()["question_to_lead"] == "Who can train us?"
