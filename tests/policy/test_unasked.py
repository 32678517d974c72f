"""Nobody sets what a page does not ask for: every form and every write, sent with the names of all columns besides.

A form without a row in `ROWS` fails. What a form hands on is its `data` and whatever it says without being asked more.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from pkgutil import walk_packages
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from flask import Flask, g, request_finished
from wtforms import FieldList, FormField

import app as service
from app.accounts.forms import AddressForm, CodeForm
from app.circulation.date_forms import AnswerByForm, RecordingForm
from app.circulation.forms import CirculateForm
from app.circulation.people_forms import ClaimForm, ColleagueForm, LeaderForm, PersonForm, SettleForm, TeamForm
from app.database import Base
from app.discussions.forms import MeetingForm, Page, SaidForm, said_form
from app.discussions.outside_forms import OutsideForm, outside_form
from app.discussions.second_look import Look
from app.discussions.sending_forms import (
    AttachForm,
    CheckForm,
    DiscardForm,
    OtherForm,
    PutBackForm,
    RemoveForm,
    ShownOnce,
    UploadForm,
    check_form,
)
from app.forwarding.forms import AheadForm, AnswerForm, DecisionForm, HaveForm, Offer, RhythmForm, ToldForm
from app.home.forms import ClearForm, HoldForm, RetryForm
from app.identifying import Mark
from app.organisations.forms import ChangeForm, LeaveForm, MendForm
from app.packs.content import PointKind
from app.packs.making_forms import (
    AboutPage,
    BeginForm,
    MakingPage,
    PackDraftDiscardForm,
    PackPutBackForm,
    PictureForm,
    PointsPage,
    PreviewForm,
    PublishForm,
    RecommendationsPage,
    SectionsPage,
    SortForm,
    StandingForm,
    WordsPage,
)
from app.web.forms import Choice, DraftPage, Form, KeptPage, Part, leaves
from tests.policy.matrix import Open, Row, closed, public
from tests.policy.posted import SENT
from tests.policy.stage import ANONYMOUS, MADE_UP, Stage, moved_to

REF, OTHER_REF = "23456789abcd", "3456789abcde"
NAMED = {"name": "Community nurse", "email": "community.nurse@example.gov.uk"}
KEPT = {"opening": REF, "kept_for": "key"}
DRAFT = {"version": "7", **KEPT}
POINTS: Any = [
    SimpleNamespace(key="open", kind=PointKind.OPEN),
    SimpleNamespace(key="counted", kind=PointKind.KNOWLEDGE_CHECK),
]
LOOK = Look("01323 555778", Mark.PHONE, (("points-open-words", "01323 555778"),))
WORDS = {
    "points-open-words": "We talked.",
    "points-counted-words": "Both.",
    "points-counted-yes": "3",
    "points-counted-partly": "2",
    "points-counted-not_yet": "1",
}
COLUMNS = {attribute.key for mapper in Base.registry.mappers for attribute in mapper.attrs}


def of(kind: type[Form], **choices: Any) -> Callable[[], Form]:
    """A form of which the view sets what can be chosen."""

    def make() -> Form:
        form = kind()
        for name, given in choices.items():
            form[name].choices = [Choice(value, value) for value in given]
        return form

    return make


def deciding() -> DecisionForm:
    form = DecisionForm()
    shown = [Choice(key, key) for key in ("open", "counted")]
    form.offer(Offer(shown, [Choice("actions", "Actions")], [("one", "One"), ("two", "Two")], "Named."))
    return form


def outside() -> OutsideForm:
    form = outside_form(POINTS, None)
    form.offer(date(2026, 11, 23))
    return form


def changing() -> ChangeForm:
    form = ChangeForm()
    form.offer("It is called off|No day of it counts.")
    return form


def on(*names: str) -> dict[str, str]:
    """A day, as the parts of date fields."""
    return {f"{name}-{part}": n for name in names for part, n in (("day", "12"), ("month", "6"), ("year", "2026"))}


def rows_of(name: str, **answers: str) -> dict[str, str]:
    """A row of a list, as a browser sends it."""
    return {f"{name}-0-{field}": given for field, given in answers.items()}


class Sent(NamedTuple):
    """How a form is made, and good answers to all that it asks for; lists where many can be given."""

    make: Callable[[], Form]
    answers: dict[str, Any]


SAID = {
    **DRAFT,
    **WORDS,
    "points-counted-not_counted": "yes",
    "no_notes": "yes",
    "actions-0-what": "Read it",
    "actions-0-who": "Team manager",
    "actions-0-by": "12 June 2027",
    "news-0-key": "key",
    "news-0-how": "dropped",
    "news-0-by": "12 June 2027",
    "news-0-because": "It was done by others.",
    "question_to_lead": "Who trains us?",
    "question_to_partnership": "When?",
}
MEETING = {"setting": "team_meeting", "present": "8", "received": "mail"}
TICKED = {"answers": ["open"], "parts": ["actions"], "quotable": ["open"], "partnerships": ["one"]}
DECISION = {"decision": "share", **TICKED}
REASON = {"why": "other", "words": "Ours", "where": "question_to_lead"}
TERM = ("glossary-0-term", "glossary-0-full", "glossary-0-meaning", "links-0-title", "links-0-url")
ABOUT = {
    "title": "Babies",
    "short_title": "Babies",
    "type": "thematic",
    "source_name": "A partnership",
    "source_title": "Babies",
    "source_url": "https://example.org",
    "published": "April 2021",
    "source_date": "May 2021",
    "topics": "Neglect",
    "audience": "Schools",
    "review": "30 April 2027",
}
LISTS = ("list_name", "replace", "tick_list", "delete_list", "sure")
LAUNCH = ("partnership", "once", "digest", "shown", "tick", "untick", "again", "cover_note")

ROWS: dict[type[Form], Sent] = {
    AddressForm: Sent(AddressForm, {"address": "leader@example.org"}),
    CodeForm: Sent(CodeForm, {"code": "12345678"}),
    CirculateForm: Sent(
        CirculateForm,
        {
            **dict.fromkeys((*LAUNCH, *LISTS), "words"),
            "organisations": [REF, OTHER_REF],
            "teams": [REF],
            "sending": "later",
            "hour": "8",
            **on("answer_by", "on"),
        },
    ),
    AnswerByForm: Sent(AnswerByForm, {"seen": "1", **on("answer_by")}),
    **{form: Sent(form, {}) for form in (Form, RecordingForm)},
    LeaveForm: Sent(LeaveForm, {**on("starts_on"), **on("ends_on")}),
    ChangeForm: Sent(changing, {"seen": REF, "decision": "last", **on("ends_on")}),
    MendForm: Sent(MendForm, {"decision": "other", "email": NAMED["email"]}),
    **{form: Sent(form, NAMED) for form in (PersonForm, ColleagueForm, SettleForm)},
    LeaderForm: Sent(LeaderForm, {"who": "known", **NAMED}),
    TeamForm: Sent(TeamForm, {"team": "Nights", **NAMED}),
    ClaimForm: Sent(of(ClaimForm, organisation=[REF]), {"team": "Nights", "name": "Nurse", "organisation": REF}),
    Page: Sent(Page, DRAFT),
    MeetingForm: Sent(
        of(MeetingForm, also=[REF]),
        {
            **DRAFT,
            **MEETING,
            "meeting_of": REF,
            "chaired_by": "Team manager",
            "also": [REF],
            **on("held_on"),
        },
    ),
    SaidForm: Sent(lambda: said_form(POINTS)(), SAID),
    OutsideForm: Sent(outside, {**SAID, **MEETING, "month": "2026-11-01", "looked": "key"}),
    CheckForm: Sent(
        lambda: check_form([LOOK]),
        {**KEPT, **SENT["discussions.check"], **{f"look-{LOOK.key}-{name}": said for name, said in REASON.items()}},
    ),
    ShownOnce: Sent(ShownOnce, {"looked": "key"}),
    UploadForm: Sent(UploadForm, {"anyway": "yes"}),
    AttachForm: Sent(AttachForm, {"seen": REF}),
    PutBackForm: Sent(PutBackForm, {"part": "said", "version": "7"}),
    RemoveForm: Sent(RemoveForm, {"which": "said-7"}),
    DiscardForm: Sent(DiscardForm, {}),
    OtherForm: Sent(OtherForm, {**KEPT, **SENT["discussions.other"], "looked": "key", "discussed_with": "Nights"}),
    AnswerForm: Sent(AnswerForm, {**KEPT, "words": "Both parents."}),
    ToldForm: Sent(of(ToldForm, who=[REF, OTHER_REF]), {"who": REF, **on("on")}),
    AheadForm: Sent(AheadForm, {"seen": REF, "sharing": "at_once", "quotable": "yes"}),
    RhythmForm: Sent(RhythmForm, {"often": "weekly"}),
    HaveForm: Sent(of(HaveForm, minutes=[REF, OTHER_REF]), {"minutes": [REF]}),
    DecisionForm: Sent(deciding, {**KEPT, "seen": REF, "signing": "Lead", **DECISION}),
    KeptPage: Sent(KeptPage, KEPT),
    DraftPage: Sent(DraftPage, DRAFT),
    MakingPage: Sent(MakingPage, DRAFT),
    AboutPage: Sent(AboutPage, {**DRAFT, **ABOUT}),
    SectionsPage: Sent(SectionsPage, {**DRAFT, **rows_of("sections", type="method", title="How", markdown="So.")}),
    PointsPage: Sent(PointsPage, {**DRAFT, **rows_of("points", key="why", question="Why?", kind="open", note="So.")}),
    RecommendationsPage: Sent(
        RecommendationsPage, {**DRAFT, **rows_of("recommendations", key="ask", text="Ask.", audience="All")}
    ),
    WordsPage: Sent(WordsPage, {**DRAFT, **dict.fromkeys(TERM, "VIG"), "watch": "Seaford"}),
    BeginForm: Sent(
        of(BeginForm, pack=[REF, OTHER_REF], partnership=["esscp", "other"]),
        {"how": "pack", "text": "Background", "pack": REF, "partnership": "esscp"},
    ),
    PictureForm: Sent(of(PictureForm, section=["0", "1"]), {"words": "A gate", "section": "1"}),
    SortForm: Sent(of(SortForm, to=["0", "1"], piece=["0-0"]), {"version": "1", "to": "1", "piece": ["0-0"]}),
    PreviewForm: Sent(PreviewForm, {"markdown": "- an item"}),
    StandingForm: Sent(of(StandingForm, standing=["retired", "withdrawn"]), {"standing": "retired", "because": "Old."}),
    PublishForm: Sent(PublishForm, {"seen": "1", "nobody_known": "yes"}),
    PackPutBackForm: Sent(PackPutBackForm, {"which": "words.7"}),
    PackDraftDiscardForm: Sent(PackDraftDiscardForm, {"seen": "1"}),
    HoldForm: Sent(HoldForm, {"because": "A rehearsal."}),
    RetryForm: Sent(RetryForm, {"of_state": "failed", "of_reason": "refused"}),
    ClearForm: Sent(ClearForm, {"flagged": "flagged@example.gov.uk"}),
}
BESIDE = {"look", "question"}
"""Fields of a decision that go with other decisions, and not with sharing."""


def kinds() -> set[type[Form]]:
    """Every kind of form that stands in a module of the service."""
    for module in walk_packages(service.__path__, "app."):
        import_module(module.name)
    found, todo = set(), [Form]
    while todo:
        found |= (below := set(todo.pop().__subclasses__()))
        todo += below
    made_for_one = {
        kind for kind in found if kind.__module__.startswith("app.") and "<locals>" not in kind.__qualname__
    }
    return {Form, *(kind for kind in made_for_one if hasattr(import_module(kind.__module__), kind.__name__))}


def parts(form: Any) -> Iterator[type[Form]]:
    """The kinds of the forms within a form."""
    for field in form:
        for entry in field.entries if isinstance(field, FieldList) else [field]:
            if isinstance(entry, FormField):
                yield type(entry.form)
                yield from parts(entry.form)


@pytest.fixture(scope="module")
def bare() -> Flask:
    made = Flask("bare")
    made.config["WTF_CSRF_ENABLED"] = False
    return made


def posted(bare: Flask, kind: type[Form], answers: dict[str, Any]) -> Form:
    with bare.test_request_context("/", method="POST", data=answers):
        form = ROWS[kind].make()
        form.taken = form.validate()  # type: ignore[attr-defined]
        return form


def handed_on(form: Form) -> dict[str, Any]:
    """All that a view can have of a form without giving it more than it was made with."""
    said = {}
    for kind in type(form).__mro__:
        if kind.__module__.startswith("app.") and kind not in (Form, Part):
            for name, found in vars(kind).items():
                if isinstance(found, property):
                    said[name] = plain(getattr(form, name))
                elif inspect.isfunction(found) and name not in ("validate", "takes") and not name.startswith("_"):
                    wanted = list(inspect.signature(found).parameters.values())[1:]
                    if all(one.default is not one.empty for one in wanted):
                        said[name] = plain(getattr(form, name)())
    return {**said, "data": form.data, "names": sorted(vars(form))}


def plain(value: Any) -> Any:
    if isinstance(value, Form):
        return value.data
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def besides(form: Form) -> dict[str, str]:
    """The names of all columns, and the same within each part and row of the form, where it has no such field."""
    taken = set(form.takes())
    within = {name.rpartition("-")[0] for name in taken if "-" in name}
    names = COLUMNS | {f"{place}-{column}" for place in within for column in COLUMNS}
    return dict.fromkeys(names - taken, "77")


def test_every_form_has_a_row() -> None:
    assert {kind for kind in kinds() if not issubclass(kind, Part)} == set(ROWS), "say what it is sent, in ROWS"


def test_every_part_of_a_form_is_in_a_form_that_has_a_row(bare: Flask) -> None:
    tried = {part for kind, row in ROWS.items() for part in parts(posted(bare, kind, row.answers))}
    assert {kind for kind in kinds() if issubclass(kind, Part)} - {Part} <= tried


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
def test_each_row_answers_all_that_its_form_asks_for(bare: Flask, kind: type[Form]) -> None:
    form = posted(bare, kind, ROWS[kind].answers)
    files = {name for name, field in leaves(form) if type(field).__name__ == "FileField"}
    assert form.taken or files, form.faults  # type: ignore[attr-defined]
    left = {name for name in form.takes() if name not in ROWS[kind].answers} - files - {"do"}
    assert left == (BESIDE if kind is DecisionForm else set())


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
def test_a_form_hands_on_nothing_that_it_does_not_ask_for(bare: Flask, kind: type[Form]) -> None:
    form = posted(bare, kind, ROWS[kind].answers)
    more = besides(form)
    assert {"id", "organisation_id", "person_id", "at"} <= set(more), "or the names are not those of columns"
    assert handed_on(posted(bare, kind, {**more, **ROWS[kind].answers})) == handed_on(form)


SINGLE = [(kind, name) for kind, row in ROWS.items() for name, given in row.answers.items() if isinstance(given, str)]


@pytest.mark.parametrize(("kind", "name"), SINGLE, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_of_a_name_that_comes_twice_the_first_counts(bare: Flask, kind: type[Form], name: str) -> None:
    good = ROWS[kind].answers
    once = posted(bare, kind, good).data
    assert posted(bare, kind, {**good, name: [good[name], "0"]}).data == once
    assert posted(bare, kind, {**good, name: ["0", good[name]]}).data != once, "this shows which of the two counts"


DEEDS: list[Row | Open] = [row for row in (*closed(), *public()) if row.method == "POST"]
_MADE_ANEW = re.compile(r"datetime\.datetime\([^)]*\)|\d{4}-\d\d-\d\dT[\d:.]+|[0-9a-f]{32,}|[0-9a-hjkmnp-tv-z]{12}")


def named(row: Row | Open) -> str:
    return f"{row.page} {row.thing}".strip()


def stored(stage: Stage, row: Row | Open, more: dict[str, str]) -> tuple[dict[str, list[str]], int, set[str]]:
    """What is in the tables once a form was sent by somebody who may, the status, and the names that were asked for.
    References, digests and moments are made anew each time, and are not looked at."""
    asked: set[str] = set()

    def listen(_: Flask, **__: Any) -> None:
        asked.update(g.get("asked_for", ()))

    person = next((who for who, cell in row.cells.items() if cell == "ok"), "") if isinstance(row, Row) else ANONYMOUS
    thing = stage.world.here.get(row.thing, MADE_UP)
    given = {**more, **(SENT.get(named(row)) or SENT[row.page])}
    fields = given | (stage.seen(person, thing) if row.page == "forwarding.decide" else {})
    with request_finished.connected_to(listen, stage.app):
        status = stage.ask(person, row.method, stage.address(row.page, row.method, thing), fields).status_code
    tables = {table: [_MADE_ANEW.sub("anew", repr(one)) for one in rows] for table, rows in stage.tables().items()}
    return {table: sorted(rows) for table, rows in tables.items()}, status, asked


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")  # what is read of a form is the same there
@pytest.mark.parametrize("row", DEEDS, ids=named)
def test_a_write_stores_the_same_with_the_names_of_all_columns_besides(
    row: Row | Open, stage: Stage, copies: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    with moved_to(stage, copies()) as plain_one:
        without = stored(plain_one, row, {})
        assert not caplog.messages
    names = COLUMNS - without[2]
    with moved_to(stage, copies()) as other:
        assert stored(other, row, dict.fromkeys(names, "77")) == without
    if without[1] in (200, 303, 409, 422) and (without[2] or "GET" not in stage.rule(row.page, "POST").methods):  # type: ignore[operator]
        assert [message.partition(":")[0] for message in caplog.messages] == [
            f"{row.page} was sent what it does not ask for"
        ]
