"""Names and order of the fields of summary, boards and pools, by generation.

Each list follows a recorded answer or, where there is none, the manual.
"""

ERRORS = "(errors)"
"""Where a summary has its error codes."""

_RATES = ("MHS av", "MHS 5s", "MHS 1m", "MHS 5m", "MHS 15m")
_CHIP_TEMPS = ("Chip Temp Min", "Chip Temp Max", "Chip Temp Avg")
_COUNTERS = (
    *("Found Blocks", "Getworks", "Accepted", "Rejected", "Hardware Errors"),
    *("Utility", "Discarded", "Stale", "Get Failures", "Local Work"),
    *("Remote Failures", "Network Blocks", "Total MH", "Work Utility"),
    *("Difficulty Accepted", "Difficulty Rejected", "Difficulty Stale"),
    *("Best Share", "Temperature", "freq_avg", "Fan Speed In", "Fan Speed Out"),
    *("Voltage", "Power", "Power_RT"),
)
_REJECTED = ("Device Hardware%", "Device Rejected%", "Pool Rejected%", "Pool Stale%")
_TARGETS = (
    *("Security Mode", "Liquid Cooling", "Hash Stable", "Hash Stable Cost Seconds"),
    *("Hash Deviation%", "Target Freq", "Target MHS", "Env Temp", "Power Mode"),
    "Firmware Version",
)
_INPUT = (
    *("Factory GHS", "Power Limit", "Power Voltage Input", "Power Current Input"),
    *_CHIP_TEMPS,
)

SUMMARIES: dict[str, tuple[str, ...]] = {
    # Reference 4.1, column G0: M3 and M20S of 2018 and 2019.
    "oldest": (
        *("Elapsed", *_RATES, *_COUNTERS[:-2], *_REJECTED, "Last getwork", "Uptime"),
        *("Chip Data", "Power Current", "Power Fanspeed", "Security Mode"),
    ),
    # Recorded: M30S of 2020-11.
    "cgminer": (
        *("Elapsed", *_RATES, *_COUNTERS, *_REJECTED, "Last getwork", "Uptime"),
        *("Chip Data", "Power Current", "Power Fanspeed", ERRORS),
        *(*_TARGETS, "MAC", *_INPUT),
    ),
    # Recorded: M31S of 2021-02.
    "1.x": (
        *("Elapsed", *_RATES, "HS RT", *_COUNTERS, "Power Rate", *_REJECTED),
        *("Last getwork", "Uptime", "Chip Data", "Power Current", "Power Fanspeed"),
        *(ERRORS, *_TARGETS, "CB Platform", "CB Version", "MAC", *_INPUT, "Debug"),
    ),
    # The 2.0.5 manual.
    "2.0": (
        *("Elapsed", *_RATES, "HS RT", "Accepted", "Rejected", "Total MH"),
        *("Temperature", "freq_avg", "Fan Speed In", "Fan Speed Out", "Power"),
        *("Power Rate", "Pool Rejected%", "Pool Stale%", "Last getwork", "Uptime"),
        *("Security Mode", "Hash Stable", "Hash Stable Cost Seconds"),
        *("Hash Deviation%", "Target Freq", "Target MHS", "Env Temp", "Power Mode"),
        *("Factory GHS", "Power Limit", *_CHIP_TEMPS, "Debug", "Btminer Fast Boot"),
        "Upfreq Complete",
    ),
    # The 2.2 manual, and an M30S++ of 2025-03 in Msg.
    "2.2": (
        *("Elapsed", "MHS av", "MHS 1m", "MHS 15m", "HS RT", "freq_avg"),
        *("Fan Speed In", "Fan Speed Out", "Power", "Power Rate", "Pool Rejected%"),
        *("Uptime", "Hash Stable", "Hash Stable Cost Seconds", "Target Freq"),
        *("Env Temp", "Power Mode", "Factory GHS", "Power Limit", *_CHIP_TEMPS),
        *("Debug", "Btminer Fast Boot"),
    ),
}

_OLD_BOARD = (
    *("ASC", "Name", "ID", "Slot", "Enabled", "Status", "Temperature"),
    *("Chip Frequency", "Fan Speed In", "Fan Speed Out", *_RATES, "Accepted"),
    *("Rejected", "Hardware Errors", "Utility", "Last Share Pool"),
    *("Last Share Time", "Total MH", "Diff1 Work", "Difficulty Accepted"),
    *("Difficulty Rejected", "Last Share Difficulty", "Last Valid Work"),
    *("Device Hardware%", "Device Rejected%", "Device Elapsed", "Upfreq Complete"),
    *("Effective Chips", "PCB SN"),
)
BOARDS: dict[str, tuple[str, ...]] = {
    "cgminer": (*_OLD_BOARD, *_CHIP_TEMPS, "chip_vol_diff"),
    "1.x": (*_OLD_BOARD, "Chip Data", *_CHIP_TEMPS, "chip_vol_diff"),
    "2.0": (
        *("ASC", "Slot", "Enabled", "Status", "Temperature", "Chip Frequency"),
        *(*_RATES, "HS RT", "HS Factory", "Factory GHS", "Accepted", "Rejected"),
        *("Last Valid Work", "Upfreq Complete", "Effective Chips", "PCB SN"),
        *("Chip Data", *_CHIP_TEMPS, "chip_vol_diff"),
    ),
    # Recorded: M60S of 2026-02.
    "2.2": (
        *("Slot", "Temperature", "Chip Frequency", "MHS av", "MHS 1m", "MHS 15m"),
        *("HS RT", "Factory GHS", "Upfreq Complete", "Effective Chips", "PCB SN"),
        "Chip Data",
    ),
}

_V2_POOL = (
    *("POOL", "URL", "Status", "Priority", "Quota", "Long Poll", "Getworks"),
    *("Accepted", "Rejected", "Works", "Discarded", "Stale", "Get Failures"),
    *("Remote Failures", "User", "Last Share Time", "Diff1 Shares", "Proxy Type"),
    *("Proxy", "Difficulty Accepted", "Difficulty Rejected", "Difficulty Stale"),
    *("Last Share Difficulty", "Work Difficulty", "Has Stratum", "Stratum Active"),
    *("Stratum URL", "Stratum Difficulty", "Best Share", "Pool Rejected%"),
    *("Pool Stale%", "Bad Work", "Current Block Height", "Current Block Version"),
)
_GBT = _V2_POOL.index("Best Share")
POOLS: dict[str, tuple[str, ...]] = {
    "1.x": (*_V2_POOL[:_GBT], "Has GBT", *_V2_POOL[_GBT:]),
    "2.0": _V2_POOL,
    # The table of the protocol notes. "Stratum URL" is the manual's; the newest
    # firmware has "To Remove" instead.
    "2.2": (
        *("POOL", "URL", "Status", "Priority", "Quota", "Getworks", "Accepted"),
        *("Rejected", "Discarded", "Stale", "Get Failures", "Remote Failures"),
        *("User", "Last Share Time", "Stratum Active", "Stratum URL"),
        *("Stratum Difficulty", "Pool Rejected%", "Pool Stale%", "Bad Work"),
        "To Remove",
    ),
}
