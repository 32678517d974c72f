"""Packs are made here: drafts of them, what stood in them before, whether a second person
publishes; and how a pack stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


# On PostgreSQL the function is that of 0010.
ADDED_ONLY = (
    "CREATE TRIGGER pack_draft_revision_is_never_changed BEFORE UPDATE OF part, version, at, typed, characters "
)
ON_SQLITE = "ON pack_draft_revision BEGIN SELECT RAISE(ABORT, 'revisions are only added'); END"
ON_POSTGRESQL = "ON pack_draft_revision FOR EACH ROW EXECUTE FUNCTION refuse_change_of_revision()"


def upgrade() -> None:
    op.add_column("partnership", sa.Column("two_publish", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "pack_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("begun_from", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name="fk_pack_draft_changed_by_id"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_pack_draft_edition_id"),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_pack_draft_partnership_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pack_draft"),
        sa.UniqueConstraint("edition_id", name="uq_pack_draft_edition_id"),
        sa.UniqueConstraint("partnership_id", "id", name="uq_pack_draft_partnership_id_id"),
        sa.UniqueConstraint("ref", name="uq_pack_draft_ref"),
    )
    op.create_index("ix_pack_draft_open", "pack_draft", ["partnership_id", "edition_id", "changed_at", "id"])
    op.create_table(
        "pack_draft_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_pack_draft_revision_by_id"),
        sa.ForeignKeyConstraint(
            ["partnership_id", "draft_id"],
            ["pack_draft.partnership_id", "pack_draft.id"],
            name="fk_pack_draft_revision_partnership_id_draft_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pack_draft_revision"),
        sa.UniqueConstraint("draft_id", "part", "version", name="uq_pack_draft_revision_draft_id_part_version"),
    )

    op.execute(ADDED_ONLY + (ON_SQLITE if op.get_bind().dialect.name == "sqlite" else ON_POSTGRESQL))
    op.create_table(
        "pack_standing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint("standing IN ('current', 'retired', 'withdrawn')", name=op.f("ck_pack_standing_standing")),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name="fk_pack_standing_pack_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pack_standing"),
    )
    op.create_index("ix_pack_standing", "pack_standing", ["pack_id", "id"])
    op.create_index("ix_edition_review_on", "edition", ["review_on"])


def downgrade() -> None:
    op.drop_index("ix_edition_review_on", "edition")
    op.drop_table("pack_standing")
    op.drop_table("pack_draft_revision")
    op.drop_table("pack_draft")
    with op.batch_alter_table("partnership") as table:
        table.drop_column("two_publish")
