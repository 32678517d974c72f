"""What is typed on pages that have no draft: kept where they are refused, and offered back there.

The texts themselves are kept by `accounts` (`extensions["unsent"]`), for each person by herself. A page carries the key
of `keeping` for itself and its reader; without it only somebody is believed who may open the page, and sends from one
of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from flask import current_app, g, request
from sqlalchemy.orm import Session

from app.clock import now
from app.database import db, new_ref
from app.policy import Actor
from app.web.forms import KeptPage
from app.web.incoming import Incoming, sent
from app.web.keeping import Kept, Rescue, brought, by_key, key_for, page_name
from app.web.pages import actor
from app.web.typed import from_our_pages


class Back(Protocol):
    """What is offered back: which opening of the page it was, its answers (names and texts), and when it came."""

    opening: Any
    typed: Any
    at: Any


Kind = TypeVar("Kind", bound=KeptPage)
May = Callable[[Session, Actor, str], bool]


def rescue_for(may: May, boxes: str = ".*") -> Rescue:
    """How a page keeps what it brings. `may` says of an actor and the reference of what the page is about whether it is
    for her. Nothing is kept unless something was given in one of the `boxes`, a pattern of their names."""

    def rescue() -> str:
        page, who, typed = page_name(), _whose_it_is(may), brought()
        whose = by_key()
        if whose is None or whose.about != page:
            whose = Kept(page, who.ref) if who is not None and from_our_pages(request) else None
        if whose is None or not any(text.strip() for name, text in typed if re.fullmatch(boxes, name)):
            return ""
        keep = partial(_store().keep, person=whose.person, page=page, opening=_opening(sent(request, "opening")))
        db.afterwards(partial(keep, typed=typed, now=now()))
        # Whoever has no right to the page any more has the text given back as well: she might never open it again.
        is_hers = who is not None and who.ref == whose.person
        return request.path if is_hers or g.get("actor") is None else ""

    return rescue


def _whose_it_is(may: May) -> Actor | None:
    """Whoever is signed in, if the page is for her."""
    who: Actor | None = g.get("actor")
    if who is None:
        return None
    with db.reading() as session:
        return who if may(session, who, next(iter((request.view_args or {}).values()), "")) else None


def offered(page: str = "") -> Back | None:
    """What this person could not send from the page that she opens now, or from another `page` whose form it shows;
    unless she wants it as it stands."""
    person = actor().person
    if request.method == "POST" or "saved" in request.args or person is None:
        return None
    found: Back | None = _store().newest(db.session, person, page_name(page), now=now())
    return found


def filled(kind: type[Kind], back: Back | None) -> Kind:
    """The page as it was sent, else with what is offered back in its boxes, else empty."""
    form = kind(Incoming(pairs(back))) if back else kind()
    carry(form, back)
    return form


def pairs(back: Back | None) -> Sequence[tuple[str, str]]:
    """Names and texts of what is offered back."""
    return [(name, text) for name, text in back.typed] if back else ()


def carry(form: KeptPage, back: Back | None, page: str = "") -> None:
    """Have a page carry by what right its text is kept; and which opening it is: of what is offered back the same."""
    form.back = back
    form.kept_for.data = key_for(Kept(page_name(page), actor().ref))
    if not form.is_submitted():
        form.opening.data = back.opening if back else new_ref()


def forget(form: KeptPage) -> None:
    """Let go of what was kept of this page: it was sent, or is not wanted any more."""
    person = actor().person
    if person is not None:
        _store().forget(db.session, person, page_name(), _opening(form.opening.data))


def over(page: str = "") -> None:
    """Let go of what anybody typed on this page, or on another `page` about the same: it can be sent no more."""
    _store().forget_page(db.session, page_name(page))


def removed(form: KeptPage) -> bool:
    """Whether the button was pressed that has it go; then it has gone."""
    if request.method != "POST" or sent(request, "do") != "remove":
        return False
    forget(form)
    return True


def _opening(given: object) -> str:
    return str(given or "")[:20]


def _store() -> Any:
    return current_app.extensions["unsent"]
