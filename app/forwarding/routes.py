"""A lead's inbox, the page of one set of minutes, its Word copy, and what a lead decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from app import policy
from app.clock import now
from app.database import db
from app.discussions.models import SETTING_WORDS, Minutes
from app.discussions.models import Response as ResponseRow
from app.discussions.queries import minutes as find_minutes
from app.forwarding import queries, services
from app.forwarding.course import Course, contacts
from app.forwarding.course import course as course_of
from app.forwarding.document import minutes_document
from app.forwarding.emails import WORD
from app.forwarding.forms import Decision, DecisionForm
from app.forwarding.history import history
from app.forwarding.making import facts
from app.forwarding.models import Share
from app.forwarding.standings import standings
from app.trail.services import note
from app.web import actor, back_to, page
from app.web.forms import Form

_DONE = {Decision.SHARE: "shared", Decision.KEEP: "kept", Decision.ASK: "asked"}
SAID = ("point_id", "words", "yes", "partly", "not_yet", "not_counted")

forwarding = Blueprint("forwarding", __name__)
forwarding.add_app_template_filter(SETTING_WORDS.__getitem__, "setting_words")


@forwarding.get("/inbox")
def inbox() -> ResponseReturnValue:
    """The minutes that this person receives, newest first."""
    return page(
        "forwarding/inbox.html", inbox=queries.inbox(db.session, actor(), before=request.args.get("before", ""))
    )


@forwarding.get("/minutes/<ref:minutes>")
def minutes(minutes: str) -> ResponseReturnValue:
    """What a team recorded and what became of it; for those who receive it, also what should happen with it."""
    found = find_minutes(db.session, actor(), minutes)
    _note_reading(found)
    course = course_of(db.session, actor(), found)
    return _page(found, _form(found, course), course)


@forwarding.post("/minutes/<ref:minutes>/decision")
def decide(minutes: str) -> ResponseReturnValue:
    """Share the answers, keep them, or ask the team first."""
    found = find_minutes(db.session, actor(), minutes)
    policy.require(actor(), "receive_minutes", found)
    course = course_of(db.session, actor(), found)
    form = _form(found, course)
    if form.validate():
        with form.refusals():
            _carry_out(found, form, now())
            return back_to(".minutes", minutes=minutes, done=_DONE[form.decision.data], _anchor="decided")
    return _page(found, form, course)


@forwarding.get("/minutes/<ref:minutes>/word")
def word(minutes: str) -> ResponseReturnValue:
    """The Word copy: the bytes that every letter carries. Until the sender has made it, a page that looks again by
    itself. Of loaded history, for which the sender makes none, a copy is made on the spot and not kept."""
    found = find_minutes(db.session, actor(), minutes)
    document = queries.document(db.session, found)
    if document is None and queries.is_being_made(found, now()):
        return page("forwarding/word.html", 202, minutes=found)
    _note_reading(found)
    name = queries.file_name(found)
    if document is not None:
        return _download(document.body, name)
    told = facts(db.session, minutes)
    db.release()
    return _download(minutes_document(told), name)


@forwarding.route("/shares/<ref:share>/withdraw", methods=["GET", "POST"])
def withdraw(share: str) -> ResponseReturnValue:
    """Stop sharing, after asking: what was read may have been copied."""
    given = queries.share(db.session, actor(), share)
    form = Form()
    if form.validate():
        services.withdraw(db.session, actor(), given, now=now())
        return back_to(".minutes", minutes=given.minutes.ref, done="stopped", _anchor="decided")
    return page("forwarding/withdraw.html", given=given, form=form, teams=queries.teams_of(given.minutes))


def _let_go(shares: Sequence[Share]) -> dict[int, bool]:
    """What these shares let go: keys of points, each with whether the answer may be quoted."""
    return {answer.response.point_id: answer.quotable for given in shares for answer in given.answers}


def _form(found: Minutes, course: Course) -> DecisionForm:
    """The decision as it can be taken today. Every answer is ticked and none to be quoted; once something is shared
    the boxes stand as they were left, for a corrected version too."""
    form, shares = DecisionForm(), course.shares or course.stopped
    answers = {response.point_id: response for response in found.responses}
    points = [point for point in found.edition.points if point.id in answers]
    partnerships = queries.partnerships_of(found)
    form.offer(
        [(point.key, f"{point.position}. {point.question}") for point in points],
        [(p.slug, p.short_name) for p in partnerships],
        own=not policy.allows(actor(), "acknowledge", found),
        said=course.acknowledged is not None,
        shared=any(given.minutes_id == found.id for given in course.shares),
        version=found.version,
    )
    if not form.is_submitted():
        kept_back = {response.point_id for given in shares for response in given.minutes.responses} - {*_let_go(shares)}
        form.answers.data = [point.key for point in points if point.id not in kept_back]
        form.quotable.data = [point.key for point in points if _quoted(answers[point.id], shares)]
        form.partnerships.data = [given.partnership.slug for given in shares] or [p.slug for p in partnerships]
    return form


def _quoted(response: ResponseRow, shares: Sequence[Share]) -> bool:
    """Whether an answer may be quoted already: only in the very words for which that was said."""
    quoted = [answer.response for given in shares for answer in given.answers if answer.quotable]
    return any(all(getattr(response, name) == getattr(said, name) for name in SAID) for said in quoted)


def _page(found: Minutes, form: DecisionForm, course: Course) -> Response:
    receives = policy.allows(actor(), "receive_minutes", found)
    stands = standings(db.session, [cover.asked_id for cover in found.covers], now()).values()
    records = [record for standing in stands for record in standing.records if record.ref == found.ref]
    return page(
        "forwarding/minutes.html",
        minutes=found,
        teams=queries.teams_of(found),
        form=form,
        receives=receives,
        said=course.acknowledged,
        shares=course.shares,
        stopped=course.stopped,
        contacts=contacts(db.session, found, now()),
        done=request.args.get("done", ""),
        let_go=_let_go([given for given in course.shares if given.minutes_id == found.id]),
        questions=course.questions,
        versions=course.versions,
        history=history(db.session, found, course),
        record=records[0] if records else None,
        statuses=dict.fromkeys(standing.of(found.ref).team for standing in stands),
        own=found.recorded_by_id == actor().person,
        signature=queries.signature(db.session, actor(), found, now()) if receives else None,
    )


def _carry_out(found: Minutes, form: DecisionForm, at: datetime) -> None:
    """Whoever shares answers, or decides not to, says with that that she has the minutes."""
    if form.decision.data is Decision.ASK:
        services.ask_team(db.session, actor(), found, form.question.data, now=at)
        return
    if form.decision.data is Decision.SHARE:
        keys = {point.id: point.key for point in found.edition.points}
        ticked = form.to_share()
        answers = {r.id: ticked[keys[r.point_id]] for r in found.responses if keys[r.point_id] in ticked}
        for partnership in queries.partnerships_of(found):
            if partnership.slug in form.sharing_with():
                services.share(db.session, actor(), found, partnership.id, answers, now=at)
    if policy.allows(actor(), "acknowledge", found):
        services.acknowledge(db.session, actor(), found, now=at)


def _note_reading(found: Minutes) -> None:
    """Leave a trace of who read what a team wrote: “read” by somebody who receives it, “reread” by the team."""
    if request.method == "HEAD":
        return
    who, ref, where, at = actor(), found.ref, found.organisation_id, now()
    received = policy.allows(who, "receive_minutes", found) and found.recorded_by_id != who.person
    kind = "read" if received else "reread"
    db.afterwards(lambda session: note(session, who, kind, ref, now=at, organisation_id=where))


def _download(body: bytes, name: str) -> Response:
    response = make_response(body)
    response.headers["Content-Type"] = WORD
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
