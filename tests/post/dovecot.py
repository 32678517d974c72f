"""A real Dovecot on loopback ports, with one mailbox of its own: who signs in with `PASSWORD` has it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import trustme

from tests.ports import own_port

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
USER, PASSWORD = "bounces@service.test", 'pässword "with" \\ signs'

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
auth_verbose = yes
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
mail_max_userip_connections = 50
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/home
}}
service imap-login {{
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
{more}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running Dovecot; `port` is for TLS, `plain` for none. `ca_file` is the authority that its certificate is of."""

    port: int
    plain: int
    folder: Path
    ca_file: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def arrives(self, *messages: bytes, inbox: str = "") -> None:
        """Have messages arrive, in this order."""
        new = self.folder / "mail" / inbox / "new"
        for message in messages:
            number = next(self._numbers)
            part = self.folder / "mail" / "tmp" / f"{int(time.time())}.M{number:09}P1.test"
            part.write_bytes(message)
            shutil.chown(part, "nobody", "nogroup")
            part.rename(new / part.name)

    def forgets(self) -> None:
        """Have it lose its notes of which number each message has, so that it counts anew."""
        for path in (self.folder / "mail").glob("dovecot*"):
            path.unlink()
        time.sleep(1.1)  # the sign of the new count is the second it began in

    def flags(self) -> list[str]:
        """The flags of each message that is there, as the names of its files have them, sorted."""
        return sorted(path.name.partition(":2,")[2] for path in self._files())

    def contents(self) -> list[bytes]:
        """The messages that are there."""
        return [path.read_bytes() for path in self._files()]

    def _files(self) -> list[Path]:
        return [path for part in ("new", "cur") for path in sorted((self.folder / "mail" / part).iterdir())]

    @property
    def log(self) -> str:
        """What it has to say."""
        return (self.folder / "log").read_text(errors="replace") if (self.folder / "log").exists() else ""


def is_here() -> bool:
    """Whether tests can have a Dovecot: it is installed and may be started."""
    return PROGRAM is not None and os.geteuid() == 0


@contextmanager
def dovecot(more: str = "") -> Iterator[Dovecot]:
    """A Dovecot that is stopped and removed at the end; `more` is added to what it is told."""
    assert PROGRAM
    folder = Path(tempfile.mkdtemp(prefix="circle-box-"))
    try:
        made = _prepared(folder, more)
        with subprocess.Popen([PROGRAM, "-F", "-c", str(folder / "conf")], start_new_session=True) as process:
            try:
                _until_open(made, process)
                yield made
            finally:
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                process.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(folder: Path, more: str) -> Dovecot:
    folder.chmod(0o755)
    for part in ("run", "state", "home", *(f"mail/{name}" for name in ("new", "cur", "tmp"))):
        (folder / part).mkdir(parents=True)
    for path in (folder / "home", folder / "mail", *(folder / "mail").iterdir()):
        shutil.chown(path, "nobody", "nogroup")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    own = authority.issue_cert("localhost")
    own.private_key_pem.write_to_path(str(folder / "key.pem"))
    (folder / "certificate.pem").write_bytes(b"".join(blob.bytes() for blob in own.cert_chain_pems))
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    made = Dovecot(own_port(), own_port(), folder, folder / "ca.pem")
    (folder / "conf").write_text(_CONFIG.format(folder=folder, port=made.port, plain=made.plain, more=more))
    return made


def _until_open(made: Dovecot, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60  # on a machine that is busy with other tests
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", made.port), 1):
            return
        assert process.poll() is None, f"Dovecot ended: {made.log}"
        assert time.monotonic() < end, made.log
        time.sleep(0.05)
