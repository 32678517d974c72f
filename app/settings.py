"""What the environment says, read once and checked whole: every fault is named at once and nothing half-starts.

The names are a contract (README, "Settings"). A partnership's own settings are data, in `organisations`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}
SHORTEST_KEY = 32
# A plus, a letter's reference and its proof (30 characters) follow the part before the @, of which mail takes 64.
_BARE_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,34}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class SettingsFault(SystemExit):
    """Settings that cannot be used. Ends a command with one line per fault, each saying what to do."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(["The settings need to be put right first:", *(f"- {fault}" for fault in faults)]))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The service's settings. `database_url` and `data_dir` always hold a value; the rest may be empty."""

    secret_key: str = field(default="", repr=False)
    secret_key_before: str = field(default="", repr=False)
    service_url: str = ""
    database_url: str = field(default="", repr=False)
    data_dir: Path = Path("instance")
    port: int = 8000
    mail_server: str = ""
    mail_port: int = 0
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_username: str = ""
    mail_password: str = field(default="", repr=False)
    mail_default_sender: str = ""
    mail_bounce_address: str = ""
    bounce_imap_server: str = ""
    bounce_imap_port: int = 993
    bounce_imap_use_ssl: bool = True
    bounce_imap_username: str = ""
    bounce_imap_password: str = field(default="", repr=False)
    bounce_imap_folder: str = "INBOX"
    mail_ca_file: str = ""
    proxy_hops: int = 0
    demonstration: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Settings from environment variables. Raises `SettingsFault` naming every value that cannot be read."""
        faults: list[str] = []
        read = _Reader(environ, faults)
        data_dir = Path(read.text("DATA_DIR") or "instance").absolute()
        use_ssl, use_tls = read.switch("MAIL_USE_SSL"), read.switch("MAIL_USE_TLS")
        settings = cls(
            **_keys(read),
            service_url=read.text("SERVICE_URL").rstrip("/"),
            database_url=read.text("DATABASE_URL") or f"sqlite:///{data_dir / 'service.sqlite'}",
            data_dir=data_dir,
            port=read.port("PORT", 8000),
            mail_server=read.text("MAIL_SERVER"),
            mail_port=read.port("MAIL_PORT", 465 if use_ssl else 587 if use_tls else 25),
            mail_use_tls=use_tls,
            mail_use_ssl=use_ssl,
            mail_username=read.text("MAIL_USERNAME"),
            mail_password=read.text("MAIL_PASSWORD"),
            mail_default_sender=read.text("MAIL_DEFAULT_SENDER"),
            mail_bounce_address=read.text("MAIL_BOUNCE_ADDRESS"),
            **_mailbox(read),
            mail_ca_file=read.text("MAIL_CA_FILE"),
            proxy_hops=read.number(
                "PROXY_HOPS", 0, range(10), "how many proxies stand before the service, from 0 to 9"
            ),
            demonstration=read.switch("DEMONSTRATION"),
        )
        if faults:
            raise SettingsFault(faults)
        return settings

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys under which something may have been proved that is still on its way: ours, and the one before. None
        where there is no key."""
        return tuple(key for key in (self.secret_key, self.secret_key_before) if key) if self.secret_key else ()

    @property
    def service_host(self) -> str:
        """The host name of the service's address, without a port."""
        return urlsplit(self.service_url).hostname or "localhost"

    @property
    def is_https(self) -> bool:
        """Whether people reach the service over TLS."""
        return self.service_url.startswith("https://")

    def faults(self) -> list[str]:
        """What stands in the way of serving pages and sending letters: one sentence each, empty when ready."""
        mail = [*self._mail_faults(), *self._mailbox_faults()]
        return [*self._key_faults(), *self._url_faults(), *mail, *self._demonstration_faults()]

    def require_complete(self) -> None:
        """Raise `SettingsFault` unless the service can serve and send with these settings."""
        if faults := self.faults():
            raise SettingsFault(faults)

    def _key_faults(self) -> list[str]:
        faults = []
        if len(self.secret_key) < SHORTEST_KEY:
            faults.append(f"SECRET_KEY must be set to at least {SHORTEST_KEY} random characters.")
        if self.secret_key_before and len(self.secret_key_before) < SHORTEST_KEY:
            faults.append("SECRET_KEY_BEFORE must be the key that SECRET_KEY took the place of, whole, or be left out.")
        return faults

    def _url_faults(self) -> list[str]:
        parts = urlsplit(self.service_url)
        host = parts.hostname or ""
        if (parts.scheme == "https" and host) or (parts.scheme == "http" and is_loopback(host)):
            return []
        return ["SERVICE_URL must be the https:// address people use (http:// only on this machine itself)."]

    def _mail_faults(self) -> list[str]:
        faults = []
        if not self.mail_server:
            faults.append("MAIL_SERVER must name the mail server that takes our letters.")
        if "@" not in self.mail_default_sender:
            faults.append("MAIL_DEFAULT_SENDER must be the address letters come from.")
        if self.mail_bounce_address and not _BARE_ADDRESS.fullmatch(self.mail_bounce_address):
            faults.append("MAIL_BOUNCE_ADDRESS must be one plain address without a plus sign, such as bounce@HOST.")
        if self.mail_use_tls and self.mail_use_ssl:
            faults.append("Set MAIL_USE_TLS or MAIL_USE_SSL, not both.")
        if self.mail_server and not is_loopback(self.mail_server) and not (self.mail_use_tls or self.mail_use_ssl):
            faults.append("MAIL_USE_TLS or MAIL_USE_SSL must be 1: letters leave this machine only over verified TLS.")
        if self.mail_ca_file and not Path(self.mail_ca_file).is_file():
            faults.append("MAIL_CA_FILE names a file that is not there.")
        return faults

    def _mailbox_faults(self) -> list[str]:
        if not self.bounce_imap_server:
            given = self.bounce_imap_username or self.bounce_imap_password
            return ["BOUNCE_IMAP_SERVER must name the server of the mailbox to sign in to."] if given else []
        faults = []
        if not self.mail_bounce_address:
            faults.append("MAIL_BOUNCE_ADDRESS must be set too: it is the address of the mailbox.")
        if not (self.bounce_imap_username and self.bounce_imap_password):
            faults.append("BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD must be what signs in to the mailbox.")
        if not self.bounce_imap_use_ssl and not is_loopback(self.bounce_imap_server):
            faults.append("BOUNCE_IMAP_USE_SSL must be 1: a mailbox elsewhere is read only over verified TLS.")
        if not self.bounce_imap_folder.isprintable():
            faults.append("BOUNCE_IMAP_FOLDER must be the name of one folder.")
        return faults

    def _demonstration_faults(self) -> list[str]:
        if not self.demonstration:
            return []
        faults = []
        if self.mail_server and not is_loopback(self.mail_server):
            faults.append("DEMONSTRATION is on, so MAIL_SERVER must be on this machine.")
        if self.bounce_imap_server and not is_loopback(self.bounce_imap_server):
            faults.append("DEMONSTRATION is on, so BOUNCE_IMAP_SERVER must be on this machine.")
        if self.service_url and not is_loopback(urlsplit(self.service_url).hostname or ""):
            faults.append("DEMONSTRATION is on, so SERVICE_URL must be on this machine.")
        if urlsplit(self.database_url).scheme.startswith("postgres"):
            faults.append(
                "DEMONSTRATION is on, so DATABASE_URL must be SQLite: a real service may use that PostgreSQL."
            )
        return faults


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine itself."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _keys(read: _Reader) -> dict[str, Any]:
    """The key, and the one that it took the place of."""
    return {"secret_key": read.text("SECRET_KEY"), "secret_key_before": read.text("SECRET_KEY_BEFORE")}


def _mailbox(read: _Reader) -> dict[str, Any]:
    """The settings of the mailbox for what comes back."""
    return {
        "bounce_imap_server": read.text("BOUNCE_IMAP_SERVER"),
        "bounce_imap_port": read.port("BOUNCE_IMAP_PORT", 993),
        "bounce_imap_use_ssl": read.switch("BOUNCE_IMAP_USE_SSL", default=True),
        "bounce_imap_username": read.text("BOUNCE_IMAP_USERNAME"),
        "bounce_imap_password": read.text("BOUNCE_IMAP_PASSWORD"),
        "bounce_imap_folder": read.text("BOUNCE_IMAP_FOLDER") or "INBOX",
    }


class _Reader:
    """Reads variables one by one and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str], faults: list[str]) -> None:
        self.environ, self.faults = environ, faults

    def text(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def switch(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name).lower() or str(default).lower()
        if value not in _TRUE | _FALSE:
            self.faults.append(f"{name} must be 1 or 0.")
        return value in _TRUE

    def port(self, name: str, default: int) -> int:
        return self.number(name, default, range(1, 65536), "a port number from 1 to 65535")

    def number(self, name: str, default: int, among: range, called: str) -> int:
        value = self.text(name) or str(default)
        if not value.isdecimal() or len(value) > 9 or int(value) not in among:
            self.faults.append(f"{name} must be {called}.")
            return default
        return int(value)
