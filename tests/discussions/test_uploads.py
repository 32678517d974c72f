"""The response sheet comes back: answers stand beside what is there before anything is replaced, and what cannot be
used is explained and kept."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.circulation.models import Asked
from app.database import db
from app.discussions import combining
from app.discussions.content import shaped
from app.discussions.drafts import Draft
from app.discussions.models import Discussion, Received
from app.organisations.models import Partnership
from tests import factories as make
from tests.client import Client
from tests.discussions import sheets, worlds
from tests.discussions.test_sheet_repaired import new_document
from tests.discussions.worlds import MEETING, SAID, World, form_at, words

MADE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ANSWERS = {
    "held_on": "18 November 2026",
    "present": "8",
    "points-point-0-words": "From the meeting: we all meant the same.",
    "points-point-1-yes": "3",
    "question_to_lead": "Who trains us?",
}


def sheet(client: Client, asked: str) -> bytes:
    answer = client.get(f"/asked/{asked}/sheet.docx")
    assert answer.status_code == 200 and answer.mimetype == MADE
    return answer.data


def fill(file: bytes, answers: dict[str, str]) -> bytes:
    """The sheet with these answers in its boxes."""

    def change(root: Any) -> None:
        for tag, words_ in answers.items():
            sheets.fill(root, tag, words_)

    return sheets.edited(file, change)


def upload(client: Client, asked: str, body: bytes, name: str = "sheet.docx", *, anyway: bool = False) -> TestResponse:
    url = f"/asked/{asked}/upload"
    token = form_at(client.get(url), "/upload")["csrf_token"]
    parts = [('name="csrf_token"', token.encode()), (f'name="file"; filename="{name}"', body)]
    parts += [('name="anyway"', b"yes")] if anyway else []
    head = b"--parts\r\nContent-Disposition: form-data; "
    data = b"".join(head + named.encode() + b"\r\n\r\n" + content + b"\r\n" for named, content in parts)
    return client.post(url, data=data + b"--parts--\r\n", content_type="multipart/form-data; boundary=parts")


def drafts() -> list[dict[str, Any]]:
    with db.reading() as session:
        return [draft.content for draft in session.scalars(select(Draft).order_by(Draft.id))]


def refs() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Draft.ref).order_by(Draft.id)))


def test_a_filled_sheet_comes_into_the_boxes_and_goes_on_to_minutes_received_by_word(
    leader: Client, place: World
) -> None:
    filled = fill(sheet(leader, place.asked), ANSWERS)
    answer = upload(leader, place.asked, filled)
    assert answer.status_code == 303
    meeting = form_at(leader.get(place.meeting), "/meeting")
    assert (meeting["held_on-day"], meeting["held_on-month"], meeting["present"]) == ("18", "11", "8")
    assert "What your Word sheet says is in the boxes below" in words(leader.get(place.meeting))
    answer = leader.post(place.meeting, data={**meeting, **MEETING, "do": "continue"})
    said = form_at(leader.get(answer.location), "/said")
    assert said["points-point-0-words"] == ANSWERS["points-point-0-words"]
    assert (said["points-point-1-yes"], said["question_to_lead"]) == ("3", "Who trains us?")
    check = leader.post(answer.location, data={**said, "do": "continue"}).location
    receipt = leader.post_form(check, {"nobody_known": "yes"}, at="/check")
    assert receipt.status_code == 303
    link = next(p.partition('"')[0] for p in leader.get(receipt.location).text.split('href="') if "/minutes/" in p[:9])
    assert ", from a Word file." in words(leader.get(link)), "it was her own: nothing came to her"
    with db.reading() as session:
        assert session.scalars(select(Discussion.received)).all() == [Received.WORD]


def test_nothing_that_stands_in_the_draft_is_replaced_before_somebody_chose(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    leader.post_form(said, {**SAID, "do": "later"}, at="/said")
    before = drafts()[0]["points"]
    upload(leader, place.asked, fill(sheet(leader, place.asked), ANSWERS))
    assert drafts()[0]["points"] == before
    page = leader.get(said)
    shown = form_at(page, "/said")
    assert shown["points-point-0-words"] == ANSWERS["points-point-0-words"]
    assert "What the draft holds already stands below each box that differs" in words(page)
    assert "What is to stay: the words under question 1" in words(page)
    assert words(page).count("What is to stay") == 3, "the sheet says nothing of what the team will do"
    chosen = {**shown, "take-points-point-0-words": "both", "take-question_to_lead": "theirs", "do": "mine"}
    assert leader.post(said, data=chosen).status_code == 303
    kept = drafts()[0]
    assert kept["actions"][0]["what"] == SAID["actions-0-what"]
    both = f"{ANSWERS['points-point-0-words']}\n\n{SAID['points-point-0-words']}"
    assert kept["points"]["point-0"]["words"] == both and kept["question_to_lead"] == SAID["question_to_lead"]


def test_the_first_sheet_of_all_stands_in_the_boxes_and_asks_for_no_choice(leader: Client, place: World) -> None:
    upload(leader, place.asked, fill(sheet(leader, place.asked), ANSWERS))
    said = f"/drafts/{refs()[0]}/said"
    assert "last saved" not in words(leader.get(said.replace("said", "throw-away")))
    for page, action in ((leader.get(place.meeting), "/meeting"), (leader.get(said), "/said")):
        assert "What your Word sheet says is in the boxes below" in words(page)
        assert "What is to stay" not in words(page) and "stands below each box" not in words(page)
        assert "saved" not in words(page), "nobody saved anything"
        answer = leader.post(page.request.path, data={**form_at(page, action), "setting": "inset", "do": "continue"})
        assert answer.status_code == 303
    kept = drafts()[0]
    assert (kept["present"], kept["points"]["point-0"]["words"]) == ("8", ANSWERS["points-point-0-words"])
    assert not kept["set_aside"] and "Last saved by" in words(leader.get(said))


def test_where_a_box_of_the_draft_is_empty_the_sheet_stands_in_it_and_an_empty_one_takes_nothing_away(
    leader: Client, place: World
) -> None:
    said = worlds.begin(leader, place)
    mine = {"points-point-0-words": "Typed before.", "actions-0-what": "Ring them", "no_notes": "", "do": "later"}
    leader.post_form(said, mine, at="/said")
    sheets_ = {"points-point-1-words": "From the sheet.", "question_to_lead": "Who?"}
    upload(leader, place.asked, fill(sheet(leader, place.asked), sheets_))
    page = leader.get(said)
    shown = form_at(page, "/said")
    assert "What is to stay" not in words(page) and "Show the draft as it was saved before" in words(page)
    assert {name: shown[name] for name in (*list(mine)[:2], *sheets_)} == {**dict(list(mine.items())[:2]), **sheets_}
    assert leader.post(said, data={**shown, "do": "continue"}).status_code == 303
    kept = drafts()[0]
    assert [kept["points"][key]["words"] for key in ("point-0", "point-1")] == ["Typed before.", "From the sheet."]
    assert (kept["actions"][0]["what"], kept["question_to_lead"], kept["present"]) == ("Ring them", "Who?", "8")


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        ("31/02/2026", "there is no 31 February in 2026."),
        ("12 June 26", "write the year with all four figures."),
        ("31/10/26", "write the year with all four figures."),
        ("2 December 2026", "2 December 2026 is still to come."),
        ("after Easter", "add the month and year"),
    ],
)
def test_a_day_in_a_sheet_that_cannot_be_is_kept_and_explained(
    leader: Client, place: World, day: str, fault: str
) -> None:
    upload(leader, place.asked, fill(sheet(leader, place.asked), {**ANSWERS, "held_on": day}))
    shown = form_at(leader.get(place.meeting), "/meeting")
    answer = leader.post(place.meeting, data={**shown, "setting": "inset", "do": "continue"})
    said = " ".join(text for name, text in worlds.faults(answer).items() if name.startswith("held_on"))
    assert answer.status_code == 422 and fault in said, said
    for page in (shown, form_at(answer, "/meeting"), form_at(leader.get(place.meeting), "/meeting")):
        boxes = [page[f"held_on-{part}"] for part in ("day", "month", "year")]
        assert boxes in ([day, "", ""], ["2", "12", "2026"]), "in the box, beside the fault, and in the draft"
    assert drafts()[0]["held_on"]["day"] == boxes[0]


def test_100_001_characters_in_a_sheet_are_kept_and_explained(leader: Client, place: World) -> None:
    text = "👋" * 100_000 + "x"
    upload(leader, place.asked, fill(sheet(leader, place.asked), {"points-point-0-words": text}))
    said = f"/drafts/{refs()[0]}/said"
    shown = form_at(leader.get(said), "/said")
    assert shown["points-point-0-words"] == text
    refused = leader.post(said, data={**shown, "do": "continue"})
    assert refused.status_code == 422 and "100,001 characters" in worlds.faults(refused)["points-point-0-words"]
    assert form_at(refused, "/said")["points-point-0-words"] == text
    assert drafts()[0]["points"]["point-0"]["words"] == text, "and the draft has it too"


def test_a_draft_that_has_no_answer_to_a_question_has_nothing_to_choose_from_there() -> None:
    mine = shaped({"points": {"a": {"words": "From the sheet", "yes": "3"}}, "question_to_lead": "Who?"})
    assert combining.to_choose_from(shaped({}), mine, "said") is None
    theirs = shaped({"points": {"b": {"words": "Typed"}}, "question_to_lead": " \u200b"})
    kept = combining.to_choose_from(theirs, mine, "said")
    assert kept and kept["points"]["a"] == mine["points"]["a"] and kept["question_to_lead"] == "Who?"
    assert kept["points"]["b"]["words"] == "Typed"


def test_whoever_uploads_a_sheet_is_led_to_the_first_page_that_it_brings_something_to(
    leader: Client, place: World
) -> None:
    said = worlds.begin(leader, place)
    answers = {tag: words_ for tag, words_ in ANSWERS.items() if tag.startswith("points")}
    answer = upload(leader, place.asked, fill(sheet(leader, place.asked), answers))
    assert answer.location.endswith(said)
    assert "What your Word sheet says is in the boxes below" in words(leader.get(said))
    answer = upload(leader, place.asked, fill(sheet(leader, place.asked), {**ANSWERS, "present": "9"}))
    assert answer.location.endswith("/meeting")


def asked_again(place: World, ref: str, *, older: bool = False) -> str:
    """The team of a request asked once more: by another partnership about the same edition, or about an older one of
    the same pack, in which the first question was another."""
    with db.writing() as session:
        ask = session.scalars(select(Asked).where(Asked.ref == ref)).one()
        edition = ask.circulation.edition
        if older:
            edition.number = 2
            edition = make.edition(session, pack_id=edition.pack_id, number=1, points=2)
            edition.points[0].key = "before"
        other = session.scalars(select(Partnership).where(Partnership.id != ask.partnership_id)).first()
        assert other and ask.team
        return make.circulate(session, other, edition, [ask.team]).asked[0].ref


def told(client: Client, place: World, body: bytes, *, anyway: bool = False) -> str:
    """What the page says of a sheet that was uploaded for what was asked."""
    assert upload(client, place.asked, body, anyway=anyway).status_code == 303
    page = client.get(place.meeting)
    assert form_at(page, "/meeting")["present"] == "8", "it is used as far as it can be"
    return words(page)


ANOTHER_TEAM, ANOTHER_EDITION = "This sheet was made for another team, not for", "This sheet is for another edition"


def sheet_of(leader: Client, place: World, which: str) -> bytes:
    """A filled sheet of another team, which the leader may see (`south`: the lead of her organisation can) or not."""
    theirs = worlds.browser_of(leader.application, place.lead if which == "south" else place.stranger)
    return fill(sheet(theirs, getattr(place, which)), ANSWERS)


def names_of(ref: str) -> str:
    """The team and the organisation of a request, as its sheet names them."""
    with db.reading() as session:
        ask = session.scalars(select(Asked).where(Asked.ref == ref)).one()
        return f"{ask.team_name}, {ask.organisation_name}"


@pytest.mark.parametrize("which", ["south", "foreign"])
def test_a_sheet_for_another_team_goes_into_boxes_only_when_somebody_says_so(
    leader: Client, place: World, which: str
) -> None:
    file, names = sheet_of(leader, place, which), names_of(getattr(place, which))
    answer = upload(leader, place.asked, file)
    assert answer.status_code == 422 and "made for another team" in worlds.faults(answer)["file"]
    assert f"You chose the sheet for: {names}. This page is for: " in words(answer)
    assert "anyway" not in form_at(answer, "/upload"), "nothing is chosen for her"
    assert drafts() == [] and not any(
        form_at(leader.get(place.meeting), "/meeting")[name] for name in ("held_on-day", "present")
    )
    page = told(leader, place, file, anyway=True)
    assert ANOTHER_TEAM in page and f"The sheet says that it is for: {names}" in page
    assert ANOTHER_EDITION not in page and "outside the boxes" not in page


def test_nothing_of_a_draft_changes_by_the_sheet_of_another_team(leader: Client, place: World) -> None:
    worlds.begin(leader, place)
    before = drafts()
    assert upload(leader, place.asked, sheet_of(leader, place, "south")).status_code == 422
    assert drafts() == before


def test_what_a_sheet_of_another_team_calls_that_is_shown_as_it_stands_and_set_apart(
    leader: Client, place: World
) -> None:
    def change(root: Any) -> None:
        name = names_of(place.south).partition(",")[0]
        next(one for one in root.iter(f"{sheets.W}t") if one.text == name).text = "<i>שלום</i> & Co"

    file = sheets.edited(sheet_of(leader, place, "south"), change)
    shown = "<bdi>&lt;i&gt;שלום&lt;/i&gt; &amp; Co, "
    assert shown in upload(leader, place.asked, file).text
    told(leader, place, file, anyway=True)
    assert shown in leader.get(place.meeting).text


def test_whoever_says_so_and_chooses_no_file_is_asked_for_it_and_has_said_so(leader: Client, place: World) -> None:
    answer = upload(leader, place.asked, b"", "", anyway=True)
    assert answer.status_code == 422 and form_at(answer, "/upload")["anyway"] == ["yes"]
    assert "although" not in words(leader.get(f"/asked/{place.asked}/upload"))


def test_an_empty_sheet_of_another_team_is_empty(leader: Client, place: World) -> None:
    lead = worlds.browser_of(leader.application, place.lead)
    assert "This sheet is empty." in worlds.faults(upload(leader, place.asked, sheet(lead, place.south)))["file"]


def test_a_sheet_for_the_same_team_asked_by_another_partnership_is_the_teams_own(leader: Client, place: World) -> None:
    page = told(leader, place, fill(sheet(leader, asked_again(place, place.asked)), ANSWERS))
    assert "The answers" not in page and "About the Word sheet" not in page


def test_a_sheet_for_an_older_edition_says_so_and_its_answers_to_other_questions_are_kept(
    leader: Client, place: World
) -> None:
    old = sheet(leader, asked_again(place, place.asked, older=True))
    answers = {"present": "8", "points-before-words": "About what was asked before.", "points-point-1-yes": "3"}
    page = told(leader, place, fill(old, answers))
    assert f"{ANOTHER_EDITION} or another briefing, not for edition 2 of" in page and ANOTHER_TEAM not in page
    assert "under question 1 of that sheet: About what was asked before." in page
    said = leader.post(place.meeting, data={**form_at(leader.get(place.meeting), "/meeting"), **MEETING, "do": "later"})
    boxes = form_at(leader.get(said.location.replace("saved", "said")), "/said")
    assert boxes["points-point-1-yes"] == "3" and boxes["points-point-0-words"] == ""


def test_a_sheet_for_another_team_and_another_edition_says_both(leader: Client, place: World) -> None:
    lead = worlds.browser_of(leader.application, place.lead)
    file = fill(sheet(lead, asked_again(place, place.south, older=True)), {"present": "8"})
    page = told(leader, place, file, anyway=True)
    assert ANOTHER_EDITION in page and ANOTHER_TEAM in page


def test_the_answers_of_a_sheet_typed_again_with_questions_alone_stand_beside_what_the_draft_holds(
    leader: Client, place: World
) -> None:
    said = worlds.begin(leader, place)
    leader.post_form(said, {**SAID, "do": "later"}, at="/said")
    file = new_document("1. What do you think of 0?", "Typed again.", "2. what do you think of 1", "Most do.")
    assert upload(leader, place.asked, file).status_code == 303
    page = leader.get(said)
    assert form_at(page, "/said")["points-point-0-words"] == "Typed again."
    assert form_at(page, "/said")["points-point-1-words"] == "Most do."
    assert "What is to stay: the words under question 1" in words(page)
    assert drafts()[0]["points"]["point-0"]["words"] == SAID["points-point-0-words"]


def test_a_document_that_is_no_sheet_is_kept_to_copy_from(leader: Client, place: World) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(leader, place.asked))) as old, zipfile.ZipFile(body, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                start = data[: data.index(b"<w:body>")]
                data = start + b"<w:body><w:p><w:r><w:t>Free minutes.</w:t></w:r></w:p></w:body></w:document>"
            if name != "docProps/custom.xml":
                new.writestr(name, data)
    answer = upload(leader, place.asked, body.getvalue())
    assert answer.status_code == 303 and answer.location.endswith(place.meeting)
    page = leader.get(place.meeting)
    assert "This is not a response sheet, so nothing could be put into boxes." in words(page)
    assert "into a box. : " not in words(page), "no mark stands before a text of which nothing is said where it stood"
    kept = drafts()[0]
    assert "Free minutes." in words(page) and "Free minutes." in [one["text"] for one in kept["sheet"][0]["extra"]]
    assert not any(form_at(page, "/meeting")[name] for name in ("held_on-day", "present", "chaired_by"))
    assert not kept.get("set_aside") and not kept.get("points"), "nothing stands in any box"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "Choose the Word file"),
        (b"PK\x03\x04 not whole", "upload"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old format"),
        (b"MZ" + b"\0" * 600, "Word"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
    ids=["nothing", "truncated", "a PDF", "encrypted or old", "a program", "too large"],
)
def test_what_cannot_be_read_is_told_in_a_sentence_and_begins_no_draft(
    leader: Client, place: World, body: bytes, told: str
) -> None:
    answer = upload(leader, place.asked, body)
    assert answer.status_code == 422 and told in words(answer), words(answer)[:600]
    assert drafts() == []


def test_a_larger_body_than_any_file_is_refused_and_elsewhere_the_old_limit_holds(leader: Client, place: World) -> None:
    assert upload(leader, place.asked, b"x" * (13 * 1024 * 1024)).status_code == 413
    assert leader.post(place.meeting, data={"chaired_by": "x" * (5 * 1024 * 1024)}).status_code == 413


def test_what_a_sheet_says_is_never_said_to_have_been_typed(leader: Client, place: World) -> None:
    upload(leader, place.asked, fill(sheet(leader, place.asked), {**ANSWERS, "held_on": "31/02/2026"}))
    form = form_at(leader.get(place.meeting), "/meeting")
    refused = leader.post(place.meeting, data={**form, "do": "continue"})
    assert refused.status_code == 422 and "there is no 31 February" in words(refused)
    assert "Set aside: what the Word sheet says that" in words(refused) and "typed here" not in words(refused)
