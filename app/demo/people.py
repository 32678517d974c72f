"""The organisations, teams and people of a data set. People are roles: nobody here exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from app.clock import start_of
from app.demo.queries import DOMAIN
from app.demo.rows import Rows
from app.demo.words import ORGANISATIONS, SECTORS
from app.organisations.models import (
    Address,
    Appointment,
    AppointmentTeam,
    Membership,
    Organisation,
    Partnership,
    Person,
    Team,
)
from app.policy import Role

SINCE = date(2021, 1, 4)


@dataclass(frozen=True)
class MadeTeam:
    """A team of a data set and who leads it."""

    id: int
    name: str
    organisation: MadeOrganisation
    leader: int


@dataclass
class MadeOrganisation:
    """An organisation of a data set and who leads on safeguarding in it."""

    id: int
    name: str
    sector: str
    lead: int
    lead_name: str
    lead_title: str
    teams: list[MadeTeam] = field(default_factory=list)


class People:
    """Makes places and people, and counts the people."""

    def __init__(self, rows: Rows, partnership: int, now: datetime, prefix: str) -> None:
        self.rows, self.partnership, self.now, self.prefix = rows, partnership, now, prefix
        self.count = 0

    def person(self, name: str) -> tuple[int, int]:
        """A person named for a role, with an address somebody has signed in with; keys of both."""
        self.count += 1
        person = self.rows.add(Person, name=name)
        email = f"{self.prefix}{self.count:05d}@{DOMAIN}"
        return person, self.rows.add(Address, person_id=person, email=email, proved_at=self.now - timedelta(days=90))

    def appoint(self, who: tuple[int, int], role: Role, *, teams: tuple[int, ...] = (), **where: Any) -> None:
        """Appoint a person from long ago, so that history owes no letters."""
        person, address = who
        values = {"person_id": person, "address_id": address, "role": role, "starts_on": SINCE, **where}
        values = {"ends_on": None, "organisation_id": None, "partnership_id": None, "local_title": "", **values}
        key = self.rows.add(Appointment, counts_from=start_of(SINCE), **values)
        for team in teams:
            self.rows.add(AppointmentTeam, appointment_id=key, team_id=team, organisation_id=values["organisation_id"])

    def office(self, short_name: str) -> int:
        """The partnership's officer, reviewer and operator; returns the officer."""
        officer = self.person(f"Partnership officer, {short_name}")
        self.appoint(officer, Role.OFFICER, partnership_id=self.partnership)
        reviewer = self.person(f"Reviewer, {short_name} quality assurance subgroup")
        self.appoint(reviewer, Role.REVIEWER, partnership_id=self.partnership)
        self.appoint(self.person(f"Operator, {short_name}"), Role.OPERATOR)
        return officer[0]

    def organisation(self, name: str, sector: str, title: str, teams: tuple[str, ...]) -> MadeOrganisation:
        """An organisation with its lead, its teams and their leaders. In a school the lead leads its one team."""
        key = self.rows.add(Organisation, code=f"{self.prefix}{name}", name=name, sector=sector, attaches=True)
        self.rows.add(Membership, partnership_id=self.partnership, organisation_id=key)
        lead = self.person(f"Lead for {name}")
        self.appoint(lead, Role.LEAD, organisation_id=key, local_title=title)
        made = MadeOrganisation(key, name, sector, lead[0], f"Lead for {name}", title)
        for team in teams:
            team_key = self.rows.add(Team, organisation_id=key, code=team, name=team)
            leader = lead if sector == "School" else self.person(f"Team leader, {team}")
            self.appoint(leader, Role.LEADER, teams=(team_key,), organisation_id=key)
            made.teams.append(MadeTeam(team_key, team, made, leader[0]))
        return made

    def more(self, organisations: list[MadeOrganisation], wanted: int) -> None:
        """Deputies, administrators and minute takers, until there are as many people as wanted."""
        for number in range(max(0, wanted - self.count)):
            place = organisations[number % len(organisations)]
            round_of = number // len(organisations)
            if round_of == 0:
                self.appoint(self.person(f"Deputy lead, {place.name}"), Role.DEPUTY, organisation_id=place.id)
            elif round_of == 1 and number % 3 == 0:
                who = self.person(f"Administrator, {place.name}")
                self.appoint(who, Role.ADMINISTRATOR, organisation_id=place.id)
            else:
                team = place.teams[number % len(place.teams)]
                who = self.person(f"Minute taker, {team.name}")
                self.appoint(who, Role.MINUTES, teams=(team.id,), organisation_id=place.id)


def partnership(rows: Rows, number: int, now: datetime) -> tuple[int, str]:
    """A partnership of a data set: its key and short name. The first is the one of the real pack."""
    short = "ESSCP" if number == 1 else f"SCP {number}"
    name = (
        "East Sussex Safeguarding Children Partnership"
        if number == 1
        else f"Safeguarding Children Partnership {number}"
    )
    key = rows.add(
        Partnership,
        slug="esscp" if number == 1 else f"scp-{number}",
        name=name,
        short_name=short,
        numbers_to_call=[["Single point of advice (demonstration)", "01234 567890"], ["In an emergency", "999"]],
        reply_name="the partnership office",
        reply_to=f"office{number}@{DOMAIN}",
        letters_from=now,
        colour="#0f4c57",
        secure_domains=["gov.uk", "nhs.net", "police.uk"],
        marking="OFFICIAL-SENSITIVE",
        reminder_days=[5, 10, 15, 20],
    )
    return key, short


def plans(organisations: int, teams: int) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """What organisations to make: those with names first, then numbered ones with one team or more each."""
    named = list(ORGANISATIONS[:organisations])
    left = organisations - len(named)
    spare = teams - sum(len(plan[3]) for plan in named)
    for number in range(left):
        sector = SECTORS[number % len(SECTORS)]
        many = 1 if sector == "School" else max(1, round((spare - (left - number)) / max(1, left - number)) + 1)
        many = min(many, spare - (left - number - 1))
        title = "Designated Safeguarding Lead" if sector == "School" else "Safeguarding Lead"
        name = f"{sector} organisation {number + 1:04d}"
        named.append((name, sector, title, tuple(f"{sector} team {number + 1:04d}-{t + 1}" for t in range(many))))
        spare -= many
    return named
