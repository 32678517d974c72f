"""Forms and drafts: what stands in a draft comes back into the page, and out of it again, as it was."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.discussions import forms
from app.discussions.content import Content, Save, shaped
from app.packs.models import DiscussionPoint, PointKind
from app.text import clean, is_blank, single_line
from tests.discussions.typing_in import content, point

POINTS = [
    DiscussionPoint(position=0, key="what-is-nai", kind=PointKind.OPEN, question="What?", note=""),
    DiscussionPoint(position=1, key="vig", kind=PointKind.KNOWLEDGE_CHECK, question="Do you?", note=""),
]
pages = Flask(__name__)
pages.secret_key = "for tests only"

lines = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(clean)
texts = lines.map(lambda text: "" if is_blank(text) else text)
one_line = lines.map(lambda text: "" if is_blank(text) else single_line(text)).filter(
    lambda text: not text or not is_blank(text)
)
counts = st.integers(0, 9_999).map(str) | st.sampled_from(["", "a few", "8.5", "-1", "10000"])
days = st.dates(date(1950, 1, 1), date(2150, 1, 1)).map(date.isoformat) | st.sampled_from(["", "soon", "31 June 2026"])
points = st.builds(point, texts, counts, counts, counts, st.booleans())
actions = st.lists(st.fixed_dictionaries({"what": texts, "who": one_line, "by": days}), min_size=3, max_size=6)


def said_again(typed: Content) -> dict[str, Any]:
    """A draft's content after a page was filled from it and sent as it stood."""
    with pages.test_request_context("/"):
        form = forms.filled(forms.said_form(POINTS), forms.said_pairs(typed), Save(3))
        assert form.save().version == 3 and form.save().opening
        return form.content()


@settings(deadline=None)
@given(open_point=texts, check=points, rows=actions, questions=st.tuples(texts, texts), no_notes=st.booleans())
def test_what_was_said_goes_through_the_page_unchanged(
    open_point: str, check: dict[str, Any], rows: list[dict[str, str]], questions: tuple[str, str], no_notes: bool
) -> None:
    typed = shaped(
        {
            "points": {"what-is-nai": point(open_point), "vig": check},
            "actions": rows,
            "question_to_lead": questions[0],
            "question_to_partnership": questions[1],
            "no_notes": no_notes,
        }
    )
    said = said_again(typed)
    assert said == {key: typed[key] for key in said}  # type: ignore[literal-required]


@settings(deadline=None)
@given(boxes=st.tuples(one_line, one_line, one_line), present=st.integers(1, 9_999).map(str) | one_line, chair=one_line)
def test_the_meeting_goes_through_the_page_and_stays_as_it_is_then(
    boxes: tuple[str, str, str], present: str, chair: str
) -> None:
    day = dict(zip(("day", "month", "year"), boxes, strict=True))
    once = meeting_again({**content(), "held_on": day, "present": present, "chaired_by": chair})
    assert meeting_again(once) == once
    assert once["chaired_by"] == chair
    if once["held_on"] != day:
        assert all(part.isdecimal() for part in once["held_on"].values()), "it was understood, so it stands in figures"


def meeting_again(typed: dict[str, Any]) -> dict[str, Any]:
    with pages.test_request_context("/"):
        return forms.filled(forms.MeetingForm, forms.meeting_pairs(shaped(typed)), Save(1)).content()


def test_a_date_in_words_stands_in_figures_in_the_draft() -> None:
    for boxes in (("3rd", "Nov", "2026"), ("3 November 2026", "", ""), ("2026-11-03", "", ""), ("3/11/2026", "", "")):
        day = dict(zip(("day", "month", "year"), boxes, strict=True))
        assert meeting_again({**content(), "held_on": day})["held_on"] == {"day": "3", "month": "11", "year": "2026"}


def test_no_more_than_fifty_actions_are_taken_from_a_page() -> None:
    rows = [{"what": str(n), "who": "", "by": ""} for n in range(60)]
    assert len(said_again(shaped({"actions": rows}))["actions"]) == 50
    assert len(forms.with_another(rows[:50])) == 50 and len(forms.with_another(rows[:3])) == 4


def test_a_page_that_names_no_usable_version_began_from_none() -> None:
    with pages.test_request_context("/", method="POST", data={"version": "²", "opening": "x" * 99}):
        assert forms.MeetingForm().save() == Save(0, "x" * 20)
