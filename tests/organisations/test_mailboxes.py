"""A shared mailbox: set by an import with dates like others, and nobody's: no person's address, no code, no session."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.emails import letter as code_letter
from app.accounts.queries import KIND, code_for, digest_of, owed_codes
from app.errors import Invalid
from app.organisations import services
from app.organisations.files import FileFaults
from app.organisations.hearing import SharedMailbox
from app.organisations.importing import Counts
from app.organisations.models import Address, Named, Person
from app.organisations.newcomers import check_address
from app.organisations.people_file import COLUMNS, read_people
from app.policy import CONSOLE
from app.post.models import Delivery, Superseded
from tests import factories as make

KEY = "for tests only, 32 characters or more"
BROWSER = digest_of("this browser")
SAFE = "safeguarding@trust.example.nhs.net"


@pytest.fixture(autouse=True)
def circle(session: Session) -> make.Circle:
    found = make.circle(session)
    found.partnership.slug = found.partnership.short_name = "esscp"
    session.flush()
    return found


def file(*lines: str) -> bytes:
    return "\n".join((",".join(COLUMNS), *lines)).encode()


def line(
    name: str = "Safeguarding team", email: str = SAFE, first: str = "", last: str = "", role: str = "Shared mailbox"
) -> str:
    return f"esscp,Coastal Trust,RX1,Health,,,{role},,{name},{email},{first},{last}"


def take_in(session: Session, now: datetime, *lines: str) -> Counts:
    return services.import_rows(session, CONSOLE, read_people(file(*lines)), now=now)


def faults(session: Session, now: datetime, *lines: str) -> list[str]:
    with pytest.raises(FileFaults) as refused:
        take_in(session, now, *lines)
    return list(refused.value.faults)


def mailbox(session: Session) -> SharedMailbox:
    return session.scalars(select(SharedMailbox)).one()


def test_it_is_added_once_and_makes_no_person_no_address_and_no_appointment(session: Session, now: datetime) -> None:
    counts = take_in(session, now, line(first="2026-01-01", last="2026-12-31"))
    assert counts.added == {"organisation": 1, "shared mailbox": 1} | dict.fromkeys(
        ("team", "person", "address", "appointment"), 0
    )
    made = mailbox(session)
    assert (made.email, made.name, made.starts_on, made.ends_on) == (
        SAFE,
        "Safeguarding team",
        date(2026, 1, 1),
        date(2026, 12, 31),
    )
    assert made.counts_from == now, "letters are owed from when it was taken in"
    again = take_in(session, now + timedelta(days=1), line(first="2026-01-01", last="2026-12-31"))
    assert sum(again.added.values()) + sum(again.changed.values()) == 0
    assert session.scalar(select(func.count()).select_from(Address).where(Address.email == SAFE)) == 0


def test_dates_and_name_follow_the_file_and_a_line_left_out_ends_nothing(session: Session, now: datetime) -> None:
    take_in(session, now, line())
    ref = mailbox(session).ref
    take_in(session, now, line("Front desk", last="2027-05-31"))
    made = mailbox(session)
    assert (made.ref, made.name, made.ends_on) == (ref, "Front desk", date(2027, 5, 31))
    take_in(session, now, line(email="other@trust.example.nhs.net"))
    assert session.scalar(select(func.count()).select_from(SharedMailbox)) == 2
    later = now.date() + timedelta(days=40)
    take_in(session, now, line(first=later.isoformat()))
    made = session.scalars(select(SharedMailbox).where(SharedMailbox.email == SAFE)).one()
    assert made.counts_from == datetime(later.year, later.month, later.day, tzinfo=UTC), "from its first day on"


@pytest.mark.parametrize(
    ("lines", "of"),
    [
        (("esscp,Coastal Trust,RX1,Health,Midwives,MW,shared mailbox,,Team,x@a.nhs.uk,,",), "told of all teams"),
        (("esscp,Coastal Trust,RX1,Health,,,shared mailbox,Named Nurse,Team,x@a.nhs.uk,,",), "nobody holds"),
        (("esscp,Coastal Trust,RX1,Health,,,shared mailbox,,,x@a.nhs.uk,,",), "fill in name"),
        (("esscp,Coastal Trust,RX1,Health,,,shared mailbox,,Team,x@a.nhs.uk y@a.nhs.uk,,",), "give one address"),
        (("esscp,,,,,,shared mailbox,,Team,x@a.nhs.uk,,",), "fill in"),
        ((line(), line("Another name")), "line 2 says otherwise of this shared mailbox"),
        ((line(), line("A nurse", role="lead")), "line 3 has safeguarding@trust.example.nhs.net too"),
        ((line(last="2020-01-01"),), "“to” is before the shared mailbox begins"),
    ],
)
def test_a_line_that_cannot_be_one_is_refused(session: Session, now: datetime, lines: tuple[str, ...], of: str) -> None:
    found = faults(session, now, *lines)
    assert any(of in fault for fault in found), found


def test_the_same_line_twice_is_one(session: Session, now: datetime) -> None:
    assert take_in(session, now, line(), line()).added["shared mailbox"] == 1


def test_an_address_is_a_persons_or_a_mailbox_and_never_both(session: Session, now: datetime) -> None:
    take_in(session, now, line("A nurse", email="nurse@trust.example.nhs.net", role="lead"))
    found = faults(session, now, line(email="nurse@trust.example.nhs.net"))
    assert "nurse@trust.example.nhs.net is a person’s address" in found[0]
    take_in(session, now, line())
    assert f"{SAFE} is a shared mailbox" in faults(session, now, line("A nurse", role="lead"))[0]
    settings = type("Settings", (), {"slug": "esscp", "short_name": "esscp", "name": "esscp", "officer_name": ""})()
    settings.columns = dict
    with pytest.raises(Invalid, match="shared mailbox"):
        services.start(session, CONSOLE, settings, SAFE, now=now)


def test_nobody_names_it_as_a_person_on_a_page(session: Session, circle: make.Circle, now: datetime) -> None:
    take_in(session, now, line())
    with pytest.raises(Invalid, match="shared mailbox") as refused:
        check_address(session, circle.organisation, Named("Somebody", SAFE).email)
    assert refused.value.field == "email"


def test_a_wrong_line_is_put_right_by_ending_it(session: Session, now: datetime) -> None:
    take_in(session, now, line(first="2026-01-01"))
    yesterday = (now - timedelta(days=1)).date().isoformat()
    take_in(session, now, line(first="2026-01-01", last=yesterday), line("A nurse", role="lead"))
    row = accounts.ask_code(session, SAFE, BROWSER, now=now)
    assert row.person_id is not None


def test_a_mailbox_and_an_unknown_address_get_the_same_answer_and_neither_gets_a_code(
    app: Flask, session: Session, now: datetime
) -> None:
    take_in(session, now, line())
    rows = [accounts.ask_code(session, email, BROWSER, now=now) for email in (SAFE, "unknown@trust.example.nhs.net")]
    assert [row.person_id for row in rows] == [None, None]
    assert {row.ref for row in owed_codes(session, now)} >= {row.ref for row in rows}
    for row in rows:
        asked = Delivery(kind=KIND, about=row.ref, place="1", owed_since=now, message_id=f"<{row.ref}@x>")
        assert code_letter(session, asked, now) == Superseded("Nobody here has this address.")
        with pytest.raises(Invalid):
            accounts.sign_in(session, row, code_for(row, KEY), BROWSER, now=now, key=KEY)


def test_even_an_address_that_became_somebodys_meanwhile_signs_nobody_in(session: Session, now: datetime) -> None:
    """Two imports at once, or a row put there by hand: the wall behind the others."""
    person = make.person(session, email=SAFE)
    before = accounts.ask_code(session, SAFE, BROWSER, now=now)
    assert before.person_id == person.id
    values = {"organisation_id": make.organisation(session).id, "email": SAFE, "name": "Team"}
    make.kept(session, SharedMailbox(**values, starts_on=now.date(), counts_from=now))
    with pytest.raises(Invalid):
        accounts.sign_in(session, before, code_for(before, KEY), BROWSER, now=now, key=KEY)
    assert accounts.ask_code(session, SAFE, digest_of("another"), now=now).person_id is None
    assert session.get_one(Person, person.id).appointments == []
