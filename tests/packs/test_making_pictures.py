"""An officer brings pictures for a briefing that is being made, and says what each shows."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.database import db
from app.packs.content import PackContent
from app.packs.drafts import PackDraft, PackDraftPicture
from app.packs.models import Edition, EditionPicture
from app.packs.pictures import line, shown_in
from tests.client import Client
from tests.packs.drawn import drawn, with_a_place
from tests.packs.test_making import NOTES, draft_now, from_real, officers, page, post, saved, sections

__all__ = ["officers"]
WORDS = "Two stairs, one gate"
NAME = "two-stairs-one-gate.png"


@pytest.fixture
def url(client: Client, officers: tuple[int, int]) -> str:
    """The address of a draft of the real briefing, with its notes written."""
    client.as_person(officers[0])
    made = from_real(client)
    saved(client, f"{made}/points", **NOTES)
    return made


def brought(client: Client, url: str, body: bytes | None = None, **answers: Any) -> TestResponse:
    said = {
        "words": WORDS,
        "section": "0",
        "file": (BytesIO(drawn() if body is None else body), "IMG 1.PNG"),
        **answers,
    }
    return post(client, f"{url}/pictures", said, content_type="multipart/form-data")


def kept() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(PackDraftPicture.name).order_by(PackDraftPicture.id)))


def test_a_picture_goes_into_the_section_with_its_words_and_is_published(client: Client, url: str) -> None:
    before = sections()
    assert brought(client, url).status_code == 303
    after = sections()
    assert after[0][1] == f"{before[0][1]}\n\n![{WORDS}]({NAME})" and after[1:] == before[1:]
    shown = page(client, f"{url}/pictures")
    assert f'alt="{WORDS}"' in shown and "In “<bdi>" in shown
    assert client.get(f"{url}/pictures/{NAME}").data == drawn()
    assert f'src="{url.rpartition("localhost")[2]}/pictures/{NAME}"' in page(client, f"{url}/preview")
    assert "1 picture" in page(client, url)
    post(client, f"{url}/publish", {"nobody_known": "yes"})
    with db.reading() as session:
        edition = session.scalars(select(Edition).order_by(Edition.id.desc()).limit(1)).one()
        content = PackContent.from_dict(edition.content)
        assert [one.name for one in content.pictures] == [NAME] and content.digest == edition.digest
        assert session.scalars(select(EditionPicture.body)).one() == drawn()
    assert client.get(f"/packs/{content.slug}/editions/1/pictures/{NAME}").data == drawn()


def test_one_without_words_is_taken_and_stands_on_the_list_of_what_is_to_do(client: Client, url: str) -> None:
    brought(client, url, words="")
    assert "The picture “picture.png” has no words. Write what it shows" in page(client, f"{url}/sections")
    assert "It has no words yet." in page(client, f"{url}/pictures")
    assert "has no words" in page(client, f"{url}/publish")
    text = sections()[0][1].replace("![](", f"![{WORDS}](")
    saved(client, f"{url}/sections", **{"sections-0-markdown": text})
    assert "Nothing is left to do" in page(client, url)


def test_one_that_no_section_shows_is_said_and_not_published(client: Client, url: str) -> None:
    brought(client, url, section="")
    assert NAME not in str(sections()) and kept() == [NAME]
    assert "The text does not show it" in page(client, f"{url}/pictures")
    assert f"The text does not show {NAME}, so it is not published." in page(client, f"{url}/publish")
    assert "1 of which the text does not show" in page(client, url)
    post(client, f"{url}/publish", {"nobody_known": "yes"})
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(EditionPicture)) == 0


def test_a_line_that_shows_what_nobody_has_brought_is_to_be_mended(client: Client, url: str) -> None:
    text = sections()[0][1]
    saved(client, f"{url}/sections", **{"sections-0-markdown": f"{text}\n\n![A gate](gate.png)"})
    assert "There is no picture “gate.png” here. Add it, or mend its name" in page(client, f"{url}/publish")


def test_the_button_on_the_page_of_sections_saves_what_is_typed_there_first(client: Client, url: str) -> None:
    answer = saved(client, f"{url}/sections", "picture", **{"sections-0-markdown": "Typed just now."})
    assert answer.headers["Location"].endswith("/pictures")
    assert sections()[0][1] == "Typed just now."


@pytest.mark.parametrize("body", [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", drawn("GIF")])
def test_what_is_no_picture_is_said_beside_its_box_and_the_words_stay(client: Client, url: str, body: bytes) -> None:
    answer = brought(client, url, body)
    assert answer.status_code == 422 and "govuk-error-summary" in answer.text
    assert f">{WORDS}</textarea>" in answer.text
    assert kept() == []


def test_a_large_photograph_is_made_smaller_and_says_nothing_of_its_place(client: Client, url: str) -> None:
    brought(client, url, drawn("JPEG", (4_800, 1_200)))
    brought(client, url, with_a_place(), words="A gate")
    with db.reading() as session:
        large, small = session.scalars(select(PackDraftPicture).order_by(PackDraftPicture.id))
        assert (large.name, large.wide, large.high) == ("two-stairs-one-gate.jpg", 1_600, 400)
        assert (small.wide, small.high) == (40, 60) and b"camera" not in small.body


def test_the_same_picture_again_is_the_same_and_another_has_another_name(client: Client, url: str) -> None:
    brought(client, url)
    brought(client, url, words="Said otherwise", section="1")
    brought(client, url, drawn(colour="red"))
    assert kept() == [NAME, "two-stairs-one-gate-2.png"]
    assert f"![Said otherwise]({NAME})" in sections()[1][1]


def test_a_page_that_was_open_meanwhile_loses_nothing(client: Client, url: str) -> None:

    before = draft_now().version
    brought(client, url)
    text = "Typed in another window."
    answers = {"sections-0-markdown": text, "version": str(before), "opening": "aaaaaaaaaaaa", "do": "later"}
    answer = post(client, f"{url}/sections", answers)
    assert answer.status_code == 409
    assert text in answer.text and NAME in answer.text and NAME in sections()[0][1]


def test_a_new_edition_begins_with_the_pictures_of_the_last_and_a_draft_takes_its_own_with_it(
    client: Client, url: str
) -> None:
    brought(client, url)
    post(client, f"{url}/publish", {"nobody_known": "yes"})
    with db.reading() as session:
        ref = session.scalars(select(Edition.ref).order_by(Edition.id.desc()).limit(1)).one()
    again = post(client, "/publish/new", {"how": "pack", "pack": ref}).headers["Location"]
    assert kept() == [NAME, NAME]
    assert "Nothing is left to do" in page(client, again)
    post(client, f"{again}/throw-away")
    assert kept() == [NAME]


def test_nobody_else_sees_or_brings_one(client: Client, url: str) -> None:
    brought(client, url)
    with db.reading() as session:
        other = session.scalars(select(PackDraft.changed_by_id).order_by(PackDraft.id).limit(1)).one()
    client.as_person(other)
    for address in (f"{url}/pictures", f"{url}/pictures/{NAME}"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "words",
    [WORDS, "", "a [b] c", "] (", "a *b* _c_ `d`", "100 % <b>&amp;</b>", "\\", "!", "ŵ 👋", 'a "b"', "x](y.png)"],
)
def test_words_stand_in_the_text_as_they_were_typed(words: str) -> None:
    assert [(one.words, one.name) for one in shown_in(line(words, "a.png"))] == [(words, "a.png")]
