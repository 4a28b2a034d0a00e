"""What a person may paste as an address: understood, or said to be none."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.discovery.address import parse_address, write_address

NO_ADDRESSES = (
    *("", " ", ".", "..", "a..b", ".a", "miner.local.", "-x", "x-", "a.-b"),
    *("a\0b", "\0", "host name", "two\twords", "localhost\r\nX", "1.2.3.4\x85"),
    *("\u202e1.2.3.4", "\u200b1.2.3.4", "1.2.3.4\u00a0", "\ufeff1.2.3.4"),
    *("\uff11.2.3.4", "\u0661.2.3.4", "1\u30022.3.4", "b\u00fccher.example"),
    *("\ud83d", "rig7\ud83d", "\u2460"),
    *("192.168.1.0/24", "192.168.1.0/255.255.255.0", "http://192.168.1.0/24"),
    *("192.168.1.10-60", "192.168.1.10-192.168.2.20", "10-60", "1.2.3.4, 1.2.3.5"),
    *("1.2.3.4.5", "1.2.3", "999.1.1.1", "1.2.3.256", "01.2.3.4", "127.1", "1", "0"),
    *("2130706433", "0x7f000001", "0x7f.1", "1.2.3.0x4", "1.2.3.4-"),
    *("0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "::", "ff02::1"),
    *(
        "[::1",
        "::1]",
        "[]",
        "[1.2.3.4]",
        "[x]",
        "a:b:c:d:e:x:y:z:",
        "1:2",
        "fe80::1::2",
    ),
    *("1.2.3.4:", "1.2.3.4:0", "1.2.3.4:99999", "1.2.3.4:65536", "1.2.3.4:-1"),
    *("1.2.3.4:x", "1.2.3.4: 5028", "1.2.3.4:\uff15", "1.2.3.4:123456", ":4028"),
    *("user:pw@1.2.3.4", "user@1.2.3.4", "http://user:pw@1.2.3.4/", "1.2.3.4@x"),
    *("http://", "https:///x", "//1.2.3.4", "ftp://1.2.3.4", "javascript:alert(1)"),
    *("file:///etc/passwd", "http:1.2.3.4", "http://http://1.2.3.4", "http://a b/"),
    *("1.2.3.4?x", "1.2.3.4#x", "1.2.3.4\\x", "1.2.3.4;x", "1.2.3.4%00", "a%20b"),
    *("<b>", "'", '"', "$(id)", "`id`", "{{ 1 }}", "*", "~", "a" * 64, "a" * 300),
    ".".join(["a" * 60] * 5),
)


@pytest.mark.parametrize("written", NO_ADDRESSES)
def test_no_address(written: str) -> None:
    """What is none is not taken as something else."""
    assert parse_address(written) is None


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("192.168.1.50", "192.168.1.50", None),
        (" 192.168.1.50\r\n", "192.168.1.50", None),
        ("192.168.1.50:4028", "192.168.1.50", None),
        ("192.168.1.50:5028", "192.168.1.50", 5028),
        ("192.168.1.50:65535", "192.168.1.50", 65535),
        ("192.168.1.50/", "192.168.1.50", None),
        ("192.168.1.50/cgi-bin/luci", "192.168.1.50", None),
        ("http://192.168.1.50", "192.168.1.50", None),
        ("http://192.168.1.50/cgi-bin/luci", "192.168.1.50", None),
        ("HTTPS://192.168.1.50:443/cgi-bin/luci?a=b&c=%20#d", "192.168.1.50", None),
        ("http://192.168.1.50:8080", "192.168.1.50", None),
        ("http://Rig-7.Local/", "rig-7.local", None),
        ("localhost", "localhost", None),
        ("miner.local", "miner.local", None),
        ("7rig", "7rig", None),
        ("rig_7.lan:5028", "rig_7.lan", 5028),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", None),
        ("a" * 63, "a" * 63, None),
        ("fe80::1", "fe80::1", None),
        ("FE80:0:0::1", "fe80::1", None),
        ("fe80::1%eth0", "fe80::1%eth0", None),
        ("[fe80::1]", "fe80::1", None),
        ("[fe80::1]:5028", "fe80::1", 5028),
        ("http://[fe80::1]:80/cgi-bin/luci", "fe80::1", None),
    ],
)
def test_address(written: str, host: str, port: int | None) -> None:
    """Addresses and pasted links are understood, and written as they can be entered."""
    data: dict[str, Any] = {CONF_HOST: host}
    if port is not None:
        data[CONF_PORT] = port
    assert parse_address(written) == data
    assert parse_address(write_address(data)) == data


@pytest.mark.parametrize(
    "written", ["a\0b", "192.168.1.0/24", "localhost\r\nX", "\u202e1.2.3.4", "\ud83d"]
)
async def test_said_so(hass: HomeAssistant, written: str) -> None:
    """The form says it at the field, and keeps what was typed."""
    result: Any = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "address"}
    )
    entered = {CONF_HOST: written, CONF_PASSWORD: "typed"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], entered)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {CONF_HOST: "invalid_host"}
    assert {
        str(marker.schema): marker.description["suggested_value"]
        for marker in result["data_schema"].schema
    } == entered
