"""How pages of a draft are saved by several people without losing a word of anybody's: the one home of that.

A draft's content is a dictionary: what was typed, by keys, each key on one page; which page was saved at which version
(`saved`); and texts that are kept beside it (`set_aside`). Two people clash only where both changed the same page.
Minutes and packs are drafts of this kind; each says with `Pages` what its pages are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

MOST_SET_ASIDE, MOST_TEXTS, MOST_RESCUED = 1_000_000, 20, 3
"""So many characters and texts of one person are kept beside a draft, and so many that she is to have in her boxes
again. Each person has room of her own: nobody's text can push out another's."""
MOST_CHARACTERS = 300_000
AT_ONCE = "This is {:,} characters altogether. The most that can be kept at once is {:,}. Shorten one of the answers."
WORTH_KEEPING = 40
"""So many characters, taken away from a page since it was kept last, have it kept as it stood; fewer are a correction
of typing. They are counted over saves (`taken`), or whoever deletes little by little would lose all of it."""


class Save(NamedTuple):
    """Where a save comes from: the version of the draft that its page showed, and which opening of the page it was.

    The same opening may save again and again (Back, reload, a second click) without being taken for somebody else.
    """

    version: int
    opening: str = ""


FROM_NOTHING = Save(0)


class Goes(NamedTuple):
    """A page whose text a save takes away: who had saved it (a key, 0 where that is not known) and when
    (ISO or empty)."""

    part: str
    whose: int
    at: str


@dataclass(frozen=True)
class Pages:
    """The pages of a kind of draft and the keys on each. `shaped` brings a content into full shape; `bare` takes from
    one page what says nothing, such as empty rows."""

    parts: Mapping[str, tuple[str, ...]]
    shaped: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    bare: Callable[[dict[str, Any]], dict[str, Any]]

    def given(self, content: Mapping[str, Any]) -> list[str]:
        """The pages that a save brings."""
        return [part for part, keys in self.parts.items() if any(key in content for key in keys)]

    def part_of(self, raw: Mapping[str, Any], part: str) -> dict[str, Any]:
        """One page's share of a content, in full shape."""
        whole = self.shaped(raw)
        return {key: whole[key] for key in self.parts[part]}

    def pages_of(self, raw: Mapping[str, Any], parts: Iterable[str]) -> dict[str, Any]:
        """These pages' share of a content, in full shape."""
        return {key: value for part in parts for key, value in self.part_of(raw, part).items()}

    def same(self, one: Mapping[str, Any], other: Mapping[str, Any], part: str) -> bool:
        """Whether two contents say the same on a page."""
        return self.bare(self.part_of(one, part)) == self.bare(self.part_of(other, part))

    def clashes(self, stored: Mapping[str, Any], version: int, given: Mapping[str, Any], save: Save) -> list[str]:
        """The pages on which somebody else's text would be lost by this save."""
        return [part for part in self.given(given) if self._clashes(stored, version, given, save, part)]

    def _clashes(
        self, stored: Mapping[str, Any], version: int, given: Mapping[str, Any], save: Save, part: str
    ) -> bool:
        # Content that does not say which page was saved when may have been saved up to now.
        last_version, last_opening, _, _ = saved_by(stored, part)
        last_version = last_version if "saved" in stored else version
        unseen = last_version > save.version and not (save.opening and save.opening == last_opening)
        return unseen and not self.same(stored, given, part)

    def merged(
        self, stored: Mapping[str, Any], given: Mapping[str, Any], save: Save, becomes: int, by_id: int, at: str
    ) -> dict[str, Any]:
        """The content after a save that makes version `becomes`: pages that it does not bring stay as they are."""
        parts = self.given(given)
        saved = {**stored.get("saved", {}), **{part: [becomes, save.opening, by_id, at] for part in parts}}
        values = self.pages_of(stored, self.parts) | self.pages_of(given, parts)
        kept = [aside for aside in stored.get("set_aside", []) if not self._is_in(aside, values, save, parts)]
        let_go = {"let_go": stored["let_go"]} if "let_go" in stored else {}
        whole = {**values, "saved": saved, "set_aside": kept, **let_go}
        taken = {part: self.taken(stored, values, part) for part in self.parts}
        few = {part: count for part, count in taken.items() if 0 < count < WORTH_KEEPING}
        return {**whole, "taken": few} if few or "taken" in stored else whole

    def _is_in(self, aside: Mapping[str, Any], values: Mapping[str, Any], save: Save, parts: Collection[str]) -> bool:
        """Whether a text set aside stands in what is saved: word for word, or it stood in the boxes of this page."""
        stood = aside["part"] in parts and bool(save.opening) and list(aside.get("save", ()))[1:] == [save.opening]
        return stood or self.same(aside["typed"], values, aside["part"])

    def goes(self, stored: Mapping[str, Any], after: Mapping[str, Any], by_id: int) -> Iterator[Goes]:
        """The pages to be kept as they stood: the content that comes takes text from them, or is somebody else's."""
        for part in self.parts:
            _, _, whose, at = saved_by(stored, part)
            if self.same(stored, after, part) or self.same({}, stored, part):
                continue
            if whose not in (0, by_id) or self.takes_away(stored, after, part):
                yield Goes(part, whose, at)

    def takes_away(self, before: Mapping[str, Any], after: Mapping[str, Any], part: str) -> bool:
        """Whether a save of a page takes away text that somebody might miss, with what was taken little by little."""
        return self.taken(before, after, part) >= WORTH_KEEPING

    def taken(self, before: Mapping[str, Any], after: Mapping[str, Any], part: str) -> int:
        """How many characters saves took away from a page since it was kept last, this one included; where a whole
        answer goes at once, as many as are worth keeping, however short it is."""
        old, new = _texts(self.part_of(before, part)), _texts(self.part_of(after, part))
        lost = [(len(text), _lost(text, new.get(place, ""))) for place, text in old.items() if text]
        count: int = before.get("taken", {}).get(part, 0) + sum(count for _, count in lost)
        return max(count, WORTH_KEEPING) if any(count == whole for whole, count in lost) else count

    def put_aside(
        self,
        stored: Mapping[str, Any],
        given: Mapping[str, Any],
        by: str,
        at: str,
        *,
        person: str,
        save: Save,
        uploaded: bool = False,
    ) -> dict[str, Any]:
        """The content with a text set aside, unless that very text stands in it or was set aside before, or is
        `too_long`. `person` is the reference of whoever is to have it in her boxes again, or empty: of hers for a page
        the newest few stay; but of what was `uploaded`, once and on purpose, all of it does. Room is made among what
        the same person (`by`) typed. How many are lost by that is kept (`let_go`), so that a page can say so."""
        if self.too_long(given):
            return dict(stored)
        there, parts = stored.get("set_aside", []), self.given(given)
        if person:  # the same text sent again is the newest of hers once more
            again = [a for a in there if a["part"] in parts and self.same(a["typed"], given, a["part"])]
            there, uploaded = [a for a in there if a not in again], uploaded or any("uploaded" in a for a in again)
        whose: dict[str, Any] = {"person": person, "save": list(save)} if person else {}
        whose |= {"uploaded": True} if uploaded else {}
        new = [
            {"part": part, "by": by, "at": at, "typed": self.part_of(given, part), **whose}
            for part in parts
            if not self.same(stored, given, part)
            and not any(a["part"] == part and self.same(a["typed"], given, part) for a in there)
        ]
        return _with_room(stored, there, new)

    def too_long(self, given: Mapping[str, Any]) -> str:
        """Why a text cannot be kept beside a draft, in words, however much the draft itself would take; empty where it
        can. It is never cut: whoever shows its page gives it back and says this."""
        characters = length(self.pages_of(given, self.given(given)))
        return AT_ONCE.format(characters, MOST_CHARACTERS) if characters > MOST_CHARACTERS else ""


def stays(mine: str, theirs: str, *, together: bool) -> str:
    """Which of two texts that differ stays unless somebody chooses: `mine`, `theirs` or `both`. Whoever presses on
    without a look is to lose no words of anybody's: the one that holds the other; else both, where they can stand
    `together`."""
    if mine in theirs:
        return "theirs"
    return "both" if together and theirs not in mine else "mine"


def saved_by(stored: Mapping[str, Any], part: str) -> tuple[int, str, int, str]:
    """At which version a page was saved last, from which opening of it, by whom (key) and when (ISO); 0 and empty where
    that is not known."""
    version, opening, *who = stored.get("saved", {}).get(part, (0, ""))
    return (version, opening, *who) if who else (version, opening, 0, "")


class LetGo(NamedTuple):
    """So many texts of one person had to make room beside a draft for newer ones of hers, the last at a moment."""

    by: str
    many: int
    moment: datetime


def let_go(stored: Mapping[str, Any], parts: Collection[str]) -> list[LetGo]:
    """What had to go of the texts that were set aside for these pages."""
    rows = (row for row in stored.get("let_go", []) if row["part"] in parts)
    return [LetGo(row["by"], row["many"], datetime.fromisoformat(row["at"])) for row in rows]


def length(value: Any) -> int:
    """How many characters of text stand in a value, however deep."""
    if isinstance(value, str):
        return len(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(length, inside))


def _with_room(stored: Mapping[str, Any], there: list[dict[str, Any]], new: list[dict[str, Any]]) -> dict[str, Any]:
    """The content with new texts of one person beside those that are there, as far as she has room for them."""
    whole, gone = [*there, *new], []
    by, person = (new[0]["by"], new[0].get("person")) if new else ("", "")
    if person:
        hers = [a for a in whole if a.get("person") == person and a["part"] == new[0]["part"]]
        gone = _makes_room([aside for aside in hers if "uploaded" not in aside], MOST_RESCUED)
    gone += _makes_room([a for a in whole if a["by"] == by and a not in gone], MOST_TEXTS)
    kept = [aside for aside in whole if aside not in gone]
    lost = [aside for aside in gone if not any(_holds_all(other, aside) for other in kept if other["by"] == by)]
    return {**stored, "set_aside": kept, **_let_go(stored, lost, by, new[-1]["at"] if new else "")}


def _makes_room(own: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Which of one person's texts, the oldest first, have to go: those that a newer one wholly holds, by which nothing
    is lost, before the oldest. The newest stays."""
    left, gone = list(own), []
    while len(left) > 1 and (len(left) > most or length(left) > MOST_SET_ASIDE):
        held = (one for at, one in enumerate(left) if any(_holds_all(newer, one) for newer in left[at + 1 :]))
        gone.append(next(held, left[0]))
        left.remove(gone[-1])
    return gone


def _holds_all(newer: Mapping[str, Any], older: Mapping[str, Any]) -> bool:
    return newer["part"] == older["part"] and holds(newer["typed"], older["typed"])


def holds(new: Any, old: Any) -> bool:
    """Whether every text and tick of one value stands in another at the same place. A number is not in a longer one."""
    if not old:
        return True
    if isinstance(old, str):
        return new == old or (isinstance(new, str) and old in new and not old.isdecimal())
    if isinstance(old, dict):
        return all(holds(new.get(key) if isinstance(new, dict) else None, item) for key, item in old.items())
    if isinstance(old, list):
        there = new if isinstance(new, list) else []
        return all(holds(there[at] if at < len(there) else None, item) for at, item in enumerate(old))
    return bool(new == old)


def _let_go(stored: Mapping[str, Any], lost: list[dict[str, Any]], by: str, at: str) -> dict[str, Any]:
    """What a content says of texts that had to go from beside it: whose, of which page, how many, and when the last."""
    if not lost:
        return {}
    rows = {(row["by"], row["part"]): row for row in stored.get("let_go", [])}
    for aside in lost:
        many = rows.get((by, aside["part"]), {"many": 0})["many"]
        rows[by, aside["part"]] = {"by": by, "part": aside["part"], "many": many + 1, "at": at}
    return {"let_go": list(rows.values())}


def _lost(old: str, new: str) -> int:
    """How many characters of a text the new one does not begin or end with."""
    shorter = min(len(old), len(new))
    ahead = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    behind = next((i for i in range(shorter - ahead) if old[-1 - i] != new[-1 - i]), shorter - ahead)
    return len(old) - ahead - behind


def _texts(value: Any, place: str = "") -> dict[str, str]:
    """Every text in a value by where it stands. Ticks are no text."""
    if isinstance(value, str):
        return {place: value}
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {deep: text for key, item in inside for deep, text in _texts(item, f"{place}/{key}").items()}
