"""What limits the power of the miners: the grid, other loads, the fuse, the cap."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager.law.models import Limit, Mode
from tests.blueprints.time_machine import TimeMachine

from .home import WATTS, a_home
from .puppet import limit, power_allowed, puppet_of

pytestmark = pytest.mark.usefixtures("puppet")


async def test_grid_cap(hass: HomeAssistant, time: TimeMachine) -> None:
    """What the house takes is not the miners': an old report is set off by itself."""
    options: dict[str, Any] = {"grid_cap": 5000, "lost_after": 60}
    async with a_home(hass, time, options=options) as home:
        home.load = 3000
        await home.live(10)
        assert power_allowed(home) == pytest.approx(2000, abs=100)
        assert limit(home) is Limit.GRID_CAP
        # The miner draws less since, and the meter has not reported it yet.
        home.meter_works = False
        await home.call("number.miner_1_power_percent", "set_value", value=50)
        await home.live(60)
        assert power_allowed(home) == pytest.approx(2000, abs=100)
        await home.live(3600, step=60)
        assert power_allowed(home) == 0


async def test_reserve(hass: HomeAssistant, time: TimeMachine) -> None:
    """A car is served first: what it will take is kept free."""
    async with a_home(hass, time, options={"reserve": "sensor.car"}) as home:
        home.pv = 6000
        await home.live(10)
        assert limit(home) is None
        hass.states.async_set("sensor.car", "4.1", {"unit_of_measurement": "kW"})
        assert limit(home) is Limit.RESERVE
        assert power_allowed(home) == pytest.approx(6000 - 300 - 4100, abs=100)
        hass.states.async_set("sensor.car", "0", {"unit_of_measurement": "kW"})
        assert limit(home) is None


@pytest.mark.parametrize("state", ["unavailable", "asleep", "nan"])
async def test_lost_reserve(hass: HomeAssistant, time: TimeMachine, state: str) -> None:
    """What cannot be read keeps all free after a while, and a repair says so."""
    async with a_home(hass, time, options={"reserve": "sensor.car"}) as home:
        issues = ir.async_get(hass)
        issue_id = f"reserve_unreadable_{home.entry.entry_id}"
        home.pv = 6000
        hass.states.async_set("sensor.car", "4100", WATTS)
        await home.live(10)
        # A helper says its number once.
        await home.live(26 * 3600, step=600)
        allowed = power_allowed(home)
        assert allowed == pytest.approx(6000 - 300 - 4100, abs=100)
        hass.states.async_set("sensor.car", state, WATTS)
        await home.live(170)
        assert power_allowed(home) == pytest.approx(allowed, abs=100)
        await home.live(30)
        assert power_allowed(home) == 0
        assert limit(home) is Limit.RESERVE
        issue = issues.async_get_issue(DOMAIN, issue_id)
        assert issue is not None
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["which"] == r"sensor\.car"
        hass.states.async_set("sensor.car", "0", WATTS)
        await home.live(10)
        assert limit(home) is None
        assert issues.async_get_issue(DOMAIN, issue_id) is None


async def test_reserve_before_it_is_known(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """Until it is read after a start, nothing more is drawn; then as is chosen."""
    options = {"reserve": "sensor.car", "when_lost": "lowest"}
    states = ("hashing", "stopped")
    async with a_home(hass, time, states=states, options=options) as home:
        home.pv = 9000
        hass.states.async_set("sensor.car", "asleep")
        await home.live(60)
        assert limit(home) is None
        ceiling = puppet_of(home.manager).last.miners[1].ceiling
        assert ceiling is not None
        assert ceiling.limit is Limit.RESERVE
        assert ceiling.power < 100
        await home.live(200)
        assert limit(home) is Limit.RESERVE
        assert 0 < (power_allowed(home) or 0) < 0.9 * home.power


async def test_fuse(hass: HomeAssistant, time: TimeMachine) -> None:
    """Each phase has its fuse; a miner counts on the phase that it is on."""
    options = {"fuse": 35, "phase_1": "sensor.a", "phase_2": "sensor.b"}
    async with a_home(hass, time, options=options) as home:
        key = home.entries[0].entry_id
        hass.config_entries.async_update_entry(
            home.entry, options={**home.entry.options, "phases": {key: "1"}}
        )
        await home.reload()
        amperes = {"unit_of_measurement": "A"}
        own = home.power / 230
        hass.states.async_set("sensor.b", "34", amperes)
        hass.states.async_set("sensor.a", f"{own + 25:.2f}", amperes)
        assert limit(home) is Limit.FUSE
        assert power_allowed(home) == pytest.approx(10 * 230, abs=100)
        assert home.manager.status.limit is Limit.FUSE


async def test_cap(hass: HomeAssistant, time: TimeMachine) -> None:
    """The cap of the group counts at once."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        await home.manager.async_set_cap(4000)
        assert power_allowed(home) == 4000
        assert limit(home) is Limit.POWER_CAP
        assert home.said("Miner 1 may draw")
        await home.manager.async_set_cap(None)
        assert power_allowed(home) is None
        assert home.said("Miner 1 is no longer limited")
