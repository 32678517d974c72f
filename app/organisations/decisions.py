"""What a lead decides beforehand about answers that teams will send: facts about an appointment, as `Leave` is about a
person. They stand here and not where answers are shared, because a team is told of them before it sends."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, new_ref

if TYPE_CHECKING:
    from app.organisations.models import Appointment


class StandingDecision(Base):
    """For one appointment of a lead and one partnership: answers go to it `at_once` when the check finds nothing, and
    may then be quoted or not; or she reads each first. The one taken last stands; where there is none she reads first.
    """

    __tablename__ = "standing_decision"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "appointment_id"], ["appointment.organisation_id", "appointment.id"]),
        UniqueConstraint("organisation_id", "id"),
        sa.CheckConstraint("at_once OR NOT quotable", name="quoted_only_if_shared"),
        sa.Index("ix_standing_decision_appointment", "appointment_id", "partnership_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    appointment_id: Mapped[int]
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    at_once: Mapped[bool]
    quotable: Mapped[bool]
    name: Mapped[str]
    title: Mapped[str]
    at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    appointment: Mapped[Appointment] = relationship(init=False, viewonly=True)
