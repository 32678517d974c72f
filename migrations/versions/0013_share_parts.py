"""What goes with shared answers is ticked apart: what the team will do, and its question. Shares given before keep
both, as they were given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

PARTS = ("lets_actions", "lets_question")


def upgrade() -> None:
    with op.batch_alter_table("share") as share:
        for name in PARTS:
            share.add_column(sa.Column(name, sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("share") as share:
        for name in PARTS[::-1]:
            share.drop_column(name)
