"""Answers of the mining process on API v2, and the envelopes of both kinds.

Field names, order and number types follow the manuals and recorded answers; which
generation shows what is listed in `v2_fields`.
"""

from collections.abc import Callable
from typing import Any

from .device import Device
from .machine import Phase
from .v2_fields import ERRORS, SUMMARIES
from .v2_values import (
    Answer,
    board_values,
    compat_values,
    error_values,
    pool_values,
    summary_values,
    tera_values,
)

ERROR_TEXTS = {
    14: "invalid cmd",
    23: "enc json load err",
    45: "can't access write cmd",
    132: "API command ERROR",
    135: "check token err",
    136: "over max connect",
}
# Code 24 is recorded; the other texts are those of cgminer's public source.
CGMINER_TEXTS = {
    14: "Invalid command",
    23: "Invalid JSON",
    24: "Missing JSON 'command'",
}
CODES = {"POOLS": 7, "DEVS": 9, "SUMMARY": 11, "VERSION": 22, "DEVDETAILS": 69}
STATS_CODE = 70

# At the start of the mining process a recorded summary (M60 class, 2.0.x) lacks these.
# Whether that is the moment or its firmware is not known; clients must cope with it.
_NOT_WHILE_STARTING = (
    "Last getwork",
    "Security Mode",
    "Hash Stable",
    "Hash Stable Cost Seconds",
    "Hash Deviation%",
    "Debug",
)


def daemon_answer(device: Device, code: int, msg: Any = "") -> Answer:
    """Return an answer of the control board's daemon."""
    return {
        "STATUS": "S" if code in {131, 134} else "E",
        "When": int(device.clock.wall()),
        "Code": code,
        "Msg": msg,
        "Description": device.description,
    }


def error_answer(device: Device, code: int, msg: str | None = None) -> Answer:
    """Return an error; 137 has no known text."""
    dialect = device.generation.dialect
    if dialect is None or not dialect.is_cgminer:
        text = ERROR_TEXTS.get(code, "") if msg is None else msg
        return daemon_answer(device, code, text)
    return {
        "STATUS": [daemon_answer(device, code, CGMINER_TEXTS.get(code, ""))],
        "id": 1,
    }


def list_answer(
    device: Device, msg: str, name: str, items: list[Answer], code: int = 0
) -> Answer:
    """Return an answer of the mining process."""
    described = device.dialect.mining_description
    status: Answer = {"STATUS": "S", "Msg": msg}
    if described is not None:
        status = {
            "STATUS": "S",
            "When": int(device.clock.wall()),
            "Code": code or CODES[name],
            "Msg": msg,
            "Description": described,
        }
    return {"STATUS": [status], name: items, "id": 1}


def _pick(names: tuple[str, ...], values: Answer) -> Answer:
    """Return some values in a wanted order."""
    return {name: values[name] for name in names}


def summary(device: Device, *, joined: bool = False) -> Answer:
    """Answer `summary`, of which some firmware gives little in a joined answer."""
    dialect = device.dialect
    values = summary_values(device)
    if dialect.is_compat:
        values = compat_values(device, values)
    fields: Answer = {}
    oldest = device.faults.oldest_summary
    for name in SUMMARIES["oldest"] if oldest else dialect.summary:
        fields |= error_values(device) if name == ERRORS else {name: values[name]}
    if device.machine.phase is Phase.STARTING and device.generation.name == "2.0.5":
        for name in _NOT_WHILE_STARTING:
            del fields[name]
    if device.faults.summary_in_tera:
        fields = tera_values(fields)
    elif joined and dialect.joined_summary:
        fields = tera_values(_pick(dialect.joined_summary, values))
    elif dialect.is_compat:
        return daemon_answer(device, 131, fields)
    return list_answer(device, "Summary", "SUMMARY", [fields])


def devices(device: Device) -> Answer:
    """Answer `edevs` and `devs`; the notes give them one table of fields."""
    machine = device.machine
    # The 2.0.5 manual (end of 2022) says HS Factory, recordings of 2023 Factory GHS.
    late = machine.profile.firmware_date >= 20230101
    absent = "HS Factory" if late else "Factory GHS"
    names = tuple(name for name in device.dialect.boards if name != absent)
    items = []
    for index, board in enumerate(machine.boards):
        values = board_values(device, index, board)
        if device.dialect.is_compat:
            values = tera_values(values | {"HS RT": values["MHS 1m"]})
        items.append(_pick(names, values))
    return list_answer(device, f"{len(items)} ASC(s)", "DEVS", items)


def devdetails(device: Device) -> Answer:
    """Answer `devdetails`; firmware since 2024-11 refuses it."""
    if device.dialect.is_compat:
        return error_answer(device, 132, "This command is deprecated.")
    items: list[Answer] = [
        {
            "DEVDETAILS": index,
            "Name": "SM",
            "ID": index,
            "Driver": "bitmicro",
            "Kernel": "",
            "Model": device.machine.profile.miner_type,
        }
        for index, _board in enumerate(device.machine.boards)
    ]
    return list_answer(device, "Device Details", "DEVDETAILS", items)


def pools(device: Device) -> Answer:
    """Answer `pools`; with none configured the list is empty."""
    newest = device.machine.profile.firmware_date >= 20260101
    absent = "Stratum URL" if newest else "To Remove"
    names = device.dialect.pools
    if device.dialect.is_compat:
        names = tuple(name for name in names if name != absent)
    items = [
        _pick(names, pool_values(device, index, setting))
        for index, setting in enumerate(device.machine.settings.pools)
    ]
    return list_answer(device, f"{len(items)} Pool(s)", "POOLS", items)


def stats(device: Device) -> Answer:
    """Answer `stats` of cgminer; what it tells of the chips is not known."""
    items: list[Answer] = [
        {"STATS": index, "ID": f"SM{index}", "Elapsed": device.machine.elapsed}
        for index, _board in enumerate(device.machine.boards)
    ]
    return list_answer(device, "CGMiner stats", "STATS", items, STATS_CODE)


def version(device: Device) -> Answer:
    """Answer `version` of cgminer; its API version is not recorded."""
    name = device.dialect.description.partition(" ")[2]
    return list_answer(device, "CGMiner versions", "VERSION", [{"CGMiner": name}])


MINING_READS: dict[str, Callable[[Device], Answer]] = {
    "summary": summary,
    "edevs": devices,
    "devs": devices,
    "devdetails": devdetails,
    "pools": pools,
}
"""Answered by the mining process; these may be joined with `+`."""
CGMINER_READS = MINING_READS | {"stats": stats, "version": version}
