"""The places that an import names: organisations, the partnerships they belong to, and their teams.

An organisation is known by its reference, a team by its reference within the organisation; names and sectors follow the
file. References are compared without regard to capitals, so that a slip does not make a second organisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.database import new_ref
from app.organisations.importing import Work, chunks
from app.organisations.models import Membership, Organisation, Partnership, Team
from app.organisations.people_file import Row


@dataclass
class Known:
    """An organisation or team as the file tells it, and as the database knows it (`id` 0: not yet)."""

    line: int
    code: str
    name: str
    sector: str = ""
    id: int = 0
    ref: str = ""
    differs: bool = False


class Places:
    """Finds, checks, adds and updates the places of an import."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._partnerships: dict[str, int] = {}
        self._organisations: dict[str, Known] = {}
        self._teams: dict[tuple[str, str], Known] = {}
        self._members: dict[tuple[int, str], None] = {}

    def partnership_id(self, row: Row) -> int:
        """The key of the row's partnership."""
        return self._partnerships[row.partnership.casefold()]

    def organisation_id(self, row: Row) -> int:
        """The key of the row's organisation; 0 before it is written."""
        return self._organisations[row.organisation_ref.casefold()].id

    def team_id(self, row: Row) -> int:
        """The key of the row's team; 0 where it names none and before it is written."""
        team = self._teams.get((row.organisation_ref.casefold(), row.team_ref.casefold()))
        return team.id if team else 0

    def check(self) -> None:
        """Gather the places of all rows and say which rows contradict each other or name an unknown partnership."""
        self._read_partnerships()
        for row in self.work.rows:
            self._check_partnership(row)
            if row.organisation_ref:
                self._gather(row)
        self._read_organisations()
        self._read_teams()
        for row in self.work.rows:
            known = self._organisations.get(row.organisation_ref.casefold())
            if known and not known.sector:
                self.work.refuse(row, f"fill in sector: nobody has said which sector {known.name} belongs to")

    def write(self) -> None:
        """Add what is new, change what is called otherwise now."""
        organisations = list(self._organisations.values())
        fresh = [known for known in organisations if not known.id]
        rows = [{"code": k.code, "name": k.name, "sector": k.sector, "attaches": True, "ref": new_ref()} for k in fresh]
        for known, key in zip(fresh, self.work.add(Organisation, "organisation", rows), strict=True):
            known.id = key
        changed = [known for known in organisations if known.differs]
        values = [{"id": k.id, "name": k.name, "sector": k.sector} for k in changed]
        self.work.change(Organisation, "organisation", values)
        for known in changed:
            self.work.note("renamed", known.ref, organisation_id=known.id)
        self._write_members()
        self._write_teams()

    def _read_partnerships(self) -> None:
        known = select(Partnership.id, Partnership.slug, Partnership.short_name, Partnership.name)
        for key, *names in self.work.session.execute(known.order_by(Partnership.id)):
            self._partnerships.update({name.casefold(): key for name in names})

    def _check_partnership(self, row: Row) -> None:
        if row.partnership and row.partnership.casefold() not in self._partnerships:
            fault = f"there is no partnership “{row.partnership}” here. Start it first with `organisations start`"
            self.work.refuse(row, f"{fault}, or correct its name")

    def _gather(self, row: Row) -> None:
        key = row.organisation_ref.casefold()
        known = self._organisations.setdefault(key, Known(row.line, row.organisation_ref, row.organisation, row.sector))
        known.sector = known.sector or row.sector
        same = f"organisation_ref {row.organisation_ref} on line {known.line}"
        self._compare(row, "organisation", row.organisation, known.name, same)
        self._compare(row, "sector", row.sector, known.sector, same)
        if row.partnership.casefold() in self._partnerships:
            self._members[self.partnership_id(row), key] = None
        if row.team_ref:
            team = self._teams.setdefault((key, row.team_ref.casefold()), Known(row.line, row.team_ref, row.team))
            self._compare(row, "team", row.team, team.name, f"team_ref {row.team_ref} on line {team.line}")

    def _compare(self, row: Row, called: str, told: str, before: str, same: str) -> None:
        if told and told != before:
            self.work.refuse(row, f"{called} is “{told}” here and “{before}” for {same}: write it alike in all rows")

    def _read_organisations(self) -> None:
        # All of them, as plain values: the database's own way of ignoring capitals knows only some letters.
        found = select(Organisation.id, Organisation.ref, Organisation.code, Organisation.name, Organisation.sector)
        for key, ref, code, name, sector in self.work.session.execute(found):
            known = self._organisations.get(code.casefold())
            if known:
                known.id, known.ref, known.sector = key, ref, known.sector or sector
                known.differs = (known.name, known.sector) != (name, sector)

    def _read_teams(self) -> None:
        code_of = {known.id: code for code, known in self._organisations.items() if known.id}
        for keys in chunks(code_of):
            columns = select(Team.id, Team.ref, Team.organisation_id, Team.code, Team.name)
            found = self.work.session.execute(columns.where(Team.organisation_id.in_(keys)))
            for key, ref, organisation_id, code, name in found:
                known = self._teams.get((code_of[organisation_id], code.casefold()))
                if known:
                    known.id, known.ref, known.differs = key, ref, known.name != name

    def _write_members(self) -> None:
        wanted = {(partnership, self._organisations[code].id) for partnership, code in self._members}
        found: set[tuple[int, int]] = set()
        for keys in chunks({organisation for _, organisation in wanted}):
            belong = select(Membership.partnership_id, Membership.organisation_id)
            rows = self.work.session.execute(belong.where(Membership.organisation_id.in_(keys)))
            found.update((partnership, organisation) for partnership, organisation in rows)
        fresh = [{"partnership_id": p, "organisation_id": o} for p, o in sorted(wanted - found)]
        self.work.link(Membership, fresh)

    def _write_teams(self) -> None:
        fresh = [(self._organisations[code].id, known) for (code, _), known in self._teams.items() if not known.id]
        rows: list[dict[str, Any]] = [
            {"organisation_id": organisation, "code": known.code, "name": known.name, "ref": new_ref()}
            for organisation, known in fresh
        ]
        for (_, known), key in zip(fresh, self.work.add(Team, "team", rows), strict=True):
            known.id = key
        changed = [(self._organisations[code].id, known) for (code, _), known in self._teams.items() if known.differs]
        self.work.change(Team, "team", [{"id": known.id, "name": known.name} for _, known in changed])
        for organisation, known in changed:
            self.work.note("renamed", known.ref, organisation_id=organisation)
