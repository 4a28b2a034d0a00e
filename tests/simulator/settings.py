"""What a machine keeps over a restart: everything the write commands set."""

from dataclasses import dataclass, field

MODE_POWER = {"Low": 0.8, "Normal": 1.0, "High": 1.1}
"""Power of a mode against the normal one. The simulator's own choice: no recording
gives these numbers."""


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
    network: Network = field(default_factory=Network)
    pending: dict[str, str] = field(default_factory=dict)
    """Host name and zone take effect with the next start of the network."""

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
