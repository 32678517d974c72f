"""The first real pack: all that the ESSCP's deep dive of April 2021 says, counted and in order, with its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.packs import briefing
from app.packs.content import PackContent, PackType, SectionType
from app.packs.folder import read_folder

FOLDER = Path(__file__).parents[2] / "packs" / "nai-under-5-2021"


@pytest.fixture(scope="module")
def pack() -> PackContent:
    return read_folder(FOLDER)


def test_it_names_its_source_and_when_that_was_published(pack: PackContent) -> None:
    assert pack.source.name == "East Sussex Safeguarding Children Partnership (ESSCP)"
    assert pack.source.partnership == "esscp"
    assert pack.source.title == "Non-Accidental Injury Under 5 Deep Dive: Summary for Practitioners & Managers"
    assert (pack.published_words, pack.type, pack.short_title) == (
        "April 2021",
        PackType.MULTI_AGENCY_AUDIT,
        "NAI under 5",
    )


def test_it_has_nine_themes_three_challenges_four_points_of_learning_four_recommendations_and_three_points(
    pack: PackContent,
) -> None:
    assert [(section.type, section.items) for section in pack.sections] == [
        (SectionType.BACKGROUND, 0),
        (SectionType.METHOD, 0),
        (SectionType.KEY_THEMES, 9),
        (SectionType.KEY_CHALLENGES, 3),
        (SectionType.LEARNING_IDENTIFIED, 4),
        (SectionType.RECOMMENDATIONS, 4),
        (SectionType.POINTS_FOR_DISCUSSION, 3),
    ]
    assert (len(pack.recommendations), len(pack.points)) == (4, 3)


def test_its_three_questions_have_lasting_keys_and_only_vig_is_a_knowledge_check(pack: PackContent) -> None:
    assert [(point.key, point.kind.value) for point in pack.points] == [
        ("what-is-nai", "open"),
        ("what-is-vig", "knowledge_check"),
        ("engaging-fathers", "open"),
    ]
    for point, words in zip(
        pack.points, ["non-accidental injury", "Video Interaction Guidance (VIG)", "non-birthing"], strict=True
    ):
        assert words in point.question


def test_its_recommendations_have_lasting_keys_and_say_whom_they_are_for(pack: PackContent) -> None:
    assert [(recommendation.key, recommendation.audience) for recommendation in pack.recommendations] == [
        ("promote-vig", "Children's Services"),
        ("blood-test-results", "Health professionals"),
        ("swift-at-strategy-discussions", "Social workers"),
        ("assurance-about-fathers", "The ESSCP"),
    ]


# A few words for each fact of the briefing, in the order in which it says them.
FACTS = {
    SectionType.BACKGROUND: """
        practitioners and managers / Quality Assurance (QA) subgroup / safeguard children and promote their
        welfare / effective / recommends / April 2021 / deep dive / two children / under 5 / referral /
        several agencies / inflicts / does not prevent / does not fit the injury / more common during the
        coronavirus pandemic / pressure / tension""",
    SectionType.METHOD: """
        two cases / 12 months / details of the children / Ofsted / questionnaire / own words / wanted to
        achieve / shaped their work / went well / less well / see it now / online / Front line practitioners /
        auditors / small groups / helped / stood in the way / key themes and the recommendations""",
    SectionType.KEY_THEMES: """
        motivated / relationships / same picture of needs and risks / plan of action / shared it / Strategy
        Discussions / Child Protection Conferences / Core Groups / Between meetings / progress / observing
        several times / threshold / SWIFT / early / expert view / targeted / overwhelm / within their reach /
        learning needs / same thing / measured""",
    SectionType.KEY_CHALLENGES: """
        Fathers, and other men / practical difficulties / flexible working / fine differences / different
        opinions / nothing shows for certain / grey area / delayed / tests / parents and children anxious""",
    SectionType.LEARNING_IDENTIFIED: """
        Professional challenge / escalating / open and honest / different professional views / tailored /
        Covid-19 / social workers / in person / Health visitors / online / more professionals / better / Two
        consultant radiologists / uncertain / disagree / Specialist Centre / without waiting / Named Doctors""",
    SectionType.POINTS_FOR_DISCUSSION: "ESSCP / team meeting / group supervision / minutes / safeguarding lead",
}


@pytest.mark.parametrize("kind", FACTS, ids=str)
def test_every_fact_of_the_briefing_is_there_in_its_order(pack: PackContent, kind: SectionType) -> None:
    left = " ".join(next(section.markdown for section in pack.sections if section.type is kind).split())
    for fact in " ".join(FACTS[kind].split()).split(" / "):
        assert fact.casefold() in left.casefold()
        left = left[left.casefold().index(fact.casefold()) :]


def test_every_fact_of_the_recommendations_is_there(pack: PackContent) -> None:
    facts = [
        "VIG.*Children's Services.*relationships.*parents.*children",
        "parents.*blood tests.*as soon as.*how long.*results",
        "Strategy Discussion.*non-accidental injury.*SWIFT.*invited.*expertise.*children and parents present",
        "partner agencies.*fathers and non-birthing partners.*assurance.*meaningful and robust",
    ]
    for recommendation, fact in zip(pack.recommendations, facts, strict=True):
        assert re.search(fact, recommendation.text)


def test_every_short_form_it_uses_stands_in_the_glossary(pack: PackContent) -> None:
    text = " ".join(section.markdown for section in pack.sections)
    text += " ".join(f"{point.question} {point.note}" for point in pack.points)
    short = set(re.findall(r"\b[A-Z]{2,}\b", text))
    assert short == {"NAI", "VIG", "SWIFT", "ESSCP", "QA"}
    assert short <= {word for entry in pack.glossary for word in entry.term.split()}


def test_every_term_of_the_glossary_is_used_and_the_terms_are_in_order(pack: PackContent) -> None:
    said = " ".join(section.markdown for section in pack.sections) + str(
        pack.model_dump(include={"points", "recommendations"})
    )
    folded = re.sub(r"\s+", " ", said).casefold()
    assert [e.term for e in pack.glossary if e.term.casefold() not in folded] == ["QA subgroup"]
    assert [e.term for e in pack.glossary] == sorted((e.term for e in pack.glossary), key=str.casefold)


def test_glossary_links_lead_to_entries_that_are_there(pack: PackContent) -> None:
    html = "".join(part.html for part in briefing.sections(pack))
    led_to = set(re.findall(r'href="#glossary-([a-z0-9-]+)"', html))
    assert led_to <= {entry.slug for entry in pack.glossary}
    assert {"nai", "swift", "esscp", "core-group", "skeletal-survey", "qa-subgroup", "named-doctor"} <= led_to


@pytest.mark.parametrize("file", ["pack.yaml", "briefing.md"])
def test_it_keeps_to_the_words_of_the_field(file: str) -> None:
    words = re.findall(r"[a-z]+", (FOLDER / file).read_text(encoding="utf-8").casefold().replace("skeletal survey", ""))
    assert not {"user", "users", "ticket", "survey", "score", "league", "failed", "delivered", "chase"} & set(words)
