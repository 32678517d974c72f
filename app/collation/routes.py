"""What an officer and a reviewer see: coverage, the shared answers point by point, and the files."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator
from itertools import chain
from pathlib import Path

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.circulation.models import Added
from app.clock import now
from app.collation import coverage as reach
from app.collation import outside, queries, statuses, tables
from app.collation.coverage import Scope
from app.collation.document import report_document
from app.collation.files import csv_rows, write_workbook
from app.collation.report_facts import COUNTED_TWICE, counted_at, passed_on_words
from app.database import db
from app.policy import Actor
from app.web import actor, page

collation = Blueprint("collation", __name__)
collation.add_app_template_global(counted_at)

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PIECE = 64 * 1024


@collation.get("/collation")
def index() -> ResponseReturnValue:
    """What was circulated, newest first."""
    return page("collation/index.html", circulations=reach.circulations(db.session, actor()))


@collation.get("/collation/<ref:edition>")
def coverage(edition: str) -> ResponseReturnValue:
    """How far an edition has come, in a picture and a table, with the way to the answers and the files."""
    about, at = _scope(edition), now()
    found = reach.coverages(db.session, actor(), about, at)
    return page(
        "collation/coverage.html",
        about=about,
        rows=found[Added.LAUNCH],
        later=found[Added.LATER],
        passed_on=passed_on_words(found[Added.LAUNCH]),
        launches=reach.launches(db.session, actor(), about),
        shared=queries.shared_counts(db.session, actor(), about),
        entered=outside.counts(db.session, actor(), about),
        as_of=at,
    )


@collation.get("/collation/<ref:edition>/teams")
def teams(edition: str) -> ResponseReturnValue:
    """What teams will do, what they ask the partnership, why some replied in another way, who has not responded."""
    about = _scope(edition)
    return page(
        "collation/teams.html",
        about=about,
        actions=queries.actions(db.session, actor(), about),
        questions=queries.questions(db.session, actor(), about),
        replies=reach.other_replies(db.session, actor(), about),
        waiting=reach.waiting(db.session, actor(), about),
        added=reach.added_later(db.session, actor(), about),
        unheard=reach.not_acknowledged(db.session, actor(), about, now()),
        entries=outside.entries(db.session, actor(), about),
    )


@collation.get("/collation/<ref:edition>/statuses", endpoint="statuses")
def each_team(edition: str) -> ResponseReturnValue:
    """Where each team stands, a page at a time."""
    about, after = _scope(edition), request.args.get("after", "")
    rows = statuses.statuses(db.session, actor(), about, now(), after=after)
    more = len(rows) == statuses.ON_A_PAGE
    return page("collation/statuses.html", about=about, rows=rows, more=more, after=after)


@collation.get("/collation/<ref:edition>/points/<key>")
def point(edition: str, key: str) -> ResponseReturnValue:
    """The shared answers to one point, a page at a time."""
    about = _scope(edition)
    found = queries.point(about, key)
    after = request.args.get("after", "")
    said = queries.answers(db.session, actor(), about, found, after=after)
    hands = queries.knowledge(db.session, actor(), about).get(found.id)
    more = len(said) == queries.ON_A_PAGE
    return page(
        "collation/point.html",
        about=about,
        point=found,
        said=said,
        hands=hands,
        entered=[] if after else outside.answers(db.session, actor(), about, found),
        counted_twice=COUNTED_TWICE,
        more=more,
        after=after,
    )


@collation.get("/collation/<ref:edition>/report.docx")
def report(edition: str) -> ResponseReturnValue:
    """The Word report, made from what is shared now."""
    about = _scope(edition)
    facts = queries.report_facts(db.session, actor(), about, now())
    name = _file_name(about, "docx")
    db.release()
    return _file(report_document(facts), WORD, name)


@collation.get("/collation/<ref:edition>/responses.csv")
def responses_csv(edition: str) -> ResponseReturnValue:
    """The shared answers as CSV, streamed from a read session of its own."""
    about, who = _scope(edition), actor()
    name, partnership = _file_name(about, "csv"), about.partnership.slug
    db.release()
    lines = _stream(who, edition, partnership)
    first = next(lines)  # a fault shows before the headers go
    answer = _file(chain([first], lines), "text/csv; charset=utf-8", name)
    answer.call_on_close(lines.close)  # whoever goes away half-way leaves no transaction open
    return answer


@collation.get("/collation/<ref:edition>/collation.xlsx")
def workbook(edition: str) -> ResponseReturnValue:
    """Coverage and shared answers as a workbook."""
    about = _scope(edition)
    name = _file_name(about, "xlsx")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_workbook(db.session, actor(), about, path, now())
        body = path.read_bytes()
    return _file(body, EXCEL, name)


def _stream(who: Actor, edition: str, partnership: str) -> Generator[bytes, None, None]:
    with db.reading() as session:
        about = reach.scope(session, who, ref=edition, partnership=partnership)
        held = bytearray()
        for line in tables.csv_lines(csv_rows(session, who, about)):
            held += line
            if len(held) >= PIECE:
                yield bytes(held)
                held.clear()
        yield bytes(held)


def _scope(edition: str) -> Scope:
    return reach.scope(db.session, actor(), ref=edition, partnership=request.args.get("partnership", ""))


def _file_name(about: Scope, ending: str) -> str:
    return f"{about.edition.pack.slug}-edition-{about.edition.number}-{about.partnership.slug}.{ending}"


def _file(body: bytes | Iterator[bytes], kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, content_type=kind)
