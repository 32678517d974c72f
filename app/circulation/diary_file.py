"""The date to answer by as a file: gathers what stands in the entry of one thing asked."""

from __future__ import annotations

from datetime import datetime

from flask import Response

from app.circulation import diary, queries
from app.circulation.models import Asked
from app.web.addresses import address_of
from app.web.files import to_be_kept


def file(ask: Asked, now: datetime) -> Response:
    """The entry, to be kept or opened in a calendar."""
    headers = {"Content-Disposition": to_be_kept("date-to-answer-by.ics"), "Cache-Control": "no-store"}
    return Response(diary.entry(facts(ask), now), headers=headers, content_type="text/calendar; charset=utf-8")


def facts(ask: Asked) -> diary.DateFacts:
    """All that stands in the entry."""
    sent, dates = ask.circulation, ask.circulation.dates
    slug, number = sent.edition.pack.slug, sent.edition.number
    return diary.DateFacts(
        asked=ask.ref,
        name=ask.name,
        organisation=ask.organisation_name if ask.organisation_name != ask.name else "",
        asker=queries.the(sent.partnership.name),
        title=sent.edition.title,
        short_title=sent.edition.short_title,
        answer_by=sent.answer_by,
        changes=len(dates) - 1,
        changed_at=max(one.set_at for one in dates),
        briefing=address_of("packs.edition", slug=slug, number=number),
        pack=address_of("packs.edition_meeting", slug=slug, number=number),
        write_up=address_of("discussions.meeting", asked=ask.ref),
    )
