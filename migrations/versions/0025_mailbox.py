"""Whoever looks into the mailbox for what came back leaves word when that was, and what went wrong."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "mailbox_seen",
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("looked_at", sa.DateTime(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mailbox_seen_only_one")),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox_seen"),
    )


def downgrade() -> None:
    op.drop_table("mailbox_seen")
