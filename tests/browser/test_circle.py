"""The whole circle in a real Chromium."""

from __future__ import annotations

import time

import pytest

from tests.browser.conftest import opened
from tests.journeys import circle, town

pytestmark = pytest.mark.browser


def test_x(chromium, eyes, service, scripts):
    t = time.time()

    def comes(a):
        return opened(chromium, eyes, service, a, scripts=scripts)

    officer = comes(town.OFFICER)
    circle.circulate(officer)
    print(officer.loads, time.time() - t)
    leader = comes(town.NORTH)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse")
    print(leader.loads, time.time() - t)
    lead = comes(town.NURSE)
    circle.arrive(lead, "minutes to read", "/minutes/")
    circle.share(lead, "Trust Named Nurse, Named Nurse", 3, 1)
    print(lead.loads, time.time() - t, eyes.pages)
    print("\n".join(eyes.faults))
