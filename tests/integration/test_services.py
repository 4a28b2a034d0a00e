"""Actions, on one miner and on several."""

from collections.abc import AsyncIterator
from math import inf
from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.const import ATTR_DEVICE_ID, CONF_PASSWORD
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.whatsminer.const import CONF_START_MINUTES, DOMAIN
from tests.conftest import PASSWORD, at_home, until
from tests.simulator import SimulatedMiner

from .helpers import device_id, make_entry, poll, set_up, value

GENERATIONS = ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"]


@pytest.fixture
async def sim(hass: HomeAssistant, request: Any) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner, set up."""
    async with at_home(api=request.param, speed=120) as simulated:
        entry = await enter(hass, simulated)
        yield simulated
        await hass.config_entries.async_unload(entry.entry_id)


async def enter(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    title: str = "Miner",
    minutes: int = 0,
) -> MockConfigEntry:
    """Set up a miner on its usual ports."""
    entry = make_entry(simulated, title=title, options={CONF_START_MINUTES: minutes})
    await set_up(hass, entry)
    return entry


def device(hass: HomeAssistant, sim: SimulatedMiner) -> str:
    """Return the id of a miner's device."""
    entry = hass.config_entries.async_entry_for_domain_unique_id(
        DOMAIN, sim.mac.lower()
    )
    assert entry is not None
    return device_id(hass, entry)


async def act(
    hass: HomeAssistant,
    action: str,
    *sims: SimulatedMiner,
    response: bool = False,
    context: Context | None = None,
    **data: Any,
) -> Any:
    """Call an action on miners."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        {ATTR_DEVICE_ID: [device(hass, sim) for sim in sims], **data},
        blocking=True,
        return_response=response,
        context=context,
    )


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_send_command(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """Any command goes through, and its answer comes back."""
    here = device(hass, sim)
    if sim.api != "3.0.2":
        answer = await act(hass, "send_command", sim, command="pools", response=True)
        assert len(answer[here]["POOLS"]) == 3
        await act(
            hass,
            "send_command",
            sim,
            command="set_led",
            parameters={"color": "red", "period": 200, "duration": 100, "start": 0},
        )
    else:
        answer = await act(
            hass,
            "send_command",
            sim,
            command="get.miner.status",
            parameters={"param": "pools"},
            response=True,
        )
        assert len(answer[here]["msg"]["pools"]) == 3
        pattern = [{"color": "red", "period": 200, "duration": 100, "start": 0}]
        await act(
            hass,
            "send_command",
            sim,
            command="set.system.led",
            parameters={"param": pattern},
        )
    assert sim.machine.settings.led != "auto"


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_writing_is_for_administrators(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """Others may read."""
    user = MockUser(groups=[]).add_to_hass(hass)
    for group_id in (GROUP_ID_USER, GROUP_ID_READ_ONLY):
        group = await hass.auth.async_get_group(group_id)
        assert group is not None
        user.groups.append(group)
    context = Context(user_id=user.id)
    await act(hass, "send_command", sim, command="summary+pools", context=context)
    with pytest.raises(Unauthorized):
        await act(hass, "send_command", sim, command="reboot", context=context)
    with pytest.raises(Unauthorized):
        await act(hass, "update_password", sim, new_password="Other_1", context=context)
    assert sim.machine.reboots == 0
    owner = MockUser(is_owner=True).add_to_hass(hass)
    context = Context(user_id=owner.id)
    await act(hass, "send_command", sim, command="reboot", context=context)
    assert sim.machine.reboots == 1


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_errors_are_translated(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """What goes wrong is said as everywhere."""
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "send_command", sim, command="no_such_command")
    assert caught.value.translation_key == "unknown_command"
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            DOMAIN, "get_data", {ATTR_DEVICE_ID: "none"}, True, return_response=True
        )
    with pytest.raises(probatio.Invalid):
        await act(hass, "set_power_percent", sim, percent=250)
    for percent in (39, 101):
        with pytest.raises(ServiceValidationError) as refused:
            await act(hass, "set_power_percent", sim, percent=percent)
        assert refused.value.translation_key == "out_of_range"
    sim.device.api_switch = False
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "set_power_percent", sim, percent=50)
    assert caught.value.translation_key == "write_access_disabled"


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_get_data(
    hass: HomeAssistant, sim: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is known comes as a response."""
    turns = "custom_components.whatsminer.client.dialects.v2.TURNS"
    monkeypatch.setattr(turns, {"get_error_code": 0.0})
    data = (await act(hass, "get_data", sim, response=True))[device(hass, sim)]
    assert data["hashrate"] > 50
    assert len(data["boards"]) == 3
    assert "start_stop" in data["capabilities"]
    assert data["identity"]["mac"] == sim.mac.lower()
    assert data["errors"] == []

    sim.machine.error_codes[531] = sim.device.clock.now()
    await poll(hass, 60)
    data = (await act(hass, "get_data", sim, response=True))[device(hass, sim)]
    (error,) = data["errors"]
    assert error["code"] == 531
    assert error["words"] == "Board 1: not found"
    assert error["part"] == "hash board"
    assert error["remedy"].startswith("Check the adapter board")


async def test_get_data_of_a_silent_miner(hass: HomeAssistant) -> None:
    """What a miner does not tell is null, and so is one that does not answer."""
    async with at_home() as sim:
        sim.faults.refuse["get_error_code"] = 14
        entry = await enter(hass, sim)
        data = await act(hass, "get_data", sim, response=True)
        assert data[device(hass, sim)]["errors"] is None
        sim.faults.unreachable_until = inf
        await poll(hass, 60)
        data = await act(hass, "get_data", sim, response=True)
        assert data == {device(hass, sim): None}
        await hass.config_entries.async_unload(entry.entry_id)


async def test_raw_start_too_early(hass: HomeAssistant) -> None:
    """A start that hides in the parameter of a raw command has to wait, too."""
    async with at_home(api="3.0.2") as sim:
        entry = await enter(hass, sim, minutes=600)
        with pytest.raises(ServiceValidationError) as caught:
            await act(
                hass,
                "send_command",
                sim,
                command="set.miner.service",
                parameters={"param": "restart"},
            )
        assert caught.value.translation_key == "too_early"
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_set_power_percent(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """A share of the power, fast or gentle where the firmware can."""
    await act(hass, "set_power_percent", sim, percent=70)
    gentle = act(hass, "set_power_percent", sim, percent=80, gentle=True)
    if sim.api in ("1.4", "2.0.5"):
        with pytest.raises(ServiceValidationError) as caught:
            await gentle
        assert caught.value.translation_key == "not_capable"
    else:
        await gentle
        assert value(hass, "number.miner_power_percent") == "80.0"


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_set_led(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """The LED flashes as wished, and is left to the miner again."""
    await act(hass, "set_led", sim, color="both")
    assert sim.machine.settings.led != "auto"
    await act(hass, "set_led", sim, color="auto")
    assert sim.machine.settings.led == "auto"


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_set_pools(
    hass: HomeAssistant, sim: SimulatedMiner, caplog: pytest.LogCaptureFixture
) -> None:
    """Pools are set when the miner shows them; passwords are in no log."""
    wished = [
        {"url": "stratum+tcp://a.example.com:1", "worker": "w.1", "password": "Hide_1"},
        {"url": "stratum+tcp://b.example.com:2", "worker": "w.2"},
    ]
    await act(hass, "set_pools", sim, pools=wished)
    assert [(pool.url, pool.user) for pool in sim.machine.settings.pools] == [
        ("stratum+tcp://a.example.com:1", "w.1"),
        ("stratum+tcp://b.example.com:2", "w.2"),
    ]
    assert sim.machine.settings.pools[0].password == "Hide_1"
    assert not [
        record
        for record in caplog.records
        if "Hide_1" in record.getMessage()
        and record.name.startswith("custom_components")
    ]
    with pytest.raises(probatio.Invalid):
        await act(hass, "set_pools", sim, pools=wished * 2)


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "hello", "pool.example.com", ":3333", "stratum+tcp://", "w.1:x y"),
        *("stratum+tcp://:3333", "stratum+tcp://a b:3333", "stratum+tcp:/a:3333"),
        *("stratum+tcp://a:0", "stratum+tcp://a:65536", "stratum+tcp://a:x", "a:b:1"),
        *("stratum+tcp://0.0.0.0:1", "stratum+tcp://1.2.3:4", "://a:1", "a:1\0"),
    ],
)
async def test_what_is_no_pool(
    hass: HomeAssistant, sim: SimulatedMiner, url: str
) -> None:
    """What cannot be the address of a pool is refused before anything is sent."""
    good = {"url": "stratum+tcp://a.example.com:1", "worker": "w"}
    sim.log.clear()
    with pytest.raises(ServiceValidationError, match="not the address of a pool"):
        await act(hass, "set_pools", sim, pools=[good, {"url": url, "worker": "w"}])
    assert not sim.log.requests


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
@pytest.mark.parametrize("worker", ["", " "])
async def test_no_worker(hass: HomeAssistant, sim: SimulatedMiner, worker: str) -> None:
    """A pool without a worker is refused: no miner would show it."""
    sim.log.clear()
    with pytest.raises(probatio.Invalid, match="at least 1"):
        await act(hass, "set_pools", sim, pools=[{"url": "a:1", "worker": worker}])
    assert not sim.log.requests


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
@pytest.mark.parametrize(
    "url",
    [
        *("stratum+tcp://10.0.0.1:3333", "stratum+ssl://a.example.com:443", "a:3333"),
        *("stratum+tcp://a.example.com:3333#xnsub", "http://a.example.com:8332/x?y=1"),
        *("stratum2+tcp://a.example.com:3336/9auq", "STRATUM+TCP://A_b.example.com"),
        *(" stratum+tcp://a:1\n", "stratum+tcp://[fe80::1]:3333"),
    ],
)
async def test_what_may_be_a_pool(
    hass: HomeAssistant, sim: SimulatedMiner, url: str
) -> None:
    """What may be one goes to the miner as it is, without the blanks around it."""
    await act(hass, "set_pools", sim, pools=[{"url": url, "worker": "w"}])
    assert [pool.url for pool in sim.machine.settings.pools] == [url.strip()]


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_update_password(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """The password is changed on the miner and in the entry, and works."""
    with pytest.raises(ServiceValidationError):
        await act(hass, "update_password", sim, new_password="too long a password")
    await act(hass, "update_password", sim, new_password="Other_1")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.data[CONF_PASSWORD] == "Other_1"
    await act(hass, "set_led", sim, color="red")
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_password_that_is_not_taken(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """A miner that says yes and keeps its password is steered with that on."""
    sim.faults.disobey.add("update_pwd")
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "update_password", sim, new_password="Other_1")
    assert caught.value.translation_key == "password_not_changed"
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.data[CONF_PASSWORD] == PASSWORD
    await act(hass, "set_led", sim, color="red")
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_busy_after_a_new_password(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """A password that the miner took is kept, though it is too busy to prove it."""
    sim.faults.refuse["get_token"] = 136
    await act(hass, "update_password", sim, new_password="Other_1")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.data[CONF_PASSWORD] == "Other_1"


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_unloaded_after_a_new_password(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """A password that the miner took is kept, though nobody proves it any more."""
    sim.faults.mute, sim.faults.only = True, {"get_token"}
    change = hass.async_create_task(
        act(hass, "update_password", sim, new_password="Other_1")
    )
    await until(lambda: "update_pwd" in sim.log.commands)
    await until(lambda: sim.log.commands[-1] == "get_token")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(HomeAssistantError):
        await change
    sim.faults.mute = False
    assert entry.data[CONF_PASSWORD] == "Other_1"


@pytest.mark.parametrize("sim", ["2.0.5", "3.0.2"], indirect=True)
async def test_unloaded_while_the_password_changes(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """The unload waits for the miner's answer: what works afterwards is the new one."""
    names = {"update_pwd", "set.user.change_passwd"}
    sim.faults.delay, sim.faults.only = 0.3, names
    change = hass.async_create_task(
        act(hass, "update_password", sim, new_password="Other_1")
    )
    await until(lambda: bool(names & set(sim.log.commands)))
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(HomeAssistantError):
        await change
    assert entry.data[CONF_PASSWORD] == "Other_1"
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.access.accepted
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_reserved_parameters(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """No parameter takes the place of the command."""
    for name in ("cmd", "CMD", "command", "token"):
        with pytest.raises(ServiceValidationError) as caught:
            await act(
                hass,
                "send_command",
                sim,
                command="summary",
                parameters={name: "power_off"},
            )
        assert caught.value.translation_key == "parameter_reserved"
    await act(hass, "send_command", sim, command="summary", parameters={"self": 1})


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_another_miner_at_the_address(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """Nothing is sent to a miner that only took the address."""
    await sim.stop()
    await poll(hass)
    sim.device.mac = "CA:0A:18:00:00:99"
    await sim.start()
    await poll(hass)
    sim.log.clear()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    miner = device_id(hass, entry)
    for action, data in (
        ("send_command", {"command": "power_off"}),
        ("set_power_percent", {"percent": 50}),
        ("update_password", {"new_password": "Other_1"}),
    ):
        with pytest.raises(HomeAssistantError) as caught:
            await hass.services.async_call(
                DOMAIN, action, {ATTR_DEVICE_ID: miner, **data}, blocking=True
            )
        assert caught.value.translation_key == "wrong_device"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    assert not sim.machine.mineroff


async def test_several_miners(hass: HomeAssistant) -> None:
    """Several are acted on at once; one that fails does not stop the others."""
    async with at_home(index=0) as first, at_home(index=1) as second:
        entries = [await enter(hass, first, "A"), await enter(hass, second, "B")]
        await act(hass, "set_led", first, second, color="red")
        assert "auto" not in (first.machine.settings.led, second.machine.settings.led)
        await first.stop()
        with pytest.raises(HomeAssistantError) as caught:
            await act(hass, "set_led", first, second, color="auto")
        assert caught.value.translation_key == "unreachable"
        assert second.machine.settings.led == "auto"
        for entry in entries:
            await hass.config_entries.async_unload(entry.entry_id)
