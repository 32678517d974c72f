"""The date of a source stands on the page where it is written, so that no guess is published unseen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.database import db
from app.packs.models import Edition
from tests.client import Client
from tests.packs.test_making import begun, officers, page, post, saved

__all__ = ["officers"]

TEXT = "A briefing\n\n3 May 2019\n\nBackground\n\nWhy.\n\nQuestions\n\n- What now?"
ABOUT = {"type": "thematic", "source_name": "The partnership", "published": "April 2021"}


def source(client: Client, url: str) -> Any:
    """The source of the edition that this draft becomes."""
    saved(client, f"{url}/points", **{"points-0-note": "Say what."})
    assert post(client, f"{url}/publish", {"nobody_known": "yes"}).status_code == 303
    with db.reading() as session:
        return session.scalars(select(Edition).order_by(Edition.id.desc()).limit(1)).one().content["source"]


def test_a_date_that_was_guessed_and_put_right_is_nowhere_in_the_pack(
    client: Client, officers: tuple[int, int]
) -> None:
    client.as_person(officers[0])
    url = begun(client, how="text", text=TEXT)
    assert "3 May 2019" in page(client, f"{url}/about")
    saved(client, f"{url}/about", **ABOUT)
    assert source(client, url)["date"] == "2021-04"


def test_another_date_at_the_source_is_written_on_the_page_and_kept(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = begun(client, how="text", text=TEXT)
    saved(client, f"{url}/about", **ABOUT, source_date="soon")
    assert "The date at the source is not in its form: write a date as" in page(client, f"{url}/about")
    saved(client, f"{url}/about", **ABOUT, source_date="May 2021")
    assert source(client, url)["date"] == "2021-05"
