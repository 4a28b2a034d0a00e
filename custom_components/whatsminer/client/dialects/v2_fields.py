"""What the answers of API v2 mean: names, units and oddities become one model.

One reader for plain cgminer (2018-2020), API 1.x, 2.0.x and 2.2.x: they differ in
which fields are there, in what form and in which unit.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from ..controls import offered
from ..fields import Doubts, Fields, Numbers, by_number
from ..known import Known
from ..models import (
    NO_POWER_SUPPLY,
    POWER_MODES,
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
from ..unchanged import Unchanged
from ..values import parse_integer, to_terahashes
from . import common
from .v2_identity import (
    Answer,
    Answers,
    message,
    parse_v2_identity,
    summary,
    v2_rows,
    version_by_status,
)

# Means of a minute first, then the nearest that the firmware gives.
_RATES = ("MHS 1m", "HS RT", "MHS 5m", "MHS 5s", "MHS av")
_TUNED = ("Hash Stable", "Upfreq Complete")
_PSU_IN_SUMMARY = (
    "Voltage",
    "Power Voltage Input",
    "Power Current Input",
    "Power Fanspeed",
)
# Zero until the chips are up.
_CHIPS: Numbers = {
    "chip_temperature_min": (HOT_TEMPERATURE, "Chip Temp Min"),
    "chip_temperature_average": (HOT_TEMPERATURE, "Chip Temp Avg"),
    "chip_temperature_max": (HOT_TEMPERATURE, "Chip Temp Max"),
}
_SUMMARY: Numbers = {
    **_CHIPS,
    "environment_temperature": (ENVIRONMENT, "Env Temp"),
    "frequency": (FREQUENCY, "freq_avg"),
}
_BOARD: Numbers = {
    **_CHIPS,
    "temperature": (HOT_TEMPERATURE, "Temperature"),
    "frequency": (FREQUENCY, "Chip Frequency"),
    "chips": (CHIPS, "Effective Chips"),
}
_POOL: Numbers = {
    "accepted": (COUNT, "Accepted"),
    "rejected": (COUNT, "Rejected"),
    "stale": (COUNT, "Stale"),
    "rejected_percent": (PERCENT, "Pool Rejected%"),
    "stale_percent": (PERCENT, "Pool Stale%"),
    "last_share": (EPOCH, "Last Share Time"),
}


def parse_v2_data(
    answers: Answers, known: Known, now: float, unchanged: Unchanged | None = None
) -> MinerData:
    """Say what the miner does, at a Unix time.

    `known` is from earlier readings, `unchanged` what was read of earlier answers.
    """
    doubts = Doubts()
    unchanged = unchanged or Unchanged()
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
    pools = parse_v2_pools(answers.get("pools"), doubts, unchanged)
    identity = parse_v2_identity(answers, unchanged)
    mining = _mining(status, hashrate)
    cooling = _cooling(status, total, known, hashrate)
    hashrate = 0.0 if mining is False else hashrate
    data = MinerData(
        identity=identity,
        capabilities=_capabilities(identity, status, cooling["liquid_cooled"]),
        mining=mining,
        stop_reason=_stop_reason(status),
        stopped_at=status.text("mineroff_time"),
        hashrate=hashrate,
        hashrate_15m=_rate(total, rates, factory, "MHS 15m"),
        hashrate_average=_rate(total, rates, factory, "MHS av"),
        hashrate_factory=factory,
        hash_stable=total.boolean("Hash Stable"),
        board_temperature=_board_temperature(total, boards),
        fans_turned=known.fans_turned or None,
        accepted=_shares(total, "Accepted", (each.accepted for each in pools)),
        rejected=_shares(total, "Rejected", (each.rejected for each in pools)),
        boards=boards,
        pools=pools,
        errors=parse_v2_errors(answers, doubts),
        **total.numbers(_SUMMARY),
        **common.running(total, mining, hashrate, _TUNED, "Uptime", "Elapsed"),
        **cooling,
        **_power(answers, total, identity, factory, hashrate, doubts, unchanged),
        **_settings(status, info, total, doubts, unchanged),
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
    unchanged: Unchanged,
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
        parse_v2_power_supply(answers.get("get_psu"), total, watts, doubts, unchanged),
        hashrate,
    )


def _settings(
    status: Fields, info: Fields, total: Fields, doubts: Doubts, unchanged: Unchanged
) -> common.Settings:
    """Return what the miner is set to."""
    in_total = [total.get(name) for name in ("Power Mode", "Btminer Fast Boot")]

    def read() -> common.Settings:
        mode = total.text("Power Mode") or status.text("power_mode")
        return {
            "power_limit_set": common.parse_limit_set(status, "power_limit_set"),
            "power_mode": common.one_of(POWER_MODES, mode),
            "power_percent": status.number(POWER_PERCENT, "power_pct"),
            "target_frequency_percent": status.integer(
                FREQUENCY_PERCENT, "hash_percent"
            ),
            "fast_boot": total.boolean("Btminer Fast Boot"),
            "upfreq_speed": info.integer(UPFREQ_SPEED, "upfreq_speed"),
            "led": info.text("ledstat"),
        }

    return unchanged.read(
        "settings", (status.given, info.given, in_total), doubts, read
    )


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
                tuned=row.boolean("Upfreq Complete"),
                serial_number=row.text("PCB SN"),
                chip_bin=row.text("Chip Data"),
                **row.numbers(_BOARD),
            )
        )
    return tuple(found)


def parse_v2_pools(
    answer: Answer | None, doubts: Doubts, unchanged: Unchanged
) -> tuple[Pool, ...]:
    """Return the pools in the order in which they are tried."""
    rows = by_number(v2_rows(answer, "POOLS"), doubts, "pool", "Priority")
    return tuple(
        unchanged.read(
            ("pool", priority), row.given, doubts, partial(_pool, priority, row)
        )
        for priority, row in rows
    )


def _pool(priority: int, row: Fields) -> Pool:
    """Return a pool."""
    status = row.text("Status")
    return Pool(
        priority=priority,
        url=row.text("URL"),
        worker=row.text("User"),
        alive=None if status is None else status.lower() == "alive",
        active=row.boolean("Stratum Active"),
        **row.numbers(_POOL),
    )


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
    answer: Answer | None,
    total: Fields,
    watts: Kind,
    doubts: Doubts,
    unchanged: Unchanged,
) -> PowerSupply | None:
    """Return what `get_psu` gives (mA, 10 mV), else what old summaries do (A, V)."""
    psu = Fields(message(answer), doubts)
    given = (psu.given, watts.highest, [total.get(name) for name in _PSU_IN_SUMMARY])
    read = partial(_power_supply, psu, total, watts)
    return unchanged.read("power supply", given, doubts, read)


def _power_supply(psu: Fields, total: Fields, watts: Kind) -> PowerSupply | None:
    """Return the power supply."""
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
    return None if found == NO_POWER_SUPPLY else found


def _capabilities(
    identity: MinerIdentity, status: Fields, liquid: bool | None
) -> frozenset[Capability]:
    """Return what the miner can be asked for; plain cgminer offers nothing."""
    version = identity.api_version or version_by_status(status.given)
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
        rate = to_terahashes(given, factory)
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
