"""The address that what comes back of a letter goes to: it names the letter and proves that we made it.

`bounce+<letter's reference>.<proof>@host`. The proof is an HMAC-SHA256 of the reference under our key, cut to 80 bits:
nobody else can make one, and whoever got a letter can speak of that one letter only. A mail system on the way may take
off what stands after the plus, so the envelope bears the same name a second time (ENVID), which a report tells again.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from app.database import REF_ALPHABET, REF_LENGTH
from app.settings import Settings

_LABEL = b"return address\0"
_BITS = 80
_NAME = re.compile(rf"([{REF_ALPHABET}]{{{REF_LENGTH}}})\.([{REF_ALPHABET}]{{{_BITS // 5}}})")
_ADDRESS = re.compile(r"[^@]*\+([^@+]*)@[^@]+")


def return_address(settings: Settings, ref: str) -> str:
    """Where what comes back of the letter `ref` is sent; empty where the settings name no address for it."""
    if not settings.mail_bounce_address:
        return ""
    local, _, host = settings.mail_bounce_address.rpartition("@")
    return f"{local}+{envelope_id(settings, ref)}@{host}"


def envelope_id(settings: Settings, ref: str) -> str:
    """The name of the letter `ref` with its proof."""
    return f"{ref}.{_proof(settings.secret_key, ref)}"


def letter_of(settings: Settings, address: str) -> str:
    """The reference of the letter that an address proves to be about; empty if it proves nothing.

    The host is let pass, which ours may rewrite.
    """
    found = _ADDRESS.fullmatch(address.strip())
    return letter_named(settings, found[1]) if found else ""


def letter_named(settings: Settings, name: str) -> str:
    """The reference of the letter that a name with a proof is about; empty if it proves nothing.

    Capital letters are let pass, since some mail systems change them. A letter is tried for days, and may come back
    after the key was changed: the key before counts, too.
    """
    found = _NAME.fullmatch(name.strip().lower())
    if not found:
        return ""
    ref, proof = found.groups()
    return ref if any(hmac.compare_digest(proof, _proof(key, ref)) for key in settings.secret_keys) else ""


def _proof(key: str, ref: str) -> str:
    digest = hmac.digest(key.encode(), _LABEL + ref.encode(), hashlib.sha256)
    number = int.from_bytes(digest[: _BITS // 8], "big")
    return "".join(REF_ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -5, -5))
