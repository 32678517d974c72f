"""Pages of `circulation`: choose, check, send, done. Three loads from “Circulate” to done.

One form goes through all of them. Nothing is stored before the last step: the check page carries what was typed and the
digest of the list it shows, and if the list is another one by then it is shown again, saying what changed. The last
step sends, or puts down when it will be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app import policy
from app.circulation import (
    adding,
    colleagues,
    diary_file,
    leaders,
    leading,
    listing,
    naming,
    openings,
    people_pages,
    progress,
    queries,
    scheduling,
    services,
)
from app.circulation.audience import Chosen, Plan, changes, keys_of
from app.circulation.choosing import choose_page, launch_page
from app.circulation.forms import CirculateForm, Sending
from app.circulation.models import Circulation
from app.circulation.owed import number_owed
from app.circulation.people_forms import ColleagueForm, LeaderForm, SettleForm, TeamForm
from app.circulation.scheduled import USUAL_HOUR, ScheduledLaunch, when_words
from app.clock import now, today
from app.database import db, new_ref
from app.errors import Conflict, NotFound
from app.organisations.models import Partnership
from app.packs import queries as packs
from app.packs.models import Edition
from app.web import actor, back_to, page

circulation = Blueprint("circulation", __name__)
Made = Circulation | ScheduledLaunch


@circulation.route("/circulate/<slug>", methods=["GET", "POST"])
def choose(slug: str) -> ResponseReturnValue:
    """Who is asked, by when, with what words. Posting comes back to change something, and ticks many at once."""
    edition, askers, form = begun(slug)
    if not form.partnership.data:
        return page("circulation/choose.html", edition=edition, askers=askers)
    return choose_page(edition, asker_of(askers, form), form)


@circulation.get("/circulate/<slug>/check", endpoint="check_again")
@circulation.get("/circulate/<slug>/confirm", endpoint="confirm_again")
def again(slug: str) -> ResponseReturnValue:
    """The address of the list, or of sending, opened as a page: back to where choosing begins."""
    begun(slug)
    return back_to(".choose", slug=slug)


@circulation.post("/circulate/<slug>/check")
def check(slug: str) -> ResponseReturnValue:
    """Who will be asked and written to, before anything is sent."""
    edition, askers, form = begun(slug)
    asker = asker_of(askers, form)
    plan = _plan(edition, asker, form)
    if plan is None:
        return choose_page(edition, asker, form)
    return _check_page(asker, form, plan, earlier=_made(asker, form))


@circulation.post("/circulate/<slug>/confirm")
def confirm(slug: str) -> ResponseReturnValue:
    """Circulates what was checked, once; or shows the list again where it is another one by now."""
    edition, askers, form = begun(slug)
    asker = asker_of(askers, form)
    plan, made = _plan(edition, asker, form), _made(asker, form)
    if made is not None and made.digest == form.digest.data:
        return _made_page(made)
    if plan is None:
        return choose_page(edition, asker, form)
    if made is not None or plan.digest != form.digest.data or not form.once.data:
        return _check_page(asker, form, plan, again=True, earlier=made)
    made = _circulate(asker, form, plan)
    if made is not None:
        return _made_page(made)
    return _check_page(asker, form, _plan(edition, asker, form) or plan, again=True)


@circulation.get("/circulations/<ref:circulation>/done")
def done(circulation: str) -> ResponseReturnValue:
    """What was sent and what happens next."""
    sent = queries.circulation(db.session, actor(), circulation)
    letters = progress.letters_of(db.session, sent, number_owed(db.session, sent.ref, now()))
    return page(
        "circulation/done.html",
        circulation=sent,
        partnership=sent.partnership,
        numbers_to_call=sent.partnership.numbers_to_call,
        asked=listing.counts_words(*progress.number_asked(db.session, sent)),
        letters=letters,
    )


@circulation.get("/asked/<ref:asked>/date.ics")
def date(asked: str) -> ResponseReturnValue:
    """The date to answer by, for a calendar."""
    return diary_file.file(queries.asked(db.session, actor(), asked), now())


@circulation.route("/asked/<ref:asked>/colleague", methods=["GET", "POST"])
def colleague(asked: str) -> ResponseReturnValue:
    """Somebody else will write it up: who, for this one discussion."""
    ask, form = queries.asked(db.session, actor(), asked), ColleagueForm()
    policy.require(actor(), "name_colleague", ask)
    if form.validate():
        with form.refusals():
            made = naming.name_colleague(db.session, actor(), ask, form.named(), now=now())
            return back_to(".colleague", asked=asked, named=made.ref)
    return people_pages.colleague(ask, form)


@circulation.post("/colleagues/<ref:colleague>/end")
def end_colleague(colleague: str) -> ResponseReturnValue:
    """Take back what somebody was named for."""
    named = colleagues.colleague(db.session, actor(), colleague)
    naming.end_colleague(db.session, actor(), named, now=now())
    return back_to(".colleague", asked=named.asked.ref)


@circulation.route("/asked/<ref:asked>/leader", methods=["GET", "POST"])
def leader(asked: str) -> ResponseReturnValue:
    """Somebody else leads this team: who, or nobody knows."""
    ask, form = queries.asked(db.session, actor(), asked), LeaderForm()
    policy.require(actor(), "say_leader", ask)
    if form.validate():
        with form.refusals():
            leading.say_leader(db.session, actor(), ask, form.named(), now=now())
            return back_to(".leader", asked=asked, done=1)
    return people_pages.leader(ask, form)


@circulation.route("/leaders/<ref:said>", methods=["GET", "POST"])
def settle_leader(said: str) -> ResponseReturnValue:
    """Who leads a team from today, confirmed with one press."""
    found = leaders.other_leader(db.session, actor(), said)
    form = SettleForm(name=found.name, email=found.email)
    if form.validate():
        try:
            with form.refusals():
                leading.confirm_leader(db.session, actor(), found, form.named(), now=now())
                return back_to(".settle_leader", said=said)
        except Conflict as since:
            form.refuse(since.message)
    return people_pages.settle(found, form)


@circulation.post("/leaders/<ref:said>/decline")
def decline_leader(said: str) -> ResponseReturnValue:
    """Everything stays as it is."""
    found = leaders.other_leader(db.session, actor(), said)
    leading.decline_leader(db.session, actor(), found, now=now())
    return back_to(".settle_leader", said=said)


@circulation.route("/teams/<ref:team>/leader", methods=["GET", "POST"])
def name_leader(team: str) -> ResponseReturnValue:
    """Who leads a team from today that nobody leads."""
    found, form = leaders.team_to_lead(db.session, actor(), team), SettleForm()
    if form.validate():
        try:
            with form.refusals():
                leading.name_leader(db.session, actor(), found, form.named(), now=now())
                return back_to("organisations.mend", named=found.ref)
        except Conflict as since:
            form.refuse(since.message)
    return people_pages.name_leader(found, form)


@circulation.route("/organisations/<ref:organisation>/teams/add", methods=["GET", "POST"])
def add_team(organisation: str) -> ResponseReturnValue:
    """A team that was not known, and who leads it."""
    place, form = openings.place(db.session, actor(), organisation), TeamForm()
    if form.validate():
        with form.refusals():
            made = adding.add_team(db.session, actor(), place, form.team.data, form.named(), now=now())
            return back_to("home.team", team=made.ref, added=1)
    return people_pages.add_team(place, form)


def begun(slug: str) -> tuple[Edition, Sequence[Partnership], CirculateForm]:
    """What is circulated, for whom it can be, and the form as it was sent or as it begins."""
    edition = packs.newest(db.session, slug)
    services.check_standing(db.session, edition)
    askers = queries.askers(db.session, actor())
    asker = request.args.get("partnership", askers[0].slug if len(askers) == 1 else "")
    later = {"sending": Sending.NOW, "on": scheduling.usual_day(now()), "hour": str(USUAL_HOUR)}
    form = CirculateForm(partnership=asker, once=new_ref(), answer_by=services.usual_date(now()), **later)
    return edition, askers, form


def asker_of(askers: Sequence[Partnership], form: CirculateForm) -> Partnership:
    """The partnership that the form names, of those that the actor may name. Raises `NotFound`."""
    found = next((one for one in askers if one.slug == form.partnership.data), None)
    if found is None:
        raise NotFound
    return found


def _plan(edition: Edition, asker: Partnership, form: CirculateForm) -> Plan | None:
    """The list that the form asks for; None, with every fault on its field, where nothing can be sent like this."""
    form.validate()
    leaves = None if form.on.errors or form.hour.errors else form.leaves
    if leaves:
        with form.refusals():
            scheduling.check_moment(leaves, now())
    if not form.answer_by.errors:
        note = "" if form.cover_note.errors else form.cover_note.data
        with form.refusals():
            services.check_wishes(form.day, note, now(), leaves=leaves)
    chosen = Chosen(edition, frozenset(form.organisations.data), frozenset(form.teams.data), again=form.again.data)
    plan = queries.plan(db.session, actor(), asker, chosen, now())
    if not plan.lines:
        form.refuse(listing.nobody_words(plan), "organisations")
    return None if form.faults else plan


def _made(asker: Partnership, form: CirculateForm) -> Made | None:
    """What this key has made already: sent, or put down for later."""
    key = db.session, asker, form.once.data
    return scheduling.scheduled_with(*key) or queries.made_with(*key)


def _made_page(made: Made) -> ResponseReturnValue:
    if isinstance(made, ScheduledLaunch):
        return back_to(".scheduled", launch=made.ref)
    return back_to(".done", circulation=made.ref)


def _circulate(asker: Partnership, form: CirculateForm, plan: Plan) -> Made | None:
    """What was sent, or put down for later; None where another launch came in between."""
    wishes: dict[str, Any] = {"answer_by": form.day, "cover_note": form.cover_note.data, "once": form.once.data}
    with suppress(Conflict):
        if at := form.leaves:
            wishes |= {"at": at, "again": form.again.data}
            return scheduling.schedule(db.session, actor(), asker, plan, **wishes, now=now())
        return services.circulate(db.session, actor(), asker, plan.edition, plan, **wishes, now=now())
    return None


def _check_page(
    asker: Partnership,
    form: CirculateForm,
    plan: Plan,
    *,
    again: bool = False,
    earlier: Made | None = None,
) -> ResponseReturnValue:
    """The list with its digest; with `again`, first what has changed on it. A key once used makes way for a new one."""
    changed = _changed(asker, form, plan) if again else []
    if earlier is not None or not form.once.data:
        form.once.data = new_ref()
    form.digest.data, form.shown.data = plan.digest, plan.shown
    return launch_page(
        "check",
        asker,
        form,
        status=409 if again else None,
        plan=plan,
        changed=changed,
        again=again,
        earlier=earlier,
        leaves=form.leaves and when_words(form.leaves),
        wrong=queries.unreached(db.session, plan, now()),
        listing=listing,
        places=listing.places(plan.heard),
        today=today(now()),
    )


def _changed(asker: Partnership, form: CirculateForm, plan: Plan) -> list[str]:
    if not form.shown.data:
        return [listing.TOO_LONG]
    found = changes(plan, form.shown.data)
    gone = [ref for kind in ("t", "o", "p") for ref in keys_of(found.gone, kind)]
    return listing.change_words(plan, found, queries.names_of(db.session, actor(), asker, gone))
