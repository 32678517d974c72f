"""A pack folder is read whole or refused whole, with every fault, its file, its line and what to do."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from app.errors import Invalid
from app.packs.content import PackContent, PackType, PointKind, SectionType
from app.packs.folder import Fault, PackFaults, read_folder
from tests.packs.samples import BRIEFING, YAML, line_of


def folder(
    tmp_path: Path, yaml: str | bytes = YAML, briefing: str | bytes = BRIEFING, name: str = "falls-2025"
) -> Path:
    path = tmp_path / name
    path.mkdir(exist_ok=True, parents=True)
    for file, text in (("pack.yaml", yaml), ("briefing.md", briefing)):
        (path / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults(path: Path) -> list[Fault]:
    with pytest.raises(PackFaults) as refused:
        read_folder(path)
    return refused.value.faults


def the_fault(path: Path) -> Fault:
    found = faults(path)
    assert len(found) == 1, found
    return found[0]


def as_on_windows(text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


def test_a_good_folder_is_read_whole(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path))
    assert (pack.slug, pack.title, pack.type) == ("falls-2025", "Falls in the first year", PackType.RAPID_REVIEW)
    assert [(point.key, point.kind) for point in pack.points] == [
        ("what-is-a-fall", PointKind.OPEN),
        ("know-the-number", PointKind.KNOWLEDGE_CHECK),
    ]
    assert pack.points[0].note == "A fall is a fall.\n\n- on the stairs\n- from a bed"
    assert pack.recommendations[0].audience == "Health visitors"
    assert (pack.published_words, pack.review_on.isoformat()) == ("November 2025", "2027-01-31")


def test_sections_stand_in_order_with_the_number_of_their_items(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path))
    assert [(section.type.value, section.items) for section in pack.sections] == [
        ("background", 0),
        ("key_themes", 2),
        ("learning_identified", 1),
        ("recommendations", 1),
        ("points_for_discussion", 2),
    ]
    assert pack.sections[3].markdown == ""
    assert pack.sections[4].markdown == "Talk about these."


def test_a_date_is_a_month_or_a_day(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path, YAML.replace("published: 2025-11", "published: 2025-11-09")))
    assert pack.published_words == "9 November 2025"


def test_a_section_of_another_kind_has_its_own_title_and_may_stand_anywhere(tmp_path: Path) -> None:
    text = BRIEFING.replace("## Key themes", "## Other: Voices of parents\n\nThey said so.\n\n## Key themes")
    pack = read_folder(folder(tmp_path, briefing=text))
    assert (pack.sections[1].type, pack.sections[1].title) == (SectionType.OTHER, "Voices of parents")


def test_what_yaml_would_make_of_a_word_does_not_matter(tmp_path: Path) -> None:
    yaml = YAML.replace("short_title: Falls", "short_title: 0x1F").replace("term: LCSPR", "term: NO")
    pack = read_folder(folder(tmp_path, yaml))
    assert (pack.short_title, pack.glossary[0].term) == ("0x1F", "NO")


def test_the_same_text_has_the_same_digest_however_it_is_laid_out(tmp_path: Path) -> None:
    first = read_folder(folder(tmp_path / "a"))
    top, rest = YAML.split("type: rapid_review\n")
    shuffled = "# a remark\n" + rest + "type: 'rapid_review'\n" + top
    shuffled = shuffled.replace(
        "question: What counts as a fall?", "question: >\n      What counts\n      as a fall?\n"
    )
    shuffled = shuffled.replace("  - title: Help\n    url: https", '  - {"title": Help, url: "https').replace(
        "/help", '/help"}'
    )
    laid_out = folder(tmp_path / "b", as_on_windows(shuffled), as_on_windows(BRIEFING + "\n\n"))
    second = read_folder(laid_out)
    assert second == first
    assert second.digest == first.digest
    assert re.fullmatch("[0-9a-f]{64}", first.digest)


def test_composed_and_decomposed_letters_have_the_same_digest(tmp_path: Path) -> None:
    one = read_folder(folder(tmp_path / "a", YAML.replace("Help", "Caf\u00e9")))
    two = read_folder(folder(tmp_path / "b", YAML.replace("Help", "Cafe\u0301")))
    assert one.digest == two.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("yaml", "on the stairs", "on the steps"),
        ("yaml", "review: 2027-01-31", "review: 2027-02-01"),
        ("yaml", "knowledge_check", "open"),
        ("briefing", "Two babies", "Three babies"),
        ("briefing", "- One\n- Two", "- Two\n- One"),
    ],
)
def test_changed_text_has_another_digest(tmp_path: Path, file: str, old: str, new: str) -> None:
    texts = {"yaml": YAML, "briefing": BRIEFING}
    assert old in texts[file]
    changed = texts | {file: texts[file].replace(old, new)}
    assert read_folder(folder(tmp_path / "a", **changed)).digest != read_folder(folder(tmp_path / "b")).digest


def test_a_pack_comes_back_from_its_plain_values(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path))
    again = PackContent.from_dict(pack.as_dict())
    assert (again, again.digest) == (pack, pack.digest)
    assert pack.as_dict()["sections"][0] == {
        "type": "background",
        "title": "Background",
        "markdown": "Two babies fell.",
        "items": 0,
    }
    assert "url" not in pack.as_dict()["source"]


def test_plain_values_of_the_wrong_kind_are_no_pack(tmp_path: Path) -> None:
    values = read_folder(folder(tmp_path)).as_dict()
    for wrong in ({"title": 5}, {"type": "quiz"}, {"points": []}, {"more": "words"}):
        with pytest.raises(ValueError, match="validation error"):
            PackContent.from_dict(values | wrong)
    values["sections"][0]["items"] = "2"
    with pytest.raises(ValueError, match="valid integer"):
        PackContent.from_dict(values)


def test_recommendations_that_are_introduced_have_to_be_there(tmp_path: Path) -> None:
    yaml = re.sub(r"(?s)recommendations:\n.*?(?=glossary:)", "", YAML)
    kinds = [section.type for section in read_folder(folder(tmp_path, yaml)).sections]
    assert SectionType.RECOMMENDATIONS not in kinds
    introduced = BRIEFING.replace("## Points", "## Recommendations\n\nThese came of it.\n\n## Points")
    assert "briefing.md introduces recommendations" in the_fault(folder(tmp_path, yaml, introduced)).message


def test_every_fault_of_both_files_is_in_one_report(tmp_path: Path) -> None:
    yaml = (
        YAML.replace("type: rapid_review", "type: rapid")
        .replace("url: https", "url: ftp")
        .replace("2027-01-31", "soon")
    )
    briefing = "Early words.\n\n" + BRIEFING.replace("## Learning identified", "## Lerning").replace(
        "fell", "<b>fell</b>"
    )
    with pytest.raises(PackFaults) as refused:
        read_folder(folder(tmp_path, yaml, briefing))
    told = refused.value
    assert isinstance(told, Invalid)
    assert told.message == "The pack “falls-2025” cannot be published: 7 things to mend."
    assert [(fault.file, fault.line) for fault in told.faults] == [
        *[("pack.yaml", line_of(yaml, words)) for words in ("type:", "review: soon", "url:")],
        *[("briefing.md", line_of(briefing, words)) for words in ("Early", "<b>", "<b>", "## Lerning")],
    ]
    assert str(told).splitlines()[1].startswith("pack.yaml, line 3: “type” is not one of the words known here.")


@pytest.mark.parametrize("name", ["pack.yaml", "briefing.md"])
def test_a_missing_file_is_told_and_a_near_name_is_offered(tmp_path: Path, name: str) -> None:
    path = folder(tmp_path)
    (path / name).unlink()
    assert the_fault(path) == Fault(name, 0, "This file is missing. Write it.")
    (path / name.capitalize()).write_text("x")
    assert the_fault(path).message == f"This file is missing. There is “{name.capitalize()}”: rename it."


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "no such folder" in the_fault(tmp_path / "nothing").message


@pytest.mark.parametrize("name", ["Falls", "falls 2025", "f" * 41, "2025-falls"])
def test_the_name_of_the_folder_is_a_key(tmp_path: Path, name: str) -> None:
    assert "lower-case words with hyphens" in the_fault(folder(tmp_path, name=name)).message


@pytest.mark.parametrize("name", ["pack.yaml", "briefing.md"])
def test_a_link_to_another_file_is_not_followed(tmp_path: Path, name: str) -> None:
    path = folder(tmp_path)
    (path / name).rename(tmp_path / name)
    (path / name).symlink_to(tmp_path / name)
    assert the_fault(path) == Fault(name, 0, "This is a link to another file. Put the file itself here.")


def test_what_is_not_a_file_is_not_opened(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "pack.yaml").unlink()
    os.mkfifo(path / "pack.yaml")
    assert "not a text file" in the_fault(path).message


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = folder(tmp_path, briefing=BRIEFING + " " * 1_000_000)
    assert re.search(r"is 1,000,\d{3} bytes long. 1,000,000 at most", the_fault(path).message)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (YAML.encode("utf-16"), 1),
        (YAML.replace("Help", "Caf\u00e9").encode("latin-1"), line_of(YAML, "Help")),
    ],
)
def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path, data: bytes, line: int) -> None:
    fault = the_fault(folder(tmp_path, data))
    assert (fault.line, "UTF-8" in fault.message) == (line, True)


@pytest.mark.parametrize("character", ["\0", "\x07", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\ufffe"])
def test_characters_that_cannot_be_seen_are_refused_with_their_line(tmp_path: Path, character: str) -> None:
    path = folder(
        tmp_path,
        YAML.replace("on the stairs", f"on {character}the stairs"),
        BRIEFING.replace("Three", f"Thr{character}ee"),
    )
    assert [(f.file, f.line, f"U+{ord(character):04X}" in f.message) for f in faults(path)] == [
        ("pack.yaml", line_of(YAML, "on the stairs"), True),
        ("briefing.md", line_of(BRIEFING, "Three"), True),
    ]


def test_a_pack_without_topics_and_audience_keeps_the_digest_it_had_before_there_were_any(tmp_path: Path) -> None:
    pack = read_folder(folder(tmp_path))
    assert not {"topics", "audience", "watch"} & pack.as_dict().keys()
    assert pack.digest == "6f6769fdd30aac6ca8d5e33f96d7fbf9b7188741d89541bf757c1041d20fbcee"
    said = read_folder(folder(tmp_path / "b", YAML + "topics: [Falls]\naudience: [Parents]\n"))
    assert (said.as_dict()["topics"], said.as_dict()["audience"]) == (["Falls"], ["Parents"])
    assert said.digest != pack.digest
