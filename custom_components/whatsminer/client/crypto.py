"""Keys, tokens and envelopes: md5-crypt (API v2), SHA-256 (v3), AES-256 in ECB mode.

The only file that imports passlib (md5-crypt with a given salt, which Python's own
library does not offer) and pycryptodome (AES). Deriving a key takes some 0.6 ms on a
desktop, once per token in 25 minutes: not worth a thread.
"""

from base64 import b64decode, b64encode
import binascii
import hashlib
from typing import Self

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad
from passlib.hash import md5_crypt

from .exceptions import InvalidResponse

_BLOCK = 16


def md5crypt(secret: str, salt: str) -> str:
    """Return the 22 characters that `openssl passwd -1` prints after the salt.

    Raises InvalidResponse for a salt that md5-crypt does not allow.
    """
    try:
        return str(md5_crypt.using(salt=salt).hash(secret)).split("$")[3]
    except (TypeError, ValueError) as err:
        raise InvalidResponse("the miner sent an unusable salt") from err


def sign_token(key: str, time: str, newsalt: str) -> str:
    """Return the token: md5-crypt of the key and the last four digits of the time."""
    return md5crypt(key + time[-4:], newsalt)


class Envelope:
    """Encrypt requests and decrypt answers with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        """Prepare the cipher."""
        self._aes = AES.new(key, AES.MODE_ECB)

    @classmethod
    def of_key(cls, key: str) -> Self:
        """Return the envelope of API v2, whose AES key comes from an md5-crypt key."""
        return cls(hashlib.sha256(key.encode()).digest())

    def seal(self, plain: str) -> str:
        """Return the text encrypted and in base64, padded by bytes with NUL."""
        data = plain.encode()
        data += b"\0" * (-len(data) % _BLOCK)
        return b64encode(self._aes.encrypt(data)).decode()

    def seal_pkcs7(self, plain: str) -> str:
        """Return the text encrypted and in base64, padded as API v3 wants it."""
        return b64encode(self._aes.encrypt(pad(plain.encode(), _BLOCK))).decode()

    def open(self, sealed: str) -> bytes:
        """Return what was sealed, without its padding.

        Raises InvalidResponse when it is not base64 or not whole blocks.
        """
        try:
            # OpenSSL's base64 breaks the lines; whether a device does is not known.
            data = b64decode("".join(sealed.split()), validate=True)
            return _unpad(self._aes.decrypt(data))
        except (binascii.Error, ValueError) as err:
            raise InvalidResponse("the answer cannot be decrypted") from err


def _unpad(data: bytes) -> bytes:
    """Return the text without its padding: NULs, PKCS#7, or one after the other.

    Devices pad with NUL, MicroBT's own driver and its recordings with PKCS#7. JSON ends
    with neither, so that there is no doubt.
    """
    data = data.rstrip(b"\0")
    count = data[-1] if data else 0
    if 0 < count <= _BLOCK and data.endswith(bytes([count]) * count):
        data = data[:-count].rstrip(b"\0")
    return data


class TokenV3:
    """The token of one command of API v3, and the envelope for its parameter."""

    def __init__(self, command: str, password: str, salt: str, time: int) -> None:
        """Make the token; `time` is the request's `ts`, in Unix seconds.

        Raises InvalidResponse for a salt that is no text.
        """
        try:
            secret = f"{command}{password}{salt}{time}".encode()
        except UnicodeEncodeError as err:
            raise InvalidResponse("the miner sent an unusable salt") from err
        digest = hashlib.sha256(secret).digest()
        self.text = b64encode(digest).decode()[:8]
        self.envelope = Envelope(digest)
