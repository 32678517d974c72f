"""Where a partnership has set that nobody publishes alone, whoever wrote any of a briefing cannot publish it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.organisations.models import Partnership
from app.packs.drafts import PackDraft
from app.packs.models import Edition
from app.policy import Role
from tests import factories as make
from tests.client import Client, filled, parse
from tests.packs.test_making import NOTES, begun, draft_now, from_real, officers, page, post, saved
from tests.packs.test_making_pictures import brought

__all__ = ["officers"]


@pytest.fixture
def three(app: Flask, officers: tuple[int, int]) -> tuple[int, int, int]:
    """Three officers of a partnership in which nobody publishes alone."""
    with db.writing() as session:
        session.execute(sa.update(Partnership).values(two_publish=True))
        ours = session.scalars(sa.select(Partnership).where(Partnership.slug == "esscp")).one()
        third = make.person(session)
        make.appoint(session, third, Role.OFFICER, ours)
        return (*officers, third.id)


def may_publish(client: Client, who: int, url: str) -> bool:
    """Whether this officer finds the button. Where she does not, sending the form by hand is refused as well."""
    client.as_person(who)
    if "nobody_known" in page(client, f"{url}/publish"):
        return True
    token = filled(next(f for f in parse(client.get(f"{url}/throw-away")).iter("form") if f.get("id") != "sign-out"))
    by_hand = client.post(f"{url}/publish", data={**token, "seen": draft_now().version, "nobody_known": "yes"})
    assert by_hand.status_code == 422 and "somebody who wrote none of it" in by_hand.text
    return False


def test_whoever_wrote_is_refused_although_a_colleague_saved_last(client: Client, three: tuple[int, int, int]) -> None:
    one, two, _ = three
    client.as_person(one)
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    client.as_person(two)
    saved(client, f"{url}/points", "down.points.0")
    saved(client, f"{url}/points", "up.points.1")
    assert [may_publish(client, who, url) for who in three] == [False, False, True]
    assert post(client, f"{url}/publish", {"nobody_known": "yes"}).status_code == 303


def test_whoever_brought_the_text_and_whoever_put_an_earlier_one_back_wrote_it(
    client: Client, three: tuple[int, int, int]
) -> None:
    one, two, third = three
    client.as_person(one)
    url = from_real(client)
    client.as_person(two)
    saved(client, f"{url}/points", **NOTES)
    saved(client, f"{url}/points", **{**NOTES, "points-0-note": ""})
    assert [may_publish(client, who, url) for who in (one, two)] == [False, False]
    client.as_person(third)
    post(client, f"{url}/earlier", {"which": f"points.{draft_now().version - 1}"})
    assert not may_publish(client, third, url)


def test_whoever_brought_a_picture_wrote_it(client: Client, three: tuple[int, int, int]) -> None:
    client.as_person(three[0])
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    client.as_person(three[1])
    brought(client, url, section="")
    assert [may_publish(client, who, url) for who in three] == [False, False, True]


def test_beginning_a_new_edition_and_saving_a_page_as_it_stands_is_no_writing(
    client: Client, three: tuple[int, int, int]
) -> None:
    one, two, _ = three
    client.as_person(one)
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    client.as_person(two)
    post(client, f"{url}/publish", {"nobody_known": "yes"})
    with db.reading() as session:
        ref = session.scalars(sa.select(Edition.ref)).one()
    client.as_person(one)
    again = begun(client, how="pack", pack=ref)
    client.as_person(two)
    saved(client, f"{again}/points", **{"points-0-note": "Another."})
    client.as_person(one)
    saved(client, f"{again}/points")
    assert [may_publish(client, who, again) for who in three] == [True, False, True]


def test_a_draft_from_before_writers_were_counted_knows_who_saved_each_page(
    client: Client, three: tuple[int, int, int]
) -> None:
    one, two, _ = three
    client.as_person(one)
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    client.as_person(two)
    saved(client, f"{url}/about", title="A title of hers")
    with db.writing() as session:
        draft = session.scalars(sa.select(PackDraft).where(PackDraft.id == draft_now().id)).one()
        draft.content = {key: value for key, value in draft.content.items() if key != "wrote"}
    assert [may_publish(client, who, url) for who in three] == [False, False, True]


def test_a_folder_is_not_published_by_one_officer_alone(client: Client, three: tuple[int, int, int]) -> None:
    client.as_person(three[0])
    shown = page(client, "/publish")
    assert "nobody publishes alone" in shown and "Publish edition" not in shown
    token = filled(next(f for f in parse(client.get("/publish/new")).iter("form") if f.get("id") != "sign-out"))
    refused = client.post("/publish/nai-under-5-2021", data={"csrf_token": token["csrf_token"]})
    assert refused.status_code == 422 and "nobody publishes alone" in refused.text
    with db.reading() as session:
        assert session.scalars(sa.select(Edition)).all() == []
