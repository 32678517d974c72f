"""Minutes as rows, made of a record, and the record that rows hold. No query and no rule stands here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from app.database import new_ref
from app.discussions.deeds import Carried, News, Step
from app.discussions.drafts import Draft
from app.discussions.models import Action, Discussion, Minutes, MinutesFor, Received, Response, SentUnder
from app.discussions.news import ActionNews
from app.discussions.record import Answer, Meeting, Record, Said


class Sent(NamedTuple):
    """What minutes are beside what was said: the draft they come from, the version before (if they correct one), the
    meeting, the keys of what they answer, who sends them when, as what, whether she stated that nobody is known, and
    the keys of the decisions of leads that the team was told of."""

    draft: Draft
    before: Minutes | None
    discussion: Discussion
    covers: Collection[int]
    by_id: int
    at: datetime
    recorded_as: str = ""
    nobody_known: bool = False
    under: Collection[int] = ()


def minutes(sent: Sent, said: Said) -> Minutes:
    """A version of minutes with its answers and actions, not added to a session yet."""
    edition = sent.draft.asked.circulation.edition
    points = {point.key: point.id for point in edition.points}
    ref = new_ref()
    return Minutes(
        edition_id=edition.id,
        draft_id=sent.draft.id,
        sent_at=sent.at,
        recorded_by_id=sent.by_id,
        recorded_as=sent.recorded_as,
        thread=sent.draft.corrects or ref,
        version=sent.before.version + 1 if sent.before else 1,
        took_no_notes=said.took_no_notes,
        question_to_lead=said.question_to_lead,
        question_to_partnership=said.question_to_partnership,
        ref=ref,
        nobody_known=sent.nobody_known,
        discussion=sent.discussion,
        sent_under=[SentUnder(decision_id=key) for key in sorted(sent.under)],
        covers=[MinutesFor(asked_id=asked_id) for asked_id in sorted(sent.covers)],
        responses=[_response(answer, points) for answer in said.answers],
        actions=[Action(position=n, what=step.what, who=step.who, by=step.by) for n, step in enumerate(said.actions)],
    )


def discussion(draft: Draft, meeting: Meeting, now: datetime) -> Discussion:
    """A meeting of the organisation whose draft this is. How the record came in is what was said of it; else where
    answers of a Word sheet stand in the draft it came by Word."""
    said = next((how for how in Received if how.value == draft.content.get("received")), None)
    return Discussion(
        organisation_id=draft.organisation_id,
        held_on=meeting.held_on,
        setting=meeting.setting,
        present=meeting.present,
        chaired_by=meeting.chaired_by,
        recorded_at=now,
        received=said or (Received.WORD if draft.content.get("by_word") else Received.TYPED),
    )


def _response(answer: Answer, points: Mapping[str, int]) -> Response:
    return Response(
        point_id=points[answer.key],
        words=answer.words,
        yes=answer.yes,
        partly=answer.partly,
        not_yet=answer.not_yet,
        not_counted=answer.not_counted,
    )


def news(said: Said, carried: Mapping[str, Carried]) -> list[ActionNews]:
    """What is said about earlier actions, of those that are `carried`: one whose words were changed since is another
    action, about which nothing was said."""
    known = [(one, carried[one.key]) for one in said.news if one.key in carried]
    return [
        ActionNews(action_id=action.action_id, key=one.key, how=one.how, by=one.by, because=one.because)
        for one, action in known
    ]


def record_of(minutes: Minutes) -> Record:
    """What was sent, as a record; its answers in the order of the points."""
    held, said = minutes.discussion, sorted(minutes.responses, key=lambda response: response.point.position)
    return Record(
        Meeting(held_on=held.held_on, setting=held.setting, present=held.present, chaired_by=held.chaired_by),
        Said(
            answers=tuple(_answer(response) for response in said),
            actions=tuple(Step(what=action.what, who=action.who, by=action.by) for action in minutes.actions),
            news=tuple(News(key=one.key, how=one.how, by=one.by, because=one.because) for one in minutes.news),
            question_to_lead=minutes.question_to_lead,
            question_to_partnership=minutes.question_to_partnership,
            took_no_notes=minutes.took_no_notes,
        ),
    )


def _answer(response: Response) -> Answer:
    return Answer(
        key=response.point.key,
        words=response.words,
        yes=response.yes,
        partly=response.partly,
        not_yet=response.not_yet,
        not_counted=response.not_counted,
    )
