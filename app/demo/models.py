"""The mark of a demonstration database: without it nobody is signed in by one click and nothing is loaded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Demonstration(Base):
    """This database holds people who do not exist, of this size. One row at most."""

    __tablename__ = "demonstration"

    size: Mapped[str]
    made_at: Mapped[datetime]
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
