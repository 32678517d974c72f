"""What somebody sent who says that she leads a team: read by the lead, shared by no way before it is confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import policy
from app.circulation import leading
from app.discussions import queries as recording
from app.discussions import recorders
from app.discussions.models import Minutes, MinutesFor, SentUnder
from app.errors import Denied
from app.forwarding import at_once, beforehand, forms, gaps, no_lead, queries, services
from app.organisations.decisions import StandingDecision
from app.organisations.models import Person
from app.policy import Role
from tests import factories as make
from tests.circulation.claimed import LATER, Unknown
from tests.conftest import NOW


class Sent(Unknown):
    """She said so and sent minutes."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.asked = self.claims()
        self.minutes = make.minutes(session, self.asked, self.who, nobody_known=True)

    def share(self, minutes: Minutes | None = None, by: Person | None = None) -> Any:
        minutes = minutes or self.minutes
        answers = dict.fromkeys((r.id for r in minutes.responses), False)
        lead = self.actor(by or self.lead, LATER)
        return services.share(self.session, lead, minutes, self.circle.partnership.id, answers, now=LATER)

    def confirm(self) -> None:
        leading.confirm_leader(self.session, self.actor(self.lead), self.said(), leading.NOBODY, now=LATER)
        self.session.expire_all()

    def decline(self) -> None:
        leading.decline_leader(self.session, self.actor(self.lead), self.said(), now=LATER)
        self.session.expire_all()


def test_the_lead_reads_and_acknowledges_and_asks_and_shares_only_once_it_is_confirmed(session: Session) -> None:
    there = Sent(session)
    lead = there.actor(there.lead)
    assert recording.minutes(session, lead, there.minutes.ref) is there.minutes
    services.acknowledge(session, lead, there.minutes, now=NOW)
    services.ask_team(session, lead, there.minutes, "Who are you?", now=NOW)
    with pytest.raises(Denied):
        there.share()
    there.confirm()
    assert there.share().minutes_id == there.minutes.id


def test_nothing_is_shared_of_what_was_declined(session: Session) -> None:
    there = Sent(session)
    there.decline()
    assert recording.minutes(session, there.actor(there.lead), there.minutes.ref), "it stays with the lead"
    with pytest.raises(Denied):
        there.share()
    assert not policy.allows(there.actor(now=LATER), "read_minutes", there.minutes)


def test_a_correction_is_shared_no_sooner_whoever_writes_it(session: Session) -> None:
    there = Sent(session)
    values = {"thread": there.minutes.thread, "sent_at": LATER}
    for number, by in ((2, there.who), (3, there.lead)):
        newer = make.minutes(session, there.asked, by, version=number, **values)
        with pytest.raises(Denied):
            there.share(newer)
    there.confirm()
    assert there.share(newer)


def test_a_record_that_answers_for_a_confirmed_team_as_well_waits_for_the_other(session: Session) -> None:
    there = Sent(session)
    whole = next(one for one in there.sent.asked if one.team_id is None)
    both = make.minutes(session, whole, there.lead)
    both.covers.append(MinutesFor(asked_id=there.asked.id))
    session.flush()
    with pytest.raises(Denied):
        there.share(both)


def decided(there: Sent) -> StandingDecision:
    """The lead decided that answers go at once."""
    held = there.lead.appointments[0]
    where = {"organisation_id": there.place.id, "appointment_id": held.id}
    by = {"name": there.lead.name, "title": "Named Nurse", "quotable": False, "at_once": True, "at": NOW}
    return make.kept(there.session, StandingDecision(**where, partnership_id=there.circle.partnership.id, **by))


def test_a_decision_beforehand_is_not_told_of_and_not_carried_out(app: Flask, session: Session) -> None:
    there = Sent(session)
    decision = decided(there)
    assert recording.decided_ahead(session, [there.asked], LATER) == {}
    there.minutes.sent_under.append(SentUnder(decision_id=decision.id))  # as if it had been
    session.flush()
    partnership = there.circle.partnership
    assert "nobody has confirmed" in beforehand.in_the_way(session, there.minutes, partnership)
    assert at_once.open_to(session, there.minutes.ref) == frozenset()
    at_once.keep_document(session, there.minutes.ref, b"PK", (), now=LATER)
    assert not queries.standing_shares(session, there.minutes)
    there.confirm()
    assert recording.decided_ahead(session, [there.asked], LATER)


def test_sharing_is_not_offered(app: Flask, session: Session) -> None:
    shown = [forms.Choice("a", "a")]
    with app.test_request_context("/"):
        form = forms.DecisionForm()
        form.offer(forms.Offer(shown, [], [("one", "One")], "Named.", confirmed=False))
        assert [choice.value for choice in form.decision.choices] == [forms.Decision.KEEP, forms.Decision.ASK]


def test_where_nobody_may_read_it_the_administrator_hears_of_it_and_no_officer(session: Session) -> None:
    there = Unknown(session)
    administrator = make.holder(session, Role.ADMINISTRATOR, there.place)
    asked = there.claims()
    make.minutes(session, asked, there.who)
    for held in there.lead.appointments:
        held.ends_on = (NOW - timedelta(days=2)).date()
    session.flush()
    assert {one.person for one in no_lead.owed(session, LATER)} == {administrator.ref}
    waiting = gaps.gaps(session, there.actor(administrator), LATER)
    assert [team for gap in waiting for team, *_ in gap.waiting] == ["Nights"]
    seen = gaps.gaps(session, make.actor_of(session, there.circle.officer), LATER)
    assert not [team for gap in seen for team, *_ in gap.waiting]


def test_she_is_said_to_be_not_confirmed_on_what_she_sends(session: Session) -> None:
    there = Sent(session)
    assert recorders.recorded_as(session, there.actor(), there.asked, NOW) == "not confirmed yet as its leader"
    there.confirm()
    assert recorders.recorded_as(session, there.actor(now=LATER), there.asked, LATER) == ""
