"""That somebody put right where a person is written to; and lists of organisations and teams that officers save."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "put_right",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "appointment_id"],
            ["appointment.organisation_id", "appointment.id"],
            name="fk_put_right_organisation_id_appointment_id",
        ),
        sa.ForeignKeyConstraint(["from_id"], ["address.id"], name="fk_put_right_from_id"),
        sa.ForeignKeyConstraint(["to_id"], ["address.id"], name="fk_put_right_to_id"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_put_right_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_put_right"),
        sa.UniqueConstraint("ref", name="uq_put_right_ref"),
    )
    op.create_index("ix_put_right_organisation", "put_right", ["organisation_id", "id"], unique=False)
    op.create_table(
        "saved_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_saved_list_partnership_id"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_saved_list_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_list"),
        sa.UniqueConstraint("ref", name="uq_saved_list_ref"),
    )
    op.create_index("ix_saved_list_key", "saved_list", ["partnership_id", "key", "id"], unique=False)
    op.create_table(
        "saved_list_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("saved_list_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("team_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["saved_list_id"], ["saved_list.id"], name="fk_saved_list_place_saved_list_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_saved_list_place_organisation_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "team_id"],
            ["team.organisation_id", "team.id"],
            name="fk_saved_list_place_organisation_id_team_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_list_place"),
        sa.UniqueConstraint(
            "saved_list_id",
            "organisation_id",
            "team_id",
            name="uq_saved_list_place_saved_list_id_organisation_id_team_id",
        ),
    )
    op.create_index(
        "uq_saved_list_place_whole",
        "saved_list_place",
        ["saved_list_id", "organisation_id"],
        unique=True,
        sqlite_where=sa.text("team_id IS NULL"),
        postgresql_where=sa.text("team_id IS NULL"),
    )
    op.create_table(
        "saved_list_deleted",
        sa.Column("saved_list_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["saved_list_id"], ["saved_list.id"], name="fk_saved_list_deleted_saved_list_id"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_saved_list_deleted_by_id"),
        sa.PrimaryKeyConstraint("saved_list_id", name="pk_saved_list_deleted"),
    )


def downgrade() -> None:
    op.drop_table("saved_list_deleted")
    op.drop_table("saved_list_place")
    op.drop_table("saved_list")
    op.drop_table("put_right")
