"""An officer closes recording for a circulation, and may open it again. Rows are added and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "recording_closed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("circulation_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_recording_closed_by_id"),
        sa.ForeignKeyConstraint(["circulation_id"], ["circulation.id"], name="fk_recording_closed_circulation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recording_closed"),
    )
    op.create_index("ix_recording_closed_circulation", "recording_closed", ["circulation_id", "id"], unique=False)
    op.create_table(
        "recording_reopened",
        sa.Column("closed_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_recording_reopened_by_id"),
        sa.ForeignKeyConstraint(["closed_id"], ["recording_closed.id"], name="fk_recording_reopened_closed_id"),
        sa.PrimaryKeyConstraint("closed_id", name="pk_recording_reopened"),
    )


def downgrade() -> None:
    op.drop_table("recording_reopened")
    op.drop_table("recording_closed")
