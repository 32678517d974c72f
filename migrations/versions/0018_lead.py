"""What a lead goes by: whether it was stated that nobody is known from minutes. And what she decides beforehand: to let
answers go at once, which the team is told of before it sends, and which a share bears that was given by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

DECISION = ["standing_decision.organisation_id", "standing_decision.id"]


def upgrade() -> None:
    op.add_column("minutes", sa.Column("nobody_known", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "standing_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("quotable", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.CheckConstraint("at_once OR NOT quotable", name=op.f("ck_standing_decision_quoted_only_if_shared")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "appointment_id"],
            ["appointment.organisation_id", "appointment.id"],
            name="fk_standing_decision_organisation_id_appointment_id",
        ),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_standing_decision_partnership_id"),
        sa.PrimaryKeyConstraint("id", name="pk_standing_decision"),
        sa.UniqueConstraint("organisation_id", "id", name="uq_standing_decision_organisation_id_id"),
        sa.UniqueConstraint("ref", name="uq_standing_decision_ref"),
    )
    op.create_index(
        "ix_standing_decision_appointment",
        "standing_decision",
        ["appointment_id", "partnership_id", "id"],
        unique=False,
    )
    op.create_table(
        "sent_under",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "decision_id"], DECISION, name="fk_sent_under_organisation_id_decision_id"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.id"],
            name="fk_sent_under_organisation_id_minutes_id",
        ),
        sa.PrimaryKeyConstraint("minutes_id", "decision_id", name="pk_sent_under"),
    )
    with op.batch_alter_table("share") as share:
        share.add_column(sa.Column("under_id", sa.Integer(), nullable=True))
        share.create_foreign_key(
            "fk_share_organisation_id_under_id",
            "standing_decision",
            ["organisation_id", "under_id"],
            ["organisation_id", "id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("share") as share:
        share.drop_constraint("fk_share_organisation_id_under_id", type_="foreignkey")
        share.drop_column("under_id")
    op.drop_table("sent_under")
    op.drop_table("standing_decision")
    op.drop_column("minutes", "nobody_known")
