"""What becomes of what was posted on the pages on which a pack is made: it is kept, whatever happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import Response, g, jsonify, make_response, request, url_for
from sqlalchemy.orm import Session

from app.clock import now, time_words
from app.database import db, new_ref
from app.errors import Conflict, Invalid
from app.packs import drafting, moving, sorting
from app.packs.abbreviations import unexplained
from app.packs.drafted import PAGES, PARTS, Drafted, TermDrafted, as_chosen, shaped
from app.packs.drafts import PackDraft
from app.packs.making_forms import PAGES as FORMS
from app.packs.making_forms import MakingPage, SortForm, filled
from app.packs.moving import Piece
from app.saving import Save, saved_by
from app.web import actor, back_to
from app.web.incoming import LEFT_OUT, sent, sent_under
from app.web.keeping import by_key

_REARRANGES = ("up", "down", "to", "join", "remove", "more", "order")
_STANDS = {
    "up": "What you ticked stands at the top of its section already.",
    "down": "What you ticked stands at the end of its section already.",
}
_NEXT = {**dict(zip(PARTS, list(PARTS)[1:], strict=False)), "words": ""}


def pressed(*buttons: str) -> bool:
    """Whether the page was sent by one of these buttons."""
    return sent(request, "do") in buttons


def form_of(draft: PackDraft, part: str) -> MakingPage:
    """The page as it was sent, else what this person could not save there, else as the draft has it."""
    if request.method == "POST":
        return FORMS[part]()
    back = brought_back(draft, part)
    if back:
        return filled(part, shaped(back["typed"]), Save(draft.version, Save(*back["save"]).opening))
    content = shaped(draft.content)
    for name in ("sections", "points", "recommendations"):
        if name == part and not content[name]:
            content = sorting.rearranged(content, "more", name, 0)
    return filled(part, content, Save(draft.version))


def brought_back(draft: PackDraft, part: str) -> Mapping[str, Any] | None:
    """What this person sent for a page while signed out, or lost to somebody else, if the page was not saved since."""
    hers = [a for a in draft.content.get("set_aside", []) if a["part"] == part and a.get("person") == actor().ref]
    since = saved_by(draft.content, part)[3]
    newest = hers[-1] if hers and "saved" not in request.args else None
    recent = newest and (not since or datetime.fromisoformat(newest["at"]) >= datetime.fromisoformat(since))
    return newest if recent else None


def saved(draft: PackDraft, part: str, form: MakingPage) -> PackDraft | Conflict | None:
    """The draft after a save; the conflict where somebody else's text would be lost, or None where text arrived broken:
    then the page is shown again, and what was typed is kept beside the draft."""
    if form.broken:
        form.validate()
        return None
    came = form.save()
    if chosen() and came.version != draft.version:
        # What was chosen between two texts is in no box: the same page sent once more would undo it.
        came = Save(came.version)
    try:
        return drafting.save(db.session, actor(), draft, _typed(draft, part, form), came, now=now())
    except Conflict as clash:
        who, ref, typed, at = actor(), draft.ref, form.content(draft.content), now()

        def keep(session: Session) -> None:
            drafting.keep_typed(session, who, ref, typed, came, now=at)

        db.afterwards(keep)
        return clash


def _typed(draft: PackDraft, part: str, form: MakingPage) -> dict[str, Any]:
    """What stands in the page, put together with the other text as was chosen, and worked on as the button says."""
    typed = form.content(draft.content)
    if chosen() and form.save().version == draft.version:
        typed = as_chosen(typed, draft.content, part, chosen())
    whole = sorting.with_keys(sorting.split(shaped({**draft.content, **typed})))
    how, _, rest = sent(request, "do").partition(".")
    name, *numbers = rest.split(".")
    if how in _REARRANGES and name in PARTS[part]:
        whole = sorting.rearranged(whole, how, name, *map(_number, numbers[:2] or [""]))
    if how == "explain" and part == "words":
        terms = [TermDrafted(term=one.short, full=one.full, meaning="") for one in unexplained(whole)]
        whole = {**whole, "glossary": [*whole["glossary"], *terms]}
    return {key: whole[key] for key in PARTS[part]}  # type: ignore[literal-required]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else -1


def chosen() -> dict[str, str]:
    """What was chosen beside the boxes of a page on which two texts are compared, by the names of the boxes."""
    return sent_under(request, "take-") if pressed("mine") else {}


def autosaved(draft: PackDraft, part: str, form: MakingPage) -> Response:
    """Save a page that somebody is still writing, and say so to its script."""
    if form.broken:
        return _answer(422, message=form.broken)
    kept = saved(draft, part, form)
    if isinstance(kept, Conflict):
        if why := PAGES.too_long(form.content(draft.content)):
            return _answer(409, message=f"{kept.message} {why}", kept=False)
        return _answer(409, message=f"{kept.message} Press “Save and go on” to see both texts.", kept=True)
    left_out = LEFT_OUT if g.left_out else ""
    return _answer(200, version=draft.version, saved=time_words(now()), left_out=left_out)


def _answer(status: int, **values: object) -> Response:
    response = make_response(jsonify(values), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def too_late(script: bool) -> Response:
    """What is typed of a pack that was published meanwhile is given back: by the page of the conflict, or by the page
    that is still open. Raises `Conflict`."""
    message = "This briefing has been published meanwhile. Copy what you typed, and begin a new edition to change it."
    if not script:
        raise Conflict(message)
    return _answer(409, message=message)


def rescue() -> str:
    """Have what a refused page brought set aside; the address where it is offered back, empty where nothing shows that
    the page was this person's. Raises `Invalid` where the text is too long to be kept."""
    values = request.view_args or {}
    ref, part, whose = values.get("draft", ""), values.get("part", ""), by_key()
    if whose is None or whose.about != ref or part not in FORMS:
        return ""
    form = FORMS[part]()
    typed = form.content({})
    typed = {key: typed[key] for key in PARTS[part] if key != "source_partnership"}
    if why := PAGES.too_long(typed):
        raise Invalid(why)
    keep = partial(drafting.rescue, ref=ref, who=whose.person, now=now())
    db.afterwards(partial(keep, content=typed, came=form.save(), part=part, chosen=chosen()))
    return url_for("packs.write", draft=ref, part=part)


def onwards(draft: PackDraft, part: str) -> Response:
    """Where a button leads."""
    how, _, rest = sent(request, "do").partition(".")
    if how == "picture":
        return back_to(".draft_pictures", draft=draft.ref)
    if how in (*_REARRANGES, "explain"):
        return back_to(".write", draft=draft.ref, part=part, _anchor=_anchor(how, rest, draft))
    following = _NEXT[part] if how == "continue" else ""
    return back_to(".write", draft=draft.ref, part=following) if following else back_to(".draft", draft=draft.ref)


def _anchor(how: str, rest: str, draft: PackDraft) -> str:
    name, *numbers = (rest or "glossary").split(".")
    rows = shaped(draft.content)[name]  # type: ignore[literal-required]
    at = _number(numbers[-1]) if numbers else 0
    at = len(rows) - 1 if how == "more" else at + {"up": -1, "down": 1, "join": -1}.get(how, 0)
    return f"{name}-{max(0, min(at, len(rows) - 1))}"


def move(draft: PackDraft, form: SortForm) -> tuple[list[str], str]:
    """Move pieces as the button says: up, down, one to where another stands, or to another section or list. Only the
    pages that differ by it are saved. By which names those are known that may go on, and what is to be in sight.
    Raises `Invalid` where nothing is to be moved."""
    how, _, rest = str(form.do.data or "").partition(".")
    ticked, content, names, seen = set(form.piece.data), shaped(draft.content), list[str](), ""
    left, came = list[Piece](), list[str]()
    if how != "to" and not ticked:
        raise Invalid("Tick what is to be moved.")
    if form.version.data != str(draft.version):
        raise Invalid("This was changed after you opened it. Tick again what is to be moved.")
    if how in ("up", "down"):
        after, names = moving.shifted(content, ticked, how)
        seen = next(iter(names), "")
    elif how == "to":
        after, seen = moving.put_at(content, *[*rest.split("."), "", ""][1:3])
    elif form.to.data:
        left = [one for one in moving.left_pieces(draft.content.get("left_over", [])) if one.name in ticked]
        after = moving.moved(content, ticked, str(form.to.data), left)
        came = moving.words_from(content, ticked, str(form.to.data), left)
    else:
        raise Invalid("Choose where it is to go.", "to")
    _check_moved(content, after, how, came, among=bool(how) or str(form.to.data).isdecimal())
    _save_moved(draft, after)
    drafting.placed(db.session, actor(), draft, {int(one.name.partition("-")[2]) for one in left})
    return names, seen


def _check_moved(before: Drafted, after: Drafted, how: str, came: Sequence[str], *, among: bool) -> None:
    """Whether anything moved; and where it stays `among` the sections, whether every word reads as it did, and every
    word that `came` to them."""
    if after == before and not came:
        there = "What you ticked stands there already. Choose another place."
        raise Invalid(_STANDS.get(how, there), None if how in _STANDS else "to")
    if among and moving.words_in(after) != sorted([*moving.words_in(before), *came]):
        raise Invalid("There it would read otherwise. Move it by hand, on the page of the briefing itself.")


def _save_moved(draft: PackDraft, after: Mapping[str, Any]) -> None:
    parts = [part for part in PARTS if not PAGES.same(draft.content, after, part)]
    drafting.save(db.session, actor(), draft, PAGES.pages_of(after, parts), Save(draft.version, new_ref()), now=now())
