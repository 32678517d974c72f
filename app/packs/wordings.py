"""How briefings of the field call their sections, and which section of a pack each of these is.

The patterns are of the whole heading or of a part of it. Where several would do, what stands first is taken:
“Challenges to good practice” are challenges, and what did not work well is no good practice.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from app.packs.content import SectionType

LONGEST = 14
"""A line of more words is no heading."""


class Called(NamedTuple):
    """Which section a heading means, and whether it says nothing else."""

    type: SectionType
    whole: bool


_KNOWN: dict[SectionType, tuple[str, ...]] = {
    SectionType.POINTS_FOR_DISCUSSION: (
        r"(?:key )?(?:points?|topics?|prompts?|issues) (?:for|to) (?:team )?(?:discuss|reflect|consider)(?:ion|ation)?",
        r"(?:reflective|reflection|discussion|supervision|key) (?:questions?|points?|prompts?|exercise)",
        r"questions? (?:for|to) (?:your |the |you |teams? |practitioners |managers )*(?:practice|supervision|teams?)",
        r"questions? (?:for|to) (?:your |the |you )*(?:discuss(?:ion)?|reflect(?:ion)?(?: on)?)",
        r"questions? (?:for|to) (?:your |the |you )*(?:consider|ask(?: yourself)?|think about)",
        r"questions",
        r"things to (?:think about|discuss|consider)",
        r"(?:time|points) (?:for|to) reflect(?:ion)?",
        r"(?:for )?discussion(?: in your team)?",
        r"reflections?",
        r"what (?:do|does) (?:you|your team) think",
        r"reflect (?:and|&) discuss",
        r"pwyntiau i'w trafod",
    ),
    SectionType.RECOMMENDATIONS: (
        r"(?:key |main |our )?recommendations?(?: for (?:improvement|practice|change))?",
        r"(?:key |next |agreed )?actions?(?: plan| points?| required| needed| taken| for (?:agencies|practice))?",
        r"next steps",
        r"what (?:needs|has|should|must) (?:to )?(?:change|happen|be done)(?: next| now)?",
        r"what will (?:we|change|happen)(?: do)?(?: next)?",
        r"what (?:can|should|do) (?:you|we|i) (?:need to )?do(?: next| now| differently)?",
        r"what (?:you|we) can do",
        r"argymhellion",
    ),
    SectionType.KEY_CHALLENGES: (
        r"(?:key |main )?challenges?(?: identified| to good (?:outcomes?|practice))?",
        r"barriers",
        r"difficulties",
        r"obstacles",
        r"what (?:did|has|does)(?: not|n.?t) (?:work|go|gone|worked)(?: so)?(?: well)?",
        r"what (?:worked|went) less well",
        r"(?:key )?areas (?:for|of) (?:improvement|development|concern)",
        r"what (?:could|can|needs to|should) (?:be|have been|go) (?:better|improved?)",
        r"missed opportunities",
        r"concerns",
    ),
    SectionType.KEY_THEMES: (
        r"(?:key |main |emerging )?themes?(?: identified)?(?: \(?good practice\)?)?",
        r"(?:key |main )?themes? that (?:enabled|supported|led to) good (?:practice|outcomes)",
        r"(?:examples? of |areas? of |key )?(?:good|best|positive|effective) practice(?: identified| examples?)?",
        r"what (?:has )?(?:worked|went|works|gone|is working) well",
        r"strengths",
        r"what we (?:do|did) well",
        r"them(?:â|a\u0302|a)u allweddol",
        r"successes",
    ),
    SectionType.LEARNING_IDENTIFIED: (
        r"(?:key |main |the |wider )?learning(?: identified| points?| themes?| outcomes?| messages?| for practice)?",
        r"(?:multi-agency )?learning(?: for practitioners| from (?:the|this) (?:audit|review|case)s?)?",
        r"(?:key )?lessons?(?: (?:learned|learnt|to learn|identified))?",
        r"(?:key |main |summary of )?findings?",
        r"(?:key|main|practice) messages?",
        r"implications(?: for practice)?",
        r"what (?:did|have|can|do) we (?:learn(?:ed|t)?|find|found)",
        r"what (?:does|did) (?:this|it) (?:mean|tell us|find)(?: for (?:practice|you))?",
        r"what the (?:audit|review) found",
        r"what we found",
        r"what did (?:the|this) (?:audit|review) find",
        r"practice points?",
    ),
    SectionType.METHOD: (
        r"(?:the )?method(?:s|ology)?(?: used)?",
        r"(?:our )?approach",
        r"(?:audit |review )?process",
        r"scope(?: of the (?:audit|review))?",
        r"terms of reference",
        r"how (?:the (?:audit|review) was|we|it was) (?:carried out|done|did (?:it|this)|undertaken|conducted)",
        r"about (?:the|this) (?:audit|review)",
    ),
    SectionType.BACKGROUND: (
        r"(?:case )?(?:background|context|introduction|overview|summary)(?: (?:and|&) (?:context|purpose|scope))?",
        r"(?:case|executive) summary",
        r"why (?:is it|it|this|does (?:it|this)) (?:important|matters?)",
        r"why (?:are we|we are) .{3,40}",
        r"what happened",
        r"the (?:case|incident|context|background|issue)",
        r"cefndir",
        r"what is the (?:issue|problem)",
        r"purpose(?: of (?:this|the) .{3,30})?",
    ),
}
_ALONE = {  # what says something else within a longer heading: “A dull winter”
    SectionType.POINTS_FOR_DISCUSSION: r"for your team|think about",
    SectionType.RECOMMENDATIONS: r"what(?:'s| is)? next",
    SectionType.KEY_CHALLENGES: "heriau",
    SectionType.LEARNING_IDENTIFIED: "dysgu",
    SectionType.METHOD: "dull",
}
_EITHER = {kind: "|".join(words) for kind, words in _KNOWN.items()}
_WHOLE = {
    kind: re.compile("|".join(filter(None, (words, _ALONE.get(kind)))), re.IGNORECASE)
    for kind, words in _EITHER.items()
}
_PART = {kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for kind, words in _EITHER.items()}
NUMBERED = re.compile(
    r"(?:(?:section|part|minute|step)\s+)?(?:\d{1,2}(?:\.\d{1,2}){0,2}|[ivx]{1,4}|[a-h])[.):]\s+|\d{1,2}\s+(?=[A-Z])",
    re.IGNORECASE,
)


def bare(heading: str) -> str:
    """A heading without its number and what ends it: `2. What happened?` is `What happened`."""
    words = NUMBERED.sub("", heading.strip(), count=1) if NUMBERED.match(heading.strip()) else heading.strip()
    return words.strip(" \t:.?!–—-*_#").strip()


def called(heading: str) -> Called | None:
    """Which section a heading means; None where it is one of its own."""
    words = bare(heading).replace("’", "'")
    if not words or len(words) > 120 or len(words.split()) > LONGEST:
        return None
    for kind, pattern in _WHOLE.items():
        if pattern.fullmatch(words):
            return Called(kind, True)
    for kind, pattern in _PART.items():
        if pattern.search(words):
            return Called(kind, False)
    return None
