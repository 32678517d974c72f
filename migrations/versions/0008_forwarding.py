"""Documents, acknowledgements, shares and questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column(
            "how",
            sa.Enum("here", "told", native_enum=False, length=40, name="how", create_constraint=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.id"],
            name="fk_acknowledgement_organisation_id_minutes_id",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_acknowledgement_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_acknowledgement"),
        sa.UniqueConstraint("minutes_id", "how", name="uq_acknowledgement_minutes_id_how"),
    )
    op.create_index("ix_acknowledgement_at", "acknowledgement", ["at"], unique=False)
    op.create_table(
        "document",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.id"],
            name="fk_document_organisation_id_minutes_id",
        ),
        sa.PrimaryKeyConstraint("minutes_id", name="pk_document"),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_question_by_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.id"],
            name="fk_question_organisation_id_minutes_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
        sa.UniqueConstraint("ref", name="uq_question_ref"),
    )
    op.create_index("ix_question_at", "question", ["at"], unique=False)
    op.create_index("ix_question_minutes", "question", ["minutes_id", "id"], unique=False)
    op.create_table(
        "share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_share_by_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "edition_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.edition_id", "minutes.id"],
            name="fk_share_organisation_id_edition_id_minutes_id",
        ),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_share_partnership_id"),
        sa.PrimaryKeyConstraint("id", name="pk_share"),
        sa.UniqueConstraint("minutes_id", "id", name="uq_share_minutes_id_id"),
        sa.UniqueConstraint("ref", name="uq_share_ref"),
    )
    op.create_index("ix_share_at", "share", ["at"], unique=False)
    op.create_index("ix_share_edition", "share", ["edition_id", "partnership_id", "id"], unique=False)
    op.create_index("ix_share_minutes", "share", ["minutes_id"], unique=False)
    op.create_index("ix_share_thread", "share", ["thread", "partnership_id", "id"], unique=False)
    op.create_table(
        "shared_answer",
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("quotable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["minutes_id", "response_id"],
            ["response.minutes_id", "response.id"],
            name="fk_shared_answer_minutes_id_response_id",
        ),
        sa.ForeignKeyConstraint(
            ["minutes_id", "share_id"], ["share.minutes_id", "share.id"], name="fk_shared_answer_minutes_id_share_id"
        ),
        sa.PrimaryKeyConstraint("share_id", "response_id", name="pk_shared_answer"),
    )
    op.create_index("ix_shared_answer_response", "shared_answer", ["response_id"], unique=False)
    op.create_table(
        "withdrawal",
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_withdrawal_by_id"),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name="fk_withdrawal_share_id"),
        sa.PrimaryKeyConstraint("share_id", name="pk_withdrawal"),
    )


def downgrade() -> None:
    op.drop_table("withdrawal")
    op.drop_table("shared_answer")
    op.drop_table("share")
    op.drop_table("question")
    op.drop_table("document")
    op.drop_table("acknowledgement")
