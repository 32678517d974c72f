"""Publishing: an edition is frozen, the same text is nothing new, and only its source may."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.database import db
from app.errors import Denied, NotFound
from app.packs import queries
from app.packs.content import PackContent
from app.packs.folder import read_folder
from app.packs.models import Edition
from app.packs.services import publish_edition
from app.packs.shelf import SHELF
from app.policy import CONSOLE, Role
from app.trail.models import Event
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW as CLOCK

REAL = SHELF / "nai-under-5-2021"


@pytest.fixture
def content() -> PackContent:
    return read_folder(REAL)


def changed(content: PackContent, **values: object) -> PackContent:
    return PackContent.from_dict({**content.as_dict(), **values})


@pytest.fixture
def published(app: Flask, content: PackContent) -> dict[str, int]:
    """Two editions, of which an officer published the second; she, and one of another partnership."""
    with db.writing() as session:
        ours = make.partnership(session, slug="esscp")
        hers, other = make.person(session, name="An officer of ours"), make.person(session)
        make.appoint(session, hers, Role.OFFICER, ours)
        make.appoint(session, other, Role.OFFICER, make.partnership(session))
        publish_edition(session, CONSOLE, content, now=CLOCK)
        publish_edition(session, make.actor_of(session, hers), changed(content, title="Another"), now=CLOCK)
        return {"hers": hers.id, "other": other.id}


def test_an_officer_reads_who_published_each_edition_and_its_digest_and_nobody_else_does(
    client: Client, published: dict[str, int], content: PackContent
) -> None:
    at = "/publish/nai-under-5-2021/standing"
    for url in ("/packs/nai-under-5-2021", "/packs/nai-under-5-2021/editions"):
        assert "An officer of ours" not in client.get(url).text
    client.as_person(published["hers"])
    shown = client.get(at).text
    assert shown.index("Published by <bdi>An officer of ours</bdi>") < shown.index(f"Published by <bdi>{CONSOLE.name}")
    assert content.digest in shown and changed(content, title="Another").digest in shown
    assert "Published by <bdi>An officer of ours</bdi>" in client.get("/publish").text
    client.as_person(published["other"])
    assert client.get(at).status_code in (403, 404) and "An officer of ours" not in client.get("/publish").text


def test_a_pack_becomes_edition_1_with_its_points_and_recommendations(
    session: Session, content: PackContent, now: datetime
) -> None:
    edition, fresh = publish_edition(session, CONSOLE, content, now=now)
    assert (fresh, edition.number, edition.digest) == (True, 1, content.digest)
    assert [point.key for point in edition.points] == ["what-is-nai", "what-is-vig", "engaging-fathers"]
    assert len(edition.recommendations) == 4
    assert PackContent.from_dict(edition.content) == content


def test_the_same_text_again_changes_nothing(session: Session, content: PackContent, now: datetime) -> None:
    first, _ = publish_edition(session, CONSOLE, content, now=now)
    again, fresh = publish_edition(session, CONSOLE, content, now=now)
    assert (again.id, fresh) == (first.id, False)
    assert session.scalar(sa.select(sa.func.count()).select_from(Edition).where(Edition.pack_id == first.pack_id)) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(Event).where(Event.about == first.ref)) == 1


def test_a_changed_text_is_edition_2_and_edition_1_stays_as_it_was(
    session: Session, content: PackContent, now: datetime
) -> None:
    publish_edition(session, CONSOLE, content, now=now)
    second, fresh = publish_edition(session, CONSOLE, changed(content, short_title="Under fives"), now=now)
    assert (fresh, second.number) == (True, 2)
    assert queries.newest(session, content.slug).short_title == "Under fives"
    assert queries.numbered(session, content.slug, 1).short_title == "NAI under 5"


def test_going_back_to_an_earlier_text_is_a_new_edition(session: Session, content: PackContent, now: datetime) -> None:
    for text in (content, changed(content, short_title="Under fives"), content):
        edition, fresh = publish_edition(session, CONSOLE, text, now=now)
        assert fresh
    assert edition.number == 3


def test_a_pack_is_published_by_an_officer_of_its_source_and_by_nobody_else(
    session: Session, content: PackContent, now: datetime
) -> None:
    source, other = make.partnership(session, slug="esscp"), make.partnership(session)
    for owner, refused in ((other, True), (source, False)):
        officer = make.person(session)
        make.appoint(session, officer, Role.OFFICER, owner)
        actor = make.actor_of(session, officer, now)
        if refused:
            with pytest.raises(Denied):
                publish_edition(session, actor, content, now=now)
        else:
            edition, _ = publish_edition(session, actor, content, now=now)
            assert edition.pack.partnership is source


def test_a_pack_published_before_its_partnership_was_there_is_taken_over_by_it(
    session: Session, content: PackContent, now: datetime
) -> None:
    first, _ = publish_edition(session, CONSOLE, content, now=now)
    source = make.partnership(session, slug="esscp")
    publish_edition(session, CONSOLE, changed(content, short_title="Under fives"), now=now)
    session.expire(first.pack)
    assert first.pack.partnership is source


def test_an_unknown_pack_or_number_is_not_found(session: Session, content: PackContent, now: datetime) -> None:
    publish_edition(session, CONSOLE, content, now=now)
    with pytest.raises(NotFound):
        queries.newest(session, "no-such-pack")
    with pytest.raises(NotFound):
        queries.numbered(session, content.slug, 2)


def test_the_command_publishes_once_and_then_says_that_there_is_nothing_to_do(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    first = run(args=["packs", "publish", str(REAL)])
    assert first.exit_code == 0, first.output
    assert "Published: nai-under-5-2021, edition 1." in first.output
    again = run(args=["packs", "publish", str(REAL)])
    assert again.exit_code == 0
    assert "Nothing to do" in again.output
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Edition)) == 1


def test_the_command_names_every_fault_and_publishes_nothing(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "nai-under-5-2021"
    shutil.copytree(REAL, folder)
    facts = (folder / "pack.yaml").read_text()
    (folder / "pack.yaml").write_text(
        facts.replace("kind: knowledge_check", "kind: quiz").replace("review:", "reviewed:")
    )
    result = app.test_cli_runner().invoke(args=["packs", "publish", str(folder)])
    assert result.exit_code == 1
    assert "pack.yaml, line" in result.output
    assert "Write open, or knowledge_check" in result.output
    assert "reviewed" in result.output
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Edition)) == 0
