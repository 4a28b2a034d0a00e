"""Keys, signs and envelopes of API v2: md5-crypt and AES-256 in ECB mode.

The only file that imports passlib (md5-crypt with a given salt, which Python's own
library does not offer) and pycryptodome (AES). Deriving a key takes about 0.6 ms on a
desktop, once per token in 25 minutes: not worth a thread.
"""

from base64 import b64decode, b64encode
import binascii
import hashlib

from Crypto.Cipher import AES
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
    """Encrypt requests and decrypt answers with the key of one password."""

    def __init__(self, key: str) -> None:
        """Make the AES key of an md5-crypt key."""
        self._aes = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_ECB)

    def seal(self, plain: str) -> str:
        """Return the text encrypted and in base64, padded by bytes with NUL."""
        data = plain.encode()
        data += b"\0" * (-len(data) % _BLOCK)
        return b64encode(self._aes.encrypt(data)).decode()

    def open(self, sealed: str) -> bytes:
        """Return what was sealed, without its padding.

        Raises InvalidResponse when it is not base64 or not whole blocks.
        """
        try:
            data = b64decode(sealed, validate=True)
            return self._aes.decrypt(data).rstrip(b"\0")
        except (binascii.Error, ValueError) as err:
            raise InvalidResponse("the answer cannot be decrypted") from err
