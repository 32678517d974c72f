"""Whatever stands in one line is one line, by every way in: a name or a title that brings a line end and a header after
it is folded, so that it can begin no header of a letter and of a download, and name no file with a line end in it."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from app.discussions.own_words import file_name
from app.organisations.people_file import read_people
from app.organisations.settings_file import read_settings
from app.packs.faults import PackFaults
from app.packs.folder import read_folder
from app.post.composing import compose
from app.post.models import Attachment, Letter
from app.settings import ROOT
from app.web.files import to_be_kept
from app.web.forms import Form, LineField
from tests.packs.samples import BRIEFING, YAML

NO_TEXT = set("\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
THIEF = "Bcc: thief@example.test"
HOSTILE = [
    *(f"North{end}{THIEF}" for end in ("\r\n", "\n", "\r", "\r\n ", "\r\n\t", "\n\n", "\x0b", "\x0c")),
    *(f"North{end}{THIEF}" for end in ("\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\0\r\n", "\r\0\n")),
    f"{THIEF}\r\n",
    f"\r\n{THIEF}",
]
SETTINGS = (ROOT / "tests/organisations/esscp.yaml").read_text()
CELLS = ("organisation", "sector", "team", "local_title", "name")
HEADER = "partnership,organisation,organisation_ref,sector,team,team_ref,role,local_title,name,email,from,to"
PLAIN = {"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}


class Named(Form):
    name = LineField("Name")


def by_form(text: str, _: Path) -> list[str]:
    return _posted(data={"name": text})


def by_json(text: str, _: Path) -> list[str]:
    return _posted(json={"name": text})


def _posted(**sent: object) -> list[str]:
    with Flask("bare").test_request_context("/", method="POST", **sent):
        return [Named(meta={"csrf": False})["name"].data]


def by_csv(text: str, _: Path) -> list[str]:
    cells = {name: f'"{text}"' if name in CELLS else "" for name in HEADER.split(",")}
    whole = {**cells, "partnership": "esscp", "role": "leader", "email": "leader@example.gov.uk", "from": "2026-01-01"}
    (row,) = read_people(f"{HEADER}\r\n{','.join(whole.values())}\r\n".encode())
    return [getattr(row, name) for name in CELLS]


def by_settings(text: str, _: Path) -> list[str]:
    names = ("name", "short_name", "reply_name", "marking", "officer_name")
    lines = [line for line in SETTINGS.splitlines() if line.partition(":")[0] not in names]
    read = read_settings("\n".join([*lines, *(f"{name}: {json.dumps(text)}" for name in names)]).encode())
    return [getattr(read, name) for name in names]


def by_pack(text: str, folder: Path) -> list[str]:
    pack = folder / "falls"
    pack.mkdir()
    lines = YAML.splitlines()
    lines[:2] = [f"{name}: {json.dumps(text)}" for name in ("title", "short_title")]
    (pack / "pack.yaml").write_text("\n".join(lines))
    (pack / "briefing.md").write_text(BRIEFING)
    if NO_TEXT & set(text):  # whoever writes one of these as an escape meant something else: she is told
        with pytest.raises(PackFaults, match="a character that cannot be shown"):
            read_folder(pack)
        return []
    read = read_folder(pack)
    return [read.title, read.short_title]


def by_file_name(text: str, _: Path) -> list[str]:
    return [file_name(f"{text}.docx"), file_name(f"C:\\{text}\\minutes.docx")]


WAYS = (by_form, by_json, by_csv, by_settings, by_pack, by_file_name)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_line_end_in_a_name_begins_no_header_and_no_line(
    way: Callable[[str, Path], list[str]], text: str, tmp_path: Path
) -> None:
    for name in way(text, tmp_path):
        assert name and name.splitlines() == [name] and name.isprintable()
        letter = Letter(
            to_address="lead@trust.test",
            to_name=name,
            subject=f"{name}: minutes",
            body="Hello\n",
            attachments=(Attachment(name, "text/plain", b""),),
        )
        made = compose(letter, message_id="<a@b.test>", sender="circulation@b.test", now=datetime.now(UTC))
        message = email.message_from_bytes(made.content, policy=email.policy.default)
        assert set(message.keys()) == PLAIN and made.recipient == "lead@trust.test"
        assert (message["Subject"], message["To"].addresses[0].display_name) == (f"{name}: minutes", name)
        assert next(message.iter_attachments()).get_filename() == name  # type: ignore[attr-defined]
        assert to_be_kept(name).isprintable() and to_be_kept(text).isprintable()
