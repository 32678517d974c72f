"""Whatever the file is, each reader of uploads answers soon, costs the service next to nothing and reaches nobody."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from app import boxed
from app.errors import Invalid
from app.packs.importing import WORD_READER
from tests.base import word_made as files
from tests.base.test_boxed import BAD, SOON, children, children_of_a_box, grows_by_less_than
from tests.discussions.sheets import TOLD

READERS: dict[str, Any] = {
    "app.discussions.sheet_reading:read": TOLD,
    "app.discussions.own_words:read": None,
    WORD_READER: None,
}
MOST_GROWN = 50  # megabytes of the service's own memory


def entity(port: int) -> bytes:
    """A document that would have its reader fetch something from this machine."""
    fetched = f'<!DOCTYPE a [<!ENTITY e SYSTEM "http://127.0.0.1:{port}/x">]>'
    return files.made(word__document_xml=f"{fetched}{files.body('&e;')}")


def endless(_port: int) -> bytes:
    """As many elements as a file may hold that is let in: more than can be read in the time."""
    mark, _, rest = files.body("").partition("<w:p>")
    noise = f"<!--{secrets.token_hex(100_000)}-->"  # so that it packs no better than text
    return files.made(
        word__document_xml=f"{mark}<w:p>{rest.replace('</w:body>', noise + '<w:p/>' * 3_000_000 + '</w:body>')}"
    )


def of(name: str) -> Callable[[int], bytes]:
    return lambda _port: BAD[name][0]()


NAMES = (
    *("a zip bomb", "a bomb of the largest size", "lying sizes", "billion laughs", "macros", "a document with macros"),
    *("encrypted parts", "an encrypted document", "truncated", "10,000 entries"),
)
HOSTILE: dict[str, tuple[Callable[[int], bytes], str]] = {
    **{name: (of(name), BAD[name][1]) for name in NAMES},
    "an entity from elsewhere": (entity, "not made as Word"),
    "200 MB": (lambda _port: bytes(200 * files.MEGABYTE), boxed.TOO_LARGE),
    "elements without end": (endless, "document"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_no_reader_more_than_its_bounds(name: str, reader: str) -> None:
    make, told = HOSTILE[name]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        file, start = make(listener.getsockname()[1]), time.monotonic()
        with grows_by_less_than(MOST_GROWN), pytest.raises(Invalid) as refused:
            boxed.read(reader, file, READERS[reader])
        assert time.monotonic() - start < SOON
        with pytest.raises(TimeoutError):
            listener.accept()
    assert told in refused.value.message
    assert not [box for box in children_of_a_box(reader) if box in children()]


@pytest.mark.parametrize("reader", READERS)
def test_a_plain_file_is_read_by_each(reader: str) -> None:
    assert "Hello" in str(boxed.read(reader, files.made(), READERS[reader])) or reader.endswith("own_words:read")
