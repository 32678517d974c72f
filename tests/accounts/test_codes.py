"""Codes: asked for, the same within their life, used once, in time, by the browser that asked."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.models import CodeAsked
from app.errors import Invalid, NotFound
from app.organisations.models import Address, Person
from app.post.models import AddressCleared, Bounce, BounceKind, Delivery
from app.post.queries import comes_back
from app.trail.models import Event
from tests import factories

KEY = "for tests only, 32 characters or more"
HERE, ELSEWHERE = queries.digest_of("this browser"), queries.digest_of("another browser")


@pytest.fixture
def who(session: Session) -> Person:
    factories.circle(session)
    return factories.person(session, email="lead@trust.example.nhs.net", proved_at=None)


def ask(session: Session, now: datetime, address: str = "lead@trust.example.nhs.net", browser: str = HERE) -> CodeAsked:
    return services.ask_code(session, address, browser, now=now)


def use(session: Session, row: CodeAsked, code: str, now: datetime, browser: str = HERE) -> str:
    return services.sign_in(session, row, code, browser, now=now, key=KEY)[1]


def right(row: CodeAsked) -> str:
    return queries.code_for(row, KEY)


def wrong(row: CodeAsked) -> str:
    return f"{(int(right(row)) + 1) % 10**8:08d}"


def test_a_code_has_eight_digits_and_depends_on_the_key_the_asking_the_address_and_the_browser(now: datetime) -> None:
    def row(**changes: str) -> CodeAsked:
        values = {"ref": "abcdefghjkmn", "address": "a@example.org", "browser": HERE, **changes}
        return CodeAsked(**values, asked_at=now, expires_at=now)  # type: ignore[arg-type]

    codes = [
        queries.code_for(row(), KEY),
        queries.code_for(row(), KEY + "x"),
        queries.code_for(row(ref="abcdefghjkmp"), KEY),
        queries.code_for(row(address="b@example.org"), KEY),
        queries.code_for(row(browser=ELSEWHERE), KEY),
    ]
    assert len(set(codes)) == 5
    assert all(len(code) == 8 and code.isdecimal() for code in codes)
    assert queries.code_for(row(), KEY) == codes[0]


def test_codes_are_spread_evenly_and_may_begin_with_a_nought(now: datetime) -> None:
    rows = [
        CodeAsked(ref=f"{n:012d}", address="a@example.org", browser=HERE, asked_at=now, expires_at=now)
        for n in range(2000)
    ]
    first = Counter(queries.code_for(row, KEY)[0] for row in rows)
    assert set(first) == set("0123456789")
    assert max(first.values()) < 300


def test_the_right_code_signs_in_once_and_proves_the_address(session: Session, who: Person, now: datetime) -> None:
    row = ask(session, now)
    token = use(session, row, right(row), now)
    running = queries.signed_in(session, token, now)
    assert running is not None
    assert running.person_id == who.id
    session.expire_all()
    assert (row.used_at, row.wrong) == (now, 0)
    assert who.addresses[0].proved_at == now
    with pytest.raises(Invalid):
        use(session, row, right(row), now)
    assert queries.why_spent(row, now) == "This code has been used."


def test_a_proof_of_an_address_keeps_its_first_day(session: Session, who: Person, now: datetime) -> None:
    who.addresses[0].proved_at = now - timedelta(days=9)
    row = ask(session, now)
    use(session, row, right(row), now)
    session.expire_all()
    assert who.addresses[0].proved_at == now - timedelta(days=9)


def test_only_the_address_that_was_used_is_proved(session: Session, who: Person, now: datetime) -> None:
    who.addresses.append(Address(email="home@example.org"))
    session.flush()
    row = ask(session, now, "home@example.org")
    use(session, row, right(row), now)
    session.expire_all()
    assert [a.proved_at for a in who.addresses] == [None, now]


@pytest.mark.parametrize(("after", "good"), [(timedelta(minutes=9, seconds=59), True), (timedelta(minutes=10), False)])
def test_a_code_is_good_for_ten_minutes(
    session: Session, who: Person, now: datetime, after: timedelta, good: bool
) -> None:
    row = ask(session, now)
    if good:
        assert use(session, row, right(row), now + after)
    else:
        with pytest.raises(Invalid):
            use(session, row, right(row), now + after)
        assert queries.why_spent(row, now + after) == "This code was good for 10 minutes, which are over."


def test_asking_again_does_not_prolong_a_code(session: Session, who: Person, now: datetime) -> None:
    row = ask(session, now)
    again = ask(session, now + timedelta(minutes=9))
    assert again is row
    assert row.expires_at == now + timedelta(minutes=10)


def test_the_same_browser_gets_the_same_code_again_in_another_letter(
    session: Session, who: Person, now: datetime
) -> None:
    row = ask(session, now)
    assert ask(session, now + timedelta(seconds=29)) is row
    assert row.sendings == 1
    assert ask(session, now + timedelta(seconds=30)) is row
    assert ask(session, now + timedelta(seconds=59)) is row
    assert (row.sendings, row.asked_at) == (2, now + timedelta(seconds=30))


def test_another_browser_another_address_or_a_dead_code_makes_a_new_one(
    session: Session, who: Person, now: datetime
) -> None:
    first = ask(session, now)
    rows = {first, ask(session, now, browser=ELSEWHERE), ask(session, now, "other@example.org")}
    use(session, first, right(first), now)
    session.expire_all()
    rows |= {ask(session, now), ask(session, now + timedelta(minutes=11))}
    assert len(rows) == 5
    assert len({right(row) for row in rows}) == 5


def test_capitals_in_an_address_do_not_matter(session: Session, who: Person, now: datetime) -> None:
    assert ask(session, now, "Lead@Trust.Example.NHS.net") is ask(session, now)


def test_another_browser_cannot_use_a_code(session: Session, who: Person, now: datetime) -> None:
    row = ask(session, now)
    with pytest.raises(NotFound):
        use(session, row, right(row), now, ELSEWHERE)
    for browser in (ELSEWHERE, ""):
        with pytest.raises(NotFound):
            queries.asked(session, row.ref, browser)
    assert row.wrong == 0


def test_each_wrong_try_is_counted_and_the_fifth_is_the_last(session: Session, who: Person, now: datetime) -> None:
    row = ask(session, now)
    for count in (1, 2, 3, 4, 5, 5):
        assert queries.why_spent(row, now) == "" or count == 5
        with pytest.raises(Invalid):
            use(session, row, wrong(row), now)
        assert row.wrong == count
    assert queries.why_spent(row, now).startswith("A wrong code was typed 5 times")
    with pytest.raises(Invalid):
        use(session, row, right(row), now)


def test_the_last_try_may_be_the_right_one(session: Session, who: Person, now: datetime) -> None:
    row = ask(session, now)
    for _ in range(4):
        with pytest.raises(Invalid):
            use(session, row, wrong(row), now)
    assert use(session, row, right(row), now)
    assert row.wrong == 4


def test_the_code_of_an_unknown_address_signs_nobody_in(session: Session, now: datetime) -> None:
    row = ask(session, now, "nobody@example.org")
    assert row.person_id is None
    with pytest.raises(Invalid):
        use(session, row, right(row), now)
    assert row.wrong == 1


def test_an_address_that_becomes_known_gets_its_letter_when_asked_again(session: Session, now: datetime) -> None:
    row = ask(session, now, "new@example.org")
    who = factories.person(session, email="new@example.org")
    ask(session, now + timedelta(minutes=1), "new@example.org")
    assert row.person_id == who.id


def test_the_trail_tells_of_failures_without_any_address(session: Session, who: Person, now: datetime) -> None:
    known, unknown = ask(session, now), ask(session, now, "secret.name@example.org", ELSEWHERE)
    for row, browser in ((known, HERE), (unknown, ELSEWHERE)):
        with pytest.raises(Invalid):
            use(session, row, wrong(row), now, browser)
    events = session.scalars(select(Event).where(Event.kind == "sign-in failed").order_by(Event.id)).all()
    assert [(e.about, e.by, e.person_id) for e in events] == [
        (who.ref, "somebody not signed in", None),
        (unknown.ref, "somebody not signed in", None),
    ]
    assert "secret" not in str([dataclasses.asdict(e) if dataclasses.is_dataclass(e) else vars(e) for e in events])


def test_an_address_that_has_left_its_person_signs_nobody_in(session: Session, who: Person, now: datetime) -> None:
    row = ask(session, now)
    who.addresses[0].email = "another@trust.example.nhs.net"
    session.flush()
    with pytest.raises(Invalid):
        use(session, row, right(row), now)


def test_a_code_that_was_used_clears_its_address_once_letters_came_back_from_it(
    session: Session, who: Person, now: datetime
) -> None:
    """Whoever read the code proves that letters arrive there."""
    for address in ("lead@trust.example.nhs.net", "another@trust.example.nhs.net"):
        _came_back(session, address, now)
    row = ask(session, now)
    with pytest.raises(Invalid):
        use(session, row, wrong(row), now)
    assert comes_back(session, row.address), "a wrong code proves nothing"
    use(session, row, right(row), now)
    assert not comes_back(session, row.address)
    assert comes_back(session, "another@trust.example.nhs.net")
    again = ask(session, now + timedelta(minutes=1))
    use(session, again, right(again), now + timedelta(minutes=1))
    assert [cleared.by for cleared in session.scalars(select(AddressCleared))] == [who.name]
    assert len(session.scalars(select(Event).where(Event.kind == "cleared an address")).all()) == 1


def _came_back(session: Session, address: str, now: datetime) -> None:
    letter = Delivery(kind="minutes", about=address, owed_since=now, message_id=address, address=address)
    factories.kept(session, letter)
    said = {"kind": BounceKind.FAILED, "status": "5.1.1", "reply": "550 no", "digest": "d", "flags": True}
    factories.kept(session, Bounce(delivery_id=letter.id, at=now, sent_at=now, address=address, **said))
