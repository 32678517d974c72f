"""Before sending: one, two and three readers in plain English."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.policy import Role
from tests import factories as make
from tests.discussions import worlds
from tests.discussions.worlds import words


@pytest.mark.parametrize(
    ("further", "either", "told"),
    [
        ([], "Ann", "as soon as you send it, and is told by email."),
        (["Bo"], "Ann or Bo", "as soon as you send it, and are told by email."),
        (["Bo", "Cy"], "Ann, Bo or Cy", "as soon as you send it, and are told by email."),
    ],
)
def test_any_one_of_several_readers_shares_and_all_are_told(
    app: Flask, further: list[str], either: str, told: str
) -> None:
    def named(session: Session, circle: make.Circle) -> Any:
        circle.lead.name = "Ann"
        for name in further:
            make.appoint(session, make.person(session, name=name), Role.LEAD, circle.organisation)

    place = worlds.world(named)
    leader = worlds.browser_of(app, place.leader)
    check = worlds.write(leader, place)
    page = words(leader.get(check))
    assert f"only if {either} shares them" in page and told in page
    sent = leader.post_form(check, {"nobody_known": "yes"}, at="/check")
    assert f"{either} may say “I have this”" in words(leader.get(sent.location))
