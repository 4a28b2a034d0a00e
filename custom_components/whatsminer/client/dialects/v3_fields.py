"""What the answers of API v3 mean."""

from collections.abc import Mapping
from typing import Any

from ..controls import offered
from ..known import Known
from ..models import Board, MinerData, MinerError, MinerIdentity, Pool, PowerSupply
from ..values import boolean, integer, mac, not_negative, number, positive, text
from . import common

type Fields = Mapping[str, Any]

_POWER_MODES = {"0": "low", "1": "normal", "2": "high"}


def section(message: Any, name: str) -> Fields:
    """Return a section of a message; empty when it is not there.

    While mining is stopped a section, or the whole message, can be a text instead.
    """
    found = message.get(name) if isinstance(message, dict) else None
    return found if isinstance(found, dict) else {}


def rows(message: Any, name: str) -> list[Fields]:
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
    miner, system, psu = (section(info, name) for name in ("miner", "system", "power"))
    total = section(status, "summary")
    wanted = setting if isinstance(setting, dict) else {}
    mining = boolean(miner.get("working"))
    hashrate = _rate(total, "hash-1min", "hash-realtime", "hash-average")
    hash_boards = boards(status)
    its_pools = pools(status)
    its_errors = errors(info)
    coolant = positive(psu.get("liquid-temperature"))
    liquid = _liquid(miner, total, coolant)
    if liquid is None:
        liquid = known.liquid_cooled
    mining_uptime = integer(total.get("elapsed"))
    tuned = boolean(total.get("up-freq-finish"))
    fan_in, fan_out = common.fans(
        (total.get("fan-speed-in"), total.get("fan-speed-out")),
        hashrate=hashrate,
        known=known,
        liquid_cooled=liquid,
    )
    mean = not_negative(total.get("power-5min"))
    power = not_negative(total.get("power-realtime"))
    if power is None:
        # The summary is away while mining is stopped, the power supply is not.
        power = not_negative(psu.get("pin"))
    return MinerData(
        identity=identity(info),
        capabilities=offered("3.0", liquid),
        mining=mining,
        state=common.mining_state(
            mining=mining,
            hashrate=hashrate,
            tuned=(tuned,),
            mining_uptime=mining_uptime,
            pools=its_pools,
            errors=its_errors or (),
        ),
        hashrate=hashrate,
        hashrate_15m=_rate(total, "hash-15min"),
        hashrate_average=_rate(total, "hash-average"),
        # -0.001 for each board while it is not known.
        hashrate_factory=positive(total.get("factory-hash")),
        power=mean if power is None else power,
        power_average=mean,
        # 0 for a minute after a change, and while the miner is stopped.
        power_limit=positive(total.get("power-limit")),
        power_limit_set=common.limit_set(miner.get("power-limit-set")),
        power_mode=_power_mode(psu, wanted),
        # 0 stands for none asked for: all of the power.
        power_percent=100.0
        if number(wanted.get("power-percent")) == 0
        else positive(wanted.get("power-percent")),
        efficiency=positive(total.get("power-rate")) if hashrate else None,
        board_temperature=max(_board_temperatures(total).values(), default=None),
        chip_temperature_min=positive(total.get("chip-temp-min")),
        chip_temperature_average=positive(total.get("chip-temp-avg")),
        chip_temperature_max=positive(total.get("chip-temp-max")),
        environment_temperature=number(total.get("environment-temperature")),
        coolant_temperature=None if liquid is False else coolant,
        liquid_cooled=liquid,
        fan_speed_in=fan_in,
        fan_speed_out=fan_out,
        frequency=not_negative(total.get("freq-avg")),
        target_frequency_percent=_percent(miner, wanted),
        fast_boot=boolean(miner.get("fast-boot")),
        upfreq_speed=_first(wanted.get("upfreq-speed"), miner.get("UpfreqSpeed")),
        temperature_offset=None if liquid else integer(wanted.get("fan-temp-offset")),
        heat_mode=text(wanted.get("heat-mode")) or text(miner.get("heatmode")),
        web_pools=boolean(miner.get("web-pool")),
        led=text(system.get("ledstatus")),
        uptime=integer(total.get("bootup-time")),
        mining_uptime=mining_uptime,
        boards=hash_boards,
        pools=its_pools,
        power_supply=power_supply(psu, liquid_cooled=bool(liquid)),
        errors=its_errors,
    )


def boards(status: Any) -> tuple[Board, ...]:
    """Return the hash boards; their temperatures stand in the summary, by slot."""
    temperatures = _board_temperatures(section(status, "summary"))
    found = []
    for position, row in enumerate(rows(status, "edevs")):
        slot = integer(row.get("slot", row.get("id")))
        slot = position if slot is None else slot
        found.append(
            Board(
                slot=slot,
                hashrate=_rate(row, "hash-1min", "hash-realtime", "hash-average"),
                hashrate_average=_rate(row, "hash-average"),
                hashrate_factory=positive(row.get("factory-hash")),
                temperature=temperatures.get(slot),
                chip_temperature_min=positive(row.get("chip-temp-min")),
                chip_temperature_average=positive(row.get("chip-temp-avg")),
                chip_temperature_max=positive(row.get("chip-temp-max")),
                frequency=not_negative(row.get("freq")),
                chips=integer(row.get("effective-chips")),
            )
        )
    return tuple(sorted(found, key=lambda board: board.slot))


def pools(status: Any) -> tuple[Pool, ...]:
    """Return the pools in the order in which they are tried; no counts of shares."""
    found = []
    for position, row in enumerate(rows(status, "pools")):
        # Numbered from 1, or given with a priority from 0.
        priority = integer(row.get("pool-priority"))
        told = text(row.get("status"))
        rejected = not_negative(row.get("reject-percent"))
        found.append(
            Pool(
                priority=position if priority is None else priority,
                url=text(row.get("url")),
                worker=text(row.get("account")),
                alive=None if told is None else told.lower() == "alive",
                active=boolean(row.get("stratum-active")),
                rejected_percent=not_negative(row.get("reject-rate"))
                if rejected is None
                else rejected,
                last_share=integer(positive(row.get("last-share-time"))),
            )
        )
    return tuple(sorted(found, key=lambda pool: pool.priority))


def errors(info: Any) -> tuple[MinerError, ...] | None:
    """Return the active errors; a message without the list has none to tell of."""
    if not isinstance(info, dict) or not section(info, "miner"):
        return None
    return common.error_list(info.get("error-code", []))


def power_supply(psu: Fields, *, liquid_cooled: bool) -> PowerSupply | None:
    """Return what the power section tells: A, V, W; the output voltage in 10 mV.

    The fan speed of an M64 that is cooled by liquid is the liquid's temperature.
    """
    output = positive(psu.get("vout"))
    found = PowerSupply(
        model=text(psu.get("model")) or text(psu.get("type")),
        serial_number=text(psu.get("sn")),
        firmware=text(psu.get("swversion")),
        voltage_in=not_negative(psu.get("vin")),
        current_in=not_negative(psu.get("iin")),
        power_in=not_negative(psu.get("pin")),
        voltage_out=None if output is None else output / 100,
        temperature=positive(psu.get("temp0")),
        fan_speed=None if liquid_cooled else integer(positive(psu.get("fanspeed"))),
    )
    return None if found == PowerSupply() else found


def _rate(fields: Fields, *names: str) -> float | None:
    """Return the first of the hashrates that is there, in TH/s."""
    for name in names:
        if (rate := not_negative(fields.get(name))) is not None:
            return rate
    return None


def _board_temperatures(total: Fields) -> dict[int, float]:
    """Return the temperatures of the boards by slot, without those that have none."""
    listed = total.get("board-temperature")
    if not isinstance(listed, list):
        return {}
    read = {slot: positive(value) for slot, value in enumerate(listed)}
    return {slot: value for slot, value in read.items() if value is not None}


def _liquid(miner: Fields, total: Fields, coolant: float | None) -> bool | None:
    """Return whether the machine is cooled by liquid, if it says anything about it."""
    if positive(total.get("fan-speed-in")) or positive(total.get("fan-speed-out")):
        return False
    marks = text(miner.get("eeprom-liquid-cooling")) or ""
    return True if coolant or any(mark in "123456789" for mark in marks) else None


def _power_mode(psu: Fields, setting: Fields) -> str | None:
    """Return the power mode, a digit in the one place and a word in the other."""
    mode = text(setting.get("power-mode"))
    if mode is None:
        mode = str(psu.get("mode"))
    mode = _POWER_MODES.get(mode, mode.lower())
    return mode if mode in _POWER_MODES.values() else None


def _percent(miner: Fields, setting: Fields) -> int | None:
    """Return the target frequency in % above or below the normal one."""
    return _first(setting.get("target-freq"), miner.get("hash-percent"))


def _first(*given: Any) -> int | None:
    """Return the first number."""
    for value in given:
        if (found := integer(value)) is not None:
            return found
    return None
