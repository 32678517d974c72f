"""The letters about minutes, read aloud: what they say, what they never say, what goes with them and why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.forwarding import emails, services
from app.organisations.models import Address
from app.policy import Role
from app.post.composing import compose
from app.post.models import Attachment, Delivery, Held, Letter, Superseded
from app.settings import Settings
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene

SECRET = "Nobody may read this in a letter"
LATER = NOW + emails.DOCUMENT_WAIT


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    """A place with real names, a relay with TLS and minutes with a document."""
    app.config["SETTINGS"] = settings(app, mail_use_tls=True)
    made = Scene(
        session,
        short_name="ESSCP",
        name="East Sussex Safeguarding Children Partnership",
        reply_to="office@esscp.gov.uk",
        reply_name="ESSCP office",
    )
    made.asked.team_name = "Hailsham health visiting"
    made.circle.organisation.name = "Community Trust"
    made.circle.edition.short_title, made.circle.edition.title = "NAI under 5", "Injuries to small children"
    for person, name in [(made.leader, "Leader"), (made.lead, "Lead"), (made.deputy, "Deputy")]:
        person.name = name
    session.flush()
    return made


def settings(app: Flask, **changes: Any) -> Settings:
    return replace(app.config["SETTINGS"], **changes)


def about(kind: str, ref: str, person: str, since: Any = NOW) -> Delivery:
    return Delivery(kind=kind, about=ref, person=person, owed_since=since, message_id="<x@service.test>")


def written(scene: Scene, kind: str, ref: str, who: Any, at: Any = NOW) -> Any:
    scene.session.flush()
    return emails.letter(scene.session, about(kind, ref, who.ref), at)


def letter(scene: Scene, kind: str, ref: str, who: Any, at: Any = NOW) -> Letter:
    made = written(scene, kind, ref, who, at)
    assert isinstance(made, Letter), made
    return made


def minutes(scene: Scene, **values: Any) -> Any:
    values = {"answers": {"point-0": SECRET, "point-1": SECRET}, "question_to_lead": SECRET, **values}
    made = scene.sent(**values)
    scene.documented(made)
    return made


def test_the_lead_reads_who_sent_what_what_to_do_next_and_what_the_partnership_sees(scene: Scene) -> None:
    made = minutes(scene)
    found = letter(scene, "minutes", made.ref, scene.lead)
    assert (found.to_address, found.to_name) == (scene.lead.addresses[0].email, "Lead")
    assert found.reply_to == "office@esscp.gov.uk"
    assert found.subject == "OFFICIAL-SENSITIVE – Hailsham health visiting: minutes to read – NAI under 5"
    assert found.body.startswith(
        "Dear Lead\n\n"
        'Leader has sent you the minutes of Hailsham health visiting about "Injuries to small children".\n\n'
        "The team met on 18 November 2026. 2 of 3 points for discussion were answered.\n\n"
        "What to do next: read them and say what should happen with the answers. It takes a minute. The team "
        "has a question for you: it stands with the minutes.\n\n"
        f"  http://localhost/minutes/{made.ref}\n\n"
        "No password: we send a code to this address.\n\n"
        "A Word copy is attached. It is a copy: the record is in the service.\n\n"
        "Until you share answers, the ESSCP sees only that the team has met, and when.\n\n"
        "Questions: answer this letter, or write to ESSCP office: office@esscp.gov.uk\n"
    ), found.body


def all_letters(scene: Scene) -> dict[str, Letter]:
    """One of each kind."""
    made = minutes(scene, at=EARLIER)
    old = minutes(scene, at=EARLIER)
    question = scene.ask(made, words=SECRET)
    other = scene.appointed(Role.LEAD, at=NOW)
    found = {
        "minutes": letter(scene, "minutes", made.ref, scene.lead),
        "question": letter(scene, "question", question.ref, scene.leader),
        "handover": letter(scene, "handover", other.appointments[0].ref, other),
    }
    scene.has(old)
    return {**found, "heard": letter(scene, "heard", old.ref, scene.leader)}


def test_no_letter_says_what_anybody_wrote_and_each_says_whom_to_call_and_to_ask(scene: Scene) -> None:
    for kind, found in all_letters(scene).items():
        assert SECRET not in found.body + found.subject, kind
        assert "This is not a way to report a concern about a child." in found.body, kind
        assert "Single point of advice: 01234 567890\nEmergency: 999\n" in found.body, kind
        assert "answer this letter, or write to ESSCP office: office@esscp.gov.uk" in found.body, kind
        assert found.reply_to == "office@esscp.gov.uk", kind
        assert "No password: we send a code to this address." in found.body, kind
        assert found.body.startswith(f"Dear {found.to_name}\n\n"), kind
        assert len(re.findall(r"^  http://localhost/\S+$", found.body, re.M)) == 1, "one link, on a line of its own"


def test_no_letter_has_a_gap_a_stray_blank_or_a_word_of_its_template_left(scene: Scene) -> None:
    for kind, found in all_letters(scene).items():
        assert "\n\n\n" not in found.body, kind
        assert not re.search(r"[ \t]$|\{\{|\}\}|\{%|None|  \S+  ", found.body, re.M), kind


@pytest.mark.parametrize("kind_of", ["minutes", "question", "handover", "heard"])
def test_the_message_of_each_letter_keeps_its_lines_short(scene: Scene, kind_of: str) -> None:
    scene.asked.team_name = "Långa " * 300
    scene.circle.edition.title = "Ett mycket långt namn " * 100
    found = all_letters(scene)[kind_of]
    composed = compose(found, message_id="<x@service.test>", sender="circulation@service.test", now=NOW)
    assert max(len(line) for line in composed.content.split(b"\r\n")) <= 998
    assert b"\n" not in composed.content.replace(b"\r\n", b"")


def test_subjects_say_team_then_task_then_short_title(scene: Scene) -> None:
    assert {kind: found.subject for kind, found in all_letters(scene).items()} == {
        "minutes": "OFFICIAL-SENSITIVE – Hailsham health visiting: minutes to read – NAI under 5",
        "question": "Hailsham health visiting: a question about your minutes of 18 November 2026 – NAI under 5",
        "handover": "Community Trust: 2 sets of minutes to read",
        "heard": "Hailsham health visiting: Lead has your minutes of 18 November 2026 – NAI under 5",
    }


def test_a_subject_names_two_teams_and_counts_more(scene: Scene) -> None:
    scene.south.team_name = "Polegate"
    two = minutes(scene)
    two.covers.extend([type(two.covers[0])(asked_id=scene.south.id)])
    assert ": minutes to read" in letter(scene, "minutes", two.ref, scene.lead).subject
    assert "Hailsham health visiting and Polegate: " in letter(scene, "minutes", two.ref, scene.lead).subject
    body = letter(scene, "minutes", two.ref, scene.lead).body
    assert "The teams met on" in body and "only that the teams have met" in body
    more = make.circulate(
        scene.session,
        scene.circle.partnership,
        scene.circle.edition,
        [make.team(scene.session, scene.circle.organisation, name="Uckfield")],
    )
    two.covers.extend([type(two.covers[0])(asked_id=more.asked[0].id)])
    assert "Hailsham health visiting and 2 more: " in letter(scene, "minutes", two.ref, scene.lead).subject


def test_a_team_that_two_partnerships_asked_is_named_once_and_both_are_named(scene: Scene) -> None:
    other, asked = scene.other_partnership(short_name="WSCP", name="West")
    asked.team_name = scene.asked.team_name
    made = minutes(scene)
    made.covers.extend([type(made.covers[0])(asked_id=asked.id)])
    found = letter(scene, "minutes", made.ref, scene.lead)
    assert "Hailsham health visiting: minutes" in found.subject
    assert "the ESSCP and the WSCP see only that the team has met" in found.body
    other.secure_domains = ["nhs.net"]
    assert "not one of the secure email domains of the WSCP" in letter(scene, "minutes", made.ref, scene.lead).body


def test_a_team_that_took_no_notes_and_one_answer_are_told_as_they_are(scene: Scene) -> None:
    none = minutes(scene, answers={}, took_no_notes=True)
    assert "met on 18 November 2026 and took no notes.\n\nWhat" in letter(scene, "minutes", none.ref, scene.lead).body
    one = minutes(scene, answers={"point-0": "x"})
    assert "1 of 3 points for discussion was answered." in letter(scene, "minutes", one.ref, scene.lead).body


def test_a_correction_says_so(scene: Scene) -> None:
    first = minutes(scene, at=EARLIER)
    second = scene.corrected(first)
    scene.documented(second)
    found = letter(scene, "minutes", second.ref, scene.lead)
    assert found.subject.endswith("Hailsham health visiting: corrected minutes to read – NAI under 5")
    assert 'Leader has sent you corrected minutes of Hailsham health visiting about "Injuries' in found.body
    assert "This is version 2: please read it in place of the one before.\n\nWhat to do next" in found.body


def test_a_deputy_is_told_why_it_comes_to_her(scene: Scene) -> None:
    own = minutes(scene, by=scene.lead)
    assert "because Lead is the safeguarding lead too." in letter(scene, "minutes", own.ref, scene.deputy).body
    scene.away(scene.lead)
    made = minutes(scene)
    assert "because no safeguarding lead is there today." in letter(scene, "minutes", made.ref, scene.deputy).body
    assert "as deputy" not in letter(scene, "minutes", made.ref, scene.lead).body


# What goes with it


def attached(scene: Scene, made: Any, at: Any = NOW) -> tuple[Attachment | None, Letter]:
    found = letter(scene, "minutes", made.ref, scene.lead, at)
    return (found.attachments or (None,))[0], found


def test_the_very_bytes_that_are_kept_go_along_under_a_plain_name(scene: Scene) -> None:
    made = minutes(scene)
    file, _ = attached(scene, made)
    assert file == Attachment("NAI-under-5-Hailsham-health-visiting-2026-11-18-v1.docx", emails.WORD, b"PK document")


REASONS: dict[str, tuple[Callable[[Scene, Any], Any], str]] = {
    "domain": (
        lambda s, a: domain(s, "lead@hospice.example.org"),
        "hospice.example.org is not one of the secure email domains of the ESSCP",
    ),
    "like it": (
        lambda s, a: domain(s, "lead@notgov.uk"),
        "notgov.uk is not one of the secure email domains of the ESSCP",
    ),
    "organisation": (
        lambda s, a: setattr(s.circle.organisation, "attaches", False),
        "Community Trust has asked for minutes not to be sent by email",
    ),
    "unproved": (
        lambda s, a: setattr(s.lead.addresses[0], "proved_at", None),
        "nobody has signed in with this address yet",
    ),
    "in the clear": (
        lambda s, a: a.config.update(SETTINGS=settings(a, mail_use_tls=False)),
        "the mail system is not reached over a verified connection",
    ),
}


def domain(scene: Scene, email: str) -> None:
    scene.lead.addresses[0].email = email


@pytest.mark.parametrize("why", REASONS)
def test_where_the_document_does_not_go_along_the_letter_says_why(app: Flask, scene: Scene, why: str) -> None:
    made = minutes(scene)
    arrange, reason = REASONS[why]
    arrange(scene, app)
    file, found = attached(scene, made)
    assert file is None
    assert f"The minutes are not attached, because {reason}. A Word copy is behind the link.\n" in found.body
    assert found.subject.startswith("Hailsham"), "the marking stands first only with a document"


@pytest.mark.parametrize("size", [emails.LARGEST_ATTACHMENT, emails.LARGEST_ATTACHMENT + 1])
def test_a_document_beyond_two_mebibytes_stays_behind(scene: Scene, size: int) -> None:
    made = scene.sent()
    scene.documented(made, b"x" * size)
    file, found = attached(scene, made)
    assert (file is None) is (size > emails.LARGEST_ATTACHMENT)
    assert ("because it is too large for an email." in found.body) is (file is None)


@pytest.mark.parametrize(
    "changes",
    [
        {"mail_use_tls": True},
        {"mail_use_tls": False, "mail_use_ssl": True},
        {"mail_use_tls": False, "demonstration": True},
    ],
)
def test_over_a_verified_connection_or_in_a_demonstration_it_goes_along(
    app: Flask, scene: Scene, changes: dict[str, bool]
) -> None:
    app.config["SETTINGS"] = settings(app, **changes)
    assert attached(scene, minutes(scene))[0] is not None


def test_the_letter_waits_for_the_document_and_then_goes_without(scene: Scene) -> None:
    made = scene.sent()
    assert written(scene, "minutes", made.ref, scene.lead, LATER - timedelta(seconds=1)) == Held(
        "The Word document is being made.", look_again=timedelta(seconds=1)
    )
    file, found = attached(scene, made, LATER)
    assert file is None
    assert "because it is still being made." in found.body


def test_it_goes_to_the_address_of_the_appointment_that_is_for_this_team(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    second = make.kept(scene.session, Address(email="midwife@trust.gov.uk", proved_at=NOW, person=scene.lead))
    held = scene.appointed(Role.LEAD, scene.circle.teams[0], who=scene.lead).appointments[-1]
    held.address_id = second.id
    scene.session.flush()
    scene.session.expire_all()
    assert letter(scene, "minutes", minutes(scene).ref, scene.lead).to_address == "midwife@trust.gov.uk"


# When there is none


def test_what_is_no_longer_wanted_is_not_sent(scene: Scene) -> None:
    first = minutes(scene, at=EARLIER)
    question = scene.ask(first, at=EARLIER)
    made = minutes(scene)
    scene.has(made, scene.deputy)
    assert written(scene, "minutes", made.ref, scene.lead) == Superseded(
        "Somebody has these minutes by now, or is said to have them."
    )
    scene.corrected(first)
    assert written(scene, "minutes", first.ref, scene.lead) == emails.CORRECTED
    assert written(scene, "question", question.ref, scene.leader) == emails.CORRECTED


@pytest.mark.parametrize("kind_of", ["minutes", "question", "heard", "handover"])
def test_who_holds_the_role_no_more_gets_none(scene: Scene, kind_of: str) -> None:
    made = minutes(scene, at=EARLIER if kind_of == "handover" else NOW)
    ref, who, role = made.ref, scene.lead, Role.LEAD
    if kind_of == "handover":
        who = scene.appointed(Role.LEAD)
        ref = who.appointments[0].ref
    elif kind_of != "minutes":
        ref = scene.ask(made).ref if kind_of == "question" else ref
        scene.has(made)
        who, role = scene.leader, Role.LEADER
    assert isinstance(written(scene, kind_of, ref, who), Letter)
    scene.ended(who, role)
    assert written(scene, kind_of, ref, who) == emails.NO_LONGER


def test_who_may_not_read_the_minutes_any_more_hears_nothing_about_them(scene: Scene) -> None:
    made = minutes(scene)
    scene.has(made)
    scene.ended(scene.leader, Role.LEADER)
    make.appoint(scene.session, scene.leader, Role.LEADER, scene.circle.organisation, (scene.circle.teams[1],))
    assert written(scene, "heard", made.ref, scene.leader) == emails.NO_LONGER


def test_a_handover_that_somebody_else_has_dealt_with_is_not_sent(scene: Scene) -> None:
    made = minutes(scene, at=EARLIER)
    other = scene.appointed(Role.LEAD, at=NOW)
    ref = other.appointments[0].ref
    found = letter(scene, "handover", ref, other)
    assert (
        "There is 1 set of minutes to read that came in before you did and that nobody has confirmed having."
        in found.body
    )
    assert "You are Safeguarding lead for Community Trust now." in found.body
    assert "http://localhost/inbox" in found.body
    scene.has(made)
    reason = "Somebody has all of these minutes by now, or another email told of them."
    assert written(scene, "handover", ref, other) == Superseded(reason)


# Back to the team


def test_the_team_hears_who_has_them_and_what_became_of_the_answers(scene: Scene) -> None:
    made = minutes(scene)
    scene.has(made)
    body = letter(scene, "heard", made.ref, scene.leader).body
    assert 'has your minutes of 18 November 2026 about "Injuries to small children".\n\nNothing has been shared' in body
    given = scene.share(made, point_0=True)
    body = letter(scene, "heard", made.ref, scene.leader).body
    assert "\n\nNow shared with the ESSCP: answer 1; answer 1 may be quoted.\nThe partnership sees " in body
    assert "’s name beside the answers, not the team’s. A quotation in a report names neither.\n\nThere is" in body
    second = scene.corrected(made, at=NOW + DAY)
    scene.has(second, scene.deputy)
    body = letter(scene, "heard", second.ref, scene.leader, NOW + DAY).body
    assert "What was shared before with the ESSCP stays shared. Nothing from this version has been shared." in body
    services.withdraw(scene.session, scene.actor(scene.lead), given, now=NOW)
    body = letter(scene, "heard", second.ref, scene.leader).body
    assert "What was shared with the ESSCP on 23 November 2026 at 10:00 was taken back on 23 November" in body
    assert "Nothing is shared outside your organisation now." in body and "Nothing has been shared" not in body


def test_what_was_shared_without_a_word_and_taken_back_is_not_told(scene: Scene) -> None:
    made = minutes(scene, by=scene.lead)
    given = scene.share(made, scene.deputy)
    assert "Deputy, Deputy safeguarding lead, has your minutes" in letter(scene, "heard", made.ref, scene.lead).body
    services.withdraw(scene.session, scene.actor(scene.deputy), given, now=NOW)
    assert written(scene, "heard", made.ref, scene.lead) == Superseded("What was shared has been taken back.")


def test_a_question_leads_to_the_page_and_says_what_can_be_done(scene: Scene) -> None:
    asked = scene.ask(minutes(scene), words=SECRET)
    body = letter(scene, "question", asked.ref, scene.leader).body
    assert (
        'Lead, Named Nurse, has a question about your minutes of 18 November 2026 on "Injuries to small children".'
        in body
    )
    assert "read the question and answer it on the same page" in body
    assert f"http://localhost/questions/{asked.ref}/answer" in body
