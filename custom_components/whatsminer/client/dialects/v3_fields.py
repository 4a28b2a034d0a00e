"""What the answers of API v3 mean."""

from collections.abc import Mapping
from typing import Any

from ..controls import offered
from ..fields import Doubts, Fields, by_number
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
    SECONDS,
    TEMPERATURE_OFFSET,
    UPFREQ_SPEED,
    Kind,
)
from ..values import mac, text
from . import common

type Section = Mapping[str, Any]

_POWER_MODES = dict(zip("012", common.POWER_MODES, strict=True))


def section(message: Any, name: str) -> Section:
    """Return a section of a message; empty when it is not there.

    While mining is stopped a section, or the whole message, can be a text instead.
    """
    found = message.get(name) if isinstance(message, dict) else None
    return found if isinstance(found, dict) else {}


def rows(message: Any, name: str) -> list[Section]:
    """Return the rows of a section; empty when it is not there."""
    found = message.get(name) if isinstance(message, dict) else None
    if not isinstance(found, list):
        return []
    return [row for row in found if isinstance(row, dict)]


def is_whatsminer(info: Any) -> bool:
    """Tell whether `get.device.info` can only come from a WhatsMiner."""
    return bool(section(info, "system")) or bool(section(info, "miner"))


def identity(info: Any) -> MinerIdentity:
    """Say who the miner is."""
    network, miner, system = (
        section(info, name) for name in ("network", "miner", "system")
    )
    return MinerIdentity(
        mac=mac(network.get("mac")),
        model=text(miner.get("type")),
        serial_number=text(miner.get("miner-sn")),
        hostname=text(network.get("hostname")),
        firmware=text(system.get("fwversion")),
        api_version=text(system.get("api")),
        control_board=text(system.get("platform")),
    )


def data(info: Any, status: Any, setting: Any, known: Known, now: float) -> MinerData:
    """Say what the miner does.

    `info` and `status` are the messages of `get.device.info` and `get.miner.status`,
    `setting` is what the commands for settings report; `known` is from earlier
    readings, `now` a Unix time.
    """
    doubts = Doubts()
    miner, system, psu, total = (
        Fields(section(message, name), doubts)
        for message, name in (
            *((info, name) for name in ("miner", "system", "power")),
            (status, "summary"),
        )
    )
    wanted = Fields(setting if isinstance(setting, dict) else {}, doubts)
    mining = miner.boolean("working")
    temperatures = _board_temperatures(total, doubts)
    hash_boards = boards(status, miner, temperatures, doubts)
    factory = common.rating(total.number(RATING, "factory-hash"), hash_boards, doubts)
    hash_boards = common.within(factory, hash_boards, doubts)
    rates = common.hashrate_kind(factory)
    hashrate = total.number(rates, "hash-1min", "hash-realtime", "hash-average")
    coolant = psu.number(COOLANT, "liquid-temperature")
    # A machine whose fans have turned is none that is cooled by liquid.
    sign = None if known.fans_turned else coolant
    fan_in = total.integer(FAN_SPEED, "fan-speed-in")
    fan_out = total.integer(FAN_SPEED, "fan-speed-out")
    liquid = False if fan_in or fan_out else _liquid(miner, sign)
    if liquid is None:
        liquid = known.liquid_cooled
    fan_in, fan_out = common.fans(
        (fan_in, fan_out), known=known, hashrate=hashrate, liquid_cooled=liquid
    )
    # 0 for a minute after a change, and while the miner is stopped.
    limit = total.number(POWER_LIMIT, "power-limit")
    watts = common.power_kind(factory, limit)
    mean = total.number(watts, "power-5min")
    power = total.number(watts, "power-realtime")
    supply = power_supply(psu, watts, liquid_cooled=bool(liquid))
    if power is None and supply is not None:
        # The summary is away while mining is stopped, the power supply is not.
        power = supply.power_in
    power = mean if power is None else power
    if mining is False:
        hashrate = 0.0
    power_rate = total.number(POWER_RATE, "power-rate")
    percent = wanted.number(POWER_PERCENT, "power-percent")
    return common.concluded(
        MinerData(
            identity=identity(info),
            capabilities=offered("3.0", liquid),
            mining=mining,
            hashrate=hashrate,
            hashrate_15m=total.number(rates, "hash-15min"),
            hashrate_average=total.number(rates, "hash-average"),
            hashrate_factory=factory,
            power=power,
            power_average=mean,
            power_limit=limit,
            power_limit_set=common.limit_set(miner, "power-limit-set"),
            power_mode=_power_mode(psu, wanted),
            # 0 stands for none asked for: all of the power.
            power_percent=100.0 if percent == 0 else percent,
            efficiency=common.efficiency(power_rate, power, hashrate),
            power_rate=power_rate,
            energy_since_power_on=_energy(total, "power-on-stats", doubts),
            energy_lifetime=_energy(total, "cumulative-stats", doubts),
            board_temperature=max(temperatures.values(), default=None),
            chip_temperature_min=total.number(HOT_TEMPERATURE, "chip-temp-min"),
            chip_temperature_average=total.number(HOT_TEMPERATURE, "chip-temp-avg"),
            chip_temperature_max=total.number(HOT_TEMPERATURE, "chip-temp-max"),
            environment_temperature=total.number(
                ENVIRONMENT, "environment-temperature"
            ),
            coolant_temperature=None if liquid is False else coolant,
            liquid_cooled=liquid,
            fan_speed_in=fan_in,
            fan_speed_out=fan_out,
            frequency=total.number(FREQUENCY, "freq-avg"),
            target_frequency_percent=_first(
                wanted.integer(FREQUENCY_PERCENT, "target-freq"),
                miner.integer(FREQUENCY_PERCENT, "hash-percent"),
            ),
            fast_boot=_first(miner.boolean("fast-boot"), wanted.boolean("fast-boot")),
            upfreq_speed=_first(
                wanted.integer(UPFREQ_SPEED, "upfreq-speed"),
                miner.integer(UPFREQ_SPEED, "UpfreqSpeed"),
            ),
            temperature_offset=None
            if liquid
            else wanted.integer(TEMPERATURE_OFFSET, "fan-temp-offset"),
            heat_mode=common.one_of(
                common.HEAT_MODES, wanted.text("heat-mode") or miner.text("heatmode")
            ),
            web_pools=miner.boolean("web-pool"),
            led=system.text("ledstatus"),
            worker_suffix=wanted.text("btrom-worker-suffix"),
            uptime=total.integer(SECONDS, "bootup-time"),
            mining_uptime=total.integer(SECONDS, "elapsed"),
            boards=hash_boards,
            pools=pools(status, doubts),
            power_supply=supply,
            errors=errors(info, doubts),
        ),
        (total.boolean("up-freq-finish"),),
        now,
        doubts,
    )


def boards(
    status: Any, miner: Fields, temperatures: Mapping[int, float], doubts: Doubts
) -> tuple[Board, ...]:
    """Return the hash boards; what else is known of them stands elsewhere, by slot."""
    found = []
    listed = by_number(rows(status, "edevs"), doubts, "board", "slot", "id")
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
                hashrate=row.number(
                    HASHRATE, "hash-1min", "hash-realtime", "hash-average"
                ),
                hashrate_average=row.number(HASHRATE, "hash-average"),
                hashrate_factory=row.number(RATING, "factory-hash"),
                temperature=temperatures.get(slot),
                chip_temperature_min=row.number(HOT_TEMPERATURE, "chip-temp-min"),
                chip_temperature_average=row.number(HOT_TEMPERATURE, "chip-temp-avg"),
                chip_temperature_max=row.number(HOT_TEMPERATURE, "chip-temp-max"),
                frequency=row.number(FREQUENCY, "freq"),
                chips=row.integer(CHIPS, "effective-chips"),
                serial_number=miner.text(f"pcbsn{slot}"),
                chip_bin=miner.text(f"chipdata{slot}"),
            )
        )
    return tuple(found)


def pools(status: Any, doubts: Doubts) -> tuple[Pool, ...]:
    """Return the pools at work in the order in which they are tried; no counts."""
    found = []
    # Numbered from 1 by `id`, or given with a priority from 0.
    for priority, row in by_number(
        rows(status, "pools"), doubts, "pool", "pool-priority"
    ):
        state = row.text("status")
        found.append(
            Pool(
                priority=priority,
                url=row.text("url"),
                worker=row.text("account"),
                alive=None if state is None else state.lower() == "alive",
                active=row.boolean("stratum-active"),
                rejected_percent=row.number(PERCENT, "reject-percent", "reject-rate"),
                last_share=row.integer(EPOCH, "last-share-time"),
            )
        )
    return tuple(found)


def errors(info: Any, doubts: Doubts) -> tuple[MinerError, ...] | None:
    """Return the listed errors; a message without the list has none."""
    if not isinstance(info, dict) or not section(info, "miner"):
        return None
    return common.error_list(info.get("error-code", []), doubts)


def power_supply(
    psu: Fields, watts: Kind, *, liquid_cooled: bool
) -> PowerSupply | None:
    """Return what the power section gives: A, V, W; the output voltage in 10 mV.

    The fan speed of an M64 that is cooled by liquid is the liquid's temperature.
    """
    found = PowerSupply(
        model=psu.text("model", "type"),
        serial_number=psu.text("sn"),
        firmware=psu.text("swversion"),
        voltage_in=psu.number(MAINS_VOLTAGE, "vin"),
        current_in=psu.number(MAINS_CURRENT, "iin"),
        power_in=psu.number(watts, "pin"),
        voltage_out=psu.number(BOARD_VOLTAGE, "vout", unit=100),
        temperature=psu.number(HOT_TEMPERATURE, "temp0"),
        fan_speed=None if liquid_cooled else psu.integer(PSU_FAN_SPEED, "fanspeed"),
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
    return fields.number(ENERGY, "energy-ws", unit=3.6e6)


def _liquid(miner: Fields, coolant: float | None) -> bool | None:
    """Return whether the machine is cooled by liquid, if it says so."""
    marks = miner.text("eeprom-liquid-cooling") or ""
    return True if coolant or any(mark in "123456789" for mark in marks) else None


def _power_mode(psu: Fields, wanted: Fields) -> str | None:
    """Return the power mode, a digit in the one place and a word in the other."""
    mode = wanted.text("power-mode") or str(psu.get("mode"))
    return common.one_of(common.POWER_MODES, _POWER_MODES.get(mode, mode))


def _first[ValueT](value: ValueT | None, other: ValueT | None) -> ValueT | None:
    """Return the first number that is there."""
    return other if value is None else value
