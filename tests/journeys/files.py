"""Reads what the service hands out as files, without the libraries that wrote them."""

from __future__ import annotations

import csv
import io
import re
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

from docx import Document

from tests.journeys.mailroom import words_of


def docx_words(body: bytes) -> str:
    """All that stands in a Word document."""
    return words_of(Document(io.BytesIO(body)))


def csv_rows(body: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file by the names of its columns."""
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def xlsx_words(body: bytes) -> str:
    """All text of a workbook, a cell on each line."""
    with ZipFile(io.BytesIO(body)) as book:
        parts = [name for name in book.namelist() if re.fullmatch(r"xl/(sharedStrings|worksheets/sheet\d+)\.xml", name)]
        texts = [cell for name in parts for cell in fromstring(book.read(name)).iter() if cell.tag.endswith("}t")]
    return "\n".join(text.text or "" for text in texts)
