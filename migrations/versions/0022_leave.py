"""Leave is noted and changed by people: by whom and when it was last, a reference for its page, and one for each change.
What is called off ends before it starts, so it has no day."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

CHECK = "ck_leave_ends_after_it_starts"


def upgrade() -> None:
    with op.batch_alter_table("leave") as leave:
        leave.drop_constraint(op.f(CHECK), type_="check")
        leave.add_column(sa.Column("by_id", sa.Integer(), nullable=True))
        leave.add_column(sa.Column("at", sa.DateTime(), nullable=True))
        leave.add_column(sa.Column("change", sa.Text(), nullable=True))
        leave.add_column(sa.Column("ref", sa.Text(), nullable=True))
        leave.create_foreign_key("fk_leave_by_id", "person", ["by_id"], ["id"])
    known = sa.table("leave", *(sa.column(name) for name in ("id", "change", "ref")))
    connection = op.get_bind()
    for key in connection.scalars(sa.select(known.c.id)).all():
        made = {"change": secrets.token_hex(6), "ref": secrets.token_hex(6)}
        connection.execute(known.update().where(known.c.id == key).values(made))
    with op.batch_alter_table("leave") as leave:
        for name in ("change", "ref"):
            leave.alter_column(name, existing_type=sa.Text(), nullable=False)
            leave.create_unique_constraint(f"uq_leave_{name}", [name])
    op.create_index("ix_leave_at", "leave", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_leave_at", "leave")
    op.execute("DELETE FROM leave WHERE ends_on < starts_on")
    with op.batch_alter_table("leave") as leave:
        for name in ("ref", "change"):
            leave.drop_constraint(f"uq_leave_{name}", type_="unique")
        leave.drop_constraint("fk_leave_by_id", type_="foreignkey")
        for name in ("ref", "change", "at", "by_id"):
            leave.drop_column(name)
        leave.create_check_constraint(op.f(CHECK), "ends_on >= starts_on")
