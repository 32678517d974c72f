"""A pack as large and as odd as one may be, which the checks of a pack folder would let through."""

from __future__ import annotations

from app.packs import shelf
from app.packs.content import PackContent
from app.packs.folder import read_folder

SLUG = "huge"
QUESTION = ("How can a team that has a great deal to do be sure that fathers are heard? " * 4)[:299] + "?"
ARABIC = "كيف يصل فريقك إلى الآباء والشركاء الذين لم يلدوا؟"
HEBREW_LIST = "שלום לכולם\n\n- אחת\n- שתיים\n"
NESTED = """\
Words with *emphasis*, **strength**, `code` and [a link](https://example.org/a?x=1&y=2).

### A heading

- a
- b
  1. one
  2. two

     goes on
- c

> quoted
>
> 5. five
> 6. six

```
if this:
    that
```

first line\\
second line
"""


def real() -> PackContent:
    """The pack that is on the shelf."""
    return read_folder(shelf.SHELF / "nai-under-5-2021")


def huge() -> PackContent:
    """20 points, sections of 20,000 characters, words without spaces, scripts from right to left."""
    return PackContent.from_dict(
        {
            **real().as_dict(),
            "slug": SLUG,
            "title": f"Huge: {'W' * 140}",
            "points": [_point(number) for number in range(20)],
            "recommendations": [
                {"key": f"r{number}", "audience": "A" * 150, "text": "Recommend this. " * 60} for number in range(50)
            ],
            "sections": [
                _section("background", "Background", ("One very long paragraph that never ends. " * 500)[:20_000]),
                _section("key_themes", "Key themes (good practice)", "- " + "x" * 15_000),
                _section(
                    "key_challenges",
                    "Key challenges",
                    "".join(f"- item {i} {'and on ' * (i % 30)}\n" for i in range(80)),
                ),
                _section(
                    "learning_identified", "Learning identified", "- " + "漢字" * 4_000 + "\n- " + "שלום עולם " * 300
                ),
                _section("recommendations", "Recommendations", ""),
                _section("points_for_discussion", "Points for discussion", ""),
                _section("other", "T" * 100, NESTED + "".join(f"[l{i}](https://e.example/{i}) " for i in range(700))),
            ],
        }
    )


def _section(kind: str, title: str, markdown: str) -> dict[str, object]:
    return {"type": kind, "title": title, "markdown": markdown, "items": 0}


def _point(number: int) -> dict[str, str]:
    question = {0: QUESTION, 1: ARABIC}.get(number, f"Question {number + 1}: what do we know?")
    note = {1: HEBREW_LIST, 2: ("The note never ends. " * 240)[:5_000]}.get(
        number, f"Note {number + 1}.\n\n1. One\n2. Two"
    )
    return {
        "key": f"p{number}",
        "kind": "open" if number % 3 else "knowledge_check",
        "question": question,
        "note": note,
    }
