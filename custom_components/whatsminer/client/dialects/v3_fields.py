"""What the answers of API v3 mean."""

from collections.abc import Mapping
from typing import Any

from ..controls import offered
from ..fields import Doubts, Fields, by_number, numbers
from ..known import Known
from ..models import Board, MinerData, MinerError, MinerIdentity, Pool, PowerSupply
from ..ranges import (
    BOARD_VOLTAGE,
    CHIPS,
    COOLANT,
    ENERGY,
    ENVIRONMENT,
    EPOCH,
    FAN_SPEED,
    FREQUENCY,
    FREQUENCY_PERCENT,
    HASHRATE,
    HOT_TEMPERATURE,
    MAINS_CURRENT,
    MAINS_VOLTAGE,
    MOST_ROWS,
    PERCENT,
    POWER_LIMIT,
    POWER_PERCENT,
    POWER_RATE,
    PSU_FAN_SPEED,
    RATING,
    TEMPERATURE_OFFSET,
    UPFREQ_SPEED,
    Kind,
)
from ..values import parse_mac, parse_text
from . import common

type Section = Mapping[str, Any]

_POWER_MODES = dict(zip("012", common.POWER_MODES, strict=True))

_CHIPS = {
    "chip_temperature_min": (HOT_TEMPERATURE, "chip-temp-min"),
    "chip_temperature_average": (HOT_TEMPERATURE, "chip-temp-avg"),
    "chip_temperature_max": (HOT_TEMPERATURE, "chip-temp-max"),
}
_SUMMARY = numbers(
    environment_temperature=(ENVIRONMENT, "environment-temperature"),
    frequency=(FREQUENCY, "freq-avg"),
    **_CHIPS,
)
_BOARD = numbers(
    hashrate_average=(HASHRATE, "hash-average"),
    hashrate_factory=(RATING, "factory-hash"),
    frequency=(FREQUENCY, "freq"),
    chips=(CHIPS, "effective-chips"),
    **_CHIPS,
)
_PSU = numbers(
    voltage_in=(MAINS_VOLTAGE, "vin"),
    current_in=(MAINS_CURRENT, "iin"),
    temperature=(HOT_TEMPERATURE, "temp0"),
)


def section(message: Any, name: str) -> Section:
    """Return a section of a message; empty when it is not there.

    While mining is stopped a section, or the whole message, can be a text instead.
    """
    found = message.get(name) if isinstance(message, dict) else None
    return found if isinstance(found, dict) else {}


def v3_rows(message: Any, name: str) -> list[Section]:
    """Return the rows of a section; empty when it is not there."""
    found = message.get(name) if isinstance(message, dict) else None
    if not isinstance(found, list):
        return []
    return [row for row in found if isinstance(row, dict)]


def is_v3_whatsminer(info: Any) -> bool:
    """Return whether `get.device.info` can only come from a WhatsMiner."""
    return bool(section(info, "system")) or bool(section(info, "miner"))


def parse_v3_identity(info: Any) -> MinerIdentity:
    """Say who the miner is."""
    network, miner, system = (
        section(info, name) for name in ("network", "miner", "system")
    )
    return MinerIdentity(
        mac=parse_mac(network.get("mac")),
        model=parse_text(miner.get("type")),
        serial_number=parse_text(miner.get("miner-sn")),
        hostname=parse_text(network.get("hostname")),
        firmware=parse_text(system.get("fwversion")),
        api_version=parse_text(system.get("api")),
        control_board=parse_text(system.get("platform")),
    )


def parse_v3_data(
    info: Any,
    status: Any,
    setting: Any,
    known: Known,
    now: float,
    identity: MinerIdentity | None = None,
) -> MinerData:
    """Say what the miner does, by messages: device info, status, and all settings.

    `known` is from earlier readings, `now` a Unix time, `identity` that of `info`.
    """
    doubts = Doubts()
    miner, system, psu = (
        Fields(section(info, name), doubts) for name in ("miner", "system", "power")
    )
    total = Fields(section(status, "summary"), doubts)
    settings = Fields(setting if isinstance(setting, dict) else {}, doubts)
    temperatures = _board_temperatures(total, doubts)
    boards = parse_v3_boards(status, miner, temperatures, doubts)
    factory = common.rating(total.number(RATING, "factory-hash"), boards, doubts)
    rates = common.hashrate_kind(factory)
    hashrate = total.first_number(rates, "hash-1min", "hash-realtime", "hash-average")
    mining = miner.boolean("working")
    cooling = _cooling(miner, psu, total, known, hashrate)
    liquid = cooling["liquid_cooled"]
    hashrate = 0.0 if mining is False else hashrate
    data = MinerData(
        identity=identity or parse_v3_identity(info),
        capabilities=offered("3.0", liquid),
        mining=mining,
        hashrate=hashrate,
        hashrate_15m=total.number(rates, "hash-15min"),
        hashrate_average=total.number(rates, "hash-average"),
        hashrate_factory=factory,
        energy_since_power_on=_energy(total, "power-on-stats", doubts),
        energy_lifetime=_energy(total, "cumulative-stats", doubts),
        board_temperature=max(temperatures.values(), default=None),
        fans_turned=known.fans_turned or None,
        boards=common.within(factory, boards, doubts),
        pools=parse_v3_pools(status, doubts),
        errors=parse_v3_errors(info, doubts),
        **total.numbers(_SUMMARY),
        **common.running(
            total, mining, hashrate, ("up-freq-finish",), "bootup-time", "elapsed"
        ),
        **cooling,
        **_power(psu, total, factory, hashrate, liquid_cooled=bool(liquid)),
        **_settings(miner, psu, system, settings, liquid_cooled=bool(liquid)),
        # Last: all is read by now.
        unbelievable=tuple(doubts),
    )
    return common.with_errors_judged(data, now)


def _power(
    psu: Fields,
    total: Fields,
    factory: float | None,
    hashrate: float | None,
    *,
    liquid_cooled: bool,
) -> common.Power:
    """Return what the machine draws."""
    # 0 for a minute after a change, and while the miner is stopped.
    limit = total.number(POWER_LIMIT, "power-limit")
    watts = common.power_kind(factory, limit)
    return common.powered(
        total.number(watts, "power-realtime"),
        total.number(watts, "power-5min"),
        limit,
        total.number(POWER_RATE, "power-rate"),
        parse_v3_power_supply(psu, watts, liquid_cooled=liquid_cooled),
        hashrate,
    )


def _settings(
    miner: Fields,
    psu: Fields,
    system: Fields,
    settings: Fields,
    *,
    liquid_cooled: bool,
) -> common.Settings:
    """Return what the miner is set to."""
    percent = settings.number(POWER_PERCENT, "power-percent")
    offset = settings.integer(TEMPERATURE_OFFSET, "fan-temp-offset")
    heat_mode = settings.text("heat-mode") or miner.text("heatmode")
    return {
        "power_limit_set": common.parse_limit_set(miner, "power-limit-set"),
        "power_mode": _power_mode(psu, settings),
        # 0 stands for none asked for: all of the power.
        "power_percent": 100.0 if percent == 0 else percent,
        "target_frequency_percent": _first(
            settings.integer(FREQUENCY_PERCENT, "target-freq"),
            miner.integer(FREQUENCY_PERCENT, "hash-percent"),
        ),
        "fast_boot": _first(miner.boolean("fast-boot"), settings.boolean("fast-boot")),
        "upfreq_speed": _first(
            settings.integer(UPFREQ_SPEED, "upfreq-speed"),
            miner.integer(UPFREQ_SPEED, "UpfreqSpeed"),
        ),
        "temperature_offset": None if liquid_cooled else offset,
        "heat_mode": common.one_of(common.HEAT_MODES, heat_mode),
        "web_pools": miner.boolean("web-pool"),
        "led": system.text("ledstatus"),
        "worker_suffix": settings.text("btrom-worker-suffix"),
    }


def _cooling(
    miner: Fields, psu: Fields, total: Fields, known: Known, hashrate: float | None
) -> common.Cooling:
    """Return how the machine is cooled."""
    coolant = psu.number(COOLANT, "liquid-temperature")
    fans = (
        total.integer(FAN_SPEED, "fan-speed-in"),
        total.integer(FAN_SPEED, "fan-speed-out"),
    )
    # A machine whose fans have turned is none that is cooled by liquid.
    liquid = _is_v3_liquid(miner, None if known.fans_turned else coolant)
    return common.cooling(known, fans, coolant, hashrate, liquid=liquid)


def parse_v3_boards(
    status: Any, miner: Fields, temperatures: Mapping[int, float], doubts: Doubts
) -> tuple[Board, ...]:
    """Return the hash boards; what else is known of them stands elsewhere, by slot."""
    found = []
    listed = by_number(v3_rows(status, "edevs"), doubts, "board", "slot", "id")
    slots = [slot for slot, _ in listed]
    # One for each slot, also of a board that is missing. A list that is too short for
    # that, and as long as there are boards, can only be of those in turn.
    given = section(status, "summary").get("board-temperature")
    if isinstance(given, list) and len(given) == len(slots) <= max(slots, default=0):
        temperatures = {
            slot: temperatures[place]
            for place, slot in enumerate(slots)
            if place in temperatures
        }
    for slot, row in listed:
        found.append(
            Board(
                slot=slot,
                hashrate=row.first_number(
                    HASHRATE, "hash-1min", "hash-realtime", "hash-average"
                ),
                temperature=temperatures.get(slot),
                serial_number=miner.text(f"pcbsn{slot}"),
                chip_bin=miner.text(f"chipdata{slot}"),
                **row.numbers(_BOARD),
            )
        )
    return tuple(found)


def parse_v3_pools(status: Any, doubts: Doubts) -> tuple[Pool, ...]:
    """Return the pools at work in the order in which they are tried; no counts."""
    found = []
    # Numbered from 1 by `id`, or given with a priority from 0.
    for priority, row in by_number(
        v3_rows(status, "pools"), doubts, "pool", "pool-priority"
    ):
        state = row.text("status")
        found.append(
            Pool(
                priority=priority,
                url=row.text("url"),
                worker=row.text("account"),
                alive=None if state is None else state.lower() == "alive",
                active=row.boolean("stratum-active"),
                rejected_percent=row.first_number(
                    PERCENT, "reject-percent", "reject-rate"
                ),
                last_share=row.integer(EPOCH, "last-share-time"),
            )
        )
    return tuple(found)


def parse_v3_errors(info: Any, doubts: Doubts) -> tuple[MinerError, ...] | None:
    """Return the listed errors; a message without the list has none."""
    if not isinstance(info, dict) or not section(info, "miner"):
        return None
    return common.parse_errors(info.get("error-code", []), doubts)


def parse_v3_power_supply(
    psu: Fields, watts: Kind, *, liquid_cooled: bool
) -> PowerSupply | None:
    """Return what the power section gives: A, V, W; the output voltage in 10 mV.

    The fan speed of an M64 that is cooled by liquid is the liquid's temperature.
    """
    found = PowerSupply(
        model=psu.text("model") or psu.text("type"),
        serial_number=psu.text("sn"),
        firmware=psu.text("swversion"),
        power_in=psu.number(watts, "pin"),
        voltage_out=psu.number_in(100, BOARD_VOLTAGE, "vout"),
        fan_speed=None if liquid_cooled else psu.integer(PSU_FAN_SPEED, "fanspeed"),
        **psu.numbers(_PSU),
    )
    return None if found == PowerSupply() else found


def _board_temperatures(total: Fields, doubts: Doubts) -> dict[int, float]:
    """Return the temperatures of the boards by slot, without those that have none."""
    listed = total.get("board-temperature")
    if not isinstance(listed, list):
        return {}
    by_slot = {str(slot): value for slot, value in enumerate(listed[:MOST_ROWS])}
    fields = Fields(by_slot, doubts, "board-temperature ")
    read = {int(slot): fields.number(HOT_TEMPERATURE, slot) for slot in by_slot}
    return {slot: value for slot, value in read.items() if value is not None}


def _energy(total: Fields, name: str, doubts: Doubts) -> float | None:
    """Return the energy that a counter of the miner shows, in kWh."""
    counter = total.get(name)
    fields = Fields(counter if isinstance(counter, dict) else {}, doubts, f"{name} ")
    return fields.number_in(3.6e6, ENERGY, "energy-ws")


def _is_v3_liquid(miner: Fields, coolant: float | None) -> bool | None:
    """Return whether the machine is cooled by liquid, if it says so."""
    marks = miner.text("eeprom-liquid-cooling") or ""
    return True if coolant or any(mark in "123456789" for mark in marks) else None


def _power_mode(psu: Fields, settings: Fields) -> str | None:
    """Return the power mode, a digit in the one place and a word in the other."""
    mode = settings.text("power-mode") or str(psu.get("mode"))
    return common.one_of(common.POWER_MODES, _POWER_MODES.get(mode, mode))


def _first[ValueT](value: ValueT | None, other: ValueT | None) -> ValueT | None:
    """Return the first number that is there."""
    return other if value is None else value
