"""The one text function: every word that enters the service passes through `clean`.

Called where text enters (forms, JSON, CSV, Word, mail) and checked once more by the column types of `app.database`,
so that whatever is stored can be shown, mailed, exported and written to Word without failing.
"""

from __future__ import annotations

import re
import unicodedata

from app.errors import Invalid

_PLAIN = re.compile("[\t\n -~]*")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")


# Characters that NFC moves about. It takes the square of the time for a long run of them, so that a few thousand would
# hold a processor for seconds: no script has more than thirty on one letter (Unicode, UAX #15, Stream-Safe Text).
_MARKS = "".join(
    c for c in map(chr, range(0x300, 0x1F000)) if unicodedata.combining(unicodedata.normalize("NFD", c)[0])
)
_HEAPED = re.compile(f"([{_MARKS}]{{30}})[{_MARKS}]+")


def clean(value: str) -> str:
    """Text that every output accepts: NFC, lines ended by LF, no control characters but TAB and LF (C1 ones neither,
    which HTML refuses), no more than thirty marks heaped on one letter.

    Raises `Invalid` for a lone surrogate, which is not text. `clean(clean(x)) == clean(x)` for every x.
    """
    if _PLAIN.fullmatch(value):  # nearly all that is ever typed: nothing below would change it
        return value
    if _SURROGATES.search(value):
        raise Invalid("Part of this text arrived broken and cannot be kept. Type or paste it again.")
    lined = _HEAPED.sub(r"\1", _DROPPED.sub("", _LINE_ENDS.sub("\n", value)))
    return _HEAPED.sub(r"\1", unicodedata.normalize("NFC", lined))


def loses(value: str) -> bool:
    """Whether `clean` takes away something that stood in a text. A line end that becomes another is not lost."""
    return bool(_DROPPED.search(value.replace("\x85", "\n")) or _HEAPED.search(value))


def single_line(value: str) -> str:
    """Clean text on one line, for names, titles and subjects: white space folded, direction overrides removed.

    A line end is folded and not refused, by every way in: who pastes a name from two cells of a table meant a space,
    and on one line it can begin no header. Letters refuse what is not one line all the same (`post.composing`).
    """
    return _SPACES.sub(" ", clean(_DIRECTIONS.sub("", value))).strip()


def leftwards(words: str) -> bool:
    """Whether the first letter of a text belongs to a script that is written from right to left."""
    if words.isascii():
        return False
    ways = (unicodedata.bidirectional(letter) for letter in words)
    return next((way for way in ways if way in ("L", "R", "AL")), "L") != "L"


def is_blank(value: str | None) -> bool:
    """Whether there is nothing to read: empty, white space or zero-width characters only."""
    return not value or all(c.isspace() or unicodedata.category(c) in ("Cf", "Mn") for c in value)


def words_joined(parts: list[str] | tuple[str, ...], last: str = "and") -> str:
    """A list as it is spoken: `a`, `a and b`, `a, b and c`; or with another word than "and" before the `last`."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else list(parts))


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 team`, `3 teams`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
