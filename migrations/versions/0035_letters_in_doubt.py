"""How often a letter may have gone out without being confirmed, and from which of its attempts on they count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

_LEFT = "EXISTS (SELECT 1 FROM attempt WHERE delivery_id = delivery.id AND outcome IN ('maybe', 'stopped'))"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("doubts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("delivery", sa.Column("counts_after", sa.Integer(), server_default="0", nullable=False))
    op.execute(f"UPDATE delivery SET doubts = 1 WHERE state NOT IN ('accepted', 'superseded') AND {_LEFT}")
    op.execute("UPDATE delivery SET doubts = 2 WHERE state = 'maybe_sent' AND next_try_at IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_column("counts_after")
        delivery.drop_column("doubts")
