"""Kills while the Word document of minutes is made: there is never half of one, and each is made once after (F11)."""

from __future__ import annotations

import hashlib
import io
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import docx
import sqlalchemy as sa

from app.database import db
from app.discussions.models import Minutes
from app.forwarding.document import minutes_document
from app.forwarding.making import facts
from app.forwarding.models import Document
from tests.faults.lines import Ground, Line
from tests.faults.nursery import COMMIT, DOCUMENT_POINTS
from tests.faults.service import service
from tests.faults.toys import HOUR

WITHIN = {"before a document": (1, 5), "half a document": (1, 60), "after a document": (1, 5), COMMIT: (2, 6)}
"""The first and last time that a point is passed at which a sender may be killed: within five documents."""


def killed(ground: Ground) -> Iterator[Line]:
    """F11: kill -9 of a sender while a document is made or kept. No half document, and each is made once after."""
    for point in (*DOCUMENT_POINTS, COMMIT):
        chance, kills = random.Random(f"F11 {point}"), ground.times(25, 2)
        with service(ground) as world:
            refs, struck, half, seen = world.sent(world.world(), 6 * kills), 0, 0, set[int]()
            for i in range(kills):
                ends = world.send(i * HOUR, point=point, nth=chance.randint(*WITHIN[point]))
                struck += ends == [-signal.SIGKILL]
                half += _broken(seen)
            ends = world.send(kills * HOUR) + world.send((kills + 1) * HOUR)
            made, files = _made(refs), {path.name for path in Path(world.folder).iterdir()}
            copies = [world.stub.copies()[row.message_id] for row in world.letters().values()]
            yield world.line(
                fault="F11",
                what=f"kill -9 of a sender {point}",
                operations=struck,
                lost=len(refs) - made,
                besides=f"{half} half documents, {made} made once, {sum(copies)} letters",
                holds=(struck, half, made) == (kills, 0, len(refs))
                and ends == [0, 0]
                and files == {"sent-mark.json"}
                and copies == [1] * len(refs),
            )


def _broken(seen: set[int]) -> int:
    """How many documents are kept that are not whole, of those not seen before."""
    with db.reading() as session:
        new = session.scalars(sa.select(Document).where(Document.minutes_id.not_in(seen))).all()
        seen.update(kept.minutes_id for kept in new)
        return sum(not _whole(kept) for kept in new)


def _whole(kept: Document) -> bool:
    docx.Document(io.BytesIO(kept.body))
    return hashlib.sha256(kept.body).hexdigest() == kept.digest


def _made(refs: list[str]) -> int:
    """How many of these minutes have the one document that their facts make."""
    with db.reading() as session:
        rows = session.execute(sa.select(Minutes.ref, Document.body).join(Document, Document.minutes_id == Minutes.id))
        kept = {row.ref: row.body for row in rows}
        return sum(ref in kept and minutes_document(facts(session, ref)) == kept[ref] for ref in refs)


LINES = (killed,)
