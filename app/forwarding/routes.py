"""A lead's inbox, the page of one set of minutes, its Word copy, and what a lead decides."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from app import policy
from app.clock import now
from app.database import db
from app.discussions.attached import of_minutes
from app.discussions.kept import left_beside
from app.discussions.models import SETTING_WORDS, Minutes
from app.discussions.queries import minutes as find_minutes
from app.errors import Conflict, NotFound
from app.forwarding import deciding_ahead, having, queries, rhythm, services
from app.forwarding.certificate import certificate_document
from app.forwarding.certifying import facts as certified
from app.forwarding.corrections import corrected, may_answer, may_decide, newest_ref, waiting_questions
from app.forwarding.course import Course, contacts, to_quote, went
from app.forwarding.course import course as course_of
from app.forwarding.deciding import carry_out, changed_since, form_for, let_go, of_this, unconfirmed
from app.forwarding.deciding import done as done_words
from app.forwarding.document import minutes_document
from app.forwarding.emails import WORD
from app.forwarding.forms import AnswerForm, Decision, DecisionForm, ToldForm
from app.forwarding.history import history
from app.forwarding.inbox import next_to_read
from app.forwarding.making import facts
from app.forwarding.models import Question, naming
from app.forwarding.not_arrived import readers_missed
from app.forwarding.standings import standings
from app.forwarding.together import together
from app.trail.services import note
from app.web import actor, back_to, given_back, page
from app.web.files import to_be_kept
from app.web.forms import Choice, Form
from app.web.keeping import rescued_by

_DONE = {Decision.SHARE: "shared", Decision.KEEP: "kept", Decision.ASK: "asked"}

forwarding = Blueprint("forwarding", __name__)
forwarding.add_app_template_filter(SETTING_WORDS.__getitem__, "setting_words")
for wording in (unconfirmed, naming, went, to_quote, deciding_ahead.decided_words, rhythm.chosen_words):
    forwarding.add_app_template_global(wording)


@forwarding.app_template_global()
def open_questions(thread: str) -> Sequence[Question]:
    """What a lead asked about minutes that are being corrected: the pages on which that is done show it."""
    return waiting_questions(db.session, actor(), thread)


@forwarding.get("/inbox")
def inbox() -> ResponseReturnValue:
    """The minutes that this person receives: what is to read, then the rest, each newest first."""
    return having.inbox_page()


@forwarding.post("/inbox/have")
def have() -> ResponseReturnValue:
    """Say of several sets of minutes at once that she has them: each as on its own page."""
    form = having.form_sent()
    if form.validate():
        refs = having.carry_out(form.minutes.data, now())
        return back_to(".had", of=".".join(refs))
    return having.inbox_page(form)


@forwarding.get("/inbox/had")
def had() -> ResponseReturnValue:
    """Which of several sets of minutes she has now, and why not the others."""
    found = together(db.session, actor(), request.args.get("of", "").split("."))
    return page("forwarding/had.html", found=found)


@forwarding.get("/standing-decisions")
def standing_decisions() -> ResponseReturnValue:
    """What this lead decided beforehand about answers that teams will send."""
    return deciding_ahead.overview()


@forwarding.route("/standing-decisions/<ref:appointment>/<partnership>", methods=["GET", "POST"])
def decide_ahead(appointment: str, partnership: str) -> ResponseReturnValue:
    """Decide it for one appointment and one partnership."""
    place = deciding_ahead.place(appointment, partnership)
    form = deciding_ahead.form_for(place)
    if form.validate():
        try:
            with form.refusals():
                deciding_ahead.carry_out(place, form, now())
                return back_to(".standing_decisions", done=place.held.ref, _anchor="decided")
        except Conflict as since:
            form.refuse(since.message, "sharing")
            form.seen.data = place.last.ref if place.last else ""
            return page("forwarding/decide_ahead.html", 409, place=place, form=form)
    return page("forwarding/decide_ahead.html", place=place, form=form)


@forwarding.get("/emails-to-you")
def emails_to_you() -> ResponseReturnValue:
    """How often this person gets emails about minutes, for each role by which she receives them."""
    return rhythm.overview()


@forwarding.route("/emails-to-you/<ref:appointment>", methods=["GET", "POST"])
def how_often(appointment: str) -> ResponseReturnValue:
    """Choose it for one appointment."""
    place = rhythm.place(appointment)
    form = rhythm.form_for(place)
    if form.validate():
        rhythm.carry_out(place, form, now())
        return back_to(".emails_to_you", done=place.held.ref, _anchor="chosen")
    return page("forwarding/how_often.html", place=place, form=form)


@forwarding.get("/minutes/<ref:minutes>")
def minutes(minutes: str) -> ResponseReturnValue:
    """What a team recorded and what became of it; for those who receive it, also what should happen with it."""
    found = find_minutes(db.session, actor(), minutes)
    course, back = course_of(db.session, actor(), found), given_back.offered("forwarding.decide")
    if not _leads_here(course):
        _note_reading(found)
    return _page(found, form_for(found, course, back), course)


@forwarding.route("/minutes/<ref:minutes>/decision", methods=["GET", "POST"])
@rescued_by(given_back.rescue_for(may_decide, "question"))
def decide(minutes: str) -> ResponseReturnValue:
    """Share the answers, keep them, or ask the team first. Where something was decided after the page was made, nothing
    is done. The address stands in the bar where something is amiss: opened as a page it leads to the minutes."""
    found = find_minutes(db.session, actor(), minutes)
    if request.method != "POST":
        return back_to(".minutes", minutes=minutes)
    services.hold(db.session, actor(), found)
    course = course_of(db.session, actor(), found)
    form = form_for(found, course)
    if given_back.removed(form):
        return back_to(".minutes", minutes=minutes, removed=1)
    if since := changed_since(found, course, form):
        return _once_more(found, form, course, since)
    if form.validate():
        with form.refusals():
            carry_out(found, form, now())
            return back_to(".minutes", minutes=minutes, done=_DONE[form.decision.data], _anchor="decided")
    return _page(found, form, course)


@forwarding.get("/minutes/<ref:minutes>/word")
def word(minutes: str) -> ResponseReturnValue:
    """The Word copy: the bytes that every letter carries. Until the sender has made it, a page that looks again by
    itself. Of loaded history, for which the sender makes none, a copy is made on the spot and not kept."""
    found = find_minutes(db.session, actor(), minutes)
    document = queries.document(db.session, found)
    if document is None and queries.is_being_made(found, now()):
        return page("forwarding/word.html", 202, minutes=found, document=None)
    if document is not None and document.body is None:
        return page("forwarding/word.html", 410, minutes=found, document=document)
    _note_reading(found)
    name = queries.file_name(found)
    if document is not None and document.body is not None:
        return _download(document.body, name)
    told = facts(db.session, minutes)
    db.release()
    return _download(minutes_document(told), name)


@forwarding.get("/minutes/<ref:minutes>/certificate")
def certificate(minutes: str) -> ResponseReturnValue:
    """One page in Word for whoever inspects: what was sent when to whom, and what became of it, without what the team
    said. For those who receive the minutes."""
    found = find_minutes(db.session, actor(), minutes)
    policy.require(actor(), "receive_minutes", found)
    at = now()
    told, name = certified(db.session, actor(), found, at), f"Certificate-{queries.file_name(found)}"
    db.release()
    return _download(certificate_document(told), name)


@forwarding.get("/minutes/<ref:minutes>/own-minutes.docx")
def attached(minutes: str) -> ResponseReturnValue:
    """The minutes in Word that the team attached as they are, byte for byte."""
    found = find_minutes(db.session, actor(), minutes)
    file = of_minutes(db.session, found, whole=True)
    if file is None:
        raise NotFound
    if file.body is None:
        return page("forwarding/attached.html", 410, minutes=found, file=file)
    _note_reading(found)
    return _download(file.body, file.name)


@forwarding.route("/shares/<ref:share>/withdraw", methods=["GET", "POST"])
def withdraw(share: str) -> ResponseReturnValue:
    """Stop sharing, after asking: what was read may have been copied."""
    given = queries.share(db.session, actor(), share)
    if request.method != "POST" and not given.shared:
        return back_to(".minutes", minutes=given.minutes.ref)
    form = Form()
    if form.validate():
        services.withdraw(db.session, actor(), given, now=now())
        return back_to(".minutes", minutes=given.minutes.ref, done="stopped", _anchor="decided")
    return page("forwarding/withdraw.html", given=given, form=form, teams=queries.teams_of(given.minutes))


@forwarding.route("/questions/<ref:question>/answer", methods=["GET", "POST"])
@rescued_by(given_back.rescue_for(may_answer))
def answer(question: str) -> ResponseReturnValue:
    """The team reads what it was asked and answers."""
    asked, back = queries.question(db.session, actor(), question), given_back.offered()
    form, newest = given_back.filled(AnswerForm, back), newest_ref(db.session, actor(), asked.minutes)
    if given_back.removed(form):
        return back_to(".answer", question=question, removed=1)
    if form.validate():
        with form.refusals():
            services.answer_question(db.session, actor(), asked, form.words.data, now=now())
            given_back.forget(form)
            return back_to(".minutes", minutes=newest, answered=1)
    teams = queries.teams_of(asked.minutes)
    return page("forwarding/answer.html", question=asked, form=form, teams=teams, newest=newest, back_in=back)


@forwarding.route("/minutes/<ref:minutes>/told", methods=["GET", "POST"])
def told(minutes: str) -> ResponseReturnValue:
    """The team notes that somebody said elsewhere that she has the minutes."""
    found, form = queries.told_about(db.session, actor(), minutes), ToldForm()
    people = queries.may_be_said(db.session, actor(), found, now())
    form.who.choices = [Choice(one.person_ref, f"{one.name}, {one.title}") for one in people]
    if form.validate() and form.on.data:
        with form.refusals():
            services.note_told(db.session, actor(), found, form.who.data, form.on.data, now=now())
            return back_to(".minutes", minutes=minutes, _anchor="decided")
    return page("forwarding/told.html", minutes=found, form=form, people=people, teams=queries.teams_of(found))


def _once_more(found: Minutes, form: DecisionForm, course: Course, since: str) -> Response:
    form.refuse(since, "decision")
    form.seen.data, form.signing.data = course.seen, actor().name
    return _page(found, form, course, 409)


def _page(found: Minutes, form: DecisionForm, course: Course, status: int | None = None) -> Response:
    receives, own = policy.allows(actor(), "receive_minutes", found), found.recorded_by_id == actor().person
    stands = standings(db.session, [cover.asked_id for cover in found.covers], now()).values()
    done = done_words(request.args.get("done", ""), found, course) if receives else ""
    mine = of_this(found, course)
    return page(
        "forwarding/minutes.html",
        status,
        minutes=found,
        teams=queries.teams_of(found),
        marking=queries.partnerships_of(found)[0].marking,
        form=form,
        receives=receives,
        course=course,
        own_file=of_minutes(db.session, found),
        corrected=corrected(db.session, actor(), found, course.versions, request.args.get("since", "")),
        contacts=contacts(db.session, found, now()),
        done=done,
        next=next_to_read(db.session, actor(), found) if done else None,
        mine=mine,
        let_go=let_go(mine),
        history=history(db.session, found, course, whole=receives, each=request.args.get("tries") == "each", now=now()),
        record=next((one for standing in stands for one in standing.records if one.ref == found.ref), None),
        statuses=dict.fromkeys(standing.of(found.ref).team for standing in stands),
        own=own,
        beside=left_beside(db.session, found) if own or not receives else [],
        missed=[] if receives else readers_missed(db.session, found, now()),
        may_note_told=_may_note_told(found),
        signature=queries.signature(db.session, actor(), found, now()) if receives else None,
    )


def _may_note_told(found: Minutes) -> bool:
    return policy.allows(actor(), "note_told", found) and bool(queries.may_be_said(db.session, actor(), found, now()))


def _leads_here(course: Course) -> bool:
    """Whether somebody is shown these minutes because she decided on their page a moment ago: no opening of them."""
    return request.args.get("done") in _DONE.values() and course.pressed_just_now(actor().name, now())


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
    response.headers["Content-Disposition"] = to_be_kept(name)
    response.headers["Cache-Control"] = "no-store"
    return response
