"""The indexes of letters that somebody has to look after know those that were never confirmed, and the one of letters
that did not arrive knows those that were set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

COLUMNS = {"ix_delivery_over": ["state", "last_reason"], "ix_delivery_not_arrived": ["owed_since"]}
BEFORE = {
    "ix_delivery_over": sa.text("state IN ('failed', 'quarantined', 'bounced')"),
    "ix_delivery_not_arrived": sa.text("state IN ('failed', 'bounced')"),
}
AFTER = {
    "ix_delivery_over": sa.text(
        "(state IN ('failed', 'quarantined', 'bounced') OR state = 'maybe_sent' AND next_try_at IS NULL)"
    ),
    "ix_delivery_not_arrived": sa.text("state IN ('failed', 'bounced', 'quarantined')"),
}


def upgrade() -> None:
    _made_anew(AFTER)


def downgrade() -> None:
    _made_anew(BEFORE)


def _made_anew(which: dict[str, sa.TextClause]) -> None:
    for name, where in which.items():
        op.drop_index(name, "delivery")
        op.create_index(name, "delivery", COLUMNS[name], unique=False, sqlite_where=where, postgresql_where=where)
