"""A launch may wait for its day, be cancelled, and is carried out by the sender. Rows are added and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "scheduled_launch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("cover_note", sa.Text(), nullable=False),
        sa.Column("organisations", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("teams", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_scheduled_launch_by_id"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_scheduled_launch_edition_id"),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_scheduled_launch_partnership_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scheduled_launch"),
        sa.UniqueConstraint("partnership_id", "once", name="uq_scheduled_launch_partnership_id_once"),
        sa.UniqueConstraint("ref", name="uq_scheduled_launch_ref"),
    )
    op.create_index("ix_scheduled_launch_at", "scheduled_launch", ["at"], unique=False)
    op.create_table(
        "scheduled_launch_ended",
        sa.Column("launch_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("circulation_id", sa.Integer(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_scheduled_launch_ended_by_id"),
        sa.ForeignKeyConstraint(
            ["circulation_id"], ["circulation.id"], name="fk_scheduled_launch_ended_circulation_id"
        ),
        sa.ForeignKeyConstraint(["launch_id"], ["scheduled_launch.id"], name="fk_scheduled_launch_ended_launch_id"),
        sa.PrimaryKeyConstraint("launch_id", name="pk_scheduled_launch_ended"),
    )


def downgrade() -> None:
    op.drop_table("scheduled_launch_ended")
    op.drop_table("scheduled_launch")
