"""Who is who, where and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("attaches", sa.Boolean(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.UniqueConstraint("code", name="uq_organisation_code"),
        sa.UniqueConstraint("ref", name="uq_organisation_ref"),
    )
    op.create_table(
        "partnership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("numbers_to_call", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reply_name", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("letters_from", sa.DateTime(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("secure_domains", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("marking", sa.Text(), nullable=False),
        sa.Column("reminder_days", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partnership"),
        sa.UniqueConstraint("slug", name="uq_partnership_slug"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("ref", name="uq_person_ref"),
    )
    op.create_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("proved_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_address_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_address"),
        sa.UniqueConstraint("email", name="uq_address_email"),
        sa.UniqueConstraint("person_id", "id", name="uq_address_person_id_id"),
    )
    op.create_table(
        "leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_leave_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_leave_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leave"),
    )
    op.create_index("ix_leave_person_id", "leave", ["person_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_membership_organisation_id"),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_membership_partnership_id"),
        sa.PrimaryKeyConstraint("partnership_id", "organisation_id", name="pk_membership"),
    )
    op.create_index("ix_membership_organisation_id", "membership", ["organisation_id"], unique=False)
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_team_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_team"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_team_organisation_id_code"),
        sa.UniqueConstraint("organisation_id", "id", name="uq_team_organisation_id_id"),
        sa.UniqueConstraint("ref", name="uq_team_ref"),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "leader",
                "minutes",
                "lead",
                "deputy",
                "administrator",
                "officer",
                "reviewer",
                "operator",
                "console",
                native_enum=False,
                length=40,
                name="role",
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("counts_from", sa.DateTime(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("partnership_id", sa.Integer(), nullable=True),
        sa.Column("local_title", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN role IN ('officer', 'reviewer') THEN partnership_id IS NOT NULL AND organisation_id IS NULL WHEN role = 'operator' THEN partnership_id IS NULL AND organisation_id IS NULL ELSE organisation_id IS NOT NULL AND partnership_id IS NULL END",
            name=op.f("ck_appointment_place_fits_role"),
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_appointment_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_appointment_organisation_id"),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_appointment_partnership_id"),
        sa.ForeignKeyConstraint(
            ["person_id", "address_id"], ["address.person_id", "address.id"], name="fk_appointment_person_id_address_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_appointment_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        sa.UniqueConstraint("organisation_id", "id", name="uq_appointment_organisation_id_id"),
        sa.UniqueConstraint("ref", name="uq_appointment_ref"),
    )
    op.create_index("ix_appointment_counts_from", "appointment", ["counts_from"], unique=False)
    op.create_index("ix_appointment_partnership_id", "appointment", ["partnership_id"], unique=False)
    op.create_index("ix_appointment_person_id", "appointment", ["person_id"], unique=False)
    op.create_index("ix_appointment_role", "appointment", ["organisation_id", "role"], unique=False)
    op.create_table(
        "team_succession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("from_team_id", sa.Integer(), nullable=False),
        sa.Column("to_team_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "renamed", "merged", "split", native_enum=False, length=40, name="succession", create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("on", sa.Date(), nullable=False),
        sa.CheckConstraint("from_team_id <> to_team_id", name=op.f("ck_team_succession_two_teams")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "from_team_id"],
            ["team.organisation_id", "team.id"],
            name="fk_team_succession_organisation_id_from_team_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "to_team_id"],
            ["team.organisation_id", "team.id"],
            name="fk_team_succession_organisation_id_to_team_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_team_succession"),
        sa.UniqueConstraint("from_team_id", "to_team_id", name="uq_team_succession_from_team_id_to_team_id"),
    )
    op.create_table(
        "appointment_team",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "appointment_id"],
            ["appointment.organisation_id", "appointment.id"],
            name="fk_appointment_team_organisation_id_appointment_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "team_id"],
            ["team.organisation_id", "team.id"],
            name="fk_appointment_team_organisation_id_team_id",
        ),
        sa.PrimaryKeyConstraint("appointment_id", "team_id", name="pk_appointment_team"),
    )
    op.create_index("ix_appointment_team_team_id", "appointment_team", ["team_id"], unique=False)


def downgrade() -> None:
    op.drop_table("appointment_team")
    op.drop_table("team_succession")
    op.drop_table("appointment")
    op.drop_table("team")
    op.drop_table("membership")
    op.drop_table("leave")
    op.drop_table("address")
    op.drop_table("person")
    op.drop_table("partnership")
    op.drop_table("organisation")
