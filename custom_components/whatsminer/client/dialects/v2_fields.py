"""What the answers of API v2 mean: names, units and oddities become one model.

One reader for plain cgminer (2018-2020), API 1.x, 2.0.x and 2.2.x: they differ in
which fields are there, in what form and in which unit.
"""

import re
from typing import Any

from ..controls import offered, speaks
from ..known import Known
from ..models import (
    Board,
    Capability,
    MinerData,
    MinerError,
    MinerIdentity,
    Pool,
    PowerSupply,
)
from ..values import (
    boolean,
    integer,
    mac,
    not_negative,
    number,
    positive,
    terahashes,
    text,
)
from . import common

type Answer = dict[str, Any]
type Answers = dict[str, Answer]
"""The newest good answer of each command."""


def message(answer: Answer | None) -> Answer:
    """Return the fields of a daemon's answer; empty when it has none."""
    fields = answer.get("Msg") if answer else None
    return fields if isinstance(fields, dict) else {}


def rows(answer: Answer | None, name: str) -> list[Answer]:
    """Return the rows of a mining answer, such as `DEVS`."""
    listed = answer.get(name) if answer else None
    if not isinstance(listed, list):
        return []
    return [row for row in listed if isinstance(row, dict)]


def summary(answer: Answer | None) -> Answer:
    """Return the fields of `summary`, in a list up to API 2.0.x, else in `Msg`."""
    listed = rows(answer, "SUMMARY")
    return listed[0] if listed else message(answer)


def is_whatsminer(answers: Answers) -> bool:
    """Tell whether the answers can only come from a WhatsMiner.

    Other makers' miners speak cgminer's API on the same port, but neither MicroBT's
    commands nor its driver.
    """
    status = message(answers.get("status"))
    total = summary(answers.get("summary"))
    return (
        bool(text(message(answers.get("get_version")).get("fw_ver")))
        or mac(message(answers.get("get_miner_info")).get("mac")) is not None
        or "mineroff" in status
        or "btmineroff" in status
        # Fields of summary that other makers' miners do not have.
        or "Factory GHS" in total
        or "HS RT" in total
        or any(
            "bitmicro" in str(row.get("Driver")).lower()
            for row in rows(answers.get("devdetails"), "DEVDETAILS")
        )
        or any("whatsminer" in _description(answer) for answer in answers.values())
        or any("btminer" in _description(answer) for answer in answers.values())
    )


def api_version(answers: Answers) -> str | None:
    """Return the version of the API, such as `2.0.5` or `1.4.0`."""
    answer = answers.get("get_version") or {}
    words = message(answer).get("api_ver") or answer.get("Msg")
    if not isinstance(words, str) or not re.search(r"\d", words):
        words = next(
            (
                _description(each)
                for each in answers.values()
                if "whatsminer" in _description(each)
            ),
            "",
        )
    found = re.search(r"\d{1,9}(?:\.\d{1,9})*", words)
    return found[0] if found else None


def status_firmware(answers: Answers) -> str | None:
    """Return the firmware that `status` names; the name has a blank in API 1.x."""
    status = message(answers.get("status"))
    return text(status.get("FirmwareVersion")) or text(status.get("Firmware Version"))


def identity(answers: Answers) -> MinerIdentity:
    """Say who the miner is."""
    version = message(answers.get("get_version"))
    info = message(answers.get("get_miner_info"))
    total = summary(answers.get("summary"))
    details = rows(answers.get("devdetails"), "DEVDETAILS")
    model = text(details[0].get("Model")) if details else None
    return MinerIdentity(
        mac=mac(info.get("mac")) or mac(total.get("MAC")),
        model=text(version.get("miner_type")) or model,
        serial_number=text(info.get("minersn")),
        hostname=text(info.get("hostname")),
        firmware=text(version.get("fw_ver"))
        or status_firmware(answers)
        or text(total.get("Firmware Version")),
        api_version=api_version(answers),
        control_board=text(version.get("platform")) or text(total.get("CB Platform")),
    )


def data(answers: Answers, known: Known, now: float) -> MinerData:
    """Say what the miner does, at a Unix time; `known` is from earlier readings."""
    status = message(answers.get("status"))
    info = message(answers.get("get_miner_info"))
    total = summary(answers.get("summary"))
    who = identity(answers)
    factory = _factory(total)
    hashrate = _rate(total, factory, "MHS 1m", "HS RT", "MHS 5m", "MHS 5s", "MHS av")
    mining = common.off_switch(status.get("mineroff", status.get("btmineroff")))
    if mining is None and hashrate:
        mining = True  # plain cgminer does not say so, but does so
    hash_boards = boards(answers.get("edevs")) or boards(answers.get("devs"))
    its_pools = pools(answers.get("pools"))
    its_errors = errors(answers)
    coolant = positive(status.get("liquid_temp"))
    liquid = _liquid(total, coolant)
    if liquid is None:
        liquid = known.liquid_cooled
    mining_uptime = integer(total.get("Elapsed"))
    hash_stable = boolean(total.get("Hash Stable"))
    fan_in, fan_out = common.fans(
        (total.get("Fan Speed In"), total.get("Fan Speed Out")),
        hashrate=hashrate,
        known=known,
        liquid_cooled=liquid,
    )
    # API 1.x adds the momentary power; from 2.2 on it is a mean of five minutes.
    power = not_negative(total.get("Power_RT"))
    if power is None:
        power = not_negative(total.get("Power"))
    psu = power_supply(answers.get("get_psu"), total)
    if power is None and psu is not None:
        power = psu.power_in
    mean = power if speaks(who.api_version, (2, 2)) and "Power" in total else None
    return MinerData(
        identity=who,
        capabilities=_capabilities(answers, liquid),
        mining=mining,
        state=common.mining_state(
            mining=mining,
            hashrate=hashrate,
            tuned=(hash_stable, boolean(total.get("Upfreq Complete"))),
            mining_uptime=mining_uptime,
            pools=its_pools,
            errors=its_errors or (),
        ),
        stop_reason=text(status.get("mineroff_reason")),
        stopped_at=text(status.get("mineroff_time")),
        hashrate=hashrate,
        hashrate_15m=_rate(total, factory, "MHS 15m"),
        hashrate_average=_rate(total, factory, "MHS av"),
        hashrate_factory=factory,
        hash_stable=hash_stable,
        power=power,
        power_average=mean,
        # 0 for a minute after a change, and while the miner is stopped.
        power_limit=positive(total.get("Power Limit")),
        power_limit_set=common.limit_set(status.get("power_limit_set")),
        power_mode=_power_mode(total, status),
        power_percent=not_negative(status.get("power_pct")),
        efficiency=_efficiency(total, power, hashrate),
        board_temperature=positive(total.get("Temperature"))
        or max(
            (each.temperature for each in hash_boards if each.temperature), default=None
        ),
        # Zero until the chips are up.
        chip_temperature_min=positive(total.get("Chip Temp Min")),
        chip_temperature_average=positive(total.get("Chip Temp Avg")),
        chip_temperature_max=positive(total.get("Chip Temp Max")),
        environment_temperature=number(total.get("Env Temp")),
        coolant_temperature=None if liquid is False else coolant,
        liquid_cooled=liquid,
        fan_speed_in=fan_in,
        fan_speed_out=fan_out,
        frequency=not_negative(total.get("freq_avg")),
        target_frequency_percent=integer(status.get("hash_percent")),
        fast_boot=boolean(total.get("Btminer Fast Boot")),
        upfreq_speed=integer(info.get("upfreq_speed")),
        led=text(info.get("ledstat")),
        uptime=integer(total.get("Uptime")),
        mining_uptime=mining_uptime,
        accepted=_shares(total.get("Accepted"), (each.accepted for each in its_pools)),
        rejected=_shares(total.get("Rejected"), (each.rejected for each in its_pools)),
        boards=hash_boards,
        pools=its_pools,
        power_supply=psu,
        errors=its_errors,
    )


def boards(answer: Answer | None) -> tuple[Board, ...]:
    """Return the hash boards of `edevs`, by slot."""
    found = []
    for position, row in enumerate(rows(answer, "DEVS")):
        slot = integer(row.get("Slot", row.get("ASC")))
        factory = _factory(row)
        found.append(
            Board(
                slot=position if slot is None else slot,
                hashrate=_rate(
                    row, factory, "MHS 1m", "HS RT", "MHS 5m", "MHS 5s", "MHS av"
                ),
                hashrate_average=_rate(row, factory, "MHS av"),
                hashrate_factory=factory,
                temperature=positive(row.get("Temperature")),
                chip_temperature_min=positive(row.get("Chip Temp Min")),
                chip_temperature_average=positive(row.get("Chip Temp Avg")),
                chip_temperature_max=positive(row.get("Chip Temp Max")),
                frequency=not_negative(row.get("Chip Frequency")),
                chips=integer(row.get("Effective Chips")),
                tuned=boolean(row.get("Upfreq Complete")),
                serial_number=text(row.get("PCB SN")),
            )
        )
    return tuple(sorted(found, key=lambda board: board.slot))


def pools(answer: Answer | None) -> tuple[Pool, ...]:
    """Return the pools in the order in which they are tried."""
    found = []
    for position, row in enumerate(rows(answer, "POOLS")):
        priority = integer(row.get("Priority"))
        status = text(row.get("Status"))
        found.append(
            Pool(
                priority=position if priority is None else priority,
                url=text(row.get("URL")),
                worker=text(row.get("User")),
                alive=None if status is None else status.lower() == "alive",
                active=boolean(row.get("Stratum Active")),
                accepted=integer(row.get("Accepted")),
                rejected=integer(row.get("Rejected")),
                stale=integer(row.get("Stale")),
                rejected_percent=not_negative(row.get("Pool Rejected%")),
                stale_percent=not_negative(row.get("Pool Stale%")),
                last_share=integer(positive(row.get("Last Share Time"))),
            )
        )
    return tuple(sorted(found, key=lambda pool: pool.priority))


def errors(answers: Answers) -> tuple[MinerError, ...] | None:
    """Return the active errors; up to API 1.x they are numbered inside `summary`."""
    listed = common.error_list(message(answers.get("get_error_code")).get("error_code"))
    total = summary(answers.get("summary"))
    count = integer(total.get("Error Code Count"))
    if listed is not None or count is None:
        return listed
    # The times count on through the factory's errors, which are not active ones.
    found = common.error_list(
        [
            {"code": total.get(f"Error Code {n}"), "time": total.get(f"Error {n} Time")}
            for n in range(min(count, 100))
        ]
    )
    # A count without codes tells that there are errors, but not which.
    return found if found or count == 0 else None


def power_supply(answer: Answer | None, total: Answer) -> PowerSupply | None:
    """Return what `get_psu` tells (mA, 10 mV), else what old summaries do (A, V)."""
    psu = message(answer)
    current = not_negative(psu.get("iin"))
    voltage = not_negative(psu.get("vin"))
    output = positive(total.get("Voltage"))
    found = PowerSupply(
        model=text(psu.get("model")) or text(psu.get("name")),
        serial_number=text(psu.get("serial_no")),
        firmware=text(psu.get("sw_version")),
        voltage_in=_first(_scaled(voltage, 100), total.get("Power Voltage Input")),
        current_in=_first(_scaled(current, 1000), total.get("Power Current Input")),
        power_in=not_negative(psu.get("pin")),
        # 10 mV; the M3 gives a level below 100 instead.
        voltage_out=_scaled(output, 100) if output and output > 100 else None,
        temperature=positive(psu.get("temp0")),
        fan_speed=integer(
            positive(psu.get("fan_speed")) or positive(total.get("Power Fanspeed"))
        ),
    )
    return None if found == PowerSupply() else found


def _description(answer: Answer) -> str:
    """Return the text in which the program that answers names itself."""
    status = rows(answer, "STATUS")
    return str((status[0] if status else answer).get("Description", "")).lower()


def spoken(answers: Answers) -> str | None:
    """Return the version that the miner speaks; None for plain cgminer."""
    version = api_version(answers)
    if version is None and (status := message(answers.get("status"))):
        # The version is not told, but the daemon is there: its words tell the age.
        return "2.0" if "mineroff" in status else "1"
    return version


def _capabilities(answers: Answers, liquid: bool | None) -> frozenset[Capability]:
    """Return what the miner can be asked for; plain cgminer offers nothing."""
    version = spoken(answers)
    return frozenset() if version is None else offered(version, liquid)


def _factory(fields: Answer) -> float | None:
    """Return the rated hashrate in TH/s; boards had another name for it at first."""
    rated = positive(fields.get("Factory GHS")) or positive(fields.get("HS Factory"))
    return None if rated is None else rated / 1000


def _rate(fields: Answer, factory: float | None, *names: str) -> float | None:
    """Return the first of the hashrates that is there, in TH/s."""
    for name in names:
        if (rate := terahashes(fields.get(name), factory)) is not None:
            return rate
    return None


def _efficiency(
    total: Answer, power: float | None, hashrate: float | None
) -> float | None:
    """Return J/TH as the miner gives it, else as it follows; None without hashrate."""
    if not hashrate:
        return None
    given = positive(total.get("Power Rate"))
    if given is None and power:
        return round(power / hashrate, 2)
    return given


def _liquid(total: Answer, coolant: float | None) -> bool | None:
    """Return whether the machine is cooled by liquid, if it says anything about it."""
    if positive(total.get("Fan Speed In")) or positive(total.get("Fan Speed Out")):
        return False
    return True if coolant else boolean(total.get("Liquid Cooling"))


def _power_mode(total: Answer, status: Answer) -> str | None:
    """Return the power mode; an empty one in `status` means the default."""
    mode = text(total.get("Power Mode")) or text(status.get("power_mode"))
    return mode.lower() if mode else None


def _shares(given: Any, by_pool: Any) -> int | None:
    """Return a count of shares; from API 2.2 on only the pools tell it."""
    count = integer(given)
    return common.total(by_pool) if count is None else count


def _scaled(value: float | None, by: float) -> float | None:
    """Divide a number that is there."""
    return None if value is None else round(value / by, 3)


def _first(value: float | None, other: Any) -> float | None:
    """Return a number, or else the other one if that is one above zero."""
    return positive(other) if value is None else value
