"""The pictures of a published briefing, each at an address that always shows the same one; and those of one that is
being made, with the page on which an officer brings them."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.clock import now
from app.database import db
from app.packs import draft_pictures as keeping
from app.packs import making_pages, pictures, queries
from app.packs.drafts import PackDraftPicture
from app.packs.kept import withdrawn
from app.packs.making_forms import PictureForm
from app.packs.making_routes import published_as
from app.packs.models import EditionPicture
from app.packs.routes import packs
from app.web import actor, back_to, public
from app.web.files import takes_files
from app.web.headers import A_YEAR

FOR_EVER = f"private, max-age={A_YEAR}, immutable"
"""As long as a browser likes, and in nobody else's store: a pack that is withdrawn has its pictures withdrawn."""


@packs.get("/packs/<slug>/editions/<int(max=99999):number>/pictures/<picture>")
@public
def picture(slug: str, number: int, picture: str) -> ResponseReturnValue:
    """A picture of one edition."""
    found = queries.picture(db.session, slug, number, picture)
    if gone := withdrawn(found.edition, found.edition.pack.partnership):
        return gone
    return _sent(found, FOR_EVER)


@packs.get("/publish/drafts/<ref:draft>/pictures/<picture>")
def draft_picture(draft: str, picture: str) -> ResponseReturnValue:
    """A picture of a pack in the making."""
    found = queries.draft(db.session, actor(), draft)
    return _sent(queries.draft_picture(db.session, found, picture), "private, no-cache")


@packs.route("/publish/drafts/<ref:draft>/pictures", methods=["GET", "POST"])
@takes_files
def draft_pictures(draft: str) -> ResponseReturnValue:
    """The pictures of a pack in the making, and the way to bring one."""
    found, form = queries.draft(db.session, actor(), draft), PictureForm()
    if elsewhere := published_as(found):
        return elsewhere
    form.section.choices = making_pages.sections_of(found)
    if form.validate():
        db.release()
        with form.refusals("file"):
            _added(draft, form)
            return back_to(".draft_pictures", draft=draft, _anchor="kept")
    return making_pages.pictures(found, form)


def _added(draft: str, form: PictureForm) -> None:
    """In a transaction that begins after the picture was read."""
    taken = pictures.taken(form.file.data, fit=True)
    found = queries.draft(db.session, actor(), draft)
    words, section = str(form.words.data or ""), str(form.section.data or "")
    keeping.add(db.session, actor(), found, taken, words, section, now=now())


def _sent(found: EditionPicture | PackDraftPicture, how_long: str) -> Response:
    response = Response(content_type=found.media_type, headers={"Cache-Control": how_long})
    response.set_etag(found.digest)
    if response.make_conditional(request).status_code != 304:
        response.data = found.body
    return response
