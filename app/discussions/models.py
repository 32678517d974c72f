"""Discussions, their minutes and other replies. Sending a draft adds minutes, which never change; a correction is a
further version in the same `thread` (the reference of version 1). `draft_id` is unique: sending twice is one record."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from app.circulation.models import Asked
from app.database import Base, enum_column, new_ref
from app.discussions import drafts, own_files  # noqa: F401 - minutes refer to their tables
from app.discussions.news import ActionNews
from app.identifying import Mark, Why
from app.organisations.decisions import StandingDecision
from app.organisations.models import Organisation, Person
from app.organisations.proposed import Confirmed
from app.packs.models import DiscussionPoint, Edition
from app.policy import Place


class Setting(StrEnum):
    """Where a team talked about a briefing."""

    TEAM_MEETING = "team_meeting"
    GROUP_SUPERVISION = "group_supervision"
    REFLECTIVE_SUPERVISION = "reflective_supervision"
    PRACTICE_FORUM = "practice_forum"
    INSET = "inset"
    OTHER = "other"


SETTING_WORDS = {
    Setting.TEAM_MEETING: "Team meeting",
    Setting.GROUP_SUPERVISION: "Group supervision",
    Setting.REFLECTIVE_SUPERVISION: "Reflective supervision",
    Setting.PRACTICE_FORUM: "Practice forum",
    Setting.INSET: "INSET (staff training day)",
    Setting.OTHER: "Another kind of meeting",
}


class Received(StrEnum):
    """How the record came in."""

    TYPED = "typed"
    PAPER = "paper"
    MAIL = "mail"
    WORD = "word"


RECEIVED_WORDS = {
    Received.TYPED: "Typed in the service",
    Received.PAPER: "On paper",
    Received.MAIL: "By email",
    Received.WORD: "In Word",
}


class Discussion(Base):
    """A team talked about a pack: when, in what setting, how many were present, which role chaired."""

    __tablename__ = "discussion"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        sa.CheckConstraint("present > 0", name="somebody_present"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    held_on: Mapped[date]
    setting: Mapped[Setting] = mapped_column(enum_column(Setting))
    present: Mapped[int]
    recorded_at: Mapped[datetime]
    chaired_by: Mapped[str] = mapped_column(default="")
    received: Mapped[Received] = mapped_column(enum_column(Received), default=Received.TYPED)

    minutes: Mapped[list[Minutes]] = relationship(init=False, back_populates="discussion")


class Minutes(Confirmed, Base):
    """The team's record of a discussion of one edition, as it was sent. Never changes; `thread` holds its versions.
    `nobody_known`: whoever sent it stated that no family could be recognised from it. `recorded_as` is what somebody
    who is not of the team was that day, such as its Named Nurse."""

    __tablename__ = "minutes"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "discussion_id"], ["discussion.organisation_id", "discussion.id"]),
        ForeignKeyConstraint(["organisation_id", "draft_id"], ["draft.organisation_id", "draft.id"]),
        UniqueConstraint("organisation_id", "id"),
        UniqueConstraint("organisation_id", "edition_id", "id"),
        UniqueConstraint("thread", "version"),
        sa.Index("ix_minutes_organisation", "organisation_id", "sent_at"),
        sa.Index("ix_minutes_sent_at", "sent_at"),
    )
    place = Place(
        team="covers.asked.team_id",
        organisation="organisation_id",
        partnership="covers.asked.partnership_id",
        asked="covers.asked_id",
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), init=False)
    discussion_id: Mapped[int] = mapped_column(init=False, index=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    draft_id: Mapped[int | None] = mapped_column(unique=True)
    sent_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    thread: Mapped[str]
    discussion: Mapped[Discussion] = relationship(back_populates="minutes")
    version: Mapped[int] = mapped_column(default=1)
    took_no_notes: Mapped[bool] = mapped_column(default=False)
    question_to_lead: Mapped[str] = mapped_column(default="")
    question_to_partnership: Mapped[str] = mapped_column(default="")
    ref: Mapped[str] = mapped_column(unique=True, default_factory=new_ref)
    recorded_as: Mapped[str] = mapped_column(default="", server_default="")
    nobody_known: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    covers: Mapped[list[MinutesFor]] = relationship(default_factory=list, back_populates="minutes")
    responses: Mapped[list[Response]] = relationship(default_factory=list, back_populates="minutes")
    actions: Mapped[list[Action]] = relationship(
        default_factory=list, back_populates="minutes", order_by="Action.position"
    )
    news: Mapped[list[ActionNews]] = relationship(default_factory=list, order_by="ActionNews.id")
    left_in: Mapped[list[LeftIn]] = relationship(default_factory=list, back_populates="minutes", order_by="LeftIn.id")
    sent_under: Mapped[list[SentUnder]] = relationship(default_factory=list, back_populates="minutes")
    edition: Mapped[Edition] = relationship(init=False, viewonly=True)
    organisation: Mapped[Organisation] = relationship(init=False, viewonly=True)
    recorded_by: Mapped[Person] = relationship(init=False, viewonly=True)

    @hybrid_method
    def not_own(self, person_id: int | None) -> bool:
        """Whether somebody else recorded them (a condition of the policy table)."""
        return self.recorded_by_id != person_id

    @hybrid_property
    def newest(self) -> bool:
        """Whether no later version of the thread was sent."""
        session = sa.orm.object_session(self)
        return bool(session and session.scalar(sa.select(Minutes.newest).where(Minutes.id == self.id)))

    @newest.inplace.expression
    @classmethod
    @lru_cache(maxsize=4)
    def _newest(cls) -> sa.ColumnElement[bool]:
        later = aliased(Minutes)
        return ~sa.exists().where(later.thread == cls.thread, later.version > cls.version)


class MinutesFor(Base):
    """Which `Asked` a set of minutes answers: of one or more teams of one organisation, by one or more partnerships."""

    __tablename__ = "minutes_for"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
        ForeignKeyConstraint(["organisation_id", "asked_id"], ["asked.organisation_id", "asked.id"]),
    )

    minutes_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    asked_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    organisation_id: Mapped[int] = mapped_column(init=False)

    minutes: Mapped[Minutes] = relationship(init=False, back_populates="covers")
    asked: Mapped[Asked] = relationship(init=False, viewonly=True)


class Response(Base):
    """The answer to one point: words, and for a knowledge check how many people knew (yes, partly, not yet)."""

    __tablename__ = "response"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "edition_id", "minutes_id"],
            ["minutes.organisation_id", "minutes.edition_id", "minutes.id"],
        ),
        ForeignKeyConstraint(["edition_id", "point_id"], ["discussion_point.edition_id", "discussion_point.id"]),
        UniqueConstraint("minutes_id", "point_id"),
        UniqueConstraint("minutes_id", "id"),
        sa.Index("ix_response_point", "point_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(init=False)
    edition_id: Mapped[int] = mapped_column(init=False)
    minutes_id: Mapped[int] = mapped_column(init=False)
    point_id: Mapped[int]
    words: Mapped[str] = mapped_column(default="")
    yes: Mapped[int | None] = mapped_column(default=None)
    partly: Mapped[int | None] = mapped_column(default=None)
    not_yet: Mapped[int | None] = mapped_column(default=None)
    not_counted: Mapped[bool] = mapped_column(default=False)

    minutes: Mapped[Minutes] = relationship(init=False, back_populates="responses")
    point: Mapped[DiscussionPoint] = relationship(init=False, viewonly=True)

    @property
    def counted(self) -> bool:
        """Whether people were counted by show of hands."""
        return (self.yes, self.partly, self.not_yet) != (None, None, None)


class Action(Base):
    """Who does what by when, as the team agreed. Only `what` is ever shared."""

    __tablename__ = "action"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
        UniqueConstraint("minutes_id", "position"),
        UniqueConstraint("organisation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(init=False)
    minutes_id: Mapped[int] = mapped_column(init=False)
    position: Mapped[int]
    what: Mapped[str]
    who: Mapped[str] = mapped_column(default="")
    by: Mapped[date | None] = mapped_column(default=None)

    minutes: Mapped[Minutes] = relationship(init=False, back_populates="actions")


class LeftIn(Base):
    """A piece that looks like somebody's and that whoever sent the minutes left in, with the reason: a row for each
    place where it stands (`field` of the form). The piece itself stands in the minutes and nowhere else."""

    __tablename__ = "left_in"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int] = mapped_column(init=False)
    minutes_id: Mapped[int] = mapped_column(init=False, index=True)
    mark: Mapped[Mark] = mapped_column(enum_column(Mark))
    field: Mapped[str]
    why: Mapped[Why] = mapped_column(enum_column(Why))
    words: Mapped[str] = mapped_column(default="")

    minutes: Mapped[Minutes] = relationship(init=False, back_populates="left_in")


class SentUnder(Base):
    """The team was told, before it sent minutes, of this decision of a lead: that answers go to a partnership at once.
    Only what was told then is ever done by it."""

    __tablename__ = "sent_under"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "minutes_id"], ["minutes.organisation_id", "minutes.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "decision_id"], ["standing_decision.organisation_id", "standing_decision.id"]
        ),
    )

    minutes_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    decision_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(init=False)

    minutes: Mapped[Minutes] = relationship(init=False, back_populates="sent_under")
    decision: Mapped[StandingDecision] = relationship(init=False, viewonly=True)


class ReplyKind(StrEnum):
    """Replies other than minutes."""

    NOT_RELEVANT = "not_relevant"
    DISCUSSED_ELSEWHERE = "discussed_elsewhere"


class Reply(Base):
    """A team answers without minutes: not relevant to us, because; or discussed with somebody else's meeting."""

    __tablename__ = "reply"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "asked_id"], ["asked.organisation_id", "asked.id"]),
        sa.Index("ix_reply_asked", "asked_id", "id"),
    )
    place = Place(team="asked.team_id", organisation="organisation_id", partnership="asked.partnership_id")

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    organisation_id: Mapped[int]
    asked_id: Mapped[int]
    kind: Mapped[ReplyKind] = mapped_column(enum_column(ReplyKind))
    words: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    asked: Mapped[Asked] = relationship(init=False, viewonly=True)
    by: Mapped[Person] = relationship(init=False, viewonly=True)


from app.discussions import outside  # noqa: E402, F401 - its tables are of this package; it wants the words above
