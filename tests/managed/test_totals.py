"""What a manager counts: energy, and how efficient each miner is."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home

pytestmark = pytest.mark.usefixtures("puppet")


async def test_totals(hass: HomeAssistant, time: TimeMachine) -> None:
    """Energy from surplus and grid, hashrate and efficiency of all miners."""
    async with a_home(
        hass, time, states=("hashing", "stopped"), mode=Mode.SOLAR
    ) as home:
        home.pv = 2300
        await home.live(3600, step=30)
        status = home.manager.status
        assert status.power == pytest.approx(home.power, rel=0.05)
        assert status.miners_mining == 1
        assert status.hashrate == pytest.approx(125, abs=10)
        assert status.efficiency == pytest.approx(26.4, abs=2)
        # 2 kW of 3.3 kW are from the sun, and all of the surplus is used.
        assert status.energy == pytest.approx(3.3, abs=0.2)
        assert status.energy_surplus_today == pytest.approx(2, abs=0.1)
        assert status.energy_grid_today == pytest.approx(1.3, abs=0.2)
        assert status.surplus_used_today == pytest.approx(100, abs=1)
        await home.live(16 * 3600, step=600)
        assert home.manager.status.energy_surplus_today == 0


async def test_totals_without_a_meter(hass: HomeAssistant, time: TimeMachine) -> None:
    """Where the energy comes from is not guessed once the meter counts as lost."""
    hass.states.async_set("sensor.price", "0.3", {"unit_of_measurement": "EUR/kWh"})
    options = {"price": "sensor.price"}
    async with a_home(hass, time, mode=Mode.FULL, options=options) as home:
        home.pv = 5000
        await home.live(3600, step=30)
        assert home.manager.status.cost_today is not None
        home.meter_works = False
        await home.live(900, step=30)
        known = home.manager.status
        assert known.energy_surplus_today
        await home.live(7200, step=30)
        status = home.manager.status
        assert status.energy_surplus_today == known.energy_surplus_today
        assert status.energy_grid_today == known.energy_grid_today
        assert status.energy == pytest.approx((known.energy or 0) + 6.6, abs=0.4)
        assert status.cost_today is None


def efficiency(home: Home) -> float | None:
    """Return the J/TH of the miners of a home."""
    return home.manager.status.efficiency


async def test_efficiency(hass: HomeAssistant, time: TimeMachine) -> None:
    """Power changes at once, and the hashrate is a mean: no value is of two moments."""
    async with a_home(hass, time, states=("hashing", "stopped")) as home:
        assert efficiency(home) is None
        await home.live(5 * 60)
        steady = [efficiency(home)]
        seen = set(steady)
        for percent in (40, 100, 60):
            number = "number.miner_1_power_percent"
            await home.call(number, "set_value", value=percent)
            for _ in range(36):
                await home.live(10)
                seen.add(efficiency(home))
            steady.append(efficiency(home))
            await home.reload()
            assert efficiency(home) == steady[-1]
        known = [each for each in steady if each]
        assert len(known) == len(set(known)) == 4
        # What the miner itself wavers by.
        least, most = 0.97 * min(known), 1.03 * max(known)
        assert all(each and least <= each <= most for each in seen)
        assert max(known) < 1.2 * min(known)
        await home.call("switch.miner_1_mining", "turn_off")
        await home.live(10)
        assert efficiency(home) is None
