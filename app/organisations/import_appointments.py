"""The appointments that an import tells: a row that names a role is one, or one team of one.

The same person, role and place on overlapping days is the same appointment, so that a corrected date changes it; days
apart from it are another one. A row that does not say from when means the appointment that runs now or is to come, and
if there is none, one from today.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select

from app.clock import today
from app.database import new_ref
from app.organisations.import_people import People, Somebody
from app.organisations.import_places import Places
from app.organisations.importing import Work, chunks
from app.organisations.models import Appointment, AppointmentTeam
from app.organisations.people_file import Row
from app.organisations.posts import counts_from
from app.organisations.queries import REACHES_BACK
from app.policy import Role

_OF_THE_PARTNERSHIP = (Role.OFFICER, Role.REVIEWER)
_LAST_DAY = date.max
_TOLD = ("starts_on", "ends_on", "local_title", "address_id")
_HELD = ("id", "ref", *_TOLD, "counts_from")


@dataclass(frozen=True, kw_only=True, eq=False)
class Held:
    """An appointment as the database knows it."""

    id: int
    ref: str
    starts_on: date
    ends_on: date | None
    local_title: str
    address_id: int
    counts_from: datetime
    teams: frozenset[int] = frozenset()

    def overlaps(self, first: date, last: date) -> bool:
        """Whether it shares a day with these days, both included."""
        return self.starts_on <= last and first <= _last(self)


def _last(what: Row | Held) -> date:
    return what.ends_on or _LAST_DAY


Key = tuple[int, Role, int, int]
"""Person, role, the key of the partnership or organisation, and of the team (0: none)."""
Told = tuple[list[Row], dict[str, Any]]
"""Rows that say the same of one person, role and organisation, each of another team; and what they say, as columns."""


def _grouped(told: list[Told]) -> list[Told]:
    """Rows with the same columns together. An appointment to the whole organisation stays by itself."""
    groups: dict[tuple[Any, ...], Told] = {}
    for rows, values in told:
        key = (bool(rows[0].team_ref), *values.values())
        groups.setdefault(key, ([], values))[0].extend(rows)
    return list(groups.values())


class Appointments:
    """Finds, checks, adds and updates the appointments of an import."""

    def __init__(self, work: Work, places: Places, people: People) -> None:
        self.work, self.places, self.people = work, places, people
        self.today = today(work.now)
        self._held: dict[Key, list[Held]] = defaultdict(list)
        self._plan: list[tuple[Row, Held | None]] = []
        self._spoken_of: set[tuple[Held, str]] = set()

    def check(self) -> None:
        """Match every row with the appointment it speaks of and say which rows contradict each other."""
        self._read()
        told: dict[tuple[Somebody, Role, str, str], list[Row]] = defaultdict(list)
        for row in self.work.rows:
            if row.role is None:
                continue
            place = row.partnership if row.role in _OF_THE_PARTNERSHIP else row.organisation_ref
            same = told[self.people.person(row), row.role, place.casefold(), row.team_ref.casefold()]
            if any(replace(row, line=0) == replace(other, line=0) for other in same):
                continue
            for other in same:
                if self._first(row) <= _last(other) and self._first(other) <= _last(row):
                    fault = f"line {other.line} says the same role for the same days: keep one of the two"
                    self.work.refuse(row, fault)
            same.append(row)
            self._match(row)

    def write(self) -> None:
        """Add new appointments and change those of which the file says something else now."""
        self._add([([row], self._values(row)) for row, held in self._plan if held is None])
        changes: dict[Held, list[Told]] = defaultdict(list)
        for row, held in self._plan:
            if held and (values := self._changed(row, held)):
                changes[held].append(([row], values))
        changed = [
            (held, *kept) for held, told in changes.items() if (kept := self._kept_in_place(held, _grouped(told)))
        ]
        for held, rows, values in changed:
            differ = [name for name in _TOLD if values[name] != getattr(held, name)]
            self._note("appointment changed", rows[0], held.ref, differ)
        self.work.change(Appointment, "appointment", [{"id": held.id, **values} for held, _, values in changed])

    def _kept_in_place(self, held: Held, told: list[Told]) -> Told | None:
        """What changes in the appointment itself. Where the rows speak of some of its teams only, or differ, teams go
        over into appointments of their own; never its last one, because without teams it would reach them all."""
        stays = told.pop(0) if sum(len(rows) for rows, _ in told) >= len(held.teams) else None
        for rows, values in told:
            teams = [self.places.team_id(row) for row in rows]
            gone = delete(AppointmentTeam).where(AppointmentTeam.appointment_id == held.id)
            self.work.session.execute(gone.where(AppointmentTeam.team_id.in_(teams)))
            self._add([(rows, {**self._values(rows[0]), **values})])
        return stays

    def _first(self, row: Row) -> date:
        return row.starts_on or min(self.today, row.ends_on or self.today)

    def _key(self, row: Row) -> Key:
        assert row.role is not None
        somebody = self.people.person(row).id
        if row.role in _OF_THE_PARTNERSHIP:
            return somebody, row.role, self.places.partnership_id(row), 0
        if row.role is Role.OPERATOR:
            return somebody, row.role, 0, 0
        return somebody, row.role, self.places.organisation_id(row), self.places.team_id(row)

    def _read(self) -> None:
        """The appointments so far of everybody in the file, under each team that they are narrowed to."""
        everybody = {self.people.person(row).id for row in self.work.rows if row.role} - {0}
        columns = ("person_id", "role", "organisation_id", "partnership_id", *_HELD)
        found = select(*(getattr(Appointment, name) for name in columns))
        ordered = found.order_by(Appointment.starts_on, Appointment.id)
        for keys in chunks(sorted(everybody)):
            mine = Appointment.person_id.in_(keys)
            teams: dict[int, set[int]] = defaultdict(set)
            narrowed = select(AppointmentTeam.appointment_id, AppointmentTeam.team_id).join(AppointmentTeam.appointment)
            for appointment, team in self.work.session.execute(narrowed.where(mine)):
                teams[appointment].add(team)
            for person, role, organisation, partnership, *rest in self.work.session.execute(ordered.where(mine)):
                held = Held(**dict(zip(_HELD, rest, strict=True)), teams=frozenset(teams[rest[0]]))
                for team in held.teams or (0,):
                    self._held[person, role, organisation or partnership or 0, team].append(held)

    def _match(self, row: Row) -> None:
        """Which appointment, if any, the row speaks of."""
        so_far = self._held.get(self._key(row), []) if self._is_known(row) else []
        candidates = [held for held in so_far if (held, row.team_ref.casefold()) not in self._spoken_of]
        if row.starts_on:
            same = [held for held in candidates if held.overlaps(row.starts_on, _last(row))]
            same.sort(key=lambda held: held.starts_on != row.starts_on)
        else:
            last = row.ends_on
            same = [held for held in reversed(candidates) if _last(held) >= self.today or held.ends_on == last]
            same.sort(key=lambda held: held.ends_on != last)
        held = same[0] if same else None
        if not row.starts_on and row.ends_on and row.ends_on < (held.starts_on if held else self.today):
            began = "it would begin today" if held is None else f"it began on {held.starts_on.isoformat()}"
            self.work.refuse(row, f"“to” is before the appointment begins ({began}): fill in “from”")
        self._plan.append((row, held))
        if held:
            self._spoken_of.add((held, row.team_ref.casefold()))

    def _is_known(self, row: Row) -> bool:
        """Whether the database knows the person and the place; if not, there is no appointment yet."""
        known = bool(self.people.person(row).id)
        if row.organisation_ref:
            known = known and bool(self.places.organisation_id(row))
        return known and (not row.team_ref or bool(self.places.team_id(row)))

    def _values(self, row: Row) -> dict[str, Any]:
        """The columns of a new appointment."""
        somebody, role, place, _ = self._key(row)
        starts_on = row.starts_on or self.today
        of_partnership = role in _OF_THE_PARTNERSHIP
        return {
            "person_id": somebody,
            "address_id": self.people.person(row).emails[row.emails[0]],
            "role": role,
            "starts_on": starts_on,
            "counts_from": counts_from(self.work.now, starts_on),
            "ends_on": row.ends_on,
            "organisation_id": None if of_partnership else place or None,
            "partnership_id": place if of_partnership else None,
            "local_title": row.local_title,
        }

    def _changed(self, row: Row, held: Held) -> dict[str, Any] | None:
        """The columns of an appointment as the row has them; None where nothing is different."""
        starts_on = row.starts_on or held.starts_on
        values = {
            "starts_on": starts_on,
            "ends_on": row.ends_on,
            "local_title": row.local_title,
            "address_id": self.people.person(row).emails[row.emails[0]],
        }
        if all(values[name] == getattr(held, name) for name in _TOLD):
            return None
        return {**values, "counts_from": counts_from(held.counts_from + REACHES_BACK, starts_on)}

    def _add(self, told: list[Told]) -> None:
        """Add appointments: one for all teams of which the same is told."""
        fresh = [(rows, {**values, "ref": new_ref()}) for rows, values in _grouped(told)]
        keys = self.work.add(Appointment, "appointment", [values for _, values in fresh])
        narrowed = [
            {"appointment_id": key, "team_id": self.places.team_id(row), "organisation_id": values["organisation_id"]}
            for key, (rows, values) in zip(keys, fresh, strict=True)
            for row in rows
            if row.team_ref
        ]
        self.work.link(AppointmentTeam, narrowed)
        for rows, values in fresh:
            self._note("appointed", rows[0], values["ref"])

    def _note(self, kind: str, row: Row, ref: str, changed: list[str] | None = None) -> None:
        _, role, place, _ = self._key(row)
        of_partnership = role in _OF_THE_PARTNERSHIP
        detail: dict[str, Any] = {"role": role.value, "person": self.people.person(row).ref}
        if changed:
            detail["changed"] = changed
        where = {"partnership_id": place} if of_partnership else {"organisation_id": place or None}
        self.work.note(kind, ref, detail=detail, **where)
