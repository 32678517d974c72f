"""Every form of the service that writes something, with what is typed there: what a fault is tried on, one by one.

The world is that of the policy tests, which has a thing of each kind. The writes follow each other in it: what one does
is there for the next. A route that takes a form is here, or among those that write nothing, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lxml import etree
from sqlalchemy import select, update

from app.accounts import services
from app.accounts.models import CodeAsked, SignedIn
from app.accounts.queries import code_for
from app.circulation.models import Asked, OtherLeader
from app.clock import now
from app.database import db
from app.discussions.drafts import Draft
from app.discussions.second_look import Look
from app.identifying import Mark
from app.organisations.models import Person
from app.packs.drafts import PackDraft
from tests.base.word_made import body, made
from tests.discussions.sheets import edited, fill
from tests.faults.web_site import Answer, Site, Visitor
from tests.packs.drawn import drawn
from tests.policy.matrix import SAVED_LIST, THE_LEAD, TRUST
from tests.policy.posted import SENT
from tests.policy.stage import Stage
from tests.policy.world import World

LONG = "“Ça va?” – naïve 🧑🏽‍🍼 <b>&amp;</b> {{7*7}}\n\n   indented\ttabbed\n" * 300
NOTE = "“Ça va?” – naïve 🧑🏽‍🍼 &amp; {{7*7}}, *with* `marks`. " * 18  # can be published: a briefing takes no HTML
SHORT = "“Not ours” – <b>adults</b> only"
OWN_FILE = made(word__document_xml=body("Our own minutes"))


@dataclass(frozen=True)
class Scene:
    """A web server before the world, and what is in it."""

    there: Site
    world: World

    def address(self, route: str, thing: str, method: str = "GET") -> str:
        return Stage(self.there.app, self.world, {}).address(route, method, self.world.here.get(thing, thing))

    def visitor(self, name: str) -> Visitor:
        """Somebody of the world who is signed in; nobody without a name."""
        if not name:
            return Visitor(self.there.port)
        with self.there.app.app_context(), db.writing() as session:
            token = services.begin(session, session.get_one(Person, self.world.people[name]), now=now())
        return Visitor(self.there.port, {"signed-in": token})


Opened = Callable[[Scene, Visitor], Answer]


@dataclass(frozen=True)
class Write:
    """A form that goes to a route: who sends it about which thing of the world, what is typed there and what is chosen
    beside (known, where it is made, once the page was opened). It stands on the page of the route, or on `page`, of the
    same thing or `about` another, or on what `opened` gives. `full` and `then` are the answers without space and with.
    A script sends it with `script`, and takes `token_of` another form of its page where it has none of its own;
    `signed_out` says that the session has ended meanwhile."""

    route: str
    who: str = ""
    thing: str | Callable[[Scene], str] = ""
    typed: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, Any] | Callable[[Scene], dict[str, Any]] = field(default_factory=dict)
    page: str = ""
    about: str = ""
    opened: Opened | None = None
    file: Callable[[Scene, Visitor], bytes] | None = None
    script: bool = False
    token_of: str = ""
    signed_out: bool = False
    full: int = 503
    then: int = 303

    def filled_in(self, scene: Scene, who: Visitor) -> Callable[[], Answer]:
        """The form as it stands on its page, filled in, to be sent as often as one likes."""
        thing = self.thing(scene) if callable(self.thing) else self.thing
        route, page = scene.address(self.route, thing, "POST"), self._page(scene, who, thing)
        address, form = page.form_to(self.token_of or route)
        chosen = self.chosen(scene) if callable(self.chosen) else self.chosen
        fields = {**form, **self.typed, **chosen}
        file = self.file(scene, who) if self.file else None
        if self.signed_out:
            del who.cookies["signed-in"]
        accept = {"Accept": "application/json"} if self.script else {}
        return lambda: who.post(route if self.token_of else address, fields, file=file, **accept)

    def _page(self, scene: Scene, who: Visitor, thing: str) -> Answer:
        if self.opened:
            return self.opened(scene, who)
        return who.get(scene.address(self.page or self.route, self.about or thing))


def _asked_for_a_code(scene: Scene, who: Visitor) -> Answer:
    """The page that takes a code: it was asked for by the lead, a minute ago, and has not come."""
    form = who.get("/sign-in").form_to("/sign-in")[1]
    with scene.there.app.app_context(), db.writing() as session:
        lead = session.get_one(Person, scene.world.people["lead"])
        form["address"] = lead.addresses[0].email
    page = who.post("/sign-in", form).location
    with scene.there.app.app_context(), db.writing() as session:
        session.execute(update(CodeAsked).values(asked_at=now() - timedelta(minutes=1)))
    return who.get(page)


def _the_code(scene: Scene) -> dict[str, Any]:
    with scene.there.app.app_context(), db.reading() as session:
        row = session.scalars(select(CodeAsked).order_by(CodeAsked.id.desc())).first()
        assert row
        return {"code": code_for(row, scene.there.app.config["SETTINGS"].secret_key)}


def _away_for_a_while(scene: Scene, who: Visitor) -> Answer:
    """A page that has been open for five minutes."""
    page = who.get("/home")
    with scene.there.app.app_context(), db.writing() as session:
        session.execute(update(SignedIn).values(seen_at=now() - timedelta(minutes=5)))
    return page


def _before_sending(scene: Scene, who: Visitor) -> Answer:
    """The list of whom a launch would ask: everybody once more."""
    form = who.get(scene.address("circulation.choose", "slug")).form_to("/check")[1]
    note = {"cover_note": LONG[:900], "again": "yes", "organisations": scene.world.here["organisation"]}
    return who.post(scene.address("circulation.check", "slug", "POST"), {**form, **note})


def _said_since(scene: Scene) -> str:
    """What was said last of who leads the team."""
    with scene.there.app.app_context(), db.reading() as session:
        newest = select(OtherLeader).where(OtherLeader.to_officer.is_(False)).order_by(OtherLeader.id.desc())
        return session.scalars(newest).all()[0].ref


def _begun_since(scene: Scene) -> str:
    """The draft of what had not been begun."""
    with scene.there.app.app_context(), db.reading() as session:
        drafts = select(Draft).join(Asked).where(Asked.ref == scene.world.here["untouched"], Draft.sent_at.is_(None))
        return session.scalars(drafts).one().ref


def _opened_before(scene: Scene, who: Visitor) -> Answer:
    """The inbox, after she has opened what a team sent."""
    who.get(scene.address("forwarding.minutes", "minutes"))
    return who.get("/inbox")


def _opened_one(scene: Scene) -> dict[str, Any]:
    return {"minutes": scene.world.here["minutes"]}


def _sheet(scene: Scene, who: Visitor) -> bytes:
    """The sheet of the team, filled in at its meeting."""
    blank = who.get(scene.address("discussions.sheet", "untouched")).body

    def change(root: etree._Element) -> None:
        fill(root, "points-point-0-words", "Said at the meeting")

    return edited(blank, change)


def _own_minutes(scene: Scene, who: Visitor) -> bytes:
    return OWN_FILE


def _picture(scene: Scene, who: Visitor) -> bytes:
    return drawn()


def _made_since(scene: Scene) -> str:
    """The pack in the making that was begun last."""
    with scene.there.app.app_context(), db.reading() as session:
        return session.scalars(select(PackDraft.ref).order_by(PackDraft.id.desc()).limit(1)).one()


POINT = "points-point-0-words"
PHONE = Look("01323 555778", Mark.PHONE, ()).key
ENTERED = {"received": "mail", "month": "2026-11-01", "setting": "team_meeting", "present": "7"}
TOLD = {"who": THE_LEAD, "on-day": "23", "on-month": "11", "on-year": "2026"}
LEFT = {f"look-{PHONE}-why": "other", "nobody_known": "yes"}
NEW = {"name": "Community nurse “Ö” <i>", "email": "community.nurse@example.gov.uk"}
LATER = {"do": "later"}
AWAY = SENT["organisations.note_leave"]

WRITES = (
    Write("accounts.sign_in", typed={"address": "somebody.else@trust.example.nhs.net"}),
    Write("accounts.again", opened=_asked_for_a_code),
    Write("accounts.code", opened=_asked_for_a_code, chosen=_the_code),
    Write("accounts.stay", "lead", opened=_away_for_a_while, script=True, token_of="/sign-out", full=200, then=200),
    Write("accounts.sign_out", "lead", page="home.mine"),
    Write("accounts.sign_out_everywhere", "lead", page="home.mine"),
    Write("organisations.note_leave", "lead", "appointment", chosen=AWAY),
    Write("organisations.change_leave", "lead", "leave", chosen={"decision": "off"}),
    Write(
        "organisations.mend_address", "lead", "appointment", {"email": "Other@example.gov.uk"}, {"decision": "other"}
    ),
    Write("packs.publish", "officer", "pack", page="packs.publishing"),
    Write("packs.begin", "officer", typed={"text": LONG}, chosen={"how": "text"}),
    Write("packs.write", "officer", "pack_draft", {"points-0-note": NOTE}, LATER),
    Write("packs.write", "officer", "pack_draft", {"points-1-note": NOTE}, {"do": "autosave"}, script=True, then=200),
    Write("packs.write", "officer", "pack_draft", {"points-2-note": NOTE}, LATER, signed_out=True, then=403),
    Write("packs.draft_pictures", "officer", "pack_draft", {"words": SHORT}, {"section": "0"}, file=_picture),
    Write("packs.sort", "officer", "pack_draft", chosen={"piece": "0-0", "to": "1"}),
    Write("packs.earlier", "officer", "pack_draft", chosen={"which": "words.7"}),
    Write("packs.publish_draft", "officer", "pack_draft", chosen={"nobody_known": "yes"}),
    Write("packs.discard_draft", "officer", _made_since),
    Write("circulation.add_team", "lead", "organisation", {"team": SHORT, **NEW}),
    Write("circulation.name_leader", "lead", "unled", NEW),
    Write("circulation.claim", "newcomer", typed={"team": f"{SHORT} 2", "name": NEW["name"]}),
    Write("circulation.colleague", "leader", "asked", NEW),
    Write("circulation.end_colleague", "leader", "colleague", page="circulation.colleague", about="asked"),
    Write("circulation.decline_leader", "lead", "other_leader", page="circulation.settle_leader"),
    Write("discussions.meeting", "leader", "untouched", {"chaired_by": SHORT}, LATER),
    Write(
        "discussions.meeting",
        "leader",
        "untouched",
        {"chaired_by": LONG[:99]},
        {"do": "autosave"},
        script=True,
        then=200,
    ),
    Write("discussions.upload", "leader", "untouched", file=_sheet),
    Write("discussions.discard", "leader", _begun_since),
    Write("discussions.other", "leader", "untouched", {"because": SHORT}, {"kind": "not_relevant"}),
    Write("discussions.said", "leader", "draft", {POINT: LONG}, LATER),
    Write("discussions.said", "leader", "draft", {POINT: LONG + "1"}, {"do": "autosave"}, script=True, then=200),
    Write("discussions.said", "leader", "draft", {POINT: LONG + "2"}, LATER, signed_out=True, then=403),
    Write("discussions.earlier", "leader", "draft"),
    Write("discussions.remove", "leader", "draft", chosen={"which": "said-7"}, page="discussions.earlier"),
    Write("discussions.attach", "leader", "begun", file=_own_minutes),
    Write("discussions.take_away", "leader", "begun", page="discussions.attach"),
    Write("discussions.said", "leader", "draft", {POINT: f"{LONG}Ring 01323 555778."}, LATER),
    Write("discussions.check", "leader", "draft", {f"look-{PHONE}-words": SHORT}, LEFT),
    Write("discussions.correct", "leader", "minutes", page="forwarding.minutes"),
    Write("discussions.enter", "officer", "asked", {POINT: LONG}, ENTERED),
    Write("discussions.take_back", "officer", "entry", page="discussions.enter", about="begun"),
    Write("forwarding.decide_ahead", "lead", "appointment", chosen={"sharing": "at_once"}),
    Write("forwarding.how_often", "lead", "appointment", chosen={"often": "weekly"}),
    Write("forwarding.told", "leader", "minutes", chosen=TOLD),
    Write("forwarding.have", "lead", opened=_opened_before, chosen=_opened_one),
    Write(
        "forwarding.decide",
        "lead",
        "with_document",
        {"question": LONG[:900]},
        {"decision": "ask"},
        page="forwarding.minutes",
    ),
    Write(
        "forwarding.decide",
        "lead",
        "lead_minutes",
        chosen={"decision": "share", "answers": "point-0"},
        page="forwarding.minutes",
    ),
    Write("forwarding.answer", "leader", "question", {"words": LONG[:900]}),
    Write("forwarding.withdraw", "lead", "share"),
    Write("home.hold", "operator", typed={"because": SHORT}, page="home.post"),
    Write("home.release", "operator", page="home.post"),
    Write("home.retry", "operator", page="home.post"),
    Write("home.clear", "operator", page="home.post"),
    Write(
        "circulation.save_list",
        "officer",
        "slug",
        {"list_name": SHORT},
        {"organisations": TRUST},
        page="circulation.choose",
        token_of="/check",
        then=200,
    ),
    Write(
        "circulation.delete_list",
        "officer",
        "slug",
        chosen={"sure": SAVED_LIST},
        page="circulation.choose",
        token_of="/check",
        then=200,
    ),
    Write("circulation.confirm", "officer", "slug", {"cover_note": LONG[:900]}, opened=_before_sending),
    Write("circulation.leader", "leader", "asked", NEW, {"who": "known"}),
    Write("circulation.settle_leader", "lead", _said_since, NEW),
    Write("packs.standing", "officer", "slug", {"because": SHORT}, {"standing": "retired"}),
    Write("circulation.answer_by", "officer", "circulation", chosen=SENT["circulation.answer_by"]),
    Write("circulation.close_recording", "officer", "circulation", page="circulation.recording"),
    Write("circulation.reopen_recording", "officer", "circulation", page="circulation.recording"),
    Write("circulation.cancel_scheduled", "officer", "launch", page="circulation.scheduled"),
)
WRITES_NOTHING = {
    "packs.preview_text": "it shows a text as it will be read",
    "circulation.choose": "what is ticked and typed for a launch goes from page to page, and is kept by the last",
    "circulation.check": "the same",
}
