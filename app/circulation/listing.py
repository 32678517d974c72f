"""Lists laid out for people: what can be ticked, who is on the list, and what has changed on it, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from app.circulation.audience import Changes, Heard, Holder, Line, Plan, keys_of
from app.circulation.kept_lists import Kept, Ticks
from app.policy import Role
from app.text import counted, single_line, words_joined

MOST_NAMED = 12
TOO_LONG = "The list is too long for this page to name what changed. How many are asked and written to stands below."


@dataclass(frozen=True)
class Box:
    """Something that can be ticked: a team, or an organisation of which no team is known."""

    ref: str
    name: str
    ticked: bool
    asked_on: date | None


@dataclass(frozen=True)
class Organisation:
    """An organisation with its boxes. `ticked`: everything there is. `box` stands for it where no team is known."""

    ref: str
    name: str
    ticked: bool
    teams: tuple[Box, ...]
    asked_on: date | None

    @property
    def some(self) -> bool:
        """Whether single teams are ticked and not the whole."""
        return not self.ticked and any(team.ticked for team in self.teams)


@dataclass(frozen=True)
class Sector:
    """The organisations of a sector."""

    name: str
    organisations: tuple[Organisation, ...]

    @property
    def teams(self) -> int:
        """How many teams there are."""
        return sum(len(organisation.teams) for organisation in self.organisations)

    @property
    def ticked(self) -> int:
        """How many organisations are ticked, wholly or in part."""
        return sum(organisation.ticked or organisation.some for organisation in self.organisations)

    @property
    def all_ticked(self) -> bool:
        """Whether every organisation is ticked as a whole."""
        return all(organisation.ticked for organisation in self.organisations)


def boxes(
    lines: Iterable[Line], organisations: Collection[str], teams: Collection[str], before: Mapping[str, date]
) -> list[Sector]:
    """Everything that can be ticked, by sector and organisation: what is ticked now, and when it was asked before."""

    def organisation(ref: str, found: list[Line]) -> Organisation:
        here = [line for line in found if line.team_ref]
        made = tuple(Box(x.team_ref, x.team_name, x.team_ref in teams, before.get(x.key)) for x in here)
        whole = ref in organisations or (len(made) == 1 and made[0].ticked)
        return Organisation(ref, found[0].organisation_name, whole, made, before.get(f"o:{ref}"))

    return [
        Sector(name, tuple(organisation(ref, list(rows)) for ref, rows in groupby(there, lambda x: x.organisation_ref)))
        for name, there in groupby(lines, lambda line: line.sector)
    ]


def refs_by_sector(lines: Iterable[Line]) -> dict[str, tuple[set[str], set[str]]]:
    """The references of the organisations and of the teams of each sector."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for line in lines:
        organisations, teams = found.setdefault(single_line(line.sector), (set(), set()))
        organisations.add(line.organisation_ref)
        teams.add(line.team_ref)
    return found


@dataclass(frozen=True)
class Place:
    """An organisation on the list with its lines."""

    name: str
    heard: tuple[Heard, ...]

    @property
    def leads(self) -> list[Holder]:
        """The safeguarding leads who are told, each once."""
        return list({lead.ref: lead for one in self.heard for lead in one.leads}.values())


def places(heard: Iterable[Heard]) -> list[tuple[str, list[Place]]]:
    """Who is on the list, by sector and organisation."""
    return [
        (sector, [Place(one[0].line.organisation_name, tuple(one)) for one in _by_organisation(found)])
        for sector, found in groupby(heard, lambda one: one.line.sector)
    ]


def _by_organisation(heard: Iterable[Heard]) -> list[list[Heard]]:
    return [list(found) for _, found in groupby(heard, lambda one: one.line.organisation_id)]


def counts_words(teams: int, organisations: int) -> str:
    """`600 teams and 10 organisations`: what is asked."""
    parts = [(teams, "team"), (organisations, "organisation")]
    return words_joined([counted(number, word) for number, word in parts if number])


def nobody_words(plan: Plan) -> str:
    """Why a list is empty, and what to do."""
    if plan.left_out:
        return (
            "Everybody you ticked was asked about this briefing before. Tick others, or tick below to ask them again."
        )
    return "Tick at least one organisation or team to ask."


def letters_words(plan: Plan) -> list[str]:
    """How many people are written to in each role, in words. A person with two roles is in both, and that is said."""
    numbers = [(sum(bool(p.lines(role)) for p in plan.people), word) for role, word in _ROLE_WORDS.items()]
    several = ["some of them in more than one role"] if sum(number for number, _ in numbers) > plan.letters else []
    return [counted(number, *word) for number, word in numbers if number] + several


_ROLE_WORDS = {
    Role.LEADER: ("team leader",),
    Role.MINUTES: ("minute taker of a team without a leader", "minute takers of teams without a leader"),
    Role.LEAD: ("safeguarding lead",),
    Role.ADMINISTRATOR: (
        "organisation administrator, asked to pass it on",
        "organisation administrators, asked to pass it on",
    ),
}


def named(names: Iterable[str], others: int = 0) -> str:
    """Names as they are spoken, the first few of many; `others` have no name to give."""
    found = list(names)
    more = others + max(0, len(found) - MOST_NAMED)
    parts = [*found[:MOST_NAMED], *([f"{more:,} more" if found else f"{more:,} with no name here"] if more else [])]
    return words_joined(parts)


def change_words(plan: Plan, changes: Changes, names: Mapping[str, str]) -> list[str]:
    """What has changed on the list, a sentence for each kind of change. `names`: of what is gone, by reference."""
    lines = {line.key: line.name for line in plan.lines}
    people = {f"p:{person.ref}": person.name for person in plan.people}
    gone_lines = [*keys_of(changes.gone, "t"), *keys_of(changes.gone, "o")]
    said = [
        ("Now on the list", _some(lines, changes.new), 0),
        ("No longer on the list", *_known(names, gone_lines)),
        ("Called something else now, or asked before by somebody else", _some(lines, changes.other), 0),
        ("Now gets a letter", _some(people, changes.new), 0),
        ("No longer gets a letter", *_known(names, keys_of(changes.gone, "p"))),
        ("Gets a letter about other teams or in another role", _some(people, changes.other), 0),
    ]
    newer = [f"A newer edition of this briefing was published: edition {plan.edition.number} will be sent."]
    sentences = newer if keys_of(changes.gone, "e") else []
    return sentences + [f"{what}: {named(found, others)}." for what, found, others in said if found or others]


def _some(names: Mapping[str, str], keys: Collection[str]) -> list[str]:
    return [name for key, name in names.items() if key in keys]


def _known(names: Mapping[str, str], refs: Iterable[str]) -> tuple[list[str], int]:
    wanted = list(refs)
    found = [names[ref] for ref in wanted if ref in names]
    return found, len(wanted) - len(found)


def ticked_words(ticks: Ticks) -> list[str]:
    """What ticking all of a list did, in sentences: how much, what is no longer here, what is followed into what."""
    done = counts_words(len(ticks.teams), len(ticks.organisations))
    sentences = [f"Ticked from “{ticks.name}”: {done}." if done else f"Nothing of “{ticks.name}” is here any more."]
    if ticks.gone:
        number = len(ticks.gone)
        sentences.append(
            f"{number:,} of this list {'is' if number == 1 else 'are'} no longer here: {named(ticks.gone)}."
        )
    for before, after in ticks.followed[:MOST_NAMED]:
        sentences.append(f"{before} went over into {words_joined(after)}, ticked instead.")
    if more := len(ticks.followed) - MOST_NAMED:
        sentences += [f"{more:,} more went over into other teams, ticked instead."] if more > 0 else []
    return sentences


def taken_words(there: Kept, teams: int, organisations: int) -> str:
    """That another list has a name: how much is on it, and how much is ticked now."""
    has, now = counts_words(there.teams, there.organisations), counts_words(teams, organisations)
    return (
        f"There is a list called “{there.name}” already. It has {has}; ticked now: {now}. "
        "Replace it with what is ticked, or give another name."
    )
