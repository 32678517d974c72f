"""Who gets which page: for every route, method and state of what it is about, what each kind of person is answered.

`ok` is the page, or the deed done; `--` is "there is nothing here that you can see" (404); `no` is "your role does not
let you do that" (403). The cells say what should be, from the design and its table of who may what; they are not read
off the code. Whoever has not signed in is sent to sign in, and whoever has no appointment today gets the one page that
says whom to ask, by every closed page: those two need no column. Public pages answer everybody alike.
"""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE = {
    "L1": "leader",
    "L2": "leader of another team",
    "L3": "leader elsewhere",
    "Mn": "minute taker",
    "S1": "lead",
    "S2": "lead for another team",
    "S3": "lead elsewhere",
    "De": "deputy",
    "Ad": "administrator",
    "O1": "officer",
    "O2": "officer elsewhere",
    "Re": "reviewer",
    "Op": "operator",
    "Mv": "moved",
    "Co": "colleague",
    "Nc": "newcomer",
}
ATTACHED = "attachedfile"  # the reference of the file that stands in the draft here
LEAVE_SEEN = "leaveseen234"  # how the days away of the lead here stand
TRUST, SAVED_LIST = "trusttrust23", "savedsaved23"  # the references of the organisation here, and of a list of it
WITHOUT_APPOINTMENT = ("nobody", "deputy no longer", "deputy not yet", "colleague no longer", "newcomer declined")

# fmt: off
CLOSED = """
method page                         thing         L1 L2 L3 Mn S1 S2 S3 De Ad O1 O2 Re Op Mv Co Nc
GET    home.mine                    -             ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET    home.teams                   -             -- -- -- -- ok ok ok ok ok -- -- -- -- -- -- --
GET    home.team                    team          ok -- -- ok ok -- -- ok ok ok -- -- -- -- -- --
POST   accounts.stay                -             ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok
GET    home.post                    -             -- -- -- -- -- -- -- -- -- -- -- -- ok -- -- --
POST   home.hold                    -             no no no no no no no no no no no no ok no no no
POST   home.release                 -             no no no no no no no no no no no no ok no no no
POST   home.retry                   -             no no no no no no no no no no no no ok no no no
POST   home.clear                   -             no no no no no no no no no no no no ok no no no

GET    organisations.away           -             -- -- -- -- ok ok ok ok ok -- -- -- -- -- -- --
GET    organisations.note_leave     appointment   -- -- -- -- ok -- -- -- ok -- -- -- -- -- -- --
POST   organisations.note_leave     appointment   -- -- -- -- ok -- -- -- ok -- -- -- -- -- -- --
GET    organisations.change_leave   leave         -- -- -- -- ok -- -- -- ok -- -- -- -- -- -- --
POST   organisations.change_leave   leave         -- -- -- -- ok -- -- -- ok -- -- -- -- -- -- --
GET    organisations.mend           -             -- -- -- -- ok -- ok -- ok ok ok -- -- -- -- --
GET    organisations.mend_address   appointment   -- -- -- -- ok -- -- -- ok ok -- -- -- -- -- --
POST   organisations.mend_address   appointment   -- -- -- -- ok -- -- -- ok ok -- -- -- -- -- --

GET    packs.publishing             -             -- -- -- -- -- -- -- -- -- ok ok -- -- -- -- --
POST   packs.publish                pack          no no no no no no no no no ok no no no no no no
GET    packs.standing               slug          no no no no no no no no no ok no no no no no no
POST   packs.standing               slug          no no no no no no no no no ok no no no no no no
GET    packs.begin                  -             -- -- -- -- -- -- -- -- -- ok ok -- -- -- -- --
POST   packs.begin                  -             -- -- -- -- -- -- -- -- -- ok ok -- -- -- -- --
GET    packs.draft                  pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
GET    packs.write                  pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
POST   packs.write                  pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
GET    packs.sort                   pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
POST   packs.sort                   pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
GET    packs.draft_pictures         pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
POST   packs.draft_pictures         pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
GET    packs.draft_picture          pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
GET    packs.preview                pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
POST   packs.preview_text           -             -- -- -- -- -- -- -- -- -- ok ok -- -- -- -- --
GET    packs.publish_draft          pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
POST   packs.publish_draft          pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
GET    packs.earlier                pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
POST   packs.earlier                pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
GET    packs.discard_draft          pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
POST   packs.discard_draft          pack_draft    -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --

GET    circulation.choose           slug          no no no no no no no no no ok ok no no no no no
POST   circulation.choose           slug          no no no no no no no no no ok -- no no no no no
GET    circulation.check_again      slug          no no no no no no no no no ok ok no no no no no
GET    circulation.confirm_again    slug          no no no no no no no no no ok ok no no no no no
POST   circulation.check            slug          no no no no no no no no no ok -- no no no no no
POST   circulation.confirm          slug          no no no no no no no no no ok -- no no no no no
POST   circulation.save_list        slug          no no no no no no no no no ok -- no no no no no
POST   circulation.delete_list      slug          no no no no no no no no no ok -- no no no no no
GET    circulation.done             circulation   -- -- -- -- -- -- -- -- -- ok -- ok -- -- -- --
GET    circulation.answer_by        circulation   -- -- -- -- -- -- -- -- -- ok -- no -- -- -- --
GET    circulation.answer_by        closed        -- -- -- -- -- -- -- -- -- ok -- no -- -- -- --
POST   circulation.answer_by        circulation   -- -- -- -- -- -- -- -- -- ok -- no -- -- -- --
GET    circulation.recording        circulation   -- -- -- -- -- -- -- -- -- ok -- no -- -- -- --
GET    circulation.recording        closed        -- -- -- -- -- -- -- -- -- ok -- no -- -- -- --
POST   circulation.close_recording  circulation   -- -- -- -- -- -- -- -- -- ok -- no -- -- -- --
POST   circulation.reopen_recording closed        -- -- -- -- -- -- -- -- -- ok -- no -- -- -- --
GET    circulation.scheduled        launch        -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
POST   circulation.cancel_scheduled launch        -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --

GET    circulation.colleague        asked         ok -- -- no ok -- -- ok no no -- no -- -- no --
POST   circulation.colleague        asked         ok -- -- no ok -- -- ok no no -- no -- -- no --
POST   circulation.end_colleague    colleague     ok -- -- -- ok -- -- ok -- -- -- -- -- -- -- --
GET    circulation.leader           asked         ok -- -- ok no -- -- no no no -- no -- -- no --
POST   circulation.leader           asked         ok -- -- ok no -- -- no no no -- no -- -- no --
GET    circulation.settle_leader    other_leader  -- -- -- -- ok -- -- ok ok -- -- -- -- -- -- --
POST   circulation.settle_leader    other_leader  -- -- -- -- ok -- -- ok ok -- -- -- -- -- -- --
POST   circulation.decline_leader   other_leader  -- -- -- -- ok -- -- ok ok -- -- -- -- -- -- --
GET    circulation.add_team         organisation  -- -- -- -- ok -- -- -- ok -- -- -- -- -- -- --
POST   circulation.add_team         organisation  -- -- -- -- ok -- -- -- ok -- -- -- -- -- -- --
GET    circulation.name_leader      unled         -- -- -- -- ok -- -- -- ok -- -- -- -- -- -- --
POST   circulation.name_leader      unled         -- -- -- -- ok -- -- -- ok -- -- -- -- -- -- --
GET    circulation.claim            -             -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- ok
POST   circulation.claim            -             -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- ok
GET    circulation.settle_leader    claim         -- -- -- -- ok -- -- ok ok -- -- -- -- -- -- --
POST   circulation.settle_leader    claim         -- -- -- -- ok -- -- ok ok -- -- -- -- -- -- --
POST   circulation.decline_leader   claim         -- -- -- -- ok -- -- ok ok -- -- -- -- -- -- --
GET    home.team                    claimed_team  -- -- -- -- ok -- -- ok ok -- -- -- -- -- -- --
GET    circulation.name_leader      claimed_team  -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
GET    circulation.date             claimed       -- -- -- -- ok -- -- ok ok -- -- -- -- -- -- --
GET    discussions.meeting          claimed       -- -- -- -- ok -- -- ok no -- -- -- -- -- -- --
GET    discussions.enter            claimed       -- -- -- -- no -- -- no no -- -- -- -- -- -- --
GET    forwarding.minutes           claimed_minutes -- -- -- -- ok -- -- ok -- -- -- -- -- -- -- --
POST   forwarding.decide            claimed_minutes -- -- -- -- ok -- -- ok -- -- -- -- -- -- -- --
GET    circulation.date             asked         ok -- -- ok ok -- -- ok ok ok -- ok -- -- ok --
GET    circulation.settle_leader    to_officer    -- -- -- -- ok ok -- ok ok ok -- -- -- -- -- --

GET    discussions.meeting          asked         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
GET    discussions.meeting          begun         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
GET    discussions.meeting          untouched     ok -- -- ok ok -- -- ok no no -- no -- -- -- --
POST   discussions.meeting          untouched     ok -- -- ok ok -- -- ok no no -- no -- -- -- --
GET    discussions.sheet            asked         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
GET    discussions.upload           asked         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
POST   discussions.upload           asked         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
GET    discussions.attach           asked         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
GET    discussions.attach           begun         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
POST   discussions.attach           asked         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
POST   discussions.take_away        begun         ok -- -- ok ok -- -- ok no no -- no -- -- ok --
GET    discussions.attached         draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.said             draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.said             sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.said             draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.said             sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.earlier          draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.earlier          sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.earlier          draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.earlier          sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.saved            draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.saved            sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.check            draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.check            sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.check            draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.check            sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.remove           draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.remove           sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.remove           draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- no --
POST   discussions.remove           sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.discard          draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- no --
GET    discussions.discard          sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.discard          draft         ok -- -- ok ok -- -- ok -- -- -- -- -- -- no --
POST   discussions.discard          sent_draft    ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    discussions.other            untouched     ok -- -- ok ok -- -- ok no no -- no -- -- -- --
POST   discussions.other            untouched     ok -- -- ok ok -- -- ok no no -- no -- -- -- --
GET    discussions.enter            asked         no -- -- no no -- -- no no ok -- no -- -- no --
GET    discussions.enter            begun         no -- -- no no -- -- no no ok -- no -- -- no --
POST   discussions.enter            asked         no -- -- no no -- -- no no ok -- no -- -- no --
POST   discussions.take_back        entry         -- -- -- -- -- -- -- -- -- ok -- -- -- -- -- --
GET    discussions.sent             minutes       ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   discussions.correct          minutes       ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --

GET    forwarding.inbox             -             -- -- -- -- ok ok ok ok -- -- -- -- -- -- -- --
POST   forwarding.have              -             -- -- -- -- ok ok ok ok -- -- -- -- -- -- -- --
GET    forwarding.had               -             -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
GET    forwarding.standing_decisions -            -- -- -- -- ok ok ok -- -- -- -- -- -- -- -- --
GET    forwarding.decide_ahead      appointment   -- -- -- -- ok -- -- -- -- -- -- -- -- -- -- --
POST   forwarding.decide_ahead      appointment   -- -- -- -- ok -- -- -- -- -- -- -- -- -- -- --
GET    forwarding.emails_to_you     -             -- -- -- -- ok ok ok ok -- -- -- -- -- -- -- --
GET    forwarding.how_often         appointment   -- -- -- -- ok -- -- -- -- -- -- -- -- -- -- --
POST   forwarding.how_often         appointment   -- -- -- -- ok -- -- -- -- -- -- -- -- -- -- --
GET    forwarding.minutes           minutes       ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    forwarding.minutes           lead_minutes  ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    forwarding.minutes           with_document ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    forwarding.decide            minutes       ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   forwarding.decide            minutes       no -- -- no ok -- -- ok -- -- -- -- -- -- no --
POST   forwarding.decide            lead_minutes  no -- -- no ok -- -- ok -- -- -- -- -- -- no --
POST   forwarding.decide            with_document no -- -- no ok -- -- ok -- -- -- -- -- -- no --
GET    forwarding.told              minutes       ok -- -- -- -- -- -- ok -- -- -- -- -- -- -- --
POST   forwarding.told              minutes       ok -- -- -- -- -- -- ok -- -- -- -- -- -- -- --
GET    forwarding.word              minutes       ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    forwarding.word              with_document ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    forwarding.attached          with_document ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    forwarding.certificate       minutes       no -- -- no ok -- -- ok -- -- -- -- -- -- no --
GET    forwarding.certificate       with_document no -- -- no ok -- -- ok -- -- -- -- -- -- no --
GET    forwarding.answer            question      ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
POST   forwarding.answer            question      ok -- -- ok ok -- -- ok -- -- -- -- -- -- ok --
GET    forwarding.withdraw          share         -- -- -- -- ok -- -- ok -- -- -- -- -- -- -- --
POST   forwarding.withdraw          share         -- -- -- -- ok -- -- ok -- -- -- -- -- -- -- --
GET    forwarding.withdraw          taken_share   -- -- -- -- ok ok -- ok -- -- -- -- -- -- -- --
POST   forwarding.withdraw          taken_share   -- -- -- -- ok ok -- ok -- -- -- -- -- -- -- --

GET    collation.index              -             -- -- -- -- -- -- -- -- -- ok ok ok -- -- -- --
GET    collation.coverage           edition       -- -- -- -- -- -- -- -- -- ok -- ok -- -- -- --
GET    collation.teams              edition       -- -- -- -- -- -- -- -- -- ok -- ok -- -- -- --
GET    collation.statuses           edition       -- -- -- -- -- -- -- -- -- ok -- ok -- -- -- --
GET    collation.point              edition       -- -- -- -- -- -- -- -- -- ok -- ok -- -- -- --
GET    collation.report             edition       -- -- -- -- -- -- -- -- -- ok -- ok -- -- -- --
GET    collation.responses_csv      edition       -- -- -- -- -- -- -- -- -- ok -- ok -- -- -- --
GET    collation.workbook           edition       -- -- -- -- -- -- -- -- -- ok -- ok -- -- -- --
"""
# fmt: on

PUBLIC = """
method page              thing   status
GET    home.front        -       200
GET    packs.index       -       200
GET    packs.show        slug    200
GET    packs.edition     slug    200
GET    packs.meeting     slug    200
GET    packs.slides      slug    200
GET    packs.guide       slug    200
GET    packs.edition_meeting slug 200
GET    packs.edition_slides  slug 200
GET    packs.edition_guide   slug 200
GET    packs.editions    slug    200
GET    packs.feed        -       200
GET    packs.pack_file   slug    200
GET    packs.edition_changes slug 404
GET    packs.picture     slug    404
GET    packs.poster      slug    200
GET    packs.qr          slug    200
GET    accounts.sign_in  -       200,303
POST   accounts.sign_in  -       303,429
GET    accounts.code     -       303
POST   accounts.code     -       303
POST   accounts.again    -       404
POST   accounts.sign_out -       303
POST   accounts.sign_out_everywhere - 303
GET    accounts.how_long -       200
GET    web.health        -       200,503
GET    web.accessibility -       200
GET    web.favicon       -       200
GET    web.appearance    -       200
GET    static            -       200
"""
"""Open to anybody: the status is the same for all, or one of those named where it depends on who is signed in."""

DEMONSTRATION = """
method page            thing   status
GET    demo.people     -       200
POST   demo.sign_in    person  303
GET    demo.mailbox    -       200
GET    demo.letter     -       404
GET    demo.attachment -       404
"""
"""Only where DEMONSTRATION is on; there is no letter in the mailbox of the test."""

THE_LEAD = "23456789abcd"
"""The reference of the lead, who may be said to have minutes."""

FIXED = {
    "number": "1",
    "part": "points",
    "key": "point-0",
    "colour": "1d70b8",
    "filename": "app.css",
    "name": "no-such-letter",
    "picture": "stairs.png",
    "partnership": "esscp",
}
"""Values in addresses that are nobody's: they are the same for everybody."""

FOR_EVERYBODY = ("slug", "pack")
"""Things that belong to no one place: a published briefing may be circulated by any partnership."""


@dataclass(frozen=True)
class Row:
    """A route, a method, the name of the thing it is about (empty: none), and what each person is answered."""

    method: str
    page: str
    thing: str
    cells: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.page} {self.thing}".strip()


@dataclass(frozen=True)
class Open:
    """A public route and the statuses it answers with, whoever asks."""

    method: str
    page: str
    thing: str
    statuses: frozenset[int]


def _lines(table: str) -> tuple[list[str], list[list[str]]]:
    header, *rows = [line.split() for line in table.strip().splitlines() if line.strip()]
    return header, rows


def closed() -> list[Row]:
    """The rows of the closed pages."""
    header, rows = _lines(CLOSED)
    people = [PEOPLE[short] for short in header[3:]]
    made = [Row(m, p, t.strip("-"), dict(zip(people, cells, strict=True))) for m, p, t, *cells in rows]
    assert all(set(row.cells.values()) <= {"ok", "--", "no"} for row in made)
    return made


def public(table: str = PUBLIC) -> list[Open]:
    """The rows of the pages that are open to anybody."""
    _, rows = _lines(table)
    return [Open(m, p, t.strip("-"), frozenset(map(int, statuses.split(",")))) for m, p, t, statuses in rows]
