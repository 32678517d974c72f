"""Two texts of one page beside each other: what a save would take away, and what a person chose of each.

The pieces are those that stand beside one another on the page: a box of words, the show of hands under a question, the
rows of what the team will do. A choice is `mine`, `theirs` or `both`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.discussions.content import NO_POINT, PARTS, Content, part_of, same, shaped
from app.text import is_blank

MINE, THEIRS, BOTH = "mine", "theirs", "both"
HANDS = ("yes", "partly", "not_yet", "not_counted")


def combined(
    mine: Mapping[str, Any], theirs: Mapping[str, Any], part: str, choices: Mapping[str, str]
) -> dict[str, Any]:
    """One page put together. `choices` are by piece: the name of a box, `points-KEY-words`, `points-KEY-hands` or
    `actions`; what nobody chose of is mine. Neither text is changed."""
    own, other = part_of(mine, part), part_of(theirs, part)
    whole = {name: _of(own[name], other[name], choices.get(name, MINE)) for name in PARTS[part] if name != "points"}
    if "points" in own:
        keys = list(dict.fromkeys([*own["points"], *other["points"]]))
        whole["points"] = {key: _point(key, own["points"], other["points"], choices) for key in keys}
    return whole


def unsaid(raw: Mapping[str, Any], part: str) -> dict[str, str]:
    """The choices by which the other text stands wherever this one says nothing: there is nothing to choose there."""
    own = part_of(raw, part)
    bare = [name for name in PARTS[part] if name != "points" and _says_nothing(own[name])]
    for key, point in own.get("points", {}).items():
        bare += [f"points-{key}-words"] if _says_nothing(point["words"]) else []
        bare += [f"points-{key}-hands"] if _says_nothing([point[name] for name in HANDS]) else []
    return dict.fromkeys(bare, THEIRS)


def to_choose_from(theirs: Content, mine: Mapping[str, Any], part: str) -> Content | None:
    """What a draft holds beside the answers of a Word sheet, as far as there is something to choose: where a box of the
    draft is empty there is not. None where there is nothing at all."""
    other = combined(theirs, mine, part, unsaid(theirs, part))
    return None if same(other, mine, part) else shaped(other)


def _says_nothing(value: Any) -> bool:
    if isinstance(value, str):
        return is_blank(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is not True and all(map(_says_nothing, inside))


def _point(key: str, own: Mapping[str, Any], other: Mapping[str, Any], choices: Mapping[str, str]) -> dict[str, Any]:
    mine, theirs = own.get(key, NO_POINT), other.get(key, NO_POINT)
    unchosen = MINE if key in own else THEIRS
    words = _of(mine["words"], theirs["words"], choices.get(f"points-{key}-words", unchosen))
    counted = theirs if choices.get(f"points-{key}-hands", unchosen) == THEIRS else mine
    return {"words": words, **{name: counted[name] for name in HANDS}}


def _of(mine: Any, theirs: Any, choice: str) -> Any:
    if choice == BOTH and isinstance(mine, str):
        return "\n\n".join(text for text in (mine, theirs) if not is_blank(text))
    if choice == BOTH and isinstance(mine, list):
        return [*(row for row in mine if _filled(row)), *(row for row in theirs if _filled(row) and row not in mine)]
    return theirs if choice == THEIRS else mine


def _filled(row: Any) -> bool:
    return any(row.values()) if isinstance(row, dict) else bool(row)
