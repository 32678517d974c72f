"""What is posted to the closed pages and the open ones, and what such a post does not do or does besides."""

from __future__ import annotations

from datetime import timedelta

from app.clock import now, today
from app.web.dates import PARTS
from tests.policy.matrix import ATTACHED, LEAVE_SEEN, SAVED_LIST, THE_LEAD, TRUST

SENT = {
    "home.hold": {"because": "A rehearsal."},
    "home.release": {},
    "home.retry": {},
    "home.clear": {"flagged": "flagged@example.gov.uk"},
    "organisations.note_leave": {
        f"{name}-{part}": str(getattr(today(now()), part)) for name in ("starts_on", "ends_on") for part in PARTS
    },
    "organisations.change_leave": {"decision": "off", "seen": LEAVE_SEEN},
    "organisations.mend_address": {"decision": "same"},
    "packs.publish": {},
    "packs.standing": {"standing": "retired", "because": "The guidance has changed."},
    "packs.begin": {"how": "blank", "partnership": "esscp"},
    "packs.write": {"points-0-question": "What is new?", "version": "1", "opening": "aaaaaaaaaaaa"},
    "packs.draft_pictures": {},
    "packs.sort": {"piece": "0-0", "to": "1", "version": "1"},
    "packs.preview_text": {"markdown": "- an item"},
    "packs.publish_draft": {"seen": "1", "nobody_known": "yes"},
    "packs.discard_draft": {"seen": "1"},
    "packs.earlier": {"which": "words.7"},
    "circulation.choose": {"partnership": "esscp"},
    "circulation.check": {"partnership": "esscp"},
    "circulation.confirm": {"partnership": "esscp"},
    "circulation.save_list": {"partnership": "esscp", "list_name": "Everybody", "organisations": TRUST},
    "circulation.delete_list": {"partnership": "esscp", "sure": SAVED_LIST},
    "circulation.answer_by": {
        "seen": "1",
        **{f"answer_by-{part}": str(getattr(today(now()) + timedelta(days=90), part)) for part in PARTS},
    },
    "circulation.close_recording": {},
    "circulation.reopen_recording": {},
    "circulation.cancel_scheduled": {},
    "circulation.colleague": {"name": "Practice educator", "email": "Practice.Educator@example.gov.uk"},
    "circulation.end_colleague": {},
    "circulation.leader": {"who": "known", "name": "Community nurse", "email": "community.nurse@example.gov.uk"},
    "circulation.settle_leader": {"name": "Community nurse", "email": "community.nurse@example.gov.uk"},
    "circulation.decline_leader": {},
    "circulation.name_leader": {"name": "Community nurse", "email": "community.nurse@example.gov.uk"},
    "circulation.add_team": {"team": "Nights", "name": "Night nurse", "email": "night.nurse@example.gov.uk"},
    "circulation.claim": {"team": "Evenings", "name": "Evening manager"},
    "discussions.meeting": {
        "held_on-day": "18",
        "held_on-month": "11",
        "held_on-year": "2026",
        "setting": "team_meeting",
        "present": "7",
        "version": "0",
        "opening": "aaaaaaaaaaaa",
    },
    "discussions.said": {"points-point-0-words": "Something else.", "version": "1", "opening": "aaaaaaaaaaaa"},
    "discussions.check": {"seen": "1-0", "nobody_known": "yes"},
    "discussions.enter": {
        "received": "mail",
        "month": "2026-11-01",
        "setting": "team_meeting",
        "present": "7",
        "points-point-0-words": "Both parents, always.",
    },
    "discussions.take_back": {},
    "discussions.upload": {},
    "discussions.attach": {},
    "discussions.take_away": {"seen": ATTACHED},
    "discussions.discard": {},
    "discussions.earlier": {"part": "said", "version": "7"},
    "discussions.remove": {"which": "said-7"},
    "discussions.other": {"kind": "not_relevant", "because": "We work with adults only."},
    "discussions.correct": {},
    "forwarding.decide minutes": {"decision": "keep"},
    "forwarding.decide claimed_minutes": {"decision": "keep"},
    "forwarding.decide lead_minutes": {"decision": "share", "answers": "point-0"},
    "forwarding.decide with_document": {"decision": "ask", "question": "What will you do first?"},
    "forwarding.told": {"who": THE_LEAD, "on-day": "23", "on-month": "11", "on-year": "2026"},
    "forwarding.withdraw": {},
    "forwarding.decide_ahead": {"sharing": "at_once"},
    "forwarding.how_often": {"often": "weekly"},
    "forwarding.have": {"minutes": "zzzzzzzzzzzz"},
    "forwarding.answer": {"words": "Both parents, always."},
    "accounts.sign_in": {"address": "somebody@example.gov.uk"},
    "accounts.code": {"code": "12345678"},
    "accounts.again": {},
    "accounts.sign_out": {},
    "accounts.sign_out_everywhere": {},
    "accounts.stay": {},
    "demo.sign_in": {},
}
"""What is posted to a page (about a thing): something that would be done for whoever may."""

NOTHING_STORED = {
    "packs.preview_text",
    "packs.draft_pictures",
    "accounts.stay",
    "discussions.upload",
    "discussions.attach",
    "forwarding.have",
    "circulation.choose",
    "circulation.check",
    "circulation.confirm",
}
"""Posts that only show a page or a text: the last step of a launch shows the list again where its digest is another,
staying signed in is noted at most once a minute, and an inbox shows its page again where nothing of what was ticked is
in it."""

SHOWN_AGAIN = {"circulation.save_list", "circulation.delete_list"}
"""Posts that store something and show the page again, on which more is ticked and typed that nobody has yet."""
