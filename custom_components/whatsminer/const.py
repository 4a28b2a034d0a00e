"""Constants of the WhatsMiner integration."""

from datetime import timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

DOMAIN: Final = "whatsminer"

CONF_ACCOUNT: Final = "account"
CONF_BATTERY: Final = "battery"
CONF_BATTERY_POSITIVE: Final = "battery_positive"
CONF_CHARGE: Final = "charge"
CONF_GENTLE: Final = "gentle"
CONF_GRID: Final = "grid"
CONF_GRID_POSITIVE: Final = "grid_positive"
CONF_KIND: Final = "kind"
CONF_LOAD: Final = "load"
CONF_LOWEST_PERCENT: Final = "lowest_percent"
CONF_MINERS: Final = "miners"
CONF_PV: Final = "pv"
CONF_START_MINUTES: Final = "minutes_between_starts"

# An entry without a kind is a miner's.
KIND_POWER_MANAGER: Final = "power_manager"
# What the sensors call positive; the first of each is the default.
GRID_POSITIVE: Final = ("taken", "fed_in")
BATTERY_POSITIVE: Final = ("gives", "takes")

LOGGER = logging.getLogger(__package__)

# Hashrate and power are means over a minute and more: faster shows nothing new.
SCAN_INTERVAL = timedelta(seconds=15)
# What can be chosen instead, in seconds.
MIN_SCAN_INTERVAL: Final = 10
MAX_SCAN_INTERVAL: Final = 600
# As delivered no lower power percent can be set: it can make a miner restart.
DEFAULT_LOWEST_PERCENT: Final = 40

DOCUMENTATION: Final = "https://github.com/whatsminer-ha/whatsminer-ha/blob/main/docs"


def is_manager(entry: ConfigEntry[Any]) -> bool:
    """Return whether an entry is that of a power manager, and not of a miner."""
    return entry.data.get(CONF_KIND) == KIND_POWER_MANAGER
