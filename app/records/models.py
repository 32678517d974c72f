"""How long an organisation keeps Word documents and attached files. Said by itself, never in code: practice differs."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.organisations.models import Organisation

LONGEST = 100
"""The most whole years that can be asked for."""


class Keeping(Base):
    """What an organisation says of its Word documents of minutes and of the files attached to them. The newest row
    counts, and without one none goes.

    `years` is how many whole years after sending they are kept; None keeps all of them until something else is said,
    as an inquiry demands, and `because` says why.
    """

    __tablename__ = "keeping"
    __table_args__ = (
        sa.Index("ix_keeping_organisation", "organisation_id", "id"),
        sa.CheckConstraint(f"years BETWEEN 1 AND {LONGEST}", name="years_are_whole_and_few"),
        sa.CheckConstraint("years IS NOT NULL OR because <> ''", name="says_why_all_are_kept"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    years: Mapped[int | None]
    because: Mapped[str]
    at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(init=False, viewonly=True)
