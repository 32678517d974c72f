"""All that the database holds of what an edition's public pages show, at a glance: whether a page that was made of it
would be made the same again.

The text of an edition and a standing with its reason are never edited, so that their keys stand for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.glance import Glance, Row
from app.organisations.models import Partnership
from app.organisations.queries import only_partnership
from app.packs.models import Edition, Pack
from app.packs.standing import PackStanding


class Shown(NamedTuple):
    """What an edition's pages show as it was when they were asked for (None: there is no such edition), and what reads
    it again."""

    facts: Row | None
    again: Callable[[], Row | None]


def shown(engine: Engine, slug: str, number: int | None = None) -> Shown:
    """What the pages of an edition, or of the newest, are made of. To be asked before they are: what changes meanwhile
    makes them anew at the next asking."""
    again = partial(_facts, engine, slug=slug, number=number)
    return Shown(again(), again)


def _statement() -> sa.Select[tuple[object, ...]]:
    number: sa.BindParameter[int | None] = sa.bindparam("number", type_=sa.Integer)
    newest = sa.select(sa.func.max(Edition.number)).where(Edition.pack_id == Pack.id).correlate(Pack).scalar_subquery()
    standing = sa.select(sa.func.max(PackStanding.id)).where(PackStanding.pack_id == Pack.id)
    # Where the source is not here, the only partnership there is, as `partnership_for` has it.
    source = sa.select(Partnership.id).where(Partnership.slug == Pack.owner).correlate(Pack).scalar_subquery()
    shown = (Partnership.name, Partnership.colour, sa.cast(Partnership.numbers_to_call, sa.Text))
    return (
        sa.select(Edition.id, newest, standing.correlate(Pack).scalar_subquery())
        .add_columns(*shown, Partnership.reply_name, Partnership.reply_to)
        .select_from(Pack)
        .join(Edition, Edition.pack_id == Pack.id)
        .outerjoin(Partnership, Partnership.id == sa.func.coalesce(source, only_partnership()))
        .where(Pack.slug == sa.bindparam("slug", type_=sa.Text), Edition.number == sa.func.coalesce(number, newest))
    )


_facts = Glance(_statement())
