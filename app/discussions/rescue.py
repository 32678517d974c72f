"""What a script saves while somebody types, and what a page brings whose view may not take it.

Whoever was signed out, lost a cookie or a role has the text set aside in the draft, to be offered back. That is allowed
to the actor; or by the key that the page carries, which proves that the page was shown to this person for what was
asked, and opens nothing else. Without either the text is given back on the page that says what happened.
"""

from __future__ import annotations

from functools import partial

from flask import Response, g, jsonify, make_response, request, url_for

from app.circulation.models import Asked
from app.clock import now, time_words
from app.database import db
from app.discussions import content as contents
from app.discussions import drafting, forms, kept, pages, queries, services, writing
from app.discussions.drafts import Draft
from app.discussions.writing import Writing
from app.errors import Conflict, Invalid
from app.policy import Actor
from app.web import actor
from app.web.incoming import LEFT_OUT
from app.web.keeping import Kept, by_key, key_for
from app.web.typed import from_our_pages


def shown(asked: Asked, draft: Draft | None, part: str) -> pages.Shown:
    """What a writing page shows beside its boxes."""
    return pages.Shown(
        key_for(Kept(asked.ref, actor().ref)), writing.brought_back(draft, part) if request.method == "GET" else None
    )


def autosaved(ask: Asked, draft: Draft | None, form: Writing) -> Response:
    """Save a page that somebody is still writing, and say so to its script: when it was saved, as which version."""
    if form.broken:
        return _answer(422, message=form.broken)
    if draft is None and all(contents.same({}, form.content(), part) for part in contents.parts_given(form.content())):
        return _answer(200, version=0, saved="")
    try:
        saved = writing.save(ask, draft, form)
    except Conflict as clash:
        if why := contents.PAGES.too_long(form.content()):
            return _answer(409, message=f"{clash.message} {why}", kept=False)
        # It is hers, as if she had been signed out: a script brings the next text soon, which is to push nobody's out.
        _set_aside(Kept(ask.ref, actor().ref), form, draft.corrects if draft else "")
        onwards = "to see both texts" if draft else "to go on in a new draft"
        return _answer(409, message=f"{clash.message} Press Continue {onwards}.", kept=True)
    return _answer(200, version=saved.version, saved=time_words(now()), left_out=LEFT_OUT if g.left_out else "")


def in_a_correction(draft: Draft, form: Writing) -> Draft | None:
    """Where a draft was sent meanwhile: a correction that holds what was typed since; None where that is nothing.
    Raises `Invalid` where that is too long to be kept: the page that says so gives it back."""
    minutes = queries.sent_from(db.session, draft)
    if minutes is None or contents.same(draft.content, form.content(), "said"):
        return None
    _refuse_too_long(form)
    correction = services.correct(db.session, actor(), minutes, now=now())
    came = contents.Save(correction.version, form.save().opening)
    drafting.put_aside(db.session, actor(), correction, form.content(), save=came, now=now())
    return correction


def sent_meanwhile(draft: Draft, correction: Draft | None) -> Response:
    """The answer to a script whose draft was sent: what was typed since stands in a correction, if that is anything."""
    link: tuple[str, ...] = ()
    if correction is not None:
        link = (url_for("discussions.said", draft=correction.ref), "Go on in a correction")
    elif minutes := queries.sent_from(db.session, draft):
        link = (url_for("discussions.sent", minutes=minutes.ref), "See the receipt")
    version = (correction or draft).version
    return _answer(200, version=version, message="These minutes were sent meanwhile.", kept=True, link=link)


def _answer(status: int, **values: object) -> Response:
    response = make_response(jsonify(values), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def rescue() -> str:
    """Have what a refused page brought set aside afterwards. The address where it is offered back; empty where nothing
    shows that the page was this person's. Raises `Invalid` where the text is too long to be kept."""
    draft_ref = (request.view_args or {}).get("draft", "")
    whose = by_key() or _by_actor(draft_ref)
    if whose is None:
        return ""
    with db.reading() as session:
        found = kept.to_keep_for(session, whose.about, whose.person, draft_ref)
        if found is None:
            return ""
        form = forms.said_form(found.asked.circulation.edition.points)() if draft_ref else forms.MeetingForm()
    _refuse_too_long(form)
    _set_aside(whose, form, found.corrects)
    if draft_ref and found.is_open:
        return url_for("discussions.said", draft=draft_ref)
    return url_for("discussions.meeting", asked=whose.about)


def _set_aside(whose: Kept, form: Writing, corrects: str) -> None:
    keep = partial(drafting.rescue, asked=whose.about, who=whose.person, corrects=corrects, now=now())
    db.afterwards(partial(keep, content=form.content(), save=form.save(), chosen=writing.chosen()))


def _refuse_too_long(form: Writing) -> None:
    if why := contents.PAGES.too_long(form.content()):
        raise Invalid(why)


def _by_actor(draft_ref: str) -> Kept | None:
    """Somebody who is signed in, from a page of ours: a cookie or the service's key has changed since it was opened."""
    who: Actor | None = g.get("actor")
    if who is None or not from_our_pages(request):
        return None
    with db.reading() as session:
        asked = kept.asked_to_write(session, who, (request.view_args or {}).get("asked", ""), draft_ref)
    return Kept(asked, who.ref) if asked else None
