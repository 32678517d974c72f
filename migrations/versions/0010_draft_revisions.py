"""What stood in a draft before it was written over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ADDED_ONLY = {
    "sqlite": (
        "CREATE TRIGGER draft_revision_is_never_changed BEFORE UPDATE OF part, version, at, typed, characters ON draft_revision BEGIN SELECT RAISE(ABORT, 'revisions are only added'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_change_of_revision() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'revisions are only added'; END $$",
        "CREATE TRIGGER draft_revision_is_never_changed BEFORE UPDATE OF part, version, at, typed, characters ON draft_revision "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_revision()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "draft_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_draft_revision_by_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "draft_id"],
            ["draft.organisation_id", "draft.id"],
            name="fk_draft_revision_organisation_id_draft_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_draft_revision"),
        sa.UniqueConstraint("draft_id", "part", "version", name="uq_draft_revision_draft_id_part_version"),
    )
    for statement in ADDED_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("draft_revision")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_revision")
