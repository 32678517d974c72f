"""The pages on which a team records its discussion, in their order; a reply without minutes; a correction. Whatever is
posted is kept: a page that is refused saves its text afterwards, in a transaction of its own."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.clock import now
from app.database import db
from app.discussions import (
    attaching,
    checking,
    drafting,
    forms,
    kept,
    pages,
    queries,
    record,
    removing,
    rescue,
    sending_forms,
    services,
    sheets,
    side_pages,
    writing,
)
from app.discussions.attached import of_draft as own_files_of
from app.discussions.content import shaped
from app.discussions.drafts import Draft
from app.discussions.sheet import response_sheet
from app.errors import Conflict, Invalid, NotFound
from app.web import actor, back_to, given_back
from app.web.files import takes_files
from app.web.keeping import rescued_by

discussions = Blueprint("discussions", __name__)


@discussions.route("/asked/<ref:asked>/meeting", methods=["GET", "POST"])
@rescued_by(rescue.rescue)
def meeting(asked: str) -> ResponseReturnValue:
    """Page 1: the meeting."""
    ask = writing.asked(asked)
    draft = queries.open_draft(db.session, actor(), ask)
    form = writing.meeting_form(ask, draft)
    shown = rescue.shown(ask, draft, "meeting")
    if not form.is_submitted():
        return pages.meeting(ask, draft, form, shown)
    if writing.pressed("autosave"):
        return rescue.autosaved(ask, draft, form)
    held = record.read_meeting(shaped(form.content()), queries.bounds(ask.circulation.edition, now()))
    saved = writing.saved(ask, draft, form, good=writing.pressed("later", "mine") or form.judge(held))
    if isinstance(saved, Draft):
        return back_to(".saved" if writing.pressed("later") else ".said", draft=saved.ref)
    return pages.meeting(ask, draft, form, shown, clash=saved)


@discussions.get("/asked/<ref:asked>/sheet.docx")
def sheet(asked: str) -> ResponseReturnValue:
    """The response sheet of this team for this edition, in Word."""
    ask = writing.asked(asked)
    facts = sheets.facts_of(ask, now())
    db.release()
    return side_pages.word_file(response_sheet(facts), sheets.file_name(ask))


@discussions.route("/asked/<ref:asked>/upload", methods=["GET", "POST"])
@takes_files
def upload(asked: str) -> ResponseReturnValue:
    """A response sheet comes back: its answers stand beside what the draft holds before anything is replaced."""
    ask, form = writing.asked(asked), sending_forms.UploadForm()
    if form.validate():
        facts = sheets.facts_of(ask, now())
        db.release()
        with form.refusals("file"):
            reading = sheets.read(facts, form.file.data)
            if form.anyway.data or not writing.is_of_others(asked, reading):
                return _where_it_stands(writing.bring(asked, reading))
            form.refuse_of_others(reading["made_for"])
    return side_pages.upload(ask, form)


@discussions.route("/asked/<ref:asked>/own-minutes", methods=["GET", "POST"])
@takes_files
def attach(asked: str) -> ResponseReturnValue:
    """A team's own minutes in Word, kept as they are: looked at only to see that they are a plain Word document."""
    ask, form = writing.asked(asked), sending_forms.AttachForm()
    if form.validate():
        db.release()
        try:
            with form.refusals("file"):
                writing.attach(asked, form)
                return back_to(".attach", asked=asked, done="attached")
        except Conflict as clash:
            form.refuse(clash.message)
            return side_pages.attach(ask, queries.open_draft(db.session, actor(), ask), form, 409)
    return side_pages.attach(ask, queries.open_draft(db.session, actor(), ask), form)


@discussions.post("/asked/<ref:asked>/own-minutes/take-away")
def take_away(asked: str) -> ResponseReturnValue:
    """Take a team's own minutes out of its draft."""
    ask = writing.asked(asked)
    draft, form = queries.open_draft(db.session, actor(), ask), sending_forms.AttachForm()
    try:
        if draft is not None:
            attaching.take_away(db.session, actor(), draft, seen=str(form.seen.data or ""), now=now())
    except Conflict as clash:
        form.refuse(clash.message)
        return side_pages.attach(ask, draft, form, 409)
    return back_to(".attach", asked=asked, done="taken-away")


@discussions.get("/drafts/<ref:draft>/own-minutes.docx")
def attached(draft: str) -> ResponseReturnValue:
    """The team's own minutes that are attached to a draft."""
    found = queries.draft(db.session, actor(), draft)
    file = own_files_of(db.session, found, whole=True)
    if file is None:
        raise NotFound
    return side_pages.own_file(found, file)


@discussions.route("/drafts/<ref:draft>/said", methods=["GET", "POST"])
@rescued_by(rescue.rescue)
def said(draft: str) -> ResponseReturnValue:
    """Page 2: what the team said."""
    found = queries.draft(db.session, actor(), draft)
    form = writing.said_form(found)
    if found.sent_at is not None:
        return _after_sending(found, form)
    shown = rescue.shown(found.asked, found, "said")
    if not form.is_submitted():
        return pages.said(found, form, shown)
    if writing.pressed("autosave"):
        return rescue.autosaved(found.asked, found, form)
    good = writing.pressed("later", "more", "mine", "back") or form.judge(writing.read_said(found, form))
    saved = writing.saved(found.asked, found, form, good=good)
    return _onwards(saved) if isinstance(saved, Draft) else pages.said(found, form, shown, clash=saved)


@discussions.route("/drafts/<ref:draft>/earlier", methods=["GET", "POST"])
def earlier(draft: str) -> ResponseReturnValue:
    """What stood in the draft before, and the way to have it stand there again."""
    found = queries.draft(db.session, actor(), draft)
    if found.sent_at is not None:
        return _to_receipt(found)
    form = sending_forms.PutBackForm()
    if form.validate():
        stood = kept.revision(db.session, found, *form.which())
        drafting.put_back(db.session, actor(), found, stood, now=now())
        return _to_page(found, stood.part)
    return side_pages.earlier(found, form)


@discussions.route("/drafts/<ref:draft>/remove", methods=["GET", "POST"])
def remove(draft: str) -> ResponseReturnValue:
    """Have a text go for good that is kept beside a draft, after asking."""
    found = queries.draft(db.session, actor(), draft)
    if found.sent_at is not None:
        return _to_receipt(found)
    form = sending_forms.RemoveForm()
    if form.validate():
        part = removing.remove(db.session, actor(), found, form.which.data or "", now=now())
        return _to_page(found, part, removed="1")
    return side_pages.remove(found, form)


@discussions.get("/drafts/<ref:draft>/saved")
def saved(draft: str) -> ResponseReturnValue:
    """After "Save and come back later": where the draft is."""
    found = queries.draft(db.session, actor(), draft)
    return _to_receipt(found) if found.sent_at is not None else pages.saved(found)


@discussions.route("/drafts/<ref:draft>/check", methods=["GET", "POST"])
@rescued_by(checking.rescue)
def check(draft: str) -> ResponseReturnValue:
    """Page 3: check and send."""
    found = queries.draft(db.session, actor(), draft, to_send=True)
    if found.sent_at is not None:
        return _to_receipt(found)
    form = checking.form_for(found)
    if given_back.removed(form):
        return back_to(".check", draft=draft, removed=1)
    if form.validate():
        try:
            return back_to(".sent", minutes=checking.send(found, form, now()).ref)
        except (Conflict, Invalid) as refusal:
            form.refuse(refusal.message)
            return pages.check(found, form, 409 if isinstance(refusal, Conflict) else 422)
    return pages.check(found, form)


@discussions.get("/minutes/<ref:minutes>/sent")
def sent(minutes: str) -> ResponseReturnValue:
    """Page 4: the receipt, the same however often it is opened."""
    return pages.sent(queries.receipt(db.session, actor(), minutes))


@discussions.route("/asked/<ref:asked>/other", methods=["GET", "POST"])
@rescued_by(given_back.rescue_for(kept.may_record))
def other(asked: str) -> ResponseReturnValue:
    """Not relevant to us, because; or discussed with another team."""
    ask, back = writing.asked(asked), given_back.offered()
    form = given_back.filled(sending_forms.OtherForm, back)
    if given_back.removed(form):
        return back_to(".other", asked=asked, removed=1)
    if form.validate():
        name, words = form.words()
        if looks := form.to_look_at(pages.looks_of_reply(ask, words)):
            return pages.other(ask, form, looks)
        with form.refusals():
            try:
                services.reply_otherwise(db.session, actor(), ask, form.kind.data, words, now=now())
            except (Conflict, Invalid) as refusal:
                raise Invalid(refusal.message, name) from refusal
            given_back.forget(form)
            return back_to(".other", asked=asked, done=1)
    return pages.other(ask, form, back=back)


@discussions.post("/minutes/<ref:minutes>/correct")
def correct(minutes: str) -> ResponseReturnValue:
    """A draft filled from the newest version, to be changed and sent as the next one."""
    found = queries.minutes(db.session, actor(), minutes)
    try:
        draft = services.correct(db.session, actor(), found, now=now())
    except Conflict:
        return side_pages.in_the_way(found)
    return back_to(".said", draft=draft.ref)


@discussions.route("/drafts/<ref:draft>/throw-away", methods=["GET", "POST"])
def discard(draft: str) -> ResponseReturnValue:
    """Throw a draft away, after asking."""
    found = queries.draft(db.session, actor(), draft)
    if found.sent_at is not None:
        return _to_receipt(found)
    form = sending_forms.DiscardForm()
    if form.validate():
        drafting.discard(db.session, actor(), found, now=now())
        checking.over()
        endpoint, values = pages.home_of(found.asked)
        return back_to(endpoint, **values)
    return side_pages.discard(found, form)


def _onwards(draft: Draft) -> ResponseReturnValue:
    if writing.pressed("more"):
        last = len(shaped(draft.content)["actions"]) - 1
        return back_to(".said", draft=draft.ref, _anchor=f"actions-{last}-what")
    if writing.pressed("back"):
        return _to_page(draft, "meeting")
    return back_to(".saved" if writing.pressed("later") else ".check", draft=draft.ref)


def _to_page(draft: Draft, part: str, **more: str) -> ResponseReturnValue:
    return back_to(**pages.of_part(draft, part), **more)


def _where_it_stands(draft: Draft) -> ResponseReturnValue:
    """The first page that a sheet brings something to: whoever uploaded it sees at once what came of it."""
    only_said = writing.brought_back(draft, "said") and not writing.brought_back(draft, "meeting")
    return _to_page(draft, "said" if only_said else "meeting")


def _to_receipt(draft: Draft) -> ResponseReturnValue:
    minutes = queries.sent_from(db.session, draft)
    if minutes is None:
        raise NotFound
    return back_to(".sent", minutes=minutes.ref)


def _after_sending(draft: Draft, form: forms.SaidForm) -> ResponseReturnValue:
    """The page of a draft that was sent meanwhile: its receipt, or a correction that holds what was typed since."""
    correction = rescue.in_a_correction(draft, form) if form.is_submitted() else None
    if writing.pressed("autosave"):
        return rescue.sent_meanwhile(draft, correction)
    return back_to(".said", draft=correction.ref) if correction else _to_receipt(draft)
