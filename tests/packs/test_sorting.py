"""Sentences of a briefing are moved one by one, and whatever stays reads as it did."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import db
from app.packs.drafted import Drafted, shaped
from app.packs.drafts import PackDraft
from app.packs.marking import words_of
from app.packs.moving import joined, left_pieces, moved, pieces_of, put_at, shifted, words_in
from tests.client import Client
from tests.packs.test_making import begun, draft_now, officers, page, post, sections

__all__ = ["officers"]


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("They came. What then? We left!", ["They came.", "What then?", "We left!"]),
        (
            "Some teams, e.g. Health, see Dr. Who. J. Bloggs came.",
            ["Some teams, e.g. Health, see Dr. Who.", "J. Bloggs came."],
        ),
        ("See No. 7 and p. 3. He said no. Then he left.", ["See No. 7 and p. 3.", "He said no.", "Then he left."]),
        ("“Is it so?” she asked. (It was.) Yes", ["“Is it so?” she asked.", "(It was.)", "Yes"]),
        ("**One. Two.** *Three.* Four", ["One. Two.", "Three.", "Four"]),
        ("Read [the guide. All of it](https://a.example). Now", ["Read the guide. All of it.", "Now"]),
        ("It cost 3.5 million. 2 of them paid.", ["It cost 3.5 million.", "2 of them paid."]),
        ("Wait ... what? Are you sure?!  Yes.", ["Wait ... what?", "Are you sure?!", "Yes."]),
        ("- One. Two.\n- Three.", ["One. Two.", "Three."]),
        ("Read [the guide][a]. Now.\n\n[a]: https://a.example", ["Read the guide.", "Now.", "[a]: https://a.example"]),
        ("Read [the guide][a]. Now.", ["Read the guide.", "Now."]),
    ],
)
def test_a_paragraph_is_divided_where_its_sentences_end(paragraph: str, sentences: list[str]) -> None:
    assert [piece.words for piece in pieces_of(0, paragraph)] == sentences
    assert joined(pieces_of(0, paragraph)) == paragraph


@given(st.text("Ab. ?!*_[](x)\n-#1`“”", max_size=60))
def test_pieces_put_together_again_say_the_same(text: str) -> None:
    whole = joined(pieces_of(0, text))
    assert words_of(whole) == words_of(text)
    assert joined(pieces_of(0, whole)) == whole


@pytest.mark.parametrize("text", ["." * 100_000, "**" + "Ab. " * 20_000 + "Ab**", "A. " * 30_000, "? (" * 30_000])
def test_dividing_takes_no_time(text: str) -> None:
    began = time.process_time()
    pieces_of(0, text)
    assert time.process_time() - began < 5


def test_the_sentences_that_stay_go_on_in_one_paragraph() -> None:
    told = {"type": "background", "title": "", "markdown": "One. Two.  \nThree. Four.\n\nFive."}
    after = moved(shaped({"sections": [told]}), ["0-1", "0-4"], "points")
    assert after["sections"][0]["markdown"] == "One.  \nThree. Four."
    assert [point["question"] for point in after["points"]] == ["Two.", "Five."]
    after = moved(shaped({"sections": [told]}), ["0-0"], "0")
    assert after["sections"][0]["markdown"] == "Two.  \nThree. Four.\n\nFive.\n\nOne."


def test_one_sentence_becomes_a_question_in_plain_words(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    asked = "What would *you* do, after [the guide][a]?"
    text = f"# A\n\n## Background\n\nA child was hurt. {asked} We asked Dr. May.\n\n[a]: https://a.example"
    url = begun(client, how="text", text=text)
    post(client, f"{url}/sort", {"piece": "0-1", "to": "points"})
    assert [point["question"] for point in draft_now().content["points"]] == ["What would you do, after the guide?"]
    assert sections()[0] == ("background", "A child was hurt. We asked Dr. May.")


def test_a_piece_goes_to_the_end_of_its_own_section_and_one_that_stands_there_is_said(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = begun(client, how="text", text="Background\n\nWhy.\n\nLearning\n\n- One.\n- Two.")
    post(client, f"{url}/sort", {"piece": "1-0", "to": "1"})
    assert sections()[1] == ("learning_identified", "- Two.\n- One.")
    version = draft_now().version
    refused = post(client, f"{url}/sort", {"piece": "1-1", "to": "1"})
    assert refused.status_code == 422 and "stands there already. Choose another place." in refused.text
    assert draft_now().version == version and "Two." in page(client, f"{url}/sort")


def stands(*texts: str) -> Drafted:
    return shaped({"sections": [{"type": "other", "title": "A", "markdown": text} for text in texts]})


def texts(content: Drafted) -> list[str]:
    return [section["markdown"] for section in content["sections"]]


@pytest.mark.parametrize(
    ("text", "ticked", "how", "after", "known"),
    [
        ("- a\n- b\n- c", ["0-2"], "up", "- a\n- c\n- b", ["0-1"]),
        ("- a\n- b\n- c", ["0-0"], "down", "- b\n- a\n- c", ["0-1"]),
        ("- a\n- b\n- c", ["0-1", "0-2"], "up", "- b\n- c\n- a", ["0-0", "0-1"]),
        ("- a\n- b\n- c", ["0-0", "0-1"], "down", "- c\n- a\n- b", ["0-1", "0-2"]),
        ("- a\n- b\n- c", ["0-0", "0-2"], "up", "- a\n- c\n- b", ["0-0", "0-1"]),
        ("- a\n- b", ["0-0"], "up", "- a\n- b", ["0-0"]),
        ("- a\n- b", ["0-1"], "down", "- a\n- b", ["0-1"]),
        ("1. a\n2. b\n3. c", ["0-2"], "up", "1. a\n2. c\n3. b", ["0-1"]),
        ("9. a\n10. b", ["0-1"], "up", "9. b\n10. a", ["0-0"]),
        ("One. Two.\n\nThree.", ["0-2"], "up", "One.\n\nThree.\n\nTwo.", ["0-1"]),
        ("- a\n  - below\n- b", ["0-1"], "up", "- b\n- a\n  - below", ["0-0"]),
        ("- a\n- b", ["7-7"], "up", "- a\n- b", []),
    ],
)
def test_pieces_go_up_and_down_by_one_and_stay_known(
    text: str, ticked: list[str], how: str, after: str, known: list[str]
) -> None:
    content, names = shifted(stands(text), ticked, how)
    assert (texts(content), names) == ([after], known)


def test_a_sentence_that_goes_up_twice_leaves_the_paragraph_above_whole() -> None:
    once, names = shifted(stands("One. Two.\n\nThree."), ["0-2"], "up")
    twice, _ = shifted(once, names, "up")
    assert texts(twice) == ["Three.\n\nOne.\n\nTwo."]


@given(st.text("Ab. -1\n", max_size=40), st.sets(st.integers(0, 6)), st.sampled_from(["up", "down"]))
def test_going_up_or_down_loses_no_piece(text: str, ticked: set[int], how: str) -> None:
    before = pieces_of(0, text)
    content, names = shifted(stands(text), {f"0-{number}" for number in ticked}, how)
    assert sorted(words_of(texts(content)[0]).split()) == sorted(words_of(text).split())
    assert len(names) == len([piece for piece in before if piece.name in {f"0-{n}" for n in ticked}])


def test_a_piece_is_drawn_to_where_another_stands() -> None:
    two = stands("- a\n- b\n- c", "Text. More.")
    for name, place, after in (
        ("0-0", "0-2", ["- b\n- c\n- a", "Text. More."]),
        ("0-2", "0-0", ["- c\n- a\n- b", "Text. More."]),
        ("1-1", "0-1", ["- a\n\nMore.\n\n- b\n- c", "Text."]),
    ):
        content, known = put_at(two, name, place)
        assert (texts(content), known) == (after, place)
    assert put_at(two, "0-0", "9-9") == (two, "") == put_at(two, "", "0-0")


@pytest.mark.parametrize(
    ("text", "name", "place", "after"),
    [
        ("1. a\n2. b\n3. c", "0-2", "0-0", "1. c\n2. a\n3. b"),
        ("9. a\n   - x\n10. b", "0-1", "0-0", "9. b\n10. a\n    - x"),
        ("1. a\n1. b\n1. c", "0-2", "0-0", "1. c\n1. a\n1. b"),
        ("1) a\n2) b", "0-1", "0-0", "1) b\n2) a"),
    ],
)
def test_numbered_items_are_counted_from_where_they_were(text: str, name: str, place: str, after: str) -> None:
    assert texts(put_at(stands(text), name, place)[0]) == [after]


@pytest.mark.parametrize(
    ("text", "name", "after"),
    [
        ("We looked at it. It named three things:\n\n- a", "0-1", "It named three things:\n\nWe looked at it.\n\n- a"),
        ("We said no. Yes. 7 came.", "0-2", "We said no.\n\n7 came. Yes."),
    ],
)
def test_a_sentence_that_would_grow_into_the_next_stands_by_itself(text: str, name: str, after: str) -> None:
    content, _ = shifted(stands(text), [name], "up")
    assert texts(content) == [after] and len(pieces_of(0, after)) == len(pieces_of(0, text))


def test_on_the_page_what_went_by_one_stays_ticked_and_says_where_it_cannot_go(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = begun(client, how="text", text="Background\n\nWhy.\n\nLearning\n\n- One.\n- Two.\n- Three.")
    answer = post(client, f"{url}/sort", {"piece": "1-2", "do": "up"})
    assert sections()[1] == ("learning_identified", "- One.\n- Three.\n- Two.")
    assert answer.headers["Location"] == f"{url}/sort?piece=1-1&version={draft_now().version}#piece-1-1"
    shown = page(client, answer.headers["Location"])
    assert shown.count(" checked>") == 1 and 'id="piece-1-1" checked>' in shown
    drawn = post(client, f"{url}/sort", {"do": "to.piece.1-2.1-0"})
    assert drawn.headers["Location"] == f"{url}/sort#piece-1-0"
    assert " checked>" not in page(client, answer.headers["Location"]), "those were other pieces"
    assert sections()[1] == ("learning_identified", "- Two.\n- One.\n- Three.")
    for sent, words in (
        ({"do": "up", "piece": "1-0"}, "stands at the top of its section already"),
        ({"do": "down", "piece": "1-2"}, "stands at the end of its section already"),
        ({"do": "down"}, "Tick what is to be moved."),
        ({"piece": "1-0"}, "Choose where it is to go."),
        ({"do": "to.piece.1-0", "piece": "1-0"}, "stands there already"),
    ):
        refused = post(client, f"{url}/sort", sent)
        assert refused.status_code == 422 and words in refused.text
    stale = post(client, f"{url}/sort", {"piece": "1-0", "do": "down", "version": "1"})
    assert stale.status_code == 422 and "Tick again what is to be moved." in stale.text
    assert " checked>" not in stale.text


def test_what_would_read_otherwise_elsewhere_is_left_where_it_is(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = begun(client, how="text", text="Background\n\nWhy.\n\nLearning\n\nOne.")
    sections_ = [{**one} for one in draft_now().content["sections"]]
    sections_[0]["markdown"] = "Read [the guide][a]. Now.\n\n[a]: https://a.example"
    with db.writing() as session:
        draft = session.get_one(PackDraft, draft_now().id)
        draft.content = {**draft.content, "sections": sections_}
    before = sections()
    for sent in ({"do": "to.piece.0-0.1-0"}, {"piece": "0-0", "to": "1"}):
        refused = post(client, f"{url}/sort", sent)
        assert refused.status_code == 422 and "There it would read otherwise." in refused.text
    assert sections() == before


def test_what_was_left_over_is_put_where_it_belongs_or_taken_out_for_good(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = begun(client, how="text", text="Background\n\nWhy.\n\nPage 1 of 2\n\nKey learning\n\n- One.\n\nPage 2 of 2")
    left = draft_now().content["left_over"]
    texts = [text for _, text in left]
    assert "Page 1 of 2" in texts and "Key learning" in texts
    shown = page(client, f"{url}/sort")
    assert "Left over from the document, put nowhere" in shown and shown.count('value="left-') == len(left)
    at = texts.index("Key learning")
    assert post(client, f"{url}/sort", {"piece": f"left-{at}", "to": "0"}).status_code == 303
    assert sections()[0][1] == "Why.\n\nKey learning"
    assert [text for _, text in draft_now().content["left_over"]] == texts[:at] + texts[at + 1 :]
    stale = post(client, f"{url}/sort", {"piece": "left-0", "to": "nowhere", "version": "1"})
    assert stale.status_code == 422, "the list is another now"
    before = draft_now().version
    every = [f"left-{i}" for i in range(len(left) - 1)]
    assert post(client, f"{url}/sort", {"piece": every, "to": "nowhere"}).status_code == 303
    assert draft_now().content["left_over"] == [] and draft_now().version == before + 1
    assert sections()[0][1] == "Why.\n\nKey learning", "nothing else changed"
    assert "Left over" not in page(client, f"{url}/sort") + page(client, url)


@pytest.mark.parametrize("text", ["*starred* [x](y)", "- a line\n+ another", "1. one", "a\n\nb", "# head", "| a | b |"])
def test_what_was_left_over_reads_as_it_did_where_it_is_put(text: str) -> None:
    content = moved(stands("There."), ["left-0"], "0", left_pieces([["why", text]]))
    assert words_in(content) == sorted(["There.", *text.split()])


def with_rows() -> Drafted:
    points = [{"key": f"p{i}", "kind": "open", "question": f"Who {i}?", "note": f"- Say *{i}*."} for i in range(2)]
    said = [{"key": "r", "audience": "Schools", "text": "Ask them."}]
    return shaped({**stands("Why."), "points": points, "recommendations": said})


def test_questions_and_recommendations_go_into_a_section_with_what_goes_with_them() -> None:
    content = moved(with_rows(), ["points-1", "recommendations-0"], "0")
    assert texts(content) == ["Why.\n\nWho 1?\n\n- Say *1*.\n\nAsk them.\n\nFor: Schools"]
    assert [one["key"] for one in content["points"]] == ["p0"] and content["recommendations"] == []


def test_a_question_becomes_a_recommendation_and_the_other_way_round_with_every_word() -> None:
    said = moved(with_rows(), ["points-0"], "recommendations")
    assert [one["text"] for one in said["recommendations"]] == ["Ask them.", "Who 0? Say 0."]
    asked = moved(with_rows(), ["recommendations-0"], "points")["points"]
    assert (asked[2]["question"], asked[2]["note"]) == ("Ask them.", "For: Schools")
    assert moved(with_rows(), ["points-0"], "points") == with_rows(), "it stands there already"


def test_on_the_page_a_question_is_ticked_goes_down_and_goes_into_the_text(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = begun(client, how="text", text="Background\n\nWhy.\n\nQuestions\n\n- Who calls?\n- When?")
    assert 'value="points-1"' in page(client, f"{url}/sort")
    answer = post(client, f"{url}/sort", {"piece": "points-0", "do": "down"})
    assert answer.status_code == 303 and "piece-points-1" in answer.headers["Location"]
    assert [one["question"] for one in draft_now().content["points"]] == ["When?", "Who calls?"]
    assert post(client, f"{url}/sort", {"piece": "points-1", "to": "0"}).status_code == 303
    assert sections()[0][1] == "Why.\n\nWho calls?"
    assert [one["question"] for one in draft_now().content["points"]] == ["When?"]
    same = post(client, f"{url}/sort", {"piece": "points-0", "to": "points"})
    assert same.status_code == 422 and "stands there already" in same.text
    assert post(client, f"{url}/sort", {"piece": "points-0", "to": "nowhere"}).status_code == 303
    assert draft_now().content["points"] == []
