"""What a team left in stands before the lead who decides what is shared, and before nobody outside."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.discussions.looked_at import Stayed, left_in, looks_in
from app.discussions.models import Action, LeftIn, Minutes
from app.discussions.news import ActionNews, Became
from app.identifying import Mark, Why
from tests.conftest import NOW
from tests.forwarding.scene import Scene, counted
from tests.forwarding.visits import Visits, earlier, words

PHONE, MAIL, TITLE = "01323 555778", "somebody@nowhere.example", "Mrs Thistlewood"
LONG = (
    "We ring both parents and write down who said what. " * 4 + "And when nobody answers we ring again the next day: "
)
SAID = {"point-0": f"{LONG}{PHONE}.", "point-1": f"Write to {MAIL}, or ring {PHONE}.", "point-2": "In the open."}
LEFT = [
    ("points-point-0-words", Mark.PHONE, Why.PUBLIC, ""),
    ("points-point-1-words", Mark.PHONE, Why.PUBLIC, ""),
    ("points-point-1-words", Mark.EMAIL, Why.OTHER, "An invented <b>address</b>"),
    ("actions-0-who", Mark.TITLE, Why.WORKER, ""),
]


def sent(scene: Scene, left: list[Any] = LEFT, **values: Any) -> Minutes:
    scene.circle.partnership.short_name, scene.leader.name = "ESSCP", "Leader"
    who = [Action(position=0, what="Ring both parents.", who=TITLE)]
    made = scene.sent(at=earlier(), answers=SAID, actions=who, nobody_known=True, **values)
    made.left_in += [LeftIn(field=field, mark=mark, why=why, words=said) for field, mark, why, said in left]
    scene.session.flush()
    return made


@pytest.fixture
def place(app: Flask) -> Visits:
    return Visits(app, lambda scene: {"minutes": sent(scene).ref})


def url(place: Visits) -> str:
    return f"/minutes/{place.refs['minutes']}"


def test_each_piece_stands_beside_its_answer_with_the_reason_and_under_its_tick(place: Visits) -> None:
    page = words(place.page("lead", url(place)))
    said = "“01323 555778” looks like a telephone number. Leader left it in: a number or an address that is public"
    assert page.count(said) == 2, "in each answer in which it stands"
    assert "“somebody@nowhere.example” is an email address. Leader left it in: An invented <b>address</b>" in page
    assert "“Mrs Thistlewood” looks like somebody’s name. Leader left it in: a worker’s own details" in page
    assert "nobody answers we ring… Left in: “01323 555778”." in page, (
        "under the tick, though it stands too far down to be seen"
    )
    assert "Left in: “01323 555778” and “somebody@nowhere.example”." in page
    assert "Left in" not in page.partition("What goes with them")[2].partition("May be quoted")[0], (
        "who is never shared"
    )
    assert page.index("looks like a telephone number") < page.index("What should happen with these answers?")


def test_a_piece_about_an_earlier_action_is_told_beside_it_and_takes_no_text_from_the_others(app: Flask) -> None:
    """On the form it stood in the third row; what was sent says nothing of rows."""

    def arrange(scene: Scene) -> dict[str, Any]:
        before = scene.sent(
            at=earlier(), actions=[Action(position=0, what="Ring the school."), Action(position=1, what="Ask.")]
        )
        made = sent(scene, [LEFT[0], ("news-2-because", Mark.PHONE, Why.WORKER, ""), *LEFT[1:]])
        for number, action in enumerate(before.actions):
            because = "They ring from 01323 555000 now." if number else "Nobody asks."
            made.news.append(ActionNews(action_id=action.id, key=f"key-{number}", how=Became.DROPPED, because=because))
        scene.session.flush()
        return {"minutes": made.ref}

    place = Visits(app, arrange)
    page = words(place.page("lead", url(place)))
    assert page.count("“01323 555778” looks like a telephone number. Leader left it in: a number or an address") == 2
    told = page.partition("What became of earlier actions")[2].partition("What the team will do")[0]
    assert "“01323 555000” looks like a telephone number. Leader left it in: a worker’s own details" in told
    assert "Something" not in page


def test_the_statement_says_who_made_it_and_when(place: Visits) -> None:
    page = words(place.page("lead", url(place)))
    assert "Before this was sent Leader stated on " in page
    assert "that no family could be recognised from these minutes" in page
    assert "was left in is marked above." in page


def test_neither_the_team_nor_a_partnership_reads_any_of_it(place: Visits) -> None:
    place.does(lambda scene: scene.share(scene.session.scalars(minutes(place)).one()))
    team = words(place.page("leader", url(place)))
    assert PHONE in team and "left it in" not in team and "stated on" not in team
    at, officer = f"/collation/{place.refs['edition']}", place.browser("officer")
    for path in (at, f"{at}/teams", f"{at}/points/point-0", f"{at}/responses.csv"):
        seen = officer.get(path).get_data(as_text=True)
        assert (
            "left it in" not in seen and "a number or an address that is public" not in seen and "invented" not in seen
        )
    assert officer.get(url(place)).status_code == 404


def minutes(place: Visits) -> Any:
    return sa.select(Minutes).where(Minutes.ref == place.refs["minutes"])


def test_where_nothing_was_found_or_nothing_stated_the_page_says_so(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        return {"clean": scene.sent(at=earlier(), nobody_known=True).ref, "unstated": scene.sent(at=earlier()).ref}

    place = Visits(app, arrange)
    clean, unstated = (words(place.page("lead", f"/minutes/{place.refs[name]}")) for name in ("clean", "unstated"))
    assert "No number, address or date of birth of anybody was found in them. Of names, only" in clean
    assert "These minutes came in without the statement that no family could be recognised" in unstated


def test_what_is_not_found_any_more_is_told_by_what_it_looked_like(app: Flask) -> None:
    """A pattern may be mended after the sending: then no text is laid beside a reason that was given for another."""
    place = Visits(app, lambda scene: {"minutes": sent(scene, LEFT[1:2]).ref})
    page = words(place.page("lead", url(place)))
    assert "Something here looks like a telephone number. Leader left it in: a number or an address that is" in page
    assert "Left in: something that looks like a telephone number." in page


@pytest.fixture
def scene(session: Any) -> Scene:
    return Scene(session)


def test_pieces_and_reasons_are_told_apart_where_an_answer_has_several_of_a_kind(scene: Scene) -> None:
    other = "07700 900123"
    made = scene.sent(answers={"point-0": f"Ring {PHONE}.", "point-1": f"{other} or {PHONE}", "point-2": other})
    pieces = [("0", Why.PUBLIC), ("1", Why.PUBLIC), ("1", Why.WORKER), ("2", Why.WORKER)]
    made.left_in += [LeftIn(field=f"points-point-{n}-words", mark=Mark.PHONE, why=why) for n, why in pieces]
    scene.session.flush()
    found = left_in(scene.session, made)
    texts = {field: [(one.text, one.reason[:8]) for one in stayed] for field, stayed in found.items()}
    assert texts["points-point-1-words"] == [(PHONE, "a number"), (other, "a worker")]
    assert [look.fields for look in looks_in(made, scene.circle.partnership)] == [
        ["points-point-0-words", "points-point-1-words"],
        ["points-point-1-words", "points-point-2-words"],
    ]


def test_statements_do_not_grow_with_what_was_left_in(scene: Scene) -> None:
    one, many, none = sent(scene, LEFT[:1]), sent(scene), scene.sent(at=NOW)
    taken = []
    for made in (one, many, none):
        scene.session.flush()
        scene.session.expire_all()
        made = scene.session.get_one(Minutes, made.id)
        _ = made.responses, made.actions, made.edition.points, [r.point for r in made.responses], made.edition.content
        with counted(scene.session) as said:
            left_in(scene.session, made)
        taken.append(len(said))
    assert taken[0] == taken[1] and taken[2] == 1
    assert left_in(scene.session, none) == {}
    assert left_in(scene.session, many)["actions-0-who"] == [
        Stayed(TITLE, "looks like somebody’s name", "a worker’s own details")
    ]


def test_pieces_in_who_chaired_take_no_text_from_the_others_in_minutes_sent_before_it_was_looked_at(
    scene: Scene,
) -> None:
    made = sent(scene)
    made.discussion.chaired_by = "Mrs Smith, 07700 900123"
    scene.session.flush()
    found = left_in(scene.session, made)
    assert "chaired_by" not in found
    assert [one.text for stayed in found.values() for one in stayed] == [PHONE, PHONE, MAIL, TITLE]
    made.left_in.append(LeftIn(field="chaired_by", mark=Mark.TITLE, why=Why.WORKER))
    made.left_in.append(LeftIn(field="chaired_by", mark=Mark.PHONE, why=Why.WORKER))
    scene.session.flush()
    assert [one.text for one in left_in(scene.session, made)["chaired_by"]] == ["Mrs Smith", "07700 900123"]
