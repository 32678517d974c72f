"""Drafts, discussions, minutes and replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "discussion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column(
            "setting",
            sa.Enum(
                "team_meeting",
                "group_supervision",
                "reflective_supervision",
                "practice_forum",
                "inset",
                "other",
                native_enum=False,
                length=40,
                name="setting",
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("chaired_by", sa.Text(), nullable=False),
        sa.Column(
            "received",
            sa.Enum(
                "typed", "paper", "mail", "word", native_enum=False, length=40, name="received", create_constraint=True
            ),
            nullable=False,
        ),
        sa.CheckConstraint("present > 0", name=op.f("ck_discussion_somebody_present")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_discussion_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_discussion"),
        sa.UniqueConstraint("organisation_id", "id", name="uq_discussion_organisation_id_id"),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("corrects", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name="fk_draft_changed_by_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_id"],
            ["asked.organisation_id", "asked.id"],
            name="fk_draft_organisation_id_asked_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("organisation_id", "id", name="uq_draft_organisation_id_id"),
        sa.UniqueConstraint("ref", name="uq_draft_ref"),
    )
    op.create_index(
        "uq_draft_open",
        "draft",
        ["asked_id"],
        unique=True,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "not_relevant",
                "discussed_elsewhere",
                native_enum=False,
                length=40,
                name="reply_kind",
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_reply_by_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_id"],
            ["asked.organisation_id", "asked.id"],
            name="fk_reply_organisation_id_asked_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reply"),
    )
    op.create_index("ix_reply_asked", "reply", ["asked_id", "id"], unique=False)
    op.create_table(
        "minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("discussion_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("took_no_notes", sa.Boolean(), nullable=False),
        sa.Column("question_to_lead", sa.Text(), nullable=False),
        sa.Column("question_to_partnership", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_minutes_edition_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "discussion_id"],
            ["discussion.organisation_id", "discussion.id"],
            name="fk_minutes_organisation_id_discussion_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "draft_id"],
            ["draft.organisation_id", "draft.id"],
            name="fk_minutes_organisation_id_draft_id",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_minutes_organisation_id"),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name="fk_minutes_recorded_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_minutes"),
        sa.UniqueConstraint("draft_id", name="uq_minutes_draft_id"),
        sa.UniqueConstraint("organisation_id", "edition_id", "id", name="uq_minutes_organisation_id_edition_id_id"),
        sa.UniqueConstraint("organisation_id", "id", name="uq_minutes_organisation_id_id"),
        sa.UniqueConstraint("ref", name="uq_minutes_ref"),
        sa.UniqueConstraint("thread", "version", name="uq_minutes_thread_version"),
    )
    op.create_index("ix_minutes_discussion_id", "minutes", ["discussion_id"], unique=False)
    op.create_index("ix_minutes_organisation", "minutes", ["organisation_id", "sent_at"], unique=False)
    op.create_index("ix_minutes_sent_at", "minutes", ["sent_at"], unique=False)
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("by", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.id"],
            name="fk_action_organisation_id_minutes_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_action"),
        sa.UniqueConstraint("minutes_id", "position", name="uq_action_minutes_id_position"),
    )
    op.create_table(
        "minutes_for",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_id"],
            ["asked.organisation_id", "asked.id"],
            name="fk_minutes_for_organisation_id_asked_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.id"],
            name="fk_minutes_for_organisation_id_minutes_id",
        ),
        sa.PrimaryKeyConstraint("minutes_id", "asked_id", name="pk_minutes_for"),
    )
    op.create_index("ix_minutes_for_asked_id", "minutes_for", ["asked_id"], unique=False)
    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("yes", sa.Integer(), nullable=True),
        sa.Column("partly", sa.Integer(), nullable=True),
        sa.Column("not_yet", sa.Integer(), nullable=True),
        sa.Column("not_counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id", "point_id"],
            ["discussion_point.edition_id", "discussion_point.id"],
            name="fk_response_edition_id_point_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "edition_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.edition_id", "minutes.id"],
            name="fk_response_organisation_id_edition_id_minutes_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sa.UniqueConstraint("minutes_id", "id", name="uq_response_minutes_id_id"),
        sa.UniqueConstraint("minutes_id", "point_id", name="uq_response_minutes_id_point_id"),
    )
    op.create_index("ix_response_point", "response", ["point_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("response")
    op.drop_table("minutes_for")
    op.drop_table("action")
    op.drop_table("minutes")
    op.drop_table("reply")
    op.drop_table("draft")
    op.drop_table("discussion")
