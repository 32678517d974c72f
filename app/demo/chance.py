"""Chance that is the same every time: two machines that load the same size hold the same figures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from app.database import REF_LENGTH

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
Item = TypeVar("Item")


class Chance:
    """Numbers, choices and references from a seed. A reference here is no secret; real ones come from `new_ref`."""

    def __init__(self, seed: int) -> None:
        self.numbers = random.Random(seed)

    def upto(self, most: int) -> int:
        """From 0 to `most`, both included."""
        return self.numbers.randint(0, most)

    def one_in(self, many: int) -> bool:
        """True one time in so many."""
        return self.numbers.randrange(many) == 0

    def of(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.numbers.randrange(len(items))]

    def ref(self) -> str:
        """A public reference."""
        bits = self.numbers.getrandbits(REF_LENGTH * 5)
        return "".join(_ALPHABET[(bits >> (5 * i)) & 31] for i in range(REF_LENGTH))
