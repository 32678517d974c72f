"""The form of the page that checks minutes and sends them, with the reasons that a person gave there before and could
not send."""

from __future__ import annotations

from datetime import datetime

from flask import request

from app.database import db
from app.discussions import kept, pages, services
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.discussions.sending_forms import REASONS, CheckForm, check_form
from app.web import actor, given_back

_keep = given_back.rescue_for(kept.may_send, REASONS)


def rescue() -> str:
    """Have the reasons kept that a refused page brought. Once its draft was sent or thrown away no page can offer them:
    the page that says what happened gives them back instead."""
    with db.reading() as session:
        is_open = kept.is_open(session, (request.view_args or {}).get("draft", ""))
    return _keep() if is_open else ""


def form_for(draft: Draft) -> CheckForm:
    """The page as it was sent, else with what is offered back of it, else empty."""
    back = given_back.offered()
    form = check_form(pages.looks_of(draft), given_back.pairs(back))
    given_back.carry(form, back if form.has_reasons() else None)
    return form


def send(draft: Draft, form: CheckForm, now: datetime) -> Minutes:
    """Make minutes of the draft as it was looked through, and let go of what anybody gave as reasons before."""
    checked = services.Checked(form.left(), form.nobody_known.data)
    seen = form.seen.data or ""
    minutes = services.send_minutes(db.session, actor(), draft, seen=seen, checked=checked, now=now)
    over()
    return minutes


def over() -> None:
    """The draft was sent or thrown away: nobody can be offered reasons again."""
    given_back.over("discussions.check")
