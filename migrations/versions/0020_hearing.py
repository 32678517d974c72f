"""How readers hear of minutes: a shared mailbox that is told beside them, and one letter a week instead of one for each
set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "shared_mailbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("counts_from", sa.DateTime(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_shared_mailbox_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_shared_mailbox_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_shared_mailbox"),
        sa.UniqueConstraint("organisation_id", "email", name="uq_shared_mailbox_organisation_id_email"),
        sa.UniqueConstraint("ref", name="uq_shared_mailbox_ref"),
    )
    op.create_index("ix_shared_mailbox_email", "shared_mailbox", ["email"], unique=False)
    op.create_table(
        "rhythm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("weekly", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "appointment_id"],
            ["appointment.organisation_id", "appointment.id"],
            name="fk_rhythm_organisation_id_appointment_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rhythm"),
        sa.UniqueConstraint("ref", name="uq_rhythm_ref"),
    )
    op.create_index("ix_rhythm_appointment", "rhythm", ["appointment_id", "id"], unique=False)
    op.create_index("ix_rhythm_weekly", "rhythm", ["weekly", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("rhythm")
    op.drop_table("shared_mailbox")
