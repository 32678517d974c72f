"""What goes with shared answers, what the lead sees of what she ticks, and pages that were opened before something was
decided elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from flask import Flask
from werkzeug.test import TestResponse

from app.database import db
from app.discussions.models import Action, Minutes
from app.forwarding import services
from app.forwarding.models import Acknowledgement, Question, Share
from app.upgrading import upgrade
from tests.client import Client, parse
from tests.database.test_migrations import configuration
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, earlier, faults, form_at, words

LONG = " ".join(
    ["We ring both parents and write down who said what."] * 4 + ["When nobody answers we ring again the next day."]
)
DOES, ASKS = "Ring both parents.", "Who offers the training?"
SAID = {"point-0": LONG, "point-1": "Two of us know.", "point-2": "In the open."}


def sent(scene: Scene) -> dict[str, Any]:
    scene.circle.partnership.short_name, scene.circle.organisation.name = "ESSCP", "Community Trust"
    for number, point in enumerate(scene.circle.edition.points):
        point.note = f"Note number {number}."
    whole = {"actions": [Action(position=0, what=DOES, who="Dr Secret")], "question_to_partnership": ASKS}
    return {"minutes": scene.sent(at=earlier(), answers=SAID, **whole).ref}


@pytest.fixture
def place(app: Flask) -> Visits:
    return Visits(app, sent)


def url(place: Visits) -> str:
    return f"/minutes/{place.refs['minutes']}"


def opened(place: Visits, who: str = "lead") -> tuple[Client, dict[str, Any]]:
    """A tab: a browser, and the form as it stands there."""
    browser = place.browser(who)
    return browser, form_at(browser.get(url(place)), "/decision")


def pressed(place: Visits, tab: tuple[Client, dict[str, Any]], **answers: Any) -> TestResponse:
    data = {name: value for name, value in {**tab[1], **answers}.items() if value is not None}
    return tab[0].post(f"{url(place)}/decision", data=data)


def given() -> list[tuple[int, bool, bool]]:
    """Each share of the trust: how many answers, and whether what the team will do and its question went along."""
    with db.reading() as session:
        shares = session.scalars(sa.select(Share).where(Share.at >= earlier(2)).order_by(Share.id))
        return [(len(share.answers), share.lets_actions, share.lets_question) for share in shares]


def count(model: type) -> int:
    with db.reading() as session:
        return len([row for row in session.scalars(sa.select(model)) if row.at >= earlier(2)])


# What goes with the answers


def test_what_the_team_will_do_and_its_question_have_ticks_of_their_own(place: Visits) -> None:
    tab = opened(place)
    assert tab[1]["parts"] == ["actions", "question"], "ticked like the answers"
    answer = pressed(place, tab, decision="share", parts=["actions"])
    assert given() == [(3, True, False)]
    said = words(tab[0].get(answer.location))
    assert (
        "Done Shared with the ESSCP: answers 1, 2 and 3 and what the team will do; none may be quoted. The ESSCP"
        in said
    )
    assert f"{DOES} – Dr Secret Shared, without who and by when" in said
    assert f"{ASKS} Not shared" in said
    assert opened(place)[1]["parts"] == ["actions"], "the ticks stand as they were left"


@pytest.mark.parametrize("parts", [["actions"], ["question"], None])
def test_the_partnership_sees_no_part_that_was_held_back_on_any_page_or_file(place: Visits, parts: Any) -> None:
    pressed(place, opened(place), decision="share", parts=parts)
    at, officer = f"/collation/{place.refs['edition']}", place.browser("officer")
    seen = officer.get(f"{at}/teams").text + officer.get(f"{at}/responses.csv").text
    assert (DOES in seen) is ("actions" in (parts or [])) and (ASKS in seen) is ("question" in (parts or []))
    assert "Secret" not in seen


def test_where_there_is_nothing_to_hold_back_no_tick_is_offered(app: Flask) -> None:
    place = Visits(app, lambda scene: {"minutes": scene.sent(at=earlier()).ref})
    tab = opened(place)
    assert "parts" not in tab[1]
    pressed(place, tab, decision="share")
    assert given() == [(3, True, True)]
    assert "What goes with them" not in words(tab[0].get(url(place)))


def test_ticking_a_part_again_shares_anew(place: Visits) -> None:
    pressed(place, opened(place), decision="share", parts=None)
    pressed(place, opened(place), decision="share", parts=["question"])
    assert given() == [(3, False, False), (3, False, True)]


def test_shares_that_were_given_before_there_were_parts_keep_both(place: Visits) -> None:
    pressed(place, opened(place), decision="share", parts=None)
    with db.reading() as session:
        address = session.get_bind().engine.url.render_as_string(hide_password=False)
    place.app.extensions["database_engine"].dispose()
    command.downgrade(configuration(address), "0009")
    upgrade(address)
    assert given() == [(3, True, True)]


def test_the_beginning_of_an_answer_stands_under_each_of_its_ticks(place: Visits) -> None:
    said = words(place.page("lead", url(place)))
    beginning = f"{LONG[: LONG.index(' the next')]}…"
    assert len(beginning) <= 241 and said.count(beginning) == 2, "to share it, and to quote it"
    assert said.count(LONG) == 1 and said.count("Two of us know.") == 3
    assert said.count(DOES) == 2 and said.count(ASKS) == 2


def test_what_the_discussion_was_meant_to_bring_out_is_folded_beside_each_answer_for_the_lead_only(
    place: Visits,
) -> None:
    folded = [e for e in parse(place.page("lead", url(place))).iter("details") if e.get("open") is None]
    assert [f"Note number {number}." in "".join(e.itertext()) for number, e in enumerate(folded)] == [True] * 3
    assert "Note number" not in words(place.page("leader", url(place)))


# A page that was opened before


def test_an_old_page_does_not_widen_what_was_shared_meanwhile(place: Visits) -> None:
    one, other = opened(place), opened(place)
    assert pressed(place, one, decision="share", answers=["point-0"]).status_code == 303
    page = pressed(place, other, decision="share", quotable=["point-2"])
    assert (page.status_code, given()) == (409, [(1, True, True)])
    (said,) = faults(page).values()
    assert said.startswith("You shared 1 answer with the ESSCP on ")
    assert said.endswith(" after you opened this page. Look at it again, then decide.")
    kept = form_at(page, "/decision")
    assert kept["answers"] == ["point-0", "point-1", "point-2"] and kept["quotable"] == ["point-2"], "the ticks stand"
    assert "Shared with the ESSCP." in words(page) and "Stop sharing these answers" in words(page)
    assert "To stop sharing: take the answers back from the ESSCP" in words(page)
    again = other[0].post(f"{url(place)}/decision", data=kept)
    assert (again.status_code, given()) == (303, [(1, True, True), (3, True, True)]), "now she knows"


def test_a_page_that_one_person_opened_is_not_confirmed_in_the_name_of_another(place: Visits) -> None:
    hers, browser = opened(place), opened(place, "deputy")
    page = pressed(place, (browser[0], {**browser[1], "signing": hers[1]["signing"]}), decision="share")
    assert page.status_code == 409 and not given() and count(Acknowledgement) == 0
    assert next(iter(faults(page).values())).startswith("Lead opened this page and you are Deputy.")
    assert browser[0].post(f"{url(place)}/decision", data=form_at(page, "/decision")).status_code == 303


def test_whoever_takes_every_tick_away_reads_how_to_stop_sharing(place: Visits) -> None:
    pressed(place, opened(place), decision="share")
    page = pressed(place, opened(place), decision="share", answers=[])
    assert page.status_code == 422 and list(faults(page).values()) == [
        "Tick at least one answer to share, or follow “Stop sharing these answers” on this page."
    ]
    assert "Stop sharing these answers" in words(page)


def test_an_old_page_on_which_nothing_is_to_be_shared_says_how_to_stop(place: Visits) -> None:
    one, other = opened(place, "deputy"), opened(place)
    pressed(place, one, decision="share")
    page = pressed(place, other, decision="keep")
    assert page.status_code == 409
    (said,) = faults(page).values()
    assert said.startswith("Deputy shared 3 answers with the ESSCP on ")
    assert "Look at it again, then decide. To stop sharing, follow “Stop sharing these answers” on this page." in said
    assert "Stop sharing these answers" in words(page) and count(Share) == 1


SINCE = {
    "Deputy asked the team a question on ": lambda scene, minutes: scene.ask(minutes, scene.deputy, at=earlier(0)),
    "Deputy said “I have this” on ": lambda scene, minutes: scene.has(minutes, scene.deputy, at=earlier(0)),
}


@pytest.mark.parametrize("told", SINCE)
@pytest.mark.parametrize("decision", ["share", "ask"])
def test_whatever_was_decided_meanwhile_is_told_and_nothing_is_done(place: Visits, told: str, decision: str) -> None:
    tab = opened(place)
    place.does(lambda scene: SINCE[told](scene, scene.session.scalars(mine(place)).one()))
    before = count(Share), count(Question), count(Acknowledgement)
    page = pressed(place, tab, decision=decision, question="Which?" if decision == "ask" else "")
    assert page.status_code == 409 and next(iter(faults(page).values())).startswith(told)
    assert (count(Share), count(Question), count(Acknowledgement)) == before
    assert decision == "share" or "Which?" in page.text


def mine(place: Visits) -> sa.Select[Any]:
    return sa.select(Minutes).where(Minutes.ref == place.refs["minutes"])


def test_what_was_taken_back_meanwhile_is_not_shared_again_by_an_old_page(place: Visits) -> None:
    pressed(place, opened(place), decision="share", answers=["point-0"])
    old = opened(place)

    def back(scene: Scene) -> None:
        share = scene.session.scalars(sa.select(Share).where(Share.minutes.has(ref=place.refs["minutes"]))).one()
        services.withdraw(scene.session, scene.actor(scene.deputy), share, now=earlier(0))

    place.does(back)
    page = pressed(place, old, decision="share")
    assert page.status_code == 409
    assert next(iter(faults(page).values())).startswith("Deputy took back what was shared with the ESSCP on ")


@pytest.mark.parametrize(
    "chosen",
    [
        {"decision": "share", "answers": ["point-0"], "quotable": ["point-0"], "parts": ["question"]},
        {"decision": "keep"},
        {"decision": "ask", "question": " Who\r\nwas there? "},
    ],
)
def test_the_same_decision_pressed_twice_is_answered_alike_and_is_one(place: Visits, chosen: dict[str, Any]) -> None:
    tab = opened(place)
    first, second = (pressed(place, tab, **chosen) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location) and first.status_code == 303
    assert (count(Share), count(Question)) in [(1, 0), (0, 0), (0, 1)] and count(Acknowledgement) <= 1


def test_keeping_what_the_deputy_has_by_now_is_no_conflict(place: Visits) -> None:
    tab = opened(place)
    pressed(place, opened(place, "deputy"), decision="keep")
    assert pressed(place, tab, decision="keep").status_code == 303


# What was done


def test_not_sharing_a_correction_says_that_the_version_before_stands_and_how_to_stop(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        scene.circle.partnership.short_name = "ESSCP"
        first = scene.sent(at=earlier())
        scene.share(first, at=earlier())
        return {"minutes": scene.corrected(first, at=earlier()).ref}

    place = Visits(app, arrange)
    tab = opened(place)
    page = tab[0].get(pressed(place, tab, decision="keep").location)
    assert "Done You have this version. Version 1 is still with the ESSCP. Stop sharing it One email tells" in words(
        page
    )
    assert "Done" not in words(tab[0].get(f"{url(place)}?done=shared")), "nothing is said to be done that is not so"


def test_after_a_decision_the_next_minutes_to_read_are_a_click_away(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        scene.south.team_name = "South"
        other = scene.sent(scene.leader, scene.south, at=earlier(2))
        return {"other": other.ref, "minutes": scene.sent(at=earlier()).ref}

    place = Visits(app, arrange)
    tab = opened(place)
    page = tab[0].get(pressed(place, tab, decision="keep").location)
    assert (
        "Done You have these minutes. Nothing of them is shared. One email tells Leader. Read the next one: South, 18"
        in (words(page))
    )
    links = {" ".join("".join(a.itertext()).split()): a.get("href") for a in parse(page).iter("a")}
    assert links["Read the next one: South, 18 November 2026"] == f"/minutes/{place.refs['other']}"


def test_the_marking_is_printed_on_top_and_forms_are_not_printed(place: Visits) -> None:
    page = place.page("lead", url(place))
    tree = parse(page)
    body = next(tree.iter("body"))
    marked = next(e for e in body.iter() if e.get("class") == "app-marking")
    assert marked.text == "OFFICIAL-SENSITIVE"
    assert page.text.index("app-marking") < page.text.index("<header")
    forms = list(next(tree.iter("main")).iter("form"))
    assert forms and all("app-no-print" in form.get("class", "") for form in forms)
