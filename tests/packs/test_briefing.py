"""What the Markdown of a pack becomes: headings below the section's, glossary links, and only what is allowed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from app.packs import briefing
from app.packs.content import GlossaryTerm, PackContent, Section, SectionType

GLOSSARY = (
    GlossaryTerm(term="NAI", full="Non-accidental injury", meaning="An injury."),
    GlossaryTerm(term="SWIFT", meaning="A service."),
    GlossaryTerm(term="Core Group", meaning="A group."),
    GlossaryTerm(term="Section 47", meaning="A duty."),
)


class Elements(HTMLParser):
    """Every element that opens, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def pack(*sections: Section, glossary: tuple[GlossaryTerm, ...] = ()) -> PackContent:
    facts = {
        "title": "T",
        "short_title": "T",
        "type": "thematic",
        "source": {"name": "S", "partnership": "s", "title": "T", "date": "2025-01"},
        "published": "2025-01",
        "review": "2027-01-01",
        "points": [{"key": "k", "kind": "open", "question": "Q?", "note": "N"}],
        "glossary": [entry.model_dump(exclude_none=True) for entry in glossary],
        "slug": "t",
        "sections": [section.model_dump() for section in sections],
    }
    return PackContent.from_dict(facts)


def section(markdown: str, kind: SectionType = SectionType.BACKGROUND, title: str = "") -> Section:
    return Section(type=kind, title=title or kind.heading, markdown=markdown, items=0)


def shown(markdown: str, glossary: tuple[GlossaryTerm, ...] = ()) -> str:
    return str(briefing.sections(pack(section(markdown), glossary=glossary))[0].html)


def links(html: str) -> list[str]:
    return re.findall(r'<a href="#glossary-([a-z0-9-]+)" class="glossary">', html)


def test_paragraphs_lists_and_emphasis_are_shown() -> None:
    html = shown("One **two** *three*.\n\n- four\n\n3. five\n\n> six")
    assert [tag for tag, _ in Elements(html).found] == ["p", "strong", "em", "ul", "li", "ol", "li", "blockquote", "p"]
    assert '<ol start="3">' in html


def test_only_this_module_hands_out_safe_text_and_it_is_safe_text() -> None:
    assert isinstance(briefing.sections(pack(section("x")))[0].html, Markup)
    assert isinstance(briefing.note("x"), Markup)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=alert(1)>b</b>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "[x](vbscript:x)",
        "[x](//example.org)",
        "[x](/inside)",
        "![x](https://example.org/track.png)",
        "<https://example.org/><style>p{}</style>",
        "<iframe src=https://example.org></iframe>",
        '[x](https://example.org "title")',
        "`<script>`",
        "    <script>",
        "&lt;script&gt; &#60;script>",
        "{{ 7 * 7 }} {% raw %}",
    ],
)
def test_nothing_but_the_allowed_elements_and_attributes_comes_through(hostile: str) -> None:
    allowed = {"a": {"href", "class"}, "ol": {"start"}, "h3": {"id"}}
    for html in (shown(hostile, GLOSSARY), str(briefing.note(hostile))):
        for tag, attributes in Elements(html).found:
            assert tag in {"p", "a", "code", "pre", "h3"}
            assert set(attributes) <= allowed.get(tag, set())
            assert (attributes.get("href") or "https://").startswith(("https://", "#glossary-"))


def test_html_is_shown_as_it_was_written_and_not_lost() -> None:
    assert shown("a <b>bold</b> word") == "<p>a &lt;b&gt;bold&lt;/b&gt; word</p>\n"


def test_what_looks_like_a_template_stays_as_it_was_written() -> None:
    assert shown("{{ 7 * 7 }} {% x %}") == "<p>{{ 7 * 7 }} {% x %}</p>\n"


def test_headings_stand_below_the_section_without_gaps() -> None:
    first = briefing.sections(pack(section("#### Deep\n\nx\n\n###### Deeper\n\nx\n\n#### Deep\n\nx")))[0]
    assert [(tag, attributes["id"]) for tag, attributes in Elements(str(first.html)).found if tag[0] == "h"] == [
        ("h3", "background-deep"),
        ("h4", "background-deeper"),
        ("h3", "background-deep-2"),
    ]
    assert [(sub.id, sub.words, sub.level) for sub in first.subheadings] == [
        ("background-deep", "Deep", 3),
        ("background-deeper", "Deeper", 4),
        ("background-deep-2", "Deep", 3),
    ]
    assert "</h4>" in first.html


def test_ids_are_unique_on_the_page() -> None:
    parts = briefing.sections(
        pack(
            section("### One"),
            section("### One", SectionType.OTHER, "Voices"),
            section("x", SectionType.OTHER, "Voices!"),
            section("### …", SectionType.METHOD),
        )
    )
    assert [part.id for part in parts] == ["background", "other-voices", "other-voices-2", "method"]
    assert [sub.id for part in parts for sub in part.subheadings] == ["background-one", "other-voices-one", "method-2"]


def test_a_section_tells_its_heading_and_its_count() -> None:
    part = briefing.sections(
        pack(Section(type=SectionType.KEY_THEMES, title="Key themes (good practice)", markdown="- a", items=1))
    )
    assert (part[0].id, part[0].heading, part[0].items) == ("key-themes", "Key themes (good practice)", 1)


def test_the_first_mention_of_a_term_in_each_section_leads_to_its_entry() -> None:
    parts = briefing.sections(
        pack(section("SWIFT and SWIFT.\n\nSWIFT again."), section("SWIFT", SectionType.METHOD), glossary=GLOSSARY)
    )
    assert [links(str(part.html)) for part in parts] == [["swift"], ["swift"]]
    assert parts[0].html.startswith('<p><a href="#glossary-swift" class="glossary">SWIFT</a> and SWIFT.</p>')


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A non-accidental injury (NAI).", ["nai"]),
        ("NAI, then non-accidental injury.", ["nai"]),
        ("Non-accidental injuries", ["nai"]),
        ("Core Groups and core groups", ["core-group"]),
        ("a Core\nGroup", ["core-group"]),
        ("**Core Group**", ["core-group"]),
        ("SWIFT's view, under section 47, in the Core Group", ["swift", "section-47", "core-group"]),
        ("a swift answer", []),
        ("SWIFTER", []),
        ("hardcore groups", []),
        ("section 470", []),
        ("[SWIFT](https://example.org)", []),
        ("[the **SWIFT** team](https://example.org), SWIFT", ["swift"]),
        ("### SWIFT\n\nx", []),
        ("`SWIFT`", []),
    ],
)
def test_a_term_is_found_as_it_stands_in_a_sentence(text: str, found: list[str]) -> None:
    assert links(shown(text, GLOSSARY)) == found


def test_the_longer_of_two_terms_is_found() -> None:
    both = (GlossaryTerm(term="Core", meaning="A middle."), *GLOSSARY)
    assert links(shown("The Core Group is the core.", both)) == ["core-group", "core"]


def test_glossary_links_change_no_word() -> None:
    text = "SWIFT's view & the Core\nGroup: a non-accidental injury (NAI) – under section 47."
    with_links, without = shown(text, GLOSSARY), shown(text)
    assert re.sub("<[^>]+>", "", with_links).split() == re.sub("<[^>]+>", "", without).split()


def test_a_note_has_glossary_links_only_where_the_glossary_is_given() -> None:
    assert links(str(briefing.note("SWIFT"))) == []
    assert links(str(briefing.note("SWIFT", GLOSSARY))) == ["swift"]


def test_the_same_pack_is_always_shown_the_same() -> None:
    one = pack(section("SWIFT\n\n### x"), glossary=GLOSSARY)
    assert briefing.sections(one) == briefing.sections(PackContent.from_dict(one.as_dict()))
