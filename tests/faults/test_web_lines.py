"""Every line about the web half of `python -m tests.faults` holds, in short."""

from __future__ import annotations

import pytest

from tests.faults import web_crowds, web_full, web_kills, web_postgres, web_stops
from tests.faults.lines import Ground, LineMaker

pytestmark = pytest.mark.faults
MAKERS = [make for module in (web_kills, web_stops, web_full, web_crowds, web_postgres) for make in module.LINES]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_line_of_the_web_half_holds(ground: Ground, make: LineMaker) -> None:
    for line in make(ground):
        assert line.holds, line
