"""What the answers of API v2 mean: names, units and oddities become one model.

One reader for plain cgminer (2018-2020), API 1.x, 2.0.x and 2.2.x: they differ in
which fields are there, in what form and in which unit.
"""

from collections.abc import Iterable
import re
from typing import Any

from ..controls import offered
from ..fields import Doubts, Fields, by_number
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
from ..past_errors import earlier
from ..protocol import speaks
from ..ranges import (
    BOARD_VOLTAGE,
    CHIPS,
    COOLANT,
    COUNT,
    ENVIRONMENT,
    EPOCH,
    FAN_SPEED,
    FREQUENCY,
    FREQUENCY_PERCENT,
    HASHRATE,
    HOT_TEMPERATURE,
    MAINS_CURRENT,
    MAINS_VOLTAGE,
    PERCENT,
    POWER_LIMIT,
    POWER_PERCENT,
    POWER_RATE,
    PSU_FAN_SPEED,
    RATING,
    UPFREQ_SPEED,
    Kind,
)
from ..values import parse_integer, parse_mac, parse_terahashes, parse_text
from . import common

type Answer = dict[str, Any]
type Answers = dict[str, Answer]
"""The newest good answer of each command."""

# Means of a minute first, then the nearest that the firmware gives.
_RATES = ("MHS 1m", "HS RT", "MHS 5m", "MHS 5s", "MHS av")
_TUNED = ("Hash Stable", "Upfreq Complete")


def message(answer: Answer | None) -> Answer:
    """Return the fields of a daemon's answer; empty when it has none."""
    fields = answer.get("Msg") if answer else None
    if isinstance(fields, list) and fields:
        fields = fields[0]  # get_psu of five machines of one fleet
    return fields if isinstance(fields, dict) else {}


def v2_rows(answer: Answer | None, name: str) -> list[Answer]:
    """Return the rows of a mining answer, such as `DEVS`; they may stand in `Msg`."""
    listed = answer.get(name, answer.get("Msg")) if answer else None
    if not isinstance(listed, list):
        return []
    return [row for row in listed if isinstance(row, dict)]


def summary(answer: Answer | None) -> Answer:
    """Return the fields of `summary`, in a list up to API 2.0.x, else in `Msg`."""
    listed = v2_rows(answer, "SUMMARY")
    return listed[0] if listed else message(answer)


def is_v2_whatsminer(answers: Answers) -> bool:
    """Return whether the answers can only come from a WhatsMiner.

    Other makers' miners speak cgminer's API on the same port, but neither MicroBT's
    commands nor its driver.
    """
    status = message(answers.get("status"))
    total = summary(answers.get("summary"))
    return (
        bool(parse_text(message(answers.get("get_version")).get("fw_ver")))
        or parse_mac(message(answers.get("get_miner_info")).get("mac")) is not None
        or "mineroff" in status
        or "btmineroff" in status
        # Fields of summary that other makers' miners do not have.
        or "Factory GHS" in total
        or "HS RT" in total
        or any(
            "bitmicro" in str(row.get("Driver")).lower()
            for row in v2_rows(answers.get("devdetails"), "DEVDETAILS")
        )
        or any("whatsminer" in _description(answer) for answer in answers.values())
        or any("btminer" in _description(answer) for answer in answers.values())
    )


def parse_api_version(answers: Answers) -> str | None:
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
    found = re.search(r"\d{1,9}(?:\.\d{1,9}){0,4}", words)
    return found[0] if found else None


def parse_status_firmware(answers: Answers) -> str | None:
    """Return the firmware that `status` names; the name has a blank in API 1.x."""
    status = message(answers.get("status"))
    return parse_text(status.get("FirmwareVersion")) or parse_text(
        status.get("Firmware Version")
    )


def parse_v2_identity(answers: Answers) -> MinerIdentity:
    """Say who the miner is."""
    version = message(answers.get("get_version"))
    info = message(answers.get("get_miner_info"))
    total = summary(answers.get("summary"))
    details = v2_rows(answers.get("devdetails"), "DEVDETAILS")
    model = parse_text(details[0].get("Model")) if details else None
    return MinerIdentity(
        mac=parse_mac(info.get("mac")) or parse_mac(total.get("MAC")),
        model=parse_text(version.get("miner_type")) or model,
        serial_number=parse_text(info.get("minersn")),
        hostname=parse_text(info.get("hostname")),
        firmware=parse_text(version.get("fw_ver"))
        or parse_status_firmware(answers)
        or parse_text(total.get("Firmware Version")),
        api_version=parse_api_version(answers),
        control_board=parse_text(version.get("platform"))
        or parse_text(total.get("CB Platform")),
    )


def parse_v2_data(answers: Answers, known: Known, now: float) -> MinerData:
    """Say what the miner does, at a Unix time; `known` is from earlier readings."""
    doubts = Doubts()
    status, info, total = (
        Fields(fields, doubts)
        for fields in (
            message(answers.get("status")),
            message(answers.get("get_miner_info")),
            summary(answers.get("summary")),
        )
    )
    boards = parse_v2_boards(answers.get("edevs"), doubts)
    boards = boards or parse_v2_boards(answers.get("devs"), doubts)
    factory = common.rating(_factory(total), boards, doubts)
    boards = common.within(factory, boards, doubts)
    rates = common.hashrate_kind(factory)
    hashrate = _rate(total, rates, factory, *_RATES)
    pools = parse_v2_pools(answers.get("pools"), doubts)
    identity = parse_v2_identity(answers)
    mining = _mining(status, hashrate)
    cooling = _cooling(status, total, known, hashrate)
    hashrate = 0.0 if mining is False else hashrate
    data = MinerData(
        identity=identity,
        capabilities=_capabilities(answers, cooling["liquid_cooled"]),
        mining=mining,
        stop_reason=_stop_reason(status),
        stopped_at=status.text("mineroff_time"),
        hashrate=hashrate,
        hashrate_15m=_rate(total, rates, factory, "MHS 15m"),
        hashrate_average=_rate(total, rates, factory, "MHS av"),
        hashrate_factory=factory,
        hash_stable=total.boolean("Hash Stable"),
        board_temperature=_board_temperature(total, boards),
        # Zero until the chips are up.
        chip_temperature_min=total.number(HOT_TEMPERATURE, "Chip Temp Min"),
        chip_temperature_average=total.number(HOT_TEMPERATURE, "Chip Temp Avg"),
        chip_temperature_max=total.number(HOT_TEMPERATURE, "Chip Temp Max"),
        environment_temperature=total.number(ENVIRONMENT, "Env Temp"),
        frequency=total.number(FREQUENCY, "freq_avg"),
        fans_turned=known.fans_turned or None,
        accepted=_shares(total, "Accepted", (each.accepted for each in pools)),
        rejected=_shares(total, "Rejected", (each.rejected for each in pools)),
        boards=boards,
        pools=pools,
        errors=parse_v2_errors(answers, doubts),
        **common.running(total, mining, hashrate, _TUNED, "Uptime", "Elapsed"),
        **cooling,
        **_power(answers, total, identity, factory, hashrate, doubts),
        **_settings(status, info, total),
        # Last: all is read by now.
        unbelievable=tuple(doubts),
    )
    return common.with_errors_judged(data, earlier(now, _when(answers)))


def _when(answers: Answers) -> Any:
    """Return when, by its own clock, the miner answered which errors it has."""
    answer = answers.get("get_error_code") or answers.get("summary") or {}
    status, *_ = v2_rows(answer, "STATUS") or [answer]
    return status.get("When")


def _power(
    answers: Answers,
    total: Fields,
    identity: MinerIdentity,
    factory: float | None,
    hashrate: float | None,
    doubts: Doubts,
) -> common.Power:
    """Return what the machine draws."""
    # 0 for a minute after a change, and while the miner is stopped.
    limit = total.number(POWER_LIMIT, "Power Limit")
    watts = common.power_kind(factory, limit)
    # API 1.x adds the momentary power; from 2.2 on it is a mean of five minutes.
    is_mean = speaks(identity.api_version, (2, 2))
    return common.powered(
        total.first_number(watts, "Power_RT", "Power"),
        total.number(watts, "Power") if is_mean else None,
        limit,
        total.number(POWER_RATE, "Power Rate"),
        parse_v2_power_supply(answers.get("get_psu"), total, watts, doubts),
        hashrate,
    )


def _settings(status: Fields, info: Fields, total: Fields) -> common.Settings:
    """Return what the miner is set to."""
    mode = total.text("Power Mode") or status.text("power_mode")
    return {
        "power_limit_set": common.parse_limit_set(status, "power_limit_set"),
        "power_mode": common.one_of(common.POWER_MODES, mode),
        "power_percent": status.number(POWER_PERCENT, "power_pct"),
        "target_frequency_percent": status.integer(FREQUENCY_PERCENT, "hash_percent"),
        "fast_boot": total.boolean("Btminer Fast Boot"),
        "upfreq_speed": info.integer(UPFREQ_SPEED, "upfreq_speed"),
        "led": info.text("ledstat"),
    }


def _cooling(
    status: Fields, total: Fields, known: Known, hashrate: float | None
) -> common.Cooling:
    """Return how the machine is cooled."""
    coolant = status.number(COOLANT, "liquid_temp")
    # Some firmware gives a machine with fans a coolant while they stand still.
    is_sign = coolant and not known.fans_turned
    fans = (
        total.integer(FAN_SPEED, "Fan Speed In"),
        total.integer(FAN_SPEED, "Fan Speed Out"),
    )
    liquid = True if is_sign else total.boolean("Liquid Cooling")
    return common.cooling(known, fans, coolant, hashrate, liquid=liquid)


def parse_v2_boards(answer: Answer | None, doubts: Doubts) -> tuple[Board, ...]:
    """Return the hash boards of `edevs`, by slot."""
    found = []
    for slot, row in by_number(v2_rows(answer, "DEVS"), doubts, "board", "Slot", "ASC"):
        factory = _factory(row)
        found.append(
            Board(
                slot=slot,
                hashrate=_rate(row, HASHRATE, factory, *_RATES),
                hashrate_average=_rate(row, HASHRATE, factory, "MHS av"),
                hashrate_factory=factory,
                temperature=row.number(HOT_TEMPERATURE, "Temperature"),
                chip_temperature_min=row.number(HOT_TEMPERATURE, "Chip Temp Min"),
                chip_temperature_average=row.number(HOT_TEMPERATURE, "Chip Temp Avg"),
                chip_temperature_max=row.number(HOT_TEMPERATURE, "Chip Temp Max"),
                frequency=row.number(FREQUENCY, "Chip Frequency"),
                chips=row.integer(CHIPS, "Effective Chips"),
                tuned=row.boolean("Upfreq Complete"),
                serial_number=row.text("PCB SN"),
                chip_bin=row.text("Chip Data"),
            )
        )
    return tuple(found)


def parse_v2_pools(
    answer: Answer | None, doubts: Doubts | None = None
) -> tuple[Pool, ...]:
    """Return the pools in the order in which they are tried."""
    found = []
    doubts = doubts or Doubts()
    for priority, row in by_number(
        v2_rows(answer, "POOLS"), doubts, "pool", "Priority"
    ):
        status = row.text("Status")
        found.append(
            Pool(
                priority=priority,
                url=row.text("URL"),
                worker=row.text("User"),
                alive=None if status is None else status.lower() == "alive",
                active=row.boolean("Stratum Active"),
                accepted=row.integer(COUNT, "Accepted"),
                rejected=row.integer(COUNT, "Rejected"),
                stale=row.integer(COUNT, "Stale"),
                rejected_percent=row.number(PERCENT, "Pool Rejected%"),
                stale_percent=row.number(PERCENT, "Pool Stale%"),
                last_share=row.integer(EPOCH, "Last Share Time"),
            )
        )
    return tuple(found)


def parse_v2_errors(answers: Answers, doubts: Doubts) -> tuple[MinerError, ...] | None:
    """Return the listed errors; up to API 1.x they are numbered inside `summary`."""
    listed = message(answers.get("get_error_code")).get("error_code")
    found = common.parse_errors(listed, doubts)
    total = summary(answers.get("summary"))
    count = parse_integer(total.get("Error Code Count"))
    if found is not None or count is None:
        return found
    # The times count on through the factory's errors, which are not active ones.
    found = common.parse_errors(
        [
            {"code": total.get(f"Error Code {n}"), "time": total.get(f"Error {n} Time")}
            for n in range(min(count, common.MOST_ERRORS))
        ],
        doubts,
    )
    # A count without codes says that there are errors, but not which.
    return found if found or count == 0 else None


def parse_v2_power_supply(
    answer: Answer | None, total: Fields, watts: Kind, doubts: Doubts
) -> PowerSupply | None:
    """Return what `get_psu` gives (mA, 10 mV), else what old summaries do (A, V)."""
    psu = Fields(message(answer), doubts)
    output = total.raw_number("Voltage")
    voltage = psu.number_in(100, MAINS_VOLTAGE, "vin")
    current = psu.number_in(1000, MAINS_CURRENT, "iin")
    if voltage is None:
        voltage = total.number(MAINS_VOLTAGE, "Power Voltage Input") or None
    if current is None:
        current = total.number(MAINS_CURRENT, "Power Current Input") or None
    if output is not None and output > 100:
        output = total.believed(BOARD_VOLTAGE, "Voltage", output / 100)
    else:
        output = None  # the M3 gives a level below 100 instead of 10 mV
    found = PowerSupply(
        model=psu.text("model") or psu.text("name"),
        serial_number=psu.text("serial_no"),
        firmware=psu.text("sw_version"),
        voltage_in=voltage,
        current_in=current,
        power_in=psu.number(watts, "pin"),
        voltage_out=output,
        temperature=psu.number(HOT_TEMPERATURE, "temp0"),
        fan_speed=psu.integer(PSU_FAN_SPEED, "fan_speed")
        or total.integer(PSU_FAN_SPEED, "Power Fanspeed"),
    )
    return None if found == PowerSupply() else found


def _description(answer: Answer) -> str:
    """Return the text in which the program that answers names itself."""
    listed = answer.get("STATUS")
    status = listed[0] if isinstance(listed, list) and listed else answer
    words = status.get("Description") if isinstance(status, dict) else None
    return (parse_text(words) or "").lower()


def spoken_version(answers: Answers) -> str | None:
    """Return the version that the miner speaks; None for plain cgminer."""
    version = parse_api_version(answers)
    if version is None and (status := message(answers.get("status"))):
        # The version is not given, but the daemon is there: its words show the age.
        return "2.0" if "mineroff" in status else "1"
    return version


def _capabilities(answers: Answers, liquid: bool | None) -> frozenset[Capability]:
    """Return what the miner can be asked for; plain cgminer offers nothing."""
    version = spoken_version(answers)
    return frozenset() if version is None else offered(version, liquid)


def _factory(fields: Fields) -> float | None:
    """Return the rated hashrate in TH/s; boards had another name for it at first."""
    rated = fields.number_in(1000, RATING, "Factory GHS")
    return fields.number_in(1000, RATING, "HS Factory") if rated is None else rated


def _rate(
    fields: Fields, kind: Kind, factory: float | None, *names: str
) -> float | None:
    """Return the first of the hashrates that can be true, in TH/s."""
    for name in names:
        if (given := fields.raw_number(name)) is None:
            continue
        rate = parse_terahashes(given, factory)
        rate = fields.believed(kind, name, given if rate is None else rate)
        if rate is not None:
            return rate
    return None


def _stop_reason(status: Fields) -> str | None:
    """Return why mining is off; empty where firmware that says so gives no reason."""
    given = status.text("mineroff_reason")
    return "" if given is None and "mineroff_reason" in status else given


def _mining(status: Fields, hashrate: float | None) -> bool | None:
    """Return whether mining is on; a summary answered now outweighs `btmineroff`.

    That is only a look for a process of the name btminer: on API 1.x it says "true" of
    miners whose process is called cgminer. Plain cgminer does not say so, but hashes.
    """
    off = status.boolean("mineroff")
    if off is None and not hashrate:
        off = status.boolean("btmineroff")
    elif off is None:
        off = False
    return None if off is None else not off


def _board_temperature(total: Fields, hash_boards: Iterable[Board]) -> float | None:
    """Return the temperature of the hottest board."""
    by_board = (each.temperature for each in hash_boards if each.temperature)
    return total.number(HOT_TEMPERATURE, "Temperature") or max(by_board, default=None)


def _shares(total: Fields, name: str, by_pool: Iterable[int | None]) -> int | None:
    """Return a count of shares; from API 2.2 on only the pools give it."""
    count = total.integer(COUNT, name)
    return common.total(by_pool) if count is None else count
