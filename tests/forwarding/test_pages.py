"""The page of minutes: what the lead reads and decides on it, and what the team reads."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.database import db
from app.forwarding import services
from app.forwarding.models import Acknowledgement, Question, Share, Withdrawal
from app.policy import Role
from tests.client import parse
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, change, earlier, faults, form_at, form_of, has_form, tables, words

SAID = {"point-0": "We ring <b>both</b> parents.", "point-1": "Two of us know.", "point-2": "In the open."}


def sent(scene: Scene) -> dict[str, Any]:
    scene.circle.organisation.name = "Community Trust"
    names = {"team": scene.asked.name, "briefing": scene.circle.edition.short_title}
    return {"minutes": scene.sent(at=earlier(), answers=SAID).ref, **names}


def words_of(page: TestResponse, tag: str) -> str:
    return " ".join("".join(next(parse(page).iter(tag)).itertext()).split())


@pytest.fixture
def place(app: Flask) -> Visits:
    """Minutes that wait for the lead."""
    return Visits(app, sent)


def link(page: TestResponse, text: str) -> str:
    """Where a link of a page leads, by its words; empty without one."""
    there = (a.get("href", "") for a in parse(page).iter("a") if "".join(a.itertext()).strip() == text)
    return next(there, "")


def url(place: Visits, name: str = "minutes") -> str:
    return f"/minutes/{place.refs[name]}"


def decide(place: Visits, who: str = "lead", name: str = "minutes", **answers: Any) -> TestResponse:
    """Open the page, fill its form and confirm."""
    return place.browser(who).post_form(url(place, name), answers, at="/decision")


def stored(model: type) -> list[Any]:
    """Rows that belong to the minutes of the trust, not to the noise."""
    with db.reading() as session:
        rows = session.scalars(sa.select(model)).all()
        return [row for row in rows if row.at >= earlier(2)]  # type: ignore[attr-defined]


# What the lead reads and does


def test_the_lead_reads_the_answers_first_and_then_chooses_with_nothing_to_type(place: Visits) -> None:
    page = place.page("lead", url(place))
    said = words(page)
    order = [
        "Recorded by Leader",
        *SAID.values(),
        "Word copy of these minutes",
        "What should happen with these answers?",
        f"I have this. Share the answers with the {place.short_name}",
        "Answers to share",
        "sees Community Trust’s name beside the answers, not the team’s. A quotation in a report names neither.",
        "May be quoted",
        "I have this. Do not share for now",
        "Ask the team a question first",
        "Confirm as Lead, Named Nurse",
        "What happened to these minutes",
    ]
    found = [said.find(part) for part in order]
    assert -1 not in found and found == sorted(found), dict(zip(order, found, strict=True))
    assert words_of(page, "h1") == f"{place.refs['team']}: {place.refs['briefing']}"
    form = form_at(page, "/decision")
    assert form["answers"] == ["point-0", "point-1", "point-2"], "every answer is ticked"
    assert "quotable" not in form and "decision" not in form, "nothing is quoted or decided unasked"
    typed = [e for e in form_of(page, "/decision").iter() if e.tag == "textarea" or e.get("type") == "text"]
    assert [e.get("name") for e in typed] == ["question"]


def test_what_a_choice_reveals_is_there_without_a_script(place: Visits) -> None:
    form = form_of(place.page("lead", url(place)), "/decision")
    revealed = [e for e in form.iter("div") if "conditional" in e.get("class", "")]
    assert len(revealed) == 2
    for part in revealed:
        assert part.get("hidden") is None and "--hidden" not in part.get("class", "")


def test_sharing_lets_go_what_is_ticked_and_says_so_to_lead_and_team(place: Visits) -> None:
    answer = decide(place, decision="share", answers=["point-0", "point-2"], quotable=["point-2"])
    assert (answer.status_code, answer.location) == (303, f"{url(place)}?done=shared#decided")
    done = words(place.page("lead", answer.location))
    assert (
        f"Done Shared with the {place.short_name}: answers 1 and 3; answer 3 may be quoted. The {place.short_name} sees"
        in done
    )
    page = words(place.page("lead", url(place)))
    assert f"Shared with the {place.short_name}. Lead, Named Nurse, shared 2 answers on" in page
    assert "Lead, Named Nurse, said “I have this” on" in page
    assert "Change what happens with these answers" in page
    team = words(place.page("leader", url(place)))
    assert f"Shared with the {place.short_name}" in team and "Stop sharing" not in team
    seen = [words(place.page("officer", f"/collation/{place.refs['edition']}/points/{key}")) for key in SAID]
    assert [SAID[key] in text for key, text in zip(SAID, seen, strict=True)] == [True, False, True]
    assert ["May be quoted" in text for text in seen] == [False, False, True]


def test_keeping_says_only_that_she_has_them(place: Visits) -> None:
    assert decide(place, decision="keep").status_code == 303
    assert (len(stored(Acknowledgement)), len(stored(Share))) == (1, 0)
    assert "Lead, Named Nurse, said “I have this” on" in words(place.page("leader", url(place)))
    assert "Nothing of it has been shared." in words(place.page("lead", url(place)))


def test_asking_puts_the_question_on_the_teams_page_and_does_not_acknowledge(place: Visits) -> None:
    assert decide(place, decision="ask", question="Who\nwas there?").status_code == 303
    assert (len(stored(Acknowledgement)), len(stored(Question))) == (0, 1)
    team = words(place.page("leader", url(place)))
    assert "Question from Lead" in team and "Lead, Named Nurse, asked the team on" in team
    assert "Who was there?" in team and "Answer the question, or write to Lead: " in team
    browser, asked = place.browser("leader"), stored(Question)[0]
    answer = f"/questions/{asked.ref}/answer"
    assert "Who was there?" in words(browser.get(answer))
    assert browser.post_form(answer, {"words": "Everybody."}, at="/answer").status_code == 303
    assert "Your answer is sent." in words(browser.get(f"{url(place)}?answered=1"))
    assert "Leader answered" in words(place.page("lead", url(place)))


def test_the_same_decision_sent_twice_is_one(place: Visits) -> None:
    browser = place.browser("lead")
    data = {**form_at(browser.get(url(place)), "/decision"), "decision": "share"}
    for _ in range(2):
        assert browser.post(f"{url(place)}/decision", data=data).status_code == 303
    assert (len(stored(Acknowledgement)), len(stored(Share))) == (1, 1)


def test_the_deputy_signs_in_her_own_name(place: Visits) -> None:
    assert "Confirm as Deputy, Deputy safeguarding lead" in words(place.page("deputy", url(place)))
    decide(place, "deputy", decision="keep")
    assert "Deputy has this" in words(place.page("leader", url(place)))


# What cannot be confirmed as it stands


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing chosen": ({}, "decision", "Choose what should happen with these answers."),
    "quoted only": (
        {"decision": "share", "quotable": ["point-1"]},
        "quotable",
        "Answer 2 in the list is ticked to be quoted but not to be shared.",
    ),
    "nothing ticked": (
        {"decision": "share", "answers": None, "quotable": None},
        "answers",
        "Tick at least one answer to share, or choose not to share for now.",
    ),
    "Enter on a tick": ({"decision": "share", "look": "yes"}, "decision", "Nothing has been decided yet."),
    "nothing asked": ({"decision": "ask"}, "question", "Write what you would like to ask the team."),
    "too long": ({"decision": "ask", "question": "x" * 2001}, "question", "Your question to the team: this is 2,001"),
    "asked beside": ({"decision": "share", "question": "Who?"}, "decision", "You wrote a question to the team."),
    "made up": ({"decision": "share", "answers": ["point-9"]}, "answers", "Tick only answers that are shown."),
    "no decision": ({"decision": "destroy"}, "decision", "Choose one of the answers shown."),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_fault_stands_at_its_field_and_everything_chosen_is_kept(place: Visits, why: str) -> None:
    answers, field, message = REFUSED[why]
    before = tables()
    chosen = {"answers": ["point-0", "point-2"], "quotable": ["point-2"], **answers}
    page = decide(place, **chosen)
    assert page.status_code == 422
    assert list(faults(page)) == [field] and faults(page)[field].startswith(message)
    kept = form_at(page, "/decision")
    for name, value in chosen.items():
        known = [v for v in value if v in SAID] if isinstance(value, list) else value
        if known and value != "destroy" and name != "look":
            assert kept[name] == ([known] if name == "decision" else known), name
    assert change(before).keys() <= {"event", "signed_in"}
    assert not stored(Acknowledgement) and not stored(Share)


# After deciding


def test_the_boxes_stand_as_they_were_left_and_other_ticks_take_their_place(place: Visits) -> None:
    decide(place, decision="share", answers=["point-0", "point-2"], quotable=["point-2"])
    page = place.page("lead", url(place))
    form = form_at(page, "/decision")
    assert (form["answers"], form["quotable"]) == (["point-0", "point-2"], ["point-2"])
    assert "Do not share for now" not in words(page), "taking back has a button of its own"
    decide(place, decision="share", answers=["point-1"], quotable=None)
    assert "shared 1 answer on" in words(place.page("lead", url(place)))


def test_sharing_stops_after_a_page_that_asks_and_the_boxes_stand_as_they_were_left(place: Visits) -> None:
    decide(place, decision="share", answers=["point-0", "point-2"], quotable=["point-2"])
    deputy = place.browser("deputy")
    asks = link(deputy.get(url(place)), "Stop sharing these answers")
    assert "It may have read or copied them already." in words(deputy.get(asks))
    answer = deputy.post_form(asks, at="/withdraw")
    assert (answer.status_code, answer.location) == (303, f"{url(place)}?done=stopped#decided")
    page = place.page("lead", url(place))
    said = words(page)
    assert not link(page, "Stop sharing these answers") and "Nothing of it has been shared." not in said
    assert f"Not shared with the {place.short_name} now. Lead shared 2 answers on" in said
    assert "Deputy took that back on" in said
    assert form_at(page, "/decision")["answers"] == ["point-0", "point-2"]
    assert form_at(page, "/decision")["quotable"] == ["point-2"]
    assert len(stored(Withdrawal)) == 1
    assert deputy.get(asks).location == url(place), "nothing is left to stop"


def test_an_old_page_does_not_say_that_sharing_stopped_where_it_did_not(place: Visits) -> None:
    decide(place, decision="share", answers=["point-0"], quotable=None)
    old = place.browser("lead")
    asks = link(old.get(url(place)), "Stop sharing these answers")
    form = form_at(old.get(asks), "/withdraw")
    place.browser("deputy").post_form(asks, at="/withdraw")
    decide(place, decision="share", answers=["point-0"], quotable=None)
    answer = old.post(asks, data=form)
    assert answer.status_code == 409 and "have been shared anew since" in words(answer)
    assert "shared 1 answer on" in words(place.page("lead", url(place)))


def test_the_address_of_a_form_leads_to_the_minutes_when_it_is_opened_as_a_page(place: Visits) -> None:
    answer = place.browser("lead").get(f"{url(place)}/decision")
    assert (answer.status_code, answer.location) == (303, url(place))


def corrected(scene: Scene) -> dict[str, Any]:
    """Version 1 is shared but for one answer; version 2 says something else in one place and more in another."""
    first = scene.sent(at=earlier(), answers={"point-0": "Same", "point-1": "Before"})
    scene.share(first, at=earlier(), point_0=True, point_1=True)
    services.share(
        scene.session,
        scene.actor(scene.lead),
        first,
        scene.circle.partnership.id,
        {r.id: True for r in first.responses if r.point.key == "point-0"},
        now=earlier(),
    )
    second = scene.corrected(first, at=earlier(), answers={"point-0": "Same", "point-1": "After", "point-2": "New"})
    return {"first": first.ref, "minutes": second.ref}


def test_a_corrected_version_begins_with_the_ticks_of_the_one_before(app: Flask) -> None:
    place = Visits(app, corrected)
    page = place.page("lead", url(place))
    form = form_at(page, "/decision")
    assert form["answers"] == ["point-0", "point-2"], "what was kept back stays so; what is new is ticked"
    assert form["quotable"] == ["point-0"]
    assert "(from version 1, which stands until this one is shared)" in words(page)
    assert f"I have this. Share the answers of this version with the {place.short_name}" in words(page)


def test_an_answer_with_other_words_is_not_quoted_for_the_tick_it_had_before(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        first = scene.sent(at=earlier(), answers={"point-0": "Before"})
        scene.share(first, at=earlier(), point_0=True)
        return {"minutes": scene.corrected(first, at=earlier(), answers={"point-0": "After"}).ref}

    form = form_at((place := Visits(app, arrange)).page("lead", url(place)), "/decision")
    assert form["answers"] == ["point-0"] and "quotable" not in form


def test_an_older_version_leads_to_the_newest_and_is_not_shared(app: Flask) -> None:
    place = Visits(app, corrected)
    page = place.page("lead", url(place, "first"))
    assert "The team has corrected these minutes since." in words(page)
    assert url(place) in page.text and not has_form(page, "/decision")
    browser = place.browser("lead")
    token = form_at(browser.get(url(place)), "/decision")["csrf_token"]
    data = {"csrf_token": token, "decision": "share", "answers": ["point-0"]}
    answer = browser.post(f"{url(place, 'first')}/decision", data=data)
    assert answer.status_code == 409 and "corrected version since" in words(answer)
    assert not stored(Acknowledgement), "nothing of a refused decision is kept"


# Two partnerships


def test_of_two_partnerships_those_ticked_are_shared_with(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        _, asked = scene.other_partnership(short_name="WSCP", slug="west", name="A West")
        return {"minutes": scene.sent(scene.leader, scene.asked, asked, at=earlier()).ref}

    place = Visits(app, arrange)
    page = place.page("lead", url(place))
    assert "Share the answers with the partnerships ticked here" in words(page)
    assert "west" in form_at(page, "/decision")["partnerships"]
    page = decide(place, decision="share", partnerships=None)
    assert faults(page) == {"partnerships": "Tick whom to share with."}
    decide(place, decision="share", partnerships=["west"])
    team = words(place.page("leader", url(place)))
    assert "Shared with the WSCP" in team and "Lead has this" in team
    assert f"Shared with the {place.short_name}" not in team


# Her own minutes; nobody there


def test_minutes_of_ones_own_are_the_deputys_to_confirm(app: Flask) -> None:
    place = Visits(app, lambda s: {"minutes": s.sent(s.lead, at=earlier()).ref})
    page = words(place.page("lead", url(place)))
    assert "You recorded these minutes yourself, so they are with Deputy." in page
    assert "I have this." not in page and "Ask the team" not in page
    assert "Do not share" not in page, "they are not, and nothing would say that she chose so"
    assert "Share as Lead, Named Nurse" in page and not list(parse(place.page("lead", url(place))).iter("fieldset"))[3:]
    decide(place, decision="keep")
    decide(place, decision="share")
    assert not stored(Acknowledgement) and len(stored(Share)) == 1
    decide(place, "deputy", decision="share")
    assert [said.name for said in stored(Acknowledgement)] == ["Deputy"]


def test_without_a_deputy_ones_own_minutes_stand_as_recorded_by_the_lead(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        scene.ended(scene.deputy, Role.DEPUTY)
        return {"minutes": scene.sent(scene.lead, at=earlier()).ref}

    page = words((place := Visits(app, arrange)).page("lead", url(place)))
    assert "stand as recorded by the safeguarding lead: nobody needs to confirm having them. You can share" in page


def test_where_there_is_nobody_the_team_reads_that_they_are_kept(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        scene.circle.organisation.name = "Community Trust"
        scene.ended(scene.lead, Role.LEAD)
        scene.ended(scene.deputy, Role.DEPUTY)
        return {"minutes": scene.sent(at=earlier()).ref}

    page = words((place := Visits(app, arrange)).page("leader", url(place)))
    assert "Kept until there is a safeguarding lead" in page
    assert "Community Trust has no safeguarding lead here at the moment. These minutes are kept safe" in page


def test_the_team_reads_its_own_minutes_where_they_stand_and_corrects_them_there(place: Visits) -> None:
    page = place.page("leader", url(place))
    said = words(page)
    assert "With Lead" in said and all(answer in said for answer in SAID.values())
    assert "These minutes were sent by Leader." in said and "Word copy of these minutes" in said
    assert (
        has_form(page, "/correct") and not has_form(page, "/decision") and not link(page, "Stop sharing these answers")
    )
    assert place.browser("leader").post_form(url(place), at="/correct").status_code == 303
    assert not has_form(place.page("lead", url(place)), "/correct")
