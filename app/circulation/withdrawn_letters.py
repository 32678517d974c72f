"""The letter that says why a briefing was withdrawn: one to each person who was asked about it, was named to write it
up or said herself that she leads a team of it, for each launch and each time that it was withdrawn. Whoever never had
the letter that asks, since it was not sent any more, is told nothing.

Which time it was stands in the letter's `place`. In older letters that is empty: they tell of what had been said by
when they were owed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template
from sqlalchemy import Select, String, cast, exists, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from app.circulation import colleagues, queries
from app.circulation.audience import addressees
from app.circulation.colleague_letters import COLLEAGUE
from app.circulation.models import Asked, Circulation, Colleague
from app.circulation.owed import AT_ONCE, OWED_FOR
from app.circulation.queries import ASK
from app.clock import date_words, today
from app.organisations.models import Person
from app.packs.models import Edition
from app.packs.standing import PackStanding, Standing
from app.post.models import Delivery, Letter, Owed, State, Superseded, Written
from app.text import single_line

WITHDRAWN = "withdrawn"
URGENCY = 4
WENT = (State.ACCEPTED, State.MAYBE_SENT)


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """To whoever was written to about a pack that was withdrawn of late and is still, and to whoever had said herself
    that she leads a team. One statement."""
    asked = aliased(Delivery)
    gone = _gone(asked.person, now).where(asked.state.in_(WENT))
    to_asked = gone.join(asked, asked.about == Circulation.ref).where(asked.kind == ASK)
    writes = (Colleague.asked_id == Asked.id) & colleagues.stands(now)
    to_named = (
        gone.join(Asked, Asked.circulation_id == Circulation.id)
        .join(Colleague, writes)
        .join(asked, asked.about == Colleague.ref)
        .where(asked.kind == COLLEAGUE)
    )
    to_claimed = (
        _gone(Person.ref, now)
        .join(Asked, Asked.circulation_id == Circulation.id)
        .join(Colleague, writes)
        .join(Person, (Person.id == Colleague.person_id) & (Person.id == Colleague.by_id))
    )
    # Whoever was asked and was named too is one row.
    rows = session.execute(union(to_asked, to_named, to_claimed).order_by("since", "about", "person").limit(AT_ONCE))
    return [
        Owed(kind=WITHDRAWN, about=about, place=said, person=person, since=at, urgency=URGENCY, until=at + OWED_FOR)
        for about, person, at, said in rows
    ]


def _gone(person: Any, now: datetime) -> Select[Any]:
    """The launches of packs that were withdrawn of late and are still, with whom nobody told of it."""
    told, later = aliased(Delivery), aliased(PackStanding)
    last = select(func.max(later.id)).where(later.pack_id == PackStanding.pack_id).scalar_subquery()
    said = cast(PackStanding.id, String)
    of_it = or_(told.place == said, (told.place == "") & (told.owed_since >= PackStanding.at))
    written = exists().where(told.kind == WITHDRAWN, told.about == Circulation.ref, told.person == person, of_it)
    return (
        select(
            Circulation.ref.label("about"), person.label("person"), PackStanding.at.label("since"), said.label("said")
        )
        .join(Edition, Edition.pack_id == PackStanding.pack_id)
        .join(Circulation, Circulation.edition_id == Edition.id)
        .where(PackStanding.standing == Standing.WITHDRAWN, PackStanding.id == last, ~written)
        .where(PackStanding.at.between(now - OWED_FOR, now))
    )


@dataclass(frozen=True)
class _To:
    """Whom the letter goes to, about what; `by`: who had named her, where nobody else asked her."""

    name: str
    email: str
    names: list[str]
    by: str = ""


def _to(session: Session, sent: Circulation, person: str, now: datetime) -> _To | None:
    """Somebody who was asked, else who was named to write it up; None where she is neither today."""
    heard = queries.heard_of(session, sent.id, now, queries.places_of(session, person, now))
    if to := next((one for one in addressees(heard) if one.ref == person), None):
        return _To(to.name, to.email, [asked.line.name for _, asked in to.reasons])
    if named := colleagues.named_in(session, person, sent.id, now):
        first = named[0]
        by = "" if first.by_id == first.person_id else first.by.name
        return _To(first.person.name, first.address.email, [one.asked.name for one in named], by)
    return None


def _tells_of(delivery: Delivery, said: PackStanding) -> bool:
    """Whether a letter was owed for this standing and no earlier one."""
    return delivery.place == str(said.id) or (delivery.place == "" and delivery.owed_since >= said.at)


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """That it was withdrawn, why, and what stays; nothing where it is current again."""
    sent = queries.launch(session, delivery.about)
    said = sent.edition.pack.withdrawn
    if said is None:
        return Superseded("The briefing is no longer withdrawn.")
    if not _tells_of(delivery, said):
        return Superseded("The briefing was withdrawn again since, which another letter says.")
    to = _to(session, sent, delivery.person, now)
    if to is None:
        return Superseded("This person holds no role any more in what was asked.")
    names = list(dict.fromkeys(to.names))
    body = render_template(
        "circulation/email/withdrawn.txt",
        name=to.name,
        by=to.by,
        edition=sent.edition,
        said=said,
        on=date_words(today(said.at)),
        partnership=sent.partnership,
        asker=queries.the(sent.partnership.name),
    )
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return Letter(
        to_address=to.email,
        to_name=single_line(to.name),
        subject=single_line(f"{names[0]}{more}: no need to discuss it, withdrawn – {sent.edition.short_title}"),
        body=body,
        reply_to=sent.partnership.reply_to,
    )
