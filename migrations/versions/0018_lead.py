"""What a lead goes by: whether it was stated that nobody is known from minutes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"


def upgrade() -> None:
    with op.batch_alter_table("minutes") as minutes:
        minutes.add_column(sa.Column("nobody_known", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("minutes") as minutes:
        minutes.drop_column("nobody_known")
