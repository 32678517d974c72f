"""What became of minutes after they were sent: the document, who has them, what was shared, what was asked back."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from app.database import Base, enum_column, new_ref
from app.discussions.models import Minutes, Response
from app.organisations.decisions import StandingDecision
from app.organisations.models import Partnership, Person
from app.organisations.proposed import Confirmed
from app.policy import Place

MAY_BE_QUOTED = "May be quoted"
NOT_FOR_QUOTING = "Not for quoting"
LET_GO, FILE_LET_GO = "document let go", "attached file let go"
"""The events of a Word document of minutes, and of the file that a team attached to them, that were kept for as long as
their organisation says."""


def naming(partnership: str = "The partnership", organisation: str = "the organisation") -> str:
    """Whose name stands where, in the one wording of every page and file: a lead decides by it, so it has to be what
    the collation shows."""
    return (
        f"{partnership} sees {organisation}’s name beside the answers, not the team’s. A quotation in a report names "
        "neither."
    )


class Document(Base):
    """The Word document of a set of minutes, made once: every letter and every download is these same bytes.

    The `body` may go one day, by what is said of keeping minutes. What is known of it stays and never changes: its
    `digest` (SHA-256), its `size` in bytes and when it was made; a copy can be checked by them for ever.
    """

    __tablename__ = "document"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
    )

    minutes_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    digest: Mapped[str]
    made_at: Mapped[datetime]
    size: Mapped[int] = mapped_column(init=False)

    def __post_init__(self) -> None:
        self.size = len(self.body or b"")


class How(StrEnum):
    """How a lead let it be known that she has the minutes."""

    HERE = "here"
    TOLD = "told"


class Acknowledgement(Base):
    """Somebody says by name "I have this", or is said to have it: `title` is the role title as it was that day.

    Where she was not here to say so, `told_on` is the day on which she told somebody, who noted it (`noted_by`) `at`
    some later moment. That stops reminders and counts as nothing else: it is not her own word.
    """

    __tablename__ = "acknowledgement"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
        UniqueConstraint("minutes_id", "how"),
        sa.Index("ix_acknowledgement_at", "at"),
        sa.CheckConstraint(
            "CASE WHEN how = 'told' THEN told_on IS NOT NULL AND noted_by_id IS NOT NULL "
            "ELSE told_on IS NULL AND noted_by_id IS NULL END",
            name="told_is_noted",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    minutes_id: Mapped[int]
    organisation_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    title: Mapped[str]
    at: Mapped[datetime]
    how: Mapped[How] = mapped_column(enum_column(How), default=How.HERE)
    told_on: Mapped[date | None] = mapped_column(default=None)
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    noted_by: Mapped[str] = mapped_column(default="", server_default="")

    person: Mapped[Person] = relationship(init=False, viewonly=True, foreign_keys=[person_id])


class Share(Confirmed, Base):
    """A lead lets answers of one version go to one partnership, with what the team will do and its question to the
    partnership unless they are held back. Of a thread the one given last stands. `under` is the decision that she took
    beforehand, where they went by that: she has not read them by then."""

    __tablename__ = "share"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "edition_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.edition_id", "minutes.id"],
        ),
        ForeignKeyConstraint(
            ["organisation_id", "under_id"], ["standing_decision.organisation_id", "standing_decision.id"]
        ),
        UniqueConstraint("minutes_id", "id"),
        sa.Index("ix_share_thread", "thread", "partnership_id", "id"),
        sa.Index("ix_share_edition", "edition_id", "partnership_id", "id"),
        sa.Index("ix_share_minutes", "minutes_id"),
        sa.Index("ix_share_at", "at"),
    )
    place = Place(team="minutes.covers.asked.team_id", organisation="organisation_id", partnership="partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    minutes_id: Mapped[int]
    organisation_id: Mapped[int]
    edition_id: Mapped[int]
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    thread: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    title: Mapped[str]
    at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)
    lets_actions: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    lets_question: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    under_id: Mapped[int | None] = mapped_column(default=None)

    under: Mapped[StandingDecision | None] = relationship(init=False, viewonly=True)
    minutes: Mapped[Minutes] = relationship(init=False, viewonly=True)
    partnership: Mapped[Partnership] = relationship(init=False, viewonly=True)
    answers: Mapped[list[SharedAnswer]] = relationship(default_factory=list, back_populates="share")
    withdrawal: Mapped[Withdrawal | None] = relationship(init=False, viewonly=True)

    @hybrid_property
    def shared(self) -> bool:
        """Whether this share stands: not withdrawn, and none was given later (a condition of the policy table)."""
        session = sa.orm.object_session(self)
        return bool(session and session.scalar(sa.select(Share.shared).where(Share.id == self.id)))

    @shared.inplace.expression
    @classmethod
    @lru_cache(maxsize=4)
    def _shared(cls) -> sa.ColumnElement[bool]:
        later = aliased(Share)
        newer = sa.exists().where(
            later.thread == cls.thread, later.partnership_id == cls.partnership_id, later.id > cls.id
        )
        return ~newer & ~sa.exists().where(Withdrawal.share_id == cls.id)


class SharedAnswer(Base):
    """An answer that a share lets go, and whether it may be quoted (see `naming`)."""

    __tablename__ = "shared_answer"
    __table_args__ = (
        ForeignKeyConstraint(["minutes_id", "share_id"], ["share.minutes_id", "share.id"]),
        ForeignKeyConstraint(["minutes_id", "response_id"], ["response.minutes_id", "response.id"]),
        sa.Index("ix_shared_answer_response", "response_id"),
    )

    share_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    response_id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(init=False)
    quotable: Mapped[bool]

    share: Mapped[Share] = relationship(init=False, back_populates="answers")
    response: Mapped[Response] = relationship(init=False, viewonly=True)


class Withdrawal(Base):
    """A share is taken back."""

    __tablename__ = "withdrawal"

    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    because: Mapped[str] = mapped_column(default="")

    by: Mapped[Person] = relationship(init=False, viewonly=True)


class Question(Base):
    """A lead asks the team something first."""

    __tablename__ = "question"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
        sa.Index("ix_question_minutes", "minutes_id", "id"),
        sa.Index("ix_question_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    minutes_id: Mapped[int]
    organisation_id: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    title: Mapped[str]
    words: Mapped[str]
    at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    minutes: Mapped[Minutes] = relationship(init=False, viewonly=True)
    replies: Mapped[list[Answer]] = relationship(init=False, viewonly=True, order_by="Answer.id")


class Answer(Base):
    """The team answers what a lead asked. It may answer again."""

    __tablename__ = "answer"
    __table_args__ = (sa.Index("ix_answer_question", "question_id", "id"), sa.Index("ix_answer_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    words: Mapped[str]
    at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)

    question: Mapped[Question] = relationship(init=False, viewonly=True)
