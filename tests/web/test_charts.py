"""Pictures of figures: readable by screen, by ear, in black and white, and by the renderer that Word's copy needs."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.web.charts import FILLS, bars_svg, funnel_svg
from app.web.pictures import picture
from tests.web.small import tree, with_class, words

SVG = "{http://www.w3.org/2000/svg}"
NAMES = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
)
COUNTS = st.integers(0, 10**6)


def bars_of(picture: str) -> list[tuple[float, float]]:
    """Where each bar begins and how long it is, in percent of the width, in the order drawn."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}rect")
    return [
        (float(rect.get("x", "").rstrip("%")), float(rect.get("width", "").rstrip("%")))
        for rect in found
        if rect.get("width", "").endswith("%")
    ]


@given(st.lists(st.tuples(NAMES, st.tuples(COUNTS, COUNTS, COUNTS)), max_size=6), NAMES)
def test_every_picture_is_well_formed_and_says_its_figures(rows: list[tuple[str, tuple[int, ...]]], title: str) -> None:
    root = ElementTree.fromstring(bars_svg(title, rows, ["a", "b", "c"]))
    assert root.findtext(f"{SVG}title") == title
    told = root.findtext(f"{SVG}desc") or ""
    for label, numbers in rows:
        assert label in told
        assert all(f"{number:,}" in told for number in numbers)


def test_a_picture_has_no_style_of_its_own_and_no_script() -> None:
    picture = bars_svg("Title", [("A", [1] * 6)], list("abcdef"))
    assert not re.search(r"style|script|class=\"(?!app-chart)|<a |href", picture)


def test_text_cannot_leave_its_place_in_a_picture() -> None:
    picture = funnel_svg('</title><script>x</script>"', [('" onload="x <b>', 1)])
    root = ElementTree.fromstring(picture)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "desc", "rect", "text"}


def test_bars_are_as_long_as_their_share_of_the_largest() -> None:
    lengths = [length for _, length in bars_of(funnel_svg("T", [("Asked", 40), ("Discussed", 20), ("Shared", 10)]))]
    assert [round(length / lengths[0], 3) for length in lengths] == [1, 0.5, 0.25]


def test_a_bar_of_nothing_is_still_to_be_seen_and_a_picture_of_nothing_is_drawn() -> None:
    (bar,) = bars_of(funnel_svg("T", [("Asked", 0)]))
    assert 0 < bar[1] < 1
    assert ElementTree.fromstring(funnel_svg("T", [])).get("height") == "4"


def test_every_figure_stands_at_its_bar() -> None:
    texts = [
        t.text for t in ElementTree.fromstring(bars_svg("T", [("A", [1204, 3])], ["Yes", "No"])).iter(f"{SVG}text")
    ]
    assert texts == ["Yes", "No", "A", "1,204", "3"]


def test_shades_can_be_told_apart_without_colour() -> None:
    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return (0.299 * red + 0.587 * green + 0.114 * blue) / 255

    greys = [grey(fill) for fill in FILLS]
    assert all(after - before > 0.1 for before, after in pairwise(greys))
    assert "pattern" in bars_svg("T", [("A", [1] * 6)], list("abcdef"))


def test_a_long_name_is_told_in_two_lines_that_fit_a_telephone() -> None:
    name = "A very long name of a team in a trust that has many teams with long names"
    lines = [t.text or "" for t in ElementTree.fromstring(funnel_svg("T", [(name, 1)])).iter(f"{SVG}text")]
    assert len(lines) == 3
    assert max(len(line) for line in lines) <= 28
    assert lines[1].endswith("…")


def test_ids_of_different_pictures_differ() -> None:
    ids = [re.findall(r' id="([^"]+)"', funnel_svg(title, [("A", 1)])) for title in ("One", "Two")]
    assert len({*ids[0], *ids[1]}) == 4


@pytest.mark.parametrize("rows", [[("A", [-1])], [("A", [1, 2])], [("A", [])]])
def test_figures_that_cannot_be_drawn_are_refused(rows: list[tuple[str, list[int]]]) -> None:
    with pytest.raises(ValueError, match="a number for each"):
        bars_svg("T", rows, ["one"])


def test_more_series_than_there_are_shades_are_refused() -> None:
    with pytest.raises(ValueError, match="at most six"):
        bars_svg("T", [("A", [1] * 7)], list("abcdefg"))


def test_the_picture_on_a_page_has_its_figures_in_a_table(browser: FlaskClient) -> None:
    figures = with_class(tree(browser.get("/parts")), "app-figure")
    tables = [[[words(cell) for cell in row] for row in figure.iter("tr")] for figure in figures]
    assert tables == [
        [["Step", "Number"], ["Asked", "30"], ["Shared", "7"]],
        [["Question", "Yes", "Not yet"], ["A thing", "3", "0"]],
    ]
    assert all(len(list(figure.iter(f"{SVG}svg"))) == 1 for figure in figures)


def test_the_renderer_for_word_draws_bars_and_words() -> None:
    def drawn(steps: list[tuple[str, int]]) -> bytes:
        made = picture(funnel_svg("T", steps, width=640))
        assert made is not None
        return made.png

    ways = [[("Asked", 30)], [("Shared", 30)], [("Asked", 31)], [("Asked", 30), ("B", 9)]]
    assert len({drawn(steps) for steps in ways}) == 4
