"""Who is asked, and who is written to about it: plain values and the one rule that joins them.

`addressees` is that rule. The page an officer checks and the text of every letter read it here; `emails.owed` says the
same in SQL, and a test holds the two together. A `Plan` is a list to be confirmed: its digest covers everything on the
list that an officer could want to look at again, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from app.packs.models import Edition
from app.policy import Role

WRITTEN_TO = (Role.LEADER, Role.MINUTES, Role.LEAD, Role.ADMINISTRATOR)
# A page carries its list along up to this many items, some 50,000 characters. The digest proves a longer one as well.
MOST_SHOWN = 2_000


@dataclass(frozen=True)
class Chosen:
    """What an officer picked: an edition, organisations (all their teams, or the whole where no team is known) and
    single teams, by their public references. `again` asks those too who were asked about this edition before."""

    edition: Edition
    organisations: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    again: bool = False


@dataclass(frozen=True)
class Line:
    """One organisation or team on the list, with its names and sector. No team: the whole organisation.

    `asked_ref` is the reference of its `Asked` once it was asked.
    """

    organisation_id: int
    organisation_ref: str
    organisation_name: str
    sector: str
    team_id: int | None = None
    team_ref: str = ""
    team_name: str = ""
    asked_ref: str = ""

    @property
    def key(self) -> str:
        """Which line it is, whatever the names."""
        return f"t:{self.team_ref}" if self.team_ref else f"o:{self.organisation_ref}"

    @property
    def name(self) -> str:
        """The team's name, or the organisation's where no team is known."""
        return self.team_name or self.organisation_name


@dataclass(frozen=True)
class Holder:
    """Somebody who holds one of the roles written to, today. `teams` narrows it; empty is the whole organisation."""

    ref: str
    name: str
    email: str
    role: Role
    title: str
    organisation_id: int
    teams: frozenset[int] = frozenset()

    def covers(self, line: Line) -> bool:
        """Whether the role reaches this line. Leaders and minute takers are always of named teams."""
        if self.organisation_id != line.organisation_id:
            return False
        if self.role in (Role.LEADER, Role.MINUTES) or self.teams:
            return line.team_id in self.teams
        return True


@dataclass(frozen=True)
class Heard:
    """Who hears about one line, by role."""

    line: Line
    leaders: tuple[Holder, ...] = ()
    minute_takers: tuple[Holder, ...] = ()
    leads: tuple[Holder, ...] = ()
    administrators: tuple[Holder, ...] = ()

    @property
    def writers(self) -> tuple[Holder, ...]:
        """Who is asked to hold the discussion: the leaders, or where there are none the minute takers."""
        return self.leaders or self.minute_takers

    @property
    def others(self) -> tuple[Holder, ...]:
        """Who is told: the leads; an administrator only where nobody else would hear."""
        return self.leads or (() if self.writers else self.administrators)

    @property
    def anybody(self) -> tuple[Holder, ...]:
        """Everybody who is written to about it."""
        return (*self.writers, *self.others)


@dataclass(frozen=True)
class Addressee:
    """A person who gets one letter, with every line and role it is about: what a leader has to do first."""

    ref: str
    name: str
    reasons: tuple[tuple[Holder, Heard], ...]

    @property
    def email(self) -> str:
        """The address of the role that comes first."""
        return self.reasons[0][0].email

    def lines(self, *roles: Role) -> tuple[Heard, ...]:
        """The lines that the person is written to about in one of these roles."""
        return tuple(heard for holder, heard in self.reasons if holder.role in roles)


def heard(lines: Iterable[Line], holders: Iterable[Holder]) -> list[Heard]:
    """Who hears about each line, in the order of the lines."""
    there: defaultdict[tuple[int, Role], list[Holder]] = defaultdict(list)
    for holder in holders:
        there[holder.organisation_id, holder.role].append(holder)

    def of(line: Line, role: Role) -> tuple[Holder, ...]:
        return tuple(h for h in there[line.organisation_id, role] if h.covers(line))

    return [Heard(line, *(of(line, role) for role in WRITTEN_TO)) for line in lines]


def addressees(heard: Iterable[Heard]) -> list[Addressee]:
    """One addressee per person, in the order of their names. Within a person's letter roles stand in order of duty."""
    reasons: defaultdict[str, dict[tuple[Role, str], tuple[Holder, Heard]]] = defaultdict(dict)
    for one in heard:
        for holder in one.anybody:
            # Two appointments to one role may both cover a line, which is still one thing to say.
            reasons[holder.ref].setdefault((holder.role, one.line.key), (holder, one))
    people = [
        Addressee(ref, next(iter(found.values()))[0].name, tuple(sorted(found.values(), key=_duty)))
        for ref, found in reasons.items()
    ]
    return sorted(people, key=lambda person: (person.name.casefold(), person.ref))


def _duty(reason: tuple[Holder, Heard]) -> int:
    return WRITTEN_TO.index(reason[0].role)


@dataclass(frozen=True)
class Plan:
    """A list to be confirmed: who would be asked and who is written to, as things stand.

    `before` says when lines of the list were asked about this edition already; `left_out` are lines that were chosen
    but not asked again, with that date.
    """

    partnership_id: int
    edition: Edition
    heard: tuple[Heard, ...]
    before: dict[str, date] = field(default_factory=dict)
    left_out: tuple[tuple[Line, date], ...] = ()

    @cached_property
    def people(self) -> list[Addressee]:
        """Everybody who gets a letter: as many letters as people."""
        return addressees(self.heard)

    @property
    def lines(self) -> list[Line]:
        """The organisations and teams to be asked."""
        return [one.line for one in self.heard]

    @property
    def letters(self) -> int:
        """How many letters go out: one to each person, however many teams or roles they have."""
        return len(self.people)

    @property
    def counts(self) -> dict[str, int]:
        """What the trail says of it."""
        return {"asked": len(self.heard), "letters": self.letters}

    @property
    def teams(self) -> list[Line]:
        """The lines that are teams."""
        return [line for line in self.lines if line.team_id is not None]

    @property
    def wholes(self) -> list[Line]:
        """The lines that are organisations whose teams are not known."""
        return [line for line in self.lines if line.team_id is None]

    @property
    def organisations(self) -> int:
        """How many organisations the list touches."""
        return len({line.organisation_id for line in self.lines})

    @property
    def no_leader(self) -> list[Heard]:
        """Teams without a leader."""
        return [one for one in self.heard if one.line.team_id is not None and not one.leaders]

    @property
    def no_lead(self) -> list[Heard]:
        """Lines without a safeguarding lead."""
        return [one for one in self.heard if not one.leads]

    @property
    def unheard(self) -> list[Heard]:
        """Lines about which nobody would get a letter."""
        return [one for one in self.heard if not one.anybody]

    @cached_property
    def items(self) -> dict[str, list[object]]:
        """What the list says, item by item, under keys that outlast a change of names."""
        found: dict[str, list[object]] = {f"e:{self.edition.ref}": []}
        for line in self.lines:
            asked = self.before.get(line.key)
            found[line.key] = [line.organisation_name, line.team_name, line.sector, asked and asked.isoformat()]
        for person in self.people:
            found[f"p:{person.ref}"] = [person.name, sorted([h.role.value, one.line.key] for h, one in person.reasons)]
        return found

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the list, 64 hexadecimal digits: the same for the same list in any order."""
        return _digest(sorted(self.items.items()))

    @property
    def shown(self) -> str:
        """Every item with the first digits of its digest: enough to say later what has changed since. Empty where the
        list is too long for a page to carry along: then it can only be said that it has changed."""
        if len(self.items) > MOST_SHOWN:
            return ""
        return " ".join(f"{key}~{_digest(value)[:8]}" for key, value in self.items.items())


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True)
class Changes:
    """How a list differs from one that was shown: keys of items that are new, gone, or say something else."""

    new: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()


def changes(plan: Plan, shown: str) -> Changes:
    """What has changed since a list was shown. `shown` comes back from a browser: nothing in it is trusted."""
    pairs = (item.rpartition("~") for item in shown.split())
    was = {key: digits for key, _, digits in pairs if key}
    now = {key: _digest(value)[:8] for key, value in plan.items.items()}
    return Changes(
        new=frozenset(now.keys() - was.keys()),
        gone=frozenset(was.keys() - now.keys()),
        other=frozenset(key for key in now.keys() & was.keys() if now[key] != was[key]),
    )


def keys_of(changes: Iterable[str], kind: str) -> Sequence[str]:
    """The references among keys of one kind: `t` teams, `o` organisations, `p` people, `e` editions."""
    return sorted(key[2:] for key in changes if key.startswith(f"{kind}:"))
