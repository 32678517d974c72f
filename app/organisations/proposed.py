"""Somebody whom nobody knew, and the team that she says she leads: it is the organisation's own once somebody is
appointed to it, and until then nothing of it reaches a partnership (`Confirmed`).

That is read from the appointments and kept nowhere else, so that a lead's confirmation, an import and whatever else
appoints somebody to the team all settle it alike.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.policy import Place


class Newcomer(Base):
    """Somebody signed in by an address in a domain of an organisation's own, and nobody here knew her."""

    __tablename__ = "newcomer"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    domain: Mapped[str]
    at: Mapped[datetime]


class TeamProposed(Base):
    """A team was named by somebody who says that she leads it, and by nobody of its organisation."""

    __tablename__ = "team_proposed"
    __table_args__ = (ForeignKeyConstraint(["organisation_id", "team_id"], ["team.organisation_id", "team.id"]),)

    team_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class Confirmed:
    """A guarded model that knows whether its teams are its organisation's own (a condition of the policy table)."""

    place: Place

    @hybrid_property
    def confirmed(self) -> bool:
        """Whether every team that it is of is the organisation's own."""
        session, model = sa.orm.object_session(self), cast("Any", type(self))
        return bool(session and session.scalar(sa.select(model.confirmed).where(model.id == cast("Any", self).id)))

    @confirmed.inplace.expression
    @classmethod
    def _confirmed(cls) -> sa.ColumnElement[bool]:
        return ~cls.place.of_teams(cls, unconfirmed())


def unconfirmed() -> sa.Select[int]:
    """The keys of teams that were proposed and to which nobody has been appointed."""
    appointed = sa.table("appointment_team", sa.column("team_id", sa.Integer)).alias("appointed")
    named = sa.exists().where(appointed.c.team_id == TeamProposed.team_id).correlate(TeamProposed)
    return sa.select(TeamProposed.team_id).where(~named)
