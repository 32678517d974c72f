"""Pieces that look like somebody's and were left in, with the reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MARKS = ("nhs", "nino", "email", "phone", "postcode", "born", "title", "watched")


def upgrade() -> None:
    op.create_table(
        "left_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column(
            "mark", sa.Enum(*MARKS, native_enum=False, length=40, name="mark", create_constraint=True), nullable=False
        ),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column(
            "why",
            sa.Enum("public", "worker", "other", native_enum=False, length=40, name="why", create_constraint=True),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.id"],
            name="fk_left_in_organisation_id_minutes_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_left_in"),
    )
    op.create_index("ix_left_in_minutes_id", "left_in", ["minutes_id"], unique=False)


def downgrade() -> None:
    op.drop_table("left_in")
