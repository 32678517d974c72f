"""What stands on which slide."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.packs.content import PackContent, SectionType
from app.packs.prose import blocks
from app.packs.slides import LINES, Shows, Slide, divided, lines, slides
from app.text import clean
from app.web.prose import Block, Kind
from tests.packs.huge import huge, real


def words(given: list[Block] | tuple[Block, ...]) -> str:
    return "".join("".join(block.words.split()) for block in given)


def test_a_note_comes_after_its_question_and_never_before() -> None:
    for content in (real(), huge()):
        shown = [(slide.number, slide.shows) for slide in slides(content) if slide.number]
        for number in range(1, len(content.points) + 1):
            own = [shows for of, shows in shown if of == number]
            assert own[0] is Shows.QUESTION
            assert own[1:] == [Shows.NOTE] * (len(own) - 1)
            assert len(own) > 1
        assert [of for of, _ in shown] == sorted(of for of, _ in shown)


def test_no_slide_shows_words_of_a_note_but_those_for_notes() -> None:
    content = real()
    for slide in slides(content):
        if slide.shows is not Shows.NOTE:
            there = slide.heading + "".join(block.words for block in slide.blocks)
            assert not [point for point in content.points if blocks(point.note)[-1].words[:40] in there]


def test_every_section_stands_in_its_order_with_every_word_of_it() -> None:
    for content in (real(), huge()):
        assert _of_text(content) == [
            (section.title, words(blocks(section.markdown)))
            for section in content.sections
            if section.markdown and section.type is not SectionType.RECOMMENDATIONS
        ]


def _of_text(content: PackContent) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for slide in slides(content):
        if slide.shows is Shows.TEXT and slide.heading not in ("Recommendations", "What the words mean"):
            found[slide.heading] = found.get(slide.heading, "") + words(slide.blocks)
    return list(found.items())


def test_recommendations_are_numbered_on_over_the_slides() -> None:
    own = [slide for slide in slides(real()) if slide.heading == "Recommendations"]
    items = [block.steps[0].item for slide in own for block in slide.blocks if block.steps]
    assert items == [1, 2, 3, 4]
    assert [(slide.part, slide.parts) for slide in own] == [(1, 2), (2, 2)]


def test_no_slide_of_the_largest_pack_holds_more_than_fits() -> None:
    over = [slide for slide in slides(huge()) if _taken(slide) > LINES + 0.5]
    assert over == []


def _taken(slide: Slide) -> float:
    return sum(map(lines, slide.blocks))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1).map(clean) | st.integers(1, 4_000).map(lambda n: "ab. cd " * n))
def test_a_text_that_is_divided_loses_nothing_and_fits(text: str) -> None:
    whole = blocks(text)
    groups = divided(whole)
    assert words([block for group in groups for block in group]) == words(whole)
    assert all(sum(map(lines, group)) <= LINES + 1 for group in groups)


def test_a_long_paragraph_is_divided_behind_a_sentence() -> None:
    groups = divided(blocks("This is one sentence. " * 200))
    assert len(groups) > 2
    assert all(group[-1].words.rstrip().endswith(".") for group in groups)


def test_a_heading_is_never_the_last_thing_on_a_slide() -> None:
    text = "".join(f"### Heading {n}\n\n{'words ' * (n * 7)}\n\n" for n in range(1, 30))
    assert all(group[-1].kind is not Kind.HEADING for group in divided(blocks(text)))


def test_slides_are_as_even_as_can_be() -> None:
    taken = [sum(map(lines, group)) for group in divided(blocks("- one line\n" * 10))]
    assert len(taken) == 2
    assert max(taken) - min(taken) < 2


def test_a_page_of_the_first_pack_has_about_thirty_slides() -> None:
    assert len(slides(real())) < 40
    assert re.match("[A-Z]", slides(real())[0].heading)
