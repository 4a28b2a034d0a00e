"""A miner that is set by hand is not the manager's for a while."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.dt import utcnow
import pytest

from custom_components.whatsminer import button
from custom_components.whatsminer.power_manager.law.holds import HoldKind
from custom_components.whatsminer.power_manager.law.models import Mode
from custom_components.whatsminer.power_manager.status import MinerStatus
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home
from .puppet import puppet_of

ALLOWED = "input_boolean.allowed"


pytestmark = pytest.mark.usefixtures("puppet")


def status(home: Home, number: int = 0) -> MinerStatus:
    """Return what the manager shows of a miner."""
    return home.manager.status.miners[home.entries[number].entry_id]


def is_held(home: Home, number: int = 0) -> bool:
    """Return whether the law knows a miner as held."""
    return puppet_of(home.manager).last.miners[number].is_held


async def test_person_stops(hass: HomeAssistant, time: TimeMachine) -> None:
    """It stays off, until the hold runs out."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        assert status(home).hold is None
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        assert status(home).hold is HoldKind.OFF
        ends = status(home).held_until
        assert ends is not None
        assert ends - utcnow() <= timedelta(hours=4)
        assert is_held(home)
        assert not is_held(home, 1)
        assert len(home.said("Miner 1 is held off until")) == 1
        await home.live(3 * 3600, step=600)
        assert is_held(home)
        await home.live(3600 + 10, step=361)
        assert not is_held(home)
        assert status(home) == MinerStatus(planned=0, reason=status(home).reason)
        assert home.said("Miner 1 is managed again: the hold has run out")


async def test_set_again_and_again(hass: HomeAssistant, time: TimeMachine) -> None:
    """A hold that only lasts a little longer is no news each time."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        for percent in (60, 70) * 5:
            await home.call("number.miner_1_power_percent", "set_value", value=percent)
            await home.live(60)
        assert len(home.said("is held as it is set")) == 1
        await home.live(1800, step=60)
        await home.call("number.miner_1_power_percent", "set_value", value=80)
        assert len(home.said("is held as it is set")) == 2
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        assert len(home.said("is held off")) == 1


@pytest.mark.parametrize(
    ("minutes", "until"), [(24 * 60, "08:00"), (25 * 60, "2026-05-21 09:00")]
)
async def test_long_hold(
    hass: HomeAssistant, time: TimeMachine, minutes: int, until: str
) -> None:
    """A time of day says when only where it is the next."""
    options = {"hold_lasts": minutes}
    async with a_home(hass, time, options=options, mode=Mode.SOLAR) as home:
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        (said,) = home.said("Miner 1 is held off")
        assert said == f"Miner 1 is held off until {until}: it was set by hand"


@pytest.mark.parametrize(
    ("entity", "service", "value"),
    [
        ("number.miner_1_power_percent", "set_value", {"value": 60}),
        ("button.miner_1_restart_mining", "press", {}),
        ("switch.miner_1_mining", "turn_on", {}),
    ],
)
@pytest.mark.parametrize("by_person", [True, False])
async def test_every_entity_is_a_hand(
    hass: HomeAssistant,
    time: TimeMachine,
    entity: str,
    service: str,
    value: dict[str, object],
    by_person: bool,
) -> None:
    """What is set stays as it is set."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await home.call(entity, service, by_person=by_person, **value)
        assert status(home).hold is HoldKind.SET
        assert is_held(home)


async def test_actions_are_hands(
    hass: HomeAssistant, time: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An action holds each miner that it is called on; a reading holds none."""
    monkeypatch.setattr(button, "IDENTIFY_SECONDS", 0.1)
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        target = {"entity_id": "switch.miner_1_mining"}
        for name, data in (
            ("get_data", {}),
            ("send_command", {"command": "summary"}),
        ):
            await hass.services.async_call(
                "whatsminer",
                name,
                {**target, **data},
                blocking=True,
                return_response=True,
            )
        await home.call("button.miner_2_identify", "press", by_person=True)
        assert not is_held(home)
        assert not is_held(home, 1)
        await hass.services.async_call(
            "whatsminer", "set_power_percent", {**target, "percent": 70}, blocking=True
        )
        assert is_held(home)
        assert not is_held(home, 1)


async def test_refused_before_it_is_sent(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """What was never sent holds nothing."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        with pytest.raises(ServiceValidationError, match="40"):
            await hass.services.async_call(
                "whatsminer",
                "set_power_percent",
                {"entity_id": "switch.miner_1_mining", "percent": 20},
                blocking=True,
            )
        assert not is_held(home)


@pytest.mark.parametrize(
    ("entity", "service", "value"),
    [
        ("number.miner_1_power_percent", "set_value", {"value": 60}),
        ("button.miner_1_restart_mining", "press", {}),
    ],
)
async def test_not_accepted_while_stopped(
    hass: HomeAssistant,
    time: TimeMachine,
    entity: str,
    service: str,
    value: dict[str, object],
) -> None:
    """What a stopped miner is not even asked for holds nothing."""
    async with a_home(hass, time, states=("stopped",), mode=Mode.SOLAR) as home:
        with pytest.raises(ServiceValidationError, match="stopped"):
            await home.call(entity, service, by_person=True, **value)
        assert not is_held(home)
        assert not home.said("Miner 1 is held")


@pytest.mark.parametrize("end", ["start", "button", "allowed"])
async def test_interlock(hass: HomeAssistant, time: TimeMachine, end: str) -> None:
    """A stop without a person holds until what it protects from is over."""
    options = {"allowed": ALLOWED}
    async with a_home(hass, time, options=options, mode=Mode.SOLAR) as home:
        hass.states.async_set(ALLOWED, "on")
        await home.call("switch.miner_1_mining", "turn_off")
        assert status(home).hold is HoldKind.OFF
        assert status(home).held_until is None
        await home.live(20 * 3600, step=3600)
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        hass.states.async_set(ALLOWED, "unavailable")
        hass.states.async_set(ALLOWED, "on")
        await home.time.settle()
        assert status(home).hold is HoldKind.OFF
        assert status(home).held_until is None
        if end == "start":
            await home.call("switch.miner_1_mining", "turn_on")
            assert status(home).hold is HoldKind.SET
            assert status(home).held_until is not None
        elif end == "button":
            await home.manager.async_end_hold(home.entries[0].entry_id)
            assert not is_held(home)
        else:
            hass.states.async_set(ALLOWED, "off")
            hass.states.async_set(ALLOWED, "on")
            await home.time.settle()
            assert not is_held(home)


async def test_paused(hass: HomeAssistant, time: TimeMachine) -> None:
    """A pause holds all: when it ends all are managed, but for what protects."""
    async with a_home(hass, time, states=("hashing",) * 2) as home:
        await home.call("number.miner_1_power_percent", "set_value", value=60)
        await home.call("switch.miner_2_mining", "turn_off")
        await home.set_mode(Mode.SOLAR)
        assert status(home).hold is None
        assert status(home, 1).hold is HoldKind.OFF


async def test_end_of_all_holds(hass: HomeAssistant, time: TimeMachine) -> None:
    """The button ends all of them."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        for number in (1, 2):
            await home.call(f"switch.miner_{number}_mining", "turn_off")
        await home.manager.async_end_hold()
        assert not is_held(home)
        assert not is_held(home, 1)


async def test_after_a_reload_of_the_miner(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """The first command after it is not missed."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await hass.config_entries.async_reload(home.entries[0].entry_id)
        await time.settle()
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        assert is_held(home)


async def test_no_listener_is_left(hass: HomeAssistant, time: TimeMachine) -> None:
    """A manager that is unloaded hears of nothing, and the miner obeys as ever."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await hass.config_entries.async_unload(home.entry.entry_id)
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        assert not home.mines()
        await hass.config_entries.async_setup(home.entry.entry_id)
        await time.settle()
        assert not is_held(home)
