"""How long an organisation's Word documents are kept. Rows are added and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "keeping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("years BETWEEN 1 AND 100", name=op.f("ck_keeping_years_are_whole_and_few")),
        sa.CheckConstraint("years IS NOT NULL OR because <> ''", name=op.f("ck_keeping_says_why_all_are_kept")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_keeping_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_keeping"),
    )
    op.create_index("ix_keeping_organisation", "keeping", ["organisation_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("keeping")
