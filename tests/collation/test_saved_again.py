"""A CSV file that a spreadsheet opened and saved again, more than once: what began like a formula stays words."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.collation.tables import HEADINGS, csv_lines
from app.text import clean
from tests.collation.test_formulas import LIKE_A_FORMULA, WORDS
from tests.conftest import missing

TRICKS = [
    *WORDS,
    "words\n=1+1",
    "words,=1+1",
    'words",=1+1,"',
    'words";=1+1;"',
    "\r\n=1+1",
    "=1+1\n=1+1",
    '=DDE("cmd";"/C calc";"!A0")',
    '=WEBSERVICE("http://127.0.0.1:9/")',
    "{=1+1}",
]
AS_CSV = "44,34,76"  # commas, quotes, UTF-8
FORMULA = {"ods": rb'table:formula="([^"]*)"', "xlsx": rb"<f[ >][^<]*"}
Saves = Callable[[Path, str], Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saves:
    """Opens a file in LibreOffice and saves it as another kind."""
    soffice = shutil.which("soffice") or missing("LibreOffice") or ""
    if not (Path(soffice).resolve().parent / "libsclo.so").exists():
        missing("LibreOffice Calc")

    def save(file: Path, kind: str) -> Path:
        folder = tmp_path / f"{file.parent.name}-{file.suffix[1:]}-{kind}"
        read = [f"--infilter=CSV:{AS_CSV}"] if file.suffix == ".csv" else []
        wanted = f"csv:Text - txt - csv (StarCalc):{AS_CSV}" if kind == "csv" else kind
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        order = [soffice, profile, "--headless", *read, "--convert-to", wanted, "--outdir", str(folder), str(file)]
        home = {**os.environ, "HOME": str(tmp_path)}
        subprocess.run(order, env=home, check=True, capture_output=True, timeout=120)
        return folder / f"{file.stem}.{kind}"

    return save


def formulas(book: Path) -> list[bytes]:
    """What a workbook would work out."""
    with zipfile.ZipFile(book) as packed:
        names = [name for name in packed.namelist() if name == "content.xml" or "worksheets/sheet" in name]
        assert names
        return [found for name in names for found in re.findall(FORMULA[book.suffix[1:]], packed.read(name))]


def cells(file: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))


@pytest.mark.parametrize("kind", FORMULA)
def test_what_is_not_marked_is_worked_out_so_that_the_next_test_can_fail(
    saved: Saves, kind: str, tmp_path: Path
) -> None:
    (tmp_path / "bare.csv").write_text(
        "\r\n".join(['=1+1,"=HYPERLINK(""https://example.org/"",1)"', "\"=cmd|'x'!A0\""])
    )
    assert len(formulas(saved(tmp_path / "bare.csv", kind))) == 3


@pytest.mark.parametrize("kind", FORMULA)
def test_words_stay_words_however_often_a_spreadsheet_saves_them(saved: Saves, kind: str, tmp_path: Path) -> None:
    made = tmp_path / "made.csv"
    made.write_bytes(b"".join(csv_lines([[clean(text)] * len(HEADINGS) for text in TRICKS])))
    file = made
    for time in range(2):
        book = saved(file, kind)
        assert formulas(book) == [], f"opened {time + 1} times"
        file = saved(book, "csv")
        again = cells(file)
        assert len(again) == len(TRICKS) + 1 and {len(row) for row in again} == {len(HEADINGS)}
        assert [cell for row in again for cell in row if LIKE_A_FORMULA.match(cell) and not cell.startswith("'")] == []
    other = next(one for one in FORMULA if one != kind)
    assert formulas(saved(file, other)) == [], "and in another kind of file"
