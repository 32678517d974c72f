"""What came back, addresses that are right again, the hold on all letters, and which database this is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "bounce",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("failed", "delayed", native_enum=False, length=40, name="bounce_kind", create_constraint=True),
            nullable=False,
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("flags", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_bounce_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bounce"),
        sa.UniqueConstraint("delivery_id", "digest", name="uq_bounce_delivery_id_digest"),
    )
    op.create_index(
        "ix_bounce_flagged",
        "bounce",
        ["address"],
        unique=False,
        sqlite_where=sa.text("flags"),
        postgresql_where=sa.text("flags"),
    )
    op.create_table(
        "address_cleared",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_address_cleared"),
    )
    op.create_index("ix_address_cleared_address", "address_cleared", ["address", "at"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("puts", sa.Boolean(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("era", sa.Integer(), nullable=False),
        sa.Column("sent_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_table(
        "origin",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_origin_only_one")),
        sa.PrimaryKeyConstraint("id", name="pk_origin"),
    )


def downgrade() -> None:
    op.drop_table("origin")
    op.drop_table("hold")
    op.drop_table("address_cleared")
    op.drop_table("bounce")
