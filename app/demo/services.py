"""Loads a data set into a database that is empty or a demonstration already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.demo.chance import Chance
from app.demo.history import History, MadeAsked, MadeEdition, MadePoint
from app.demo.models import Demonstration
from app.demo.people import MadeTeam, People, partnership, plans
from app.demo.queries import is_demonstration
from app.demo.rows import Rows
from app.demo.sizes import SIZES, Size
from app.discussions.models import ReplyKind
from app.errors import Conflict
from app.organisations.models import Person
from app.packs.content import PackContent
from app.packs.folder import read_folder
from app.packs.models import DiscussionPoint, Edition, Pack, PointKind, Recommendation
from app.packs.shelf import SHELF
from app.packs.shelving import shelve_all

REAL_PACK = "nai-under-5-2021"
POINTS = 5
Progress = Callable[[int, int], None]


def load(session: Session, size: str, *, now: datetime, progress: Progress = lambda done, of: None) -> None:
    """Load a data set and mark the database. Raises `Conflict` where there is a data set, or anybody real, already.

    `progress` is told after each partnership how many are done.
    """
    if is_demonstration(session):
        raise Conflict("This database holds a demonstration already. Load another size into an empty database.")
    if session.scalar(sa.select(sa.func.count()).select_from(Person)):
        raise Conflict("This database holds people whom the demonstration did not make. Use an empty database.")
    session.add(Demonstration(size=size, made_at=now))
    session.flush()
    wanted, rows = SIZES[size], Rows(session, Chance(20210430))
    editions: list[MadeEdition] = []
    for number in range(1, wanted.partnerships + 1):
        _Partnership(rows, wanted, number, now, editions).make()
        rows.insert()
        progress(number, wanted.partnerships)
    rows.finish()
    shelve_all(session)


def refuse_anybody_real(session: Session) -> None:
    """Raise `Conflict` where a database holds people and is not marked as a demonstration, whichever migration it is
    at: asked before it is brought up to date, because that would change a real service's database."""
    there = sa.inspect(session.connection())
    if not there.has_table("person") or session.scalar(sa.text("SELECT count(*) FROM person")) == 0:
        return
    if not there.has_table(Demonstration.__tablename__) or not is_demonstration(session):
        raise Conflict("This database holds people whom the demonstration did not make. Use an empty database.")


class _Partnership:
    """One partnership of a data set, with its share of everything."""

    def __init__(self, rows: Rows, size: Size, number: int, now: datetime, editions: list[MadeEdition]) -> None:
        self.rows, self.size, self.number, self.now, self.editions = rows, size, number, now, editions
        self.key, self.short = partnership(rows, number, now)
        self.people = People(rows, self.key, now, f"p{number}-")

    def make(self) -> None:
        """People and places first, then what was published, asked and said."""
        self.officer = self.people.office(self.short)
        named = plans(self._part(self.size.organisations), self._part(self.size.teams))
        if self.number > 1:
            named = [(f"{name} ({self.short})", sector, title, teams) for name, sector, title, teams in named]
        places = [self.people.organisation(*plan) for plan in named]
        self.people.more(places, self._part(self.size.people))
        teams = [team for place in places for team in place.teams]
        editions = [self._edition(number) for number in range(self._part(self.size.packs))]
        self.editions += editions
        self.history = History(self.rows, self.now)
        if self.size.packs == 1:
            self._small(editions[0], teams)
        else:
            self._years(editions, teams)

    def _part(self, whole: int) -> int:
        """This partnership's part of a number for the whole data set: all parts add up to it."""
        each, over = divmod(whole, self.size.partnerships)
        return each + (self.number <= over)

    def _edition(self, number: int) -> MadeEdition:
        content = _content(self.short, number if self.number == 1 else number + 1, self.number)
        published = self.now - timedelta(days=30 * (self._part(self.size.packs) - number) + 60)
        pack = self.rows.add(Pack, slug=content.slug, source=content.source.name, owner=content.source.partnership)
        key = self.rows.add(
            Edition,
            pack_id=pack,
            number=1,
            title=content.title,
            short_title=content.short_title,
            review_on=content.review_on,
            content=content.as_dict(),
            digest=content.digest,
            made_at=published,
            made_by=f"Partnership officer, {self.short}",
        )
        made = []
        for at, said in enumerate(content.points, 1):
            what = {"key": said.key, "kind": PointKind(said.kind), "question": said.question, "note": said.note}
            made.append(
                MadePoint(self.rows.add(DiscussionPoint, edition_id=key, position=at, **what), said.key, said.kind)
            )
        for at, advice in enumerate(content.recommendations, 1):
            what = {"key": advice.key, "audience": advice.audience, "text": advice.text}
            self.rows.add(Recommendation, edition_id=key, position=at, **what)
        return MadeEdition(key, tuple(made))

    def _small(self, edition: MadeEdition, teams: list[MadeTeam]) -> None:
        """A circle that has gone round for most teams, waits for some, and began for a few today."""
        first = self.history.circulate(edition, self.key, teams[:-4], self.now - timedelta(weeks=5), self.officer)
        self.history.circulate(edition, self.key, teams[-4:], self.now, self.officer)
        met, quiet = first[:-5], first[-5:]
        for at, asked in self.history.met([met[number % len(met)] for number in range(self.size.minutes - 1)]):
            self.history.minutes(asked, at)
        self.history.minutes(met[0], self.now, settled=False)
        self.history.begun(quiet[0])
        self.history.reply(quiet[1], ReplyKind.NOT_RELEVANT, "we do not work with families of young children")
        self.history.reply(quiet[2], ReplyKind.DISCUSSED_ELSEWHERE, "the partnership's housing forum")

    def _years(self, editions: list[MadeEdition], teams: list[MadeTeam]) -> None:
        """A pack a month for years: everybody is asked, a good third answers."""
        minutes, responses = self._part(self.size.minutes), self._part(self.size.responses)
        for number, edition in enumerate(editions):
            at = self.now - timedelta(days=30 * (len(editions) - number) + 55)
            asked = self.history.circulate(edition, self.key, teams, at, self.officer)
            wanted = minutes * (number + 1) // len(editions) - minutes * number // len(editions)
            answers = responses * (number + 1) // len(editions) - responses * number // len(editions)
            self._meetings(asked, wanted, answers)
            self.rows.insert()

    def _meetings(self, asked: list[MadeAsked], wanted: int, answers: int) -> None:
        left, teams = answers, len(asked)
        who = [asked[(number * 7 + number // teams) % teams] for number in range(wanted)]
        for number, (at, one) in enumerate(self.history.met(who)):
            left -= self.history.minutes(one, at, answers=round(left / (wanted - number)))


@cache
def _real() -> PackContent:
    return read_folder(SHELF / REAL_PACK)


def _content(short: str, number: int, partnership: int) -> PackContent:
    """The text of a pack: the first is the real one, the others are made of it."""
    real = _real()
    if number == 0:
        return real
    slug = f"briefing-{partnership}-{number}"
    points = [
        {
            "key": f"point-{at}",
            "kind": "open",
            "question": f"What does part {at} of this briefing mean for us?",
            "note": "-",
        }
        for at in range(1, POINTS + 1)
    ]
    owner = "esscp" if partnership == 1 else f"scp-{partnership}"
    source = {**real.as_dict()["source"], "name": short, "partnership": owner, "title": f"Learning briefing {number}"}
    title = f"Learning briefing {number} of {short}"
    changed = {"slug": slug, "title": title, "short_title": f"Briefing {number}", "points": points, "source": source}
    return PackContent.from_dict({**real.as_dict(), **changed})
