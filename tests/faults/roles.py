"""Who is written to where there is no lead (F23), where the lead was replaced before the letter went (F24), and where
the lead is away (F25)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.clock import now, today
from app.database import db
from app.organisations.models import Leave
from app.policy import Role
from app.post.models import State
from tests.faults.lines import Ground, Line
from tests.faults.service import service
from tests.faults.toys import HOUR, MINUTE


def nobody(ground: Ground) -> Iterator[Line]:
    """F23: no lead and no deputy. Minutes are kept; whoever is appointed gets one letter, by the next look."""
    with service(ground) as world:
        lost, most, early, rounds = 0, 0, 0, ground.times(10, 2)
        for _ in range(rounds):
            place = world.world()
            for person in (place.lead, place.deputy):
                world.ended(person)
            refs = world.sent(place, 3)
            world.send()
            world.send(2 * MINUTE)
            early += sum(ref in world.letters() for ref in refs)
            lead = world.appointed(place, Role.LEAD)
            world.send()  # one look of a sender, which looks every second
            got = world.letters_to(lead)
            world.send(HOUR)
            lost, most = lost + (not got), max(most, len(world.letters_to(lead)))
        yield Line(
            fault="F23",
            what="no lead; then one is appointed",
            database=ground.kind,
            operations=rounds,
            lost=lost,
            most=most,
            besides=f"{early} letters before, one handover at the next look",
            holds=(lost, most, early) == (0, 1, 0),
        )


def replaced(ground: Ground) -> Iterator[Line]:
    """F24: the lead is replaced after minutes were sent and before the letter went. The old one gets no letter and
    finds no page; the new one gets one letter."""
    with service(ground) as world:
        old_ones, lost, most, open_to_old, rounds = 0, 0, 0, 0, ground.times(10, 2)
        for turn in range(rounds):
            place = world.world()
            old = world.browser(place.lead)
            (ref,) = world.sent(place)
            if turn % 2:  # the letter is noted and waits already
                world.stub.misbehave("connect", "421 away", times=1)
                world.send()
            assert old.get(f"/minutes/{ref}").status_code == 200
            world.ended(place.lead)
            new = world.appointed(place, Role.LEAD)
            open_to_old += old.get(f"/minutes/{ref}").status_code != 404
            world.send(2 * MINUTE)
            world.send(HOUR)
            old_ones, got = old_ones + len(world.letters_to(place.lead)), world.letters_to(new)
            lost, most = lost + (not got), max(most, len(got))
        yield Line(
            fault="F24",
            what="the lead is replaced before the letter goes",
            database=ground.kind,
            operations=rounds,
            lost=lost,
            most=most,
            besides=f"{old_ones} letters to the old lead, {open_to_old} pages open to her",
            holds=(lost, most, old_ones, open_to_old) == (0, 1, 0, 0),
        )


def on_leave(ground: Ground) -> Iterator[Line]:
    """F25: the lead is away on the day. The deputy is written to at once, each once."""
    with service(ground) as world:
        lost, most, rounds = 0, 0, ground.times(10, 2)
        for _ in range(rounds):
            place, day = world.world(), today(now())
            with db.writing() as session:
                session.add(Leave(person_id=place.lead, starts_on=day, ends_on=day + timedelta(days=1)))
            world.sent(place)
            world.send()
            world.send(2 * MINUTE)
            for who in (place.lead, place.deputy):
                got = world.letters_to(who)
                lost, most = lost + (not got), max(most, len(got))
        states = {row.state for row in world.letters().values()}
        yield Line(
            fault="F25",
            what="the lead is away today",
            database=ground.kind,
            operations=rounds,
            lost=lost,
            most=most,
            besides="the deputy has the letter at once, the lead has hers too",
            holds=(lost, most, states) == (0, 1, {State.ACCEPTED}),
        )


LINES = (nobody, replaced, on_leave)
