"""Somebody whom nobody knew when she signed in, and the team that she says she leads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "newcomer",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_newcomer_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_newcomer")),
    )
    op.create_table(
        "team_proposed",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_team_proposed_by_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "team_id"],
            ["team.organisation_id", "team.id"],
            name=op.f("fk_team_proposed_organisation_id_team_id"),
        ),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_team_proposed")),
    )
    op.create_index("ix_team_proposed_by_id", "team_proposed", ["by_id"], unique=False)


def downgrade() -> None:
    op.drop_table("team_proposed")
    op.drop_table("newcomer")
