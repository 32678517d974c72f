"""An officer makes a briefing: from a file to what is published, through HTTP; and nothing typed is lost on the way."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError
from werkzeug.test import TestResponse

from app.database import db
from app.organisations.models import Partnership
from app.packs.content import PackContent
from app.packs.drafts import PackDraft, PackDraftRevision
from app.packs.models import Edition
from app.policy import Role
from tests import factories as make
from tests.client import Client, filled, parse
from tests.packs.briefings import QUESTIONS, heading_styles

REAL = Path(__file__).with_name("deep-dive-as-text.txt")


@pytest.fixture
def officers(app: Flask) -> tuple[int, int]:
    """Two officers of one partnership, and one of another as noise."""
    with db.writing() as session:
        ours, theirs = make.partnership(session, slug="esscp", name="The partnership"), make.partnership(session)
        one, two, three = (make.person(session) for _ in range(3))
        for person, place in ((one, ours), (two, ours), (three, theirs)):
            make.appoint(session, person, Role.OFFICER, place)
        make.pack_draft(session, theirs, three)
        return one.id, two.id


def post(client: Client, url: str, answers: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
    """Fill the form of this page and send it."""
    return client.post_form(url, answers, at=url.rpartition("localhost")[2], **kwargs)


def begun(client: Client, **answers: Any) -> str:
    """Begin a briefing; the address of its page."""
    answer = post(client, "/publish/new", answers, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def from_real(client: Client) -> str:
    return begun(client, how="file", file=(BytesIO(REAL.read_bytes()), "deep dive.txt"))


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status
    return answer.text


def saved(client: Client, url: str, do: str = "later", **answers: Any) -> TestResponse:
    return post(client, url, {**answers, "do": do})


def draft_now() -> PackDraft:
    with db.reading() as session:
        return session.scalars(select(PackDraft).order_by(PackDraft.id.desc()).limit(1)).one()


def sections() -> list[tuple[str, str]]:
    return [(one["type"], one["markdown"]) for one in draft_now().content["sections"]]


NOTES = {f"points-{i}-note": f"Note {i}." for i in range(3)}


def test_from_the_real_briefing_to_an_edition(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    shown = page(client, url)
    assert "3 things to do" in shown and "7 items stood apart from their heading" in shown
    assert "Left over from the document, put nowhere (10)" in shown
    assert saved(client, f"{url}/points", "continue", **NOTES).headers["Location"].endswith("/recommendations")
    assert "Nothing is left to do" in page(client, url)
    assert "Motivated parents who wished" in page(client, f"{url}/preview")
    done = post(client, f"{url}/publish", {"nobody_known": "yes"}, follow_redirects=True)
    assert "The next step is to circulate it" in done.text
    with db.reading() as session:
        edition = session.scalars(select(Edition).order_by(Edition.id.desc()).limit(1)).one()
        content = PackContent.from_dict(edition.content)
        assert edition.pack.owner == "esscp" and edition.digest == content.digest
    assert {one.type.value: one.items for one in content.sections} == {
        "background": 0,
        "method": 0,
        "key_themes": 9,
        "key_challenges": 3,
        "learning_identified": 4,
        "recommendations": 4,
        "other": 0,
        "points_for_discussion": 3,
    }
    assert client.get(url).status_code == 303, "what was published is shown as it was published"


def test_from_word_from_pasted_text_from_an_edition_and_from_nothing(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    begun(client, how="file", file=(BytesIO(heading_styles()), "babies.docx"))
    assert [point["question"] for point in draft_now().content["points"]] == list(QUESTIONS)
    begun(client, how="text", text="Background\n\nA child was hurt.\n\nQuestions\n\n- What now?")
    assert draft_now().content["points"][0]["question"] == "What now?"
    blank = begun(client, how="blank")
    assert "The title is empty. Write it." in page(client, f"{blank}/about")
    assert "The list of questions is empty. Write one question at least." in page(client, f"{blank}/points")


def test_what_cannot_be_read_is_said_beside_its_box_and_what_was_pasted_stays(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    answer = post(
        client,
        "/publish/new",
        {"how": "file", "text": "kept all the same", "file": (BytesIO(b"%PDF-1.7"), "a.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422 and "This is a PDF" in answer.text and "kept all the same" in answer.text
    for how, sentence in (("file", "Choose the file"), ("text", "Paste the text"), ("pack", "Choose a briefing")):
        answer = post(client, "/publish/new", {"how": how}, content_type="multipart/form-data")
        assert answer.status_code == 422 and sentence in answer.text


def test_sections_are_moved_joined_split_taken_out_and_put_in_order(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = begun(client, how="text", text="Method\n\nHow.\n\nBackground\n\nWhy.\n\nLearning\n\n- One.") + "/sections"
    assert [kind for kind, _ in sections()][:2] == ["background", "method"]
    saved(client, url, "down.sections.0")
    assert [kind for kind, _ in sections()][:2] == ["method", "background"]
    assert "“Background” stands after “Method”. Move it up." in page(client, url)
    saved(client, url, "order.sections")
    assert [kind for kind, _ in sections()][:2] == ["background", "method"]
    saved(client, url, **{"sections-0-markdown": "Why.\n\n## Key challenges\n\n- Hard.\n\n## Our own\n\nWords."})
    assert sections()[:3] == [("background", "Why."), ("key_challenges", "- Hard."), ("other", "Words.")]
    saved(client, url, "join.sections.2")
    assert sections()[1] == ("key_challenges", "- Hard.\n\n### Our own\n\nWords.")
    saved(client, url, "remove.sections.1")
    assert "key_challenges" not in [kind for kind, _ in sections()]
    with db.reading() as session:
        kept = session.scalars(select(PackDraftRevision).where(PackDraftRevision.draft_id == draft_now().id)).all()
    assert any("- Hard." in str(one.typed) for one in kept), "what was taken out is kept as it stood"
    before = url.replace("/sections", "/earlier")
    assert "- Hard." in page(client, before)
    post(client, before, {"which": f"sections.{max(one.version for one in kept)}"})
    assert "key_challenges" in [kind for kind, _ in sections()]


def test_pieces_are_moved_to_another_section_and_become_questions_and_recommendations(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = begun(
        client, how="text", text="Background\n\nWhy.\n\nWhat would you do?\n\nLearning\n\n- Schools to ask.\n- Two."
    )
    sort = f"{url}/sort"
    post(client, sort, {"piece": "0-1", "to": "points"})
    post(client, sort, {"piece": ["1-0"], "to": "recommendations"})
    post(client, sort, {"piece": ["1-0"], "to": "0"})
    now = draft_now().content
    assert [point["question"] for point in now["points"]] == ["What would you do?"]
    assert [(said["text"], said["audience"]) for said in now["recommendations"]] == [("Schools to ask.", "Schools")]
    assert sections()[:2] == [("background", "Why.\n\n- Two."), ("learning_identified", "")]
    nothing = post(client, sort, {"to": "0"})
    assert nothing.status_code == 422 and "Tick what is to be moved." in nothing.text


def test_words_of_the_briefing_are_offered_to_the_glossary(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = f"{from_real(client)}/words"
    assert "ESSCP, QA, SWIFT, VIG, NAI" in page(client, url)
    saved(client, url, "explain")
    terms = {term["term"]: term["full"] for term in draft_now().content["glossary"]}
    assert terms["VIG"] == "Video Interaction Guidance" and terms["SWIFT"] == ""
    assert "Word 1: what it means is empty. Write it." in page(client, url)


def test_autosave_says_when_and_which_version_and_keeps_what_clashes(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = f"{from_real(client)}/points"
    shown = page(client, url)
    opened = filled(next(f for f in parse(client.get(url)).iter("form") if f.get("id") == "writing"))
    told = client.post(url, data={**opened, "points-0-note": "Half a sen", "do": "autosave"}).get_json()
    assert told["version"] == 2 and ":" in told["saved"]
    told = client.post(url, data={**opened, "points-0-note": "Half a sentence.", "do": "autosave"}).get_json()
    assert told["version"] == 3, "the same opening of a page goes on"
    other = {**opened, "opening": "bbbbbbbbbbbb", "points-0-note": "From another window.", "do": "autosave"}
    answer = client.post(url, data=other)
    assert answer.status_code == 409 and answer.get_json()["kept"]
    button = answer.get_json()["message"].partition("Press “")[2].partition("”")[0]
    assert button and button in shown, "it names a button of the page that is open"
    assert "From another window." in page(client, url)


def test_what_was_typed_while_signed_out_is_there_again(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = f"{from_real(client)}/points"
    opened = filled(next(f for f in parse(client.get(url)).iter("form") if f.get("id") == "writing"))
    client.delete_cookie("signed-in", domain="localhost")
    lost = client.post(url, data={**opened, "points-1-note": "Typed for an hour.", "do": "later"})
    assert lost.status_code in (400, 403)
    client.as_person(officers[0])
    assert "Typed for an hour." in page(client, url)
    assert "Typed for an hour." not in page(client, f"{url}?saved=1")
    client.delete_cookie("signed-in", domain="localhost")
    long = client.post(url, data={**opened, "points-1-note": "x" * 300_001}, headers={"Sec-Fetch-Site": "same-origin"})
    assert "is kept" not in long.text and "x" * 300_001 in long.text and "The most that can be kept" in long.text


def test_somebody_else_publishes_where_the_partnership_has_set_that(client: Client, officers: tuple[int, int]) -> None:
    with db.writing() as session:
        session.execute(Partnership.__table__.update().values(two_publish=True))  # type: ignore[attr-defined]
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    shown = page(client, f"{url}/publish")
    assert "You wrote some of this" in shown and "nobody_known" not in shown
    token = filled(next(f for f in parse(client.get(f"{url}/throw-away")).iter("form") if f.get("id") != "sign-out"))
    by_hand = {**token, "seen": draft_now().version, "nobody_known": "yes"}
    assert client.post(f"{url}/publish", data=by_hand).status_code == 422
    client.as_person(officers[1])
    done = post(client, f"{url}/publish", {"nobody_known": "yes"})
    assert done.status_code == 303


def test_what_looks_like_somebody_is_shown_before_publishing(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/points", **{**NOTES, "points-0-note": "Ring 01323 555778."})
    assert "looks like a telephone number" in page(client, f"{url}/publish")
    refused = post(client, f"{url}/publish")
    assert refused.status_code == 422 and "tick that no family could be recognised" in refused.text


def test_a_page_that_was_changed_since_is_looked_at_again(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    looked = filled(next(f for f in parse(client.get(f"{url}/publish")).iter("form") if "seen" in filled(f)))
    saved(client, f"{url}/points", **{**NOTES, "points-0-note": "Another."})
    assert client.post(f"{url}/publish", data={**looked, "nobody_known": "yes"}).status_code == 409


def test_a_choice_that_no_page_offers_breaks_no_page(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/sections", **{"sections-0-type": "xyz"})
    saved(client, f"{url}/points", **{"points-0-kind": "xyz"})
    saved(client, f"{url}/about", type="xyz", published="2021-99", review="soon")
    assert sections()[0][0] == "other"
    for part in ("", "/about", "/sections", "/points", "/sort", "/publish"):
        page(client, url + part)
    assert "Question 1: kind" in page(client, f"{url}/points")


def test_a_heading_of_another_section_inside_one_is_a_thing_to_do_and_breaks_no_page(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/sections", **{"sections-0-markdown": "Why.\n\nOther: A\n---\n\nMore."})
    assert "holds a heading of another section" in page(client, f"{url}/sections")
    assert "1 thing to do" in page(client, url)


def test_a_second_edition_begun_from_the_same_one_does_not_undo_the_first(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    post(client, f"{url}/publish", {"nobody_known": "yes"})
    with db.reading() as session:
        ref = session.scalars(select(Edition.ref).order_by(Edition.id.desc()).limit(1)).one()
    one, two = (begun(client, how="pack", pack=ref) for _ in range(2))
    for draft, words in ((one, "First."), (two, "Second.")):
        saved(client, f"{draft}/points", **{"points-0-note": words})
    assert post(client, f"{one}/publish", {"nobody_known": "yes"}).status_code == 303
    refused = post(client, f"{two}/publish", {"nobody_known": "yes"})
    assert refused.status_code == 409 and "would undo what it changed" in refused.text


def test_what_is_typed_after_it_was_published_is_given_back(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    opened = filled(next(f for f in parse(client.get(f"{url}/points")).iter("form") if f.get("id") == "writing"))
    post(client, f"{url}/publish", {"nobody_known": "yes"})
    late = {**opened, "points-0-note": "One more thing.", "do": "later"}
    answer = client.post(f"{url}/points", data=late, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 409 and "One more thing." in answer.text
    told = client.post(f"{url}/points", data={**late, "do": "autosave"})
    assert told.status_code == 409 and not told.get_json().get("kept")


def test_moving_a_piece_leaves_the_pages_alone_that_it_does_not_touch(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    opened = filled(next(f for f in parse(client.get(f"{url}/points")).iter("form") if f.get("id") == "writing"))
    post(client, f"{url}/sort", {"piece": "0-0", "to": "1"})
    assert client.post(f"{url}/points", data={**opened, **NOTES, "do": "later"}).status_code == 303


def test_a_name_of_a_file_that_is_not_clean_is_made_so(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    begun(client, how="file", file=(BytesIO("cafe\u0301 e![x](y)\u0301".encode()), "Cafe\u0301.md"))
    assert "Café.md" in draft_now().begun_from


def test_what_stood_before_is_never_changed(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    saved(client, f"{url}/points", **{"points-0-note": ""})
    with pytest.raises(DatabaseError, match="only added"), db.writing() as session:
        session.execute(update(PackDraftRevision).values(version=9))
    assert client.get(f"{url}/earlier").status_code == 200


def test_a_draft_is_thrown_away_with_its_revisions(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    post(client, f"{url}/throw-away")
    assert client.get(url).status_code == 404


def test_an_edition_is_made_anew_with_its_keys_and_its_address(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    post(client, f"{url}/publish", {"nobody_known": "yes"})
    with db.reading() as session:
        first = session.scalars(select(Edition).order_by(Edition.id.desc()).limit(1)).one()
        ref, keys = first.ref, [point.key for point in first.points]
    again = begun(client, how="pack", pack=ref)
    same = post(client, f"{again}/publish", {"nobody_known": "yes"})
    assert same.status_code == 409 and "says the very same" in same.text
    saved(client, f"{again}/points", **{"points-0-question": "What is a non-accidental injury, in one sentence?"})
    post(client, f"{again}/publish", {"nobody_known": "yes"})
    with db.reading() as session:
        second = session.scalars(select(Edition).order_by(Edition.id.desc()).limit(1)).one()
        assert (second.number, [point.key for point in second.points]) == (2, keys)


def test_the_lists_cost_the_same_however_many_there_are(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    from_real(client)
    few = statements(client, "/publish")
    for _ in range(4):
        begun(client, how="blank")
    assert statements(client, "/publish") == few


def statements(client: Client, url: str) -> int:
    import sqlalchemy as sa

    said: list[str] = []
    engine = client.application.extensions["database_engine"]

    def note(*args: Any) -> None:
        said.append(args[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    page(client, url)
    sa.event.remove(engine, "before_cursor_execute", note)
    return sum(statement.startswith("SELECT") for statement in said)
