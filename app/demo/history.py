"""What the teams of a data set were asked and said: circulations, minutes, what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.circulation.models import Added, AnswerBy, Asked, Circulation
from app.clock import today, working_days_after
from app.demo.people import MadeTeam
from app.demo.rows import Rows
from app.demo.words import ACTIONS, ANSWERS, OTHER_ANSWERS, QUESTIONS
from app.discussions.drafts import Draft
from app.discussions.models import (
    Action,
    Discussion,
    Minutes,
    MinutesFor,
    Received,
    Reply,
    ReplyKind,
    Response,
    Setting,
)
from app.forwarding.models import Acknowledgement, How, Share, SharedAnswer
from app.packs.models import PointKind

WEEKS_OPEN = 7
SETTINGS = (*[Setting.TEAM_MEETING] * 4, *Setting)


@dataclass(frozen=True)
class MadePoint:
    """A point of an edition of a data set."""

    id: int
    key: str
    kind: PointKind


@dataclass(frozen=True)
class MadeEdition:
    """An edition of a data set."""

    id: int
    points: tuple[MadePoint, ...]


@dataclass(frozen=True)
class MadeAsked:
    """A team asked, of a data set."""

    id: int
    team: MadeTeam
    edition: MadeEdition
    partnership: int
    at: datetime


class History:
    """Makes what happened. `now` is when the data set is loaded: nothing made here is later."""

    def __init__(self, rows: Rows, now: datetime) -> None:
        self.rows, self.chance, self.now = rows, rows.chance, now

    def circulate(
        self, edition: MadeEdition, partnership: int, teams: list[MadeTeam], at: datetime, by: int
    ) -> list[MadeAsked]:
        """Ask teams; one `MadeAsked` for each."""
        key = self.rows.add(
            Circulation,
            partnership_id=partnership,
            edition_id=edition.id,
            cover_note="Please talk about this with your team and tell us what you said.",
            circulated_at=at,
            by_id=by,
            digest="0" * 64,
            once=self.chance.ref(),
        )
        day = working_days_after(today(at) + timedelta(weeks=WEEKS_OPEN), 0)
        self.rows.add(AnswerBy, circulation_id=key, on=day, set_at=at, by_id=by)
        return [self._ask(key, edition, partnership, team, at) for team in teams]

    def _ask(self, circulation: int, edition: MadeEdition, partnership: int, team: MadeTeam, at: datetime) -> MadeAsked:
        place = team.organisation
        key = self.rows.add(
            Asked,
            circulation_id=circulation,
            partnership_id=partnership,
            organisation_id=place.id,
            team_id=team.id,
            organisation_name=place.name,
            team_name=team.name,
            sector=place.sector,
            added_at=at,
            added=Added.LAUNCH,
        )
        return MadeAsked(key, team, edition, partnership, at)

    def met(self, who: list[MadeAsked]) -> list[tuple[datetime, MadeAsked]]:
        """When each of these sent minutes, after it was asked, in the order of sending: a team may stand there twice.
        By day, at an hour when people are at work."""
        sent = []
        for asked in who:
            days = max(1, (self.now - asked.at).days - 1)
            day = asked.at + timedelta(days=1 + self.chance.upto(days - 1))
            at = day.replace(hour=9, minute=0) + timedelta(minutes=self.chance.upto(450))
            sent.append((min(at, self.now), asked))
        return sorted(sent, key=lambda one: (one[0], one[1].id))

    def minutes(self, asked: MadeAsked, at: datetime, *, answers: int | None = None, settled: bool = True) -> int:
        """Minutes of a meeting, sent at a time, with up to so many answers; mostly dealt with where `settled`.

        Returns the number of answers.
        """
        minutes, ref, present = self._meeting(asked, at)
        points = asked.edition.points if answers is None else asked.edition.points[: max(0, answers)]
        said = [key for point in points if (key := self._answer(asked, minutes, point, present))]
        if self.chance.one_in(2):
            where = {"organisation_id": asked.team.organisation.id, "minutes_id": minutes}
            self.rows.add(Action, **where, position=0, what=self.chance.of(ACTIONS), who="Team leader", by=None)
        if settled:
            self._dealt_with(asked, minutes, ref, said, at)
        return len(said)

    def _meeting(self, asked: MadeAsked, at: datetime) -> tuple[int, str, int]:
        place, present = asked.team.organisation.id, 4 + self.chance.upto(10)
        meeting = self.rows.add(
            Discussion,
            organisation_id=place,
            held_on=today(at),
            setting=self.chance.of(SETTINGS),
            present=present,
            recorded_at=at,
            chaired_by="",
            received=Received.TYPED,
        )
        ref, plain = self.chance.ref(), {"took_no_notes": False, "nobody_known": True, "question_to_lead": ""}
        minutes = self.rows.add(
            Minutes,
            organisation_id=place,
            discussion_id=meeting,
            edition_id=asked.edition.id,
            draft_id=self._draft(asked, at, {}, sent_at=at),
            sent_at=at,
            recorded_by_id=asked.team.leader,
            thread=ref,
            version=1,
            **plain,
            question_to_partnership=self.chance.of(QUESTIONS) if self.chance.one_in(8) else "",
            ref=ref,
        )
        self.rows.add(MinutesFor, minutes_id=minutes, asked_id=asked.id, organisation_id=place)
        return minutes, ref, present

    def _draft(self, asked: MadeAsked, at: datetime, content: dict[str, Any], sent_at: datetime | None) -> int:
        return self.rows.add(
            Draft,
            organisation_id=asked.team.organisation.id,
            asked_id=asked.id,
            begun_at=at,
            changed_at=at,
            changed_by_id=asked.team.leader,
            content=content,
            version=1,
            sent_at=sent_at,
            corrects="",
        )

    def _answer(self, asked: MadeAsked, minutes: int, point: MadePoint, present: int) -> int:
        words = self.chance.of(ANSWERS.get(point.key, OTHER_ANSWERS))
        hands: dict[str, int | None] = {"yes": None, "partly": None, "not_yet": None}
        if point.kind is PointKind.KNOWLEDGE_CHECK and (not words or not self.chance.one_in(3)):
            yes = self.chance.upto(present // 2)
            partly = self.chance.upto(present - yes)
            hands = {"yes": yes, "partly": partly, "not_yet": present - yes - partly}
        if not words and hands["yes"] is None:
            return 0
        return self.rows.add(
            Response,
            organisation_id=asked.team.organisation.id,
            edition_id=asked.edition.id,
            minutes_id=minutes,
            point_id=point.id,
            words=words,
            not_counted=False,
            **hands,
        )

    def _dealt_with(self, asked: MadeAsked, minutes: int, ref: str, said: list[int], at: datetime) -> None:
        """Most are acknowledged after a few days and most of these shared; the rest still wait."""
        place = asked.team.organisation
        later = min(at + timedelta(days=1 + self.chance.upto(4)), self.now - timedelta(minutes=1))
        if self.chance.one_in(4):
            return
        if place.lead != asked.team.leader:
            self.rows.add(
                Acknowledgement,
                minutes_id=minutes,
                organisation_id=place.id,
                person_id=place.lead,
                name=place.lead_name,
                title=place.lead_title,
                at=later,
                how=How.HERE,
            )
        if said and not self.chance.one_in(4):
            self._share(asked, minutes, ref, said, later)

    def _share(self, asked: MadeAsked, minutes: int, ref: str, said: list[int], at: datetime) -> None:
        place = asked.team.organisation
        share = self.rows.add(
            Share,
            minutes_id=minutes,
            organisation_id=place.id,
            edition_id=asked.edition.id,
            partnership_id=asked.partnership,
            thread=ref,
            by_id=place.lead,
            name=place.lead_name,
            title=place.lead_title,
            at=at,
        )
        for response in said:
            quotable = self.chance.one_in(2)
            self.rows.add(SharedAnswer, share_id=share, response_id=response, minutes_id=minutes, quotable=quotable)

    def begun(self, asked: MadeAsked) -> None:
        """A draft that somebody has started."""
        self._draft(asked, self.now - timedelta(days=1), {"present": "6", "setting": "team_meeting"}, sent_at=None)

    def reply(self, asked: MadeAsked, kind: ReplyKind, words: str) -> None:
        """A reply without minutes."""
        self.rows.add(
            Reply,
            organisation_id=asked.team.organisation.id,
            asked_id=asked.id,
            kind=kind,
            words=words,
            at=self.now - timedelta(days=3),
            by_id=asked.team.leader,
        )
