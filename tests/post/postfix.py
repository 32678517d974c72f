"""A real Postfix on a loopback port, with a queue of its own: knows nobody at trust.test, and pipes service.test.

Postfix lets its pipes run neither as root nor as itself, and another user may not be allowed to read this repository or
the database. So its pipe puts each message into a folder and waits, and `Postfix.piped` runs the real command: what
that ends with is what Postfix is told.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import own_port

PROGRAM = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
Command = Callable[[str, bytes], int]

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.trust.test
mydestination = trust.test
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
mail_spool_directory = {folder}/mail
recipient_delimiter = +
transport_maps = inline:{{service.test=bounces:}}
bounces_destination_recipient_limit = 1
minimal_backoff_time = 1s
queue_run_delay = 1s
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
bounces unix - n n - 1 pipe
  flags= user=nobody argv=/bin/sh {folder}/pipe {folder}/piped ${{original_recipient}}
"""
_PIPE = """
name="$1/$$"
printf %s "$2" >"$name.to"
cat >"$name.part" && mv "$name.part" "$name.message"
while [ ! -e "$name.code" ]; do sleep 0.05; done
code=$(cat "$name.code") && rm -f "$name".*
exit "$code"
"""


@dataclass(frozen=True)
class Postfix:
    """A running Postfix."""

    port: int
    folder: Path

    def piped(self, command: Command) -> list[int]:
        """Run a command on each message that waits in the pipe, with the address it came to; what it ended with."""
        codes = []
        for message in (self.folder / "piped").glob("*.message"):
            to = message.with_suffix(".to").read_text()
            codes.append(command(to, message.read_bytes()))
            message.unlink()
            message.with_suffix(".write").write_text(f"{codes[-1]}\n")
            message.with_suffix(".write").rename(message.with_suffix(".code"))
        return codes

    @property
    def log(self) -> str:
        """What it has to say."""
        return (self.folder / "log").read_text(errors="replace")


def is_here() -> bool:
    """Whether tests can have a Postfix: it is installed and may be started."""
    return PROGRAM is not None and os.geteuid() == 0


@contextmanager
def postfix() -> Iterator[Postfix]:
    """A Postfix that is stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="circle-mx-"))
    try:
        folder.chmod(0o755)
        port = own_port()
        for name in ("queue", "data", "piped"):
            (folder / name).mkdir()
        (folder / "piped").chmod(0o1777)
        shutil.chown(folder / "data", "postfix")
        for name, content in {"main.cf": _MAIN, "master.cf": _MASTER, "pipe": _PIPE}.items():
            text = content if name == "pipe" else content.format(folder=folder, port=port)
            (folder / name).write_text(text)
        _run(folder, "start")
        try:
            yield Postfix(port, folder)
        finally:
            _run(folder, "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, verb: str) -> None:
    assert PROGRAM
    done = subprocess.run([PROGRAM, "-c", str(folder), verb], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"postfix {verb}: {done.stdout} {done.stderr}"
