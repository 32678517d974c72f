"""Uploads are read in a box: whatever the file is and whatever its reader does, the answer is a sentence, and soon."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app import boxed, word_files
from app.errors import Invalid, Unavailable
from tests.base import word_made as files

READERS = Path(__file__).parent
ROOT = READERS.parents[1]
SOON = 6  # seconds in which whoever uploads a file has an answer, however hostile it is
LOOK = "app.bad_readers:look_at_word"


@pytest.fixture(autouse=True)
def bad_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child finds this folder's modules in `app` as well."""
    monkeypatch.setattr(boxed, "_CHILD", boxed._CHILD.replace("[sys.argv[1]]", f"[sys.argv[1], {str(READERS)!r}]"))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody on this machine who would notice being asked."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0.2)
        yield made


def heard(listener: socket.socket) -> bool:
    """Whether anybody connected."""
    try:
        listener.accept()[0].close()
    except TimeoutError:
        return False
    return True


def refused(reader: str, file: bytes = b"", told: Any = None) -> str:
    """The sentence with which a file is refused, in less than the promised time: nobody else is read meanwhile."""
    start = time.monotonic()
    with pytest.raises(Invalid) as caught:
        boxed.read(f"app.bad_readers:{reader}", file, told)
    assert time.monotonic() - start < SOON
    return caught.value.message


def test_a_reader_gets_the_file_and_what_it_is_told_and_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    file, told, environment = boxed.read("app.bad_readers:echo", "zwölf\n2".encode(), {"a": ["ŵ\n👋"]})
    assert (file, told) == ("zwölf\n2", {"a": ["ŵ\n👋"]})
    assert set(environment) <= {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}


def test_a_file_that_is_too_large_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    assert refused("echo", b" " * (boxed.LARGEST + 1)) == boxed.TOO_LARGE


@pytest.mark.parametrize("reader", ["spin", "sleep"])
def test_a_reader_that_does_not_end_is_ended(reader: str) -> None:
    assert refused(reader) == boxed.TOO_LONG


def test_a_reader_gets_no_more_memory_than_its_share() -> None:
    assert refused("gobble") == boxed.TOO_MUCH


OUT = 3  # where the child writes its answer: the first free number


@pytest.mark.parametrize(("reader", "told"), [("flood", OUT), ("much", 20)])
def test_an_answer_without_end_is_cut_off(reader: str, told: int) -> None:
    with grows_by_less_than(50):
        assert refused(reader, told=told) == boxed.TOO_MUCH


def test_an_answer_that_is_none_is_a_refusal() -> None:
    assert refused("garbage", told=OUT) == boxed.UNREADABLE


def test_a_reader_reaches_nobody(listener: socket.socket) -> None:
    assert refused("connect", b"words", listener.getsockname()[1]) == boxed.UNREADABLE
    assert not heard(listener)


def test_a_reader_opens_no_other_file() -> None:
    assert refused("look", told=__file__) == boxed.UNREADABLE


def test_what_a_reader_started_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxed, "PATIENCE", 1)
    refused("keep")
    deadline = time.monotonic() + 2
    while left := children_of_a_box("app.bad_readers:keep"):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def children_of_a_box(reader: str) -> list[str]:
    """The processes of a box with a reader of this name, or part of one, that are still there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            order = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"from app.boxed import answer" in order and reader.encode() in order:
            found.append(folder.name)
    return found


def test_a_fault_of_a_reader_is_logged_with_its_place_and_without_what_was_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert refused("fail", b"Tom Smith") == boxed.UNREADABLE
    assert "ValueError at bad_readers.py:" in caplog.text and "Tom" not in caplog.text


def test_several_threads_read_at_once_and_too_many_wait_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda n: boxed.read("app.bad_readers:echo", str(n).encode()), range(12)))
    assert [answer[0] for answer in answers] == [str(n) for n in range(12)]
    monkeypatch.setattr(boxed, "WAIT", 0.1)
    monkeypatch.setattr(boxed, "PATIENCE", 1)
    with ThreadPoolExecutor(boxed.AT_ONCE) as threads:
        for _ in range(boxed.AT_ONCE):
            threads.submit(refused, "sleep")
        time.sleep(0.3)
        with pytest.raises(Unavailable):
            boxed.read("app.bad_readers:echo", b"")


def test_no_file_stays_open_and_no_process_unwaited() -> None:
    before, started = set(os.listdir("/proc/self/fd")), children()
    for _ in range(3):
        boxed.read("app.bad_readers:echo", b"x")
        refused("fail")
    assert set(os.listdir("/proc/self/fd")) == before
    assert not children() - started


def children() -> set[str]:
    """The processes this one started and has not waited for: servers of the whole run may be among them."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            number, _, rest = stat.read_text().partition(" ")
            if rest.rpartition(") ")[2].split()[1] == str(os.getpid()):
                found.add(number)
    return found


# What a file is


class grows_by_less_than:
    """A block in which this process's memory never grows by so many megabytes."""

    def __init__(self, megabytes: int) -> None:
        self.most = megabytes * 1024

    def __enter__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the highest mark begins again
        self.before = memory("VmRSS")

    def __exit__(self, *_: object) -> None:
        assert memory("VmHWM") - self.before < self.most


def memory(name: str) -> int:
    """A line of what the system knows of this process's memory, in kilobytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def test_a_plain_word_file_is_let_in() -> None:
    assert boxed.read(LOOK, files.made()) == ["[Content_Types].xml", "word/document.xml"]


DOCM = "application/vnd.ms-word.document.macroEnabled.main+xml"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "a zip bomb": (lambda: files.bomb(400), "more in this file"),
    "a bomb of the largest size": (lambda: files.bomb(19), "more in this file"),
    "lying sizes": (files.lying, "damaged"),
    "10,000 entries": (lambda: files.crowded(10_000), "more in this file"),
    "501 entries": (lambda: files.crowded(500), "more in this file"),
    "truncated": (lambda: files.made()[:-40], "did not arrive whole"),
    "a broken part": (files.damaged, "damaged"),
    "broken XML": (lambda: files.made(word__settings_xml="<a>", word___rels__document_xml_rels="<a>"), "damaged"),
    "billion laughs": (lambda: files.made(word__document_xml=files.LAUGHS), "not made as Word"),
    "laughs in UTF-16": (lambda: files.made(word__document_xml=files.LAUGHS.encode("utf-16")), "not made as Word"),
    "laughs by another name": (lambda: files.made(word__laughs_bin=files.LAUGHS), "not made as Word"),
    "another encoding": (
        lambda: files.made(word__document_xml='<?xml version="1.0" encoding="utf-7"?><a/>'),
        "not made as Word",
    ),
    "zip slip": (lambda: files.slipping("../../etc/cron.d/x"), "not made as Word"),
    "an absolute name": (lambda: files.slipping("/etc/cron.d/x"), "not made as Word"),
    "a Windows name": (lambda: files.slipping("C:\\x"), "not made as Word"),
    "a link": (files.linked, "not made as Word"),
    "two parts of one name": (files.twice, "not made as Word"),
    "packed otherwise": (files.bzipped, "not made as Word"),
    "encrypted parts": (files.encrypted_zip, "password"),
    "an encrypted document": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "an old document": (lambda: OLE + "WordDocument".encode("utf-16-le"), "old format"),
    "macros": (lambda: files.made(word__vbaProject_bin=b"x"), "macros"),
    "a document with macros": (lambda: files.made(DOCM), "macros"),
    "a spreadsheet": (lambda: files.made(XLSX), "spreadsheet"),
    "a zip": (lambda: files.zipped({"a.txt": "x"}), "not a Word document"),
    "OpenDocument": (
        lambda: files.zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}),
        "OpenDocument",
    ),
    "a PDF": (lambda: b"%PDF-1.7\n", "PDF"),
    "a program": (lambda: b"MZ\x90\0", "program"),
    "a picture": (lambda: b"\xff\xd8\xff\xe0", "picture"),
    "rich text": (lambda: b"{\\rtf1", "rich text"),
    "text": (lambda: b"Dear all", "not a Word document"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_plain_word_document_is_refused_with_what_to_do(name: str) -> None:
    make, part = BAD[name]
    file = make()
    with grows_by_less_than(50):
        message = refused("look_at_word", file)
    assert part in message
    assert message[0].isupper() and message.endswith(".")


FETCHED = [
    ("attachedTemplate", "http://127.0.0.1:{}/a.dotm"),
    ("attachedTemplate", "file://///127.0.0.1/share/a.dotm"),
    ("oleObject", "http://127.0.0.1:{}/a"),
    ("aFChunk", "http://127.0.0.1:{}/a.html"),
    ("frame", "http://127.0.0.1:{}/a"),
]


@pytest.mark.parametrize(("kind", "target"), FETCHED)
def test_what_would_fetch_something_is_refused_and_fetches_nothing(
    kind: str, target: str, listener: socket.socket
) -> None:
    relation = files.relation(kind, target.format(listener.getsockname()[1]))
    assert "elsewhere" in refused("look_at_word", files.made(word___rels__settings_xml_rels=relation))
    assert not heard(listener)


def test_an_entity_from_elsewhere_is_refused_and_fetched_by_nobody(listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    file = files.made(word__document_xml=f'<!DOCTYPE a [<!ENTITY e SYSTEM "{address}">]>{files.body("&e;")}')
    assert refused("look_at_word", file) == word_files.ODD
    root = word_files.parsed(f'<!DOCTYPE a SYSTEM "{address}" [<!ENTITY e SYSTEM "{address}">]><a>&e;</a>'.encode())
    assert "".join(root.itertext()).replace("&e;", "") == "" and not heard(listener), "nor would the parser fetch it"


def test_links_linked_pictures_and_a_template_on_the_writers_own_disk_are_let_be() -> None:
    for kind, target in (
        ("hyperlink", "https://example.org"),
        ("image", "https://example.org/a.png"),
        ("attachedTemplate", "file:///C:\\Templates\\Council.dotx"),
    ):
        assert boxed.read(LOOK, files.made(word___rels__settings_xml_rels=files.relation(kind, target)))


def test_the_child_does_not_load_the_service() -> None:
    code = boxed._CHILD.replace("answer(sys.argv[2])", "print('flask' in sys.modules, 'sqlalchemy' in sys.modules)")
    order = [sys.executable, "-I", "-c", code, str(ROOT / "app"), ""]
    assert subprocess.run(order, capture_output=True, text=True, check=True).stdout == "False False\n"
