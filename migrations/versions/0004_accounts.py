"""Codes asked for and sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "code_asked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("sendings", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_code_asked_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_code_asked"),
        sa.UniqueConstraint("ref", name="uq_code_asked_ref"),
    )
    op.create_index("ix_code_asked_address", "code_asked", ["address", "asked_at"], unique=False)
    op.create_index("ix_code_asked_browser", "code_asked", ["browser", "asked_at"], unique=False)
    op.create_index("ix_code_asked_expires_at", "code_asked", ["expires_at"], unique=False)
    op.create_index("ix_code_asked_network", "code_asked", ["network", "asked_at"], unique=False)
    op.create_table(
        "signed_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("second_factor_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_signed_in_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signed_in"),
        sa.UniqueConstraint("digest", name="uq_signed_in_digest"),
    )
    op.create_index("ix_signed_in_person_id", "signed_in", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("signed_in")
    op.drop_table("code_asked")
