"""That somebody put right where a person is written to: a fact, read by everybody who looks after those people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, new_ref

if TYPE_CHECKING:
    from app.organisations.models import Address, Appointment, Person


class PutRight(Base):
    """By an appointment somebody is written to at another address from now on, or at the same one that is right again
    (`from_id` and `to_id` are one then)."""

    __tablename__ = "put_right"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "appointment_id"], ["appointment.organisation_id", "appointment.id"]),
        sa.Index("ix_put_right_organisation", "organisation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    appointment_id: Mapped[int]
    from_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    appointment: Mapped[Appointment] = relationship(init=False, viewonly=True)
    before: Mapped[Address] = relationship(init=False, viewonly=True, foreign_keys=[from_id])
    after: Mapped[Address] = relationship(init=False, viewonly=True, foreign_keys=[to_id])
    by: Mapped[Person] = relationship(init=False, viewonly=True, foreign_keys=[by_id])

    @property
    def is_right_again(self) -> bool:
        """Whether the address stayed, and was only said to be right again."""
        return self.from_id == self.to_id
