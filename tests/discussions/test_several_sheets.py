"""Several Word files are uploaded for one draft: what each brought stays until somebody saved or removed it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.database import db
from app.discussions import beside
from app.discussions.drafts import Draft
from app.errors import Invalid
from app.saving import MOST_RESCUED, MOST_TEXTS
from tests.client import Client
from tests.conftest import NOW
from tests.discussions import sheets, worlds
from tests.discussions.test_beside import link, remove
from tests.discussions.test_sheet_repaired import new_document
from tests.discussions.test_uploads import ANSWERS, drafts, fill, refs, sheet, upload
from tests.discussions.worlds import World, form_at, words

FREE = "Minutes that somebody wrote freely."


def both_pages(client: Client, place: World) -> list[str]:
    return [words(client.get(page)) for page in (place.meeting, f"/drafts/{refs()[0]}/said")]


@pytest.mark.parametrize("second", ["leader", "colleague"])
def test_free_minutes_stay_to_copy_from_when_a_sheet_comes_after_them(
    leader: Client, colleague: Client, place: World, second: str
) -> None:
    assert upload(leader, place.asked, new_document(FREE)).status_code == 303
    assert all(FREE in page for page in both_pages(leader, place))
    later = sheets.after(sheet(leader, place.asked), "Questions from the team", sheets.para("And this below."))
    who = leader if second == "leader" else colleague
    assert upload(who, place.asked, fill(later, ANSWERS)).status_code == 303
    for browser in (leader, colleague):
        for page in both_pages(browser, place):
            assert FREE in page and "And this below." in page
            assert page.index("And this below.") < page.index(FREE), "the latest first"
    shown = form_at(who.get(place.meeting), "/meeting")
    assert who.post(place.meeting, data={**shown, "setting": "inset", "do": "continue"}).status_code == 303
    assert all(FREE in page and "And this below." in page for page in both_pages(leader, place)), "and once it is saved"


def test_each_of_them_goes_alone(leader: Client, colleague: Client, place: World) -> None:
    upload(leader, place.asked, new_document(FREE))
    upload(colleague, place.asked, new_document("What a colleague wrote."))
    page = leader.get(place.meeting)
    url = link(page, "Remove this text: what stood outside the boxes of the sheet that Minute taker")
    asked = words(leader.get(url))
    assert "What a colleague wrote." in asked and FREE not in asked
    remove(leader, url)
    assert all(FREE in page and "What a colleague wrote." not in page for page in both_pages(leader, place))
    remove(leader, link(leader.get(place.meeting), "Remove this text: what stood outside"))
    assert "sheet" not in drafts()[0] and all("Word sheet that" not in page for page in both_pages(leader, place))


def test_the_same_file_once_more_is_shown_once(leader: Client, colleague: Client, place: World) -> None:
    for browser in (leader, colleague, leader):
        assert upload(browser, place.asked, new_document(FREE)).status_code == 303
    assert [page.count(FREE) for page in both_pages(leader, place)] == [1, 1]


def test_what_is_said_of_a_sheet_is_said_for_as_long_as_its_answers_wait(
    leader: Client, colleague: Client, place: World
) -> None:
    file = fill(sheet(leader, place.asked), ANSWERS)
    upload(leader, place.asked, sheets.edited(file, sheets.without_controls))
    upload(colleague, place.asked, fill(sheet(leader, place.asked), {**ANSWERS, "present": "9"}))
    assert "The boxes of the sheet were lost" in words(leader.get(place.meeting)), "of the answers in her boxes"


def test_a_draft_of_before_in_which_one_sheet_alone_stands_shows_it_and_keeps_it() -> None:
    old = beside.Brought(by="Ann", at=NOW.isoformat(), notes=[], extra=[{"where": "", "text": "Old."}])
    new = beside.Brought(by="Ben", at=NOW.isoformat(), notes=[], extra=[{"where": "", "text": "New."}])
    assert beside.sheets_in({"sheet": old}) == [old]
    assert beside.sheets_in(beside.with_sheet({"sheet": old}, new)) == [new, old]
    assert beside.without({"sheet": old}, beside.key_of(old)) == {"set_aside": []}


def test_the_answers_of_every_sheet_wait_however_many_one_person_brings(leader: Client, place: World) -> None:
    file = sheet(leader, place.asked)
    said = [f"Sheet number {number} of hers." for number in range(MOST_RESCUED + 2)]
    for text in said:
        upload(leader, place.asked, fill(file, {"points-point-0-words": text}))
    page = leader.get(f"/drafts/{refs()[0]}/said")
    assert form_at(page, "/said")["points-point-0-words"] == said[-1]
    assert all(text in words(page) for text in said)
    shown = form_at(page, "/said")
    assert leader.post(page.request.path, data={**shown, "do": "later"}).status_code == 303
    left = words(leader.get(page.request.path))
    assert all(text in left for text in said), "only the one that stood in the boxes is saved, and the others wait"
    assert len(drafts()[0]["set_aside"]) == len(said) - 1


def test_what_she_types_while_signed_out_pushes_no_sheet_out_and_no_sheet_that() -> None:
    draft: dict[str, object] = {}
    for number in range(2 * MOST_RESCUED):
        for uploaded in (True, False):
            text = {"question_to_lead": f"{'sheet' if uploaded else 'typed'} {number}"}
            draft = beside.put_aside(draft, text, "Ann", "2026-11-23", person="ann", uploaded=uploaded)
    kept = [aside.typed["question_to_lead"] for aside in beside.asides(draft, "said")]
    assert sorted(kept) == [*(f"sheet {n}" for n in range(6)), *(f"typed {n}" for n in range(3, 6))]


def test_a_text_typed_that_says_what_a_sheet_said_stays_like_the_sheet() -> None:
    draft = beside.put_aside({}, {"present": "8"}, "Ann", "2026-11-23", person="ann", uploaded=True)
    for present in ("8", "9", "10", "11"):
        draft = beside.put_aside(draft, {"present": present}, "Ann", "2026-11-24", person="ann")
    assert [aside.typed["present"] for aside in beside.asides(draft, "meeting")] == ["11", "10", "9", "8"]


def test_an_upload_for_which_there_is_no_room_is_refused_and_nothing_goes(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    file = sheet(leader, place.asked)
    upload(leader, place.asked, fill(file, {"points-point-0-words": "The first."}))
    full(refs()[0])
    before = drafts()
    answer = upload(leader, place.asked, fill(file, {"points-point-0-words": "One too many."}))
    assert answer.status_code == 422 and "There is no room for more beside this draft" in words(answer)
    assert drafts() == before and "The first." in words(leader.get(said))


def full(ref: str) -> None:
    """As many texts beside a draft as it keeps of whoever uploaded the first."""
    with db.writing() as session:
        draft = session.scalars(select(Draft).where(Draft.ref == ref)).one()
        who = draft.content["set_aside"][0]["by"]
        for number in range(MOST_TEXTS - 1):
            draft.content = beside.put_aside(draft.content, {"present": f"{number}"}, who, NOW.isoformat())


def test_texts_outside_boxes_are_kept_up_to_a_number_and_more_are_refused() -> None:
    draft: dict[str, object] = {}
    for number in range(MOST_TEXTS):
        draft = beside.with_sheet(draft, brought(number))
    with pytest.raises(Invalid, match="no room"):
        beside.with_sheet(draft, brought(MOST_TEXTS))
    assert [one["extra"][0]["text"] for one in beside.sheets_in(draft)] == [
        f"{n}" for n in range(MOST_TEXTS - 1, -1, -1)
    ]


def brought(number: int) -> beside.Brought:
    at = (NOW + timedelta(minutes=number)).isoformat()
    return beside.Brought(by="Ann", at=at, notes=[], extra=[{"where": "", "text": f"{number}"}])


@pytest.mark.parametrize("how", ["as it was given out", "without its boxes", "with spaces in it", "with a picture"])
def test_a_sheet_in_which_nothing_is_filled_in_is_refused_in_a_sentence_and_begins_no_draft(
    leader: Client, place: World, how: str
) -> None:
    file = sheet(leader, place.asked)
    if how == "without its boxes":
        file = sheets.edited(file, sheets.without_controls)
    if how == "with spaces in it":
        file = fill(file, {"points-point-0-words": " \u200b ", "present": " "})
    if how == "with a picture":
        file = sheets.after(file, "Questions from the team", "<w:p><w:r><w:pict><w:imagedata/></w:pict></w:r></w:p>")
    answer = upload(leader, place.asked, file)
    told = "There are only pictures in this file" if "picture" in how else "This sheet is empty."
    assert answer.status_code == 422 and told in worlds.faults(answer)["file"]
    assert drafts() == []


def test_a_sheet_of_which_the_draft_holds_all_says_so(leader: Client, place: World) -> None:
    file = fill(sheet(leader, place.asked), ANSWERS)
    told = "The draft held all the answers of this sheet already"
    upload(leader, place.asked, file)
    said = f"/drafts/{refs()[0]}/said"
    for page, action in ((place.meeting, "/meeting"), (said, "/said")):
        shown = form_at(leader.get(page), action)
        assert leader.post(page, data={**shown, "setting": "inset", "do": "continue"}).status_code == 303
    assert all(told not in page for page in both_pages(leader, place))
    assert upload(leader, place.asked, file).status_code == 303
    assert not drafts()[0]["set_aside"] and all(told in page for page in both_pages(leader, place))
    assert upload(leader, place.asked, fill(file, {"present": "9"})).status_code == 303
    assert all(told not in page for page in both_pages(leader, place)), "that one brings something"
    assert upload(leader, place.asked, new_document(FREE)).status_code == 303
    assert all(told not in page for page in both_pages(leader, place)), "and that one answers nothing"
