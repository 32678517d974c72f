"""Who noted that a lead said to have minutes, when schools are closed, and an index of letters that did not arrive."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TOLD = (
    "CASE WHEN how = 'told' THEN told_on IS NOT NULL AND noted_by_id IS NOT NULL "
    "ELSE told_on IS NULL AND noted_by_id IS NULL END"
)
NOT_ARRIVED = sa.text("state IN ('failed', 'bounced')")


def upgrade() -> None:
    with op.batch_alter_table("acknowledgement") as said:
        said.add_column(sa.Column("told_on", sa.Date(), nullable=True))
        said.add_column(sa.Column("noted_by_id", sa.Integer(), nullable=True))
        said.add_column(sa.Column("noted_by", sa.Text(), server_default="", nullable=False))
        said.create_foreign_key("fk_acknowledgement_noted_by_id", "person", ["noted_by_id"], ["id"])
        said.create_check_constraint(op.f("ck_acknowledgement_told_is_noted"), TOLD)
    # On SQLite a column that is only added stands in the same line as the one before: made anew, it has its own.
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("partnership", recreate=anew) as partnership:
        partnership.add_column(
            sa.Column("school_holidays", sa.JSON(none_as_null=True), server_default="[]", nullable=False)
        )
    op.create_index(
        "ix_delivery_not_arrived",
        "delivery",
        ["owed_since"],
        unique=False,
        sqlite_where=NOT_ARRIVED,
        postgresql_where=NOT_ARRIVED,
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_not_arrived", "delivery")
    with op.batch_alter_table("partnership") as partnership:
        partnership.drop_column("school_holidays")
    with op.batch_alter_table("acknowledgement") as said:
        said.drop_constraint(op.f("ck_acknowledgement_told_is_noted"), type_="check")
        said.drop_constraint("fk_acknowledgement_noted_by_id", type_="foreignkey")
        for name in ("noted_by", "noted_by_id", "told_on"):
            said.drop_column(name)
