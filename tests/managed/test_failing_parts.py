"""The ceilings hold although a part that they do not need fails."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager import manager, totals
from custom_components.whatsminer.power_manager.decisions import Decisions
from custom_components.whatsminer.power_manager.heating import Heating
from custom_components.whatsminer.power_manager.law.models import Limit, Mode
from custom_components.whatsminer.power_manager.prices.tariff import Tariff
from custom_components.whatsminer.power_manager.problems import Problems
from tests.blueprints.time_machine import TimeMachine

from .home import a_home

PARTS: dict[str, tuple[object, str]] = {
    "prices": (Tariff, "step"),
    "thermostat": (Heating, "step"),
    "decisions": (Decisions, "compare"),
    "totals": (totals.Totals, "take"),
    "status": (manager, "status_of"),
    "repairs": (Problems, "find"),
}


def fails(*args: object, **kwargs: object) -> None:
    """Fail in a way that nobody foresaw."""
    raise LookupError("nobody foresaw this")


@pytest.mark.parametrize("part", PARTS)
async def test_ceilings_hold(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    part: str,
) -> None:
    """The miner keeps to the cap of the grid, and the fault is logged once."""
    options = {"grid_cap": 4000, "lost_after": 60}
    async with a_home(hass, time, options=options, mode=Mode.FULL) as home:
        await home.live(60)
        assert home.percent() == 100
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(*PARTS[part], fails)
            home.load = 1500
            await home.live(300)
        assert home.grid <= 4000 + 50
        assert home.mines()
        assert caplog.text.count(f"goes on without its {part}") == 1
        assert caplog.text.count("LookupError: nobody foresaw this") == 1
        await home.live(20)
        assert home.manager.status.limit is Limit.GRID_CAP


async def test_one_entity_fails(hass: HomeAssistant, time: TimeMachine) -> None:
    """What one entity cannot show, the others do all the same."""
    async with a_home(hass, time) as home:
        shown: list[float | None] = []
        home.manager.async_add_listener(fails)
        home.manager.async_add_listener(lambda: shown.append(home.manager.status.power))
        await home.live(30)
        assert shown


async def test_mode_is_shown(hass: HomeAssistant, time: TimeMachine) -> None:
    """The mode is what was chosen, also where nothing else can be shown."""
    async with a_home(hass, time) as home:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(*PARTS["status"], fails)
            await home.set_mode(Mode.SOLAR)
            state = hass.states.get("select.power_mode")
        assert state is not None
        assert state.state == "solar"
