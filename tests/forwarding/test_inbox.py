"""A lead's inbox: what is to read, then the rest, each in the words that a lead reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.discussions.models import Minutes
from app.errors import NotFound
from app.forwarding import services
from app.forwarding.inbox import Inbox, Waiting, inbox, next_to_read, number_to_read
from app.organisations.models import Person
from app.policy import Role
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import EARLIER, Scene
from tests.forwarding.visits import Visits, earlier, words

MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session, short_name="ESSCP")


def seen(scene: Scene, person: Person | None = None, **where: Any) -> Inbox:
    scene.session.flush()
    return inbox(scene.session, scene.actor(person or scene.lead), **where)


def lines(found: list[Waiting]) -> list[tuple[str, str]]:
    return [(line.ref, line.word) for line in found]


def test_the_newest_version_of_each_record_is_listed_to_read_first_in_the_leads_words(scene: Scene) -> None:
    shared, known, asked_back, first = (scene.sent(at=EARLIER + n * MINUTE) for n in range(4))
    scene.has(shared)
    scene.share(shared)
    scene.has(known)
    scene.ask(asked_back)
    newer = scene.corrected(first)
    own = scene.sent(scene.lead, scene.south)
    found = seen(scene)
    assert lines(found.to_read) == [(newer.ref, "To read")]
    assert lines(found.lines) == [
        (own.ref, "Read, not shared"),
        (known.ref, "Read, not shared"),
        (shared.ref, "Shared"),
    ]
    assert lines(found.asked) == [(asked_back.ref, "Waiting for the team")]
    assert (found.to_read[0].version, found.count) == (2, 1)
    assert lines(seen(scene, scene.deputy).to_read)[0] == (own.ref, "To read"), "for the deputy"
    with pytest.raises(NotFound):
        seen(scene, scene.leader)


def only(scene: Scene) -> tuple[str, str]:
    """The status and the further lines of the only record there is."""
    found = seen(scene)
    (line,) = found.to_read + found.asked + found.lines
    return line.word, "; ".join(line.notes)


def test_a_correction_is_to_be_read_although_the_version_before_stands_with_the_partnership(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    scene.has(first, at=EARLIER)
    scene.share(first, at=EARLIER)
    assert only(scene) == ("Shared", "")
    second = scene.corrected(first)
    assert only(scene) == ("To read", "Version 1 is with the ESSCP")
    scene.has(second)
    assert only(scene) == ("Shared", "Version 1 is with the ESSCP"), "what she did not share leaves version 1 there"
    scene.ask(second, at=NOW + MINUTE)
    assert only(scene) == ("Waiting for the team", "Version 1 is with the ESSCP")


def test_a_question_about_what_is_shared_does_not_hide_that_it_is(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    scene.has(minutes, at=EARLIER)
    given = scene.share(minutes, at=EARLIER)
    scene.ask(minutes)
    assert only(scene) == ("Waiting for the team", "Answers are with the ESSCP")
    services.withdraw(scene.session, scene.actor(scene.lead), given, now=NOW)
    assert only(scene) == ("Waiting for the team", "")


def test_what_the_status_does_not_say_stands_below_it(scene: Scene) -> None:
    own, part, answered = scene.sent(scene.lead), scene.sent(), scene.sent(at=NOW - 2 * MINUTE)
    scene.has(part)
    scene.share(part, point_0=True, point_2=False)
    scene.share(own)
    question = scene.ask(answered, at=NOW - MINUTE)
    scene.session.flush()
    services.answer_question(scene.session, scene.actor(scene.leader), question, "Four of us.", now=NOW)
    found = seen(scene)
    assert {line.ref: (line.word, line.notes) for line in found.to_read + found.lines} == {
        own.ref: ("Shared", ("Recorded by you",)),
        part.ref: ("Shared", ("2 of 3 answers",)),
        answered.ref: ("To read", ("The team answered what it was asked",)),
    }
    assert own.ref in [line.ref for line in seen(scene, scene.deputy).to_read], "that the recorder shares is no reading"
    scene.has(answered, at=NOW + MINUTE)
    assert next(line for line in seen(scene).lines if line.ref == answered.ref).notes == (), "no news any more"


def test_each_list_is_paged_by_reference_and_ends(scene: Scene) -> None:
    unread = [scene.sent(at=EARLIER + n * MINUTE).ref for n in range(6)][::-1]
    known = [scene.sent(at=EARLIER + n * MINUTE) for n in range(6)][::-1]
    for minutes in known:
        scene.has(minutes)
    asked = [scene.sent(at=EARLIER + n * MINUTE) for n in range(6)][::-1]
    for minutes in asked:
        scene.ask(minutes)
    lists = {"unread": ("to_read", "more", unread)}
    lists["waiting"] = ("asked", "others", [minutes.ref for minutes in asked])
    lists["before"] = ("lines", "older", [minutes.ref for minutes in known])
    for name, (shown, end, refs) in lists.items():
        pages, before = [], ""
        for _ in range(3):
            found = seen(scene, limit=2, **{name: before})
            pages.append([line.ref for line in getattr(found, shown)])
            before = getattr(found, end)
        assert pages == [refs[:2], refs[2:4], refs[4:]]
        assert before == "", "the last page is full and leads nowhere"


def test_it_cannot_be_opened_at_a_foreign_reference_nor_at_a_made_up_one(scene: Scene) -> None:
    scene.sent()
    foreign = scene.sent(scene.circle.noise_leader, scene.circle.noise_asked)
    for ref in (foreign.ref, "0" * 12):
        for name in ("unread", "waiting", "before"):
            with pytest.raises(NotFound):
                seen(scene, **{name: ref})


def test_the_next_to_read_is_what_came_in_last_and_is_counted(scene: Scene) -> None:
    actor = scene.actor(scene.lead)
    own = scene.sent(scene.lead)
    assert (next_to_read(scene.session, actor, own), number_to_read(scene.session, actor)) == (None, 0)
    first, last = scene.sent(at=EARLIER), scene.sent()
    for but, then in ((own, last), (last, first)):
        found = next_to_read(scene.session, actor, but)
        assert found and found.ref == then.ref
    assert number_to_read(scene.session, actor) == 2, "her own are not hers to read"


def test_each_list_walks_along_the_minutes_of_the_organisation(scene: Scene) -> None:
    scene.sent()
    said: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, text: str, parameters: object, *_: object) -> None:
        said.append((text, parameters))

    bind = scene.session.get_bind()
    scene.session.flush()
    sa.event.listen(bind, "before_cursor_execute", note)
    seen(scene)
    sa.event.remove(bind, "before_cursor_execute", note)
    connection = scene.session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    lists = [found for found in said if "ORDER BY minutes.id DESC" in found[0]]
    assert len(lists) == 3
    for text, parameters in lists:
        plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(how + text, parameters))
        assert "SCAN minutes" not in plan and "Seq Scan on minutes" not in plan, plan


# Its page


def three(scene: Scene) -> dict[str, Any]:
    made = [scene.sent(at=earlier()) for _ in range(3)]
    noise = scene.session.scalars(sa.select(Minutes.ref).where(Minutes.organisation_id == scene.circle.noise.id))
    return {"made": made[0].ref, "foreign": noise.first()}


@pytest.fixture
def place(app: Flask) -> Visits:
    return Visits(app, three)


def test_the_inbox_shows_minutes_at_once_whether_or_not_mail_works(place: Visits) -> None:
    page = place.page("lead", "/inbox")
    assert page.text.count("/minutes/") == 3
    assert words(page).count("To read") == 1 + 3, "the heading and three lines"
    assert "To read (3) Newest first." in words(page)
    assert place.refs["foreign"] not in page.text


def test_what_is_to_read_stands_above_what_somebody_has_though_that_came_in_later(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        unread, known = scene.sent(at=earlier(3)), scene.sent(at=earlier(2))
        scene.has(known, at=earlier())
        return {"unread": unread.ref, "known": known.ref}

    place = Visits(app, arrange)
    page = place.page("lead", "/inbox")
    assert page.text.index(place.refs["unread"]) < page.text.index(place.refs["known"])
    said = words(page)
    assert said.index("To read (1)") < said.index("The rest") < said.index("Read, not shared")


def test_while_nobody_has_any_it_says_what_moves_to_the_rest(app: Flask) -> None:
    place = Visits(app, lambda scene: {"unread": scene.sent(at=earlier()).ref})
    said = words(place.page("lead", "/inbox"))
    assert "The rest None yet. Minutes move here once somebody has said “I have this”." in said


def test_each_list_is_paged_and_its_last_page_leads_nowhere(app: Flask) -> None:
    def fill(scene: Scene) -> dict[str, Any]:
        unread = [scene.sent(at=earlier()).ref for _ in range(60)][::-1]
        known = [scene.sent(at=earlier()) for _ in range(60)][::-1]
        for minutes in known:
            scene.has(minutes)
        return {"unread": unread, "before": [minutes.ref for minutes in known]}

    place = Visits(app, fill)
    first = place.page("lead", "/inbox")
    assert "To read (60)" in words(first)
    for name, further, end in (
        ("unread", "More to read", "There is no more to read here."),
        ("before", "Older minutes", "There are no older minutes."),
    ):
        every = place.refs[name]
        seen = [ref for ref in every if f"/minutes/{ref}" in first.text]
        assert seen == every[:50] and further in words(first)
        second = place.page("lead", f"/inbox?{name}={seen[-1]}")
        assert [ref for ref in every if f"/minutes/{ref}" in second.text] == every[50:]
        assert further not in words(second)
        assert end in words(place.page("lead", f"/inbox?{name}={every[-1]}"))


def test_an_empty_inbox_says_what_will_come(app: Flask) -> None:
    page = words(Visits(app).page("lead", "/inbox"))
    assert "No minutes have come in yet. When a team sends some, they are listed here at once" in page


def test_who_leads_in_several_organisations_sees_which_minutes_are_whose(app: Flask) -> None:
    def both(scene: Scene) -> dict[str, Any]:
        scene.sent(at=earlier())
        make.appoint(scene.session, scene.lead, Role.LEAD, scene.circle.noise)
        return {"names": [scene.circle.organisation.name, scene.circle.noise.name]}

    place = Visits(app, both)
    said = words(place.page("lead", "/inbox"))
    assert all(f"{name}. Met on" in said for name in place.refs["names"])
    assert f"{place.refs['names'][0]}. Met on" not in words(place.page("deputy", "/inbox"))
