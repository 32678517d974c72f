"""What the pages on which a team writes do with what was posted: it is kept, whatever becomes of the page."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from app import boxed, policy
from app.circulation import queries as circulation
from app.circulation.models import Asked
from app.clock import now
from app.database import db
from app.discussions import (
    attaching,
    carrying,
    companions,
    drafting,
    forms,
    pages,
    queries,
    record,
    recorders,
    sheets,
)
from app.discussions import content as contents
from app.discussions.beside import Aside, rescued
from app.discussions.content import Save, shaped
from app.discussions.drafts import Draft
from app.discussions.own_words import file_name
from app.discussions.sending_forms import AttachForm
from app.discussions.sheet_words import Reading
from app.errors import Conflict, Invalid, NotFound
from app.web import actor
from app.web.incoming import sent, sent_under

Writing = forms.Writing


def asked(ref: str) -> Asked:
    """What was asked, for somebody who may record an answer to it."""
    ask = circulation.asked(db.session, actor(), ref)
    policy.require(actor(), "record", ask)
    return ask


def pressed(*buttons: str) -> bool:
    """Whether the page was sent by one of these buttons."""
    return sent(request, "do") in buttons


def meeting_form(ask: Asked, draft: Draft | None) -> forms.MeetingForm:
    """The page as it was sent, else as the draft has it, else with the facts of a meeting that is recorded already."""
    if request.method == "POST":
        form = forms.MeetingForm()
    elif back := brought_back(draft, "meeting"):
        form = forms.filled(forms.MeetingForm, forms.meeting_pairs(back.typed), back.save)
    else:
        typed = shaped(draft.content) if draft else _of_meeting(request.args.get("of", ""))
        form = forms.filled(forms.MeetingForm, forms.meeting_pairs(typed), Save(draft.version if draft else 0))
    others = companions.companions(db.session, actor(), ask, draft.corrects if draft else "")
    partnerships = [other.circulation.partnership.short_name for other in others.own]
    for_team = recorders.is_for_team(actor(), ask) or bool(draft and shaped(draft.content)["received"])
    form.offer([(other.ref, other.name) for other in others.teams], partnerships, for_team=for_team)
    return form


def _of_meeting(ref: str) -> contents.Content:
    """The facts of the meeting of these minutes, for a second briefing that was discussed there."""
    try:
        minutes = queries.minutes(db.session, actor(), ref) if ref else None
    except NotFound:
        minutes = None
    return shaped({**pages.meeting_facts(minutes), "meeting_of": ref} if minutes else {})


def said_form(draft: Draft) -> forms.SaidForm:
    """The page as it was sent, else as the draft has it, with what the team said before that it would do."""
    kind = forms.said_form(draft.asked.circulation.edition.points)
    carried = {} if pressed("autosave") else carrying.carried(db.session, actor(), draft)
    if request.method == "POST":
        form = kind()
    elif back := brought_back(draft, "said"):
        form = forms.filled(kind, forms.said_pairs(forms.with_earlier(back.typed, carried)), back.save)
    else:
        typed = forms.with_earlier(shaped(draft.content), carried)
        form = forms.filled(kind, forms.said_pairs(typed), Save(draft.version))
    form.carried = carried
    return form


def brought_back(draft: Draft | None, part: str) -> Aside | None:
    """What this person sent for a page while signed out, to stand in its boxes; unless she wants it as it was saved."""
    if draft is None or draft.sent_at is not None or "saved" in request.args:
        return None
    return rescued(draft.content, part, actor().ref)


def read_said(draft: Draft, form: forms.SaidForm) -> record.Said | list[record.Amiss]:
    """What was typed, judged with as many people present as the draft says were there."""
    kinds = {point.key: point.kind for point in draft.asked.circulation.edition.points}
    return record.read_said(shaped(form.content()), kinds, record.present_in(shaped(draft.content)))


def save(ask: Asked, draft: Draft | None, form: Writing) -> Draft:
    """Save the page. Raises `Conflict` where somebody else's text would be lost."""
    came = _came(form, draft)
    return drafting.save_draft(
        db.session,
        actor(),
        ask,
        _typed(form, draft),
        version=came.version,
        opening=came.opening,
        corrects=draft.corrects if draft else "",
        now=now(),
    )


def saved(ask: Asked, draft: Draft | None, form: Writing, *, good: bool) -> Draft | Conflict | None:
    """The draft after a save, where the page is `good` for one; the conflict where somebody else's text would be lost;
    None where it is not good. Whatever was typed is kept in each case; but where text arrived broken the draft stays
    as it was, and the page shows what came."""
    if form.broken:
        form.validate()  # which has each fault stand at its field
        return None
    try:
        if good:
            return save(ask, draft, form)
    except Conflict as clash:
        keep_afterwards(ask, form, draft)
        return clash
    keep_afterwards(ask, form, draft)
    return None


def _came(form: Writing, draft: Draft | None) -> Save:
    """Where a save comes from. What was chosen between two texts is in no box, so that the same page sent once more
    would undo it: such a page counts as another opening."""
    came = form.save()
    return Save(came.version) if chosen() and draft and came.version != draft.version else came


def chosen() -> dict[str, str]:
    """What was chosen beside the boxes of a page on which two texts are compared, by piece."""
    return sent_under(request, "take-") if pressed("mine") else {}


def _typed(form: Writing, draft: Draft | None) -> dict[str, Any]:
    """What stands in the page, put together with the other text as was chosen; with one more row where "Add another
    action" was pressed."""
    typed = form.content()
    if draft:
        typed = drafting.as_chosen(typed, draft, form.save(), chosen())
    if pressed("more"):
        typed["actions"] = forms.with_another(typed["actions"])
    return typed


def is_of_others(ref: str, reading: Reading) -> bool:
    """Whether somebody filled in a sheet that was made for another team."""
    return not sheets.says_nothing(reading) and sheets.is_of_others(reading, asked(ref))


def bring(ref: str, reading: Reading) -> Draft:
    """Have what an uploaded sheet says stand in the boxes, in a transaction that begins after the file was read. Raises
    `Invalid` where there is nothing in it at all."""
    if sheets.says_nothing(reading):
        raise Invalid(sheets.nothing_in(reading), "file")
    ask, at = asked(ref), now()
    beside = sheets.beside(reading, ask, actor().name, at)
    return drafting.bring(db.session, actor(), ask, sheets.understood(reading, ask), beside, now=at)


def attach(ref: str, form: AttachForm) -> None:
    """Keep a team's own minutes with its draft, in a transaction that begins after the file was looked at. Raises
    `Invalid` where it is no plain Word document, `Conflict` where somebody attached another meanwhile."""
    boxed.read("app.discussions.own_words:read", form.file.data)
    draft = drafting.at_hand(db.session, actor(), asked(ref), now=now())
    name, seen = file_name(form.file.given_name), str(form.seen.data or "")
    attaching.attach(db.session, actor(), draft, name, form.file.data, seen=seen, now=now())


def keep_afterwards(ask: Asked, form: Writing, draft: Draft | None) -> None:
    """Have what was typed kept although the page is refused and its transaction with it."""
    who, ref, typed, save, at = actor(), ask.ref, form.content(), _came(form, draft), now()
    corrects = draft.corrects if draft else ""

    def keep(session: Session) -> None:
        drafting.keep_typed(session, who, ref, typed, save, corrects=corrects, now=at)

    db.afterwards(keep)
