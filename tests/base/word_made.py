"""Small Word files, good and bad, made by hand."""

from __future__ import annotations

import stat
import struct
import zlib
from functools import cache
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MEGABYTE = 1024 * 1024


def types(main: str = _MAIN) -> str:
    """The list of content types."""
    start = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    return f'{start}<Override PartName="/word/document.xml" ContentType="{main}"/></Types>'


def body(words: str = "Hello") -> str:
    """A document of one paragraph."""
    return f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:body></w:document>'


def relation(kind: str, target: str) -> str:
    """A list of one relation to something outside."""
    one = f'<Relationship Id="r1" Type="{_OFFICE}/{kind}" Target="{target}" TargetMode="External"/>'
    return f'<Relationships xmlns="{_RELATIONS}">{one}</Relationships>'


def made(main: str = _MAIN, **parts: str | bytes) -> bytes:
    """A Word file; `parts` by name, in which `__` stands for `/` and the last `_` for a dot, come beside or instead."""
    named = {"[Content_Types].xml": types(main), "word/document.xml": body()}
    named |= {".".join(name.replace("__", "/").rsplit("_", 1)): part for name, part in parts.items()}
    return zipped(named)


def zipped(parts: dict[str, str | bytes], pack: int = ZIP_DEFLATED) -> bytes:
    """A zip of parts."""
    file = BytesIO()
    with ZipFile(file, "w", pack) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


@cache
def bomb(megabytes: int) -> bytes:
    """A Word file whose text is spaces without end."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types())
        with archive.open("word/document.xml", "w", force_zip64=False) as part:
            part.write(body("").partition("</w:t>")[0].encode())
            for _ in range(megabytes):
                part.write(b" " * MEGABYTE)
            part.write(b"</w:t></w:r></w:p></w:body></w:document>")
    return file.getvalue()


def lying(megabytes: int = 30, says: int = 1_000) -> bytes:
    """A bomb that says that it is small."""
    file = bomb(megabytes)
    with ZipFile(BytesIO(file)) as archive:
        size = archive.getinfo("word/document.xml").file_size
    return file.replace(struct.pack("<I", size), struct.pack("<I", says))


def encrypted_zip() -> bytes:
    """A zip whose parts say that they want a password."""
    file = bytearray(made())
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = file.find(mark)
        while at >= 0:
            file[at + flags] |= 1
            at = file.find(mark, at + 4)
    return bytes(file)


def linked() -> bytes:
    """A zip in which a part is a link to a file of the machine."""
    file = BytesIO(made())
    link = ZipInfo("word/link.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with ZipFile(file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def twice() -> bytes:
    """A zip with two parts of one name, but for capitals."""
    return zipped({"[Content_Types].xml": types(), "word/document.xml": body(), "WORD/document.xml": body("Other")})


def slipping(name: str) -> bytes:
    """A zip with a part that stands outside it."""
    return zipped({"[Content_Types].xml": types(), "word/document.xml": body(), name: "<x/>"})


def bzipped() -> bytes:
    """A zip packed as Word does not."""
    return zipped({"[Content_Types].xml": types(), "word/document.xml": body()}, ZIP_BZIP2)


def crowded(entries: int) -> bytes:
    """A zip of many small parts."""
    return zipped({"[Content_Types].xml": types(), **{f"word/{number}.xml": "<x/>" for number in range(entries)}})


def damaged() -> bytes:
    """A Word file with one part that cannot be unpacked."""
    file = bytearray(made())
    packed = zlib.compress(body().encode())[2:8]
    at = file.find(packed)
    file[at : at + 6] = b"\xff" * 6
    return bytes(file)


LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    + f"]>{body('&a12;')}"
)
