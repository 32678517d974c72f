"""Guessing and flooding are held back; nobody can lock the owner of an address out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.models import CodeAsked
from app.errors import Invalid, TooMany
from app.organisations.models import Person
from tests import factories

KEY = "for tests only, 32 characters or more"
LEAD = "lead@trust.example.nhs.net"
OWN = queries.digest_of("the lead's own browser")
MINE, THEIRS = "network of the lead", "network of the attacker"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def who(session: Session) -> Person:
    return factories.person(session, email=LEAD)


def browser(number: int) -> str:
    return queries.digest_of(f"browser {number}")


def ask(session: Session, now: datetime, by: str, network: str = "", address: str = LEAD) -> CodeAsked:
    return services.ask_code(session, address, by, now=now, network=network)


def guess(session: Session, row: CodeAsked, now: datetime, *, times: int = 1) -> None:
    bad = f"{(int(queries.code_for(row, KEY)) + 1) % 10**8:08d}"
    for _ in range(times):
        with pytest.raises(Invalid):
            services.sign_in(session, row, bad, row.browser, now=now, key=KEY, network=row.network)


def use(session: Session, row: CodeAsked, now: datetime) -> None:
    code = queries.code_for(row, KEY)
    services.sign_in(session, row, code, row.browser, now=now, key=KEY, network=row.network)


def until_held_back(deed: Callable[[int], object]) -> int:
    """Do something again and again until it is refused; how often it was not."""
    for number in range(100):
        try:
            deed(number)
        except TooMany:
            return number
    pytest.fail("nothing was held back")


def attack(session: Session, now: datetime, network: str = THEIRS, times: int = 5) -> None:
    """Ask and guess, each time as another browser, until held back."""
    until_held_back(lambda number: guess(session, ask(session, now, browser(number), network), now, times=times))


def test_ten_wrong_tries_at_an_address_are_the_most_in_fifteen_minutes(session: Session, now: datetime) -> None:
    attack(session, now)
    wrong = select(func.sum(CodeAsked.wrong)).where(CodeAsked.address == LEAD)
    assert session.scalar(wrong) == 10
    attack(session, now + 15 * MINUTE)
    assert session.scalar(wrong) == 20


def test_a_refused_asking_or_try_leaves_nothing_that_would_prolong_the_wait(session: Session, now: datetime) -> None:
    attack(session, now)
    row = ask(session, now + 5 * MINUTE, OWN, THEIRS)
    for minute in range(5, 15):
        with pytest.raises(TooMany):
            guess(session, row, now + minute * MINUTE)
    for times in range(1, 10):
        until_held_back(lambda number, by=100 * times: ask(session, now + 6 * MINUTE, browser(by + number), THEIRS))
    use(session, ask(session, now + 21 * MINUTE, OWN, THEIRS), now + 21 * MINUTE)


def test_an_attack_does_not_hold_back_a_browser_that_has_signed_in_before(session: Session, now: datetime) -> None:
    use(session, ask(session, now - timedelta(days=20), OWN), now - timedelta(days=20))
    attack(session, now, network="")
    use(session, ask(session, now, OWN), now)


def test_an_attack_from_one_network_does_not_hold_back_a_new_browser_of_another(
    session: Session, now: datetime
) -> None:
    attack(session, now, THEIRS)
    use(session, ask(session, now, OWN, MINE), now)


def test_without_knowing_networks_a_new_browser_waits_fifteen_minutes_and_no_longer(
    session: Session, now: datetime
) -> None:
    attack(session, now, network="", times=3)
    row = ask(session, now + MINUTE, OWN)
    with pytest.raises(TooMany):
        use(session, row, now + MINUTE)
    after = now + 15 * MINUTE
    use(session, ask(session, after, OWN), after)


def test_an_attack_from_many_networks_is_held_back_as_a_whole(session: Session, now: datetime) -> None:
    until_held_back(lambda n: guess(session, ask(session, now, browser(n), f"network {n}"), now, times=3))
    assert session.scalar(select(func.sum(CodeAsked.wrong)).where(CodeAsked.address == LEAD)) == 30


def guess_all_the_time(session: Session, now: datetime, networks: int) -> int:
    """From each network as many guesses as are let, each browser making two; how many there were in this minute."""
    made = 0
    for number in range(networks):
        for turn in range(5):
            try:
                guess(session, ask(session, now, f"{number} {now:%H%M} {turn}", f"{THEIRS} {number}"), now, times=2)
                made += 2
            except TooMany:
                break
    return made


@pytest.mark.parametrize("networks", [3, 5])
def test_the_owner_signs_in_on_a_new_computer_however_long_a_few_networks_guess(
    session: Session, now: datetime, networks: int
) -> None:
    guesses, let_in = [], 0
    for minute in range(4 * 60):
        at = now + minute * MINUTE
        guesses.append(guess_all_the_time(session, at, networks))
        if minute % 10 == 9:
            use(session, ask(session, at, queries.digest_of(f"her new computer {minute}"), MINE), at)
            let_in += 1
    assert let_in == 24
    assert max(sum(guesses[start : start + 15]) for start in range(len(guesses) - 15)) <= 30
    assert sum(guesses) > 4 * 4 * 8, "they did guess all the while"


def test_mistyping_twice_amid_an_attack_does_not_shut_the_owner_out(session: Session, now: datetime) -> None:
    for minute in range(60):
        guess_all_the_time(session, now + minute * MINUTE, 3)
    at = now + 60 * MINUTE
    row = ask(session, at, OWN, MINE)
    guess(session, row, at, times=2)
    ask(session, at + MINUTE, OWN, MINE)  # "Send it again"
    use(session, row, at + MINUTE)


def test_what_is_kept_for_others_is_no_more_than_three_tries_and_letters_of_a_network_in_a_day(
    session: Session, now: datetime
) -> None:
    for number in range(2):
        until_held_back(
            lambda n, of=number: guess(
                session, ask(session, now, browser(100 * of + n), f"{THEIRS} {of}"), now, times=5
            )
        )
    wrong = select(func.sum(CodeAsked.wrong)).where(CodeAsked.address == LEAD)
    assert session.scalar(wrong) == 20
    third = ask(session, now, browser(1000), f"{THEIRS} third")
    guess(session, third, now, times=3)
    with pytest.raises(TooMany):
        guess(session, third, now)
    later = now + timedelta(hours=23)
    for number in range(2):
        until_held_back(
            lambda n, of=number: guess(
                session, ask(session, later, browser(5000 + 100 * of + n), f"{THEIRS} new {of}"), later, times=5
            )
        )
    again = ask(session, later, browser(9000), f"{THEIRS} third")
    with pytest.raises(TooMany):
        guess(session, again, later)


def test_the_share_of_others_can_be_used_up_only_by_many_new_networks(session: Session, now: datetime) -> None:
    used = until_held_back(lambda n: guess(session, ask(session, now, browser(n), f"{THEIRS} {n}"), now, times=3))
    assert used == 10
    with pytest.raises(TooMany):
        use(session, ask(session, now, OWN, MINE), now)
    after = now + 15 * MINUTE
    use(session, ask(session, after, OWN, MINE), after)


def test_a_flood_of_letters_to_an_address_is_held_back(session: Session, now: datetime) -> None:
    assert until_held_back(lambda number: ask(session, now, browser(number), THEIRS)) == 6
    assert until_held_back(lambda number: ask(session, now, browser(100 + number), f"network {number}")) == 14
    assert session.scalar(select(func.sum(CodeAsked.sendings)).where(CodeAsked.address == LEAD)) == 20


def test_one_browser_may_ask_ten_times_whatever_the_addresses(session: Session, now: datetime) -> None:
    for number in range(10):
        ask(session, now, OWN, address=f"person{number}@example.org")
    with pytest.raises(TooMany):
        ask(session, now, OWN, address="person11@example.org")
    ask(session, now + 15 * MINUTE, OWN, address="person11@example.org")


def test_one_browser_is_held_back_after_ten_wrong_tries_whatever_the_addresses(session: Session, now: datetime) -> None:
    for number in range(2):
        guess(session, ask(session, now, OWN, address=f"person{number}@example.org"), now, times=5)
    row = ask(session, now, OWN, address="person3@example.org")
    with pytest.raises(TooMany):
        guess(session, row, now)


def test_even_a_browser_that_is_known_is_held_back_by_its_own_wrong_tries(session: Session, now: datetime) -> None:
    use(session, ask(session, now - timedelta(days=20), OWN), now - timedelta(days=20))
    for _ in range(2):
        guess(session, ask(session, now, OWN), now, times=5)
    with pytest.raises(TooMany):
        guess(session, ask(session, now, OWN), now)


def test_a_hall_full_of_people_on_one_network_can_all_sign_in(session: Session, now: datetime) -> None:
    for number in range(250):
        factories.person(session, email=f"hall{number}@example.org")
        use(session, ask(session, now, browser(number), MINE, f"hall{number}@example.org"), now)


def test_one_network_is_held_back_after_a_hundred_wrong_tries(session: Session, now: datetime) -> None:
    for number in range(20):
        guess(session, ask(session, now, browser(number), THEIRS, f"guess{number}@example.org"), now, times=5)
    row = ask(session, now, browser(21), THEIRS, "guess21@example.org")
    with pytest.raises(TooMany):
        guess(session, row, now)
    guess(session, ask(session, now, browser(22), MINE, "guess22@example.org"), now)


def test_known_and_unknown_addresses_are_held_back_alike(session: Session, now: datetime) -> None:
    def askings(address: str) -> int:
        return until_held_back(lambda n: ask(session, now, queries.digest_of(f"{address} {n}"), THEIRS, address))

    assert askings(LEAD) == askings("nobody@example.org") == 6
