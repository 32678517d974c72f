"""The front page for anybody, a person's own page, a team's page, and the page of whoever looks after letters."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from app.clock import now, today
from app.database import db
from app.discussions.outside import entered_by
from app.home import queries, services
from app.home.forms import ClearForm, HoldForm, RetryForm
from app.home.postroom import kind_words, postroom
from app.home.team import team as team_page
from app.post.flow import MailboxLook, mailbox
from app.post.models import Letters
from app.text import counted
from app.web import actor, back_to, page, public

home = Blueprint("home", __name__)
home.add_app_template_global(entered_by)
home.add_app_template_global(kind_words)


@home.get("/")
@public
def front() -> ResponseReturnValue:
    """What this is, the briefings that were published, and where to sign in. The same for everybody."""
    return page("home/front.html", cache="no-cache", editions=queries.published(db.session))


@home.get("/home")
def mine() -> ResponseReturnValue:
    """What this person has to do."""
    at = now()
    work = queries.work(db.session, actor(), _letters(), at)
    return page("home/mine.html", work=work, now=at, today=today(at))


@home.get("/teams")
def teams() -> ResponseReturnValue:
    """Where the teams of a lead stand, further back than her own page reaches."""
    before = request.args.get("before", "")
    return page("home/teams.html", stand=queries.teams(db.session, actor(), now(), before), before=before)


@home.get("/teams/<ref:team>")
def team(team: str) -> ResponseReturnValue:
    """What a team is asked and by when, or why nothing is; and what it recorded."""
    before = request.args.get("before", "")
    return page("home/team.html", found=team_page(db.session, actor(), team, now(), before=before), before=before)


@home.get("/post")
def post() -> ResponseReturnValue:
    """How letters stand, for an operator."""
    return _post(HoldForm())


@home.post("/post/hold")
def hold() -> ResponseReturnValue:
    """Send nothing from now on."""
    form = HoldForm()
    if form.validate():
        with form.refusals():
            put = services.hold(db.session, actor(), form.because.data, now=now())
            return back_to(".post", done="held" if put else "already")
    return _post(form)


@home.post("/post/release")
def release() -> ResponseReturnValue:
    """Let letters go again."""
    lifted = services.release(db.session, actor(), now=now())
    return back_to(".post", done="released" if lifted else "free")


@home.post("/post/retry")
def retry() -> ResponseReturnValue:
    """Have letters tried now that went wrong or wait for a reason."""
    form = RetryForm()
    number = services.retry(db.session, actor(), form.of_state.data or "", form.of_reason.data or "", now=now())
    return back_to(".post", done="retried", letters=number)


@home.post("/post/clear")
def clear() -> ResponseReturnValue:
    """An address is right again."""
    cleared = services.clear(db.session, actor(), ClearForm().flagged.data or "", now=now())
    return back_to(".post", done="cleared" if cleared else "clear")


_DONE = {
    "held": "Letters are held. Nothing is sent until you let them go.",
    "already": "Letters were held already. The reason given then stays.",
    "released": "Letters go out again.",
    "free": "Letters were not held.",
    "cleared": "Letters go to this address again.",
    "clear": "This address was not flagged.",
}


def _post(form: HoldForm) -> Response:
    known = request.args.get("done", "")
    number = request.args.get("letters", 0, type=int)
    done = f"{counted(number, 'letter')} will be tried now." if known == "retried" else _DONE.get(known, "")
    room = postroom(db.session, actor(), _letters(), now())
    return page("home/post.html", room=room, mailbox=_mailbox(), form=form, done=done)


def _mailbox() -> MailboxLook | None:
    """How the mailbox for what comes back stands, where the settings name one."""
    named = current_app.config["SETTINGS"].bounce_imap_server
    return mailbox(db.session, now()) if named else None


def _letters() -> tuple[Letters, ...]:
    letters: tuple[Letters, ...] = current_app.extensions["post"].letters
    return letters
