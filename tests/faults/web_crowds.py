"""Many at once, and one who holds everybody up: nobody is answered with a fault, and nothing that was taken is lost."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from html import unescape
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import func, select

from app.circulation.models import Circulation
from app.clock import now
from app.database import db
from app.discussions.drafts import Draft, DraftRevision
from app.discussions.models import Minutes
from app.engines import BUSY_SECONDS
from app.organisations.models import Organisation
from app.policy import Role
from app.trail.models import Event
from tests import factories
from tests.faults.lines import Ground, Line, LineMaker
from tests.faults.web_site import SHARED, TEAM, TWO, Answer, Site, Visitor, site
from tests.journeys import town

PARALLEL, IDENTICAL = 50, 10
SCRIPT = {"Accept": "application/json"}
LONG = "“Ça va?” – naïve 🧑🏽‍🍼 <b>&amp;</b> {{7*7}}\n\n   indented\ttabbed\n" * 40
Made = TypeVar("Made")


def at_once(deeds: list[Callable[[], Made]]) -> list[Made]:
    """Do all of these at the same moment."""
    start = threading.Barrier(len(deeds))

    def do(deed: Callable[[], Made]) -> Made:
        start.wait(60)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [going.result() for going in [pool.submit(do, deed) for deed in deeds]]


def crowds(ground: Ground) -> Iterator[Line]:
    """F18: a locked database, two writers, fifty autosaves at once. And F22: one form sent ten times at once."""
    with site(ground, workers=2) as there:
        yield _locked(ground, there)
        yield _two_writers(ground, there)
        yield _autosaves(ground, there)
        yield _sent_often(ground, there)


@contextmanager
def held(there: Site) -> Iterator[None]:
    """Somebody else writes and does not end: all of SQLite, or of PostgreSQL what every save has to hold."""
    engine = there.app.extensions["database_engine"]
    with engine.execution_options(writes=True).connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("LOCK TABLE asked, draft IN ACCESS EXCLUSIVE MODE"))
        yield


def _locked(ground: Ground, there: Site) -> Line:
    """One comes at once and is told that it does not work now; one comes later and only has to wait."""
    first, second = there.visitor(TWO[0]), there.visitor()
    said = [f"/drafts/{there.draft('Before', SHARED, TWO[0])}/said", f"/drafts/{there.draft('Before')}/said"]
    forms = [{**typed(who.get(url), LONG), "do": "later"} for who, url in zip((first, second), said, strict=True)]
    with ThreadPoolExecutor(2) as pool:
        with held(there):
            going = [pool.submit(first.post, said[0], forms[0])]
            time.sleep(BUSY_SECONDS - 2)
            going.append(pool.submit(second.post, said[1], forms[1]))
            time.sleep(3)
        told, waited = (one.result() for one in going)
    again = first.post(said[0], forms[0])
    kept = [LONG in words_of(there, url) for url in said]
    shown = LONG in unescape(told.body.decode())
    return Line(
        fault="F18",
        what=f"the database locked for {BUSY_SECONDS + 1} s",
        database=ground.kind,
        operations=2,
        lost=2 - sum(kept),
        holds=(told.status, waited.status, again.status, shown, kept) == (503, 303, 303, True, [True, True]),
        besides=f"{told.status} after {BUSY_SECONDS} s {'with' if shown else 'without'} the text, {again.status} later",
    )


def _two_writers(ground: Ground, there: Site) -> Line:
    """Two who lead save a page of one draft at once, now the one page and now the other, and tick there differently."""
    times, lost, hidden, statuses = ground.times(500, 5), 0, 0, Counter[tuple[int, ...]]()
    people = [there.visitor(address) for address in (town.NURSE, town.DEPUTY)]
    said = f"/drafts/{there.draft('Before', SHARED, TWO[0])}/said"
    meeting, north = f"/asked/{town.asked(there.app, SHARED)}/meeting", town.asked(there.app, TEAM)
    for turn in range(times):
        url, ticked = ((said, {"no_notes": "yes"}), (meeting, {"also": north}))[turn % 2]
        texts = [f"{turn} by {number}: {LONG[:60]}" for number in range(2)]
        writing = zip(people, texts, (ticked, {}), strict=True)
        forms = [_filled(who.get(url), url, text, ticks) for who, text, ticks in writing]
        answers = at_once([_posting(who, url, form) for who, form in zip(people, forms, strict=True)])
        statuses[tuple(sorted(answer.status for answer in answers))] += 1
        wanted = {(" ".join(text.split()), not number) for number, text in enumerate(texts)}
        lost += len(wanted - _with_ticks(there, said))
        take = f'name="take-{next(iter(ticked))}"'
        hidden += sum(take not in answer.body.decode() for answer in answers if answer.status == 409)
    return Line(
        fault="F18",
        what="two people save one draft at once",
        database=ground.kind,
        operations=times,
        lost=lost,
        holds=(lost, hidden) == (0, 0) and set(statuses) == {(303, 409)},
        besides=f"{lost + hidden} silent overwrites; the second was shown both, ticks too, "
        f"{statuses[303, 409] - hidden} times",
    )


def _filled(page: Answer, url: str, text: str, ticks: dict[str, str]) -> dict[str, Any]:
    """The form of either page with a text in it that tells whose it is, and these ticks alone."""
    form = typed(page, text) if url.endswith("/said") else {**page.form("/meeting"), "chaired_by": text}
    return {**{name: value for name, value in form.items() if name not in ("no_notes", "also")}, **ticks, "do": "later"}


def _with_ticks(there: Site, url: str) -> set[tuple[str, bool]]:
    """Every text that is kept, on one line, and whether something was ticked on its page."""
    found = set()
    for one in kept_of(there, url):
        found |= {(" ".join(point["words"].split()), one["no_notes"]) for point in one.get("points", {}).values()}
        found |= {(one["chaired_by"], bool(one["also"]))} if "also" in one else set()
    return found


def _posting(who: Visitor, url: str, form: dict[str, Any], **headers: str) -> Callable[[], Answer]:
    return lambda: who.post(url, form, **headers)


def _autosaves(ground: Ground, there: Site) -> Line:
    rounds, statuses, lost = ground.times(10, 1), Counter[int](), 0
    writers = teams(there)
    forms = {url: typed(who.get(url), "") for url, who in writers.items()}
    for turn in range(rounds):
        texts = {url: f"{turn} {url} {LONG}" for url in writers}
        wanted = {url: {**forms[url], **_words(forms[url], texts[url]), "do": "autosave"} for url in writers}
        answers = at_once([_posting(who, url, wanted[url], **SCRIPT) for url, who in writers.items()])
        statuses.update(answer.status for answer in answers)
        for (url, _), answer in zip(writers.items(), answers, strict=True):
            lost += answer.status == 200 and texts[url] not in words_of(there, url)
            forms[url] = typed(writers[url].get(url), "")
    return Line(
        fault="F18",
        what=f"{PARALLEL} parallel autosaves",
        database=ground.kind,
        operations=PARALLEL * rounds,
        lost=lost,
        holds=lost == 0 and set(statuses) <= {200, 503} and statuses[200] >= PARALLEL * rounds * 0.9,
        besides=", ".join(f"{n} answered {status}" for status, n in sorted(statuses.items())),
    )


def teams(there: Site, many: int = PARALLEL) -> dict[str, Visitor]:
    """So many more teams with a leader and a draft each: the page on which each writes, and who does."""
    leaders = []
    with there.app.app_context(), db.writing() as session:
        launch = session.scalars(select(Circulation)).one()
        place = session.scalars(select(Organisation).order_by(Organisation.id).limit(1)).one()
        for _ in range(many):
            team, who = factories.team(session, place), factories.person(session)
            factories.appoint(session, who, Role.LEADER, place, (team,), starts_on=date(2021, 5, 1))
            launch.asked.append(factories.asking(launch.partnership, team, now()))
            session.flush()
            leaders.append((team.name, who.addresses[0].email))
    drafts = {f"/drafts/{there.draft('Before', *one)}/said": one for one in leaders}
    return {url: there.visitor(address) for url, (_, address) in drafts.items()}


def _sent_often(ground: Ground, there: Site) -> Line:
    times, lost, most, statuses, places = ground.times(20, 2), 0, 0, Counter[int](), 0
    leader = there.visitor()
    for turn in range(times):
        check = f"/drafts/{there.draft(f'Sent often {turn}')}/check"
        form = {**leader.get(check).form("/check"), "nobody_known": "yes"}
        before = _sent(there)
        clicks = [Visitor(leader.port, dict(leader.cookies)) for _ in range(IDENTICAL)]
        answers = at_once([_posting(who, check, form) for who in clicks])
        answers.append(leader.post(check, form))  # back, and once more
        receipts = {_receipt(leader, answers[-1].location) for _ in range(2)}  # F5
        places += len({answer.location for answer in answers} | {str(n) for n in range(len(receipts) - 1)}) - 1
        statuses.update(answer.status for answer in answers)
        came = [after - was for was, after in zip(before, _sent(there), strict=True)]
        lost, most = lost + (min(came) < 1), max(most, *came)
    return Line(
        fault="F22",
        what=f"one form sent {IDENTICAL} times at once, after Back and F5",
        database=ground.kind,
        operations=times,
        lost=lost,
        most=most,
        holds=(most, places, set(statuses)) == (1, 0, {303}),
        besides=f"{places} other receipts; answered " + ", ".join(f"{n} × {s}" for s, n in statuses.items()),
    )


def _receipt(leader: Visitor, location: str) -> bytes:
    """What the page says, without the tokens of its forms, which are new each time."""
    page = leader.get(location)
    assert page.status == 200, page
    return re.sub(rb'value="[^"]{40,}"', b"", page.body.split(b"<main")[1].split(b"</main")[0])


def _sent(there: Site) -> tuple[int, int]:
    with there.app.app_context(), db.reading() as session:
        minutes = session.scalar(select(func.count()).select_from(Minutes)) or 0
        return minutes, session.scalar(select(func.count()).where(Event.kind == "sent")) or 0


def typed(page: Answer, text: str) -> dict[str, Any]:
    """The form of the second page with a text under the first question."""
    form = page.form("/said")
    return {**form, **_words(form, text)}


def _words(form: dict[str, Any], text: str) -> dict[str, Any]:
    return {next(name for name in form if name.startswith("points-") and name.endswith("-words")): text}


def words_of(there: Site, url: str) -> list[str]:
    """Every text that is kept under the questions: in the draft, set aside in it, and of earlier."""
    return [point["words"] for typed in kept_of(there, url) for point in typed.get("points", {}).values()]


def kept_of(there: Site, url: str) -> list[dict[str, Any]]:
    """What a draft holds, what is set aside in it, and what stood there before."""
    with there.app.app_context(), db.reading() as session:
        draft = session.scalars(select(Draft).where(Draft.ref == url.split("/")[2])).one()
        asides = [aside["typed"] for aside in draft.content.get("set_aside", ())]
        earlier = list(session.scalars(select(DraftRevision.typed).where(DraftRevision.draft_id == draft.id)))
    return [draft.content, *asides, *earlier]


LINES: tuple[LineMaker, ...] = (crowds,)
