"""What can be true: the lowest and the highest believable value of each kind of reading.

What lies outside is no reading, whoever sent it: an integer that overflowed, a sensor
that broke, a device that lies. The limits leave room above every machine known.
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reading."""

    lowest: float
    highest: float
    zero: bool = True
    """Whether zero is a reading; where it is not, firmware writes it for none."""
    whole: bool = False
    """Whether a fraction means nothing, as some firmware writes 2648.0 for 2648."""

    def believes(self, value: float) -> bool:
        """Return whether a value can be true."""
        return self.lowest <= value <= self.highest and (self.zero or value != 0)

    def up_to(self, highest: float) -> Self:
        """Return the same kind, with no value above this one either."""
        highest = min(self.highest, highest)
        return type(self)(self.lowest, highest, self.zero, self.whole)

    def is_none(self, value: float) -> bool:
        """Return whether a value only says that there is no reading.

        Firmware writes -1 (vin, iin, Power), or -0.001 for each board (factory-hash).
        """
        return (self.lowest >= 0 and -1 <= value < 0) or (value == 0 and not self.zero)


# W. The largest machines known draw 10 kW or so, their power supplies give 12.
POWER = Kind(0, 20_000)
POWER_LIMIT = Kind(1, 20_000, zero=False)
# kWh. A machine of 20 kW that runs for ten years.
ENERGY = Kind(0, 2_000_000)
# TH/s of a machine or a board. The fastest known reach 700 or so.
HASHRATE = Kind(0, 2_000)
RATING = Kind(0, 2_000, zero=False)
# W per TH/s. The first WhatsMiner needed 170 or so; while one starts it is more.
POWER_RATE = Kind(0, 1_000, zero=False)
# Degrees Celsius. Chips are switched off below 130; zero until they are up.
HOT_TEMPERATURE = Kind(0, 150, zero=False)
# Degrees Celsius around the control board, outdoors in winter or in hot oil. Zero where
# there is no sensor: an M20S with control board V8 had 0.0 beside others, with V10 and
# the same firmware, that had 17.0.
ENVIRONMENT = Kind(-40, 100, zero=False)
# Degrees Celsius of water or oil.
COOLANT = Kind(0, 110, zero=False)
# V. Three-phase mains have up to 480; the boards of the largest machines get 40 or so.
MAINS_VOLTAGE = Kind(0, 600)
BOARD_VOLTAGE = Kind(0, 60, zero=False)
# A. 12 kW at 200 V.
MAINS_CURRENT = Kind(0, 60)
# RPM. The fans of a miner reach 7,000 or so, small ones in power supplies 30,000.
FAN_SPEED = Kind(0, 15_000, whole=True)
PSU_FAN_SPEED = Kind(0, 40_000, zero=False, whole=True)
# MHz. Chips run at 300 to 1,000.
FREQUENCY = Kind(0, 2_000)
# The boards with most chips have 456.
CHIPS = Kind(0, 1_000, whole=True)
# Seconds since a start; ten years.
SECONDS = Kind(0, 315_360_000, whole=True)
# Shares; one each third of a second for ten years.
COUNT = Kind(0, 1_000_000_000, whole=True)
# Unix time, from the first WhatsMiner to the end of clocks with 32 bits.
EPOCH = Kind(1_480_000_000, 2_145_916_800, zero=False, whole=True)
PERCENT = Kind(0, 100)
# As the protocol defines them; above 100 % on machines cooled by liquid.
POWER_PERCENT = Kind(0, 200)
FREQUENCY_PERCENT = Kind(-100, 100, whole=True)
UPFREQ_SPEED = Kind(0, 10, whole=True)
TEMPERATURE_OFFSET = Kind(-30, 0, whole=True)
ERROR_CODE = Kind(1, 999_999, zero=False, whole=True)
# Boards or pools that are read: no machine has more than 4 boards, or takes more than 3
# pools.
MOST_ROWS = 16

# No machine hashes faster than its rating times this: High mode and a power percent of
# 200 reach 1.5 or so.
ABOVE_RATING = 3.0
# W per TH/s of rating that no machine exceeds unless its own limit is higher: the first
# M20s needed 50 at most.
POWER_BY_RATING = 60.0
# The power limit is exceeded for a while when it was lowered, and by what is measured.
ABOVE_LIMIT = 3.0
