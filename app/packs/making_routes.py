"""The pages on which an officer makes a briefing: begun from a file, a text, an earlier one or nothing; written;
sorted; published. They stand on the blueprint of `routes`."""

from __future__ import annotations

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from app import boxed, policy
from app.clock import now, today
from app.database import db
from app.errors import Conflict, Invalid, NotFound
from app.organisations.models import Partnership
from app.packs import briefing, draft_pictures, drafting, making, making_pages, queries, services, withdrawing
from app.packs.blocks import Pieces
from app.packs.content import PackContent
from app.packs.drafted import from_content, shaped
from app.packs.drafts import PackDraft
from app.packs.importing import pieces_of, pieces_of_text
from app.packs.lending import Lent, lent
from app.packs.making_forms import (
    BeginForm,
    PackDraftDiscardForm,
    PackPutBackForm,
    PreviewForm,
    PublishForm,
    SortForm,
    StandingForm,
)
from app.packs.placing import imported
from app.packs.routes import packs, rendered
from app.packs.standing import Standing
from app.web import actor, back_to, page
from app.web.files import takes_files
from app.web.forms import Choice
from app.web.keeping import rescued_by

WAYS = (
    (Standing.WITHDRAWN, "Withdraw it", "It was wrong, or should never have been said. Nobody can read it any more."),
    (Standing.RETIRED, "Retire it", "It is out of date. It can still be read, and says so at its top."),
    (Standing.CURRENT, "Have it be current again", "It can be read and circulated as before."),
)
MOST_TICKED = 100  # so many pieces stay ticked: an address has an end
_PART = "<any(about,sections,points,recommendations,words):part>"


@packs.route("/publish/new", methods=["GET", "POST"])
@takes_files
def begin() -> ResponseReturnValue:
    """Begin a briefing."""
    owners, form = queries.publishers(db.session, actor()), BeginForm()
    if not owners:
        raise NotFound
    form.pack.choices = [
        (edition.ref, edition.title)
        for edition in queries.published(db.session)
        if edition.pack.standing is not Standing.WITHDRAWN or edition.pack.owner in owners
    ]
    form.partnership.choices = [(slug, owner.name) for slug, owner in owners.items()]
    if len(owners) == 1:
        form.partnership.keys = list(owners)
    if form.validate():
        with form.refusals(str(form.how.data)):
            return back_to(".draft", draft=_begun(form, str(form.partnership.data)).ref)
    return page("packs/begin.html", form=form, several=len(owners) > 1)


def _begun(form: BeginForm, owner: str) -> PackDraft:
    """The draft, in a transaction that begins after a file was read."""
    how, day = form.how.data, today(now())
    if how == "file":
        db.release()
        begun_from = f"the file {form.file.given_name[:100]}"
        if form.file.given_name.lower().endswith(".zip"):
            return _from_lent(owner, lent(form.file.data, boxed.read), begun_from)
        pieces: Pieces = pieces_of(form.file.given_name, form.file.data, boxed.read)
        return _from_pieces(owner, pieces, begun_from)
    if how == "text":
        return _from_pieces(owner, pieces_of_text(form.text.data), "text that was pasted")
    if how == "pack":
        return _from_edition(owner, str(form.pack.data))
    partnership = _owner(owner)
    blank = {
        "source_name": partnership.name,
        "review": day.replace(year=day.year + 1, day=min(day.day, 28)).isoformat(),
    }
    slug = queries.free_slug(db.session, "briefing")
    return drafting.begin(
        db.session, actor(), partnership, shaped(blank), slug=slug, begun_from="a blank page", now=now()
    )


def _from_pieces(owner: str, pieces: Pieces, begun_from: str) -> PackDraft:
    found = imported(pieces, today(now()))
    partnership = _owner(owner)
    content = {
        **shaped({**found.drafted, "source_name": found.drafted["source_name"] or partnership.name}),
        "doubts": [[doubt.where, doubt.what] for doubt in found.doubts],
        "left_over": [[one.why, one.text] for one in found.left_over],
    }
    slug = queries.free_slug(db.session, found.drafted["short_title"])
    made = drafting.begin(
        db.session, actor(), partnership, content, slug=slug, begun_from=begun_from, brought=True, now=now()
    )
    draft_pictures.keep_all(db.session, actor(), made, pieces.taken.items(), now=now())
    return made


def _from_lent(owner: str, found: Lent, begun_from: str) -> PackDraft:
    """A pack out of one that another partnership lent, whose source stays named."""
    partnership, slug = _owner(owner), queries.free_slug(db.session, found.content.slug)
    content = {**from_content(found.content), "doubts": [["", doubt] for doubt in found.doubts]}
    made = drafting.begin(
        db.session, actor(), partnership, content, slug=slug, begun_from=begun_from, brought=True, now=now()
    )
    draft_pictures.keep_all(db.session, actor(), made, found.pictures.items(), now=now())
    return made


def _from_edition(owner: str, ref: str) -> PackDraft:
    """A new edition of a pack of one's own, or a pack of one's own out of somebody else's, whose source stays named."""
    edition, partnership = queries.edition(db.session, ref), _owner(owner)
    own = edition.pack.owner == partnership.slug
    slug = edition.pack.slug if own else queries.free_slug(db.session, edition.pack.slug)
    content = {**from_content(PackContent.from_dict(edition.content)), "edition_of": edition.number if own else 0}
    begun_from = f"edition {edition.number} of “{edition.title}”"
    seen = draft_pictures.of_edition(db.session, edition)
    made = drafting.begin(db.session, actor(), partnership, content, slug=slug, begun_from=begun_from, now=now())
    draft_pictures.keep_all(db.session, actor(), made, seen, now=now())
    return made


def _owner(slug: str) -> Partnership:
    return queries.publishers(db.session, actor())[slug]


def _draft(ref: str) -> PackDraft:
    """A pack that is still being made. Raises `NotFound`; what was published since is answered by `published_as`."""
    return queries.draft(db.session, actor(), ref)


def published_as(draft: PackDraft) -> Response | None:
    """Where to look instead, if it has become an edition."""
    if draft.edition_id is None:
        return None
    edition = queries.edition_of(db.session, draft)
    return back_to(".edition", slug=edition.pack.slug, number=edition.number)


@packs.get("/publish/drafts/<ref:draft>")
def draft(draft: str) -> ResponseReturnValue:
    """What there is of a pack in the making, and what is to do."""
    found = _draft(draft)
    return published_as(found) or making_pages.overview(found)


@packs.route(f"/publish/drafts/<ref:draft>/{_PART}", methods=["GET", "POST"])
@rescued_by(making.rescue)
def write(draft: str, part: str) -> ResponseReturnValue:
    """One page of a pack in the making."""
    found = _draft(draft)
    form = making.form_of(found, part)
    if found.edition_id is not None and form.is_submitted():
        return making.too_late(making.pressed("autosave"))
    if elsewhere := published_as(found):
        return elsewhere
    if not form.is_submitted():
        return making_pages.write(found, part, form)
    policy.require(actor(), "make_pack", found)
    if making.pressed("autosave"):
        return making.autosaved(found, part, form)
    kept = making.saved(found, part, form)
    if isinstance(kept, PackDraft):
        return making.onwards(kept, part)
    return making_pages.write(found, part, form, clash=kept)


@packs.route("/publish/drafts/<ref:draft>/sort", methods=["GET", "POST"])
def sort(draft: str) -> ResponseReturnValue:
    """Tick pieces of the briefing, and move them. Those moved by a step stay ticked, for the next step."""
    found, form = _draft(draft), SortForm()
    if elsewhere := published_as(found):
        return elsewhere
    form.to.choices, form.piece.choices = making_pages.destinations(found), making_pages.pieces_to_move(found)
    if form.validate():
        with form.refusals():
            names, seen = making.move(found, form)
            ticked = {"piece": names[:MOST_TICKED], "version": found.version} if names else {}
            return back_to(".sort", draft=found.ref, **ticked, _anchor=f"piece-{seen}" if seen else None)
    return making_pages.sort(found, form)


@packs.route("/publish/drafts/<ref:draft>/publish", methods=["GET", "POST"])
def publish_draft(draft: str) -> ResponseReturnValue:
    """The last page: the list of what is to do, or the button."""
    found, form = _draft(draft), PublishForm()
    if elsewhere := published_as(found):
        return elsewhere
    if form.validate():
        try:
            edition = services.publish_draft(db.session, actor(), found, seen=str(form.seen.data or ""), now=now())
            return back_to(".publishing", done=edition.pack.slug)
        except (Conflict, Invalid) as refusal:
            form.refuse(refusal.message)
            return making_pages.publish(found, form, 409 if isinstance(refusal, Conflict) else 422)
    return making_pages.publish(found, form)


@packs.get("/publish/drafts/<ref:draft>/preview")
def preview(draft: str) -> ResponseReturnValue:
    """The briefing as it will be, if nothing is left to do."""
    found = _draft(draft)
    if elsewhere := published_as(found):
        return elsewhere
    edition = making_pages.as_it_will_be(found)
    if edition is None:
        return back_to(".publish_draft", draft=draft)

    def at(name: str) -> str:
        return url_for(".draft_picture", draft=draft, picture=name)

    shown = rendered(edition, edition.number, found.partnership, at, is_preview=True)
    response = Response(shown, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


@packs.post("/publish/preview")
def preview_text() -> ResponseReturnValue:
    """A text in Markdown as it will be read, for the script that shows it while somebody writes."""
    if not queries.publishers(db.session, actor()):
        raise NotFound
    form = PreviewForm()
    response = Response(briefing.note(form.markdown.data), content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


@packs.route("/publish/drafts/<ref:draft>/earlier", methods=["GET", "POST"])
def earlier(draft: str) -> ResponseReturnValue:
    """What stood in a draft before, and the way to have it stand there again."""
    found, form = _draft(draft), PackPutBackForm()
    if elsewhere := published_as(found):
        return elsewhere
    revisions = queries.revisions(db.session, found)
    if form.validate():
        stood = next((one for one in revisions if f"{one.part}.{one.version}" == form.which.data), None)
        if stood is None:
            raise NotFound
        drafting.put_back(db.session, actor(), found, stood, now=now())
        return back_to(".write", draft=draft, part=stood.part)
    return making_pages.earlier(found, form, revisions)


@packs.route("/publish/<slug>/standing", methods=["GET", "POST"])
def standing(slug: str) -> ResponseReturnValue:
    """Withdraw a pack, retire it, or have it be current again, with the reason."""
    edition, form = queries.newest(db.session, slug), StandingForm()
    policy.require(actor(), "publish_pack", edition.pack)
    form.standing.choices = [Choice(*known) for known in WAYS if known[0] is not edition.pack.standing]
    if form.validate():
        try:
            with form.refusals():
                because = str(form.because.data)
                withdrawing.let_stand(db.session, actor(), edition.pack, form.standing.data, because, now=now())
                return back_to(".publishing")
        except Conflict as clash:
            form.refuse(clash.message)
            return making_pages.standing(edition, form, 409)
    return making_pages.standing(edition, form)


@packs.route("/publish/drafts/<ref:draft>/throw-away", methods=["GET", "POST"])
def discard_draft(draft: str) -> ResponseReturnValue:
    """Throw a draft away, after asking."""
    found, form = _draft(draft), PackDraftDiscardForm()
    if elsewhere := published_as(found):
        return elsewhere
    if form.validate():
        drafting.discard(db.session, actor(), found, seen=str(form.seen.data or ""), now=now())
        return back_to(".publishing")
    form.seen.data = str(found.version)
    return page("packs/discard_draft.html", form=form, draft=found)
