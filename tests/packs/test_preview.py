"""A briefing is seen as it will be, and nothing on that page leads to where nothing is yet."""

from __future__ import annotations

from sqlalchemy import select

from app.database import db
from app.packs.models import Edition
from tests.client import Client, parse
from tests.packs.test_making import NOTES, begun, from_real, officers, page, post, saved

__all__ = ["officers"]


def leads_nowhere(client: Client, url: str) -> set[str]:
    """The addresses on this page, on this service, that answer with an error."""
    found = {str(link.get("href")) for link in parse(client.get(url)).iter("a")}
    return {at for at in found if at.startswith("/") and client.get(at, follow_redirects=True).status_code >= 400}


def test_no_link_of_a_preview_leads_nowhere_and_its_words_stay(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = from_real(client)
    saved(client, f"{url}/points", **NOTES)
    assert leads_nowhere(client, f"{url}/preview") == set()
    said = page(client, f"{url}/preview")
    for words in ("Meeting pack (Word)", "Slides", "Guide for whoever leads", "A poster with a code", "All editions"):
        assert words in said
    post(client, f"{url}/publish", {"nobody_known": "yes"})
    with db.reading() as session:
        edition = session.scalars(select(Edition)).one()
        published, ref = f"/packs/{edition.pack.slug}", edition.ref
    shown = {str(link.get("href")) for link in parse(client.get(published)).iter("a")}
    wanted = {f"{published}/editions/1/{one}" for one in ("meeting.docx", "slides", "guide")}
    assert wanted | {f"{published}/poster", f"{published}/editions"} <= shown
    assert leads_nowhere(client, published) == set()
    second = begun(client, how="pack", pack=ref)
    assert leads_nowhere(client, f"{second}/preview") == set()
