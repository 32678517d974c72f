"""What a team leader types, for tests of discussions."""

from __future__ import annotations

from typing import Any


def content(**changes: Any) -> dict[str, Any]:
    """A draft that can be sent: a meeting of eight on 18 November 2026, something said about two points of three."""
    typed: dict[str, Any] = {
        "held_on": {"day": "18", "month": "11", "year": "2026"},
        "setting": "team_meeting",
        "present": "8",
        "chaired_by": "Team manager",
        "also": [],
        "meeting_of": "",
        "no_notes": False,
        "points": {
            "point-0": {"words": "We talked about it.", "yes": "", "partly": "", "not_yet": "", "not_counted": False},
            "point-1": {"words": "", "yes": "3", "partly": "", "not_yet": "5", "not_counted": False},
        },
        "actions": [{"what": "Ask fathers to the first visit", "who": "Duty worker", "by": "2026-12-18"}],
        "question_to_lead": "Who can train us?",
        "question_to_partnership": "",
    }
    return {**typed, **changes}


def point(
    words: str = "", yes: str = "", partly: str = "", not_yet: str = "", not_counted: bool = False
) -> dict[str, Any]:
    """What stands under one point."""
    return {"words": words, "yes": yes, "partly": partly, "not_yet": not_yet, "not_counted": not_counted}
