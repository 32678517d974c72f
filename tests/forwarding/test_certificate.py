"""The certificate: one page in Word from what is kept for years, without a word of what a team said."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document as WordFile
from flask import Flask

from app.clock import now
from app.database import db
from app.discussions.models import Minutes
from app.forwarding import services
from app.forwarding.certificate import (
    BEING_MADE,
    COMMANDS,
    GONE,
    NO_DOCUMENT,
    CertificateFacts,
    DocumentFacts,
    Fact,
    FileFacts,
    Row,
    certificate_document,
)
from app.forwarding.models import Document
from app.packs.content import PackFacts
from app.trail.services import note
from tests.client import Client
from tests.conftest import missing
from tests.forwarding.scene import Scene
from tests.forwarding.test_custody import TAKEN, came_back, letter
from tests.forwarding.visits import HOUR, Visits, earlier, words
from tests.web.word_reading import as_pdf, faults, headings, pages, paragraphs

AT = datetime(2026, 6, 12, 13, 2, tzinfo=UTC)
LONG = "Named Nurse for Safeguarding Children and Young People, Community Division, " * 4
SECRET = "The grandmother of the child"


def row(who: str, *sentences: str, less: str = "") -> Row:
    """A row of whole sentences, the last of which may matter less."""
    return Row(who, (*map(Fact, sentences), *([Fact(less, less=True)] if less else ())))


FACTS = CertificateFacts(
    reference="7k2m9qx4tz3d",
    version=2,
    organisation="East Downs Healthcare NHS Trust",
    teams=("Hailsham health visiting",),
    briefing_title="Non-accidental injury in children under 5",
    short_title="NAI under 5",
    edition=1,
    partnerships=("East Sussex Safeguarding Children Partnership",),
    held_on=date(2026, 6, 10),
    sent_at=AT,
    sent_by="Team leader, Hailsham, team leader",
    document=DocumentFacts("ab12" * 16, 38_211, AT),
    letters=(row("Named Nurse\nnurse@trust.nhs.uk", "12 June 2026 at 14:02: the mail system took it."),),
    people=(row("Safeguarding lead, Named Nurse", "Said “I have this” on 12 June 2026 at 15:10."),),
    signed="Safeguarding lead, Named Nurse",
    as_of=datetime(2027, 3, 1, 9, tzinfo=UTC),
    address="https://learning.example.org/minutes/7k2m9qx4tz3d",
)
LONGEST = replace(
    FACTS,
    organisation=LONG,
    teams=(LONG,) * 9,
    briefing_title=LONG,
    partnerships=(LONG,) * 5,
    sent_by=LONG,
    signed=LONG,
    document=DocumentFacts("ab12" * 16, 2_000_000, AT, kept=False),
    letters=(row(f"{LONG}\n{'nurse.' * 12}@trust.nhs.uk", LONG[:150], LONG * 4),) * 40,
    people=(row(LONG, LONG[:150], LONG * 4),) * 40,
)
TITLE = ("What a deep dive into thresholds told us about neglect " * 3)[:149] + "?"
WHOLE = replace(LONGEST, briefing_title=TITLE)
ON = "on 1 December 2026 at 02:27"
TOLD = (
    f"Opened them first {ON}, 4 times in all.",
    f"Said “I have this” {ON}.",
    f"Shared answers 1, 2 and 3 and what the team will do with the ESSCP {ON}.",
    f"Took back what was shared with the ESSCP {ON}.",
)
TAKEN_AT = "1 December 2026 at 02:26: the mail system took it with the Word document."
FILES_GONE = replace(
    FACTS,
    briefing_title=TITLE.upper(),
    teams=("Hailsham and Uckfield health visiting",) * 4,
    partnerships=FACTS.partnerships * 3,
    document=DocumentFacts("ab12" * 16, 2_000_000, AT, kept=False),
    own_file=FileFacts("cd34" * 16, 2_000_000, AT, kept=False),
    letters=FACTS.letters * 9,
    people=(row("Safeguarding lead, Named Nurse for Children in Care", LONG),) * 9,
)
MANY = replace(
    FACTS,
    letters=tuple(row(f"Deputy {n}\ndeputy{n}@trust.nhs.uk", "The mail system took it.") for n in range(40)),
    people=tuple(row(f"Deputy {n}", "Opened them first on 12 June 2026 at 15:10.") for n in range(40)),
)


MOST_ROWS = replace(
    FILES_GONE,
    letters=(row("Lead for Community Health Trust\nlead@trust.nhs.uk", TAKEN_AT, less=f"It said: “{LONG}”"),),
    people=(row("Lead for Community Health Trust, Named Nurse", *TOLD),),
)
ONE_LINED = replace(FACTS, document=None, letters=(), people=tuple(row(f"Deputy {n}", "Opened.") for n in range(60)))


@pytest.fixture
def soffice() -> str:
    """The path of LibreOffice."""
    return shutil.which("soffice") or missing("LibreOffice") or ""


def told(file: bytes) -> str:
    """Every word of a document, tables too."""
    found = WordFile(BytesIO(file))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in found.paragraphs), *cells])


# The page


@pytest.mark.parametrize(
    "facts",
    [
        FACTS,
        LONGEST,
        WHOLE,
        FILES_GONE,
        MANY,
        MOST_ROWS,
        ONE_LINED,
        replace(MANY, document=None),
        replace(FACTS, letters=(), people=(), document=None),
    ],
)
def test_it_is_one_page_and_without_faults_whatever_the_history(
    facts: CertificateFacts, soffice: str, tmp_path: Path
) -> None:
    file = certificate_document(facts)
    assert faults(file) == []
    assert pages(as_pdf(file, soffice, tmp_path)) == 1


def test_it_says_what_it_is_about_and_how_to_check_a_copy() -> None:
    file = certificate_document(FACTS)
    known = WordFile(BytesIO(file)).core_properties
    assert known.title == "Certificate: NAI under 5, Hailsham health visiting, 10 June 2026"
    assert (known.author, known.language) == ("East Downs Healthcare NHS Trust", "en-GB")
    assert headings(file) == [
        (1, "What mail systems said"),
        (1, "Who opened, acknowledged and shared them"),
        (1, "How to check a copy"),
    ]
    said = told(file)
    for part in (
        "version 2, reference 7k2m9qx4tz3d",
        "38,211 bytes",
        "ab12" * 8,
        "Taken from the record on 1 March 2027",
    ):
        assert part in said
    assert {f"{place}: {command}" for place, command in COMMANDS} <= set(paragraphs(file))
    assert WordFile(BytesIO(file)).sections[0].header.paragraphs[0].text == "OFFICIAL-SENSITIVE"


def test_the_longest_title_that_a_briefing_may_have_stands_there_whole() -> None:
    (limit,) = (one.max_length for one in PackFacts.model_fields["title"].metadata if hasattr(one, "max_length"))
    assert limit == len(TITLE)
    assert f"{TITLE}, edition 1" in told(certificate_document(WHOLE))


def test_what_does_not_fit_is_counted() -> None:
    said = told(certificate_document(MANY))
    shown = sum(f"deputy{n}@" in said for n in range(40))
    opened = said.count("Opened them first")
    left = 80 - shown - opened
    assert min(shown, opened) >= 2 and f"And {left} more facts of emails and people: see the record" in said


def test_what_matters_most_stands_whole_and_in_its_order_where_there_is_least_room() -> None:
    said = told(certificate_document(MOST_ROWS))
    assert " ".join(TOLD) in said and TAKEN_AT in said
    assert "It said" not in said and "And 1 more facts" not in said and "And 1 more fact of emails and people: " in said


@pytest.mark.parametrize("facts", [LONGEST, FILES_GONE, MOST_ROWS, MANY])
def test_no_fact_is_cut(facts: CertificateFacts) -> None:
    known = {fact.words for row_ in (*facts.letters, *facts.people) for fact in row_.facts}
    for table in WordFile(BytesIO(certificate_document(facts))).tables[1:]:
        for cells in list(table.rows)[1:]:
            rest = cells.cells[1].text
            for fact in sorted(known, key=len, reverse=True):
                rest = rest.replace(fact.strip(), "")
            assert not rest.strip()


@pytest.mark.parametrize(("waits", "words_"), [(True, BEING_MADE), (False, NO_DOCUMENT)])
def test_without_a_document_it_says_why_and_offers_nothing_to_check(waits: bool, words_: str) -> None:
    said = told(certificate_document(replace(FACTS, document=None, waits=waits)))
    assert words_ in said and "sha256sum" not in said


# From the record


def arranged(app: Flask) -> Visits:
    def arrange(scene: Scene) -> dict[str, Any]:
        scene.circle.partnership.short_name = "ESSCP"
        at = earlier(3)
        minutes = scene.sent(at=at, answers={"point-0": SECRET}, question_to_lead=SECRET)
        scene.documented(minutes, b"the exact bytes", at)
        letter(scene, minutes.ref, scene.lead, TAKEN, owed_since=at)
        note(scene.session, scene.actor(scene.lead), "read", minutes.ref, now=at + HOUR)
        scene.has(minutes, at=at + HOUR)
        given = scene.share(minutes, at=at + HOUR, point_0=True)
        services.withdraw(scene.session, scene.actor(scene.deputy), given, now=at + 2 * HOUR)
        return {"minutes": minutes.ref}

    return Visits(app, arrange)


def certificate(place: Visits, who: str | Client = "lead") -> bytes:
    browser = place.browser(who) if isinstance(who, str) else who
    found = browser.get(f"/minutes/{place.refs['minutes']}/certificate")
    assert found.status_code == 200
    return found.data


def test_it_tells_who_has_what_and_nothing_of_what_the_team_said(app: Flask) -> None:
    said = told(certificate(arranged(app)))
    for part in (
        "Lead\nlead@trust.test",
        "the mail system took it. It said: “250 2.0.0 Ok: queued as 4F2”",
        "Lead, Named Nurse",
        "Said “I have this” on",
        "Shared answer 1 with the ESSCP on",
        "Opened them first on",
        "Took back what was shared with the ESSCP on",
        "15 bytes",
    ):
        assert part in said, part
    digest = hashlib.sha256(b"the exact bytes").hexdigest()
    assert f"{digest[:32]}\n{digest[32:]}" in said
    assert SECRET not in said


def test_it_says_that_a_later_version_took_its_place_and_went_out_instead(app: Flask) -> None:
    place = arranged(app)
    assert "took its place" not in told(certificate(place))

    def deed(scene: Scene) -> None:
        first = scene.session.scalars(sa.select(Minutes).where(Minutes.ref == place.refs["minutes"])).one()
        scene.has(first, at=earlier(1))
        scene.share(first, at=earlier(1))
        second = scene.corrected(first, at=earlier(0))
        scene.has(second, at=now())
        scene.share(second, at=now())

    place.does(deed)
    said = told(certificate(place))
    assert "Version 2 took its place on" in said
    assert "Shared version 2 with the ESSCP in place of this one on" in said
    page = words(place.page("lead", f"/minutes/{place.refs['minutes']}"))
    assert "(from version 2)." in page and "which stands until" not in page


def test_it_says_that_a_letter_came_back(app: Flask) -> None:
    place = arranged(app)
    with db.writing() as session:
        scene = Scene.__new__(Scene)
        scene.session = session
        from app.post.models import Delivery

        row = session.scalars(sa.select(Delivery).where(Delivery.about == place.refs["minutes"])).one()
        came_back(scene, row, int((earlier(1) - row.owed_since) / timedelta(minutes=1)))
        session.execute(sa.text("UPDATE bounce SET at = (SELECT max(at) FROM attempt)"))
    assert "It came back on" in told(certificate(place)) and "there is no such address" in told(certificate(place))


def test_what_one_person_did_stands_in_the_order_in_which_it_was_done(app: Flask) -> None:
    said = told(certificate(arranged(app)))
    assert 0 < said.index("Opened them first on") < said.index("Said “I have this” on") < said.index("Shared answer 1")


def test_it_is_for_those_who_receive_the_minutes(app: Flask) -> None:
    place = arranged(app)
    url = f"/minutes/{place.refs['minutes']}"
    assert certificate(place, "deputy")
    assert place.page("leader", f"{url}/certificate").status_code == 403
    assert place.page("noise_lead", f"{url}/certificate").status_code == 404
    assert place.page("officer", f"{url}/certificate").status_code == 404
    assert "Certificate for an inspector" in words(place.page("lead", url))
    assert "Certificate" not in words(place.page("leader", url))


def test_when_the_document_itself_is_gone_what_is_known_of_it_stays(app: Flask) -> None:
    place = arranged(app)
    url = f"/minutes/{place.refs['minutes']}"
    with db.writing() as session:
        session.execute(
            sa.text("UPDATE document SET body = NULL WHERE minutes_id = (SELECT max(minutes_id) FROM document)")
        )
        digest, size, body = session.execute(
            sa.select(Document.digest, Document.size, Document.body).order_by(Document.minutes_id.desc())
        ).all()[0]
    assert (size, body) == (15, None)
    gone = place.page("lead", f"{url}/word")
    assert gone.status_code == 410
    assert "The Word copy is no longer kept" in words(gone) and digest in words(gone)
    assert digest in words(place.page("lead", url))
    said = told(certificate(place))
    assert GONE in said and digest[:32] in said and "15 bytes" in said


CHANGES = [
    "UPDATE document SET digest = 'another'",
    "UPDATE document SET size = 1",
    "UPDATE document SET made_at = '2020-01-01 00:00:00'",
    "UPDATE document SET body = 'another'",
    "DELETE FROM document",
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_known_of_a_document_cannot_be_changed(change: str, app: Flask) -> None:
    arranged(app)
    with pytest.raises(sa.exc.DBAPIError, match="document"), db.writing() as session:
        session.execute(sa.text(change))
