"""The circle, once round."""

from __future__ import annotations

from tests.journeys import circle, town
from tests.journeys.conftest import Comes
from tests.journeys.mailroom import Mailroom


def test_x(comes: Comes, mail: Mailroom) -> None:
    officer = comes(town.OFFICER)
    circle.circulate(officer)
    print(officer.loads)
    leader = comes(town.NORTH)
    print(mail.newest(town.NORTH).text)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse")
    print(leader.loads, leader.text)
    print(mail.newest(town.NURSE, "minutes to read").text)
    lead = comes(town.NURSE)
    circle.arrive(lead, "minutes to read", "/minutes/")
    print(lead.text)
    circle.share(lead, "Trust Named Nurse, Named Nurse", 3, 1)
    print(lead.loads, lead.text)
    for a in (town.NORTH, town.NURSE, town.HEAD, town.OPTIONS):
        print(mail.subjects(a))
