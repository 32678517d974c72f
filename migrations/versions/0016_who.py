"""Who else writes up a discussion, who leads a team now, which teams were added later and why, who recorded for a team
and as what, and answers that were received outside the service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "colleague",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_id"],
            ["asked.organisation_id", "asked.id"],
            name="fk_colleague_organisation_id_asked_id",
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "address_id"],
            ["address.person_id", "address.id"],
            name="fk_colleague_person_id_address_id",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_colleague_person_id"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_colleague_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_colleague"),
        sa.UniqueConstraint("ref", name="uq_colleague_ref"),
    )
    op.create_index("ix_colleague_asked", "colleague", ["asked_id", "id"], unique=False)
    op.create_index("ix_colleague_person", "colleague", ["person_id", "id"], unique=False)
    op.create_index("ix_colleague_at", "colleague", ["at"], unique=False)
    op.create_table(
        "colleague_ended",
        sa.Column("colleague_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_colleague_ended_by_id"),
        sa.ForeignKeyConstraint(["colleague_id"], ["colleague.id"], name="fk_colleague_ended_colleague_id"),
        sa.PrimaryKeyConstraint("colleague_id", name="pk_colleague_ended"),
    )
    op.create_table(
        "other_leader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("to_officer", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_id"],
            ["asked.organisation_id", "asked.id"],
            name="fk_other_leader_organisation_id_asked_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "team_id"],
            ["team.organisation_id", "team.id"],
            name="fk_other_leader_organisation_id_team_id",
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_other_leader_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_other_leader"),
        sa.UniqueConstraint("ref", name="uq_other_leader_ref"),
    )
    op.create_index("ix_other_leader_team", "other_leader", ["team_id", "id"], unique=False)
    op.create_index("ix_other_leader_at", "other_leader", ["at"], unique=False)
    op.create_table(
        "leader_settled",
        sa.Column("other_leader_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_leader_settled_by_id"),
        sa.ForeignKeyConstraint(["leader_id"], ["person.id"], name="fk_leader_settled_leader_id"),
        sa.ForeignKeyConstraint(["other_leader_id"], ["other_leader.id"], name="fk_leader_settled_other_leader_id"),
        sa.PrimaryKeyConstraint("other_leader_id", name="pk_leader_settled"),
    )
    op.add_column("asked", sa.Column("why", sa.Text(), nullable=False, server_default=""))
    op.add_column("minutes", sa.Column("recorded_as", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "outside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
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
        sa.Column(
            "received",
            sa.Enum(
                "typed", "paper", "mail", "word", native_enum=False, length=40, name="received", create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.CheckConstraint("present > 0", name=op.f("ck_outside_somebody_present")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_id"],
            ["asked.organisation_id", "asked.id"],
            name="fk_outside_organisation_id_asked_id",
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_outside_by_id"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_outside_edition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outside"),
        sa.UniqueConstraint("asked_id", "version", name="uq_outside_asked_id_version"),
        sa.UniqueConstraint("edition_id", "id", name="uq_outside_edition_id_id"),
        sa.UniqueConstraint("ref", name="uq_outside_ref"),
    )
    op.create_table(
        "outside_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("outside_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("yes", sa.Integer(), nullable=True),
        sa.Column("partly", sa.Integer(), nullable=True),
        sa.Column("not_yet", sa.Integer(), nullable=True),
        sa.Column("not_counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id", "outside_id"],
            ["outside.edition_id", "outside.id"],
            name="fk_outside_answer_edition_id_outside_id",
        ),
        sa.ForeignKeyConstraint(
            ["edition_id", "point_id"],
            ["discussion_point.edition_id", "discussion_point.id"],
            name="fk_outside_answer_edition_id_point_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outside_answer"),
        sa.UniqueConstraint("outside_id", "point_id", name="uq_outside_answer_outside_id_point_id"),
    )
    op.create_index("ix_outside_answer_point", "outside_answer", ["point_id", "id"], unique=False)
    op.create_table(
        "outside_taken",
        sa.Column("outside_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_outside_taken_by_id"),
        sa.ForeignKeyConstraint(["outside_id"], ["outside.id"], name="fk_outside_taken_outside_id"),
        sa.PrimaryKeyConstraint("outside_id", name="pk_outside_taken"),
    )


def downgrade() -> None:
    op.drop_table("outside_taken")
    op.drop_table("outside_answer")
    op.drop_table("outside")
    op.drop_column("minutes", "recorded_as")
    op.drop_column("asked", "why")
    op.drop_table("leader_settled")
    op.drop_table("other_leader")
    op.drop_table("colleague_ended")
    op.drop_table("colleague")
