"""Talk to a simulated miner, byte by byte."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import hashlib
import json
from pathlib import Path
from typing import Any

from Crypto.Cipher import AES

from tests.simulator import SimulatedMiner, crypto

type Json = dict[str, Any]


def recorded(name: str) -> Json:
    """Return a recorded answer."""
    path = Path(__file__).parent / "recorded" / f"{name}.json"
    found: Json = json.loads(path.read_text())
    return found


async def exchange(miner: SimulatedMiner, *pieces: bytes, eof: bool = False) -> bytes:
    """Send a request in pieces and return all bytes until the miner closes."""
    reader, writer = await asyncio.open_connection(miner.host, miner.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005 if len(pieces) > 1 else 0)
        if eof:
            writer.write_eof()
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


async def ask(miner: SimulatedMiner, command: str, **params: Any) -> Json:
    """Send a plain command and return the answer."""
    data = await exchange(miner, json.dumps({"cmd": command, **params}).encode())
    found: Json = json.loads(data)
    return found


async def read_summary(miner: SimulatedMiner) -> Json:
    """Return the fields of summary."""
    fields: Json = (await ask(miner, "summary"))["SUMMARY"][0]
    return fields


def seal(aes_key: bytes, plain: bytes) -> bytes:
    """Encrypt what is padded already and wrap it."""
    data = b64encode(AES.new(aes_key, AES.MODE_ECB).encrypt(plain)).decode()
    return json.dumps({"enc": 1, "data": data}).encode()


def pad_nul(plain: bytes) -> bytes:
    """Pad with NUL if needed."""
    return plain + bytes(-len(plain) % 16)


class Session:
    """A client with a token."""

    def __init__(self, miner: SimulatedMiner, aes_key: bytes, sign: str) -> None:
        """Remember the token."""
        self.miner = miner
        self.aes_key = aes_key
        self.sign = sign

    @classmethod
    async def open(cls, miner: SimulatedMiner, password: str = "admin") -> Session:
        """Fetch a token."""
        msg = (await ask(miner, "get_token"))["Msg"]
        key = crypto.derive_key(password, msg["salt"])
        sign = crypto.derive_sign(key, msg["time"], msg["newsalt"])
        return cls(miner, crypto.derive_aes_key(key), sign)

    async def send(self, command: str, **params: Any) -> bytes:
        """Send an encrypted command and return the bytes of the answer."""
        plain = json.dumps({"cmd": command, "token": self.sign, **params}).encode()
        return await exchange(self.miner, seal(self.aes_key, pad_nul(plain)))

    def unseal(self, data: bytes) -> Json:
        """Return an encrypted answer; fail if it is plain."""
        outer = json.loads(data)
        assert set(outer) == {"enc"}
        inner = crypto.decrypt(self.aes_key, outer["enc"])
        found: Json = json.loads(inner.rstrip(b"\0"))
        return found

    async def run(self, command: str, **params: Any) -> Json:
        """Send an encrypted command and return the decrypted answer."""
        return self.unseal(await self.send(command, **params))


class V3Client:
    """A connection to API v3."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        password: str = "super",
        account: str = "super",
    ) -> None:
        """Remember the streams; the salt is the factory's until asked for."""
        self.reader = reader
        self.writer = writer
        self.password = password
        self.account = account
        self.salt = "BQ5hoXV9"
        self.ts = 1_700_000_000

    @classmethod
    @asynccontextmanager
    async def open(
        cls, miner: SimulatedMiner, password: str = "super", account: str = "super"
    ) -> AsyncGenerator[V3Client]:
        """Connect."""
        reader, writer = await asyncio.open_connection(miner.host, miner.v3_port)
        try:
            yield cls(reader, writer, password, account)
        finally:
            writer.close()

    def write(self, request: Json | bytes) -> None:
        """Send a frame."""
        data = request if isinstance(request, bytes) else json.dumps(request).encode()
        self.writer.write(len(data).to_bytes(4, "little") + data)

    async def read(self) -> Json:
        """Return the next frame."""
        async with asyncio.timeout(60):
            length = int.from_bytes(await self.reader.readexactly(4), "little")
            found: Json = json.loads(await self.reader.readexactly(length))
        return found

    async def ask(self, command: str, *param: Any) -> Json:
        """Send a reading command and return the answer."""
        self.write({"cmd": command, **({"param": param[0]} if param else {})})
        return await self.read()

    def sealed(self, command: str, plain: Any, *, zeros: bool = False) -> str:
        """Return an encrypted parameter."""
        text = json.dumps(plain, separators=(",", ":")).encode()
        fill = -len(text) % 16 if zeros else 16 - len(text) % 16
        padded = text + bytes([0 if zeros else fill]) * fill
        data = AES.new(self.digest(command), AES.MODE_ECB).encrypt(padded)
        return b64encode(data).decode()

    def digest(self, command: str) -> bytes:
        """Return what token and key are made of."""
        secret = f"{command}{self.password}{self.salt}{self.ts}"
        return hashlib.sha256(secret.encode()).digest()

    async def run(self, command: str, *param: Any, **more: Any) -> Json:
        """Send a writing command and return the answer."""
        self.write(
            {
                "cmd": command,
                "ts": self.ts,
                "token": b64encode(self.digest(command)).decode()[:8],
                "account": self.account,
                **({"param": param[0]} if param else {}),
                **more,
            }
        )
        return await self.read()


def kinds(value: Any) -> Any:
    """Return the kind of a value and of all in it; numbers are of one kind."""
    if isinstance(value, dict):
        return {name: kinds(item) for name, item in value.items()}
    if isinstance(value, list):
        return [kinds(item) for item in value[:1]]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return type(value).__name__
