"""How letters stand, as an operator sees it when things are amiss: the mailbox for what comes back, letters that the
mail system never confirmed, a sender that is gone, a database that may be an older copy.

Gone through with scripts and without; each page that is passed is looked at (tests/browser/eyes.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import now
from app.database import db
from app.post import holding
from app.post.models import Delivery, State
from app.post.presence import MailboxSeen
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.test_seldom_seen import OPERATOR
from tests.browser.window import Window
from tests.factories import kept
from tests.journeys import town

pytestmark = [pytest.mark.browser, BOTH_WAYS]
BROKE_OFF = "The mail system broke off before it answered."
MAILBOX = {
    "MAIL_BOUNCE_ADDRESS": "bounce@partnership.example.gov.uk",
    "BOUNCE_IMAP_SERVER": "imap.partnership.example.gov.uk",
    "BOUNCE_IMAP_USERNAME": "bounce",
    "BOUNCE_IMAP_PASSWORD": "nobody signs in with this",
}


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose settings name a mailbox for what comes back; neither it nor the sender runs."""
    with serves(sender=False, **MAILBOX) as made:
        cells = {"name": "Service Operator", "email": OPERATOR, "role": "operator"}
        town.appoint(made.app, tmp_path_factory.mktemp("operator"), **cells)
        yield made


def looks(comes: Comes, path: str = "/post") -> Window:
    operator = comes(OPERATOR, let_in=True)
    operator.open(path)
    return operator


def tried(service: Service, at: datetime, trouble: str = "") -> None:
    """Somebody tries to look into the mailbox."""
    with service.app.app_context(), db.writing() as session:
        holding.looked(session, at, trouble)


def test_the_mailbox_for_what_comes_back_in_every_state(comes: Comes, service: Service) -> None:
    with service.app.app_context(), db.writing() as session:
        session.execute(sa.delete(MailboxSeen))
    operator = looks(comes)
    operator.reads("Nobody has looked into the mailbox for what comes back yet.")
    tried(service, now(), "The server of the mailbox could not be reached.")
    operator.open("/post")
    operator.reads("Nobody has looked into the mailbox", "It was tried on", "could not be reached.")
    tried(service, now() - timedelta(minutes=2))
    operator.open("/post")
    operator.reads("The mailbox for what comes back was last looked into on")
    operator.misses("It was tried on")
    tried(service, now(), "The mailbox did not take the user name and password.")
    operator.open("/post")
    operator.reads("was last looked into on", "It was tried on")
    with service.app.app_context(), db.writing() as session:
        session.execute(sa.update(MailboxSeen).values(looked_at=now() - timedelta(hours=3)))
    operator.open("/post")
    operator.reads("What comes back is not looked at.", "so letters that came back since are not known")


def test_letters_that_were_never_confirmed_are_tried_again_one_reason_at_a_time(comes: Comes, service: Service) -> None:
    with service.app.app_context(), db.writing() as session:
        session.execute(sa.delete(Delivery))
        _letter(session, State.MAYBE_SENT, BROKE_OFF)
        _letter(session, State.FAILED, "The mailbox is full.")
    operator = looks(comes, "/home")
    operator.reads("1 letter was sent, but not confirmed by the mail system.", "1 letter could not be sent.")
    operator.follow("Look after letters")
    operator.reads("Ask whoever runs the mail system whether it went out. Trying again may bring it a second time.")
    operator.reads("Letters that the mail system did not confirm are left out here")
    operator.go(operator.page.get_by_role("button", name=BROKE_OFF))
    operator.reads("1 letter will be tried now.")
    operator.press("Try all of these again")
    operator.reads("1 letter will be tried now.", "No letter went wrong.")


def test_a_sender_that_is_gone_and_a_copy_that_may_be_older(comes: Comes, service: Service) -> None:
    operator = looks(comes)
    operator.reads("No sender was ever seen.")
    with service.app.app_context(), db.writing() as session:
        holding.seen(session, now() - timedelta(hours=1))
    operator.open("/post")
    operator.reads("The sender is not running")
    with service.app.app_context(), db.writing() as session:
        _letter(session, State.QUEUED, next_try_at=now())
        holding.put(session, "This may be an older copy.", now(), sent_until=now() - timedelta(minutes=5))
    operator.open("/home")
    operator.reads("Letters have been held")
    operator.open("/post")
    operator.reads(
        "This database may be an older copy. Letters went out until", "These wait here and may have gone out"
    )
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/home")
    officer.reads("Letters are not going out at the moment: whoever runs this service has held them since")
    with service.app.app_context(), db.writing() as session:
        session.execute(sa.delete(Delivery))
    operator.open("/post")
    operator.reads("No letter that waits here is old enough to have gone out already.")
    operator.press("Let letters go again")
    operator.reads("Letters go out again.")


def _letter(session: sa.orm.Session, state: State, why: str = "", **values: Any) -> None:
    """A letter that has been owed for some hours."""
    of = {"kind": "minutes", "about": f"of {state}", "message_id": f"<{state}@test>"}
    since = now() - timedelta(hours=3)
    row = kept(session, Delivery(state=state, last_reason=why, owed_since=since, **of, **values))
    row.address = "somebody@trust.example.nhs.net"
