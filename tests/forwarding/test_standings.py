"""The only statuses, as team, lead and officer read them, for every row of the design's table and beyond."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.circulation.models import AnswerBy
from app.discussions import queries as discussions
from app.discussions.models import ReplyKind
from app.forwarding import services
from app.forwarding.standings import standings
from app.policy import Role
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene, counted

LATER = NOW + DAY
BY = "25 December 2026"
AFTER = datetime(2026, 12, 26, 12, tzinfo=UTC)


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def everything(scene: Scene) -> None:
    minutes = scene.sent()
    scene.has(minutes)
    scene.share(minutes)


Arrange = Callable[[Scene], object]
TABLE: dict[str, tuple[Arrange, str, str, str]] = {
    "asked": (lambda s: None, f"To discuss by {BY}", "No response yet", "No response yet"),
    "draft": (lambda s: s.began(), "Started", "Started", "Started"),
    "sent": (lambda s: s.sent(), "With {lead}", "To read", "Discussed"),
    "question": (lambda s: s.ask(s.sent()), "Question from {lead}", "Waiting for the team", "Discussed"),
    "acknowledged": (lambda s: s.has(s.sent()), "{lead} has this", "Read, not shared", "With the lead"),
    "shared": (everything, "Shared with the {partnership}", "Shared", "Shared"),
    "not relevant": (
        lambda s: s.replied(ReplyKind.NOT_RELEVANT, "no small children"),
        "Not relevant to us",
        "Not relevant to us: no small children",
        "Not relevant to us: no small children",
    ),
    "discussed elsewhere": (
        lambda s: s.replied(ReplyKind.DISCUSSED_ELSEWHERE, "the forum"),
        "Discussed with the forum",
        "Discussed with the forum",
        "Discussed with the forum",
    ),
}


@pytest.mark.parametrize("fact", TABLE)
def test_each_fact_reads_as_the_design_says(scene: Scene, fact: str) -> None:
    arrange, *words = TABLE[fact]
    arrange(scene)
    names = {"lead": scene.lead.name, "partnership": scene.circle.partnership.short_name}
    assert scene.read() == tuple(sentence.format(**names) for sentence in words)
    assert scene.read(scene.south) == (f"To discuss by {BY}", "No response yet", "No response yet"), "another team's"


@pytest.mark.parametrize("fact", ["asked", "draft", "sent", "not relevant"])
def test_once_the_date_has_passed_only_what_was_not_answered_reads_otherwise(scene: Scene, fact: str) -> None:
    TABLE[fact][0](scene)
    before, after = scene.read(), scene.read(at=AFTER)
    changed = (f"Still open (asked for by {BY})", *before[1:])
    assert after == (changed if fact == "asked" else before)


@pytest.mark.parametrize(
    ("moment", "passed"),
    [
        (datetime(2026, 7, 10, 22, 59, tzinfo=UTC), False),  # a minute to midnight in London
        (datetime(2026, 7, 10, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 25, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 26, 0, 0, tzinfo=UTC), True),
    ],
)
def test_the_date_passes_at_midnight_in_london(scene: Scene, moment: datetime, passed: bool) -> None:
    if moment.month == 7:
        dates = scene.circle.circulation.dates
        dates.append(AnswerBy(on=date(2026, 7, 10), set_at=NOW, by_id=None))
    assert scene.standing(at=moment).passed is passed


def test_a_date_that_was_changed_counts_as_it_was_set_last(scene: Scene) -> None:
    scene.circle.circulation.dates.append(AnswerBy(on=date(2027, 2, 1), set_at=NOW, by_id=None))
    assert scene.read()[0] == "To discuss by 1 February 2027"


def test_without_a_lead_the_minutes_are_kept_and_the_team_reads_so(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    scene.sent()
    assert scene.read() == ("Kept until there is a safeguarding lead", "To read", "Discussed")


def test_without_a_lead_they_are_with_the_deputy(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.sent()
    assert scene.read()[0] == f"With {scene.deputy.name}"


def test_while_the_lead_is_away_they_are_with_the_deputy_too(scene: Scene) -> None:
    scene.away(scene.lead)
    scene.sent()
    assert scene.read()[0] == f"With {scene.lead.name} and {scene.deputy.name}"
    assert scene.read(at=LATER)[0] == f"With {scene.lead.name}"


def test_of_two_leads_both_are_named_and_a_lead_for_another_team_is_not(scene: Scene) -> None:
    midwife = scene.appointed(Role.LEAD, scene.circle.teams[0], local_title="Named Midwife")
    scene.appointed(Role.LEAD, scene.circle.teams[1])
    scene.sent()
    assert scene.read()[0] == f"With {scene.lead.name} and {midwife.name}"


def test_what_a_lead_recorded_where_nobody_else_receives_it_stands_without_an_acknowledgement(scene: Scene) -> None:
    scene.ended(scene.deputy, Role.DEPUTY)
    minutes = scene.sent(scene.lead)
    assert scene.read() == (f"{scene.lead.name} has this", "Read, not shared", "With the lead")
    assert scene.standing().last.own
    scene.share(minutes)
    assert scene.read()[1:] == ("Shared", "Shared")


def test_what_a_lead_recorded_is_with_the_deputy_and_not_hers_to_read(scene: Scene) -> None:
    minutes = scene.sent(scene.lead)
    assert scene.read() == (f"With {scene.deputy.name}", "To read", "Discussed")
    assert scene.standing().lead_reads(scene.lead.id) == "Read, not shared"
    assert scene.standing().lead_reads(scene.deputy.id) == "To read"
    scene.has(minutes, scene.deputy)
    assert scene.read() == (f"{scene.deputy.name} has this", "Read, not shared", "With the lead")


def test_what_a_deputy_recorded_for_want_of_a_lead_is_kept_until_there_is_one(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.sent(scene.deputy)
    assert scene.read() == ("Kept until there is a safeguarding lead", "To read", "Discussed")


def test_a_correction_begins_anew_for_team_and_lead_while_the_partnership_keeps_what_it_was_let_have(
    scene: Scene,
) -> None:
    first = scene.sent(at=EARLIER)
    scene.has(first, at=EARLIER)
    scene.share(first, at=EARLIER)
    second = scene.corrected(first)
    assert scene.read() == (f"With {scene.lead.name}", "To read", "Shared")
    assert scene.standing().last.before
    assert scene.standing().lead_note() == f"Version 1 is with the {scene.circle.partnership.short_name}"
    scene.has(second)
    assert scene.read() == (f"{scene.lead.name} has this", "Shared", "Shared")
    assert scene.standing().lead_note() == f"Version 1 is with the {scene.circle.partnership.short_name}"
    scene.share(second)
    assert scene.read() == (f"Shared with the {scene.circle.partnership.short_name}", "Shared", "Shared")
    assert not scene.standing().last.before and scene.standing().lead_note() == ""


def test_a_question_about_the_version_before_does_not_stay_with_the_correction(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    scene.ask(first, at=EARLIER)
    scene.corrected(first)
    assert scene.read() == (f"With {scene.lead.name}", "To read", "Discussed")


def test_a_question_after_the_decision_waits_for_the_team_and_one_before_it_is_settled(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    scene.ask(minutes, at=EARLIER)
    scene.has(minutes, at=EARLIER + timedelta(hours=1))
    scene.share(minutes, at=EARLIER + timedelta(hours=1))
    assert scene.read()[1:] == ("Shared", "Shared")
    scene.ask(minutes, words="And since?", at=NOW)
    assert scene.read() == (f"Question from {scene.lead.name}", "Waiting for the team", "Shared")


def test_a_question_about_one_meeting_is_not_hidden_by_minutes_of_another(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    scene.ask(first, at=EARLIER)
    scene.sent(at=NOW)
    standing = scene.standing()
    assert (standing.team, standing.minutes_ref) == (f"Question from {scene.lead.name}", first.ref)


def test_what_was_taken_back_is_not_shared_any_more(scene: Scene) -> None:
    minutes = scene.sent()
    scene.has(minutes)
    given = scene.share(minutes)
    services.withdraw(scene.session, scene.actor(scene.lead), given, now=NOW)
    assert scene.read() == (f"{scene.lead.name} has this", "Read, not shared", "With the lead")


def test_of_several_meetings_the_team_reads_of_the_last_the_lead_of_the_unread_the_officer_of_the_furthest(
    scene: Scene,
) -> None:
    first, second = scene.sent(at=EARLIER), scene.sent()
    assert scene.standing().minutes_ref == second.ref
    assert [record.ref for record in scene.standing().records] == [first.ref, second.ref]
    scene.has(second)
    assert scene.read() == (f"{scene.lead.name} has this", "To read", "With the lead")
    scene.has(first)
    scene.share(first)
    assert scene.read() == (f"{scene.lead.name} has this", "Shared", "Shared")
    assert scene.standing().of(first.ref).team == f"Shared with the {scene.circle.partnership.short_name}"


def test_what_is_taken_back_of_one_meeting_does_not_hide_what_is_shared_of_another(scene: Scene) -> None:
    first, second = scene.sent(at=EARLIER), scene.sent()
    for minutes in (first, second):
        scene.has(minutes)
    scene.share(first)
    services.withdraw(scene.session, scene.actor(scene.lead), scene.share(second), now=NOW)
    assert scene.read()[1] == "Shared"
    name = scene.circle.partnership.short_name
    assert scene.standing().lead_note() == f"Answers of 1 of 2 meetings are with the {name}"
    assert [scene.standing().of(one.ref).lead for one in (first, second)] == ["Shared", "Read, not shared"]


def test_to_read_comes_first_then_what_waits_for_the_team_and_what_is_shared_is_said_beside_it(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    scene.share(minutes, at=EARLIER)
    scene.ask(minutes, at=NOW)
    assert (scene.read()[1], scene.standing().lead_note()) == (
        "Waiting for the team",
        f"Answers are with the {scene.circle.partnership.short_name}",
    )
    unread = scene.sent(at=NOW)
    assert scene.read()[1] == "To read"
    assert scene.standing().to_read().ref == unread.ref


def test_what_is_shared_with_one_partnership_is_not_shared_with_the_other_that_asked(scene: Scene) -> None:
    second, asked = scene.other_partnership()
    minutes = scene.sent(scene.leader, scene.asked, asked)
    scene.has(minutes)
    scene.share(minutes, to=second)
    assert scene.read(asked) == (f"Shared with the {second.short_name}", "Shared", "Shared")
    assert scene.read() == (f"{scene.lead.name} has this", "Read, not shared", "With the lead")


def test_minutes_of_several_teams_count_for_each(scene: Scene) -> None:
    midwife = scene.appointed(Role.LEAD, scene.circle.teams[1])
    scene.sent(scene.leader, scene.asked, scene.south)
    assert scene.read()[0] == f"With {scene.lead.name}"
    assert scene.read(scene.south)[0] == f"With {scene.lead.name} and {midwife.name}"


def test_a_team_that_a_correction_no_longer_names_is_asked_again(scene: Scene) -> None:
    first = scene.sent(scene.leader, scene.asked, scene.south, at=EARLIER)
    scene.sent(scene.leader, scene.asked, thread=first.thread, version=2)
    assert scene.read(scene.south)[0] == f"To discuss by {BY}"
    assert scene.read()[0] == f"With {scene.lead.name}"


def test_minutes_outweigh_a_reply_and_a_reply_outweighs_a_draft(scene: Scene) -> None:
    scene.began()
    scene.replied(ReplyKind.NOT_RELEVANT, "none")
    assert scene.read()[0] == "Not relevant to us"
    assert scene.standing().started
    scene.replied(ReplyKind.DISCUSSED_ELSEWHERE, "the forum")
    assert scene.read()[0] == "Discussed with the forum", "the last reply stands"
    scene.sent()
    assert scene.read()[0] == f"With {scene.lead.name}"


@pytest.mark.parametrize("away", [False, True])
@pytest.mark.parametrize("lead", ["whole", "team", "both", "none"])
@pytest.mark.parametrize("recorder", ["leader", "lead", "deputy"])
def test_whom_minutes_are_with_is_whom_the_confirmation_named(
    scene: Scene, recorder: str, lead: str, away: bool
) -> None:
    if lead in ("team", "none"):
        scene.ended(scene.lead, Role.LEAD)
    if lead in ("team", "both"):
        scene.appointed(Role.LEAD, scene.circle.teams[0])
    if away:
        scene.away(scene.lead)
    by = getattr(scene, recorder)
    scene.sent(by)
    told = discussions.readers(scene.session, [scene.asked], by.id, NOW)
    found = scene.standing().last
    assert (found.readers, found.own) == (told.names, told.own and not told.people)


def test_three_statements_whatever_the_number(scene: Scene) -> None:
    keys = [asked.id for asked in scene.circle.circulation.asked]
    for number in range(12):
        team = make.team(scene.session, scene.circle.organisation)
        asked = make.circulate(scene.session, scene.circle.partnership, scene.circle.edition, [team]).asked[0]
        minutes = scene.sent(scene.leader, asked, at=NOW - number * timedelta(hours=1))
        if number % 2:
            scene.has(minutes)
            scene.share(minutes)
        keys.append(asked.id)
    scene.session.flush()
    with counted(scene.session) as few:
        assert len(standings(scene.session, keys[:2], NOW)) == 2
    with counted(scene.session) as many:
        assert len(standings(scene.session, keys, NOW)) == 15
    assert len(few) <= 3 and len(many) == 3


def test_nothing_asked_is_no_standing(scene: Scene) -> None:
    assert standings(scene.session, [], NOW) == {}


def test_a_correction_that_is_begun_is_known_from_another_meeting(scene: Scene) -> None:
    minutes = scene.sent()
    assert not scene.standing().correcting
    scene.began().corrects = minutes.thread
    scene.session.flush()
    standing = scene.standing()
    assert standing.correcting and standing.started and standing.step == "sent"
