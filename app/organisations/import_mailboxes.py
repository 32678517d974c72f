"""The shared mailboxes that an import tells: known by organisation and address, and the rest follows the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from app.clock import start_of, today
from app.database import new_ref
from app.organisations.hearing import SharedMailbox
from app.organisations.import_places import Places
from app.organisations.importing import Work, chunks
from app.organisations.models import Address
from app.organisations.people_file import Row

_TOLD = ("name", "starts_on", "ends_on")
_OWN = "give {} of its own: nobody signs in by a shared mailbox"


class Mailboxes:
    """Finds, checks, adds and updates the shared mailboxes of an import."""

    def __init__(self, work: Work, places: Places) -> None:
        self.work, self.places = work, places
        self.today = today(work.now)
        self.rows: dict[tuple[str, str], Row] = {}
        self._held: dict[tuple[int, str], SharedMailbox] = {}

    def check(self) -> None:
        """Say which rows contradict each other, and where an address would be a person's and a shared mailbox too."""
        for row in self.work.rows:
            if row.mailbox:
                key = (row.organisation_ref.casefold(), row.emails[0])
                same = self.rows.setdefault(key, row)
                if replace(row, line=0) != replace(same, line=0):
                    self.work.refuse(
                        row, f"line {same.line} says otherwise of this shared mailbox: keep one of the two"
                    )
        for emails in chunks({email for _, email in self.rows}):
            for held in self.work.session.scalars(select(SharedMailbox).where(SharedMailbox.email.in_(emails))):
                self._held[held.organisation_id, held.email] = held
        for row in self.rows.values():
            self._check_days(row)
        self._check_addresses()

    def write(self) -> None:
        """Add shared mailboxes that are new, change those of which the file says something else now."""
        if not self.rows:
            return
        told = [(row, self._values(row)) for row in self.rows.values()]
        fresh = [{**values, "ref": new_ref()} for row, values in told if self._known(row) is None]
        self.work.add(SharedMailbox, "shared mailbox", fresh)
        for values in fresh:
            self._note("shared mailbox added", values["ref"], values)
        changed = [(held, values) for row, values in told if (held := self._known(row)) and self._differ(held, values)]
        for held, values in changed:
            self._note("shared mailbox changed", held.ref, values, changed=self._differ(held, values))
        self.work.change(SharedMailbox, "shared mailbox", [{"id": held.id, **values} for held, values in changed])

    def _check_days(self, row: Row) -> None:
        starts_on = self._starts_on(row)
        if row.ends_on and row.ends_on < starts_on:
            fault = f"“to” is before the shared mailbox begins ({starts_on.isoformat()}): fill in “from”"
            self.work.refuse(row, fault)

    def _check_addresses(self) -> None:
        """One that has ended is a mailbox no more, so that a wrong line can be put right."""
        current = {row.emails[0]: row for row in self.rows.values() if not row.ends_on or row.ends_on >= self.today}
        ended = {row.emails[0] for row in self.rows.values()} - set(current)
        people = {email: row for row in self.work.rows if not row.mailbox for email in row.emails}
        for email in sorted(current.keys() & people.keys()):
            self.work.refuse(
                current[email], f"line {people[email].line} has {email} too: {_OWN.format('that person one')}"
            )
        for emails in chunks(sorted(current.keys() - people.keys())):
            for email in self.work.session.scalars(select(Address.email).where(Address.email.in_(emails))):
                self.work.refuse(current[email], f"{email} is a person’s address: {_OWN.format('the mailbox one')}")
        lasts = or_(SharedMailbox.ends_on.is_(None), SharedMailbox.ends_on >= self.today)
        taken = select(SharedMailbox.email).where(lasts).distinct()
        for emails in chunks(sorted(people.keys() - ended - current.keys())):
            for email in self.work.session.scalars(taken.where(SharedMailbox.email.in_(emails))):
                self.work.refuse(people[email], f"{email} is a shared mailbox: {_OWN.format('the person an address')}")

    def _known(self, row: Row) -> SharedMailbox | None:
        return self._held.get((self.places.organisation_id(row), row.emails[0]))

    def _starts_on(self, row: Row) -> date:
        held = self._known(row)
        return row.starts_on or (held.starts_on if held else self.today)

    def _values(self, row: Row) -> dict[str, Any]:
        starts_on, held = self._starts_on(row), self._known(row)
        return {
            "organisation_id": self.places.organisation_id(row),
            "email": row.emails[0],
            "name": row.name,
            "starts_on": starts_on,
            "counts_from": max(held.counts_from if held else self.work.now, start_of(starts_on)),
            "ends_on": row.ends_on,
        }

    def _differ(self, held: SharedMailbox, values: dict[str, Any]) -> list[str]:
        return [name for name in _TOLD if values[name] != getattr(held, name)]

    def _note(self, kind: str, ref: str, values: dict[str, Any], **detail: Any) -> None:
        self.work.note(kind, ref, organisation_id=values["organisation_id"], detail=detail)
