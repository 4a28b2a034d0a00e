"""Constants of the WhatsMiner integration."""

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "whatsminer"

CONF_ACCOUNT: Final = "account"
CONF_GENTLE: Final = "gentle"
CONF_LOWEST_PERCENT: Final = "lowest_percent"
CONF_START_MINUTES: Final = "minutes_between_starts"

LOGGER = logging.getLogger(__package__)

# Hashrate and power are means over a minute and more: faster shows nothing new.
SCAN_INTERVAL = timedelta(seconds=15)
# What can be chosen instead, in seconds.
MIN_SCAN_INTERVAL: Final = 10
MAX_SCAN_INTERVAL: Final = 600
# As delivered no lower power percent can be set: it can make a miner restart.
DEFAULT_LOWEST_PERCENT: Final = 40

DOCUMENTATION: Final = "https://github.com/whatsminer-ha/whatsminer-ha/blob/main/docs"
