"""The address that what comes back of a letter goes to: it names the letter and proves that we made it.

`bounce+<letter's reference>.<proof>@host`. The proof is an HMAC-SHA256 of the reference under our key, cut to 80 bits:
nobody else can make one, and whoever got a letter can speak of that one letter only.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from app.database import REF_ALPHABET, REF_LENGTH
from app.settings import Settings

_LABEL = b"return address\0"
_BITS = 80
_PROVED = re.compile(rf"[^@]*\+([{REF_ALPHABET}]{{{REF_LENGTH}}})\.([{REF_ALPHABET}]{{{_BITS // 5}}})@[^@]+")


def return_address(settings: Settings, ref: str) -> str:
    """Where what comes back of the letter `ref` is sent; empty where the settings name no address for it."""
    if not settings.mail_bounce_address:
        return ""
    local, _, host = settings.mail_bounce_address.rpartition("@")
    return f"{local}+{ref}.{_proof(settings, ref)}@{host}"


def letter_of(settings: Settings, address: str) -> str:
    """The reference of the letter that an address proves to be about; empty if it proves nothing.

    Capital letters are let pass, since some mail systems change them, and so is the host, which ours may rewrite.
    """
    found = _PROVED.fullmatch(address.strip().lower())
    if not found or not settings.secret_key:
        return ""
    ref, proof = found.groups()
    return ref if hmac.compare_digest(proof, _proof(settings, ref)) else ""


def _proof(settings: Settings, ref: str) -> str:
    digest = hmac.digest(settings.secret_key.encode(), _LABEL + ref.encode(), hashlib.sha256)
    number = int.from_bytes(digest[: _BITS // 8], "big")
    return "".join(REF_ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -5, -5))
