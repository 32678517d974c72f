"""What the pages beside the three of recording show: files, earlier texts, and what is taken away after asking."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from app import policy
from app.circulation.models import Asked
from app.database import db
from app.discussions import attached, beside, kept, queries, removing, sending_forms
from app.discussions.content import Content, shaped
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.discussions.own_files import AttachedFile
from app.discussions.pages import about, of_part, reads
from app.revisions import MOST_REVISIONS
from app.web import actor, back_to, page
from app.web.files import to_be_kept

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def upload(ask: Asked, form: sending_forms.UploadForm) -> Response:
    """Where a response sheet comes back."""
    return page("discussions/upload.html", form=form, **about(ask))


def attach(ask: Asked, draft: Draft | None, form: sending_forms.AttachForm, status: int | None = None) -> Response:
    """Where a team's own minutes are attached as they are, with what is attached."""
    there = attached.of_draft(db.session, draft)
    form.seen.data = there.ref if there else ""
    values: dict[str, Any] = {"draft": draft, "there": there, "met": draft and shaped(draft.content)["present"]}
    values["beside"] = beside.everything(draft.content) if draft else []
    return page("discussions/attach.html", status, form=form, **values, **about(ask))


def own_file(draft: Draft, file: AttachedFile) -> Response:
    """A team's own minutes, to be kept; a sentence where they were let go before."""
    if file.body is None:
        return page("discussions/attached.html", 410, draft=draft, file=file, **about(draft.asked))
    response = word_file(file.body, "minutes.docx")
    response.headers["Content-Disposition"] = to_be_kept(file.name)
    return response


def word_file(body: bytes, name: str) -> Response:
    """A Word document to be kept."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, content_type=WORD)


def earlier(draft: Draft, form: sending_forms.PutBackForm) -> Response:
    """What stood in a draft before, a page of it."""
    found = kept.revisions(db.session, draft, request.args.get("before", ""))
    stood = [(one, kept.key_of(one), shaped(one.typed)) for one in found.rows]
    shown: dict[str, Any] = {
        "stood": stood,
        "older": found.older,
        "most": MOST_REVISIONS,
        "me": actor().person,
        "may_remove_all": policy.allows(actor(), "discard_draft", draft),
    }
    words = _words(draft, *(was for *_, was in stood))
    return page("discussions/earlier.html", draft=draft, form=form, **shown, **words, **about(draft.asked))


def discard(draft: Draft, form: sending_forms.DiscardForm) -> Response:
    """Whether a draft is really to be thrown away."""
    policy.require(actor(), "discard_draft", draft)
    return page("discussions/discard.html", draft=draft, form=form, **about(draft.asked))


def in_the_way(minutes: Minutes) -> Response:
    """A correction is asked for while a draft of something else is open."""
    asks = [cover.asked for cover in minutes.covers]
    drafts = [draft for ask in asks if (draft := queries.open_draft(db.session, actor(), ask))]
    shown: dict[str, Any] = {
        "drafts": drafts,
        "may_discard": any(policy.allows(actor(), "discard_draft", one) for one in drafts),
    }
    return page("discussions/in_the_way.html", 409, minutes=minutes, **shown, **about(asks[0]))


def remove(draft: Draft, form: sending_forms.RemoveForm) -> Response:
    """Whether a text beside a draft is really to go; the draft where there is no such text any more."""
    which = str(form.which.data or request.args.get("which", ""))
    found = removing.find(db.session, actor(), draft, which)
    where = of_part(draft, found.part if found else "said")
    if found is None:
        return back_to(**where)
    form.which.data = which
    texts = [found.typed] if found.typed else []
    values: dict[str, Any] = {"found": found, "kept": where, **_words(draft, *texts)}
    return page("discussions/remove.html", draft=draft, form=form, **values, **about(draft.asked))


def _words(draft: Draft, *texts: Content) -> dict[str, Any]:
    """What texts of a draft are read with."""
    return {"reads": reads(draft.asked, texts), "points": draft.asked.circulation.edition.points}
