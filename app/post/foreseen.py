"""Letters that would be owed by now, had an errand of the sender been done in time: they count as owed wherever
somebody asks how long letters wait, and no sender ever sees them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, runtime_checkable

from sqlalchemy.orm import Session

from app.post.models import Letters, Owed


@runtime_checkable
class Foreseeing(Protocol):
    """What an `emails` module may offer beside what `Letters` asks for."""

    def foreseen(self, session: Session, now: datetime) -> Iterable[Owed]:
        """A letter for each thing that is still to be done, with the moment since which it should have been."""


def everything(letters: Letters, session: Session, now: datetime) -> list[Owed]:
    """What is owed of these letters and not noted, with what is only foreseen."""
    more = letters.foreseen(session, now) if isinstance(letters, Foreseeing) else ()
    return [*letters.owed(session, now), *more]
