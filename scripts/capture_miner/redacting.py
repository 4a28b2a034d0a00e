"""Take secrets out of recorded answers without touching anything else in them.

It works on the text and not on what it means, so that JSON that is broken, or cut off,
stays exactly as broken. What was masked once is masked wherever else it stands.
"""

from collections.abc import Callable
from functools import partial
import re

type Mask = Callable[[str], str]

_MAC = re.compile(
    r"(?i)(?<![\w:])((?:[0-9a-f]{2}[:-]){3})[0-9a-f]{2}([:-])[0-9a-f]{2}\2[0-9a-f]{2}(?![\w:])"
)
_ADDRESS = re.compile(r"(?<![\w.])(?!255\.|0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
_URL = re.compile(
    r"((?:\w|\+)+:(?:\\?/){2})?(?:[^@/\\]*@)?([^:/\\]+)(:\d+)?.*", re.DOTALL
)
_SERIALS = r"miner-?sn|power-?sn|sn|serial_no|PCB SN|pcbsn\d*"
_ANY_ADDRESS = "192.0.2.1"
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
        self._rules: tuple[tuple[re.Pattern[str], Mask], ...] = (
            (_field(_SERIALS, digits=True), _zeros),
            (_field("salt|newsalt|token"), lambda value: "0" * len(value)),
            (_field(r"customer-?sn|custom-sn|msg\d+"), lambda _: "text"),
            (_field(r"chip ?data\d*|chip"), _chip),
            (_field("mac"), lambda mac: mac if _MAC.fullmatch(mac) else _zeros(mac)),
            (_field("ip|gateway|dns"), _address),
            (_field("hostname"), lambda name: name if name == "WhatsMiner" else "host"),
            (_field(r"user|account|worker\d*"), self._worker),
            (_field(r"url|stratum url|pool\d*"), self._url),
            (_field(r"pass\d*|passwd\d*|password\d*"), lambda _: "x"),
        )

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
        for pattern, mask in self._rules:
            text = pattern.sub(partial(self._masked, mask), text)
        text = re.sub(r'(?i)("ntp(?:-server)?"\s*:\s*\[)([^\]]*)', _time_servers, text)
        text = _MAC.sub(lambda match: f"{match[1]}00{match[2]}00{match[2]}00", text)
        return _ADDRESS.sub(_ANY_ADDRESS, text)

    def _masked(self, mask: Mask, match: re.Match[str]) -> str:
        """Mask the value of one field, and remember it."""
        before, value, after = match.groups()
        if not value:
            return match[0]
        masked = mask(value)
        self._remember(value, masked)
        return str(before + masked + after)

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
    return re.compile(rf'(?i)("(?:{names})"\s*:\s*"?)({value})("?)', re.DOTALL)


def _time_servers(match: re.Match[str]) -> str:
    """Return a list of time servers without those that are nobody else's business."""

    def mask(server: re.Match[str]) -> str:
        """Mask one of them."""
        public = not server[1] or server[1].endswith("pool.ntp.org")
        return server[0] if public else '"ntp.example.org"'

    return str(match[1]) + re.sub(r'"([^"]*)"', mask, match[2])


def _decode(raw: bytes) -> str:
    """Return the text, whatever the bytes are."""
    return raw.decode("utf-8", errors="surrogateescape")


def _encode(text: str) -> bytes:
    """Return the bytes again."""
    return text.encode("utf-8", errors="surrogateescape")
