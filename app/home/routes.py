"""The front page for anybody, a person's own page, a team's page."""

from __future__ import annotations

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from app.clock import now
from app.database import db
from app.discussions.outside import entered_by
from app.home import queries
from app.home.team import team as team_page
from app.web import actor, page, public

home = Blueprint("home", __name__)
home.add_app_template_global(entered_by)


@home.get("/")
@public
def front() -> ResponseReturnValue:
    """What this is, the briefings that were published, and where to sign in. The same for everybody."""
    return page("home/front.html", cache="no-cache", editions=queries.published(db.session))


@home.get("/home")
def mine() -> ResponseReturnValue:
    """What this person has to do."""
    letters = current_app.extensions["post"].letters
    return page("home/mine.html", work=queries.work(db.session, actor(), letters, now()))


@home.get("/teams/<ref:team>")
def team(team: str) -> ResponseReturnValue:
    """What a team is asked and by when, or why nothing is; and what it recorded."""
    return page("home/team.html", found=team_page(db.session, actor(), team, now()))
