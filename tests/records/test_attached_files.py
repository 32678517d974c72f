"""Files that teams attached to their minutes go like the Word documents: by the same rule, list, trail and hold."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document as Opened
from flask import Flask

from app import clock
from app.database import db
from app.discussions import attaching
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.discussions.own_files import AttachedFile, DraftFile, MinutesFile
from app.errors import Conflict
from app.forwarding.certificate import GONE
from app.forwarding.models import FILE_LET_GO, LET_GO
from app.policy import CONSOLE
from app.records import queries, services
from app.trail.models import Event
from tests import factories as make
from tests.discussions.typing_in import content as typed
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, words
from tests.records.test_keeping import DAY, THREE, listed, told

MOMENTS = {
    "old": THREE - 365 * DAY,
    "just": THREE - timedelta(seconds=1),
    "not": THREE,
    "noise": THREE - 365 * DAY,
    "again": THREE - 300 * DAY,  # corrected later, with the same file
    "open": THREE - 300 * DAY,  # about to be corrected
}
ALL = set(MOMENTS)
GOES = {"old", "just"}


def bytes_of(name: str) -> bytes:
    return f"Heron of {name}. ".encode() * 400


@pytest.fixture
def place(app: Flask) -> Visits:
    return Visits(app, arranged)


def arranged(scene: Scene) -> dict[str, str]:
    """Minutes of the trust (TR) with a file and no document but for the oldest, by the names of `MOMENTS`."""
    scene.circle.organisation.code, scene.circle.organisation.name = "TR", "Trust"
    scene.circle.partnership.letters_from = THREE - 1000 * DAY
    made = {}
    for name, at in MOMENTS.items():
        who = (scene.circle.noise_leader, scene.circle.noise_asked) if name == "noise" else ()
        made[name] = scene.sent(*who, at=at)
        file_of(scene, made[name], name, at)
    scene.documented(made["old"], b"the document", made["old"].sent_at)
    later = scene.corrected(made["again"], at=THREE + DAY)
    link(scene, later, file_called(scene.session, "again").id)
    draft = scene.began()
    where = {"draft_id": draft.id, "organisation_id": draft.organisation_id}
    make.kept(scene.session, DraftFile(**where, file_id=file_called(scene.session, "open").id))
    return {"draft": draft.ref, **{name: minutes.ref for name, minutes in made.items()}}


def file_of(scene: Scene, minutes: Minutes, name: str, at: datetime) -> None:
    body = bytes_of(name)
    told_: dict[str, Any] = {"name": f"{name}.docx", "body": body, "size": len(body), "at": at}
    whose = {"organisation_id": minutes.organisation_id, "by_id": minutes.recorded_by_id}
    file = AttachedFile(**whose, **told_, digest=hashlib.sha256(body).hexdigest())
    link(scene, minutes, make.kept(scene.session, file).id)


def link(scene: Scene, minutes: Minutes, file: int) -> None:
    where = {"minutes_id": minutes.id, "organisation_id": minutes.organisation_id}
    make.kept(scene.session, MinutesFile(**where, file_id=file))


def file_called(session: Any, name: str) -> AttachedFile:
    found: AttachedFile = session.scalars(sa.select(AttachedFile).where(AttachedFile.name == f"{name}.docx")).one()
    return found


def kept() -> set[str]:
    """Which files are still here, byte for byte."""
    with db.reading() as session:
        here = set(session.scalars(sa.select(AttachedFile.body).where(AttachedFile.body.is_not(None))))
    assert here <= {bytes_of(name) for name in ALL}
    return {name for name in ALL if bytes_of(name) in here}


def gone(place: Visits) -> str:
    """All that is due is let go; what the command says."""
    told(place, "keep", "TR", "3")
    return told(place, "dispose", "--as-listed", listed(place)).output


def test_files_go_with_the_documents_by_one_list_and_one_mark(place: Visits) -> None:
    assert kept() == ALL
    told(place, "keep", "TR", "3")
    shown = told(place, "dispose").output
    size = sum(len(bytes_of(name)) for name in GOES) / 1_000_000
    assert f"1 Word document (0.0 MB) and 2 attached files ({size:.1f} MB) of minutes sent before" in shown
    assert kept() == ALL, "a list takes nothing away"
    assert gone(place) == "1 Word document and 2 attached files let go. What is known of each stays.\n"
    assert kept() == ALL - GOES
    assert "Nothing is to go." in told(place, "dispose").output


def test_the_same_file_can_be_attached_again_once_it_was_let_go(place: Visits) -> None:
    gone(place)

    def attached_again(scene: Scene) -> None:
        draft = scene.session.scalars(sa.select(Draft).where(Draft.ref == place.refs["draft"])).one()
        old = file_called(scene.session, "old")
        scene.session.execute(sa.update(DraftFile).where(DraftFile.draft_id == draft.id).values(file_id=old.id))
        who, told_ = scene.actor(scene.leader), {"seen": old.ref, "now": clock.now()}
        attaching.attach(scene.session, who, draft, "old.docx", bytes_of("old"), **told_)

    place.does(attached_again)
    assert "old" in kept()


def test_the_trail_has_a_line_for_each_with_what_is_known_of_it(place: Visits) -> None:
    gone(place)
    with db.reading() as session:
        events = session.scalars(sa.select(Event).where(Event.kind == FILE_LET_GO).order_by(Event.id)).all()
        assert [event.about for event in events] == [place.refs["old"], place.refs["just"]]
        body = bytes_of("old")
        known = {"digest": hashlib.sha256(body).hexdigest(), "size": len(body)}
        assert events[0].detail == {**known, "sent": str(clock.today(MOMENTS["old"])), "years": 3}
        assert session.scalar(sa.select(sa.func.count()).where(Event.kind == LET_GO)) == 1
        file = file_called(session, "old")
        assert (file.digest, file.size) == tuple(known.values())


def test_the_pages_and_the_certificate_tell_of_it_and_its_digest_stays(place: Visits) -> None:
    gone(place)
    digest, url = hashlib.sha256(bytes_of("old")).hexdigest(), f"/minutes/{place.refs['old']}"
    for who in ("leader", "lead"):
        page = words(place.page(who, url))
        assert "The team’s own minutes in Word were let go once they had been kept" in page and "old.docx" in page
        assert "The team’s own minutes in Word were let go: Trust keeps them for 3 years." in page
        assert f"Its digest (SHA-256), by which a copy can be checked: {digest}" in page
        refused = place.page(who, f"{url}/own-minutes.docx")
        assert refused.status_code == 410 and digest in words(refused)
        assert "The team’s own minutes are no longer kept" in words(refused)
    assert place.page("officer", f"{url}/own-minutes.docx").status_code == 404
    paper = certificate(place, "old")
    assert GONE in paper and digest[:32] in paper and digest[32:] in paper
    assert "old.docx" not in paper, "its name is the team's own words"
    still = hashlib.sha256(bytes_of("not")).hexdigest()
    paper = certificate(place, "not")
    assert still[:32] in paper and GONE not in paper
    page = place.page("lead", f"/minutes/{place.refs['not']}")
    assert "let go" not in words(page)
    assert place.page("lead", f"/minutes/{place.refs['not']}/own-minutes.docx").data == bytes_of("not")


def certificate(place: Visits, name: str) -> str:
    """What stands in the tables of a certificate."""
    body = place.page("lead", f"/minutes/{place.refs[name]}/certificate").data
    tables = Opened(io.BytesIO(body)).tables
    return "\n".join(cell.text for table in tables for row in table.rows for cell in row.cells)


def test_a_draft_that_began_with_a_file_which_went_since_says_so(place: Visits) -> None:
    gone(place)
    with db.writing() as session:
        draft = session.scalars(sa.select(Draft).where(Draft.ref == place.refs["draft"])).one()
        old = session.scalars(sa.select(Minutes).where(Minutes.ref == place.refs["old"])).one()
        session.execute(sa.delete(DraftFile).where(DraftFile.draft_id == draft.id))
        attaching.carry_over(session, draft, old.thread)
        draft.content, asked = typed(), draft.asked.ref
    refused = place.page("leader", f"/drafts/{place.refs['draft']}/own-minutes.docx")
    assert refused.status_code == 410 and "no longer kept" in words(refused)
    assert "It was let go once it had been kept" in words(place.page("leader", f"/asked/{asked}/own-minutes"))
    assert "let go since" in words(place.page("leader", f"/drafts/{place.refs['draft']}/check"))


def test_a_hold_keeps_files_too_and_one_that_comes_in_between_wins(place: Visits) -> None:
    told(place, "keep", "TR", "3")
    mark = listed(place)
    with db.reading() as session:
        (due,) = queries.due(session, CONSOLE, clock.now())
    told(place, "hold", "TR", "--because", "A claim")
    assert "nothing went" in told(place, "dispose", "--as-listed", mark).output
    with pytest.raises(Conflict, match="something else by now"), db.writing() as session:
        services.let_files_go(session, CONSOLE, due, due.files, now=clock.now())
    assert kept() == ALL


def test_another_file_on_the_list_is_another_list(place: Visits) -> None:
    told(place, "keep", "TR", "3")
    mark = listed(place)
    with db.writing() as session:
        session.execute(sa.delete(DraftFile))  # nobody corrects any more
    assert listed(place) != mark and "nothing went" in told(place, "dispose", "--as-listed", mark).output
    assert kept() == ALL


def test_a_file_that_a_correction_took_up_since_the_list_stays_and_none_goes_twice(place: Visits) -> None:
    told(place, "keep", "TR", "3")
    with db.reading() as session:
        (due,) = queries.due(session, CONSOLE, clock.now())
    with db.writing() as session:
        session.execute(sa.update(DraftFile).values(file_id=file_called(session, "old").id))
    for times in (1, 0):
        with db.writing() as session:
            everything = list(session.scalars(sa.select(AttachedFile.ref)))
            assert services.let_files_go(session, CONSOLE, due, everything, now=clock.now()) == times
    assert kept() == ALL - {"just"}, "only what is on the list goes"


def test_more_than_one_transaction_holds_go(place: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "FILES_AT_ONCE", 1)
    assert "2 attached files let go" in gone(place)
    assert kept() == ALL - GOES


@pytest.mark.parametrize("change", ["name = 'other'", "digest = 'x'", "size = 1", "body = 'x'", "at = NULL"])
def test_the_database_lets_the_bytes_go_and_refuses_every_other_change(place: Visits, change: str, kind: str) -> None:
    change = change.replace("'x'", "'x'::bytea") if kind == "postgresql" and change.startswith("body") else change
    with db.writing() as session:
        session.execute(sa.text(f"UPDATE attached_file SET body = NULL WHERE name = '{'old.docx'}'"))
    for name in ("old", "not"):
        with pytest.raises(sa.exc.DBAPIError, match="attached files are never changed"), db.writing() as session:
            session.execute(sa.text(f"UPDATE attached_file SET {change} WHERE name = '{name}.docx'"))
    assert kept() == ALL - {"old"}


def test_nothing_is_left_of_the_bytes_in_the_files_of_sqlite(place: Visits, kind: str) -> None:
    if kind != "sqlite":
        return
    canaries = [b"Heron of old", b"Heron of just", b"the document"]
    path = str(db.engine.url.database)

    def there(canary: bytes) -> bool:
        return any(canary in Path(f"{path}{end}").read_bytes() for end in ("", "-wal"))

    assert all(there(canary) for canary in canaries)
    gone(place)
    assert not [canary for canary in canaries if there(canary)]
    assert there(b"Heron of not")
    with db.reading() as session:
        assert file_called(session, "not").is_kept
