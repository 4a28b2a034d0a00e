"""Talk to a simulated miner, byte by byte."""

import asyncio
from base64 import b64encode
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
        async with asyncio.timeout(3):
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
