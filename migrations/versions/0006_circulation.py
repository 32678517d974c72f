"""Who was asked what by when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "circulation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("cover_note", sa.Text(), nullable=False),
        sa.Column("circulated_at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_circulation_by_id"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_circulation_edition_id"),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_circulation_partnership_id"),
        sa.PrimaryKeyConstraint("id", name="pk_circulation"),
        sa.UniqueConstraint("edition_id", "id", name="uq_circulation_edition_id_id"),
        sa.UniqueConstraint("partnership_id", "id", name="uq_circulation_partnership_id_id"),
        sa.UniqueConstraint("partnership_id", "once", name="uq_circulation_partnership_id_once"),
        sa.UniqueConstraint("ref", name="uq_circulation_ref"),
    )
    op.create_table(
        "answer_by",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("circulation_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_answer_by_by_id"),
        sa.ForeignKeyConstraint(["circulation_id"], ["circulation.id"], name="fk_answer_by_circulation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answer_by"),
    )
    op.create_index("ix_answer_by_circulation_id", "answer_by", ["circulation_id"], unique=False)
    op.create_table(
        "asked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("circulation_id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("team_name", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column(
            "added",
            sa.Enum("launch", "later", native_enum=False, length=40, name="added", create_constraint=True),
            nullable=False,
        ),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "team_id"], ["team.organisation_id", "team.id"], name="fk_asked_organisation_id_team_id"
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_asked_organisation_id"),
        sa.ForeignKeyConstraint(
            ["partnership_id", "circulation_id"],
            ["circulation.partnership_id", "circulation.id"],
            name="fk_asked_partnership_id_circulation_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_asked"),
        sa.UniqueConstraint(
            "circulation_id", "organisation_id", "team_id", name="uq_asked_circulation_id_organisation_id_team_id"
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_asked_organisation_id_id"),
        sa.UniqueConstraint("ref", name="uq_asked_ref"),
    )
    op.create_index("ix_asked_team", "asked", ["team_id", "id"], unique=False)
    op.create_index(
        "uq_asked_organisation_whole",
        "asked",
        ["circulation_id", "organisation_id"],
        unique=True,
        sqlite_where=sa.text("team_id IS NULL"),
        postgresql_where=sa.text("team_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("asked")
    op.drop_table("answer_by")
    op.drop_table("circulation")
