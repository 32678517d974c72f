"""What each page on which a pack is made shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import Response, request

from app.clock import now
from app.database import db
from app.errors import Conflict
from app.identifying import WORDS as MARKS
from app.identifying import find
from app.organisations.models import Partnership
from app.packs import making, moving, queries
from app.packs.abbreviations import unexplained
from app.packs.content import PackContent, SectionType
from app.packs.drafted import PAGES, PARTS, SectionDrafted, from_pieces, is_empty, of_partnership, pieces, shaped
from app.packs.drafts import PackDraft, PackDraftRevision
from app.packs.judging import Amiss, judged
from app.packs.making_forms import MakingPage, PackPutBackForm, PictureForm, PublishForm, SortForm, StandingForm, filled
from app.packs.models import Edition
from app.packs.pictures import shown_in
from app.packs.services import picture_of
from app.revisions import last_saver
from app.saving import Save, let_go
from app.text import counted
from app.web import actor, page
from app.web.incoming import sent_under
from app.web.keeping import Kept, key_for

CALLED = {
    "about": "What it is and where it comes from",
    "sections": "The briefing",
    "points": "Points for discussion",
    "recommendations": "Recommendations",
    "words": "Words explained, links",
}


_LISTED = {moving.POINTS: CALLED["points"], moving.RECOMMENDATIONS: CALLED["recommendations"]}


class Hit(NamedTuple):
    """A piece of the briefing that looks like somebody's: what, like what, and on which page it stands."""

    text: str
    looks_like: str
    part: str


def write(draft: PackDraft, part: str, form: MakingPage, clash: Conflict | None = None) -> Response:
    """One page of a pack in the making; with a `clash` what somebody else saved stands beside it."""
    theirs = pieces(draft.content, part) if clash or making.brought_back(draft, part) else None
    typed = form.content(draft.content)
    mine = pieces(typed, part)
    after = draft.content
    if clash is not None:
        who, at = actor(), now().isoformat()
        after = PAGES.put_aside(after, typed, who.name, at, person=who.ref, save=form.save())
        form = filled(part, shaped(from_pieces(mine, part)), Save(draft.version))
    form.kept_for.data = key_for(Kept(draft.ref, actor().ref))
    return page(
        "packs/write.html",
        409 if clash else None,
        draft=draft,
        part=part,
        called=CALLED,
        form=form,
        clash=clash,
        not_kept=PAGES.too_long(typed) if clash else "",
        let_go=let_go(after, [part]) if clash else [],
        differs={name: text for name, text in (theirs or {}).items() if text != mine.get(name, "")},
        mine=mine,
        saved_by=last_saver(db.session, draft, part).name if theirs else "",
        chose=bool(sent_under(request, "take-")),
        todo=[one for one in _amiss(draft) if one.part == part] if not clash else [],
        unexplained=[one.short for one in unexplained(shaped(draft.content))] if part == "words" else [],
    )


def _amiss(draft: PackDraft) -> list[Amiss]:
    found = _judged(draft)
    return found if isinstance(found, list) else []


def _judged(draft: PackDraft) -> PackContent | list[Amiss]:
    """The pack, or what it wants."""
    pictures = [picture_of(one) for one in queries.draft_pictures(db.session, draft)]
    slug = queries.slug_for(db.session, draft)
    return judged(of_partnership(draft.content, draft.partnership.slug), slug, pictures)


def overview(draft: PackDraft) -> Response:
    """What there is, what to look at, what is still to do."""
    amiss, content = _amiss(draft), shaped(draft.content)
    todo = {part: [one for one in amiss if one.part == part] for part in PARTS}
    held = {
        "about": content["title"],
        "sections": counted(len(content["sections"]), "section"),
        "points": _counted(content["points"], "question"),
        "recommendations": _counted(content["recommendations"], "recommendation"),
        "words": f"{_counted(content['glossary'], 'word')}, {_counted(content['links'], 'link').lower()}",
    }
    return page(
        "packs/draft.html",
        draft=draft,
        called=CALLED,
        held=held,
        todo=todo,
        beside=len(draft.content.get("set_aside", [])),
        doubts=draft.content.get("doubts", []),
        left_over=draft.content.get("left_over", []),
        pictures=seen(draft),
    )


def _counted(rows: Any, one: str) -> str:
    number = sum(not is_empty(row) for row in rows)
    return counted(number, one) if number else f"No {one}"


class Seen(NamedTuple):
    """A picture of a pack in the making: its name and size, the words that stand for it, the section that shows it."""

    name: str
    wide: int
    high: int
    words: str = ""
    where: str = ""


def seen(draft: PackDraft) -> list[Seen]:
    """Every picture that was brought for a pack, whether its text shows it or not."""
    shown = {
        one.name: (one.words, _heading(section))
        for section in shaped(draft.content)["sections"]
        for one in shown_in(section["markdown"])
    }
    kept = queries.draft_pictures(db.session, draft)
    return [Seen(one.name, one.wide, one.high, *shown.get(one.name, ())) for one in kept]


def _heading(section: SectionDrafted) -> str:
    other = section["type"] == SectionType.OTHER.value
    return section["title"] if other else SectionType(section["type"]).heading


def pictures(draft: PackDraft, form: PictureForm) -> Response:
    """The pictures of a pack in the making, and the form that brings one."""
    return page("packs/draft_pictures.html", draft=draft, form=form, pictures=seen(draft))


def sections_of(draft: PackDraft) -> list[tuple[str, str]]:
    """The sections in which a picture may be put: keys and words."""
    return [(str(i), _heading(one)) for i, one in enumerate(shaped(draft.content)["sections"])]


def sort(draft: PackDraft, form: SortForm) -> Response:
    """Every piece of the briefing with a box to tick. What was ticked stays so, unless the briefing is another now."""
    content, version = shaped(draft.content), str(draft.version)
    came = form.version.data if form.is_submitted() else request.args.get("version")
    ticked = (form.piece.data if form.is_submitted() else request.args.getlist("piece")) if came == version else []
    form.version.data = version
    rows = [(_heading(one), moving.pieces_of(i, one["markdown"])) for i, one in enumerate(content["sections"])]
    left_over = draft.content.get("left_over", [])
    left = list(zip(moving.left_pieces(left_over), (why for why, _ in left_over), strict=True))
    listed = [(called, moving.row_pieces(content)[name]) for name, called in _LISTED.items()]
    return page("packs/sort.html", draft=draft, form=form, rows=rows, listed=listed, left=left, ticked=ticked)


def pieces_to_move(draft: PackDraft) -> list[tuple[str, str]]:
    """Every piece of the briefing, and what was left over: its name and what it says."""
    sections = shaped(draft.content)["sections"]
    left = moving.left_pieces(draft.content.get("left_over", []))
    there = [one for i, section in enumerate(sections) for one in moving.pieces_of(i, section["markdown"])]
    rows = [one for pieces in moving.row_pieces(shaped(draft.content)).values() for one in pieces]
    return [(one.name, one.words) for one in (*there, *rows, *left)]


def destinations(draft: PackDraft) -> list[tuple[str, str]]:
    """Where a piece may go: keys and words."""
    content = shaped(draft.content)
    places = [(str(i), f"The end of “{_heading(one)}”") for i, one in enumerate(content["sections"])]
    lists = [(moving.POINTS, "The points for discussion"), (moving.RECOMMENDATIONS, "The recommendations")]
    return [*places, *lists, (moving.NOWHERE, "Nowhere: take it out for good")]


def hits(draft: PackDraft) -> list[Hit]:
    """What in the briefing looks like somebody's, but for what the partnership gives to everybody."""
    partnership: Partnership = draft.partnership
    public = [partnership.reply_to, *(number for _, number in partnership.numbers_to_call)]
    found = []
    for part in PARTS:
        text = "\n\n".join(pieces(draft.content, part).values())
        found += [Hit(text[hit.start : hit.end], MARKS[hit.mark], part) for hit in find(text, public=public)]
    return list(dict.fromkeys(found))


def publish(draft: PackDraft, form: PublishForm, status: int | None = None) -> Response:
    """The last page: what is still to do, or the button."""
    found = _judged(draft)
    form.seen.data = str(draft.version)
    other = draft.partnership.two_publish and actor().person in draft.wrote
    return page(
        "packs/publish_draft.html",
        status,
        draft=draft,
        form=form,
        called=CALLED,
        todo=found if isinstance(found, list) else [],
        content=found if isinstance(found, PackContent) else None,
        hits=hits(draft),
        unused=[one.name for one in seen(draft) if not one.where],
        slug=queries.slug_for(db.session, draft),
        by_other=other,
    )


def standing(edition: Edition, form: StandingForm, status: int | None = None) -> Response:
    """How a pack stands, and who published each of its editions."""
    editions = queries.editions(db.session, edition.pack.slug)
    return page("packs/standing.html", status, form=form, edition=edition, editions=editions)


def earlier(draft: PackDraft, form: PackPutBackForm, revisions: Sequence[PackDraftRevision]) -> Response:
    """What stood in a draft before, page by page."""
    rows = [(one, [text for text in pieces(one.typed, one.part).values() if text.strip()]) for one in revisions]
    beside = [
        (one, moment_of(one), [text for text in pieces(one["typed"], one["part"]).values() if text.strip()])
        for one in reversed(draft.content.get("set_aside", []))
    ]
    return page(
        "packs/earlier.html",
        draft=draft,
        form=form,
        rows=rows,
        beside=beside,
        let_go=let_go(draft.content, PARTS),
        called=CALLED,
    )


def moment_of(aside: Mapping[str, Any]) -> datetime:
    """When a text was set aside."""
    return datetime.fromisoformat(aside["at"])


@dataclass(frozen=True)
class _Pack:
    slug: str


@dataclass(frozen=True)
class Preview:
    """An edition that is not published yet, with what its page shows."""

    pack: _Pack
    number: int
    title: str
    review_on: date
    content: dict[str, Any]


def as_it_will_be(draft: PackDraft) -> Preview | None:
    """The edition that a draft would become; None while something is still to do."""
    found = _judged(draft)
    if isinstance(found, list):
        return None
    number = queries.next_number(db.session, found.slug)
    return Preview(_Pack(found.slug), number, found.title, found.review_on, found.as_dict())
