"""What each page of `discussions` shows: the values its template wants, and the status it answers with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import Response, request

from app import policy
from app.circulation.models import Asked
from app.clock import now, today
from app.database import db
from app.discussions import (
    attached,
    beside,
    carrying,
    combining,
    companions,
    forms,
    kept,
    looked_at,
    queries,
    record,
    retyping,
    rows,
    sending_forms,
    services,
)
from app.discussions import content as contents
from app.discussions.beside import Aside
from app.discussions.content import shaped
from app.discussions.drafts import Draft
from app.discussions.models import RECEIVED_WORDS, SETTING_WORDS, Minutes
from app.discussions.second_look import Look
from app.discussions.unled import told
from app.errors import Conflict
from app.organisations.ahead import Decided
from app.organisations.decisions import StandingDecision
from app.organisations.queries import weekly_of
from app.post.queries import SENT, STILL_WAITING, UNCONFIRMED, WAITING, Progress, progress_of_many
from app.revisions import last_saver
from app.saving import let_go
from app.text import words_joined
from app.web import actor, page
from app.web.given_back import Back
from app.web.incoming import sent_under


class Shown(NamedTuple):
    """What a writing page shows beside its boxes: the `key` by which its text is kept, and text of this person that was
    sent while she was signed out and stands in the boxes (`back`)."""

    key: str
    back: Aside | None = None


def meeting(
    ask: Asked, draft: Draft | None, form: forms.MeetingForm, shown: Shown, clash: Conflict | None = None
) -> Response:
    """Page 1. With a `clash`, what somebody else saved stands beside it, and it can be saved over that."""
    return _writing(
        "discussions/meeting.html",
        draft,
        form,
        shown,
        clash,
        ask=ask,
        records=queries.records_of(db.session, ask),
        may_name=policy.allows(actor(), "name_colleague", ask),
    )


def said(draft: Draft, form: forms.SaidForm, shown: Shown, clash: Conflict | None = None) -> Response:
    """Page 2, in the same way."""
    points = list(zip(draft.asked.circulation.edition.points, form.parts, strict=True))
    more = {"points": points, "today": today(now())}
    return _writing("discussions/said.html", draft, form, shown, clash, ask=draft.asked, **more)


def _writing(
    template: str, draft: Draft | None, form: forms.Writing, shown: Shown, clash: Conflict | None, **more: Any
) -> Response:
    part, raw = template.rpartition("/")[2].removesuffix(".html"), draft.content if draft else {}
    more["may_discard"] = draft is not None and policy.allows(actor(), "discard_draft", draft)
    form.kept_for.data = shown.key
    saved_since = (
        draft and shown.back and contents.clashes(draft.content, draft.version, shown.back.typed, shown.back.save)
    )
    if clash or saved_since:
        # What is saved from here on has seen the other text.
        form.version.data = str(draft.version if draft else 0)
    theirs = shaped(draft.content) if draft and (clash or saved_since) else None
    if theirs and shown.back and shown.back.is_sheet:
        theirs = combining.to_choose_from(theirs, form.content(), part)
    asides = [aside for aside in beside.asides(raw, part) if aside != shown.back]
    values: dict[str, Any] = {
        **_room(draft, form, part, clash),
        "draft": draft,
        "earlier": draft is not None and kept.is_any_revision(db.session, draft),
        "form": form,
        "clash": clash,
        "theirs": theirs,
        "saved_by": last_saver(db.session, draft, part).name if draft and theirs else "",
        "asides": [] if clash else asides,
    }
    texts = [*(aside.typed for aside in asides), *([theirs, shaped(form.content())] if theirs else [])]
    words: dict[str, Any] = {"reads": reads(more["ask"], texts), "back_in": shown.back, "me": actor().ref}
    words["sheet"] = [(one, beside.key_of(one), beside.brought_by(one)) for one in beside.sheets_in(raw)]
    return page(template, 409 if clash else None, **{**words, **about(more["ask"]), **values, **more})


def _room(draft: Draft | None, form: forms.Writing, part: str, clash: Conflict | None) -> dict[str, Any]:
    """Why the text that lost is not kept beside the draft, where it is too long, which older ones had to go for it or
    went before, and whether somebody had chosen already what is to stay."""
    after: Mapping[str, Any] = draft.content if draft else {}
    if draft and clash:
        after = beside.put_aside(after, form.content(), actor().name, now().isoformat())
    return {
        "not_kept": contents.PAGES.too_long(form.content()) if clash else "",
        "let_go": let_go(after, [part]),
        "chose": bool(sent_under(request, "take-")),
    }


def reads(ask: Asked, texts: Iterable[contents.Content]) -> dict[str, Any]:
    """What texts of a draft are read with: words for what was chosen in them, and the names of teams ticked there."""
    ticked = {ref for text in texts for ref in text["also"]}
    teams = companions.names(db.session, ask, ticked) if ticked else {}
    return {"settings": SETTING_WORDS, "received": RECEIVED_WORDS, "by_words": forms.by_words, "teams": teams}


def of_part(draft: Draft, part: str) -> dict[str, str]:
    """The page on which one part of a draft is written: values for `url_for`."""
    if part == "said":
        return {"endpoint": ".said", "draft": draft.ref}
    return {"endpoint": ".meeting", "asked": draft.asked.ref}


def saved(draft: Draft) -> Response:
    """Where a draft is that was saved to come back to."""
    may_discard = policy.allows(actor(), "discard_draft", draft)
    return page("discussions/saved.html", draft=draft, may_discard=may_discard, **about(draft.asked))


def check(draft: Draft, form: sending_forms.CheckForm, status: int | None = None) -> Response:
    """Page 3: everything as it will be sent, what keeps it from being sent, and who will read what."""
    made = queries.record_of(draft, now())
    before = queries.newest(db.session, draft.corrects) if draft.corrects else None
    asks = companions.answered_by(db.session, actor(), draft, before)
    decided = queries.decided_ahead(db.session, asks, now())
    form.seen.data = services.state(draft, before, decided)
    for look, part in form.parts():
        part.where.data = " ".join(look.fields)
    values: dict[str, Any] = {
        "draft": draft,
        "form": form,
        "before": before,
        "record": made if isinstance(made, record.Record) else None,
        "own_file": attached.of_draft(db.session, draft),
        "beside": [(aside, of_part(draft, aside.part)) for aside in beside.everything(draft.content)],
        "carried": carrying.carried(db.session, actor(), draft),
        "amiss": [(fault.message, _place(draft, form, fault.field)) for fault in made]
        if isinstance(made, list)
        else [],
        "readers": queries.readers(db.session, asks, actor().person, now()),
        "teams": queries.named(asks),
        "at_once": _at_once(asks, decided),
        **_partnerships(asks),
        "settings": SETTING_WORDS,
        "received": RECEIVED_WORDS,
        "may_discard": policy.allows(actor(), "discard_draft", draft),
    }
    return page("discussions/check.html", status, **about(draft.asked), **values)


def looks_of(draft: Draft) -> list[Look]:
    """What is to be looked at once more before a draft is sent; numbers and addresses that its partnership gives to
    everybody are not. Nothing where the draft cannot be sent as it stands."""
    made = queries.record_of(draft, now())
    if not isinstance(made, record.Record):
        return []
    circulation = draft.asked.circulation
    return looked_at.looks(made.said, circulation.edition, circulation.partnership, made.meeting.chaired_by)


def _place(draft: Draft, form: sending_forms.CheckForm, field: str) -> dict[str, str]:
    """Where a fault of a draft is put right: values for `url_for`."""
    if field in contents.MEETING:
        anchor = f"{field}-day" if field == "held_on" else field
        return {"endpoint": ".meeting", "asked": draft.asked.ref, "_anchor": anchor}
    return {"endpoint": ".said", "draft": draft.ref, "_anchor": field}


def sent(minutes: Minutes) -> Response:
    """Page 4: the receipt."""
    own = {team for grant in actor().grants for team in grant.teams}
    asks = sorted((cover.asked for cover in minutes.covers), key=lambda ask: (ask.team_id not in own, ask.id))
    readers = queries.readers(db.session, asks, minutes.recorded_by_id, now())
    letters = {
        letter.person: letter for letter in progress_of_many(db.session, "minutes", [minutes.ref]).get(minutes.ref, [])
    }
    by_week, at = weekly_of(db.session, [held.id for held in readers.people]), now()
    mail = [
        _mail(held.person.name, letters.get(held.person.ref), at, weekly=held.id in by_week) for held in readers.people
    ]
    values: dict[str, Any] = {
        "minutes": minutes,
        "readers": readers,
        "mail": mail,
        "told": None if readers.people or readers.own else told(db.session, asks, now()),
        "teams": queries.named(asks),
        **_partnerships(asks),
        "at_once": _at_once(asks, queries.decided_ahead(db.session, asks, now())) if minutes.sent_under else [],
        "stays": bool(minutes.sent_under and minutes.left_in),
        "beside": kept.left_beside(db.session, minutes),
        "others": companions.still_open(db.session, actor(), minutes),
    }
    return page("discussions/sent.html", **about(asks[0]), **values)


def _mail(name: str, letter: Progress | None, at: datetime, *, weekly: bool) -> str:
    if weekly and letter is None:
        return f"{name} gets one email a week about minutes: the next says that yours wait."
    words = letter.at(at) if letter else WAITING
    if words == WAITING:
        return f"The email to {name} is waiting to send."
    if words == STILL_WAITING:
        return f"The email to {name} is delayed: it is still waiting to send. The minutes can be read here."
    if words == SENT:
        return f"The email to {name} was sent to the mail system."
    if words == UNCONFIRMED:
        return f"The email to {name} was sent, but the mail system did not confirm it. The minutes can be read here."
    return f"The email to {name}: {words[:1].lower()}{words[1:]}. The minutes can still be read here."


def other(ask: Asked, form: sending_forms.OtherForm, looks: Sequence[Look] = (), back: Back | None = None) -> Response:
    """A reply without minutes, and the one that stands, and what to look at once more before it is kept; and whether
    there is in the boxes what this person typed before."""
    records, reply = queries.records_of(db.session, ask), queries.latest_reply(db.session, ask)
    more = {"looks": looks, "back_in": back, **about(ask)}
    return page("discussions/other.html", form=form, reply=reply, records=records, **more)


def looks_of_reply(ask: Asked, words: str) -> list[Look]:
    """What to look at once more in a reply, which its partnership reads as it is."""
    said = record.Said(question_to_partnership=words)
    return looked_at.looks(said, ask.circulation.edition, ask.circulation.partnership)


def about(ask: Asked) -> dict[str, Any]:
    """What every page says: what was asked, by which partnership, whom to call about a child, and the way back."""
    partnership = ask.circulation.partnership
    endpoint, values = home_of(ask)
    return {
        "ask": ask,
        "partnership": partnership,
        "numbers_to_call": partnership.numbers_to_call,
        "back": {"endpoint": endpoint, **values},
        "to_team": endpoint == "home.team",
    }


def home_of(ask: Asked) -> tuple[str, dict[str, str]]:
    """The page on which a team finds what it was asked: the team's, for whoever sees that, or the person's own."""
    if ask.team and policy.allows(actor(), "see_team", ask.team):
        return "home.team", {"team": ask.team.ref}
    return "home.mine", {}


def _partnerships(asks: Sequence[Asked]) -> dict[str, Any]:
    """The partnerships that asked, by their short names as they are spoken, and whether there are several."""
    names = list(dict.fromkeys(ask.circulation.partnership.short_name for ask in asks))
    return {"partnerships": words_joined(names), "several": len(names) > 1}


def _at_once(asks: Sequence[Asked], decided: Decided) -> list[tuple[str, StandingDecision]]:
    """To which partnerships answers go at once when nothing is found, and by whose decision."""
    names = {ask.partnership_id: ask.circulation.partnership.short_name for ask in asks}
    return [(names[key], those[0]) for key, those in decided.items()]


def meeting_facts(minutes: Minutes) -> contents.Content:
    """What was said about the meeting in these minutes, as it would be typed again."""
    made = rows.record_of(minutes)
    return retyping.typed(record.Record(made.meeting, record.Said()))
