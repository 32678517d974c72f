"""What looks like somebody's is changed or left in for a reason; what no pattern finds is stated once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app.circulation.models import Asked
from app.database import db
from app.discussions.models import LeftIn, Minutes
from app.identifying import Mark, Why
from app.organisations.models import Partnership
from app.packs.queries import newest
from app.settings import ROOT
from tests import factories as make
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import World, faults, form_at, words

SAID = "Ring 01323 555778 or write to somebody@nowhere.example. Ring 01323 555778 again."
PACK = "nai-under-5-2021"
STATED = {"nobody_known": "yes"}


def sent() -> list[tuple[Mark, str, Why, str]]:
    with db.reading() as session:
        return [
            (one.mark, one.field, one.why, one.words) for one in session.scalars(select(LeftIn).order_by(LeftIn.id))
        ]


def whys(client: Client, check: str) -> list[str]:
    """The names of the radios, one for each piece."""
    page = client.get(check).text
    found = [part.split('"')[0] for part in page.split('name="')[1:] if part.startswith("look-")]
    return list(dict.fromkeys(name for name in found if name.endswith("-why")))


def offered(client: Client, check: str) -> dict[str, list[str]]:
    """The reasons that the page offers for each piece, by the name of its radios."""
    page = client.get(check).text
    return {
        one: [why for why in Why if f'name="{one}" type="radio" value="{why}"' in page] for one in whys(client, check)
    }


def test_only_what_people_are_reached_by_can_stay_as_a_public_number_or_address(leader: Client, place: World) -> None:
    text = "Mrs Patel, born 3.4.2020, NHS 943 476 5919, PX 41 20 76 A, on 07700 900321, a@b.example, BN1 1AA."
    check = worlds.write(leader, place, **{"points-point-0-words": text})
    page = words(leader.get(check))
    assert all(said in page for said in ("an NHS number", "a National Insurance number", "a postcode"))
    names = whys(leader, check)
    public = [why for why in offered(leader, check).values() if Why.PUBLIC in why]
    assert (len(names), len(public)) == (7, 3)
    assert all(why[-2:] == ["worker", "other"] for why in offered(leader, check).values())
    answer = leader.post_form(check, {**STATED, **dict.fromkeys(names, "public")}, at="/check")
    assert answer.status_code == 422 and not sent()
    assert len([one for one in faults(answer) if one.startswith("look-")]) == 4


def test_the_words_that_a_published_pack_watches_are_asked_about_where_it_is_discussed_and_nowhere_else(
    app: Flask, place: World, leader: Client, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "packs" / PACK, tmp_path / PACK)
    file = tmp_path / PACK / "pack.yaml"
    text, number = re.subn(r"(?m)^watch:.*$", "watch: [Seaview Court, the twins]", file.read_text(encoding="utf-8"))
    assert number == 1
    file.write_text(text, encoding="utf-8")
    result = app.test_cli_runner().invoke(args=["packs", "publish", str(tmp_path / PACK)])
    assert result.exit_code == 0, result.output
    with db.writing() as session:
        team = session.scalars(select(Asked).where(Asked.ref == place.asked)).one()
        edition = newest(session, PACK)
        asked = make.circulate(session, team.circulation.partnership, edition, [team.team]).asked[0].ref
        box = f"points-{edition.points[0].key}-words"
    text = "We knew the twins from SEAVIEW COURT, not the twinset."
    meeting = f"/asked/{asked}/meeting"
    said = leader.post_form(meeting, {**worlds.MEETING, "do": "continue"}, at="/meeting").location
    check = leader.post_form(said, {box: text, "do": "continue"}, at="/said").location
    page = words(leader.get(check))
    for piece in ("the twins", "SEAVIEW COURT"):
        assert f"“{piece}” is a word this briefing asks you to look at again {text} Change it in question 1" in page
    names = whys(leader, check)
    assert len(names) == 2
    assert leader.post_form(check, STATED, at="/check").status_code == 422 and not sent()
    assert leader.post_form(check, {**STATED, **dict.fromkeys(names, "worker")}, at="/check").status_code == 303
    assert {mark for mark, *_ in sent()} == {Mark.WATCHED}
    assert whys(leader, worlds.write(leader, place, **{"points-point-0-words": text})) == []


def test_each_piece_stands_once_and_is_left_in_for_a_reason(leader: Client, place: World) -> None:
    check = worlds.write(leader, place, **{"points-point-0-words": SAID})
    phone, mail = whys(leader, check)
    answer = leader.post_form(check, {**STATED, phone: "public", mail: "other"}, at="/check")
    assert answer.status_code == 422 and "Say in a few words why “somebody@nowhere.example” is left in" in words(answer)
    reason = mail.replace("-why", "-words")
    answer = leader.post_form(
        check, {**STATED, phone: "public", mail: "other", reason: "An invented address"}, at="/check"
    )
    assert answer.status_code == 303
    field = "points-point-0-words"
    assert sent() == [
        (Mark.PHONE, field, Why.PUBLIC, ""),
        (Mark.EMAIL, field, Why.OTHER, "An invented address"),
    ]


def test_a_piece_that_stands_in_several_places_is_noted_for_each(leader: Client, place: World) -> None:
    check = worlds.write(leader, place, **{"points-point-0-words": SAID, "points-point-2-words": "Or 01323 555778"})
    phone, mail = whys(leader, check)
    assert leader.post_form(check, {**STATED, phone: "public", mail: "public"}, at="/check").status_code == 303
    assert [(mark, field) for mark, field, *_ in sent()] == [
        (Mark.PHONE, "points-point-0-words"),
        (Mark.PHONE, "points-point-2-words"),
        (Mark.EMAIL, "points-point-0-words"),
    ]


def test_nothing_is_sent_before_the_statement_is_ticked_and_nothing_is_lost(leader: Client, place: World) -> None:
    check = worlds.write(leader, place)
    answer = leader.post_form(check, at="/check")
    assert answer.status_code == 422 and "tick that no family could be recognised" in words(answer)
    with db.reading() as session:
        assert session.scalars(select(Minutes)).all() == []
    assert leader.post_form(check, STATED, at="/check").status_code == 303
    assert sent() == []
    with db.reading() as session:
        assert session.scalars(select(Minutes.nobody_known)).all() == [True], "what was stated is kept with them"


def test_what_was_chosen_stands_on_the_page_again_and_what_changed_since_is_looked_at_anew(
    leader: Client, place: World
) -> None:
    check = worlds.write(leader, place, **{"points-point-0-words": SAID})
    phone, mail = whys(leader, check)
    answer = leader.post_form(check, {phone: "worker"}, at="/check")
    shown = form_at(answer, "/check")
    assert shown[phone] == ["worker"] and mail not in shown
    leader.post_form(check.replace("check", "said"), {"points-point-0-words": "BN1 1AA", "do": "later"}, at="/said")
    stale = {**shown, **STATED, mail: "public"}
    answer = leader.post(check, data=stale)
    assert answer.status_code in (409, 422) and "“BN1 1AA”" in words(answer)
    assert whys(leader, check) not in ([phone, mail], [])


def test_the_partnerships_own_numbers_are_not_asked_about(leader: Client, place: World) -> None:
    with db.reading() as session:
        partnership = session.scalars(select(Partnership).order_by(Partnership.id)).first()
        given = [partnership.reply_to, *(number for _, number in partnership.numbers_to_call)] if partnership else []
    assert given
    check = worlds.write(leader, place, **{"points-point-0-words": " or ".join(given)})
    assert whys(leader, check) == []


def test_the_page_says_where_each_piece_stands_and_that_names_are_not_looked_for(leader: Client, place: World) -> None:
    text = (
        "Not this line.\nMother’s number is 07700 900123 <b>, born 3/4/2019. We met on 12 June 2026, B1 2nd floor. "
        "And so much more that nobody wants to see all of it beside one number."
    )
    page = words(leader.get(worlds.write(leader, place, **{"points-point-0-words": text})))
    asked = page.partition("Look at")[2]
    beside = "Mother’s number is 07700 900123 <b>, born 3/4/2019. We met on 12 June 2026, B1 2nd floor. …"
    assert f"“07700 900123” looks like a telephone number {beside} Change it in question 1" in asked
    assert "“born 3/4/2019” looks like a date of birth" in asked and "“B1 2nd" not in asked
    assert "The service does not find every name, and never a school or what everybody in a small place knows" in page


def test_what_is_missing_is_told_in_the_order_of_the_page(leader: Client, place: World) -> None:
    check = worlds.write(leader, place, **{"points-point-0-words": "Ring 07700 900123 in BN7 1UE."})
    refused = list(faults(leader.post_form(check, {}, at="/check")))
    assert [name.endswith("-why") for name in refused] == [True, True, False] and refused[-1] == "nobody_known"


def test_saving_never_waits_for_any_of_it(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    assert leader.post_form(said, {"points-point-0-words": SAID, "do": "later"}, at="/said").status_code == 303


def test_who_chaired_is_looked_through_as_well_and_changed_where_it_was_written(leader: Client, place: World) -> None:
    worlds.write(leader, place)
    who = {"chaired_by": "Mrs Thistlewood, 07700 900123, DOB 01/02/2020"}
    answer = leader.post_form(place.meeting, {**worlds.MEETING, **who, "do": "continue"}, at="/meeting")
    check = answer.location.replace("said", "check")
    page = leader.get(check)
    asked = words(page).partition("Look at these once more")[2]
    for piece in ("Mrs Thistlewood", "07700 900123", "DOB 01/02/2020"):
        assert f"“{piece}” " in asked
    assert asked.count("Change it in “Which role chaired?”") == 3
    assert page.text.count(f'href="{place.meeting}#chaired_by">Change it in') == 3
    assert 'id="chaired_by"' in leader.get(place.meeting).text, "the box to which it leads"
    assert leader.post_form(check, STATED, at="/check").status_code == 422 and not sent()
    receipt = leader.post_form(check, {**STATED, **dict.fromkeys(whys(leader, check), "worker")}, at="/check")
    assert receipt.status_code == 303
    assert {(field, why) for _, field, why, _ in sent()} == {("chaired_by", Why.WORKER)} and len(sent()) == 3
    read = worlds.browser_of(leader.application, place.lead).get(receipt.location.removesuffix("/sent"))
    told = words(read).partition("What the team said")[0]
    assert "“07700 900123” looks like a telephone number." in told and "left it in: a worker’s own details" in told


def test_a_role_that_chaired_is_not_asked_about(leader: Client, place: World) -> None:
    check = worlds.write(leader, place)
    assert whys(leader, check) == [], "a team manager"
