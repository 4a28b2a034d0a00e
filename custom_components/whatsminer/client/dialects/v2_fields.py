"""What the answers of API v2 mean: names, units and oddities become one model."""

from typing import Any

from ..models import Board, MinerData, MinerIdentity, MiningState, Pool
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
    return (
        bool(text(message(answers.get("get_version")).get("fw_ver")))
        or mac(message(answers.get("get_miner_info")).get("mac")) is not None
        or "mineroff" in status
        or "btmineroff" in status
        or any(
            "bitmicro" in str(row.get("Driver")).lower()
            for row in rows(answers.get("devdetails"), "DEVDETAILS")
        )
        or any(
            "whatsminer" in str(answer.get("Description")).lower()
            for answer in answers.values()
        )
    )


def identity(answers: Answers) -> MinerIdentity:
    """Say who the miner is."""
    version = message(answers.get("get_version"))
    info = message(answers.get("get_miner_info"))
    total = summary(answers.get("summary"))
    details = rows(answers.get("devdetails"), "DEVDETAILS")
    model = text(details[0].get("Model")) if details else None
    status = message(answers.get("status"))
    return MinerIdentity(
        mac=mac(info.get("mac")) or mac(total.get("MAC")),
        model=text(version.get("miner_type")) or model,
        serial_number=text(info.get("minersn")),
        hostname=text(info.get("hostname")),
        firmware=(
            text(version.get("fw_ver"))
            or text(status.get("FirmwareVersion"))
            or text(status.get("Firmware Version"))
            or text(total.get("Firmware Version"))
        ),
        api_version=text(version.get("api_ver")),
        control_board=text(version.get("platform")) or text(total.get("CB Platform")),
    )


def data(answers: Answers) -> MinerData:
    """Say what the miner does."""
    status = message(answers.get("status"))
    total = summary(answers.get("summary"))
    factory = _factory(total)
    hashrate = _rate(total, factory, "MHS 1m", "HS RT", "MHS 5s", "MHS av")
    power = not_negative(total.get("Power"))
    mining = _mining(status)
    efficiency = positive(total.get("Power Rate"))
    if efficiency is None and power and hashrate:
        efficiency = round(power / hashrate, 2)
    hash_boards = boards(answers.get("edevs"))
    return MinerData(
        identity=identity(answers),
        mining=mining,
        stop_reason=text(status.get("mineroff_reason")),
        state=_state(mining, hashrate, total),
        hashrate=hashrate,
        hashrate_15m=_rate(total, factory, "MHS 15m"),
        hashrate_average=_rate(total, factory, "MHS av"),
        hashrate_factory=factory,
        power=power,
        # 0 for a minute after a change, and while the miner is stopped.
        power_limit=positive(total.get("Power Limit")),
        power_mode=_power_mode(total, status),
        efficiency=efficiency,
        board_temperature=positive(total.get("Temperature"))
        or max(
            (each.temperature for each in hash_boards if each.temperature), default=None
        ),
        # Zero until the chips are up.
        chip_temperature_min=positive(total.get("Chip Temp Min")),
        chip_temperature_average=positive(total.get("Chip Temp Avg")),
        chip_temperature_max=positive(total.get("Chip Temp Max")),
        environment_temperature=number(total.get("Env Temp")),
        fan_speed_in=integer(not_negative(total.get("Fan Speed In"))),
        fan_speed_out=integer(not_negative(total.get("Fan Speed Out"))),
        uptime=integer(total.get("Uptime")),
        mining_uptime=integer(total.get("Elapsed")),
        accepted=integer(total.get("Accepted")),
        rejected=integer(total.get("Rejected")),
        boards=hash_boards,
        pools=pools(answers.get("pools")),
        errors=errors(answers.get("get_error_code")),
    )


def boards(answer: Answer | None) -> tuple[Board, ...]:
    """Return the hash boards of `edevs`, by slot."""
    found = []
    for position, row in enumerate(rows(answer, "DEVS")):
        slot = integer(row.get("Slot"))
        factory = _factory(row)
        found.append(
            Board(
                slot=position if slot is None else slot,
                hashrate=_rate(row, factory, "MHS 1m", "HS RT", "MHS 5s", "MHS av"),
                hashrate_average=_rate(row, factory, "MHS av"),
                hashrate_factory=factory,
                temperature=positive(row.get("Temperature")),
                chip_temperature_min=positive(row.get("Chip Temp Min")),
                chip_temperature_average=positive(row.get("Chip Temp Avg")),
                chip_temperature_max=positive(row.get("Chip Temp Max")),
                frequency=not_negative(row.get("Chip Frequency")),
                chips=integer(row.get("Effective Chips")),
                tuned=boolean(row.get("Upfreq Complete")),
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
                last_share=integer(positive(row.get("Last Share Time"))),
            )
        )
    return tuple(sorted(found, key=lambda pool: pool.priority))


def errors(answer: Answer | None) -> tuple[int, ...] | None:
    """Return the active error codes: objects of code and time, or bare numbers."""
    listed = message(answer).get("error_code")
    if not isinstance(listed, list):
        return None
    found: list[int] = []
    for item in listed:
        for code in item if isinstance(item, dict) else (item,):
            if (value := integer(code)) is not None and value not in found:
                found.append(value)
    return tuple(found)


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


def _mining(status: Answer) -> bool | None:
    """Return whether mining is switched on; `btmineroff` is API 1.x."""
    off = boolean(status.get("mineroff"))
    if off is None:
        off = boolean(status.get("btmineroff"))
    return None if off is None else not off


def _state(
    mining: bool | None, hashrate: float | None, total: Answer
) -> MiningState | None:
    """Say what the miner is doing, as far as it tells."""
    if mining is False:
        return MiningState.STOPPED
    if not hashrate:
        return MiningState.STARTING if mining else None
    if (
        boolean(total.get("Hash Stable")) is False
        or boolean(total.get("Upfreq Complete")) is False
    ):
        return MiningState.TUNING
    return MiningState.MINING


def _power_mode(total: Answer, status: Answer) -> str | None:
    """Return the power mode; an empty one in `status` means the default."""
    mode = text(total.get("Power Mode")) or text(status.get("power_mode"))
    return mode.lower() if mode else None
