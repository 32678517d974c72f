"""A document may go while what is known of it stays: its digest, its size, when it was made. And the sender leaves word
that it is there, and letters that went wrong are found by why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

OVER = sa.text("state IN ('failed', 'quarantined', 'bounced')")
KEPT = {
    "sqlite": (
        "CREATE TRIGGER document_is_never_changed BEFORE UPDATE OF digest, made_at, size ON document BEGIN SELECT RAISE(ABORT, 'what is known of a document stays'); END",
        "CREATE TRIGGER document_body_only_goes BEFORE UPDATE OF body ON document WHEN NEW.body IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a document is made once'); END",
        "CREATE TRIGGER document_is_never_replaced BEFORE INSERT ON document WHEN EXISTS (SELECT 1 FROM document WHERE minutes_id = NEW.minutes_id) BEGIN SELECT RAISE(ABORT, 'a document is made once'); END",
        "CREATE TRIGGER document_is_never_deleted BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'what is known of a document stays'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_change_of_document() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'what is known of a document stays'; END $$",
        "CREATE TRIGGER document_is_never_changed BEFORE UPDATE OF digest, made_at, size ON document "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_document()",
        "CREATE TRIGGER document_body_only_goes BEFORE UPDATE OF body ON document "
        "FOR EACH ROW WHEN (NEW.body IS NOT NULL) EXECUTE FUNCTION refuse_change_of_document()",
        "CREATE TRIGGER document_is_never_deleted BEFORE DELETE ON document "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_document()",
        "CREATE TRIGGER document_is_never_emptied BEFORE TRUNCATE ON document "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_document()",
    ),
}


def upgrade() -> None:
    with op.batch_alter_table("document") as document:
        document.alter_column("body", existing_type=sa.LargeBinary(), nullable=True)
        document.add_column(sa.Column("size", sa.Integer(), nullable=True))
    op.execute("UPDATE document SET size = length(body)")
    with op.batch_alter_table("document") as document:
        document.alter_column("size", existing_type=sa.Integer(), nullable=False)
    for statement in KEPT[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "sender_seen",
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sender_seen_only_one")),
        sa.PrimaryKeyConstraint("id", name="pk_sender_seen"),
    )
    op.create_index(
        "ix_delivery_over",
        "delivery",
        ["state", "last_reason"],
        unique=False,
        sqlite_where=OVER,
        postgresql_where=OVER,
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_over", table_name="delivery")
    op.drop_table("sender_seen")
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in KEPT[op.get_bind().dialect.name]:
        name = statement.split()[2]
        if statement.startswith("CREATE TRIGGER"):
            op.execute(sa.DDL(f"DROP TRIGGER {name}{' ON document' if postgresql else ''}"))
    if postgresql:
        op.execute("DROP FUNCTION refuse_change_of_document")
    op.execute("UPDATE document SET body = '' WHERE body IS NULL")
    with op.batch_alter_table("document") as document:
        document.drop_column("size")
        document.alter_column("body", existing_type=sa.LargeBinary(), nullable=False)
