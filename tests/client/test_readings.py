"""What single answers mean: contradictions, both shapes of lists, fans at rest, caps."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.whatsminer.client import MiningState, PowerSupply
from custom_components.whatsminer.client.dialects import v2_fields, v2_identity
from custom_components.whatsminer.client.known import Known

from .parsing import NOW, read_v2, read_v3


@pytest.mark.parametrize(
    ("status", "rate", "mining", "hashrate"),
    [
        # Of API 1.x: only a look for a process of that name.
        ({"btmineroff": "true"}, 41.6e6, True, 41.6),
        ({"btmineroff": "true"}, 0, False, 0),
        ({"btmineroff": "true"}, None, False, 0),
        ({"btmineroff": "false"}, 41.6e6, True, 41.6),
        ({"btmineroff": "false"}, 0, True, 0),
        ({"mineroff": "true"}, 41.6e6, False, 0),
        ({"mineroff": "true", "btmineroff": "false"}, 41.6e6, False, 0),
        ({"mineroff": "false", "btmineroff": "true"}, 0, True, 0),
        ({"mineroff": "", "btmineroff": "true"}, 0, False, 0),
        ({}, 41.6e6, True, 41.6),
        ({}, 0, None, 0),
        ({}, None, None, None),
    ],
)
def test_mining(
    status: dict[str, Any], rate: Any, mining: bool | None, hashrate: float | None
) -> None:
    """`mineroff` can be trusted, `btmineroff` cannot against a hashrate."""
    data = read_v2(status=status, summary={"MHS 1m": rate, "Elapsed": 900})
    assert data.mining is mining
    assert data.hashrate == hashrate
    assert (data.state is MiningState.STOPPED) is (mining is False)


def test_stopped_api_3() -> None:
    """Hashrate is zero where the miner itself says that mining is off."""
    data = read_v3({"miner": {"working": "false"}}, {"summary": "process is down"})
    assert data.state is MiningState.STOPPED
    assert data.hashrate == 0
    assert data.efficiency is None
    data = read_v3({"miner": {}}, {})
    assert data.hashrate is None


EDEVS = [
    {"ASC": 0, "Slot": 0, "Temperature": 60, "MHS av": 115684096, "PCB SN": "A"},
    {"ASC": 1, "Slot": 1, "Temperature": 61, "MHS av": 115684096, "Chip Data": "K88"},
]
POOLS = [{"POOL": 1, "URL": "stratum+tcp://pool:3333", "Status": "Alive", "User": "w"}]
PSU = {"model": "P221A", "vin": "22025", "iin": "15703", "pin": "3456", "vender": "3"}


@pytest.mark.parametrize("boards", ["edevs", "devs"])
@pytest.mark.parametrize("shape", ["Msg", "own"])
def test_lists(boards: str, shape: str) -> None:
    """Boards and pools stand in a list of their own, or in a list in `Msg`."""
    rows: dict[str, Any] = {boards: {"DEVS" if shape == "own" else "Msg": EDEVS}}
    data = read_v2(
        **rows,
        pools={"POOLS" if shape == "own" else "Msg": POOLS},
    )
    assert [board.hashrate for board in data.boards] == [115.684096, 115.684096]
    assert [board.temperature for board in data.boards] == [60, 61]
    assert data.boards[0].serial_number == "A"
    assert data.boards[1].chip_bin == "K88"
    assert [(pool.worker, pool.alive) for pool in data.pools] == [("w", True)]


def test_rates_of_a_board() -> None:
    """The nearest to a minute's mean that there is counts; firmware names it in five ways."""
    names = ("MHS 1m", "HS RT", "MHS 5m", "MHS 5s", "MHS av")
    for missing in range(len(names)):
        row = {name: (30 + at) * 1e6 for at, name in enumerate(names)}
        for name in names[:missing]:
            del row[name]
        data = read_v2(edevs={"DEVS": [row]}, summary=row)
        assert data.boards[0].hashrate == data.hashrate == 30 + missing
        assert data.boards[0].hashrate_average == data.hashrate_average == 34


def test_shares() -> None:
    """The miner's own count is that of all pools, also of those it has no more."""
    pools = {"POOLS": [{"Accepted": 7, "Rejected": 1}, {"Accepted": 3}]}
    data = read_v2(pools=pools, summary={"Accepted": 99, "Rejected": 8})
    assert (data.accepted, data.rejected) == (99, 8)
    data = read_v2(pools=pools, summary={})
    assert (data.accepted, data.rejected) == (10, 1)


@pytest.mark.parametrize("psu", [PSU, [PSU], [PSU, {"model": "other"}]])
def test_power_supply_in_a_list(psu: Any) -> None:
    """The power supply stands in an object, or in a list of one."""
    supply = read_v2(get_psu={"Msg": psu}).power_supply
    assert supply is not None
    assert supply.model == "P221A"
    assert (supply.voltage_in, supply.current_in, supply.power_in) == (
        220.25,
        15.703,
        3456,
    )


def test_all_of_a_power_supply() -> None:
    """What it is, what it measures, in our units; old miners have it in the summary."""
    psu = {"name": "P221", "serial_no": "S1", "sw_version": "F1", "temp0": "35.5"}
    expected = PowerSupply(
        model="P221A",
        serial_number="S1",
        firmware="F1",
        voltage_in=220.25,
        current_in=15.703,
        power_in=3456,
        voltage_out=13.5,
        temperature=35.5,
        fan_speed=4500,
    )
    total: dict[str, float] = {"Voltage": 1350, "Power Fanspeed": 4500}
    assert read_v2(get_psu=PSU | psu, summary=total).power_supply == expected
    total |= {"Power Voltage Input": 220.25, "Power Current Input": 15.703}
    assert read_v2(get_psu=psu | {"pin": 3456}, summary=total).power_supply == replace(
        expected, model="P221"
    )
    v3 = {
        "type": "P221A",
        "sn": "S1",
        "swversion": "F1",
        "temp0": 35.5,
        "fanspeed": 4500,
    }
    v3 |= {"vin": 220.25, "iin": 15.703, "pin": 3456, "vout": 1350}
    assert read_v3({"power": v3}).power_supply == expected
    # The M3 gives a level instead of a voltage.
    assert read_v2(summary={"Voltage": 20}).power_supply is None


@pytest.mark.parametrize("listed", [[], [1], ["a"], [[]], [None]])
def test_lists_of_nothing(listed: list[Any]) -> None:
    """A list without rows has none."""
    names = ("status", "get_psu", "get_miner_info", "edevs", "pools", "summary")
    messages: dict[str, Any] = {name: {"Msg": listed} for name in names}
    data = read_v2(**messages)
    assert (data.boards, data.pools, data.power_supply) == ((), (), None)


def test_unknown_input() -> None:
    """A power supply that says -1 does not know what it gets."""
    supply = read_v2(get_psu=PSU | {"vin": "-1", "iin": "-1"}).power_supply
    assert supply is not None
    assert (supply.voltage_in, supply.current_in) == (None, None)
    data = read_v3({"power": {"vin": -1, "iin": -1, "pin": 153, "vout": 4084}})
    assert data.power_supply is not None
    assert data.power_supply.voltage_in is None
    assert data.power_supply.voltage_out == 40.84
    assert data.unbelievable == ()


def test_none_is_no_doubt() -> None:
    """-1 is how firmware writes that there is no reading: nothing to be noted."""
    data = read_v2(summary={"MHS 1m": -1, "Power": -1, "Chip Temp Max": 0})
    assert (data.hashrate, data.power, data.chip_temperature_max) == (None, None, None)
    assert data.unbelievable == ()


FANS = {"MHS 1m": 51e6, "Factory GHS": 51_000}


@pytest.mark.parametrize("before", [(5400, 5400), (5400, 0)])
def test_fans_that_stand_still(before: tuple[int, int]) -> None:
    """Fans that have turned once are at 0 when both stand still, also while hashing."""
    intake, exhaust = before
    turning = {"Fan Speed In": intake, "Fan Speed Out": exhaust}
    still = {"Fan Speed In": 0, "Fan Speed Out": 0}
    known = Known()
    for speeds, expected in (
        (still, (None, None)),
        (turning, before),
        (still, (0, 0)),
        (still, (0, 0)),
        ({}, (None, None)),
        (still, (0, 0)),
        ({"Fan Speed In": 65535, "Fan Speed Out": 0}, (None, 0)),
    ):
        data = read_v2(known, summary=FANS | speeds)
        assert (data.fan_speed_in, data.fan_speed_out) == expected
        known = known.after(data)
    # What is shown is enough to know it after a restart.
    again = Known().after(read_v2(known, summary=FANS | still))
    data = read_v2(again, summary=FANS | still)
    assert (data.fan_speed_in, data.fan_speed_out) == (0, 0)


def test_fans_of_api_3() -> None:
    """API 3 is read in the same way; a machine cooled by liquid has none."""
    summary = {"hash-1min": 51, "fan-speed-in": 0, "fan-speed-out": 0}
    known = Known(fans_turned=True)
    assert read_v3(status={"summary": summary}, known=known).fan_speed_in == 0
    assert read_v3(status={"summary": summary}).fan_speed_in is None
    wet = {"miner": {"eeprom-liquid-cooling": "1"}}
    assert read_v3(wet, {"summary": summary}, known=known).fan_speed_in is None


@pytest.mark.parametrize("turning", ["in", "out"])
def test_one_fan_alone(turning: str) -> None:
    """The other one stands still, and the machine is cooled by air."""
    speeds = {"in": 0, "out": 0, turning: 5400}
    v2 = {f"Fan Speed {name.capitalize()}": rpm for name, rpm in speeds.items()}
    v3 = {f"fan-speed-{name}": rpm for name, rpm in speeds.items()}
    coolant = {"liquid-temperature": 44.1}
    for data in (
        read_v2(status={"liquid_temp": 44.1}, summary=FANS | v2),
        read_v3({"power": coolant}, {"summary": v3 | {"hash-1min": 51}}),
    ):
        assert (data.fan_speed_in, data.fan_speed_out) == (speeds["in"], speeds["out"])
        assert data.liquid_cooled is False
        assert data.coolant_temperature is None


def test_settings_of_api_3_in_two_places() -> None:
    """What the settings leave out stands in the device's information, on some firmware."""
    miner = {
        "UpfreqSpeed": "3",
        "hash-percent": "-5",
        "fast-boot": "disable",
        "heatmode": "heating",
    }
    data = read_v3({"miner": miner})
    assert (data.upfreq_speed, data.target_frequency_percent) == (3, -5)
    assert (data.fast_boot, data.heat_mode) == (False, "heating")
    setting = {
        "upfreq-speed": 0,
        "target-freq": 0,
        "fast-boot": "enable",
        "heat-mode": "normal",
    }
    data = read_v3({"miner": miner}, setting=setting)
    assert (data.upfreq_speed, data.target_frequency_percent) == (0, 0)
    assert (data.fast_boot, data.heat_mode) == (False, "normal")
    assert read_v3(setting=setting).fast_boot is True


@pytest.mark.parametrize(
    ("slots", "listed", "read"),
    [
        ([0, 1, 2], [60, 61, 62], [60, 61, 62]),
        # A place for each slot, also of the board that is missing.
        ([0, 2], [60, 0, 62], [60, 62]),
        ([1, 2], [0, 61, 62], [61, 62]),
        # One for each board that is there.
        ([0, 2], [60, 62], [60, 62]),
        ([1, 2], [61, 62], [61, 62]),
        ([1, 3], [0, 63], [None, 63]),
        # Neither can be told.
        ([0, 3], [60, 61, 62], [60, None]),
        ([0, 1], [], [None, None]),
    ],
)
def test_temperatures_of_missing_boards(
    slots: list[int], listed: list[int], read: list[int | None]
) -> None:
    """API 3 lists the temperatures of boards apart from them."""
    edevs = [{"id": slot, "slot": slot} for slot in slots]
    summary = {"board-temperature": listed}
    data = read_v3(status={"summary": summary, "edevs": edevs})
    assert [board.temperature for board in data.boards] == read


def test_a_coolant_beside_fans() -> None:
    """Fans that have turned say more than a temperature that the power supply gives."""
    still = {"summary": {"fan-speed-in": 0, "fan-speed-out": 0}}
    wet = {"power": {"liquid-temperature": 44.1}}
    assert read_v3(wet, still).liquid_cooled is True
    turned = Known(fans_turned=True, liquid_cooled=False)
    data = read_v3(wet, still, known=turned)
    assert data.liquid_cooled is False
    assert data.fan_speed_in == 0
    marked = wet | {"miner": {"eeprom-liquid-cooling": "111"}}
    assert read_v3(marked, still, known=turned).liquid_cooled is True


@pytest.mark.parametrize("mark", ["coolant", "word"])
def test_a_single_speed_in_water(mark: str) -> None:
    """One slip does not make fans of a machine that is cooled by liquid."""
    status = {"liquid_temp": 44.1} if mark == "coolant" else {}
    total = FANS | ({"Liquid Cooling": True} if mark == "word" else {})
    still = total | {"Fan Speed In": 0, "Fan Speed Out": 0}
    turning = total | {"Fan Speed In": 4000, "Fan Speed Out": 0}
    known = Known()
    for summary, liquid, fan in (
        (still, True, None),
        (turning, False, 4000),
        (still, True, None),
        (turning, False, 4000),
    ):
        data = read_v2(known, status=status, summary=summary)
        assert (data.liquid_cooled, data.fan_speed_in) == (liquid, fan)
        known = known.after(data)
    assert not known.fans_turned
    # Twice in a row are fans: it was read while they stood still.
    known = known.after(read_v2(known, status=status, summary=turning))
    assert known.fans_turned
    assert known.liquid_cooled is False


def test_details_of_api_3() -> None:
    """Energy counters, serial numbers, chip bins, rate and suffix are read."""
    data = read_v3(
        {
            "miner": {
                "working": "true",
                "pcbsn0": "PCB-0",
                "chipdata1": "KAAP315-2601 BINVLC-199004E",
            }
        },
        {
            "summary": {
                "hash-1min": 101.8,
                "power-rate": 31.886,
                "power-on-stats": {"energy-ws": 70653003},
                "cumulative-stats": {"energy-ws": 36_000_000_000},
            },
            "edevs": [{"slot": 0, "hash-average": 33}, {"slot": 1}],
            "pools": [{"id": 1, "status": "alive", "reject-percent": 4.5}],
        },
        {"btrom-worker-suffix": ".rig7", "power-percent": 0},
    )
    assert data.energy_since_power_on == pytest.approx(19.6258, abs=1e-4)
    assert data.energy_lifetime == 10_000
    assert data.power_rate == data.efficiency == 31.886
    assert data.worker_suffix == ".rig7"
    assert data.power_percent == 100
    assert [board.serial_number for board in data.boards] == ["PCB-0", None]
    assert data.boards[1].chip_bin == "KAAP315-2601 BINVLC-199004E"
    assert data.pools[0].rejected_percent == 4.5


@pytest.mark.parametrize("counter", [None, "text", [], {"energy-ws": -1}, {}])
def test_energy_that_is_not_counted(counter: Any) -> None:
    """Without a counter there is no energy, and not zero."""
    data = read_v3(status={"summary": {"cumulative-stats": counter}})
    assert data.energy_lifetime is None
    assert data.energy_since_power_on is None


@pytest.mark.parametrize("mode", ["User", "sleep", "", "3", "x" * 500])
def test_other_modes(mode: str) -> None:
    """A power mode or heat mode that the model does not know is None."""
    assert read_v2(summary={"Power Mode": mode}).power_mode is None
    assert read_v3(setting={"power-mode": mode, "heat-mode": mode}).power_mode is None
    assert read_v3(setting={"heat-mode": mode}).heat_mode is None
    assert read_v3({"power": {"mode": "2"}}).power_mode == "high"
    setting = {"power-mode": "Low"}
    assert read_v3({"power": {"mode": "2"}}, setting=setting).power_mode == "low"


def test_elapsed() -> None:
    """Seconds that no miner can have run are none."""
    for seconds in (1e11, -10_000_000, 2147483647):
        data = read_v2(summary={"Elapsed": seconds, "Uptime": seconds})
        assert (data.mining_uptime, data.uptime) == (None, None)
    assert read_v2(summary={"Elapsed": 238.35}).mining_uptime == 238


@pytest.mark.parametrize(
    ("elapsed", "uptime", "state"),
    [
        (900, 1000, MiningState.IDLE),
        (60, 1000, MiningState.STARTING),
        (-10_000_000, 1000, MiningState.IDLE),
        (1e11, 60, MiningState.STARTING),
        (None, None, MiningState.STARTING),
    ],
)
def test_a_clock_that_jumped(
    elapsed: float | None, uptime: int | None, state: MiningState
) -> None:
    """Where the mining process miscounts its time, that of the board says the state."""
    data = read_v2(
        status={"mineroff": "false"},
        summary={"Elapsed": elapsed, "Uptime": uptime, "MHS 1m": 0},
    )
    assert data.state is state


@pytest.mark.parametrize(
    ("slots", "read"),
    [
        ([0, 1, 2], [0, 1, 2]),
        ([2, 0, 1], [0, 1, 2]),
        ([-1, 1_000_000_000, 2], [0, 1, 2]),
        ([1, 1, 1], [1, 2]),
        ([None, "x", 1e300], [0, 1, 2]),
        ([0, 0, 0], [0, 1, 2]),
        (list(range(5000)), list(range(16))),
        ([7] * 5000, [7, *(slot for slot in range(1, 16) if slot != 7)]),
    ],
)
def test_absurd_numbers_of_rows(slots: list[Any], read: list[int]) -> None:
    """Boards and pools have numbers from 0, each of its own, and there are only so many."""
    boards = [{"Slot": slot, "MHS av": 1} for slot in slots]
    pools = [{"Priority": slot, "URL": "x"} for slot in slots]
    data = read_v2(edevs={"DEVS": boards}, pools={"POOLS": pools})
    assert [board.slot for board in data.boards] == sorted(read)
    assert [pool.priority for pool in data.pools] == sorted(read)
    data = read_v3(status={"edevs": [{"slot": slot} for slot in slots]})
    assert [board.slot for board in data.boards] == sorted(read)


def test_long_text() -> None:
    """Text that is shown is no longer than a state can be."""
    answers: v2_identity.Answers = {
        "get_miner_info": {"Msg": {"hostname": "h" * 10_000}},
        "get_version": {"Msg": {"api_ver": "1." * 100_000, "miner_type": "m" * 999}},
        "status": {"Msg": {"mineroff": "true", "mineroff_reason": "r" * 999}},
        "pools": {"POOLS": [{"User": "u" * 999}]},
    }
    data = v2_fields.parse_v2_data(answers, Known(), NOW)
    assert data.identity.hostname == "h" * 255
    assert len(data.identity.api_version or "") < 60
    assert len(data.identity.model or "") == 255
    assert len(data.stop_reason or "") == 255
    assert len(data.pools[0].worker or "") == 255
