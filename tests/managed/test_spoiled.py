"""Files that something has spoiled, and a clock that is set."""

from datetime import timedelta
import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
import pytest

from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine

from .home import GRID, Home, a_home
from .rates import PER_KWH, PRICE, items

MINUTE = 60


def state(home: Home) -> ConfigEntryState:
    """Return the state of the manager's entry."""
    found: ConfigEntryState = home.entry.state
    return found


def with_key(home: Home, spoiled: Any) -> Any:
    """Return what is spoiled, with the id of the miner's entry."""
    text = json.dumps(spoiled)
    return json.loads(text.replace("KEY", home.entries[0].entry_id))


@pytest.mark.parametrize(
    ("spoiled", "page"),
    [
        ({"lost_after": "abc"}, "manager"),
        ({"priority": "first"}, "manager"),
        ({"grid_cap": "5000"}, "manager"),
        ({"allowed_from": "25:99"}, "manager"),
        ({"temperature": 5}, "manager"),
        ({"allowed": ["a"]}, "manager"),
        ({"allowed_when_lost": "off"}, "manager"),
        ({"request_lasts": 1e308}, "manager"),
        ({"miners": None}, "manager"),
        ({"room_upper": []}, "heating"),
        ({"full_power": {"KEY": "x"}}, "which_miner"),
        ({"phases": {"KEY": "9"}}, "which_miner"),
    ],
    ids=str,
)
async def test_options(
    hass: HomeAssistant, time: TimeMachine, spoiled: dict[str, Any], page: str
) -> None:
    """An option may be a ceiling: it is named, and can be entered again or removed."""
    async with a_home(hass, time, mode=Mode.FULL) as home:
        options = hass.config_entries.options
        good = home.entry.options
        (name,) = spoiled
        hass.config_entries.async_update_entry(
            home.entry, options={**good, **with_key(home, spoiled)}
        )
        await home.reload()
        assert state(home) is ConfigEntryState.SETUP_ERROR
        assert f"cannot be read: {name}." in (home.entry.reason or "")
        shown = await options.async_init(home.entry.entry_id)
        shown = await options.async_configure(shown["flow_id"], {"next_step_id": page})
        entered: dict[str, Any] = {}
        if page == "which_miner":
            shown = await options.async_configure(
                shown["flow_id"], {"miner": home.entries[0].entry_id}
            )
        else:
            form = shown["data_schema"]
            assert form is not None
            parts = [str(each) for each in form.schema]
            entered = {each: {} for each in parts if each != "miners"}
            if "miners" in parts:
                entered["miners"] = [home.entries[0].entry_id]
        done = await options.async_configure(shown["flow_id"], entered)
        assert done["type"] is FlowResultType.CREATE_ENTRY
        await time.settle()
        assert state(home) is ConfigEntryState.LOADED
        hass.config_entries.async_update_entry(
            home.entry, options={**good, **with_key(home, spoiled)}
        )
        await hass.config_entries.async_remove(home.entry.entry_id)
        home.entry.add_to_hass(hass)


async def test_options_of_a_miner(hass: HomeAssistant, time: TimeMachine) -> None:
    """Who enters those of a miner has not removed the ceilings of all of them."""
    async with a_home(hass, time) as home:
        spoiled = {"grid_cap": "5000", "miners": [home.entries[0].entry_id, 5]}
        hass.config_entries.async_update_entry(
            home.entry, options={**home.entry.options, **spoiled}
        )
        await home.reload()
        options = hass.config_entries.options
        shown = await options.async_init(home.entry.entry_id)
        for entered in (
            {"next_step_id": "which_miner"},
            {"miner": home.entries[0].entry_id},
            {"full_power": 3500},
        ):
            shown = await options.async_configure(shown["flow_id"], entered)
        await time.settle()
        full_power = {home.entries[0].entry_id: 3500}
        assert home.entry.options == {**spoiled, "full_power": full_power, "phases": {}}
        assert state(home) is ConfigEntryState.SETUP_ERROR
        assert "cannot be read: grid_cap, miners." in (home.entry.reason or "")


@pytest.mark.parametrize(
    "spoiled", [{}, {"grid": None}, {"grid": 5}, {"grid": ["a"]}, {"pv": GRID}], ids=str
)
async def test_sources(
    hass: HomeAssistant, time: TimeMachine, spoiled: dict[str, Any]
) -> None:
    """Without a meter that can be read, a cap of the grid stops the miners."""
    async with a_home(hass, time, options={"grid_cap": 9000}, mode=Mode.FULL) as home:
        await home.live(MINUTE)
        assert home.mines()
        kept = {key: home.entry.data[key] for key in home.entry.data if key != "grid"}
        hass.config_entries.async_update_entry(home.entry, data=kept | spoiled)
        await home.reload()
        assert state(home) is ConfigEntryState.LOADED
        await home.live(4 * MINUTE)
        assert not home.mines()


@pytest.mark.parametrize(
    "spoiled",
    [
        "text",
        {"miners": []},
        {"miners": {"KEY": 5}},
        {"miners": {"KEY": {"full": "x"}}},
        {"miners": {"KEY": {"retry_at": []}}},
        {"miners": {"KEY": {"dips": [[]]}}},
        {"supply": {"samples": [[1]]}},
        {"supply": {"taken_at": "x"}},
        {"miners": {"KEY": {"pending": "start", "pending_since": -1e300}}},
        # From a clock that was wrong.
        {"supply": {"taken_at": 1e12, "samples": [[1e12, 5]]}},
        {"miners": {"KEY": {"pending": "start", "pending_since": 1e12}}},
        {
            "miners": {
                "KEY": {"sent": 1, "sent_at": 1e12, "retry_at": {"percent": 1e12}}
            }
        },
    ],
    ids=str,
)
async def test_law(
    hass: HomeAssistant,
    time: TimeMachine,
    hass_storage: dict[str, Any],
    spoiled: Any,
) -> None:
    """What was learned is learned anew, and what was asked for holds."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await home.manager.async_set_cap(2500)
        key = f"whatsminer.{home.entry.entry_id}.manager"
        await hass.config_entries.async_unload(home.entry.entry_id)
        hass_storage[key]["data"]["law"] = with_key(home, spoiled)
        await hass.config_entries.async_setup(home.entry.entry_id)
        home.pv = 5000
        await home.live(MINUTE)
        assert home.power <= 2500 * 1.02
        home.pv = 2300
        await home.live(MINUTE)
        assert home.grid == pytest.approx(0, abs=150)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("tariff", "times", "slots"), None),
        (("tariff", "times", "slots"), -5),
        (("tariff", "times", "since"), -1e308),
        (("tariff", "starts"), -5),
        (("tariff", "starts"), 1e308),
        (("charger", "current"), 1e308),
        (("request", "expires"), 1e308),
        (("totals", "surplus"), -1e308),
        (("law", "supply", "charging"), "nan"),
    ],
    ids=str,
)
async def test_numbers(
    hass: HomeAssistant,
    time: TimeMachine,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    path: tuple[str, ...],
    value: Any,
) -> None:
    """A number that cannot be is not taken: all is shown, and can be stored again."""
    prices = items(dt_util.start_of_local_day(), [0.2] * 24)
    hass.states.async_set(PRICE, "x", {**PER_KWH, "raw_today": prices})
    hass.states.async_set("sensor.room", "19", {"unit_of_measurement": "°C"})
    options = {"price": PRICE, "cheap_hours": 24, "room": "sensor.room", "evcc": True}
    async with a_home(hass, time, options=options, mode=Mode.AUTOMATIC) as home:
        home.pv = 2300
        await home.manager.async_set_charger(is_on=True, current=10)
        await home.live(6 * MINUTE)
        key = f"whatsminer.{home.entry.entry_id}.manager"
        await hass.config_entries.async_unload(home.entry.entry_id)
        *parents, last = path
        part = hass_storage[key]["data"]
        for each in parents:
            part = part[each]
        assert last in part
        part[last] = value
        await hass.config_entries.async_setup(home.entry.entry_id)
        await home.live(MINUTE)
        assert state(home) is ConfigEntryState.LOADED
        assert await hass.config_entries.async_unload(home.entry.entry_id)
        assert "null" not in json.dumps(hass_storage[key]["data"]["law"]["supply"])
        assert "Error" not in caplog.text


@pytest.mark.parametrize("days", [1, 30])
async def test_clock_set_back(
    hass: HomeAssistant, time: TimeMachine, days: int
) -> None:
    """Nothing waits for a time that the clock has taken back."""
    async with a_home(hass, time, options={"grid_cap": 5000}, mode=Mode.SOLAR) as home:
        home.pv = 3000
        await home.live(5 * MINUTE)
        await home.manager.async_request(2000)
        time.set_clock(timedelta(days=-days))
        home.pv = 2300
        await home.live(2 * MINUTE)
        assert home.grid == pytest.approx(0, abs=150)
        await home.set_mode(Mode.FULL)
        home.load = 3500
        await home.live(MINUTE)
        assert home.grid <= 5000 * 1.02
        await home.set_mode(Mode.EXTERNAL)
        await home.live(15 * MINUTE, step=30)
        assert home.manager.requested_power is None


@pytest.mark.parametrize("days", [0.02, 1])
async def test_clock_set_ahead(
    hass: HomeAssistant, time: TimeMachine, days: float
) -> None:
    """A meter is not lost by that: it has to be silent for as long as is set."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv, home.every = 4000, 60
        await home.live(35 * MINUTE, step=20)
        time.set_clock(timedelta(days=days))
        await home.live(9 * MINUTE)
        assert home.mines()
        assert home.said("The meter does not report") == []
        home.meter_works = False
        await home.live(12 * MINUTE)
        assert not home.mines()
