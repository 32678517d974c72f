"""Who is written to where there is no lead (F23), where the lead was replaced before the letter went (F24), and where
the lead is away or says nothing (F25)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from app.clock import now, start_of, today, working_days_after
from app.database import db
from app.discussions.one_a_day import REMINDER
from app.organisations.models import REMINDER_DAYS, Leave
from app.policy import Role
from app.post.models import Delivery, State
from tests.faults.lines import Ground, Line
from tests.faults.service import service
from tests.faults.toys import HOUR, MINUTE


def nobody(ground: Ground) -> Iterator[Line]:
    """F23: no lead, no deputy. Minutes are kept, who can name one is told; a new lead has one letter at once."""
    with service(ground) as world:
        lost, most, early, alerts, rounds = 0, 0, 0, list[float](), ground.times(10, 2)
        for _ in range(rounds):
            place = world.world()
            for person in (place.lead, place.deputy):
                world.ended(person)
            administrator, began = world.appointed(place, Role.ADMINISTRATOR), now()
            refs = world.sent(place, 3)
            world.send()
            world.send(2 * MINUTE)
            told = (world.heard("no_lead", who, began) for who in (administrator, place.officer))
            alerts += [seconds for one in told for seconds in one.values()]
            early += sum(ref in world.letters() for ref in refs)
            lead = world.appointed(place, Role.LEAD)
            world.send()  # one look of a sender, which looks every second
            got = world.letters_to(lead)
            world.send(HOUR)
            lost, most = lost + (not got), max(most, len(world.letters_to(lead)))
        yield world.line(
            fault="F23",
            what="no lead; then one is appointed",
            operations=rounds,
            lost=lost,
            most=most,
            besides=f"{early} letters before, one handover at the next look; {_told(alerts)}",
            holds=(lost, most, early, len(alerts)) == (0, 1, 0, 2 * rounds) and max(alerts) <= HOUR,
        )


def _told(alerts: list[float]) -> str:
    return f"{len(alerts)} told that there is none, {max(alerts, default=0):.0f} s later"


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
        yield world.line(
            fault="F24",
            what="the lead is replaced before the letter goes",
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
        yield world.line(
            fault="F25",
            what="the lead is away today",
            operations=rounds,
            lost=lost,
            most=most,
            besides="the deputy has the letter at once, the lead has hers too",
            holds=(lost, most, states) == (0, 1, {State.ACCEPTED}),
        )


def silent(ground: Ground) -> Iterator[Line]:
    """F25: the lead says nothing. So many working days later, at nine and not before, she is reminded, then the deputy
    is written to, then whoever looks after the people; each once."""
    with service(ground) as world:
        places, day, early, late = [world.world() for _ in range(ground.times(10, 2))], today(now()), 0, 0
        steps = [(one.lead, one.deputy, world.appointed(one, Role.ADMINISTRATOR)) for one in places]
        refs = [world.sent(one)[0] for one in places]
        world.send()
        for days, people in zip(REMINDER_DAYS, zip(*steps, strict=True), strict=False):
            at = start_of(working_days_after(day, days)) + timedelta(hours=9)
            ahead = (at - now()).total_seconds()
            world.send(ahead - MINUTE)
            early += sum(len(world.heard(REMINDER, who, at)) for who in people)
            world.send(ahead)
            heard = [world.heard(REMINDER, who, at) for who in people]
            late += sum(not 0 <= one.get(ref, -1) <= MINUTE for ref, one in zip(refs, heard, strict=True))
        with db.reading() as session:
            ids = session.scalars(sa.select(Delivery.message_id).where(Delivery.kind == REMINDER)).all()
        came = world.stub.copies()
        letters = [came[message_id] for message_id in ids]
        yield world.line(
            fault="F25",
            what="the lead says nothing",
            operations=len(places),
            lost=late,
            most=max(letters, default=0),
            besides=f"{len(letters)} reminders, {early} before nine",
            holds=(late, early, letters) == (0, 0, [1] * 3 * len(places)),
        )


LINES = (nobody, replaced, on_leave, silent)
