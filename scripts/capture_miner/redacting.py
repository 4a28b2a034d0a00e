"""Take secrets out of recorded answers without touching anything else in them.

It works on the text and not on what it means, so that JSON that is broken, or cut off,
stays exactly as broken. What was masked once is masked wherever else it stands.
"""

from collections.abc import Callable
from functools import partial
import re

from custom_components.whatsminer.client.protocol import (
    IPV4_ADDRESS,
    IPV6_ADDRESS,
    MAC_ADDRESS,
    Secret,
    secret_by_name,
)

type Mask = Callable[[str], str]

_NAME = re.compile(r'(?="([^"\\]{1,60})"\s*:)')
_URL = re.compile(
    r"((?:\w|\+)+:(?:\\?/){2})?(?:[^@/\\]*@)?([^:/\\]+)(:\d+)?.*", re.DOTALL
)
_ANY_ADDRESS = "192.0.2.1"
_ANY_IPV6 = "2001:db8::1"
_WITH_NUMBERS = (Secret.SERIAL, Secret.ACCOUNT, Secret.KEY)
# Shorter ones would be found in words that have nothing to do with them.
_SHORTEST_ELSEWHERE = 6


def _zeros(value: str) -> str:
    """Return a number or serial of which only the kind is left, in the first letters."""
    if "\\" in value:
        return "0"
    kept = 3 if len(value) > 6 else 0
    return value[:kept] + re.sub(r"[^\W_]", "0", value[kept:])


def _chip(value: str) -> str:
    """Return the kind of chip without its lot and date."""
    kind, dash, rest = value.partition("-")
    rest = re.sub(r"[0-9]", "0", rest)
    return kind + dash + rest if dash else _zeros(value)


def _address(value: str) -> str:
    """Return no address; nothing in the form of "10.0.0.1" is left."""
    return " ".join(_ANY_ADDRESS for _ in value.split()) if value.strip() else value


class Redactor:
    """Mask the answers of one miner; the same secret always becomes the same mask."""

    def __init__(self, *secrets: str) -> None:
        """Start; `secrets` are masked wherever they stand."""
        self._secrets: dict[str, str] = {}
        self._hosts: dict[str, str] = {}
        self._workers: dict[str, str] = {}
        for secret in secrets:
            self._remember(secret, _ANY_ADDRESS)
        self._masks: dict[Secret, Mask] = {
            Secret.SERIAL: _zeros,
            Secret.KEY: lambda value: "0" * len(value),
            Secret.NOTE: lambda _: "text",
            Secret.CHIP: _chip,
            Secret.MAC: lambda mac: mac if MAC_ADDRESS.fullmatch(mac) else _zeros(mac),
            Secret.ADDRESS: _address,
            Secret.HOST: lambda name: name if name == "WhatsMiner" else "host",
            Secret.ACCOUNT: self._worker,
            Secret.POOL: self._url,
            Secret.PASSWORD: lambda _: "x",
        }

    def redact(self, answers: dict[str, bytes]) -> dict[str, bytes]:
        """Return the answers without secrets."""
        texts = {
            command: self._by_name(_decode(raw)) for command, raw in answers.items()
        }
        return {
            command: _encode(self._anywhere(text)) for command, text in texts.items()
        }

    def _by_name(self, text: str) -> str:
        """Mask what has the name of a secret, and all addresses."""
        names: dict[Secret, set[str]] = {}
        for name in set(_NAME.findall(text)):
            if (kind := secret_by_name(name)) is not None:
                names.setdefault(kind, set()).add(name)
        for kind, mask in self._masks.items():
            if kind in names:
                masked = partial(self._masked, mask)
                own = "|".join(map(re.escape, sorted(names[kind])))
                text = _field(own, digits=kind in _WITH_NUMBERS).sub(masked, text)
                text = _list(own).sub(partial(self._masked_list, kind), text)
        text = MAC_ADDRESS.sub(
            lambda match: match[1] + "00" + match[1][2] + "00" + match[1][2] + "00",
            text,
        )
        text = IPV6_ADDRESS.sub(_ANY_IPV6, text)
        return IPV4_ADDRESS.sub(_masked_ipv4, text)

    def _masked(self, mask: Mask, match: re.Match[str]) -> str:
        """Mask the value of one field, and remember it."""
        before, value, after = match.groups()
        if not value:
            return match[0]
        masked = mask(value)
        self._remember(value, masked)
        return str(before + masked + after)

    def _masked_list(self, kind: Secret, match: re.Match[str]) -> str:
        """Mask the texts of a list; public time servers are nobody's secret."""

        def masked(item: re.Match[str]) -> str:
            """Mask one of them."""
            text = item[1]
            if not text or text.endswith("pool.ntp.org"):
                return item[0]
            mask = self._masks[kind](text)
            self._remember(text, mask)
            return f'"{mask}"'

        return match[1] + re.sub(r'"([^"]*)"', masked, match[2])

    def _remember(self, secret: str, masked: str) -> None:
        """Remember what has to be masked wherever it stands.

        What is short, or might be a word, would be found where it means something else.
        """
        if len(secret) >= _SHORTEST_ELSEWHERE and not secret.isalpha():
            self._secrets[secret] = masked

    def _anywhere(self, text: str) -> str:
        """Mask what was masked somewhere wherever else it stands, longest first."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, self._secrets[secret])
        return text

    def _worker(self, name: str) -> str:
        """Return a name without the account."""
        return self._workers.setdefault(name, f"worker.{len(self._workers) + 1:03}")

    def _url(self, url: str) -> str:
        """Return an address of a pool without its host; scheme and port stay."""
        match = _URL.fullmatch(url)
        if match is None:
            return "pool.example.com"
        host = match[2].lower()
        masked = self._hosts.setdefault(host, f"pool{len(self._hosts) + 1}.example.com")
        self._remember(match[2], masked)
        return (match[1] or "") + masked + (match[3] or "")


def _field(names: str, *, digits: bool = False) -> re.Pattern[str]:
    """Return the pattern of fields with these names: text, even cut off, or digits."""
    value = r'(?<=")(?:[^"\\]|\\.)*'
    if digits:
        value += r"|(?<!\")\d{7,}"
    return re.compile(rf'("(?:{names})"\s*:\s*"?)({value})("?)', re.DOTALL)


def _list(names: str) -> re.Pattern[str]:
    """Return the pattern of fields with these names that hold a list of texts."""
    return re.compile(rf'("(?:{names})"\s*:\s*\[)([^\[\]{{}}]*)')


def _masked_ipv4(match: re.Match[str]) -> str:
    """Mask an address; a netmask, and what stands for all, is none."""
    return match[0] if match[0].startswith(("255.", "0.0")) else _ANY_ADDRESS


def _decode(raw: bytes) -> str:
    """Return the text, whatever the bytes are."""
    return raw.decode("utf-8", errors="surrogateescape")


def _encode(text: str) -> bytes:
    """Return the bytes again."""
    return text.encode("utf-8", errors="surrogateescape")
