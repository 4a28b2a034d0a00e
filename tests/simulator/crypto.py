"""The device's side of API v2's cryptography."""

from base64 import b64decode, b64encode
import hashlib
import json
from typing import Any

from Crypto.Cipher import AES
from passlib.hash import md5_crypt

BLOCK = 16


def derive_key(password: str, salt: str) -> str:
    """Return the part of md5crypt(password) after the third dollar sign."""
    return str(md5_crypt.using(salt=salt).hash(password)).split("$")[3]


def derive_sign(key: str, time: str, newsalt: str) -> str:
    """Return the sign a client must send as `token`."""
    return derive_key(key + time[-4:], newsalt)


def derive_aes_key(key: str) -> bytes:
    """Return the AES-256 key of a password's key."""
    return hashlib.sha256(key.encode()).digest()


def encrypt(aes_key: bytes, plain: bytes, *, pkcs7: bool = False) -> str:
    """Pad with NUL as far as needed, or with PKCS#7; encrypt, encode."""
    count = -len(plain) % BLOCK
    if pkcs7:
        count = count or BLOCK
    padded = plain + bytes([count if pkcs7 else 0]) * count
    return b64encode(AES.new(aes_key, AES.MODE_ECB).encrypt(padded)).decode()


def decrypt(aes_key: bytes, data: str) -> bytes:
    """Decode and decrypt; raise ValueError if it is not base64 or not whole blocks."""
    raw = b64decode("".join(data.split()), validate=True)
    if not raw or len(raw) % BLOCK:
        raise BlockError("not a whole number of cipher blocks")
    return AES.new(aes_key, AES.MODE_ECB).decrypt(raw)


class BlockError(ValueError):
    """The envelope is base64, but not a whole number of blocks."""


def parse_value(plain: bytes) -> Any:
    """Return the JSON value that was encrypted; raise ValueError if there is none.

    Only padding may follow it: nothing, NUL bytes (as needed or a whole block), or
    PKCS#7. Any of these is accepted by devices.
    """
    text = plain.decode().lstrip(" \r\n\t")
    found, end = json.JSONDecoder().raw_decode(text)
    rest = text[end:].encode()
    pkcs7 = bool(rest) and len(rest) <= BLOCK and set(rest) == {len(rest)}
    if not pkcs7 and rest.strip(b"\0 \r\n\t"):
        raise ValueError("more than padding after the value")
    return found


def parse_plain(plain: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a decrypted envelope, None if there is none."""
    try:
        found = parse_value(plain)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
