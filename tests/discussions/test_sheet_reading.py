"""A response sheet that comes back: every word is found, wherever and however it was written."""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app import boxed
from app.discussions.sheet import response_sheet
from app.discussions.sheet_words import PROGRAM_DATES, PROGRAMS, key, received
from app.text import clean, is_blank
from app.web.dates import Written, read_date
from tests.discussions.sheets import (
    EXPECTED,
    FACTS,
    FULL,
    IDENTITY,
    TOLD,
    W,
    after,
    control,
    edited,
    filled,
    found,
    item,
    nodes,
    para,
    point,
    table,
    with_parts,
    without_controls,
)


def words_in(markup: str) -> str:
    """What is read where somebody put this into the box of the first question."""
    reading = found(filled({"points-injury-words": markup}))
    # Whoever types a line of the sheet's own into a box makes that line of the sheet look like somebody's.
    own = {key(line) for line in TOLD["own"]}
    assert [one for one in reading["extra"] if key(one["text"]) not in own] == []
    return reading["content"]["points"]["injury"]["words"]


def extra(file: bytes) -> list[tuple[str, str]]:
    return [(one["where"], one["text"]) for one in found(file)["extra"]]


def test_everything_that_was_filled_in_is_read_and_nothing_else() -> None:
    assert found(FULL) == {
        "how": "controls",
        "identity": IDENTITY,
        "made_for": "Hailsham health visiting, East Downs Healthcare NHS Trust",
        "content": EXPECTED,
        "extra": [],
        "deleted": 0,
        "pictures": 0,
    }


def test_an_untouched_sheet_is_empty() -> None:
    reading = found(response_sheet(FACTS))
    assert (reading["how"], reading["identity"], reading["extra"]) == ("controls", IDENTITY, [])
    points = {"injury": point(""), "vig": point(""), "fathers": point("")}
    assert not any({**reading["content"], "held_on": "", "points": ""}.values())
    assert reading["content"]["points"] == points and not any(reading["content"]["held_on"].values())


def test_it_is_read_in_the_box_as_well_and_what_comes_out_is_clean() -> None:
    file = filled({"points-vig-words": para("e\u0301 \u2028 ŵ 👩‍👩‍👧")})
    reading = received(boxed.read("app.discussions.sheet_reading:read", file, TOLD))
    assert reading["content"]["points"]["vig"]["words"] == "é \n ŵ 👩‍👩‍👧"
    assert received(boxed.read("app.discussions.sheet_reading:read", FULL, TOLD)) == found(FULL)


NUMBERED = (
    '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:abstractNum'
    ' w:abstractNumId="5"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/></w:lvl><w:lvl w:ilvl="1">'
    '<w:start w:val="1"/><w:numFmt w:val="lowerLetter"/></w:lvl></w:abstractNum><w:num w:numId="7">'
    '<w:abstractNumId w:val="5"/></w:num></w:numbering>'
)


SHAPE = (
    '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>'
    "<w:drawing><w:txbxContent>{0}</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>{0}"
    "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
)
BREAKS = para("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t><w:cr/></w:r>", "d")
FIELD = "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>DATE</w:instrText></w:r>"
MARKS = "“smart” ‘q’ – it’s • a\u00a0list… Łódź ŵ ناقشنا 👩‍👩‍👧‍👦"
NESTED = f"<w:tbl><w:tr><w:tc>{para('a')}{table(('b', 'c'))}{para('d')}</w:tc></w:tr></w:tbl>"
INNER = f"<w:sdt><w:sdtPr/><w:sdtContent>{para('inner')}</w:sdtContent></w:sdt>"
A, B = "  a.", "  b."
TWICE = SHAPE.replace("<w:drawing>", "<w:x>").replace("</w:drawing>", "</w:x>").replace("w:pict>", "w:x>")
TWICE = TWICE.replace("w:txbxContent", "w:x").format("<w:t>once</w:t>")
LABEL = "A question for the partnership (optional)"
RICH = {
    "bold": (para("a ", "<w:r><w:rPr><w:b/></w:rPr><w:t>bold</w:t></w:r>", " word"), "a bold word"),
    "soft breaks and tabs": (BREAKS, "a\nb\tc\nd"),
    "a page break": (para("<w:r><w:t>a</w:t><w:br w:type='page'/><w:t>b</w:t></w:r>"), "ab"),
    "paragraphs": (para("one") + para("") + para("") + para("two"), "one\n\n\ntwo"),
    "bullets": (item("one", of=1) + item("two", of=1), "- one\n- two"),
    "numbers": (item("c") + item("x", 1) + item("y", 1) + item("d") + item("x", 1), f"3. c\n{A} x\n{B} y\n4. d\n{A} x"),
    "an empty item": (item("one") + item("") + item("two"), "3. one\n\n5. two"),
    "a table": (para("a") + table(("b", "c"), ("d", "e")) + para("f"), "a\nb | c\nd | e\nf"),
    "a table in a table": (NESTED, "a b | c d"),
    "a link": (para("see ", "<w:hyperlink><w:r><w:t>the page</w:t></w:r></w:hyperlink>", "."), "see the page."),
    "marks": (para(MARKS), MARKS),
    "a field": (para(FIELD, "<w:r><w:t>today</w:t></w:r>"), "today"),
    "symbols": (para("<w:r><w:sym w:font='Wingdings' w:char='F0FC'/><w:noBreakHyphen/><w:t>x</w:t></w:r>"), "✓\u2011x"),
    "inserted": (para("a ", "<w:ins><w:r><w:t>b</w:t></w:r></w:ins>", " c"), "a b c"),
    "two versions": (para(TWICE), "once"),
    "smart tags": (para("a ", "<w:smartTag><w:r><w:t>b</w:t></w:r></w:smartTag>"), "a b"),
    "a control inside": (INNER + para("outer"), "inner\nouter"),
    "a label": (para(LABEL) + para("Yes"), f"{LABEL}\nYes"),
}  # fmt: skip


@pytest.mark.parametrize("name", RICH)
def test_every_word_of_rich_text_comes_back_in_order(name: str) -> None:
    markup, expected = RICH[name]
    file = filled({"points-injury-words": markup})
    if "numPr" in markup and 'w:val="7"' in markup:
        file = with_parts(file, {"word/numbering.xml": NUMBERED.encode()})
    reading = found(file)
    assert (reading["content"]["points"]["injury"]["words"], reading["extra"]) == (expected, [])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(clean).map(lambda t: t.replace("\n", ""))))
def test_whatever_is_typed_into_a_box_is_read_line_by_line(lines: list[str]) -> None:
    typed = words_in("".join(para(escape(line)) for line in lines) or para(""))
    text = "\n".join(line.rstrip() for line in lines).strip("\n").rstrip()
    assert typed == ("" if is_blank(text) else text)


@pytest.mark.parametrize("blank", ["   ", "\u00a0\u2003", "\u200b", "\ufeff\u200d \u2060"])
def test_a_box_that_holds_only_what_nobody_sees_is_empty(blank: str) -> None:
    tags = ("held_on", "present", "chaired_by", "points-vig-yes", "actions-0-who", "actions-0-by", "setting")
    boxes = ("points-injury-words", "points-vig-words", "actions-0-what", "question_to_lead")
    file = filled(dict.fromkeys(tags, blank) | dict.fromkeys(boxes, para(blank) + para(blank)))
    file = after(file, "about question 2", para(blank))
    for one in (file, edited(file, without_controls)):
        empty = found(response_sheet(FACTS))
        assert found(one) == {**empty, "how": found(one)["how"]}


def as_prompts(texts: dict[str, str]) -> bytes:
    """A sheet with texts in some of its controls that say of themselves that they show their prompts."""

    def change(root: etree._Element) -> None:
        for tag, text in texts.items():
            sdt = control(root, tag)
            run = f"<w:r><w:t>{text[:3]}</w:t></w:r><w:r><w:t>{text[3:]}</w:t></w:r>"
            sdt.find(f"{W}sdtContent")[:] = nodes(run if sdt.getparent().tag == f"{W}p" else para(run))

    return edited(response_sheet(FACTS), change)


def test_what_stands_in_place_of_a_prompt_is_an_answer_whatever_its_control_says_of_it() -> None:
    """LibreOffice leaves the mark of a prompt when somebody types over it. A prompt of Word's in another language, put
    where somebody emptied a box, is taken for an answer as well: that is seen, where a lost answer is not."""
    written = {"held_on": "12 June 2026", "points-vig-words": "Most do.", "actions-0-who": "Duty worker"}
    reading = found(as_prompts({**written, "setting": "Walk and talk", "points-injury-words": "Hier klicken"}))
    content = reading["content"]
    assert (content["held_on"]["day"], content["actions"][0]["who"]) == ("12 June 2026", "Duty worker")
    assert [point["words"] for point in content["points"].values()] == ["Hier klicken", "Most do.", ""]
    assert content["setting"] == "" and reading["extra"] == [
        {"where": "after “What kind of meeting was it?”", "text": "Walk and talk"}
    ]


def test_a_prompt_of_ours_or_of_word_is_no_answer() -> None:
    date, text = PROGRAM_DATES[0], PROGRAMS[0]
    emptied = {"held_on": date, "setting": "Choose an item.", "present": text, "points-vig-words": text}
    assert found(as_prompts({**emptied, "actions-0-by": text})) == found(response_sheet(FACTS))


def test_what_was_typed_beside_a_prompt_is_read_without_it() -> None:
    def beside(root: etree._Element) -> None:
        control(root, "present").addnext(nodes("<w:r><w:t>14</w:t></w:r>")[0])

    assert found(edited(response_sheet(FACTS), beside))["content"]["present"] == "14"


def test_a_control_that_was_dragged_out_of_its_box_keeps_its_name() -> None:
    def drag(root: etree._Element) -> None:
        moved = control(root, "points-injury-words")
        moved.getparent().append(nodes(para(""))[0])
        next(moved.iterancestors(f"{W}tbl")).addnext(moved)

    file = edited(filled({"points-injury-words": para("a") + INNER + table(("b", "c"))}), drag)
    assert found(file)["content"]["points"]["injury"]["words"] == "a\ninner\nb | c"
    assert found(file)["extra"] == []


@pytest.mark.parametrize("mark", ["", ":"])
def test_a_label_is_known_that_was_retyped_without_saying_that_it_is_optional(mark: str) -> None:
    def retype(root: etree._Element) -> None:
        for text in root.iter(f"{W}t"):
            text.text = (text.text or "").replace(" (optional)", mark)

    content = found(edited(edited(FULL, without_controls), retype))["content"]
    for field in ("chaired_by", "question_to_lead", "question_to_partnership"):
        assert content[field] == EXPECTED[field]  # type: ignore[literal-required]


def test_tracked_deletions_are_counted_and_not_taken() -> None:
    gone = "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
    reading = found(filled({"points-injury-words": para("a", gone, "b")}))
    assert (reading["content"]["points"]["injury"]["words"], reading["deleted"]) == ("ab", 1)


BOXED = para(SHAPE.format(para("Boxed")))
BESIDE = f'<w:x xmlns:w="{W[1:-1]}"><w:{{0}}>{{1}}</w:{{0}}></w:x>'
TICK = " We discussed this but took no notes"
OUTSIDE: dict[str, tuple[Callable[[bytes], bytes], tuple[str, str]]] = {
    "below a box": (
        lambda file: after(file, "about question 2", para("Also this.") + para("And this.")),
        ("after “What the team said about question 2”", "Also this.\nAnd this."),
    ),
    "under a question": (
        lambda file: after(file, "3. How do you", para("Also this.")),
        ("after “3. How do you engage fathers and non-birthing partners?”", "Also this."),
    ),
    "at the beginning": (
        lambda file: edited(file, lambda root: root[0].insert(0, nodes(para("Dear Rosa"))[0])),
        ("at the beginning", "Dear Rosa"),
    ),
    "at the end": (
        lambda file: after(file, "Briefing edition", para("Thanks")),
        ("after “Upload it at https://learning.example.org/asked/7k2m9qx4tz3d/sheet”", "Thanks"),
    ),
    "in a table between": (
        lambda file: after(file, "about question 2", table(("a", "b"), ("c", "d"))),
        ("after “What the team said about question 2”", "a | b\nc | d"),
    ),
    "in a table whose last cells are empty": (
        lambda file: after(file, "about question 2", table(("a", "", "b", ""), ("c", "", "", ""))),
        ("after “What the team said about question 2”", "a |  | b\nc"),
    ),
    "a sentence that begins like a label": (
        lambda file: after(file, "about question 2", para("A question for the partnership is what to ask")),
        ("after “What the team said about question 2”", "A question for the partnership is what to ask"),
    ),
    "inserted outside": (
        lambda file: after(file, "about question 2", para("<w:ins><w:r><w:t>Tracked</w:t></w:r></w:ins>")),
        ("after “What the team said about question 2”", "Tracked"),
    ),
    "after a line of ours": (
        lambda file: edited(file, lambda root: after_text(root, "Listen for: a story.", " And what else?")),
        ("after “Listen for: a story.”", "And what else?"),
    ),
    "after a tick": (
        lambda file: edited(file, lambda root: after_text(root, TICK, ": Tom was ill")),
        ("after “We discussed this but took no notes”", "Tom was ill"),
    ),
    "in a text box": (lambda file: after(file, "about question 2", BOXED), ("in a text box", "Boxed")),
    "in a comment": (
        lambda file: with_parts(file, {"word/comments.xml": BESIDE.format("comment", para("Why?")).encode()}),
        ("in a comment", "Why?"),
    ),
    "in a footnote": (
        lambda file: with_parts(file, {"word/footnotes.xml": BESIDE.format("footnote", para("See")).encode()}),
        ("in a footnote", "See"),
    ),
    "in a page header": (
        lambda file: edited(file, lambda root: root.append(nodes(para("Team copy"))[0]), "word/header1.xml"),
        ("in a page header", "Team copy"),
    ),
}  # fmt: skip


def after_text(root: etree._Element, words: str, more: str) -> None:
    """Go on writing where some words end."""
    place = next(one for one in root.iter(f"{W}t") if one.text == words)
    place.text += more


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_was_written_outside_the_boxes_is_found_with_its_place(name: str) -> None:
    change, expected = OUTSIDE[name]
    reading = found(change(FULL))
    assert [(one["where"], one["text"]) for one in reading["extra"]] == [expected]
    assert reading["content"] == EXPECTED and reading["how"] == "controls"


def test_the_words_of_a_label_typed_outside_once_more_are_somebodys() -> None:
    file = after(FULL, "about question 2", para("In an emergency: 999"))
    assert extra(file) == [("after “What the team said about question 2”", "In an emergency: 999")]


def test_pictures_are_counted() -> None:
    blip = '<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>'
    assert found(after(FULL, "about question 2", para(f"<w:r><w:drawing>{blip}</w:drawing></w:r>")))["pictures"] == 1


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("Friday 12th of June 2026", "12th June 2026"),
        ("on the 12th June 2026", "12th June 2026"),
        ("12/6/2026", "12/6/2026"),
        ("2026-06-12", "2026-06-12"),
    ],
)
def test_a_date_is_kept_as_the_pages_read_it(typed: str, day: str) -> None:
    boxes = found(filled({"held_on": typed}))["content"]["held_on"]
    assert boxes == {"day": day, "month": "", "year": ""}
    assert str(read_date(Written(**boxes))) == "2026-06-12"
    assert found(filled({"held_on": "last week"}))["content"]["held_on"]["day"] == "last week"


def test_a_kind_of_meeting_that_is_not_offered_is_kept_beside() -> None:
    assert found(filled({"setting": "reflective  SUPERVISION"}))["content"]["setting"] == "reflective_supervision"
    reading = found(filled({"setting": "Walk and talk"}))
    assert reading["content"]["setting"] == ""
    assert reading["extra"] == [{"where": "after “What kind of meeting was it?”", "text": "Walk and talk"}]


def test_100_000_characters_on_50_000_lines_are_read_in_the_time_that_the_box_gives() -> None:
    file = filled({"points-injury-words": para("<w:r>" + "<w:t>é</w:t><w:br/>" * 50_000 + "</w:r>")})
    for one in (file, edited(file, without_controls)):
        reading = boxed.read("app.discussions.sheet_reading:read", one, TOLD)
        assert reading["content"]["points"]["injury"]["words"] == "\n".join("é" * 50_000)
