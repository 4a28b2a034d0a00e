"""The web page, by which programs of others find a miner."""

from collections.abc import AsyncIterator
import ssl

import aiohttp
import pytest

from tests.simulator import ManualClock, SimulatedMiner
from tests.simulator.__main__ import build_miners, build_parser
from tests.simulator.generation import GENERATIONS


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client that takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector) as client:
        yield client


@pytest.mark.parametrize("api", GENERATIONS)
async def test_pages(session: aiohttp.ClientSession, api: str) -> None:
    """The page on http goes to https, and from there to the login of LuCI."""
    sim = SimulatedMiner(api=api, clock=ManualClock(), web_ports=(0, 0))
    async with sim:
        assert sim.web_ports is not None
        http, https = sim.web_ports
        url = f"http://{sim.host}:{http}/"
        # What pyasic-rs looks for.
        async with session.get(url, allow_redirects=False) as answer:
            assert answer.status == 307
            assert answer.headers["Location"] == f"https://{sim.host}:{https}/"
        # What pyasic looks for.
        async with session.get(url) as answer:
            assert answer.status == 200
            assert [each.status for each in answer.history] == [307]
            assert "/cgi-bin/luci" in await answer.text()
        async with session.get(f"{url}cgi-bin/luci") as answer:
            assert answer.status == 403
            text = await answer.text()
            assert "luci_username" in text
            assert "luci_password" in text
        async with session.get(f"{url}other") as answer:
            assert answer.status == 404
        await sim.stop()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)
        await sim.start()
        assert sim.web_ports == (http, https)
        async with session.get(url) as answer:
            assert answer.status == 200
        assert not sim.log.requests
        assert sim.log.connections == 0


async def test_certificate(session: aiohttp.ClientSession) -> None:
    """It is signed by itself: nobody else vouches for it."""
    sim = SimulatedMiner(clock=ManualClock(), web_ports=(0, 0))
    async with sim:
        assert sim.web_ports is not None
        url = f"https://{sim.host}:{sim.web_ports[1]}/"
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url, ssl=ssl.create_default_context())


async def test_none_unless_asked_for() -> None:
    """Only who asks for it has one; the command line takes both ports."""
    assert SimulatedMiner().web_ports is None
    (miner,) = build_miners(build_parser().parse_args(["--web-ports", "80,443"]))
    assert miner.web_ports == (80, 443)
    for wrong in ("80", "80,443,1", "a,b"):
        args = build_parser().parse_args(["--web-ports", wrong])
        with pytest.raises(ValueError, match=r"unpack|invalid literal"):
            build_miners(args)
