"""Which domains are an organisation's own: those at which somebody who holds a role in it today is written to, the very
same and no other above or below.

A domain that anybody can have an address in is nobody's own: the secure domains that many organisations share (such as
nhs.net), and those of mail providers. Of the providers this knows the usual ones. Where it does not know one, whoever
has an address there can write to the safeguarding lead and read nothing.
"""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, func, select
from sqlalchemy.orm import Session

from app.organisations.models import SECURE_DOMAINS, Address, Appointment, Organisation, Partnership
from app.organisations.queries import in_dates, is_mailbox

# The names of providers, whatever stands behind them: yahoo.com, yahoo.co.uk.
_PROVIDERS = frozenset(
    [
        "aol",
        "btinternet",
        "btopenworld",
        "fastmail",
        "gmail",
        "gmx",
        "googlemail",
        "hey",
        "hotmail",
        "icloud",
        "live",
        "mac",
        "mail",
        "mailinator",
        "me",
        "msn",
        "ntlworld",
        "outlook",
        "pm",
        "proton",
        "protonmail",
        "sky",
        "talktalk",
        "tiscali",
        "tutanota",
        "virgin",
        "virginmedia",
        "yahoo",
        "yandex",
        "ymail",
        "zoho",
    ]
)
_ADDRESS = re.compile(r"[a-z0-9._'-]+@((?:[a-z0-9-]+\.)+[a-z0-9-]+)", re.ASCII)


def domain_of(session: Session, email: str, day: date) -> str:
    """The domain of an address that nobody here has, if it may be an organisation's own; else empty. An address with a
    tag (name+tag@…) is not taken in: one mailbox would be many people."""
    found = _ADDRESS.fullmatch(email)
    if found is None or session.scalar(select(exists().where(Address.email == email) | is_mailbox(email, day))):
        return ""
    domain = found[1]
    listed = session.scalars(select(Partnership.secure_domains))
    shared = {*SECURE_DOMAINS, *(str(one).lower() for domains in listed for one in domains)}
    return "" if domain in shared or domain.partition(".")[0] in _PROVIDERS else domain


def is_at(domain: str | SQLColumnExpression[str], day: date) -> ColumnElement[bool]:
    """Whether a domain is an organisation's own, as SQL. Compared as text: nothing in it is a pattern."""
    ending = func.substr(Address.email, func.length(Address.email) - func.length(domain))
    held = select(Appointment.organisation_id).join(Address, Address.id == Appointment.address_id)
    return Organisation.id.in_(
        held.where(Appointment.organisation_id.is_not(None), ending == "@" + domain, in_dates(day))
    )
