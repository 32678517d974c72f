"""How large each data set is: estimates of one small partnership, one large one, and all of England."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Numbers of rows over the whole data set. Responses are about 3.7 for each set of minutes."""

    partnerships: int
    organisations: int
    teams: int
    people: int
    packs: int
    minutes: int
    responses: int


SIZES = {
    "small": Size(1, 12, 30, 60, 1, 80, 300),
    "partnership": Size(1, 300, 600, 1_200, 60, 15_000, 55_000),
    "england": Size(132, 32_000, 70_000, 150_000, 2_000, 500_000, 2_000_000),
}
