"""A lead's inbox, the page of one set of minutes, its Word copy, and what a lead decides."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from app import policy
from app.clock import now
from app.database import db
from app.discussions.models import SETTING_WORDS, Minutes
from app.discussions.queries import minutes as find_minutes
from app.discussions.queries import versions
from app.errors import Invalid
from app.forwarding import queries, services
from app.forwarding.emails import WORD
from app.forwarding.forms import Decision, DecisionForm
from app.forwarding.history import history
from app.forwarding.models import Acknowledgement, Share
from app.forwarding.standings import standings
from app.trail.services import note
from app.web import actor, back_to, page

forwarding = Blueprint("forwarding", __name__)
forwarding.add_app_template_filter(SETTING_WORDS.__getitem__, "setting_words")


@forwarding.get("/inbox")
def inbox() -> ResponseReturnValue:
    """The minutes that this person receives, newest first."""
    waiting = queries.inbox(db.session, actor(), before=request.args.get("before", ""))
    return page("forwarding/inbox.html", waiting=waiting)


@forwarding.get("/minutes/<ref:minutes>")
def minutes(minutes: str) -> ResponseReturnValue:
    """What a team recorded and what became of it; for those who receive it, also what should happen with it."""
    found = find_minutes(db.session, actor(), minutes)
    _note_reading(found)
    so_far = _so_far(found)
    return _page(found, _form(found, *so_far), *so_far)


@forwarding.post("/minutes/<ref:minutes>/decision")
def decide(minutes: str) -> ResponseReturnValue:
    """Share the answers, keep them, or ask the team first."""
    found = find_minutes(db.session, actor(), minutes)
    policy.require(actor(), "receive_minutes", found)
    so_far = _so_far(found)
    form = _form(found, *so_far)
    if form.validate():
        with form.refusals():
            _carry_out(found, form)
            return back_to(".minutes", minutes=minutes, _anchor="decided")
    return _page(found, form, *so_far)


@forwarding.get("/minutes/<ref:minutes>/word")
def word(minutes: str) -> ResponseReturnValue:
    """The Word copy: the bytes that every letter carries. Until it is made, a page that looks again by itself."""
    found = find_minutes(db.session, actor(), minutes)
    document = queries.document(db.session, found)
    if document is None:
        return page("forwarding/word.html", 202, minutes=found)
    _note_reading(found)
    return _download(document.body, queries.file_name(found))


@forwarding.post("/shares/<ref:share>/withdraw")
def withdraw(share: str) -> ResponseReturnValue:
    """Take back what was shared."""
    given = queries.share(db.session, actor(), share)
    services.withdraw(db.session, actor(), given, now=now())
    return back_to(".minutes", minutes=given.minutes.ref, _anchor="decided")


def _so_far(found: Minutes) -> tuple[Acknowledgement | None, Sequence[Share]]:
    """Who has these minutes, and what of them is shared."""
    return queries.acknowledgement(db.session, found), queries.standing_shares(db.session, found)


def _let_go(shares: Sequence[Share]) -> dict[int, bool]:
    """What these shares let go: keys of points, each with whether the answer may be quoted."""
    gone = {answer.response_id: answer.quotable for given in shares for answer in given.answers}
    said = [response for given in shares for response in given.minutes.responses]
    return {response.point_id: gone[response.id] for response in said if response.id in gone}


def _form(found: Minutes, said: Acknowledgement | None, shares: Sequence[Share]) -> DecisionForm:
    """The decision as it can be taken today. Until somebody shares, every answer is ticked and none to be quoted;
    after that the boxes stand as they were left, for a corrected version too."""
    form = DecisionForm()
    answered = {response.point_id for response in found.responses}
    points = [point for point in found.edition.points if point.id in answered]
    partnerships = queries.partnerships_of(db.session, found)
    form.offer(
        [(point.key, point.question) for point in points],
        [(p.slug, p.short_name) for p in partnerships],
        own=not policy.allows(actor(), "acknowledge", found),
        said=said is not None,
        shared=any(given.minutes_id == found.id for given in shares),
        version=found.version,
    )
    if not form.is_submitted():
        let_go = _let_go(shares)
        form.answers.data = [p.key for p in points if p.id in let_go] if shares else [p.key for p in points]
        form.quotable.data = [p.key for p in points if let_go.get(p.id)]
        form.partnerships.data = [given.partnership.slug for given in shares] or [p.slug for p in partnerships]
    return form


def _page(found: Minutes, form: DecisionForm, said: Acknowledgement | None, shares: Sequence[Share]) -> Response:
    receives = policy.allows(actor(), "receive_minutes", found)
    covered = [cover.asked_id for cover in found.covers]
    return page(
        "forwarding/minutes.html",
        minutes=found,
        form=form,
        receives=receives,
        said=said,
        shares=shares,
        let_go=_let_go([given for given in shares if given.minutes_id == found.id]),
        questions=queries.questions(db.session, found),
        versions=versions(db.session, found),
        history=history(db.session, found),
        standings=standings(db.session, covered, now()),
        own=found.recorded_by_id == actor().person,
        signature=queries.signature(db.session, actor(), found, now()) if receives else None,
    )


def _carry_out(found: Minutes, form: DecisionForm) -> None:
    session, moment = db.session, now()
    if form.decision.data is Decision.ASK:
        services.ask_team(session, actor(), found, form.question.data, now=moment)
        return
    if policy.allows(actor(), "acknowledge", found):
        services.acknowledge(session, actor(), found, now=moment)
    if form.decision.data is Decision.SHARE:
        if not form.sharing_with():
            raise Invalid("Tick whom to share with, or choose “Do not share for now”.", "partnerships")
        if not form.to_share() and form.answers.choices:
            raise Invalid("Tick at least one answer to share, or choose “Do not share for now”.", "answers")
        keys = {point.id: point.key for point in found.edition.points}
        ticked = form.to_share()
        answers = {r.id: ticked[keys[r.point_id]] for r in found.responses if keys[r.point_id] in ticked}
        for partnership in queries.partnerships_of(session, found):
            if partnership.slug in form.sharing_with():
                services.share(session, actor(), found, partnership.id, answers, now=moment)


def _note_reading(found: Minutes) -> None:
    who, ref, where = actor(), found.ref, found.organisation_id
    if policy.allows(who, "receive_minutes", found):
        db.afterwards(lambda session: note(session, who, "read", ref, now=now(), organisation_id=where))


def _download(body: bytes, name: str) -> Response:
    response = make_response(body)
    response.headers["Content-Type"] = WORD
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
