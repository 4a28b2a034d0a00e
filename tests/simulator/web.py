"""The web page of a miner: only what shows who it is, there is nothing to do on it.

Ports 80 and 443 are LuCI: http goes to https with a 307, the certificate is signed by
itself, the first page goes to /cgi-bin/luci with its login form (`reference.md`, 7).
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory
from typing import override

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from .device import Device
from .listener import Listener
from .traffic import Traffic

_TIMEOUT = 10.0
_LUCI = "/cgi-bin/luci"
_INDEX = f"""\
<!DOCTYPE html>
<html><head>
<meta http-equiv="refresh" content="0; URL={_LUCI}" />
</head><body><a href="{_LUCI}">LuCI - Lua Configuration Interface</a></body></html>
"""
_LOGIN = f"""\
<!DOCTYPE html>
<html><head><title>WhatsMiner - LuCI</title></head><body>
<form method="post" action="{_LUCI}">
<input type="text" name="luci_username" value="admin" />
<input type="password" name="luci_password" />
<input type="submit" value="Login" />
</form></body></html>
"""


class WebPage:
    """Serve the web page on two ports, http and https."""

    def __init__(self, device: Device, host: str) -> None:
        """Prepare both; nothing listens yet."""
        traffic = Traffic(f"{host} web")
        self._host = host
        self._plain = _Redirect(device, traffic)
        self._secure = _Pages(device, traffic)

    async def start(self, port: int, secure_port: int) -> tuple[int, int]:
        """Listen and return the ports."""
        if not self._secure.listening:
            secure_port = await self._secure.start(
                self._host, secure_port, _make_context(self._host)
            )
            self._plain.to = f"https://{self._host}:{secure_port}".removesuffix(":443")
            port = await self._plain.start(self._host, port)
        return port, secure_port

    async def stop(self) -> None:
        """Stop listening."""
        await self._plain.stop()
        await self._secure.stop()


class _HttpListener(Listener):
    """Answers one request per connection."""

    @override
    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer, whatever the method is."""
        async with asyncio.timeout(_TIMEOUT):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.LimitOverrunError:
                return
        words = head.split(b"\r\n")[0].decode("latin-1").split(" ")
        if len(words) != 3:
            return
        status, header, body = self._answer(words[1])
        lines = (
            f"HTTP/1.1 {status}",
            "Connection: close",
            header,
            f"Content-Length: {len(body)}",
        )
        writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1"))
        await writer.drain()

    def _answer(self, path: str) -> tuple[str, str, str]:
        """Return status, a header and the body."""
        raise NotImplementedError


class _Redirect(_HttpListener):
    """Sends everybody to https."""

    to = ""

    @override
    def _answer(self, path: str) -> tuple[str, str, str]:
        """Return the same path there."""
        return "307 Temporary Redirect", f"Location: {self.to}{path}", ""


class _Pages(_HttpListener):
    """Shows the first page and the login form."""

    @override
    def _answer(self, path: str) -> tuple[str, str, str]:
        """Return a page; without login LuCI answers 403 with its form."""
        html = "Content-Type: text/html; charset=UTF-8"
        if path in ("/", "/index.html"):
            return "200 OK", html, _INDEX
        if path.startswith(_LUCI):
            return "403 Forbidden", html, _LOGIN
        return "404 Not Found", html, ""


def _make_context(host: str) -> ssl.SSLContext:
    """Return what https needs, with a new certificate that nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "web.pem"
        path.write_bytes(pem + certificate.public_bytes(Encoding.PEM))
        context.load_cert_chain(path)
    return context
