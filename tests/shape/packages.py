"""What stands where: the order of the packages, and of which kind each file of a package is.

A new file whose name is not one of the standard ones is entered in `PARTS`, under the kind that it is a part of, and
is held to the rules of that kind. `values` are plain values and what reads or lays them out: no session, no Flask.
"""

from __future__ import annotations

BASE = (
    "settings",
    "clock",
    "errors",
    "text",
    "identifying",
    "boxed",
    "word_files",
    "word_lists",
    "word_text",
    "policy",
    "console",
    "turns",
    "database",
    "upgrading",
    "web",
)
CIRCLE = (
    "post",
    "trail",
    "organisations",
    "accounts",
    "packs",
    "circulation",
    "discussions",
    "forwarding",
    "collation",
    "assurance",
    "home",
    "records",
    "demo",
)
ORDER = BASE + CIRCLE

KINDS = ("models", "queries", "services", "emails", "document", "forms", "routes", "commands")

PARTS = {
    "post.results": "values",
    "post.reports": "values",
    "post.return_address": "values",
    "post.tries": "queries",
    "post.flow": "queries",
    "post.ledger": "services",
    "post.bounces": "services",
    "post.holding": "services",
    "records.wiping": "services",
    "post.mark": "sending",
    "post.composing": "sending",
    "post.line": "sending",
    "post.transport": "sending",
    "post.sender": "sending",
    "post.health": "routes",
    "post.operating": "commands",
    "post.status": "commands",
    "organisations.files": "values",
    "organisations.people_file": "values",
    "organisations.settings_file": "values",
    "organisations.decisions": "models",
    "organisations.hearing": "models",
    "organisations.ahead": "queries",
    "organisations.deciding": "services",
    "organisations.away": "queries",
    "organisations.leaving": "services",
    "organisations.importing": "services",
    "organisations.newcomers": "services",
    "organisations.posts": "services",
    "organisations.import_places": "services",
    "organisations.import_people": "services",
    "organisations.import_appointments": "services",
    "organisations.import_mailboxes": "services",
    "accounts.guard": "routes",
    "accounts.paths": "routes",
    "packs.content": "values",
    "packs.folder": "values",
    "packs.facts": "values",
    "packs.sections": "values",
    "packs.faults": "values",
    "packs.yaml_lines": "values",
    "packs.shelf": "values",
    "packs.briefing": "routes",
    "circulation.audience": "values",
    "circulation.listing": "values",
    "circulation.colleagues": "queries",
    "circulation.naming": "services",
    "circulation.adding": "services",
    "circulation.openings": "queries",
    "circulation.leaders": "queries",
    "circulation.leading": "services",
    "circulation.leader_letters": "emails",
    "circulation.people_forms": "forms",
    "circulation.people_pages": "routes",
    "circulation.colleague_letters": "emails",
    "discussions.drafts": "models",
    "discussions.beside": "values",
    "discussions.removing": "services",
    "discussions.side_pages": "routes",
    "discussions.outside": "models",
    "discussions.entered": "queries",
    "discussions.entering": "services",
    "discussions.outside_forms": "forms",
    "discussions.outside_pages": "routes",
    "discussions.news": "models",
    "discussions.own_files": "models",
    "discussions.own_words": "values",
    "discussions.attached": "queries",
    "discussions.attaching": "services",
    "discussions.deeds": "values",
    "discussions.retyping": "values",
    "discussions.carrying": "queries",
    "discussions.news_forms": "forms",
    "discussions.kept": "queries",
    "discussions.looked_at": "queries",
    "discussions.recorders": "queries",
    "discussions.content": "values",
    "discussions.record": "values",
    "discussions.second_look": "values",
    "discussions.combining": "values",
    "discussions.sheet": "document",
    "discussions.sheet_words": "values",
    "discussions.sheet_lines": "values",
    "discussions.sheet_reading": "values",
    "discussions.rows": "services",
    "discussions.holding": "services",
    "discussions.drafting": "services",
    "discussions.pages": "routes",
    "discussions.writing": "routes",
    "discussions.sending_forms": "forms",
    "discussions.rescue": "routes",
    "discussions.sheets": "routes",
    "discussions.unled": "queries",
    "forwarding.standing_rows": "queries",
    "forwarding.standings": "queries",
    "forwarding.history": "queries",
    "forwarding.letters": "queries",
    "forwarding.certificate": "document",
    "forwarding.certifying": "routes",
    "forwarding.course": "queries",
    "forwarding.differences": "values",
    "forwarding.changes": "values",
    "forwarding.corrections": "queries",
    "forwarding.inbox": "queries",
    "forwarding.beforehand": "queries",
    "forwarding.at_once": "services",
    "forwarding.together": "queries",
    "forwarding.having": "routes",
    "forwarding.deciding_ahead": "routes",
    "forwarding.rhythm": "routes",
    "forwarding.receivers": "queries",
    "forwarding.gaps": "queries",
    "forwarding.not_arrived": "queries",
    "forwarding.reminding": "queries",
    "home.company": "queries",
    "home.team": "queries",
    "home.postroom": "queries",
    "forwarding.deciding": "routes",
    "forwarding.owed": "emails",
    "forwarding.lettering": "emails",
    "forwarding.no_lead": "emails",
    "forwarding.mailboxes": "emails",
    "forwarding.by_week": "emails",
    "forwarding.reminders": "emails",
    "forwarding.unsent": "emails",
    "forwarding.making": "routes",
    "collation.report_facts": "values",
    "collation.coverage": "queries",
    "collation.outside": "queries",
    "collation.tables": "document",
    "collation.files": "services",
    "circulation.owed": "emails",
    "demo.mailbox": "services",
    "demo.running": "commands",
    "demo.words": "values",
    "demo.sizes": "values",
    "demo.chance": "values",
    "demo.rows": "services",
    "demo.people": "services",
    "demo.history": "services",
}

_PLAIN = {"settings", "clock", "errors", "text", "identifying"}
_WORD = {"word_files", "word_text"}  # for what runs in the box
_READS = {*_PLAIN, "policy", "database", "models", "values", "queries"}
_CHANGES = {*_READS, "services", "document"}

MAY_IMPORT: dict[str, set[str]] = {
    "values": {*_PLAIN, *_WORD, "policy", "database", "web", "models", "values"},
    "models": {*_PLAIN, "policy", "database", "models", "values"},
    "queries": _READS,
    "services": _CHANGES,
    "emails": {*_READS, "emails", "web"},
    "document": {*_PLAIN, "web", "models", "values", "document"},
    "forms": {*_PLAIN, "policy", "database", "web", "models", "values", "forms"},
    "sending": {*_CHANGES, "sending"},
    "routes": {*_CHANGES, "boxed", "emails", "forms", "web", "routes"},
    "commands": {*_CHANGES, "boxed", "console", "upgrading", "emails", "forms", "web", "sending", "commands"},
}

ACROSS = {"models", "queries", "services"}
DOORS = {
    "packs.content",  # what a pack folder holds
    "packs.folder",  # the one way to read it
    "packs.shelf",  # where the folders are
    "accounts.guard",  # the cookies of signing in
}
"""What other packages may import beside: each is named in the design as something that others rely on."""

FLASK = {"flask", "flask_wtf", "wtforms", "werkzeug", "jinja2", "markupsafe"}
WITHOUT_FLASK = {"values", "models", "queries", "services", "document"}
ONLY_IN = {
    "smtplib": ("post",),
    "flask_mail": ("post",),
    "aiosmtpd": ("demo",),
    "docx": ("web",),
    "stdnum": ("identifying",),
    "alembic": ("upgrading",),
}


def kind_of(package: str, stem: str) -> str:
    """Of which kind a file of a package of the circle is; empty where nobody has said."""
    return stem if stem in KINDS else PARTS.get(f"{package}.{stem}", "")
