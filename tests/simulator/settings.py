"""What a machine keeps over a restart: everything the write commands set."""

from dataclasses import dataclass, field

MODE_POWER = {"Low": 0.8, "Normal": 1.0, "High": 1.1}
"""Power of a mode against the normal one. The simulator's own choice: no recording
gives these numbers."""


# Recorded: M50, fw 20250915.16.Rel2.
NTP_SERVERS = (
    "0.cn.pool.ntp.org",
    "0.openwrt.pool.ntp.org",
    "0.asia.pool.ntp.org",
    "0.pool.ntp.org",
)
MINING_SETTINGS = (
    *("power_mode", "power_limit", "target_percent", "fast_boot", "fast_hash"),
    *("upfreq_speed", "power", "heat_mode"),
)


@dataclass(slots=True)
class PoolSetting:
    """Hold one configured pool."""

    url: str
    user: str
    password: str = "x"


def default_pools() -> list[PoolSetting]:
    """Return what a fresh simulated machine mines for."""
    return [
        PoolSetting(f"stratum+tcp://pool{number}.example.com:3333", "worker.001")
        for number in (1, 2, 3)
    ]


@dataclass(slots=True, kw_only=True)
class Network:
    """Hold the network settings as get_miner_info shows them."""

    proto: str = "dhcp"
    ip: str = ""
    netmask: str = "255.255.255.0"
    gateway: str = ""
    dns: str = ""


@dataclass(slots=True, kw_only=True)
class Settings:
    """Hold the machine's settings."""

    pools: list[PoolSetting] = field(default_factory=default_pools)
    power_mode: str = "Normal"
    power_limit: int | None = None
    """W; None is the default of the power mode."""
    target_percent: int = 0
    fast_boot: bool = False
    upfreq_speed: int = 0
    temp_offset: int = 0
    poweroff_cool: bool = False
    fan_zero_speed: bool = False
    web_pools: bool = True
    hostname: str = "WhatsMiner"
    timezone: str = "CST-8"
    zonename: str = "Asia/Shanghai"
    log_upload: tuple[str, int, str] | None = None
    led: str = "auto"
    power: int | None = None
    """W wanted by set_power; None for none."""
    fast_hash: bool = False
    heat_mode: str = "normal"
    start_at_boot: bool = True
    cointype: str = "BTC"
    ssh: bool = False
    ntp_servers: list[str] = field(default_factory=lambda: list(NTP_SERVERS))
    random_start: int = 0
    random_stop: int = 0
    customer: dict[str, str] = field(default_factory=dict)
    """CustomerSn and msg0 to msg9."""
    network: Network = field(default_factory=Network)
    pending: dict[str, str] = field(default_factory=dict)
    """Host name and zone take effect with the next start of the network."""

    def set_led(self, color: str, period: int, duration: int, start: int) -> None:
        """Let an LED blink. Which one is number 0 is not recorded: red here."""
        number = 0 if color == "red" else 1
        pattern = f"{number},{period},{duration},{start}"
        others = [p for p in self.led.split() if p[:2] == f"{1 - number},"]
        self.led = "".join(f"{p} " for p in sorted([*others, pattern], reverse=True))

    def restore_mining(self) -> None:
        """Put what concerns mining back, all but the pools."""
        fresh = Settings()
        for name in MINING_SETTINGS:
            setattr(self, name, getattr(fresh, name))

    def apply_pending(self) -> None:
        """Put the waiting host name and zone into effect."""
        for name, value in self.pending.items():
            setattr(self, name, value)
        self.pending.clear()

    @property
    def utc_offset(self) -> float:
        """Return the zone's offset in seconds; POSIX counts westwards (CST-8)."""
        number = self.timezone.lstrip(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        )
        try:
            return -3600 * float(number)
        except ValueError:
            return 0.0
