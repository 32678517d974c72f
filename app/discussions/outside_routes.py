"""An officer enters what a team sent outside the service, and takes it back. On the blueprint of `routes`."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from app.clock import now
from app.database import db
from app.discussions import entered, entering, kept, outside_pages
from app.discussions.routes import discussions
from app.web import actor, back_to, given_back
from app.web.keeping import rescued_by


@discussions.route("/asked/<ref:asked>/outside", methods=["GET", "POST"])
@rescued_by(given_back.rescue_for(kept.may_enter))
def enter(asked: str) -> ResponseReturnValue:
    """Answers that a team sent to its partnership outside the service."""
    ask, back = outside_pages.asked(asked), given_back.offered()
    form = outside_pages.form_for(ask, back)
    if given_back.removed(form):
        return back_to(".enter", asked=asked, removed=1)
    if form.is_submitted() and (said := form.judged(outside_pages.read_said(ask, form))):
        if looks := outside_pages.to_look_at(ask, form, said):
            return outside_pages.outside(ask, form, looks)
        with form.refusals():
            outside_pages.enter(ask, form, said)
            return back_to(".enter", asked=asked, done=1)
    return outside_pages.outside(ask, form, back=back)


@discussions.post("/entries/<ref:entry>/take-back")
def take_back(entry: str) -> ResponseReturnValue:
    """What was entered is taken back."""
    stands = entered.entry(db.session, actor(), entry)
    entering.take_back(db.session, actor(), stands, now=now())
    return back_to(".enter", asked=stands.asked.ref, done=1)
