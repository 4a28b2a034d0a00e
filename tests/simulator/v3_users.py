"""Accounts of API v3: passwords, the salt, permissions."""

from random import Random
import string

from . import v3_crypto

FACTORY_SALT = "BQ5hoXV9"
"""The same for v2 and v3, on unrelated devices."""
SUPER = "super"
USERS = ("user1", "user2", "user3")
ACCOUNTS = (SUPER, *USERS)

_SALT_ALPHABET = string.ascii_letters + string.digits


class Users:
    """Keep the accounts; `admin` is deprecated and not one of them."""

    def __init__(self, random: Random, password: str | None = None) -> None:
        """Start with the factory's passwords, or another one of `super`."""
        self._random = random
        self.reset()
        if password is not None:
            self.passwords[SUPER] = password

    def reset(self) -> None:
        """Go back to the factory's passwords and permissions."""
        self.passwords = {name: name for name in ACCOUNTS}
        self.permissions: dict[str, set[str]] = {name: set() for name in USERS}
        self.salt = FACTORY_SALT

    def set_password(self, account: str, password: str) -> None:
        """Change a password; the salt changes with it."""
        self.passwords[account] = password
        self.salt = "".join(self._random.choices(_SALT_ALPHABET, k=8))

    def digest(self, account: object, command: str, ts: object) -> bytes | None:
        """Return the digest of a request, None for an unknown account."""
        if not isinstance(account, str) or account not in self.passwords:
            return None
        password = self.passwords[account]
        return v3_crypto.derive_digest(command, password, self.salt, ts)

    def check(self, digest: bytes | None, token: object) -> bool:
        """Tell whether a token belongs to a digest.

        Nothing is known of an allowed difference of clocks, or of a token sent twice:
        any `ts` goes, any number of times.
        """
        if digest is None or not isinstance(token, str):
            return False
        return v3_crypto.derive_token(digest) == token

    def may(self, account: str, command: str) -> bool:
        """Tell whether an account may give a command."""
        return account == SUPER or command in self.permissions[account]

    def masks(self) -> str:
        """Return the permissions as the device shows them.

        The meaning of the bits is not known: one bit for each command here.
        """
        shown = {SUPER: 255}
        for name, commands in self.permissions.items():
            shown[name] = min(255, (1 << len(commands)) - 1)
        return " ".join(f"{name}={mask}" for name, mask in shown.items())
