"""Text that is kept beside a draft: nobody sends without being told of it, it is there after sending, and it can go."""

from __future__ import annotations

import re

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.database import db
from app.discussions.drafts import Draft, DraftRevision
from app.discussions.models import Discussion, Received
from tests.client import Client, filled, parse
from tests.discussions import sheets, worlds
from tests.discussions.test_uploads import ANSWERS, fill, sheet, upload
from tests.discussions.worlds import SAID, World, form_at, words

OURS = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/"}
LATE = "What the colleague typed while she was signed out."


def rescued(leader: Client, colleague: Client, place: World) -> str:
    """A draft that the leader filled in, beside which stands what her colleague sent for it while signed out."""
    said = worlds.begin(leader, place)
    leader.post_form(said, {**SAID, "do": "later"}, at="/said")
    hers = form_at(colleague.get(said), "/said")
    for name in ("signed-in", "forms", "browser"):
        colleague.delete_cookie(name, domain="localhost")
    assert colleague.post(said, data={**hers, "question_to_lead": LATE, "do": "later"}, headers=OURS).status_code == 403
    return said


def send(client: Client, said: str) -> TestResponse:
    return client.post_form(said.replace("said", "check"), {"nobody_known": "yes"}, at="/check")


def link(page: TestResponse, named: str) -> str:
    """The address of the one link whose text begins so."""
    found = [
        a.get("href", "") for a in parse(page).iter("a") if " ".join("".join(a.itertext()).split()).startswith(named)
    ]
    assert len(found) == 1, found
    return str(found[0])


def remove(client: Client, url: str) -> TestResponse:
    return client.post_form(url, {}, at="/remove")


def test_whoever_checks_is_told_of_a_text_beside_the_draft_and_after_sending_of_where_it_is(
    leader: Client, colleague: Client, place: World
) -> None:
    said = rescued(leader, colleague, place)
    check = leader.get(said.replace("said", "check"))
    told = (
        words(check).partition("Not in these minutes, and kept beside them:")[2].partition("Nothing of it is sent.")[0]
    )
    assert told.strip().startswith("What Minute taker <b> typed on") and LATE not in words(check)
    assert link(check, "What Minute taker").endswith("/said")
    receipt = send(leader, said)
    for page in (leader.get(receipt.location), leader.get(receipt.location.replace("/sent", ""))):
        assert "Not in these minutes, and kept:" in words(page) and LATE not in words(page)
    again = worlds.browser_of(leader.application, place.colleague)
    assert "what Minute taker <b> typed on" in words(again.get(said, follow_redirects=True)), "where she is led to"
    correction = again.post_form(receipt.location, {}, at="/correct", follow_redirects=True)
    assert LATE in words(correction) and "Set aside" in words(correction)


def test_a_text_that_came_since_the_page_was_opened_is_told_of_before_anything_is_sent(
    leader: Client, colleague: Client, place: World
) -> None:
    said = worlds.begin(leader, place)
    leader.post_form(said, {**SAID, "do": "later"}, at="/said")
    check = said.replace("said", "check")
    opened = form_at(leader.get(check), "/check")
    rescued(leader, colleague, place)
    answer = leader.post(check, data={**opened, "nobody_known": "yes"})
    assert answer.status_code == 409 and "typed on" in words(answer)
    assert send(leader, said).status_code == 303


def test_a_text_that_stands_in_the_correction_is_told_of_no_more(
    leader: Client, colleague: Client, place: World
) -> None:
    receipt = send(leader, rescued(leader, colleague, place)).location
    draft = leader.post_form(receipt, {}, at="/correct").location
    leader.post_form(draft, {"question_to_lead": LATE, "do": "continue"}, at="/said")
    assert "kept beside them" not in words(leader.get(draft.replace("said", "check")))
    second = leader.get(send(leader, draft).location)
    assert "Not in these minutes" not in words(second)
    assert "Not in these minutes" not in words(leader.get(receipt)), "of what was corrected since"


def test_answers_of_a_sheet_that_nobody_saved_are_not_left_out_in_silence(leader: Client, place: World) -> None:
    worlds.begin(leader, place)
    upload(leader, place.asked, fill(sheet(leader, place.asked), ANSWERS))
    with db.reading() as session:
        said = f"/drafts/{session.scalars(select(Draft)).one().ref}/said"
    check = leader.get(said.replace("said", "check"))
    assert "What the Word sheet says that " in words(check)
    assert send(leader, said).status_code == 303
    with db.reading() as session:
        assert session.scalars(select(Discussion)).one().received is Received.TYPED, "nothing of the sheet was sent"


def test_a_text_set_aside_goes_after_asking_and_everywhere(leader: Client, colleague: Client, place: World) -> None:
    said = rescued(leader, colleague, place)
    receipt = send(leader, said).location
    draft = leader.post_form(receipt, {}, at="/correct").location
    url = link(leader.get(draft), "Remove this text")
    asked = leader.get(url)
    assert "Remove this text?" in words(asked) and LATE in words(asked)
    done = remove(leader, url)
    assert "The text is removed. The draft is as it was." in words(leader.get(done.location))
    with db.reading() as session:
        assert LATE not in str([one.content for one in session.scalars(select(Draft))])
        assert SAID["question_to_lead"] in str([one.content for one in session.scalars(select(Draft))])
    assert leader.get(url).status_code == 303, "gone is gone"
    assert "Not in these minutes" not in words(leader.get(receipt))


def test_an_earlier_text_goes_and_the_others_stay(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    first, second = (
        "The first text, which is long enough to be kept here.",
        "The second one, long enough to be kept too.",
    )
    for text in (first, second, ""):
        leader.post_form(said, {"points-point-0-words": text, "do": "later"}, at="/said")
    page = leader.get(said.replace("said", "earlier"))
    assert first in words(page) and second in words(page)
    newest = next(a.get("href", "") for a in parse(page).iter("a") if (a.text or "").startswith("Remove"))
    assert second in words(leader.get(newest)) and first not in words(leader.get(newest))
    remove(leader, newest)
    left = words(leader.get(said.replace("said", "earlier")))
    assert first in left and second not in left
    with db.reading() as session:
        assert len(session.scalars(select(DraftRevision)).all()) == 1


def test_every_earlier_text_can_be_reached_and_put_back_however_many_there_are(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    for number in range(23):
        text = f"Text number {number} of this draft, which is long enough to be kept here."
        for typed in (text, ""):
            leader.post_form(said, {"points-point-0-words": typed, "do": "later"}, at="/said")
    address, pages = said.replace("said", "earlier"), []
    while address and len(pages) < 3:
        pages.append(leader.get(address))
        address = next((a.get("href", "") for a in parse(pages[-1]).iter("a") if a.text == "Older texts"), "")
    shown = [re.findall(r"Text number (\d+) of", words(page)) for page in pages]
    assert [len(dict.fromkeys(numbers)) for numbers in shown] == [20, 3]
    assert list(dict.fromkeys(number for numbers in shown for number in numbers)) == [str(n) for n in range(22, -1, -1)]
    assert "Text number 22 of" in words(leader.get(said.replace("said", "earlier") + "?before=said-99999999999"))
    oldest_but_two = next(form for form in map(filled, parse(pages[-1]).iter("form")) if "version" in form)
    back = leader.post(said.replace("said", "earlier"), data=oldest_but_two)
    assert "Text number 2 of" in words(leader.get(back.location))


def test_what_stood_outside_the_boxes_of_a_sheet_goes_and_its_answers_stay(leader: Client, place: World) -> None:
    file = fill(sheet(leader, place.asked), ANSWERS)
    extra = sheets.after(file, "Questions from the team", sheets.para("A child was named here."))
    upload(leader, place.asked, extra)
    page = leader.get(place.meeting)
    assert "A child was named here." in words(page)
    remove(leader, link(page, "Remove this text: what stood outside"))
    with db.reading() as session:
        kept = str(session.scalars(select(Draft)).one().content)
    assert "A child was named" not in kept and ANSWERS["question_to_lead"] in kept


def test_whoever_uploads_a_sheet_whose_boxes_are_lost_is_told_what_to_compare(leader: Client, place: World) -> None:
    """LibreOffice loses a comment in the first paragraph of a box, with the words before it."""
    file = fill(sheet(leader, place.asked), ANSWERS)
    upload(leader, place.asked, sheets.edited(file, sheets.without_controls))
    page = words(leader.get(place.meeting))
    assert "compare that line with your file" in page and ANSWERS["held_on"] not in page
    upload(leader, place.asked, file)
    assert "compare that line" not in words(leader.get(place.meeting))
