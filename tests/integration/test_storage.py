"""What was known of a miner survives being stored, whatever has become of it."""

from dataclasses import replace
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
import pytest

from custom_components.whatsminer.client import (
    Board,
    Capability,
    Miner,
    MinerData,
    MinerError,
    MinerIdentity,
    MiningState,
    Pool,
    PowerSupply,
)
from custom_components.whatsminer.storage import LastKnown
from custom_components.whatsminer.stored_json import from_json, to_json
from tests.conftest import at_home

DATA = MinerData(
    identity=MinerIdentity(mac="ca:0a:18:00:00:01", model="M50S_VH50"),
    capabilities=frozenset({Capability.REBOOT, Capability.LED}),
    mining=True,
    state=MiningState.MINING,
    hashrate=100.0,
    boards=(Board(slot=0, hashrate=50.0), Board(slot=2, chips=105)),
    pools=(Pool(priority=0, alive=True),),
    power_supply=PowerSupply(model="P221B"),
    errors=(MinerError(code=110),),
)


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_there_and_back(api: str) -> None:
    """Readings of all generations come back as they were."""
    async with at_home(api=api) as simulated:
        miner = Miner(simulated.host)
        data = await miner.read()
        await miner.close()
    stored = json.loads(json.dumps(to_json(data)))
    assert from_json(MinerData, stored) == data


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"of another version": 1}, {}),
        ({"capabilities": ["led", "reboot", "fly"]}, {}),
        ({"state": "dreaming"}, {"state": None}),
        ({"hashrate": 100}, {}),
        ({"hashrate": "100"}, {"hashrate": None}),
        ({"mining": 1}, {"mining": None}),
        ({"power_supply": []}, {"power_supply": None}),
        ({"pools": 7}, {"pools": ()}),
        ({"boards": [{"chips": 105}, {"slot": 1}]}, {"boards": (Board(slot=1),)}),
    ],
)
def test_what_does_not_fit(change: Any, expected: Any) -> None:
    """What does not fit any more is left out, the rest is kept."""
    assert from_json(MinerData, {**to_json(DATA), **change}) == replace(
        DATA, **expected
    )


@pytest.mark.parametrize("stored", [[], {}, {"identity": 7}, {"identity": None}])
def test_nothing_fits(stored: Any) -> None:
    """What is no reading at all is said to be none."""
    with pytest.raises(ValueError, match="no "):
        from_json(MinerData, stored)


async def test_parts_are_kept(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """What a stopped miner does not tell is known from before; news are stored."""
    known = LastKnown(hass, "entry")
    known.async_learn(DATA)
    await known.async_save()
    hass_storage.clear()
    stopped = MinerData(
        identity=MinerIdentity(mac="ca:0a:18:00:00:01"),
        capabilities=DATA.capabilities,
        mining=False,
        boards=(Board(slot=0), Board(slot=2)),
        errors=(),
    )
    known.async_learn(stopped)
    assert known.data == replace(DATA, mining=False, errors=None)
    await known.async_save()
    assert not hass_storage
    known.async_learn(replace(DATA, power=3000.0))
    await known.async_save()
    assert hass_storage["whatsminer.entry"]["data"]["power"] == 3000.0
    again = LastKnown(hass, "entry")
    await again.async_load()
    assert again.data == known.data
    await again.async_remove()
    assert not hass_storage


async def test_what_comes_and_goes_is_not_kept(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Errors and what cannot be true are of one reading, and nothing to store for."""
    known = LastKnown(hass, "entry")
    known.async_learn(DATA)
    assert known.data == replace(DATA, errors=None)
    await known.async_save()
    hass_storage.clear()
    known.async_learn(replace(DATA, errors=(), unbelievable=("power: 1e11",)))
    await known.async_save()
    assert known.data == replace(DATA, errors=None)
    assert not hass_storage


async def test_fans_that_turned_once(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """That they did is stored when it is new, and stays when they are at rest."""
    at_rest = replace(DATA, mining=False, fan_speed_in=0, fan_speed_out=0)
    known = LastKnown(hass, "entry")
    known.async_learn(at_rest)
    known.async_learn(replace(at_rest, fans_turned=True))
    known.async_learn(at_rest)
    await known.async_save()
    again = LastKnown(hass, "entry")
    await again.async_load()
    assert again.data is not None
    assert again.data.fans_turned
    assert again.data.fan_speed_in == 0


async def test_text_and_numbers_that_no_file_can_hold(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Half an emoji and numbers without end do not keep the rest from being stored."""
    identity = replace(DATA.identity, hostname="rig7 \ud83d", model="\udc00")
    odd = replace(DATA, identity=identity, uptime=2**64, accepted=-(2**70))
    known = LastKnown(hass, "entry")
    known.async_learn(odd)
    await known.async_save()
    written = json_bytes(hass_storage["whatsminer.entry"]["data"])
    again = from_json(MinerData, json.loads(written))
    assert again.identity == replace(DATA.identity, hostname="rig7 ?", model="?")
    assert again.uptime is again.accepted is None
    assert again.boards == DATA.boards


@pytest.mark.parametrize(
    "stored",
    [
        {"version": 99, "minor_version": 1, "key": "whatsminer.entry", "data": {}},
        {"version": 1, "minor_version": 1, "key": "whatsminer.entry", "data": [1]},
        {"version": 1, "minor_version": 1, "key": "whatsminer.entry", "data": None},
    ],
)
async def test_storage_of_another_version(
    hass: HomeAssistant, hass_storage: dict[str, Any], stored: Any
) -> None:
    """What cannot be read counts as nothing, and is replaced."""
    hass_storage["whatsminer.entry"] = stored
    known = LastKnown(hass, "entry")
    await known.async_load()
    assert known.data is None
    known.async_learn(DATA)
    await known.async_save()
    assert hass_storage["whatsminer.entry"]["data"]["hashrate"] == 100.0
