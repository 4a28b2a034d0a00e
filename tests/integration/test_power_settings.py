"""Power percent and power limit: their ranges, and what is known of them."""

from datetime import timedelta
from typing import Any

from homeassistant.components.number import ATTR_MAX, ATTR_MIN, ATTR_MODE, NumberMode
from homeassistant.const import ATTR_DEVICE_ID, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.dt import utcnow
import probatio
import pytest

from custom_components.whatsminer.client import (
    Capability,
    MinerData,
    MinerIdentity,
    MiningState,
)
from custom_components.whatsminer.const import CONF_GENTLE, CONF_LOWEST_PERCENT, DOMAIN
from custom_components.whatsminer.control import last_set, starts
from custom_components.whatsminer.derived import limited_by
from tests.conftest import at_home, until

from .helpers import call, device_id, enter, value

PERCENT = "number.miner_power_percent"
LIMIT = "number.miner_power_limit"
LIMITED_BY = "sensor.miner_limited_by"
MINING = "switch.miner_mining"


def attribute(hass: HomeAssistant, entity_id: str, name: str) -> Any:
    """Return an attribute of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.attributes[name]


@pytest.mark.parametrize("api", ["1.4", "2.0.5"])
async def test_percent_that_is_not_reported(hass: HomeAssistant, api: str) -> None:
    """It is unknown until a start was seen or it was set: then it is known."""
    async with at_home(api=api, speed=300) as simulated:
        entry = await enter(hass, simulated)
        assert value(hass, PERCENT) == STATE_UNKNOWN
        assert attribute(hass, PERCENT, ATTR_MODE) is NumberMode.BOX
        assert value(hass, LIMITED_BY) == "nothing"
        await call(hass, "number", "set_value", PERCENT, value=70)
        assert value(hass, PERCENT) == "70.0"
        assert value(hass, LIMITED_BY) == "power_percent"
        await call(hass, "switch", "turn_off", MINING)
        assert value(hass, LIMITED_BY) == "stopped"
        await call(hass, "switch", "turn_on", MINING)
        assert value(hass, PERCENT) == "100.0"
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert value(hass, PERCENT) == "100.0"
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("api", ["1.4", "2.0.5"])
async def test_raw_command_after_a_percent(hass: HomeAssistant, api: str) -> None:
    """What it set is not known, nor is it after a reload; a refused one set nothing."""
    async with at_home(api=api, speed=300) as simulated:
        entry = await enter(hass, simulated)
        shown = []
        await call(hass, "number", "set_value", PERCENT, value=70)
        action = {
            ATTR_DEVICE_ID: device_id(hass, entry),
            "command": "set_power_pct",
            "parameters": {"percent": "50"},
        }
        simulated.faults.refuse["set_power_pct"] = 132
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(
                DOMAIN, "send_command", action, blocking=True
            )
        simulated.faults.refuse.clear()
        shown.append(value(hass, PERCENT))
        await hass.services.async_call(DOMAIN, "send_command", action, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)
        shown.append(value(hass, PERCENT))
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        shown.append(value(hass, PERCENT))
        assert shown == ["70.0", STATE_UNKNOWN, STATE_UNKNOWN]
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("raw", [False, True])
async def test_limit_of_a_stopped_miner(hass: HomeAssistant, raw: bool) -> None:
    """It shows what it had when it mined: that is no reason not to send it."""
    async with at_home(api="2.0.5", speed=300, state="stopped") as simulated:
        entry = await enter(hass, simulated)
        await call(hass, "switch", "turn_on", MINING)
        await until(lambda: value(hass, LIMIT) not in (STATE_UNKNOWN, "0.0"))
        before = float(value(hass, LIMIT))
        await call(hass, "switch", "turn_off", MINING)
        assert float(value(hass, LIMIT)) == before
        if raw:
            action = {
                ATTR_DEVICE_ID: device_id(hass, entry),
                "command": "adjust_power_limit",
                "parameters": {"power_limit": "2800"},
            }
            await hass.services.async_call(
                DOMAIN, "send_command", action, blocking=True
            )
            await hass.async_block_till_done(wait_background_tasks=True)
            assert value(hass, LIMIT) == STATE_UNKNOWN
        else:
            simulated.machine.settings.power_limit = 2800
        await call(hass, "number", "set_value", LIMIT, value=before)
        assert simulated.machine.settings.power_limit == before
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("before", "after", "seconds", "known"),
    [
        # It goes on mining.
        ((True, 9000), (True, 9600), 600, 70),
        # It was seen to stop and start.
        ((False, None), (True, 5), 600, 100),
        # It just started anew.
        ((True, 9000), (True, 30), 600, 100),
        # It started anew long ago: somebody may have set it since.
        ((True, 9000), (True, 3000), 4000, None),
    ],
)
async def test_percent_that_was_set_before(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    before: tuple[bool, int | None],
    after: tuple[bool, int | None],
    seconds: int,
    known: float | None,
) -> None:
    """A percent lasts until mining starts, which is seen or not."""
    start = utcnow()
    history = starts.Starts(hass, "entry", 0)
    last = last_set.LastSet(history)
    for each, (mining, count) in ((0, before), (seconds, after)):
        now = start + timedelta(seconds=each)
        monkeypatch.setattr(starts, "utcnow", lambda now=now: now)
        await history.async_note(
            MinerData(identity=MinerIdentity(), mining=mining, mining_uptime=count)
        )
        if not each:
            last.put(Capability.POWER_PERCENT, 70)
    assert last.get(Capability.POWER_PERCENT) == known
    # What was shown before Home Assistant started is older.
    last.restore(Capability.POWER_PERCENT, 60, start)
    assert last.get(Capability.POWER_PERCENT) == known


@pytest.mark.parametrize(
    ("api", "cooling", "gentle", "highest"),
    [
        ("2.0.5", None, False, 100),
        ("2.2.2", None, True, 100),
        ("2.2.2", "hydro", False, 100),
        ("2.2.2", "hydro", True, 200),
        ("3.0.2", None, False, 100),
        ("3.0.2", "hydro", False, 200),
        ("3.0.2", "hydro", True, 200),
        ("dual", "hydro", False, 200),
    ],
)
async def test_range_of_the_percent(
    hass: HomeAssistant, api: str, cooling: Any, gentle: bool, highest: int
) -> None:
    """The lowest is an option, the highest what the command takes."""
    async with at_home(api=api, cooling=cooling, speed=300) as simulated:
        options = {CONF_GENTLE: gentle, CONF_LOWEST_PERCENT: 55}
        entry = await enter(hass, simulated, **options)
        assert attribute(hass, PERCENT, ATTR_MIN) == 55
        assert attribute(hass, PERCENT, ATTR_MAX) == highest
        with pytest.raises(ServiceValidationError):
            await call(hass, "number", "set_value", PERCENT, value=54)
        for wrong in (54, highest + 1):
            with pytest.raises((ServiceValidationError, probatio.Invalid)):
                await hass.services.async_call(
                    DOMAIN,
                    "set_power_percent",
                    {
                        ATTR_DEVICE_ID: device_id(hass, entry),
                        "percent": wrong,
                        "gentle": gentle,
                    },
                    blocking=True,
                )
        assert not any("power_p" in each for each in simulated.log.commands)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_usual_lowest_percent(hass: HomeAssistant) -> None:
    """As delivered nothing below 40 % can be set."""
    async with at_home(api="2.0.5", speed=300) as simulated:
        entry = await enter(hass, simulated)
        assert attribute(hass, PERCENT, ATTR_MIN) == 40
        with pytest.raises(ServiceValidationError):
            await call(hass, "number", "set_value", PERCENT, value=0)
        assert "set_power_pct" not in simulated.log.commands
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("api", ["2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_power_limit_that_was_refused(hass: HomeAssistant, api: str) -> None:
    """A limit that the miner refused is not offered again by this firmware."""
    async with at_home(api=api, speed=300) as simulated:
        entry = await enter(hass, simulated)
        assert attribute(hass, LIMIT, ATTR_MIN) == 500
        assert attribute(hass, LIMIT, ATTR_MAX) == 15000
        for wrong in (0, 499, 15001, 99999):
            with pytest.raises(ServiceValidationError):
                await call(hass, "number", "set_value", LIMIT, value=wrong)
        with pytest.raises(HomeAssistantError) as caught:
            await call(hass, "number", "set_value", LIMIT, value=9000)
        assert caught.value.translation_key == "value_refused"
        assert "may accept only another value" in str(caught.value)
        placeholders = caught.value.translation_placeholders
        assert placeholders is not None
        assert placeholders["code"] in ("132", "-1")
        assert placeholders["message"]
        assert attribute(hass, LIMIT, ATTR_MAX) == 8999
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert attribute(hass, LIMIT, ATTR_MAX) == 8999
        await call(hass, "number", "set_value", LIMIT, value=2500)
        assert float(value(hass, LIMIT)) == 2500
        assert attribute(hass, LIMIT, ATTR_MAX) == 8999
        await hass.config_entries.async_unload(entry.entry_id)


async def test_ceiling_belongs_to_the_firmware(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Other firmware may take more, and nonsense in the storage does no harm."""
    async with at_home(api="2.0.5", speed=300) as simulated:
        entry = await enter(hass, simulated)
        with pytest.raises(HomeAssistantError):
            await call(hass, "number", "set_value", LIMIT, value=9000)
        await hass.config_entries.async_unload(entry.entry_id)
        key = f"{DOMAIN}.{entry.entry_id}.ranges"
        stored = hass_storage[key]["data"]
        for data, highest in (
            (stored, 8999),
            (stored | {"firmware": "other"}, 15000),
            ({}, 15000),
            (stored | {"power_limit": "many"}, 15000),
            # What the miner shows, it takes.
            (stored | {"power_limit": 600}, 3300),
        ):
            hass_storage[key]["data"] = data
            await hass.config_entries.async_setup(entry.entry_id)
            found = attribute(hass, LIMIT, ATTR_MAX)
            assert found == highest or (highest == 3300 and 2000 < found < 4000)
            await hass.config_entries.async_unload(entry.entry_id)
        await hass.config_entries.async_remove(entry.entry_id)
        assert key not in hass_storage


@pytest.mark.parametrize(
    ("state", "code"), [("ramping", 132), ("stopped", 132), ("hashing", 45)]
)
async def test_a_refusal_for_another_reason(
    hass: HomeAssistant, state: str, code: int
) -> None:
    """A limit may be refused for what the miner does, or lets nobody do."""
    async with at_home(api="2.0.5", state=state) as simulated:
        entry = await enter(hass, simulated)
        simulated.faults.refuse["adjust_power_limit"] = code
        with pytest.raises(HomeAssistantError):
            await call(hass, "number", "set_value", LIMIT, value=3400)
        assert attribute(hass, LIMIT, ATTR_MAX) == 15000
        await hass.config_entries.async_unload(entry.entry_id)


def test_limited_by_the_percent() -> None:
    """It counts whenever less than 100 is asked for, reported or not."""
    cases: list[tuple[MiningState | None, float | None, float | None, str | None]] = [
        (MiningState.MINING, None, None, "nothing"),
        (MiningState.MINING, None, 100, "nothing"),
        (MiningState.MINING, None, 60, "power_percent"),
        (MiningState.MINING, 60, None, "power_percent"),
        (MiningState.MINING, 100, 60, "nothing"),
        (MiningState.MINING, 120, None, "nothing"),
        (MiningState.TUNING, 60, None, "power_percent"),
        (MiningState.TUNING, 100, None, "tuning"),
        (MiningState.IDLE, 0, None, "power_percent"),
        (MiningState.FAULT, None, 0, "power_percent"),
        (MiningState.IDLE, None, None, None),
        (MiningState.STARTING, 60, 60, None),
        (MiningState.STOPPED, 60, 60, "stopped"),
    ]
    for state, reported, known, expected in cases:
        data = MinerData(
            identity=MinerIdentity(),
            mining=state is not MiningState.STOPPED,
            state=state,
            power_percent=reported,
        )
        assert limited_by(data, known) == expected


async def test_limited_by_what_is_restored(hass: HomeAssistant) -> None:
    """A percent that is restored after the sensor was added shows at once."""
    async with at_home(api="2.0.5") as sim:
        entry = await enter(hass, sim)
        assert value(hass, "sensor.miner_limited_by") == "nothing"
        commands = entry.runtime_data.commands
        commands.restore(Capability.POWER_PERCENT, 60, utcnow())
        assert value(hass, "sensor.miner_limited_by") == "power_percent"
        await hass.config_entries.async_unload(entry.entry_id)
