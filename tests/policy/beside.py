"""What stands in the world of the policy tests beside the teams: what lies on the desks of an office, a retired pack,
and what a postroom knows."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.unsent import Unsent
from app.circulation.models import Circulation
from app.circulation.saved import SavedList, SavedListDeleted, SavedListPlace
from app.circulation.scheduled import ScheduledLaunchEnded
from app.clock import now
from app.database import new_ref
from app.organisations.mended import PutRight
from app.organisations.models import Appointment, Organisation, Person, Team
from app.packs.drafts import PackDraftPicture
from app.packs.models import Edition, EditionPicture
from app.packs.standing import PackStanding, Standing
from app.post.models import Bounce, BounceKind, Delivery, State
from app.post.presence import MailboxSeen, SenderSeen
from tests.conftest import NOW
from tests.factories import kept, pack_draft, scheduled_launch, team
from tests.policy.matrix import SAVED_LIST, TRUST

NOT_SHARED = "We keep this to ourselves"
"""Of the words that are let go by mistake in `world`, those that are looked for on every page of an office."""


def beside(session: Session, old: Edition, *sides: dict[str, str]) -> None:
    """A pack (of a source that is not here) that has a picture and was retired; a letter that came back from an
    address; when a sender was last there, and the mailbox looked at. On each side what is to be mended, and lists that
    were saved."""
    retired = {"standing": Standing.RETIRED, "because": "The guidance has changed."}
    kept(session, PackStanding(pack_id=old.pack_id, at=NOW, by="the command line", **retired))
    seen = {"media_type": "image/png", "wide": 1, "high": 1, "digest": "d", "body": b"a picture"}
    old.pictures.append(EditionPicture(name="stairs.png", **seen))
    wrong = {"state": State.BOUNCED, "last_reason": "There is no such address.", "message_id": "<bounced@test>"}
    letter = kept(session, Delivery(kind="minutes", about="bounced", owed_since=NOW, **wrong))
    said = {"kind": BounceKind.FAILED, "status": "5.1.1", "reply": "550 no", "digest": "d", "flags": True}
    kept(session, Bounce(delivery_id=letter.id, at=NOW, sent_at=NOW, address="flagged@example.gov.uk", **said))
    kept(session, SenderSeen(at=NOW))
    kept(session, MailboxSeen(at=NOW, looked_at=NOW, trouble=""))
    for side in sides:
        _lists(session, _to_mend(session, side))


def _to_mend(session: Session, side: dict[str, str]) -> Appointment:
    """A team without a leader; a letter to the lead that failed, and an address that was put right before. Returns the
    appointment of the lead."""
    place = session.scalars(sa.select(Organisation).where(Organisation.ref == side["organisation"])).one()
    side["unled"] = team(session, place, name="Unled").ref
    held = session.scalars(sa.select(Appointment).where(Appointment.ref == side["appointment"])).one()
    failed = {"state": State.FAILED, "last_reason": "There is no such address.", "person": held.person.ref}
    letter = Delivery(kind="minutes", about="failed", owed_since=now(), message_id=f"<{held.ref}@test>", **failed)
    kept(session, letter).address = held.address.email
    keys = {"from_id": held.address_id, "to_id": held.address_id, "by_id": held.person_id}
    kept(session, PutRight(organisation_id=place.id, appointment_id=held.id, **keys, at=NOW))
    page, typed = (
        f"discussions-enter-{side['asked']}",
        [["points-point-0-words", NOT_SHARED]],
    )  # hers, not the officer's
    kept(session, Unsent(person_id=held.person_id, page=page, opening="aaaaaaaaaaaa", typed=typed, at=now()))
    return held


def _lists(session: Session, held: Appointment) -> None:
    """A list that stands, and one that was deleted."""
    place = session.get_one(Organisation, held.organisation_id)
    asker = place.memberships[0].partnership_id
    ref = SAVED_LIST if place.ref == TRUST else new_ref()
    for name, known in (("Nights", ref), ("Days", new_ref())):
        whole = SavedListPlace(organisation_id=place.id, team_id=None, organisation_name=place.name, team_name="")
        alone = session.scalars(sa.select(Team).where(Team.organisation_id == place.id, Team.name == "Unled")).one()
        single = SavedListPlace(
            organisation_id=place.id, team_id=alone.id, organisation_name=place.name, team_name=alone.name
        )
        said = {"name": name, "key": name.casefold(), "ref": known}
        made = SavedList(partnership_id=asker, by_id=held.person_id, at=NOW, places=[whole, single], **said)
        kept(session, made)
    kept(session, SavedListDeleted(saved_list_id=made.id, by_id=held.person_id, at=NOW))


def in_the_office(session: Session, sent: Circulation, officer: Person, *, stood_at: int) -> dict[str, str]:
    """A pack in the making with a picture, and a launch that waits, beside one that was cancelled."""
    waits = scheduled_launch(session, sent, officer, at=now() + timedelta(days=20))
    other = scheduled_launch(session, sent, officer, at=now() + timedelta(days=20))
    kept(session, ScheduledLaunchEnded(launch_id=other.id, at=NOW, by_id=officer.id))
    made = pack_draft(session, sent.partnership, officer, stood_at=stood_at)
    seen = {"media_type": "image/png", "wide": 1, "high": 1, "digest": "d", "body": b"a picture"}
    by = {"partnership_id": made.partnership_id, "draft_id": made.id, "at": NOW, "by_id": officer.id}
    for name in (f"first-{stood_at}.png", "stairs.png"):
        kept(session, PackDraftPicture(name=name, **seen, **by))
    return {"pack_draft": made.ref, "launch": waits.ref}
