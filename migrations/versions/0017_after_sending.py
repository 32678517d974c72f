"""What teams say in a later discussion about what they said they would do, and minutes that they attach as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


NEVER_CHANGED = {
    "sqlite": (
        "CREATE TRIGGER attached_file_is_never_changed BEFORE UPDATE ON attached_file BEGIN SELECT RAISE(ABORT, 'attached files are never changed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_change_of_file() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'attached files are never changed'; END $$",
        "CREATE TRIGGER attached_file_is_never_changed BEFORE UPDATE ON attached_file "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_file()",
    ),
}


def upgrade() -> None:
    _news()
    _files()
    for statement in NEVER_CHANGED[op.get_bind().dialect.name]:
        op.execute(statement)


def _news() -> None:
    with op.batch_alter_table("action") as action:
        action.create_unique_constraint("uq_action_organisation_id_id", ["organisation_id", "id"])
    op.create_table(
        "action_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "how",
            sa.Enum("done", "still", "dropped", native_enum=False, length=40, name="became", create_constraint=True),
            nullable=False,
        ),
        sa.Column("by", sa.Date(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "action_id"],
            ["action.organisation_id", "action.id"],
            name="fk_action_news_organisation_id_action_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.id"],
            name="fk_action_news_organisation_id_minutes_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_action_news"),
        sa.UniqueConstraint("minutes_id", "key", name="uq_action_news_minutes_id_key"),
    )
    op.create_index("ix_action_news_key", "action_news", ["key"], unique=False)


def _files() -> None:
    op.create_table(
        "attached_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_attached_file_by_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_attached_file_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attached_file"),
        sa.UniqueConstraint("organisation_id", "id", name="uq_attached_file_organisation_id_id"),
        sa.UniqueConstraint("ref", name="uq_attached_file_ref"),
    )
    for parent, ondelete in (("draft", "CASCADE"), ("minutes", None)):
        name = f"{parent}_file"
        op.create_table(
            name,
            sa.Column(f"{parent}_id", sa.Integer(), nullable=False),
            sa.Column("organisation_id", sa.Integer(), nullable=False),
            sa.Column("file_id", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                ["organisation_id", f"{parent}_id"],
                [f"{parent}.organisation_id", f"{parent}.id"],
                name=f"fk_{name}_organisation_id_{parent}_id",
                ondelete=ondelete,
            ),
            sa.ForeignKeyConstraint(
                ["organisation_id", "file_id"],
                ["attached_file.organisation_id", "attached_file.id"],
                name=f"fk_{name}_organisation_id_file_id",
            ),
            sa.PrimaryKeyConstraint(f"{parent}_id", name=f"pk_{name}"),
        )
        op.create_index(f"ix_{name}_file_id", name, ["file_id"], unique=False)


def downgrade() -> None:
    op.drop_table("minutes_file")
    op.drop_table("draft_file")
    op.drop_table("attached_file")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_file")
    op.drop_table("action_news")
    with op.batch_alter_table("action") as action:
        action.drop_constraint("uq_action_organisation_id_id", type_="unique")
