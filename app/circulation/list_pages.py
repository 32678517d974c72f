"""Saving what is ticked as a list, and deleting one. Each shows the page again on which it was asked, with everything
as it was ticked and typed, since nobody has any of that yet: sent again by a reload, it does nothing more."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from app.circulation import keeping, listing, lists
from app.circulation.choosing import choose_page
from app.circulation.forms import CirculateForm
from app.circulation.keeping import NameTaken
from app.circulation.routes import asker_of, begun, circulation
from app.clock import now
from app.database import db
from app.errors import Conflict
from app.organisations.models import Partnership
from app.web import actor


@circulation.post("/circulate/<slug>/lists")
def save_list(slug: str) -> ResponseReturnValue:
    """Save what is ticked under a name; ask first where another list has it."""
    edition, askers, form = begun(slug)
    asker, said, replacing = asker_of(askers, form), list[str](), ""
    if form.list_name.validate(form):
        try:
            with form.refusals("list_name"):
                said.append(_save(asker, form))
        except NameTaken as taken:
            kept = next(one for one in lists.lists(db.session, actor(), asker) if one.ref == taken.there.ref)
            form.refuse(listing.taken_words(kept, taken.teams, taken.organisations), "list_name")
            replacing = kept.ref
    return choose_page(edition, asker, form, *said, replacing=replacing)


def _save(asker: Partnership, form: CirculateForm) -> str:
    name, ticked = form.list_name.data, (form.organisations.data, form.teams.data)
    saved = keeping.save_list(db.session, actor(), asker, name, ticked, replaces=form.replace.data, now=now())
    form.list_name.data = ""
    return f"Saved as “{saved.name}”. Nothing was sent."


@circulation.post("/circulate/<slug>/lists/delete")
def delete_list(slug: str) -> ResponseReturnValue:
    """Delete a list for all officers."""
    edition, askers, form = begun(slug)
    asker = asker_of(askers, form)
    found = lists.saved_list(db.session, actor(), asker, form.sure.data)
    try:
        keeping.delete_list(db.session, actor(), found, now=now())
    except Conflict as since:
        form.refuse(since.message)
        return choose_page(edition, asker, form)
    return choose_page(edition, asker, form, f"“{found.name}” was deleted. What is ticked stays ticked.")
