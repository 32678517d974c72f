"""An edition keeps the pictures that its text shows, and a pack in the making those that were brought for it. Rows are
added and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "edition_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("wide", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_edition_picture_edition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_edition_picture"),
        sa.UniqueConstraint("edition_id", "name", name="uq_edition_picture_edition_id_name"),
    )
    op.create_table(
        "pack_draft_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("wide", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_pack_draft_picture_by_id"),
        sa.ForeignKeyConstraint(
            ["partnership_id", "draft_id"],
            ["pack_draft.partnership_id", "pack_draft.id"],
            name="fk_pack_draft_picture_partnership_id_draft_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pack_draft_picture"),
        sa.UniqueConstraint("draft_id", "name", name="uq_pack_draft_picture_draft_id_name"),
    )


def downgrade() -> None:
    op.drop_table("pack_draft_picture")
    op.drop_table("edition_picture")
