"""The decision about a version of minutes, between its page and what is kept: what can be chosen as things stand,
whether they stand as they did when the page was made, and carrying out what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from app import clock, policy
from app.circulation import leaders
from app.circulation.models import OtherLeader
from app.database import db
from app.discussions.models import Minutes
from app.discussions.models import Response as ResponseRow
from app.forwarding import queries, services
from app.forwarding.course import Course, to_quote, went
from app.forwarding.forms import Decision, DecisionForm, Offer, Part
from app.forwarding.models import Share, naming
from app.text import is_blank, words_joined
from app.web import actor, given_back
from app.web.forms import Choice
from app.web.given_back import Back

BEGINNING = 240
SAID = ("point_id", "words", "yes", "partly", "not_yet", "not_counted")
SINCE = "{} on {} after you opened this page. Look at it again, then decide."
OTHERWISE = "{} opened this page and you are {}. Look through the choice, then confirm it in your own name."
TO_STOP = " To stop sharing, follow “Stop sharing these answers” on this page."


def unconfirmed(found: Minutes) -> OtherLeader | None:
    """Who says that she leads the team, where nobody has confirmed it."""
    return leaders.unconfirmed(db.session, [cover.asked.team_id for cover in found.covers])


def let_go(shares: Iterable[Share]) -> dict[int, bool]:
    """What these shares let go: keys of points, each with whether the answer may be quoted."""
    return {answer.response.point_id: answer.quotable for given in shares for answer in given.answers}


def of_this(found: Minutes, course: Course) -> list[Share]:
    """The shares that stand of this very version."""
    return [given for given in course.shares if given.minutes_id == found.id]


def form_for(found: Minutes, course: Course, back: Back | None = None) -> DecisionForm:
    """The decision as it can be taken today. Everything is ticked and nothing to be quoted; once something is shared
    the boxes stand as they were left, for a corrected version too. Of what is offered back the question stands there,
    and no tick: a tick lets answers go."""
    form, shares = DecisionForm(), course.shares or course.stopped
    answers = {response.point_id: response for response in found.responses}
    points = [point for point in found.edition.points if point.id in answers]
    form.offer(_offer(found, course))
    if not form.is_submitted():
        kept_back = {response.point_id for given in shares for response in given.minutes.responses} - {*let_go(shares)}
        form.seen.data, form.signing.data = course.seen, actor().name
        form.answers.data = [point.key for point in points if point.id not in kept_back]
        form.quotable.data = [point.key for point in points if _quoted(answers[point.id], shares)]
        form.parts.data = [part for part in Part if not shares or any(_lets(given, part) for given in shares)]
        form.partnerships.data = [g.partnership.slug for g in shares] or [
            p.slug for p in queries.partnerships_of(found)
        ]
        typed = dict(given_back.pairs(back))
        form.question.data = typed.get("question", "")
        form.decision.keys = [Decision.ASK] if typed.get("decision") == Decision.ASK else form.decision.keys
    given_back.carry(form, back, "forwarding.decide")
    return form


def _offer(found: Minutes, course: Course) -> Offer:
    answers = {response.point_id: response for response in found.responses}
    numbered = [(n, point) for n, point in enumerate(found.edition.points, 1) if point.id in answers]
    partnerships = queries.partnerships_of(found)
    whose = f"The {partnerships[0].short_name}" if len(partnerships) == 1 else "Each partnership"
    hint = partial(_hint, course)
    return Offer(
        answers=[
            Choice(p.key, f"{n}. {p.question}", hint(_words(answers[p.id]), [f"points-{p.key}-words"]))
            for n, p in numbered
        ],
        parts=_parts(found, hint),
        partnerships=[(p.slug, p.short_name) for p in partnerships],
        naming=naming(whose, found.organisation.name),
        own=not policy.allows(actor(), "acknowledge", found),
        said=course.acknowledged is not None,
        shared=bool(of_this(found, course)),
        unread=course.acknowledged is None and any(given.under for given in of_this(found, course)),
        confirmed=found.confirmed,
        version=found.version,
    )


def _parts(found: Minutes, hint: Callable[[str, Iterable[str]], str]) -> list[Choice]:
    """What can go with the answers: only what there is."""
    does, asks = "What the team will do, without who and by when", "The team’s question to the partnership"
    written = [f"actions-{action.position}-what" for action in found.actions]
    parts = [
        (Part.ACTIONS, does, "; ".join(action.what for action in found.actions), written),
        (Part.QUESTION, asks, found.question_to_partnership, ["question_to_partnership"]),
    ]
    return [Choice(part, label, hint(words, where)) for part, label, words, where in parts if not is_blank(words)]


def _hint(course: Course, words: str, fields: Iterable[str]) -> str:
    """The beginning of what a tick lets go, and every piece that was left in there, however far down it stands."""
    stayed = [one for name in fields for one in course.left.get(name, [])]
    pieces = [f"“{one.text}”" if one.text else f"something that {one.looks_like}" for one in stayed]
    return f"{_beginning(words)}{f' Left in: {words_joined(pieces)}.' if pieces else ''}"


def _words(response: ResponseRow) -> str:
    hands = (response.yes or 0, response.partly or 0, response.not_yet or 0)
    counts = "By show of hands: {} yes, {} partly, {} not yet.".format(*hands) if response.counted else ""
    return f"{counts} {response.words}".strip() or "We did not count."


def _beginning(text: str) -> str:
    """The first words of a text, on one line: enough to know it again."""
    words = " ".join(text.split())
    if len(words) <= BEGINNING:
        return words
    return f"{words[: BEGINNING + 1].rpartition(' ')[0] or words[:BEGINNING]}…"


def _lets(given: Share, part: Part) -> bool:
    return given.lets_actions if part is Part.ACTIONS else given.lets_question


def _quoted(response: ResponseRow, shares: Sequence[Share]) -> bool:
    """Whether an answer may be quoted already: only in the very words for which that was said."""
    quoted = [answer.response for given in shares for answer in given.answers if answer.quotable]
    return any(all(getattr(response, name) == getattr(said, name) for name in SAID) for said in quoted)


def changed_since(found: Minutes, course: Course, form: DecisionForm) -> str:
    """What was decided after the page was made by which somebody now decides, or that it was made for somebody else;
    empty where nothing was, and where that was this very decision: a button pressed twice, or a page loaded again, does
    no harm."""
    if form.signing.data not in ("", None, actor().name):
        return OTHERWISE.format(form.signing.data, actor().name)
    if form.seen.data == course.seen or course.last is None or course.versions[-1].id != found.id:
        return ""
    if _stands(found, course, form):
        return ""
    at, _, who, did = course.last
    what = f"{'You' if who == actor().name else who} {did}"
    to_stop = TO_STOP if Decision.KEEP in form.decision.keys and of_this(found, course) else ""
    return SINCE.format(what, clock.moment_words(at)) + to_stop


def _stands(found: Minutes, course: Course, form: DecisionForm) -> bool:
    """Whether things stand already as this form would have them."""
    chosen, mine = form.decision.keys, of_this(found, course)
    if Decision.ASK in chosen:
        typed = (form.question.data or "").strip()
        return any(asked.minutes_id == found.id and asked.words == typed for asked in course.questions)
    if course.acknowledged is None and policy.allows(actor(), "acknowledge", found):
        return False
    if Decision.KEEP in chosen:
        return not mine
    ticked = (_ticked(found, form), *(form.lets(part) for part in Part))
    same = {g.partnership.slug for g in mine if (_given(g), *(_lets(g, part) for part in Part)) == ticked}
    return set(form.sharing_with()) <= same


def _ticked(found: Minutes, form: DecisionForm) -> dict[int, bool]:
    """The keys of the responses that are ticked, each with whether it may be quoted."""
    keys, ticked = {point.id: point.key for point in found.edition.points}, form.to_share()
    return {r.id: ticked[keys[r.point_id]] for r in found.responses if keys[r.point_id] in ticked}


def _given(share: Share) -> dict[int, bool]:
    return {answer.response_id: answer.quotable for answer in share.answers}


def carry_out(found: Minutes, form: DecisionForm, at: datetime) -> None:
    """Whoever shares answers, or decides not to, says with that that she has the minutes."""
    given_back.forget(form)
    if form.decision.data is Decision.ASK:
        services.ask_team(db.session, actor(), found, form.question.data, now=at)
        return
    if form.decision.data is Decision.SHARE:
        actions, question = form.lets(Part.ACTIONS), form.lets(Part.QUESTION)
        give = partial(services.share, db.session, actor(), found)
        for partnership in queries.partnerships_of(found):
            if partnership.slug in form.sharing_with():
                give(partnership.id, _ticked(found, form), now=at, actions=actions, question=question)
    if policy.allows(actor(), "acknowledge", found):
        services.acknowledge(db.session, actor(), found, now=at)


def done(what: str, found: Minutes, course: Course) -> str:
    """What was just done, for the page to which it leads; empty where that is not how things stand."""
    these = "this version" if len(course.versions) > 1 else "these minutes"
    mine = of_this(found, course)
    shared = [f"Shared with the {given.partnership.short_name}: {_gone(given, found)}." for given in mine]
    stopped = words_joined([f"the {given.partnership.short_name}" for given in course.stopped])
    return {
        "asked": "Your question goes to the team by email." if course.questions else "",
        "kept": f"You have {these}." if course.acknowledged and not mine else "",
        "shared": " ".join(shared),
        "stopped": f"Nothing of these minutes is shared with {stopped} any more." if stopped else "",
    }.get(what, "")


def _gone(given: Share, found: Minutes) -> str:
    quoting = to_quote(given, found)
    return f"{went(given, found)}{f'; {quoting}' if quoting else ''}"
