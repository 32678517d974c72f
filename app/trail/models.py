"""The table of events. Append-only: a trigger in the database refuses to change or delete a row (see the migration)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Json


class Event(Base):
    """Something that happened: who did what about which thing, where and when. Never holds what anybody wrote.

    `about` is the public reference of the thing; `person_id`, `organisation_id` and `partnership_id` are plain keys,
    because the trail outlives what it speaks of.
    """

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_about", "about", "id"),
        sa.Index("ix_event_organisation", "organisation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    at: Mapped[datetime]
    kind: Mapped[str]
    about: Mapped[str]
    by: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(default=None)
    organisation_id: Mapped[int | None] = mapped_column(default=None)
    partnership_id: Mapped[int | None] = mapped_column(default=None)
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default_factory=dict)
