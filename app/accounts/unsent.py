"""What somebody typed on a page that has no draft, and could not send because she was signed out meanwhile.

Only she is offered it again, on that very page. It goes when it was sent or removed there, and by itself after `KEPT`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base

KEPT = timedelta(days=60)
MOST_OF_A_PAGE, MOST_OF_A_PERSON = 3, 10
"""So many texts: the oldest of hers give way to newer ones of hers, and nobody else's do."""


class Unsent(Base):
    """One text: `page` is what `web.keeping.page_name` calls its page; `opening` which opening of the page it was, so
    that the same page sent again takes its own place; `typed` its answers, each a name and a text, as a form takes them
    again."""

    __tablename__ = "unsent"
    __table_args__ = (UniqueConstraint("person_id", "page", "opening"), sa.Index("ix_unsent_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    page: Mapped[str]
    opening: Mapped[str]
    typed: Mapped[list[Any]]
    at: Mapped[datetime]
