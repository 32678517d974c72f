"""When people are reminded to answer what was circulated: a setting of the partnership, and an index by which the
circulations are found whose date is near."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    days = sa.Column("answer_reminder_days", sa.JSON(none_as_null=True), server_default="[-5, 1, 10]", nullable=False)
    op.add_column("partnership", days)
    op.create_index("ix_answer_by_on", "answer_by", ["on"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_answer_by_on", table_name="answer_by")
    with op.batch_alter_table("partnership") as partnership:
        partnership.drop_column("answer_reminder_days")
