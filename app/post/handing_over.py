"""Whether a letter may be handed over, asked when all of it but the last dot was said.

One that may be out already is said to be on its way first, in a transaction of its own: whatever happens then, it is
known to be out twice at most, and does not go a third time. That costs a commit, for such letters alone.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from app.clock import Clock
from app.database import Database
from app.post import ledger
from app.post.ledger import Claim
from app.post.transport import Permit, always


def permit(database: Database, claim: Claim, address: str, clock: Clock, lease: timedelta) -> Permit:
    """The permit of a letter that was claimed to go to an address. It is refused where nothing can be written down, and
    where somebody else has the letter by now; where it is given, the lease begins anew."""
    if not claim.doubts:
        return always

    def may_go() -> bool:
        try:
            with database.writing() as session:
                return ledger.hand_over(session, claim, address, clock() + lease)
        except DBAPIError:
            return False

    return may_go
