"""What a mail server may do to letters: refuse for now (F13), break off after the dot (F14), refuse for good (F15),
offer no encryption that can be trusted (F16)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from app.post.models import State
from app.post.queries import SENT, UNCONFIRMED, WAITING
from tests.faults.lines import Ground, Line
from tests.faults.toys import DAY, HOUR, MINUTE, QUICK, Toys, toys
from tests.post.smtp_stub import Certificates, Deed, Drop, Stall, Stub

LATER = {
    "greylisted at RCPT": ("rcpt", "450 4.2.0 greylisted, come back later"),
    "mailbox full at RCPT": ("rcpt", "452 4.2.2 mailbox full"),
    "busy at DATA": ("data", "451 4.3.0 try again later"),
    "busy after the dot": ("dot", "451 4.3.0 try again later"),
}


def refused_for_now(ground: Ground) -> Iterator[Line]:
    """F13: 4xx at RCPT or DATA. One copy once it is over, not before it is due, under the same Message-ID."""
    for what, (step, answer) in LATER.items():
        with toys(ground) as world:
            abouts = [f"n{i}" for i in range(ground.times(50, 3))]
            world.owe(*abouts)
            world.stub.misbehave(step, answer, times=2 * len(abouts))
            ends = world.send()
            waiting = Counter(told.words for told in world.progress().values())
            early = world.send(MINUTE / 3) + world.send(MINUTE + 5) + world.send(2 * MINUTE)
            before = world.arrived().copies
            ends += world.send(3 * MINUTE + 10)  # refused twice: due again one minute after the first, two after that
            came, states, tries = world.arrived(), world.states(), set(world.tries().values())
            yield Line(
                fault="F13",
                what=f"{what}, twice",
                database=ground.kind,
                operations=len(abouts),
                lost=came.lost,
                most=came.most,
                many_ids=came.many_ids,
                besides=f"{before} before it was due, {states[State.ACCEPTED]} sent when due",
                holds=not any(ends + early)
                and waiting == {WAITING: len(abouts)}
                and (before, came.lost, came.most, came.many_ids) == (0, 0, 1, 0)
                and states == {State.ACCEPTED: len(abouts)}
                and tries == {3},
            )


UNCLEAR: dict[str, tuple[Deed, int, int]] = {
    "broken off after the dot, letter kept": (Drop(), 1, 2),
    "broken off after the dot, letter thrown away": (Drop(kept=False), 1, 1),
    "silent after the dot": (Stall(), 1, 2),
    "broken off after the dot each time": (Drop(), 9, 2),
}


def left_in_doubt(ground: Ground) -> Iterator[Line]:
    """F14: dropped or stalled after the dot. At most two copies, never `failed`, and it says that it may come twice."""
    for what, (deed, times, most) in UNCLEAR.items():
        with toys(ground) as world:
            abouts = [f"n{i}" for i in range(ground.times(6 if isinstance(deed, Stall) else 50, 2))]
            world.owe(*abouts)
            for about in abouts:
                world.stub.misbehave("dot", deed, recipient=f"{about}@trust.test", times=times)
            world.send(timeouts=QUICK)
            first = world.states()
            for ahead in (MINUTE + 30, HOUR, DAY, 6 * DAY):
                world.send(ahead)
            came, states = world.arrived(), world.states()
            told = Counter((one.words, one.twice) for one in world.progress().values())
            ended, words = (State.MAYBE_SENT, UNCONFIRMED) if times > 1 else (State.ACCEPTED, SENT)
            yield Line(
                fault="F14",
                what=what,
                database=ground.kind,
                operations=len(abouts),
                lost=came.lost,
                most=came.most,
                many_ids=came.many_ids,
                besides=f"{states[State.FAILED]} failed, {told[words, True]} say that they may come twice",
                holds=(came.lost, came.most, came.many_ids) == (0, most, 0)
                and (first, states) == ({State.MAYBE_SENT: len(abouts)}, {ended: len(abouts)})
                and told == {(words, True): len(abouts)},
            )


def refused_for_good(ground: Ground) -> Iterator[Line]:
    """F15: 5xx at RCPT. Failed at once, for a plain reason, and not tried again; the others' letters go."""
    with toys(ground) as world:
        bad, good = ([f"{name}{i}" for i in range(ground.times(50, 3))] for name in ("bad", "good"))
        world.owe(*itertools.chain(*zip(bad, good, strict=True)))
        for about in bad:
            world.stub.misbehave("rcpt", "550 5.1.1 no such user here", recipient=f"{about}@trust.test")
        ends = [end for ahead in (0, HOUR, DAY, 6 * DAY) for end in world.send(ahead)]
        came, failed, sent, tries = world.arrived(), world.states(bad), world.states(good), world.tries()
        words = {world.progress()[about].words for about in bad}
        yield Line(
            fault="F15",
            what="no such address at RCPT",
            database=ground.kind,
            operations=len(bad),
            lost=sum(about not in came.each for about in good),
            most=came.most,
            many_ids=came.many_ids,
            besides=f"{failed[State.FAILED]} failed after {max(tries[about] for about in bad)} try",
            holds=ends == [0] * 4
            and (failed, sent) == ({State.FAILED: len(bad)}, {State.ACCEPTED: len(good)})
            and {tries[about] for about in bad + good} == {1}
            and words == {"Could not be sent: there is no such address"},
        )


UNSAFE = {
    "STARTTLS not offered": "The mail system offers no encrypted connection, so nothing was sent.",
    "a certificate nobody knows": "The certificate of the mail system could not be verified, so nothing was sent.",
    "a certificate of another host": "The certificate of the mail system could not be verified, so nothing was sent.",
}


def unencrypted(ground: Ground) -> Iterator[Line]:
    """F16: no STARTTLS, a bad certificate or the wrong host name. Nothing is said after EHLO; the reason is kept."""
    known = Certificates(ground.folder / "known.pem")
    stranger = Certificates(ground.folder / "stranger.pem")
    contexts = {
        "STARTTLS not offered": None,
        "a certificate nobody knows": stranger.for_names("localhost"),
        "a certificate of another host": known.for_names("other.example.org"),
    }
    safely = {"mail_server": "localhost", "mail_use_tls": True, "mail_ca_file": str(known.ca_file)}
    for what, why in UNSAFE.items():
        tries = ground.times(20, 2)
        with toys(ground, context=contexts[what]) as world:
            world.owe(*[f"n{i}" for i in range(tries)])
            ends = [end for _ in range(tries) for end in world.send(settings=safely, timeouts=QUICK)]
            kept = Counter(row.last_reason for row in world.rows().values())
            said = {line.partition(" ")[0].upper() for line in world.stub.said}
            mute = (world.stub.body_bytes, world.stub.received, said - {"EHLO", "STARTTLS"}) == (0, [], set())
            came = _once_it_is_safe(world, known, safely)
            yield Line(
                fault="F16",
                what=what,
                database=ground.kind,
                operations=tries,
                lost=tries - came[0],
                most=came[1],
                many_ids=came[2],
                besides=f"{world.stub.body_bytes} body bytes seen, {kept[why]} with the reason",
                holds=ends == [1] * tries and kept == {why: tries} and mute and came == (tries, 1, 0),
            )


def _once_it_is_safe(world: Toys, known: Certificates, safely: dict[str, object]) -> tuple[int, int, int]:
    """How many letters come, the most copies, and how many have a Message-ID of no letter, once the mail server is what
    it should be."""
    with Stub(context=known.for_names("localhost")) as good:
        world.send(2 * MINUTE, mail_port=good.port, settings=safely)
        copies, ours = good.copies(), {row.message_id for row in world.rows().values()}
        plain = any(not copy.encrypted for copy in good.received)
        most = 99 if plain else max(copies.values(), default=0)
        return len(set(copies) & ours), most, len(set(copies) - ours)


LINES = (refused_for_now, left_in_doubt, refused_for_good, unencrypted)
