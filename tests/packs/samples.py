"""A small good pack to break, one fault at a time."""

from __future__ import annotations

YAML = """\
title: Falls in the first year
short_title: Falls
type: rapid_review
source:
  name: Anyshire Safeguarding Children Partnership
  partnership: anyshire
  title: "Rapid review: falls"
  date: 2025-11
published: 2025-11
review: 2027-01-31
points:
  - key: what-is-a-fall
    kind: open
    question: What counts as a fall?
    note: |
      A fall is a fall.

      - on the stairs
      - from a bed
  - key: know-the-number
    kind: knowledge_check
    question: Do you know whom to call?
    note: Call the number on the wall.
recommendations:
  - key: stair-gates
    audience: Health visitors
    text: Ask about stair gates.
glossary:
  - term: LCSPR
    full: Local child safeguarding practice review
    meaning: A review.
  - term: Core Group
    meaning: A group.
links:
  - title: Help
    url: https://example.org/help
"""

BRIEFING = """\
## Background

Two babies fell.

## Key themes (good practice)

- One
- Two

## Learning identified

1. Three

## Points for discussion

Talk about these.
"""


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1
