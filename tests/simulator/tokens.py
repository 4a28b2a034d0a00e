"""The admin password, its salt, and the tokens handed out."""

from dataclasses import dataclass
from random import Random
import string

from . import crypto

FACTORY_PASSWORD = "admin"
FACTORY_SALT = "BQ5hoXV9"
TOKEN_LIFETIME = 30 * 60
MAX_CLIENTS = 16
MAX_TOKENS_PER_CLIENT = 32

_SALT_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Token:
    """Hold one token."""

    time: str
    newsalt: str
    sign: str
    client: str
    expires: float


class TokenTable:
    """Keep the password, its salt and the live tokens."""

    def __init__(self, password: str, random: Random) -> None:
        """Start with the factory salt, whatever the password is.

        Unrelated devices in the field show the same factory salt, some with a
        password of their own.
        """
        self._random = random
        self.lifetime: float = TOKEN_LIFETIME
        self.max_clients = MAX_CLIENTS
        self.max_tokens = MAX_TOKENS_PER_CLIENT
        self.pause: float = 0.0
        """Refuse for so long after each request, as one M60S was seen to (180 s)."""
        self._asked = 0.0
        self.set_password(password, FACTORY_SALT)

    def set_password(self, password: str, salt: str | None = None) -> None:
        """Change the password: a new salt, and all tokens are dead."""
        self.password = password
        self.salt = salt or self._make_salt()
        self.key = crypto.derive_key(password, self.salt)
        self.aes_key = crypto.derive_aes_key(self.key)
        self.tokens: list[Token] = []

    def clear(self) -> None:
        """Forget all tokens, as a reboot does."""
        self.tokens.clear()

    def issue(self, client: str, wall: float) -> Token | None:
        """Hand out a token; None if the client or the table has too many."""
        self._expire(wall)
        asked, self._asked = self._asked, wall
        if wall < asked + self.pause:
            return None
        others = {token.client for token in self.tokens} - {client}
        mine = sum(token.client == client for token in self.tokens)
        if mine >= self.max_tokens or len(others) >= self.max_clients:
            return None
        time = f"{int(wall) % 10000:04d}"
        newsalt = self._make_salt()
        token = Token(
            time=time,
            newsalt=newsalt,
            sign=crypto.derive_sign(self.key, time, newsalt),
            client=client,
            expires=wall + self.lifetime,
        )
        self.tokens.append(token)
        return token

    def adopt(self, time: str, newsalt: str, wall: float) -> Token:
        """Enter a token whose time and salt are given (recorded exchanges)."""
        sign = crypto.derive_sign(self.key, time, newsalt)
        token = Token(time, newsalt, sign, "", wall + self.lifetime)
        self.tokens.append(token)
        return token

    def check(self, sign: object, wall: float) -> bool:
        """Tell whether a sign belongs to a live token.

        Not bound to the client that fetched it: no source says whether devices do.
        """
        self._expire(wall)
        return any(token.sign == sign for token in self.tokens)

    def _expire(self, wall: float) -> None:
        """Drop the tokens whose time is over."""
        self.tokens = [token for token in self.tokens if token.expires > wall]

    def _make_salt(self) -> str:
        """Return eight random characters."""
        return "".join(self._random.choices(_SALT_ALPHABET, k=8))
