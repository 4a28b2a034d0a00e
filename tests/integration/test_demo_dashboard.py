"""The first page of the demo, of real entities: what is wrong stands at its top."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.whatsminer.const import DOMAIN
from scripts.demo_home.dashboard import build, miners, sums
from scripts.demo_home.home import Home
from tests.conftest import at_home
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import device_id, enter, poll, value
from .test_events import TURNS


@dataclass
class Demo:
    """Two miners, and the first page of them."""

    hass: HomeAssistant
    machines: list[SimulatedMiner]
    devices: list[str]

    @property
    def page(self) -> dict[str, Any]:
        """Return the first page."""
        registry = [
            {
                "unique_id": entry.unique_id,
                "platform": entry.platform,
                "disabled_by": entry.disabled_by,
                "device_id": entry.device_id,
                "entity_id": entry.entity_id,
            }
            for entry in er.async_get(self.hass).entities.values()
        ]
        names = dict.fromkeys(self.devices, "Miner")
        page: dict[str, Any] = build(names, miners(registry))["views"][0]
        return page

    def is_shown(self, part: dict[str, Any]) -> bool:
        """Return whether one of the conditions of a section holds, as the browser sees it."""
        (either,) = part["visibility"]
        assert either["condition"] == "or"
        return any(
            value(self.hass, each["entity"]) in each["state"]
            for each in either["conditions"]
        )

    def render(self, card: dict[str, Any]) -> str:
        """Return what a card says."""
        template = Template(card["content"], self.hass)
        return str(template.async_render(parse_result=False))


async def test_sums_follow(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_access_token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A start of the demo gives the helpers of the charts the miners that were added."""
    assert await async_setup_component(hass, "config", {})
    url = (await hass_client()).make_url("/")
    power = ["sensor.first", "sensor.second"]
    for sensor in power:
        hass.states.async_set(sensor, "3000", {"unit_of_measurement": "W"})
    async with Home(str(url)) as home:
        monkeypatch.setattr(home, "_token", hass_access_token)
        await home.add_sum("Farm power", power[:1])
        await home.add_sum("Mine", power[:1])
        found = [{"sensor.power": each} for each in power]
        await home.change_sums(sums([*found, {"sensor.hashrate": "sensor.rate"}]))
        await hass.async_block_till_done()
        assert float(value(hass, "sensor.farm_power")) == 6000
        assert float(value(hass, "sensor.mine")) == 3000
        # One that was deleted is not made again.
        assert hass.states.get("sensor.farm_hashrate") is None
        # A miner without power is not in the sum, as in a new helper.
        hass.states.async_set(power[0], "unavailable")
        await hass.async_block_till_done()
        assert float(value(hass, "sensor.farm_power")) == 3000


@pytest.fixture
async def demo(
    hass: HomeAssistant, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Demo]:
    """Run two miners that mine; each poll asks for errors."""
    monkeypatch.setattr(TURNS, {"get_error_code": 0.0})
    async with AsyncExitStack() as stack:
        machines, devices = [], []
        for index in range(2):
            machine = at_home(index=index, clock=clock)
            await stack.enter_async_context(machine)
            machines.append(machine)
            devices.append(device_id(hass, await enter(hass, machine)))
        yield Demo(hass, machines, devices)
        for entry in hass.config_entries.async_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)


async def test_problems(hass: HomeAssistant, demo: Demo, clock: ManualClock) -> None:
    """One card names the miners that have a problem now; without one it is not there."""
    top = demo.page["sections"][0]
    assert top["column_span"] == len(demo.machines)
    (card,) = top["cards"]
    assert not demo.is_shown(top)
    assert demo.render(card) == ""

    first, second = demo.machines
    first.machine.error_codes[110] = clock.now()
    await poll(hass)
    assert demo.is_shown(top)
    text = demo.render(card)
    assert value(hass, "sensor.miner_error") in text
    assert f"/config/devices/device/{demo.devices[0]}" in text
    assert demo.devices[1] not in text
    # The section of the miner says it, too.
    (words,) = (
        each for each in demo.page["sections"][1]["cards"] if each["type"] == "markdown"
    )
    error = value(hass, "sensor.miner_error")
    assert demo.render(words) == f"<ha-alert alert-type='error'>{error}</ha-alert>"

    first.machine.error_codes.clear()
    await second.stop()
    await poll(hass)
    assert demo.is_shown(top)
    text = demo.render(card)
    assert "does not answer" in text
    assert demo.devices[0] not in text
    await second.start()
    await poll(hass)
    assert not demo.is_shown(top)
