"""The pages on which a team records its discussion, in their order; a reply without minutes; a correction.

Whatever is posted is kept: a page that is refused saves its text afterwards, in a transaction of its own.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import policy
from app.circulation import queries as circulation
from app.circulation.models import Asked
from app.clock import now
from app.database import db
from app.discussions import content as contents
from app.discussions import forms, pages, queries, record, services
from app.discussions.content import shaped
from app.discussions.models import Draft
from app.errors import Conflict, Invalid, NotFound
from app.web import actor, back_to

Writing = forms.MeetingForm | forms.SaidForm

discussions = Blueprint("discussions", __name__)


@discussions.route("/asked/<ref:asked>/meeting", methods=["GET", "POST"])
def meeting(asked: str) -> ResponseReturnValue:
    """Page 1: the meeting."""
    ask = _asked(asked)
    draft = queries.open_draft(db.session, actor(), ask)
    form = _meeting_form(ask, draft)
    if not form.is_submitted():
        return pages.meeting(ask, draft, form)
    held = record.read_meeting(shaped(form.content()), queries.bounds(ask.circulation.edition, now()))
    if _pressed("later", "mine") or form.judge(held):
        try:
            kept = _save(ask, draft, form)
        except Conflict as clash:
            _keep_afterwards(ask, form, draft)
            return pages.meeting(ask, draft, form, clash=clash)
        return back_to(".saved" if _pressed("later") else ".said", draft=kept.ref)
    _keep_afterwards(ask, form, draft)
    return pages.meeting(ask, draft, form)


@discussions.route("/drafts/<ref:draft>/said", methods=["GET", "POST"])
def said(draft: str) -> ResponseReturnValue:
    """Page 2: what the team said."""
    found = queries.draft(db.session, actor(), draft)
    form = _said_form(found)
    if found.sent_at is not None:
        return _after_sending(found, form)
    if not form.is_submitted():
        return pages.said(found, form)
    if _pressed("later", "more", "mine", "back") or form.judge(_read_said(found, form)):
        try:
            _save(found.asked, found, form)
        except Conflict as clash:
            _keep_afterwards(found.asked, form, found)
            return pages.said(found, form, clash=clash)
        return _onwards(found)
    _keep_afterwards(found.asked, form, found)
    return pages.said(found, form)


@discussions.get("/drafts/<ref:draft>/saved")
def saved(draft: str) -> ResponseReturnValue:
    """After "Save and come back later": where the draft is."""
    found = queries.draft(db.session, actor(), draft)
    return _to_receipt(found) if found.sent_at is not None else pages.saved(found)


@discussions.route("/drafts/<ref:draft>/check", methods=["GET", "POST"])
def check(draft: str) -> ResponseReturnValue:
    """Page 3: check and send."""
    found = queries.draft(db.session, actor(), draft, to_send=True)
    form = forms.CheckForm()
    if found.sent_at is not None:
        return _to_receipt(found)
    if form.validate():
        try:
            minutes = services.send_minutes(db.session, actor(), found, seen=form.seen.data or "", now=now())
            return back_to(".sent", minutes=minutes.ref)
        except (Conflict, Invalid) as refusal:
            form.refuse(refusal.message)
            return pages.check(found, form, 409 if isinstance(refusal, Conflict) else 422)
    return pages.check(found, form)


@discussions.get("/minutes/<ref:minutes>/sent")
def sent(minutes: str) -> ResponseReturnValue:
    """Page 4: the receipt, the same however often it is opened."""
    return pages.sent(queries.receipt(db.session, actor(), minutes))


@discussions.route("/asked/<ref:asked>/other", methods=["GET", "POST"])
def other(asked: str) -> ResponseReturnValue:
    """Not relevant to us, because; or discussed with another team."""
    ask = _asked(asked)
    form = forms.OtherForm()
    if form.validate():
        name, words = form.words()
        with form.refusals():
            try:
                services.reply_otherwise(db.session, actor(), ask, form.kind.data, words, now=now())
            except Invalid as refusal:
                raise Invalid(refusal.message, name) from refusal
            return back_to(".other", asked=asked, done=1)
    return pages.other(ask, form)


@discussions.post("/minutes/<ref:minutes>/correct")
def correct(minutes: str) -> ResponseReturnValue:
    """A draft filled from the newest version, to be changed and sent as the next one."""
    found = queries.minutes(db.session, actor(), minutes)
    try:
        draft = services.correct(db.session, actor(), found, now=now())
    except Conflict:
        return pages.in_the_way(found)
    return back_to(".said", draft=draft.ref)


@discussions.route("/drafts/<ref:draft>/throw-away", methods=["GET", "POST"])
def discard(draft: str) -> ResponseReturnValue:
    """Throw a draft away, after asking."""
    found = queries.draft(db.session, actor(), draft)
    if found.sent_at is not None:
        return _to_receipt(found)
    form = forms.DiscardForm()
    if form.validate():
        services.discard(db.session, actor(), found, now=now())
        endpoint, values = pages.home_of(found.asked)
        return back_to(endpoint, **values)
    return pages.discard(found, form)


def _asked(ref: str) -> Asked:
    """What was asked, for somebody who may record an answer to it."""
    ask = circulation.asked(db.session, actor(), ref)
    policy.require(actor(), "record", ask)
    return ask


def _pressed(*buttons: str) -> bool:
    return request.form.get("do") in buttons


def _meeting_form(ask: Asked, draft: Draft | None) -> forms.MeetingForm:
    """The page as it was sent, else as the draft has it, else with the facts of a meeting that is recorded already."""
    if request.method == "POST":
        form = forms.MeetingForm()
    else:
        typed = shaped(draft.content) if draft else _of_meeting(request.args.get("of", ""))
        form = forms.filled(forms.MeetingForm, forms.meeting_pairs(typed), draft.version if draft else 0)
    others = queries.companions(db.session, actor(), ask, draft.corrects if draft else "")
    partnerships = [other.circulation.partnership.short_name for other in others.own]
    form.offer([(other.ref, other.name) for other in others.teams], partnerships)
    return form


def _of_meeting(ref: str) -> contents.Content:
    """The facts of the meeting of these minutes, for a second briefing that was discussed there."""
    try:
        minutes = queries.minutes(db.session, actor(), ref) if ref else None
    except NotFound:
        minutes = None
    return shaped({**pages.meeting_facts(minutes), "meeting_of": ref} if minutes else {})


def _said_form(draft: Draft) -> forms.SaidForm:
    kind = forms.said_form(draft.asked.circulation.edition.points)
    if request.method == "POST":
        return kind()
    return forms.filled(kind, forms.said_pairs(shaped(draft.content)), draft.version)


def _read_said(draft: Draft, form: forms.SaidForm) -> record.Said | list[record.Amiss]:
    """What was typed, judged with as many people present as the draft says were there."""
    kinds = {point.key: point.kind for point in draft.asked.circulation.edition.points}
    return record.read_said(shaped(form.content()), kinds, record.present_in(shaped(draft.content)))


def _save(ask: Asked, draft: Draft | None, form: Writing) -> Draft:
    save = form.save()
    return services.save_draft(
        db.session,
        actor(),
        ask,
        _typed(form),
        version=save.version,
        opening=save.opening,
        corrects=draft.corrects if draft else "",
        instead=_pressed("mine"),
        now=now(),
    )


def _typed(form: Writing) -> dict[str, Any]:
    """What stands in the page; with one more row where "Add another action" was pressed."""
    typed = form.content()
    if _pressed("more"):
        typed["actions"] = forms.with_another(typed["actions"])
    return typed


def _onwards(draft: Draft) -> ResponseReturnValue:
    if _pressed("more"):
        last = len(shaped(draft.content)["actions"]) - 1
        return back_to(".said", draft=draft.ref, _anchor=f"actions-{last}-what")
    if _pressed("back"):
        return back_to(".meeting", asked=draft.asked.ref)
    return back_to(".saved" if _pressed("later") else ".check", draft=draft.ref)


def _keep_afterwards(ask: Asked, form: Writing, draft: Draft | None) -> None:
    """Have what was typed kept although the page is refused and its transaction with it."""
    who, ref, typed, save, at = actor(), ask.ref, form.content(), form.save(), now()
    corrects = draft.corrects if draft else ""

    def keep(session: Session) -> None:
        services.keep_typed(session, who, ref, typed, save, corrects=corrects, now=at)

    db.afterwards(keep)


def _to_receipt(draft: Draft) -> ResponseReturnValue:
    minutes = queries.sent_from(db.session, draft)
    if minutes is None:
        raise NotFound
    return back_to(".sent", minutes=minutes.ref)


def _after_sending(draft: Draft, form: forms.SaidForm) -> ResponseReturnValue:
    """The page of a draft that was sent meanwhile: its receipt, or a correction that holds what was typed since."""
    minutes = queries.sent_from(db.session, draft)
    if minutes is None or not form.is_submitted() or contents.same(draft.content, form.content(), "said"):
        return _to_receipt(draft)
    correction = services.correct(db.session, actor(), minutes, now=now())
    services.put_aside(db.session, actor(), correction, form.content(), now=now())
    return back_to(".said", draft=correction.ref)
