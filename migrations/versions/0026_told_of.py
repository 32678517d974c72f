"""Which minutes a letter told of is kept and no longer worked out of today's appointments. What is known of letters sent
before is worked out once more, as the dated list said it until now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

TRIED = """
    SELECT attempt.id, attempt.at, delivery.id AS delivery_id, delivery.kind, appointment.id AS appointment_id,
           appointment.organisation_id, appointment.person_id
    FROM attempt
    JOIN delivery ON delivery.id = attempt.delivery_id
    JOIN person ON person.ref = delivery.person
    JOIN appointment ON appointment.person_id = person.id
    WHERE delivery.kind = 'handover' AND appointment.ref = delivery.about
       OR delivery.kind = 'weekly' AND person.ref = delivery.about AND appointment.role = 'lead' AND (
            SELECT rhythm.weekly FROM rhythm
            WHERE rhythm.appointment_id = appointment.id AND rhythm.at <= attempt.at
            ORDER BY rhythm.id DESC LIMIT 1)
"""
TOLD = f"""
    SELECT DISTINCT tried.id AS telling_id, tried.delivery_id, minutes.ref AS about
    FROM ({TRIED}) AS tried
    JOIN minutes ON minutes.organisation_id = tried.organisation_id
        AND minutes.sent_at < tried.at AND minutes.recorded_by_id <> tried.person_id
    WHERE EXISTS (
            SELECT 1 FROM minutes_for JOIN asked ON asked.id = minutes_for.asked_id
            WHERE minutes_for.minutes_id = minutes.id AND (
                NOT EXISTS (SELECT 1 FROM appointment_team AS any_ WHERE any_.appointment_id = tried.appointment_id)
                OR EXISTS (SELECT 1 FROM appointment_team AS this
                           WHERE this.appointment_id = tried.appointment_id AND this.team_id = asked.team_id)))
        AND NOT EXISTS (SELECT 1 FROM acknowledgement AS said
                        WHERE said.minutes_id = minutes.id AND said.at < tried.at)
        AND NOT EXISTS (SELECT 1 FROM minutes AS later WHERE later.thread = minutes.thread
                        AND later.version > minutes.version AND later.sent_at < tried.at)
        AND (tried.kind = 'handover' OR NOT EXISTS (
                SELECT 1 FROM question WHERE question.minutes_id = minutes.id AND question.at <= tried.at
                AND NOT EXISTS (SELECT 1 FROM answer
                                WHERE answer.question_id = question.id AND answer.at <= tried.at))
            AND NOT EXISTS (SELECT 1 FROM share WHERE share.minutes_id = minutes.id
                            AND share.under_id IS NULL AND share.at <= tried.at))
"""


def upgrade() -> None:
    op.create_table(
        "telling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_telling_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_telling"),
    )
    op.create_index("ix_telling_delivery", "telling", ["delivery_id", "id"], unique=False)
    op.create_table(
        "told_of",
        sa.Column("telling_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["telling_id"], ["telling.id"], name="fk_told_of_telling_id"),
        sa.PrimaryKeyConstraint("telling_id", "about", name="pk_told_of"),
    )
    op.create_index("ix_told_of_about", "told_of", ["about", "telling_id"], unique=False)
    with op.batch_alter_table("attempt") as attempt:
        attempt.add_column(sa.Column("telling_id", sa.Integer(), nullable=True))
        attempt.create_foreign_key("fk_attempt_telling_id", "telling", ["telling_id"], ["id"])
    _known_until_now()


def _known_until_now() -> None:
    """Each try of such a letter gets a telling of its own, with the number of the try."""
    op.execute(f"CREATE TEMPORARY TABLE told_until_now AS {TOLD}")
    op.execute("INSERT INTO telling (id, delivery_id) SELECT DISTINCT telling_id, delivery_id FROM told_until_now")
    op.execute("INSERT INTO told_of (telling_id, about) SELECT telling_id, about FROM told_until_now")
    op.execute("UPDATE attempt SET telling_id = id WHERE id IN (SELECT telling_id FROM told_until_now)")
    op.execute("DROP TABLE told_until_now")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('telling', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM telling))"
        )


def downgrade() -> None:
    with op.batch_alter_table("attempt") as attempt:
        attempt.drop_constraint("fk_attempt_telling_id", type_="foreignkey")
        attempt.drop_column("telling_id")
    op.drop_table("told_of")
    op.drop_table("telling")
