"""Letters that come back after they were taken (F26), and messages that only pretend to (F27)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import sqlalchemy as sa

from app.clock import now
from app.database import Base, db
from app.forwarding import services
from app.forwarding.models import Acknowledgement
from app.organisations.queries import actor_for
from app.policy import Role
from app.post.models import Bounce, State
from app.post.return_address import return_address
from tests.discussions.worlds import World
from tests.faults.lines import Ground, Line
from tests.faults.service import Service, newest, service
from tests.faults.toys import MINUTE
from tests.post.returned import CAME_BACK, NOTHING, POSTFIX, sent_back
from tests.post.test_reports import fuzzed

CAME_BACK_WORDS = "Could not be sent: there is no such address"


def bounced(ground: Ground) -> Iterator[Line]:
    """F26: a letter comes back before or after the lead acknowledged. It says so; whoever looks after the people is
    told, and the sender while nobody has the minutes. What she said stands, the next letter to that address is held."""
    with service(ground) as world:
        place, each = world.world(), ground.times(20, 2)
        administrator = world.appointed(place, Role.ADMINISTRATOR)
        refs = _come_back_before_and_after(world, place, each)
        states = {world.letters()[ref].state for ref in refs}
        words = sum(world.progress(ref).words == CAME_BACK_WORDS for ref in refs)
        with db.reading() as session:
            stands = session.scalar(sa.select(sa.func.count(Acknowledgement.id))) or 0
        (following,) = world.sent(place)
        world.send(4 * MINUTE)
        world.send(6 * MINUTE)
        held = world.letters()[following]
        alerts = _alerts(world, place.leader, administrator, refs[:each])
        went = sum(message_id == held.message_id for message_id in world.letters_to(place.lead))
        yield world.line(
            fault="F26",
            what="a letter comes back, acknowledged or not",
            operations=2 * each,
            lost=2 * each - stands,
            besides=f"{words} say so, {stands} acknowledged, the next letter is {held.state}, "
            f"{len(alerts)} told, {max(alerts, default=0):.0f} s later",
            holds=(states, words, stands, held.state, went) == ({State.BOUNCED}, 2 * each, 2 * each, State.HELD, 0)
            and len(alerts) == each + 1
            and max(alerts) <= 15 * MINUTE,
        )


def _alerts(world: Service, leader: int, administrator: int, refs: list[str]) -> list[float]:
    """After how many seconds the sender heard of each of these letters, and whoever looks after the people of it."""
    with db.reading() as session:
        since = session.scalars(sa.select(sa.func.min(Bounce.at, type_=Bounce.at.type))).one()
    sender = world.heard("unsent", leader, since)
    return [*(sender[ref] for ref in refs if ref in sender), *world.heard("address", administrator, since).values()]


def _come_back_before_and_after(world: Service, place: World, each: int) -> list[str]:
    """Letters that came back, half of them before the lead acknowledged what they are about, half of them after."""
    refs = world.sent(place, 2 * each)
    world.send()
    world.send(2 * MINUTE)
    for ref in refs[:each]:
        _come_back(world, ref)
    world.send(3 * MINUTE)
    for ref in refs:
        _acknowledge(world, place.lead, ref)
    for ref in refs[each:]:
        _come_back(world, ref)
    return refs


def _come_back(world: Service, ref: str) -> None:
    to = return_address(world.app.config["SETTINGS"], world.letters()[ref].ref)
    said = world.said("post", "bounce", "--recipient", to, piped=sent_back(POSTFIX, to))
    assert "a report that a letter came back" in said, said


def _acknowledge(world: Service, person: int, ref: str) -> None:
    with db.writing() as session:
        services.acknowledge(session, actor_for(session, person, now()), newest(session, ref), now=now())


def forged(ground: Ground) -> Iterator[Line]:
    """F27: forged, broken, huge and automatic messages without the proof of a letter. No row of any table changes."""
    with service(ground) as world:
        world.sent(world.world(), 2)
        world.send()
        world.send(2 * MINUTE)
        letter = next(iter(world.letters().values()))
        own = return_address(world.app.config["SETTINGS"], letter.ref)
        wrong = own[: own.index("@") - 5] + "zzzzz" + own[own.index("@") :]
        chance, whole = random.Random(27), [message for message, *_ in (*CAME_BACK.values(), *NOTHING.values())]
        before, taken, messages = everything(), 0, ground.times(200, 20)
        for i in range(messages):
            message = fuzzed(chance, sent_back(chance.choice(whole), wrong if i % 3 else "bounce@service.test"))
            if i % 10 == 0:
                message += b"x" * (2 * 1024 * 1024)
            arguments = ("--recipient", wrong) if i % 2 else ()
            taken += "no letter of ours" not in world.said("post", "bounce", *arguments, piped=message)
        changed = sum(everything()[table] != rows for table, rows in before.items())
        real = world.said("post", "bounce", "--recipient", own, piped=sent_back(POSTFIX, own))
        yield Line(
            fault="F27",
            what="forged, broken, huge or automatic messages",
            database=ground.kind,
            operations=messages,
            lost=0,
            most=0,
            besides=f"{taken} taken for reports, {changed} tables changed",
            holds=(taken, changed) == (0, 0) and "a report that a letter came back" in real,
        )


def everything() -> dict[str, str]:
    """A digest of all rows of each table."""
    digests = {}
    with db.reading() as session:
        for name, table in Base.metadata.tables.items():
            rows = session.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
            digests[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return digests


LINES = (bounced, forged)
