"""Text pasted from a PDF, from slides, from a mail: what its lines mean, and what is said about what is unsure."""

from __future__ import annotations

import pytest

from tests.packs.briefings import words
from tests.packs.test_importing import listed, nothing_lost, of_text

WRAPPED = """Learning briefing: Child S

Background
Child S lived with her mother and two brothers and was seen by the school nurse twice in a
term before the police came and told the council about what the neighbours had heard there.
What worked well
• The nurse rang the social worker at once and wrote down what the child had said in her own
words, which the court later used
• The GP asked about the father at every visit and shared what he knew with the other services
Challenges
• Records did not follow the child when the family moved from one county to another that spring
Recommendations
• Schools should review their policy on bruises together with the Trust and the police each year
Points for discussion
• Who reads what you record?
"""
LONG = "The police came twice in the spring and told the council each time, which wrote it down. "


def test_a_heading_below_a_full_line_is_one_without_a_blank_line_between() -> None:
    found = of_text(WRAPPED)
    assert [one["type"] for one in found.drafted["sections"]] == [
        *("background", "key_themes", "key_challenges", "recommendations", "points_for_discussion"),
    ]
    assert listed(found, "key_themes")[0].endswith("in her own words, which the court later used")
    assert [point["question"] for point in found.drafted["points"]] == ["Who reads what you record?"]
    assert nothing_lost(found, words(WRAPPED))


@pytest.mark.parametrize("times", [3, 1.5])
def test_paragraphs_on_one_line_each_stay_apart(times: float) -> None:
    said = (LONG * 3)[: int(len(LONG) * times)].strip() + "."
    text = f"A briefing\nBackground\n{said}\n{said}\nFamily life\n{said}\nWhat the school saw\n- It rang.\n{said}"
    found = of_text(text)
    background = found.drafted["sections"][0]["markdown"]
    assert background.count("\n\n") >= 2 and "\n\nFamily life" in background
    assert found.drafted["sections"][1]["title"] == "What the school saw"
    assert nothing_lost(found, words(text))


AGED = """Background
This briefing summarises the learning from a rapid review of a baby who was harmed in the
care of his parents. The group found that nobody told the health visitor, and a boy aged
3. The father was never seen by anyone who came to the home of the family in those two years.

Learning identified
2. Ask about the father and about every other adult who lives in the home of a child who is
3. Record what children say in the words in which they said it, and read it to somebody else
"""


def test_a_number_within_a_sentence_stays_in_it_and_a_list_begins_with_the_number_that_was_typed() -> None:
    found = of_text(AGED)
    assert "and a boy aged 3\\. The father was never seen" in found.drafted["sections"][0]["markdown"]
    learning = found.drafted["sections"][1]["markdown"]
    assert learning.startswith("2. Ask about") and "\n3. Record what" in learning
    assert nothing_lost(found, words(AGED))


def test_a_short_line_with_a_number_and_text_below_is_doubted() -> None:
    text = (
        "A briefing\n\nBackground\n\nWhy.\n\n2. The school\n\nIt saw the bruises twice.\n\nLearning\n\n1. Ask\n2. Tell"
    )
    said = [doubt.what for doubt in of_text(text).doubts if "number" in doubt.what]
    assert len(said) == 1 and "“The school”" in said[0]


MAIL = """From: Jane Smith <jane.smith@esscp.example>
Sent: 12 March 2024 09:14
To: All leads
Subject: FW: Learning briefing - Child K

Dear all,

Please share with your teams.

{briefing}

Kind regards,
Jane
--
Jane Smith
Partnership Officer
01234 567890
"""
BRIEFING = """Background

Child K was six when she was found alone at home by a neighbour who
rang the police.

Learning
- Ask who lives at home.
- Check the records.

Questions
- Who do you call?"""


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("titled", [False, True])
def test_what_a_mail_has_beside_a_briefing_is_left_over(quoted: bool, titled: bool) -> None:
    briefing = f"Learning briefing - Child K\n\n{BRIEFING}" if titled else BRIEFING
    briefing = "\n".join(f"> {line}".strip() for line in briefing.split("\n")) if quoted else briefing
    text = MAIL.format(briefing=briefing)
    found = of_text(text)
    assert found.drafted["title"] == "Learning briefing - Child K" and not found.drafted["published"]
    assert listed(found, "learning_identified") == ["Ask who lives at home.", "Check the records."]
    assert "by a neighbour who rang the police." in found.drafted["sections"][0]["markdown"]
    assert [(one["question"], one["note"]) for one in found.drafted["points"]] == [("Who do you call?", "")]
    reasons = {one.text: one.why for one in found.left_over}
    assert reasons["Dear all,"] == "the greeting of an e-mail"
    assert reasons["Sent: 12 March 2024 09:14"] == "the head of an e-mail"
    assert reasons["Partnership Officer"] == reasons["Kind regards,"] == "the end of an e-mail"
    assert any("“Kind regards,”" in doubt.what for doubt in found.doubts)
    assert nothing_lost(found, words(text))


def test_a_goodbye_above_what_was_sent_on_does_not_take_it_away() -> None:
    above = "Please see below.\n\nKind regards\nJane\n"
    text = above + MAIL.format(briefing=BRIEFING)
    found = of_text(text)
    assert listed(found, "learning_identified") == ["Ask who lives at home.", "Check the records."]
    assert nothing_lost(found, words(text))


@pytest.mark.parametrize("sign", ["•", "➤", "∙", "✅", "● "])
def test_signs_of_slides_make_items_with_a_space_and_without_and_on_a_line_of_their_own(sign: str) -> None:
    text = f"Brief\n\nLearning\n\n{sign}Ask now\n{sign} Record\n\nQuestions\n\n{sign}\nWho calls?\n{sign}\nWhen?\n"
    found = of_text(text)
    assert listed(found, "learning_identified") == ["Ask now", "Record"]
    assert [(one["question"], one["note"]) for one in found.drafted["points"]] == [("Who calls?", ""), ("When?", "")]
    assert not any("paragraphs" in doubt.what for doubt in found.doubts)
    assert nothing_lost(found, words(text))


def test_a_word_that_any_hyphen_divides_is_put_together() -> None:
    found = of_text("Brief\n\nBackground\n\nThe informa\u00ad\ntion of the non\u2010\nbirthing parent.")
    assert found.drafted["sections"][0]["markdown"] == "The informa\u00adtion of the non\u2010birthing parent."
    said = [doubt.what for doubt in found.doubts if "divided" in doubt.what]
    assert len(said) == 1 and "birthing" in said[0]  # where a soft hyphen stands, nothing is unsure


def test_text_in_columns_beside_each_other_is_doubted() -> None:
    text = "Brief\n\nBackground        Learning\nShe was two       • Ask\nwhen she came     • Tell"
    assert sum("wide gaps" in doubt.what for doubt in of_text(text).doubts) == 1
    spaced = "Brief\n\nLearning\n\n•    Ask\n•    Tell\n•    Write it down"
    assert not any("wide gaps" in doubt.what for doubt in of_text(spaced).doubts)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        *((one, "learning_identified") for one in ("What we found", "What did the review find?", "Practice points")),
        *((one, "points_for_discussion") for one in ("For your team", "Think about", "Reflect and discuss")),
        *((one, "recommendations") for one in ("What next?", "What you can do", "Argymhellion")),
        *(
            ("Cefndir", "background"),
            ("Dull", "method"),
            ("Themâu allweddol", "key_themes"),
            ("Heriau", "key_challenges"),
        ),
        *(("Dysgu", "learning_identified"), ("Pwyntiau i’w trafod", "points_for_discussion")),
    ],
)
def test_a_heading_in_more_wordings_is_known(heading: str, kind: str) -> None:
    found = of_text(f"A briefing\n\n{heading}\n\n- One.")
    assert found.drafted["sections"][0]["type"] == kind
    assert not any("of its own" in doubt.what for doubt in found.doubts)
    assert nothing_lost(found, words(f"A briefing {heading} One."))


@pytest.mark.parametrize("heading", ["A dull winter", "What next spring brings"])
def test_a_heading_that_is_not_known_becomes_a_section_of_its_own_and_that_is_said(heading: str) -> None:
    found = of_text(f"A briefing\n\n{heading}\n\n- One.")
    assert [one["type"] for one in found.drafted["sections"]] == ["other"]
    assert [doubt.where for doubt in found.doubts if "of its own" in doubt.what] == [heading]
