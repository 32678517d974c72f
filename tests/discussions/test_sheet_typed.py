"""A response sheet that somebody fills in with LibreOffice itself: every word that was typed comes back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from app.discussions.sheet import response_sheet
from app.discussions.sheet_words import PROMPTS
from tests.conftest import missing
from tests.discussions.sheets import FACTS, found, resaved

# Each prompt in turn is selected and typed over, as one does with a mouse and a keyboard.
MACRO = """
Sub Fill
  On Error GoTo Wrong
  Dim words(0) As New com.sun.star.beans.PropertyValue
  Dim kind(0) As New com.sun.star.beans.PropertyValue
  kind(0).Name = "FilterName"
  kind(0).Value = "MS Word 2007 XML"
  words(0).Name = "Text"
  sheet = StarDesktop.loadComponentFromURL("{sheet}", "_blank", 0, Array())
  hands = createUnoService("com.sun.star.frame.DispatchHelper")
  prompts = Array({prompts})
  which = Array({which})
  typed = Array({typed})
  For n = 0 To UBound(prompts)
    look = sheet.createSearchDescriptor()
    look.SearchString = prompts(n)
    look.SearchCaseSensitive = True
    sheet.CurrentController.select(sheet.findAll(look).getByIndex(which(n)))
    words(0).Value = typed(n)
    hands.executeDispatch(sheet.CurrentController.Frame, ".uno:InsertText", "", 0, words())
  Next n
  sheet.storeToURL("{saved}", kind())
  sheet.close(True)
  StarDesktop.terminate()
  Exit Sub
Wrong:
  Open "{wrong}" For Output As #1
  Print #1, Error & " in line " & Erl
  Close #1
  StarDesktop.terminate()
End Sub
"""
MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">{}
</script:module>"""


def typed_over(file: bytes, typed: list[tuple[str, int, str]], soffice: str, folder: Path) -> bytes:
    """The sheet, saved as a Word document, with texts typed over words of it one after the other: the words, which of
    them in the sheet from 0, the text."""
    sheet, saved, wrong, profile = (folder / name for name in ("sheet.docx", "typed.docx", "wrong.txt", "profile"))
    sheet.write_bytes(file)
    resaved(file, soffice, folder)  # LibreOffice makes its profile when it starts first, over what stands there
    # As Basic writes texts and numbers.
    lists = dict(
        zip(("prompts", "which", "typed"), (json.dumps(ones)[1:-1] for ones in zip(*typed, strict=True)), strict=True)
    )
    macro = MACRO.format(sheet=sheet.as_uri(), saved=saved.as_uri(), wrong=wrong, **lists)
    (profile / "user/basic/Standard/Module1.xba").write_text(MODULE.format(escape(macro)))
    order = [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "macro:///Standard.Module1.Fill"]
    environ = {**os.environ, "HOME": str(folder)}
    subprocess.run(order, cwd=folder, env=environ, check=True, capture_output=True, timeout=120)
    assert not wrong.exists(), wrong.read_text()
    return saved.read_bytes()


@pytest.fixture
def soffice() -> str:
    """The path of LibreOffice."""
    return shutil.which("soffice") or missing("LibreOffice") or ""


def test_what_is_typed_with_libreoffice_over_prompts_of_every_kind_is_read(soffice: str, tmp_path: Path) -> None:
    typed = [
        (PROMPTS["day"], 0, "25 November 2026"),
        (PROMPTS["choice"], 0, "Team meeting"),
        (PROMPTS["count"], 1, "14"),  # the first is in "How many people were there?"
        (PROMPTS["line"], 0, "Team manager"),
        (PROMPTS["words"], 0, "We talked about it."),
        (PROMPTS["question"], 0, "Who trains us?"),
    ]
    reading = found(typed_over(response_sheet(FACTS), typed, soffice, tmp_path))
    content = reading["content"]
    assert content["held_on"] == {"day": "25 November 2026", "month": "", "year": ""}
    assert (content["setting"], content["present"], content["chaired_by"]) == ("team_meeting", "14", "Team manager")
    assert [point["words"] for point in content["points"].values()] == ["We talked about it.", "", ""]
    assert (content["question_to_lead"], content["question_to_partnership"]) == ("Who trains us?", "")
    assert (content["actions"], reading["extra"], reading["how"]) == ([], [], "labels")
