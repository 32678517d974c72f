"""The people that an import names. A person is known by any of their addresses; the name follows the file."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from app.database import new_ref
from app.organisations.importing import Work, chunks
from app.organisations.models import Address, Person
from app.organisations.people_file import Row


@dataclass(eq=False)
class Somebody:
    """A person as the rows tell, and as the database knows them (`id` 0: not yet)."""

    line: int
    name: str
    emails: dict[str, int] = field(default_factory=dict)
    id: int = 0
    ref: str = ""
    differs: bool = False


class People:
    """Finds, checks, adds and updates the people of an import."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.rows = [row for row in work.rows if row.emails and not row.mailbox]
        self._of_email: dict[str, Somebody] = {}

    def person(self, row: Row) -> Somebody:
        """Who the row is about."""
        return self._of_email[row.emails[0]]

    def check(self) -> None:
        """Gather the people of all rows and say where an address seems to belong to two of them."""
        for row in self.rows:
            self._gather(row)
        self._read_addresses()
        self._read_names()

    def write(self) -> None:
        """Add people and addresses that are new, change names that differ."""
        everybody = list(dict.fromkeys(self._of_email.values()))
        fresh = [somebody for somebody in everybody if not somebody.id]
        for somebody in fresh:
            somebody.ref = new_ref()
        values = [{"name": somebody.name, "ref": somebody.ref} for somebody in fresh]
        for somebody, key in zip(fresh, self.work.add(Person, "person", values), strict=True):
            somebody.id = key
        changed = [somebody for somebody in everybody if somebody.differs]
        self.work.change(Person, "person", [{"id": somebody.id, "name": somebody.name} for somebody in changed])
        for somebody in changed:
            self.work.note("renamed", somebody.ref)
        self._write_addresses(everybody)

    def _gather(self, row: Row) -> None:
        """Put the row's addresses together with those of earlier rows that share one."""
        met = [self._of_email[email] for email in row.emails if email in self._of_email]
        somebody = met[0] if met else Somebody(row.line, row.name)
        for other in (*met, somebody):
            if other.name != row.name:
                fault = f"“{row.name}” here and “{other.name}” on line {other.line} share an address. If they are one"
                self.work.refuse(row, f"{fault} person, write the name alike; if two, give each their own address")
            somebody.emails.update(other.emails)
        somebody.emails.update(dict.fromkeys((email for email in row.emails if email not in somebody.emails), 0))
        self._of_email.update(dict.fromkeys(somebody.emails, somebody))

    def _read_addresses(self) -> None:
        first = {email: row for row in reversed(self.rows) for email in row.emails}
        owned: dict[int, Somebody] = {}
        for emails in chunks(self._of_email):
            found = select(Address.email, Address.id, Address.person_id).order_by(Address.id)
            for email, key, person_id in self.work.session.execute(found.where(Address.email.in_(emails))):
                somebody = self._of_email[email]
                somebody.emails[email] = key
                if somebody.id not in (0, person_id):
                    fault = f"{email} and another address here belong to two different people"
                    self.work.refuse(first[email], f"{fault}: give only this person's own")
                    continue
                somebody.id = person_id
                if (same := owned.setdefault(person_id, somebody)) is not somebody:
                    self._are_one(first[email], same, somebody)

    def _are_one(self, row: Row, one: Somebody, other: Somebody) -> None:
        """The database knows two people of the file, who share no address in it, as one person."""
        if one.name != other.name:
            fault = f"“{other.name}” here and “{one.name}” on line {one.line} are known as one person"
            self.work.refuse(row, f"{fault} with several addresses: write the name alike")
        one.emails.update(other.emails)
        self._of_email.update(dict.fromkeys(other.emails, one))

    def _read_names(self) -> None:
        by_id = {somebody.id: somebody for somebody in self._of_email.values() if somebody.id}
        for keys in chunks(by_id):
            found = select(Person.id, Person.name, Person.ref).where(Person.id.in_(keys))
            for key, name, ref in self.work.session.execute(found):
                by_id[key].ref, by_id[key].differs = ref, by_id[key].name != name

    def _write_addresses(self, everybody: list[Somebody]) -> None:
        fresh = [(somebody, email) for somebody in everybody for email, key in somebody.emails.items() if not key]
        values = [{"person_id": somebody.id, "email": email, "proved_at": None} for somebody, email in fresh]
        for (somebody, email), key in zip(
            fresh, self.work.add(Address, "address", values, known_by="email"), strict=True
        ):
            somebody.emails[email] = key
