"""Web processes that are killed while minutes are sent: whoever presses the button again has sent them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from app.clock import now
from app.database import db
from app.discussions.models import Minutes, Response
from app.forwarding import owed
from app.post import ledger
from app.post.models import Delivery
from app.trail.models import Event
from tests.faults.lines import Ground, Line, LineMaker
from tests.faults.web_doomed import AFTER_COMMIT, AFTER_INSERT, BEFORE_COMMIT
from tests.faults.web_site import BROKEN, Answer, Site, Visitor, site

FAULTS = {"F1": AFTER_INSERT, "F2": BEFORE_COMMIT, "F3": AFTER_COMMIT}


def killed_while_sending(ground: Ground) -> Iterator[Line]:
    """F1-F3: kill -9 of the web process while minutes are sent; the same form is sent again."""
    with site(ground) as there:
        for fault, point in FAULTS.items():
            yield _killed(ground, there, fault, point)


def _killed(ground: Ground, there: Site, fault: str, point: str) -> Line:
    times, struck, ends = ground.times(200, 3), 0, Counter[int]()
    texts = [f"What the team said, {fault} {number}" for number in range(times)]
    leader = there.visitor()
    for text in texts:
        check = f"/drafts/{there.draft(text)}/check"
        form = {**leader.get(check).form("/check"), "nobody_known": "yes"}
        there.doom(point)
        struck += press(leader, check, form) is None
        if again := press(leader, check, form):
            ends[again.status if leader.get(again.location).status == 200 else 500] += 1
    copies, letters, noted = counted(there, texts)
    lost, most = sum(not n for n in copies.values()), max(*copies.values(), *letters.values())
    holds = (struck, lost, most, ends) == (times, 0, 1, {303: times}) and noted == len(letters) == times
    besides = f"{struck} kills, {noted} times “sent” in the trail, {sum(letters.values())} letters to the lead"
    return Line(
        fault=fault,
        what=f"kill -9 of a web process, {point}",
        database=ground.kind,
        operations=times,
        lost=lost,
        most=most,
        holds=holds,
        besides=besides,
    )


def press(leader: Visitor, check: str, form: dict[str, object]) -> Answer | None:
    """Press the button; None where the connection broke."""
    try:
        return leader.post(check, form)
    except BROKEN:
        return None


def counted(there: Site, texts: list[str]) -> tuple[Counter[str], Counter[str], int]:
    """How many minutes there are with each text, how many letters about each, and how often the trail says "sent"."""
    with there.app.app_context(), db.writing() as session:
        while ledger.note(session, list(owed.owed(session, now())), "service.test", now()):
            session.flush()
        rows = session.execute(select(Response.words, Minutes.ref).join(Minutes).where(Response.words.in_(texts))).all()
        refs = {row.ref for row in rows}
        about = session.execute(
            select(Delivery.about, Delivery.person).where(Delivery.kind == "minutes", Delivery.about.in_(refs))
        ).all()
        said = select(func.count()).where(Event.kind == "sent", Event.about.in_(refs))
        noted = session.scalar(said) or 0
    copies = Counter(dict.fromkeys(texts, 0))
    copies.update(row.words for row in rows)
    return copies, Counter(f"{row.about} {row.person}" for row in about), noted


LINES: tuple[LineMaker, ...] = (killed_while_sending,)
