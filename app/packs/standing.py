"""How a pack stands: whether it is current, retired because it is out of date, or withdrawn because it was wrong."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, enum_column


class Standing(StrEnum):
    """`WITHDRAWN`: nobody reads it any more. `RETIRED`: it is read with a word that it is out of date."""

    CURRENT = "current"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


class PackStanding(Base):
    """From a moment on a pack stands so, and why. The newest row of a pack counts; one without any is current."""

    __tablename__ = "pack_standing"
    __table_args__ = (sa.Index("ix_pack_standing", "pack_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    pack_id: Mapped[int] = mapped_column(ForeignKey("pack.id"))
    standing: Mapped[Standing] = mapped_column(enum_column(Standing))
    because: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
