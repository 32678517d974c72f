"""A file that a team attached may go when its time is over, while what is known of it stays: its name, its digest, its
size, who attached it and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

BEFORE = {
    "sqlite": (
        "CREATE TRIGGER attached_file_is_never_changed BEFORE UPDATE ON attached_file BEGIN SELECT RAISE(ABORT, 'attached files are never changed'); END",
    ),
    "postgresql": (
        "CREATE TRIGGER attached_file_is_never_changed BEFORE UPDATE ON attached_file "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_file()",
    ),
}
KNOWN = "id, organisation_id, name, size, digest, at, by_id, ref"
AFTER = {
    "sqlite": (
        f"CREATE TRIGGER attached_file_is_never_changed BEFORE UPDATE OF {KNOWN} ON attached_file BEGIN SELECT RAISE(ABORT, 'attached files are never changed'); END",
        "CREATE TRIGGER attached_file_body_only_goes BEFORE UPDATE OF body ON attached_file WHEN NEW.body IS NOT NULL BEGIN SELECT RAISE(ABORT, 'attached files are never changed'); END",
        "CREATE TRIGGER attached_file_is_never_replaced BEFORE INSERT ON attached_file WHEN NEW.body IS NULL OR EXISTS (SELECT 1 FROM attached_file WHERE id = NEW.id OR ref = NEW.ref) BEGIN SELECT RAISE(ABORT, 'attached files are never changed'); END",
    ),
    "postgresql": (
        f"CREATE TRIGGER attached_file_is_never_changed BEFORE UPDATE OF {KNOWN} ON attached_file "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_file()",
        "CREATE TRIGGER attached_file_body_only_goes BEFORE UPDATE OF body ON attached_file "
        "FOR EACH ROW WHEN (NEW.body IS NOT NULL) EXECUTE FUNCTION refuse_change_of_file()",
        "CREATE TRIGGER attached_file_begins_whole BEFORE INSERT ON attached_file "
        "FOR EACH ROW WHEN (NEW.body IS NULL) EXECUTE FUNCTION refuse_change_of_file()",
    ),
}


def upgrade() -> None:
    _without(BEFORE)
    _body(may_go=True)
    _with(AFTER)


def downgrade() -> None:
    _without(AFTER)
    nothing = "''::bytea" if op.get_bind().dialect.name == "postgresql" else "x''"
    op.execute(f"UPDATE attached_file SET body = {nothing} WHERE body IS NULL")
    _body(may_go=False)
    _with(BEFORE)


def _body(*, may_go: bool) -> None:
    with op.batch_alter_table("attached_file") as file:
        file.alter_column("body", existing_type=sa.LargeBinary(), nullable=may_go)


def _with(triggers: dict[str, tuple[str, ...]]) -> None:
    for statement in triggers[op.get_bind().dialect.name]:
        op.execute(statement)


def _without(triggers: dict[str, tuple[str, ...]]) -> None:
    """SQLite makes the table anew, and a trigger goes with the table that it is of."""
    kind = op.get_bind().dialect.name
    for statement in triggers[kind]:
        op.execute(sa.DDL(f"DROP TRIGGER {statement.split()[2]}{' ON attached_file' if kind == 'postgresql' else ''}"))
