"""Packs and their frozen editions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pack"),
        sa.UniqueConstraint("slug", name="uq_pack_slug"),
    )
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("short_title", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name="fk_edition_pack_id"),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
        sa.UniqueConstraint("pack_id", "number", name="uq_edition_pack_id_number"),
        sa.UniqueConstraint("ref", name="uq_edition_ref"),
    )
    op.create_index("ix_edition_made_at", "edition", ["made_at"], unique=False)
    op.create_table(
        "discussion_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("open", "knowledge_check", native_enum=False, length=40, name="point_kind", create_constraint=True),
            nullable=False,
        ),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_discussion_point_edition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_discussion_point"),
        sa.UniqueConstraint("edition_id", "id", name="uq_discussion_point_edition_id_id"),
        sa.UniqueConstraint("edition_id", "key", name="uq_discussion_point_edition_id_key"),
        sa.UniqueConstraint("edition_id", "position", name="uq_discussion_point_edition_id_position"),
    )
    op.create_table(
        "recommendation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_recommendation_edition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recommendation"),
        sa.UniqueConstraint("edition_id", "key", name="uq_recommendation_edition_id_key"),
        sa.UniqueConstraint("edition_id", "position", name="uq_recommendation_edition_id_position"),
    )


def downgrade() -> None:
    op.drop_table("recommendation")
    op.drop_table("discussion_point")
    op.drop_table("edition")
    op.drop_table("pack")
