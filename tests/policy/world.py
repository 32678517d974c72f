"""A world with a row in every table, in every state that a page or a rule of the policy knows.

Two partnerships. The trust belongs to the first, the hostel to the second, the police to both, the school to the
first. `here` is what there is at the trust's first team, `there` the same at the hostel's. People are called after what
they are; who had a role and lost it is there too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import CodeAsked, SignedIn
from app.circulation.closing import RecordingClosed, RecordingReopened
from app.circulation.models import Added, Asked, Circulation, Colleague, ColleagueEnded, LeaderSettled, OtherLeader
from app.clock import now, today
from app.database import new_ref
from app.discussions.deeds import keys_of
from app.discussions.drafts import Draft, DraftRevision
from app.discussions.models import Action, LeftIn, Minutes, MinutesFor, Received, Reply, ReplyKind, SentUnder, Setting
from app.discussions.news import ActionNews, Became
from app.discussions.outside import Outside, OutsideAnswer, OutsideTaken
from app.discussions.own_files import AttachedFile, DraftFile, MinutesFile
from app.forwarding.models import Acknowledgement, Document, How, Question, Share, SharedAnswer, Withdrawal
from app.identifying import Mark, Why
from app.organisations.decisions import StandingDecision
from app.organisations.hearing import Rhythm
from app.organisations.models import Leave, Organisation, Partnership, Person, Succession, Team, TeamSuccession
from app.packs.folder import read_folder
from app.packs.shelf import SHELF
from app.packs.shelving import shelve
from app.policy import CONSOLE, Role
from app.post.models import Attempt, Delivery, Outcome, State
from app.post.told import Telling, ToldOf
from app.records.models import Keeping
from app.trail.services import note
from tests.base.word_made import body as word_body
from tests.base.word_made import made as word_file
from tests.conftest import NOW
from tests.factories import (
    appoint,
    circulate,
    edition,
    kept,
    minutes,
    organisation,
    partnership,
    person,
    team,
)
from tests.policy.beside import beside, in_the_office
from tests.policy.matrix import ATTACHED, LEAVE_SEEN, THE_LEAD, TRUST
from tests.policy.unknown import unknown

SLUG = "esscp"  # the partnership that the one real pack names as its source
ENDED = date(2026, 10, 31)
SHOWN = {"here": "Every shift begins with it now", "there": "We put it up in the kitchen"}
SECRETS = {
    "not shared": "We keep this to ourselves",
    "not ticked": "This answer was not ticked",
    "taken back": "This was shared and taken back",
    "put right since": "This version was put right since",
    "for the lead": "Could the lead come to our next meeting",
    "who does it": "Practice educator of nights",
    "who chaired": "Matron of the ward",
    "the lead asks": "Which of you was there",
    "what became of it": "The council does that instead",
    "our own minutes": "The kettle was on before anybody spoke",
    "our own minutes of a draft": "The window was open all the while",
    "a draft": "We have only begun to write",
}
"""Words that are let go, and words that are looked for wherever somebody reads who may not read them."""
DAY = timedelta(days=1)


@dataclass
class World:
    """The keys of people by what they are, and the references of things by name, `here` and `there`."""

    people: dict[str, int] = field(default_factory=dict)
    here: dict[str, str] = field(default_factory=dict)
    there: dict[str, str] = field(default_factory=dict)


@dataclass
class Side:
    """One partnership with what it asked: the places, and what became of it at the first team."""

    partnership: Partnership
    organisation: Organisation
    first: Team
    second: Team
    circulation: Circulation
    asked: dict[int | None, Asked]


def build(session: Session) -> World:
    """Make the world; everything is flushed, the caller's transaction decides."""
    people: dict[str, Person] = {}
    ours, theirs = partnership(session, slug=SLUG), partnership(session)
    police = organisation(session, ours, theirs, name="Police")
    force = team(session, police)
    trust = _side(session, ours, force, name="Trust", ref=TRUST)
    hostel = _side(session, theirs, force, name="Hostel")
    school = organisation(session, ours, sector="School", name="School")
    form = team(session, school)
    _appointments(session, people, trust, school, form, theirs)
    people["lead"].ref = THE_LEAD
    _others(session, people, hostel)
    whose = ("leader", "lead", "colleague", "colleague no longer")
    here = _became(session, trust, [people[name] for name in whose], SHOWN["here"])
    there = _became(session, hostel, [people[f"{name} there"] for name in whose], SHOWN["there"])
    _both(session, people, trust, hostel, police, force)
    _who_is_who(session, people["lead"], trust)
    here |= in_the_office(session, trust.circulation, people["officer"], stood_at=7)
    there |= in_the_office(session, hostel.circulation, people["officer elsewhere"], stood_at=8)
    beside(session, edition(session, None), here, there)
    unknown(session, people, ((trust, here), (hostel, there)), SECRETS["not shared"])
    return World({name: who.id for name, who in people.items()}, here, there)


def _side(session: Session, asker: Partnership, force: Team, **values: Any) -> Side:
    """A partnership that asks two teams of an organisation, the organisation as a whole, and a team it shares."""
    place = organisation(session, asker, **values)
    first, second = team(session, place), team(session, place)
    real = read_folder(SHELF / "nai-under-5-2021")
    text = edition(session, asker, content=real.as_dict())
    shelve(session, text, real)
    sent = circulate(session, asker, text, [first, second, force])
    where = {"partnership_id": asker.id, "organisation_id": place.id, "team_id": None}
    whole = Asked(**where, organisation_name=place.name, team_name="", sector="Health", added_at=NOW, added=Added.LATER)
    sent.asked.append(whole)
    session.flush()
    return Side(asker, place, first, second, sent, {a.team_id: a for a in sent.asked})


def _appointments(
    session: Session, people: dict[str, Person], at: Side, school: Organisation, form: Team, theirs: Partnership
) -> None:
    """Who is what at the trust's north team, beside it, and nowhere any more."""
    trust, north = at.organisation, (at.first,)
    held: dict[str, list[tuple[Role, Any, tuple[Team, ...], date | None]]] = {
        "leader": [(Role.LEADER, trust, north, None)],
        "leader of another team": [(Role.LEADER, trust, (at.second,), None)],
        "leader elsewhere": [(Role.LEADER, school, (form,), None)],
        "minute taker": [(Role.MINUTES, trust, north, None)],
        "lead": [(Role.LEAD, trust, (), None)],
        "lead for another team": [(Role.LEAD, trust, (at.second,), None)],
        "lead elsewhere": [(Role.LEAD, school, (), None)],
        "deputy": [(Role.DEPUTY, trust, (), None)],
        "deputy no longer": [(Role.DEPUTY, trust, (), ENDED)],
        "administrator": [(Role.ADMINISTRATOR, trust, (), None)],
        "officer": [(Role.OFFICER, at.partnership, (), None)],
        "officer elsewhere": [(Role.OFFICER, theirs, (), None)],
        "reviewer": [(Role.REVIEWER, at.partnership, (), None)],
        "operator": [(Role.OPERATOR, None, (), None)],
        **{name: [] for name in ("nobody", "colleague", "colleague no longer")},
        "moved": [(Role.LEADER, trust, north, ENDED), (Role.LEADER, school, (form,), None)],
    }
    for name, roles in held.items():
        people[name] = who = person(session, name=name.capitalize())
        for role, place, teams, ends_on in roles:
            appoint(session, who, role, place, teams, ends_on=ends_on)
    people["deputy not yet"] = who = person(session, name="Deputy not yet")
    appoint(session, who, Role.DEPUTY, trust, starts_on=today(now()) + 365 * DAY)


def _others(session: Session, people: dict[str, Person], at: Side) -> None:
    """Who belongs to the other partnership: nobody asks for a page as them, what they made is there."""
    for name, role, teams in (("leader there", Role.LEADER, (at.first,)), ("lead there", Role.LEAD, ())):
        people[name] = who = person(session, name=name.capitalize())
        appoint(session, who, role, at.organisation, teams)
    for name in ("colleague there", "colleague no longer there"):
        people[name] = person(session, name=name.capitalize())


def _became(session: Session, at: Side, who: list[Person], shown: str) -> dict[str, str]:
    """What became of what the first team was asked; returns references by what they are. `who` leads the team, is its
    lead, was named to write it up and was named once."""
    leader, lead, colleague, no_longer = who
    asked, other = at.asked[at.first.id], at.asked[at.second.id]
    points = {"point-0": shown, "point-1": shown, "point-2": SECRETS["not ticked"]}
    sent = minutes(session, asked, leader, answers=points, question_to_lead=SECRETS["for the lead"])
    sent.actions.append(Action(position=0, what=shown, who=SECRETS["who does it"], by=date(2026, 12, 1)))
    sent.discussion.chaired_by = SECRETS["who chaired"]
    share = shared(session, sent, lead, at.partnership.id, but=SECRETS["not ticked"])
    other_sent, decision = _kept_minutes(session, other, leader, SECRETS["taken back"]), _decided(session, at, lead)
    taken = _taken(session, at, other_sent, lead, decision)
    fresh, own = (_kept_minutes(session, asked, by, SECRETS["not shared"]) for by in (leader, lead))
    fresh.news.append(_news(sent))
    asked_back, _ = [_kept_of(session, found, lead) for found in (sent, other_sent)]
    # The same edition goes to the team twice more: once it has begun to write, once it has not.
    begun, again = (circulate(session, at.partnership, at.circulation.edition, [at.first]).asked[0] for _ in range(2))
    draft = kept(session, _draft(begun, leader))
    kept(session, _stood(draft))
    named = [_named(session, ask, colleague, leader) for ask in (asked, begun)]
    kept(session, ColleagueEnded(colleague_id=_named(session, asked, no_longer, leader).id, by_id=leader.id, at=NOW))
    _own_minutes(session, draft, sent, leader, ref=ATTACHED if shown == SHOWN["here"] else new_ref())
    made = {"asked": asked, "begun": begun, "untouched": again, "draft": draft, "minutes": fresh, "with_document": sent}
    made |= {"lead_minutes": own, "share": share, "taken_share": taken, "person": leader, "team": at.first}
    made |= {"colleague": named[0], **_leaders(session, asked, other, leader)}
    made |= {"entry": _entered_anew(session, begun, again, leader, shown), "question": asked_back}
    sent_draft, closed = session.get_one(Draft, sent.draft_id), _closed(session, at)
    made |= {"appointment": decision.appointment, "sent_draft": sent_draft, "closed": closed}
    made["leave"] = _away(session, lead, LEAVE_SEEN if shown == SHOWN["here"] else new_ref())
    return {**_places(at), **{name: row.ref for name, row in made.items()}}


def _closed(session: Session, at: Side) -> Circulation:
    """What the second team was asked, closed; and what the first was asked, closed and opened again."""
    other = circulate(session, at.partnership, at.circulation.edition, [at.second])
    kept(session, RecordingClosed(circulation_id=other.id, by_id=None, at=NOW))
    before = kept(session, RecordingClosed(circulation_id=at.circulation.id, by_id=None, at=NOW))
    kept(session, RecordingReopened(closed_id=before.id, by_id=None, at=NOW))
    return other


def _away(session: Session, lead: Person, seen: str) -> Leave:
    """Days on which a lead is to be away."""
    first = today(now()) + 30 * DAY
    return kept(session, Leave(person_id=lead.id, starts_on=first, ends_on=first + 13 * DAY, change=seen))


def _taken(session: Session, at: Side, sent: Minutes, lead: Person, decision: StandingDecision) -> Share:
    """What went at once, and was taken back."""
    sent.sent_under.append(SentUnder(decision_id=decision.id))
    taken = shared(session, sent, lead, at.partnership.id, under=decision)
    kept(session, Withdrawal(share_id=taken.id, by_id=lead.id, at=NOW))
    return taken


def _own_minutes(session: Session, draft: Draft, sent: Minutes, leader: Person, *, ref: str) -> None:
    """The team's own minutes in Word: one in a draft, one with what was sent."""
    _attached(session, draft, leader, SECRETS["our own minutes of a draft"], ref=ref)
    _attached(session, sent, leader, SECRETS["our own minutes"])


def _named(session: Session, asked: Asked, who: Person, by: Person) -> Colleague:
    """Somebody who was named to write up what was asked."""
    where = {"organisation_id": asked.organisation_id, "asked_id": asked.id}
    whom = {"person_id": who.id, "address_id": who.addresses[0].id}
    return kept(session, Colleague(**where, **whom, by_id=by.id, at=NOW - DAY))


def _leaders(session: Session, asked: Asked, other: Asked, leader: Person) -> dict[str, OtherLeader]:
    """What was said of who leads the teams: settled and said anew; and where only the officer could settle it."""
    where = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "team_id": asked.team_id}
    said = [kept(session, OtherLeader(**where, by_id=leader.id, at=NOW - n * DAY, to_officer=False)) for n in (2, 1)]
    settled = {"by_id": leader.id, "name": leader.name, "title": "Named Nurse", "at": NOW - DAY}
    kept(session, LeaderSettled(other_leader_id=said[0].id, **settled))
    where |= {"asked_id": other.id, "team_id": other.team_id}
    office = kept(session, OtherLeader(**where, by_id=leader.id, at=NOW - DAY, to_officer=True))
    return {"other_leader": said[1], "to_officer": office}


def _entered_anew(session: Session, asked: Asked, other: Asked, by: Person, words: str) -> Outside:
    """What the partnership entered and put right; and for another request what it took back."""
    taken_back = _entered(session, other, by, SECRETS["taken back"])
    kept(session, OutsideTaken(outside_id=taken_back.id, by_id=by.id, at=NOW))
    _entered(session, asked, by, SECRETS["put right since"])
    return _entered(session, asked, by, words, version=2)


def _entered(session: Session, asked: Asked, by: Person, words: str, **values: Any) -> Outside:
    """Answers that the partnership entered."""
    edition = session.get_one(Circulation, asked.circulation_id).edition
    where = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "edition_id": edition.id}
    how = {"setting": Setting.TEAM_MEETING, "received": Received.MAIL, "month": date(2026, 11, 1), "present": 5}
    answers = [OutsideAnswer(point_id=edition.points[0].id, words=words)]
    return kept(session, Outside(**where, **how, by_id=by.id, at=NOW, answers=answers, **values))


def _decided(session: Session, at: Side, lead: Person) -> StandingDecision:
    """A lead decided beforehand, and changed her mind; she chose a letter for each set of minutes."""
    (held,) = (one for one in lead.appointments if one.role is Role.LEAD)
    where = {"organisation_id": at.organisation.id, "appointment_id": held.id, "partnership_id": at.partnership.id}
    by = {"name": lead.name, "title": "Named Nurse", "quotable": False}
    decision = kept(session, StandingDecision(**where, **by, at_once=True, at=NOW - DAY))
    kept(session, StandingDecision(**where, **by, at_once=False, at=NOW))
    kept(session, Rhythm(organisation_id=at.organisation.id, appointment_id=held.id, weekly=False, at=NOW))
    return decision


def _places(at: Side) -> dict[str, str]:
    """References that belong to a side as a whole."""
    edition = at.circulation.edition
    return {
        "edition": edition.ref,
        "circulation": at.circulation.ref,
        "organisation": at.organisation.ref,
        "pack": "nai-under-5-2021",
        "slug": edition.pack.slug,
        "partnership": at.partnership.slug,
    }


def _kept_minutes(session: Session, asked: Asked, writer: Person, words: str, **values: Any) -> Minutes:
    """Minutes that say the same few words everywhere."""
    points = {f"point-{number}": words for number in range(3)}
    return minutes(session, asked, writer, answers=points, question_to_partnership=words, **values)


def _attached(session: Session, to: Draft | Minutes, by: Person, words: str, **values: Any) -> None:
    """Minutes in Word that say these words, in their name too, attached to a draft or sent with minutes."""
    body = word_file(word__document_xml=word_body(words))
    where = {"organisation_id": to.organisation_id}
    told = {"name": f"{words}.docx", "body": body, "size": len(body), "digest": "1" * 64}
    file = AttachedFile(**where, **told, at=NOW, by_id=by.id, **values)
    kept(session, file)
    link = DraftFile(**where, draft_id=to.id, file_id=file.id) if isinstance(to, Draft) else None
    kept(session, link or MinutesFile(**where, minutes_id=to.id, file_id=file.id))


def _news(about: Minutes) -> ActionNews:
    """What a later record says about the one action of another."""
    (key,) = keys_of(about.thread, [action.what for action in about.actions])
    said = {"action_id": about.actions[0].id, "because": SECRETS["what became of it"]}
    return ActionNews(key=key, how=Became.DROPPED, **said)


def _draft(asked: Asked, writer: Person) -> Draft:
    where = {"organisation_id": asked.organisation_id, "asked_id": asked.id}
    held_on = {"day": "18", "month": "11", "year": "2026"}
    points = {"point-0": {"words": SECRETS["a draft"], "yes": "", "partly": "", "not_yet": "", "not_counted": False}}
    content = {"held_on": held_on, "setting": "team_meeting", "present": "7", "points": points}
    return Draft(**where, begun_at=NOW, changed_at=NOW, changed_by_id=writer.id, content=content)


def _stood(draft: Draft) -> DraftRevision:
    """What stood in a draft before."""
    where = {"organisation_id": draft.organisation_id, "draft_id": draft.id, "by_id": draft.changed_by_id}
    return DraftRevision(**where, part="said", version=7, at=NOW, typed=draft.content, characters=9)


def shared(
    session: Session, found: Minutes, lead: Person, partnership_id: int, but: str = "", under: Any = None
) -> Share:
    """Every answer of a version, those that say `but` apart, shared with a partnership."""
    where = {"minutes_id": found.id, "organisation_id": found.organisation_id, "partnership_id": partnership_id}
    let_go = [response for response in found.responses if response.words != but]
    answers = [SharedAnswer(response_id=response.id, quotable=True) for response in let_go]
    by = {"edition_id": found.edition_id, "by_id": lead.id, "name": lead.name, "title": "Named Nurse"}
    by |= {"thread": found.thread, "under_id": under.id if under else None}
    return kept(session, Share(**where, **by, at=NOW, answers=answers))


def _kept_of(session: Session, found: Minutes, lead: Person) -> Question:
    """Document, a piece left in, acknowledgement, question, letter and event of a set of minutes; the question."""
    where = {"minutes_id": found.id, "organisation_id": found.organisation_id}
    kept(session, Document(**where, body=b"the bytes of a document", digest="0" * 64, made_at=NOW))
    found.left_in.append(LeftIn(mark=Mark.PHONE, field="points-point-0-words", why=Why.PUBLIC))
    said = {"name": lead.name, "title": "Named Nurse", "at": NOW}
    kept(session, Acknowledgement(**where, **said, person_id=lead.id, how=How.HERE))
    asked = kept(session, Question(**where, **said, by_id=lead.id, words=SECRETS["the lead asks"]))
    state = {"state": State.ACCEPTED, "accepted_at": NOW}
    sent = kept(
        session, Delivery(kind="heard", about=found.ref, owed_since=NOW, message_id=f"<{found.ref}@test>", **state)
    )
    telling = kept(session, Telling(delivery_id=sent.id))
    kept(session, ToldOf(telling_id=telling.id, about=found.ref))
    tried = {"at": NOW, "outcome": Outcome.ACCEPTED, "phase": "end", "telling_id": telling.id}
    kept(session, Attempt(delivery_id=sent.id, **tried))
    note(session, CONSOLE, "sent", found.ref, now=NOW, organisation_id=found.organisation_id)
    kept(session, Keeping(organisation_id=found.organisation_id, years=3, because="", at=NOW))
    return asked


def _both(session: Session, people: dict[str, Person], one: Side, two: Side, police: Organisation, force: Team) -> None:
    """The team that both partnerships ask: one meeting for both, corrected since, and shared with one of them."""
    people["leader of both"] = who = person(session)
    appoint(session, who, Role.LEADER, police, (force,))
    first = _kept_minutes(session, one.asked[force.id], who, SECRETS["put right since"])
    first.covers.append(MinutesFor(asked_id=two.asked[force.id].id))
    shared(session, first, who, one.partnership.id)
    newer = _kept_minutes(session, one.asked[force.id], who, SHOWN["here"], thread=first.thread, version=2)
    shared(session, newer, who, one.partnership.id)
    for side in (one, two):
        for asked, kind in (
            (side.asked[None], ReplyKind.NOT_RELEVANT),
            (side.asked[force.id], ReplyKind.DISCUSSED_ELSEWHERE),
        ):
            where = {"organisation_id": asked.organisation_id, "asked_id": asked.id}
            kept(session, Reply(**where, kind=kind, words="No children.", at=NOW, by_id=who.id))


def _who_is_who(session: Session, lead: Person, at: Side) -> None:
    """A team that merged into another, a code and a session."""
    pair = {"from_team_id": at.second.id, "to_team_id": at.first.id}
    where = {"organisation_id": at.organisation.id, **pair}
    kept(session, TeamSuccession(**where, kind=Succession.MERGED, on=date(2026, 9, 1)))
    kept(
        session,
        CodeAsked(
            address=lead.addresses[0].email, browser="b", asked_at=NOW - DAY, expires_at=NOW - DAY, person_id=lead.id
        ),
    )
    kept(session, SignedIn(digest="d", person_id=lead.id, begun_at=NOW - DAY, seen_at=NOW - DAY, ended_at=NOW - DAY))
