"""Addresses, as a user writes them and as an entry holds them."""

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address, IPv6Address
import re
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT

from ..client import DEFAULT_PORT

# An IPv6 address in brackets or anything else without a colon, and a port. Behind it a
# link may go on, but not with the digits of a network.
_ADDRESS = re.compile(
    r"(?P<scheme>https?://)?"
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|(?P<host>[\w.-]+))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/(?:[a-z?#][!-~]*)?)?",
    re.ASCII | re.IGNORECASE,
)
_POOL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?(?P<address>[^/?#\s]+)(?:[/?#][!-~]*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-f]*")
_LONGEST_NAME = 253


def parse_address(address: str) -> dict[str, Any] | None:
    """Return host and port out of what a user may have copied; None when it is none."""
    address = address.strip(" \t\r\n")
    if address.count(":") > 1 and "[" not in address and "/" not in address:
        address = f"[{address}]"  # an IPv6 address
    if (match := _ADDRESS.fullmatch(address)) is None:
        return None
    if match["ipv6"]:
        host = _usable(IPv6Address, match["ipv6"])
    else:
        host = _name(match["host"].lower())
    if host is None:
        return None
    port = int(match["port"] or DEFAULT_PORT)
    if not 1 <= port <= 65535:
        return None
    # An address copied from the browser names the port of the web page, if any.
    if match["scheme"] or port == DEFAULT_PORT:
        return {CONF_HOST: host}
    return {CONF_HOST: host, CONF_PORT: port}


def is_pool(url: str) -> bool:
    """Return whether this can be a pool's address: a host, with a scheme or a port.

    All that miners report has both. What follows is the pool's own.
    """
    match = _POOL.fullmatch(url)
    if match is None or parse_address(match["address"]) is None:
        return False
    return match["scheme"] is not None or ":" in match["address"]


def write_address(data: Mapping[str, Any]) -> str:
    """Return host and port of an entry as a user would write them.

    Nothing if somebody has made the host one that cannot be.
    """
    host = data.get(CONF_HOST)
    if not isinstance(host, str) or parse_address(host) is None:
        return ""
    if CONF_PORT not in data:
        return host
    return f"[{host}]:{data[CONF_PORT]}" if ":" in host else f"{host}:{data[CONF_PORT]}"


def _name(host: str) -> str | None:
    """Return a host name or IPv4 address that is one."""
    labels = host.split(".")
    if len(host) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        return None
    # Without a letter at its end it is no name, but a range, or what resolvers take for
    # an address that nobody meant, such as "127.1" and "0x7f000001".
    if not re.search(r"[a-z]", labels[-1]) or _HEXADECIMAL.fullmatch(labels[-1]):
        return _usable(IPv4Address, host)
    return host


def _usable(kind: type[IPv4Address | IPv6Address], host: str) -> str | None:
    """Return an address in its usual form, if one device can have it."""
    try:
        address = kind(host)
    except AddressValueError:
        return None
    everybody = address.is_multicast or (address.version == 4 and address.is_reserved)
    return None if everybody or address.is_unspecified else str(address)
