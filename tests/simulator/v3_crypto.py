"""The device's side of API v3's cryptography."""

from base64 import b64encode
import hashlib
from typing import Any

from . import crypto


def derive_digest(command: str, password: str, salt: str, ts: object) -> bytes:
    """Return what the token and the key of one request are made of."""
    return hashlib.sha256(f"{command}{password}{salt}{ts}".encode()).digest()


def derive_token(digest: bytes) -> str:
    """Return the token a client must send."""
    return b64encode(digest).decode()[:8]


def open_param(digest: bytes, data: str) -> Any:
    """Return an encrypted parameter; raise ValueError if it cannot be read.

    MicroBT's own client pads with PKCS#7, another one with zeros.
    """
    return crypto.parse_value(crypto.decrypt(digest, data))
