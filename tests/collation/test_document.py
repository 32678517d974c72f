"""The Word report on one circulation: a first page that stands alone, then every shared answer with its source."""

from __future__ import annotations

import shutil
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from app.collation.document import report_document
from app.collation.report_facts import Answer, Coverage, Launch, OtherReply, PointFacts, ReportFacts, Said, Waiting
from app.packs.models import PointKind
from app.text import clean
from app.web import pictures
from tests.conftest import missing
from tests.web.word_reading import as_pdf, body, faults, headings, pages, paragraphs, tables, words

JUNE = date(2026, 6, 12)
ANSWER = Answer("East Downs NHS Trust", "Health", "Team meeting", JUNE, 9, "A story that changes.\nDelay.", True)
CHECK = PointFacts(
    question="Do you know what VIG is?",
    met=31,
    teams=3,
    counted_in=2,
    answers=(replace(ANSWER, hands=(5, 6, None)), replace(ANSWER, words="", quotable=False, hands=(1, 0, 2)), ANSWER),
    kind=PointKind.KNOWLEDGE_CHECK,
)


def point(question: str, *answers: Answer, met: int = 31, **more: Any) -> PointFacts:
    """A point that one team shared each answer to."""
    return PointFacts(question=question, met=met, teams=len(answers), answers=answers, **more)


FACTS = ReportFacts(
    partnership="East Sussex Safeguarding Children Partnership",
    briefing_title="Non-accidental injury in children under 5",
    short_title="NAI under 5",
    edition=2,
    launches=(Launch(date(2026, 5, 1), JUNE, 50), Launch(date(2026, 6, 1), date(2026, 7, 31), 10)),
    as_of=datetime(2026, 6, 30, 8, 0, tzinfo=UTC),
    coverage=(
        Coverage("East Downs NHS Trust", "Health", 40, 26, 25, 22),
        Coverage("Hill School", "Schools", 10, 4, 2, 0, 1),
        Coverage("Town Housing", "Housing", 9),
        Coverage("Shore Nursery", "Early years", 1, 0, 0, 0, 1),
    ),
    points=(point("What is a non-accidental injury?", ANSWER), CHECK),
    actions=(Said("Hill School", "Schools", "Add a prompt"),),
    questions=(Said("East Downs NHS Trust", "Health", "Will there be training?"),),
    other_replies=(OtherReply("Shore Nursery", "Baby room", "Discussed with", "the Hill School team"),),
    waiting=(Waiting("Town Housing", "Tenancy support", "Started"), Waiting("Town Housing", "", "No response yet")),
)
cleaned = st.text(st.characters(exclude_categories=["Cs"])).map(clean)


@pytest.fixture
def soffice() -> str:
    """The path of LibreOffice."""
    return shutil.which("soffice") or missing("LibreOffice") or ""


def made(**changes: object) -> bytes:
    return report_document(replace(FACTS, **changes))  # type: ignore[arg-type]


def first_page(file: bytes) -> list[str]:
    """The paragraphs before the first page break."""
    texts = []
    for one in body(file).iter(qn("w:p")):
        if one.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}") is not None:
            return texts
        texts.append(words(one))
    raise AssertionError("nothing begins a new page")


def only_first_page(file: bytes) -> bytes:
    """The document up to where the second page begins."""
    document, cut = Document(BytesIO(file)), BytesIO()
    whole = document.element.body
    begins = next(n for n, one in enumerate(whole) if one.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}") is not None)
    for one in list(whole)[begins:-1]:  # the last says how large a page is
        whole.remove(one)
    document.save(cut)
    return cut.getvalue()


NOTHING = {"coverage": (), "points": (), "actions": (), "questions": (), "other_replies": (), "waiting": ()}


@pytest.mark.parametrize("changes", [{}, NOTHING, {"launches": (), "added_later": 2}])
def test_every_shape_of_report_makes_a_document_without_faults(changes: dict[str, object]) -> None:
    assert faults(made(**changes)) == []


def test_the_report_is_the_partnerships_and_says_as_of_when() -> None:
    file = made()
    known = Document(BytesIO(file)).core_properties
    assert (known.title, known.author) == ("What teams said: NAI under 5, 30 June 2026", FACTS.partnership)
    assert known.created == known.modified == FACTS.as_of
    assert paragraphs(file, "Title") == ["What teams said: NAI under 5"]
    assert paragraphs(file, "Subtitle") == ["Non-accidental injury in children under 5", FACTS.partnership]
    launches = "1 May 2026 (50 teams, by 12 June 2026) and 1 June 2026 (10 teams, by 31 July 2026)"
    when = f"As of 30 June 2026 at 09:00. Edition 2. Circulated on {launches}."
    assert when in first_page(file)


def test_the_marking_stands_on_every_page() -> None:
    section = Document(BytesIO(made(marking="OFFICIAL"))).sections[0]
    assert section.header.paragraphs[0].text == section.footer.paragraphs[1].text == "OFFICIAL"


def test_the_first_page_has_the_figures_as_a_table_and_as_a_picture_with_the_same_figures() -> None:
    file = made()
    assert tables(file)[0] == [
        ["Step", "Teams", "Of teams asked", "Organisations"],
        ["Asked", "60", "100%", "4"],
        ["Discussed", "30", "50%", "2"],
        ["Shared", "22", "37%", "1"],
    ]
    described = [one.get("descr") for one in body(file).iter() if one.tag.endswith("}docPr")]
    assert described == ["Teams: asked, discussed, shared. Asked: 60; Discussed: 30; Shared: 22."]


def test_without_a_font_the_table_does_the_pictures_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.pictures.font_family", lambda: None)
    assert pictures.font_family() is None
    assert faults(made()) == []
    assert not list(body(made()).iter(qn("w:drawing")))


def test_the_first_page_tells_silence_from_other_replies_and_from_answers_kept_back() -> None:
    kept, other = "8 teams have discussed it and shared no answers so far.", "2 teams have replied in another way."
    assert f"{kept} {other} 28 teams have not replied yet." in first_page(made())


def test_the_first_page_names_the_sectors_not_heard_from() -> None:
    page = first_page(made())
    assert "Sectors not heard from: Housing." in page
    assert "Sectors that discussed it and have shared nothing so far: Schools." in page
    everybody = (Coverage("A", "Health", 1, 1, 1, 1),)
    assert "Sectors not heard from: none." in first_page(made(coverage=everybody))


def test_the_first_page_has_a_line_for_each_point_with_its_own_denominator() -> None:
    page = first_page(made())
    assert "1. What is a non-accidental injury?\n1 of the 31 teams that met shared 1 answer." in page
    where = "By show of hands at 2 meetings of 2 teams, 18 people present in all"
    counted = f"{where}: 6 yes, 6 partly, 2 not yet. Somebody who came to two meetings is counted in both."
    assert f"2. Do you know what VIG is?\n3 of the 31 teams that met shared 3 answers. {counted}" in page


def test_a_point_nobody_met_about_or_counted_says_so() -> None:
    points = (point("A?", met=0), point("B?", ANSWER, met=1, kind=PointKind.KNOWLEDGE_CHECK))
    page = first_page(made(points=points))
    assert "1. A?\nNo team has met yet." in page
    assert "2. B?\n1 of 1 team that met shared 1 answer. No team shared a count of hands." in page


def test_of_many_launches_the_first_page_names_two() -> None:
    often = made(launches=FACTS.launches * 3)
    assert "(10 teams, by 31 July 2026) and 4 times more, last on 1 June 2026." in " ".join(first_page(often))


def test_the_first_page_says_what_its_figures_cannot_say() -> None:
    limits = first_page(made(added_later=1))[-1]
    assert limits.startswith("Teams chose whether to discuss it")
    assert limits.endswith("Apart from these figures, 1 team was asked after the launch.")
    assert "after the launch" not in first_page(made())[-1]


def test_the_headings_follow_the_first_page_then_the_points() -> None:
    first = [(1, "How far it has gone"), (1, "The discussion points"), (1, "What these figures can say")]
    points = [(1, "What teams said"), (2, "1. What is a non-accidental injury?"), (2, "2. Do you know what VIG is?")]
    lists = [
        "What teams will do",
        "Questions for the partnership",
        "Coverage, in teams",
        "Other replies",
        "No response yet",
    ]
    assert headings(made()) == [*first, *points, *((1, text) for text in lists)]


def test_an_answer_stands_beside_its_organisation_sector_setting_and_month_never_its_day() -> None:
    file = made()
    source = "East Downs NHS Trust\nHealth · Team meeting\nJune 2026 · 9 present\nMay be quoted"
    assert tables(file)[1] == [["From", "What the team said"], [source, "A story that changes.\nDelay."]]
    assert not any("12 June" in cell for table in tables(file) for row in table for cell in row)


def test_quotable_answers_are_told_from_the_others() -> None:
    sources = [row[0].rpartition("\n")[2] for row in tables(made())[3][1:]]
    assert sources == ["May be quoted", "Not for quoting", "May be quoted"]
    names = "The partnership sees the organisation’s name beside the answers, not the team’s."
    assert f"{names} A quotation in a report names neither." in paragraphs(made())


def test_knowledge_is_counted_in_people_and_in_teams() -> None:
    file = made()
    assert tables(file)[2] == [["Show of hands", "Yes", "Partly", "Not yet"], ["People", "6", "6", "2"]]
    assert "By show of hands at 2 meetings of 2 teams, 18 people present in all" in paragraphs(file, "Caption")
    assert [row[1].rpartition("\n")[2] for row in tables(file)[3][1:]] == [
        "Show of hands: 5 yes, 6 partly",
        "Show of hands: 1 yes, 0 partly, 2 not yet",
        "Delay.",
    ]


def test_an_answer_of_no_words_says_so() -> None:
    assert tables(made(points=(point("Q", replace(ANSWER, words=" \u200b")),)))[1][1][1] == "No words"


def test_coverage_other_replies_and_silence_are_three_tables() -> None:
    coverage, replies, waiting = tables(made())[-3:]
    assert coverage[0] == [
        "Organisation",
        "Asked",
        "Discussed",
        "Acknowledged",
        "Shared",
        "Entered",
        "Other reply",
        "No reply yet",
    ]
    assert coverage[2] == ["Hill School\nSchools", "10", "4", "2", "0", "0", "1", "5"]
    assert replies[1] == ["Shore Nursery\nBaby room", "Discussed with", "the Hill School team"]
    assert waiting[1:] == [
        ["Town Housing", "Tenancy support", "Started"],
        ["Town Housing", "No team known", "No response yet"],
    ]


def test_actions_and_questions_come_with_organisation_and_sector() -> None:
    actions, questions = tables(made())[4:6]
    assert actions == [["From", "In their words"], ["Hill School\nSchools", "Add a prompt"]]
    assert questions[1] == ["East Downs NHS Trust\nHealth", "Will there be training?"]


def test_empty_lists_say_what_is_missing() -> None:
    texts = paragraphs(made(**NOTHING), "Quiet")
    for sentence in (
        "No team has shared what it will do.",
        "No question to the partnership has been shared.",
        "Nobody has been asked.",
        "No team has replied in another way.",
        "Every team that was asked has replied.",
    ):
        assert sentence in texts


@settings(max_examples=60, deadline=None)
@given(cleaned, cleaned)
def test_any_cleaned_text_is_carried_whole(one: str, other: str) -> None:
    answer = replace(ANSWER, organisation=one, sector=other, setting=one, words=f"{other}.")
    facts = replace(
        FACTS,
        points=(point(one, answer),),
        coverage=(Coverage(one, other, 1, 1),),
        actions=(Said(one, "", other),),
        other_replies=(OtherReply(other, one, one, other),),
        waiting=(Waiting(one, other, one),),
        short_title=one,
        briefing_title=other,
        partnership=one,
    )
    with pytest.MonkeyPatch.context() as patch:  # drawing the same picture again and again would be most of the time
        patch.setattr("app.collation.document.picture", lambda svg: None)
        file = report_document(facts)
    answers, actions = tables(file)[1:3]
    assert answers[1][1] == f"{other}."
    assert answers[1][0].startswith(f"{one}\n{other} · {one}")
    assert actions[1] == [one, other]
    assert tables(file)[-1][1] == [one, other or "No team known", one]


def test_the_same_facts_give_the_same_bytes() -> None:
    assert made() == made()


def thousands(count: int) -> ReportFacts:
    answers = tuple(replace(ANSWER, words=f"{number}. {'a long answer ' * 30}\nDelay.") for number in range(count))
    return replace(FACTS, points=(point("Q", *answers),))


def test_of_10_000_answers_none_is_lost() -> None:
    file = report_document(thousands(10_000))
    rows = next(one for one in body(file).iter(qn("w:tbl")) if words(one).startswith("From")).findall(qn("w:tr"))
    assert len(rows) == 10_001
    assert words(rows[-1]).endswith("Delay.")
    assert "9999. a long answer" in words(rows[-1])


def test_10_000_answers_take_less_than_64_megabytes() -> None:
    facts = thousands(10_000)
    report_document(thousands(1))
    tracemalloc.start()
    report_document(facts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def test_the_first_page_is_one_page_even_in_a_font_wider_than_arial(soffice: str, tmp_path: Path) -> None:
    """With all that may stand on it: further launches, outside answers, teams asked later, people counted twice."""
    long = "How do you engage fathers and non-birthing partners when you never see them at home?"
    points = (replace(FACTS.points[0], question=long), CHECK, FACTS.points[0])
    met, silent = ("Schools", "Early years", "Police", "Social care"), ("Voluntary sector", "Housing", "Probation")
    sectors = [*FACTS.coverage[:1], *(Coverage(f"{name} unit", name, 3, 1, 1, 0, 0, 1) for name in met)]
    sectors += [Coverage(f"{name} unit", name, 3) for name in silent]
    launches = (*FACTS.launches, *(Launch(date(2026, 6, day), date(2026, 8, day), 12) for day in (10, 20)))
    file = made(points=points, coverage=tuple(sectors), launches=launches, added_later=12)
    assert pages(as_pdf(only_first_page(file), soffice, tmp_path)) == 1


def test_libreoffice_opens_a_long_report(soffice: str, tmp_path: Path) -> None:
    assert pages(as_pdf(report_document(thousands(50)), soffice, tmp_path)) > 5
