"""Drafts: whatever was typed is kept, nobody's text is lost to another's, and only the team's own people may write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.discussions import beside, drafting, kept, queries, services
from app.discussions import content as contents
from app.discussions.content import Save
from app.discussions.drafts import Draft, DraftRevision
from app.errors import Conflict, Denied, NotFound
from app.policy import Actor, Role
from app.trail.models import Event
from tests import factories as make
from tests.conftest import NOW
from tests.discussions.typing_in import content, point

HOUR = timedelta(hours=1)


@pytest.fixture
def circle(session: Session) -> make.Circle:
    return make.circle(session)


@pytest.fixture
def leader(session: Session, circle: make.Circle) -> Actor:
    return make.actor_of(session, circle.leader)


@pytest.fixture
def colleague(session: Session, circle: make.Circle) -> Actor:
    somebody = make.person(session, name="Minute taker of the team")
    make.appoint(session, somebody, Role.MINUTES, circle.organisation, (circle.teams[0],))
    return make.actor_of(session, somebody)


def save(session: Session, actor: Actor, circle: make.Circle, typed: dict[str, Any], **how: Any) -> Draft:
    return drafting.save_draft(session, actor, circle.asked, typed, **{"version": 0, "now": NOW, **how})


def said(words: str) -> dict[str, Any]:
    """The second page of the form, with these words under the first point."""
    page = contents.part_of(content(points={"point-0": point(words)}), "said")
    return page


def test_what_cannot_be_used_is_kept_as_it_was_typed(session: Session, circle: make.Circle, leader: Actor) -> None:
    typed = content(held_on={"day": "31", "month": "Febuary", "year": ""}, present="about eight", setting="")
    draft = save(session, leader, circle, typed)
    session.expire_all()
    again = queries.open_draft(session, leader, circle.asked)
    assert again is not None and again.ref == draft.ref and again.version == 1
    assert contents.shaped(again.content) == contents.shaped(typed)


def test_a_page_that_is_saved_leaves_the_other_as_it_was(session: Session, circle: make.Circle, leader: Actor) -> None:
    draft = save(session, leader, circle, contents.part_of(content(), "meeting"))
    save(session, leader, circle, said("First."), version=1)
    assert draft.version == 2
    assert draft.content["present"] == "8" and draft.content["points"]["point-0"]["words"] == "First."


def test_the_same_text_again_changes_nothing(session: Session, circle: make.Circle, leader: Actor) -> None:
    draft = save(session, leader, circle, content())
    save(session, leader, circle, content(), version=0, now=NOW + HOUR)
    assert (draft.version, draft.changed_at) == (1, NOW)


def test_a_second_person_who_began_from_an_older_version_is_told(
    session: Session, circle: make.Circle, leader: Actor, colleague: Actor
) -> None:
    save(session, leader, circle, said("Mine."))
    save(session, colleague, circle, said("Hers."), version=1)
    with pytest.raises(Conflict, match=r"Minute taker of the team changed this on 23 November 2026 at 10:00"):
        save(session, leader, circle, said("Mine, longer."), version=1)
    draft = queries.open_draft(session, leader, circle.asked)
    assert draft is not None and draft.content["points"]["point-0"]["words"] == "Hers."


def test_two_people_on_two_pages_do_not_clash(
    session: Session, circle: make.Circle, leader: Actor, colleague: Actor
) -> None:
    save(session, leader, circle, content())
    save(session, colleague, circle, said("Hers."), version=1)
    draft = save(session, leader, circle, contents.part_of(content(present="9"), "meeting"), version=1)
    assert draft.content["present"] == "9" and draft.content["points"]["point-0"]["words"] == "Hers."


def test_the_same_opening_of_a_page_may_save_again_with_its_old_version(
    session: Session, circle: make.Circle, leader: Actor, colleague: Actor
) -> None:
    save(session, leader, circle, said("One."), opening="a")
    draft = save(session, leader, circle, said("Two."), version=0, opening="a")
    assert draft.content["points"]["point-0"]["words"] == "Two."
    save(session, colleague, circle, said("Hers."), version=2, opening="b")
    with pytest.raises(Conflict):
        save(session, leader, circle, said("Three."), version=0, opening="a")


def test_both_texts_of_a_conflict_are_kept_whichever_is_chosen(
    session: Session, circle: make.Circle, leader: Actor, colleague: Actor
) -> None:
    draft = save(session, colleague, circle, said("Hers."))
    drafting.keep_typed(session, leader, circle.asked.ref, said("Mine."), Save(0), now=NOW + HOUR)
    assert [a.typed["points"]["point-0"]["words"] for a in beside.asides(draft.content, "said")] == ["Mine."]
    save(session, leader, circle, said("Mine."), version=1, now=NOW + HOUR)
    assert draft.content["points"]["point-0"]["words"] == "Mine."
    assert not [*beside.asides(draft.content, "said"), *beside.asides(draft.content, "meeting")]
    [stood] = kept.revisions(session, draft).rows
    assert (stood.by.name, stood.at, stood.version) == ("Minute taker of the team", NOW, 1)
    assert stood.typed["points"]["point-0"]["words"] == "Hers."


def test_what_a_save_takes_away_can_be_put_back_and_is_never_changed(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    long, longer = "We talked about bruises on babies who do not crawl yet.", " And about rotas."
    save(session, leader, circle, said(long))
    save(session, leader, circle, said(long + longer), version=1)
    draft = save(session, leader, circle, said("We talked."), version=2)
    [stood] = kept.revisions(session, draft).rows
    assert stood.typed["points"]["point-0"]["words"] == long + longer, "what only grew is not kept twice"
    drafting.put_back(session, leader, draft, stood, now=NOW)
    assert draft.content["points"]["point-0"]["words"] == long + longer and draft.version == 4
    with pytest.raises(IntegrityError if session.get_bind().dialect.name == "sqlite" else DBAPIError):
        session.execute(update(DraftRevision).values(part="meeting"))


@pytest.mark.parametrize("step", [1, 10, 30, 39])
@pytest.mark.parametrize("place", ["end", "beginning", "middle"])
def test_text_that_is_taken_away_little_by_little_is_kept_but_for_a_few_characters(
    session: Session, circle: make.Circle, leader: Actor, step: int, place: str
) -> None:
    whole = "".join(f"w{number:02}" for number in range(100))
    text, version = whole, 1
    draft = save(session, leader, circle, said(whole))
    while text:
        at = {"end": len(text) - step, "beginning": 0, "middle": len(text) // 3}[place]
        text = text[: max(at, 0)] + text[max(at, 0) + step :]
        draft = save(session, leader, circle, said(text), version=version)
        version += 1
    rows = [one.typed["points"]["point-0"]["words"] for one in kept.revisions(session, draft).rows]
    assert len(whole) - max(map(len, rows)) < 40
    assert place == "middle" or len(rows) <= 2, "what a kept text holds is not kept once more"


def test_so_much_of_what_was_written_over_is_kept_the_newest_first(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    for number in range(12):
        draft = save(session, leader, circle, said("abcdefghijkl"[number] * 900_000), version=number)
    assert [one.version for one in kept.revisions(session, draft).rows] == [11, 10, 9, 8, 7]


def test_what_was_typed_on_a_refused_page_becomes_the_draft(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    drafting.keep_typed(session, leader, circle.asked.ref, said("Kept."), Save(0, "a"), now=NOW)
    draft = queries.open_draft(session, leader, circle.asked)
    assert draft is not None and draft.content["points"]["point-0"]["words"] == "Kept."
    drafting.keep_typed(session, leader, circle.noise_asked.ref, said("Not mine."), Save(0), now=NOW)
    assert session.scalar(select(func.count()).select_from(Draft)) == 1


def test_a_draft_belongs_to_the_team_and_to_its_leads(
    session: Session, circle: make.Circle, leader: Actor, colleague: Actor
) -> None:
    draft = save(session, leader, circle, content())
    for who in (colleague, make.actor_of(session, circle.lead), make.actor_of(session, circle.deputy)):
        assert queries.draft(session, who, draft.ref).id == draft.id
    for person in (circle.officer, circle.reviewer, circle.noise_leader, circle.noise_lead):
        stranger = make.actor_of(session, person)
        with pytest.raises(NotFound):
            queries.draft(session, stranger, draft.ref)
        with pytest.raises(Denied):
            save(session, stranger, circle, content())
    with pytest.raises(NotFound):
        queries.draft(session, leader, "0" * 12)


def test_a_draft_that_was_thrown_away_is_gone_and_leaves_a_trace(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    draft = save(session, leader, circle, content())
    drafting.discard(session, leader, draft, now=NOW)
    session.flush()
    assert queries.open_draft(session, leader, circle.asked) is None
    assert session.scalars(select(Event.kind).where(Event.about == draft.ref)).all() == ["begun", "thrown away"]
    with pytest.raises(Conflict, match="thrown away"):
        save(session, leader, circle, content(), version=1)
    assert save(session, leader, circle, content(), version=0).version == 1


def test_a_sent_draft_is_not_thrown_away_or_written_to(session: Session, circle: make.Circle, leader: Actor) -> None:
    draft = save(session, leader, circle, content())
    services.send_minutes(session, leader, draft, now=NOW)
    with pytest.raises(Conflict):
        drafting.discard(session, leader, draft, now=NOW)
    with pytest.raises(Denied):
        drafting.put_aside(session, leader, draft, said("More."), now=NOW)
    with pytest.raises(Conflict):
        save(session, leader, circle, content(present="9"), version=1)
    assert draft.content["present"] == "8"


def test_no_word_that_was_typed_stands_in_the_trail(session: Session, circle: make.Circle, leader: Actor) -> None:
    secret = "canary-4711"
    typed = content(points={"point-0": point(secret)}, question_to_lead=secret, chaired_by=secret)
    draft = save(session, leader, circle, typed)
    services.send_minutes(session, leader, draft, now=NOW)
    events = session.scalars(select(Event)).all()
    assert {event.kind for event in events} == {"begun", "sent"}
    assert all(secret not in f"{event.detail}{event.about}{event.by}" for event in events)
