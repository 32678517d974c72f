"""An errand of the sender: circulates what was scheduled, once its moment has come. Several may try the same: one does.

While letters are held nothing is launched: after a restore somebody has to look first whether it was launched already.
"""

from __future__ import annotations

from datetime import datetime

from app.circulation import schedules, scheduling
from app.circulation.scheduled import ScheduledLaunch
from app.database import Database
from app.post.queries import hold

AT_ONCE = 3


def launch_scheduled(database: Database, now: datetime) -> int:
    """Carry out at most `AT_ONCE`, each in a transaction of its own; returns how many were due."""
    with database.reading() as session:
        due = schedules.due(session, now, AT_ONCE)
        if not due or hold(session):
            return 0
    for key in due:
        with database.writing() as session:
            scheduling.carry_out(session, session.get_one(ScheduledLaunch, key), now=now)
    return len(due)
