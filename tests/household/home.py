"""The meters of a household: what goes to the battery, and what comes from the grid."""

from dataclasses import dataclass, field

BATTERY_POWER = 4000.0
"""W, the most that the battery takes or gives."""
LOSS = 0.05
"""Of what goes into the battery."""


@dataclass(kw_only=True)
class Household:
    """A house with panels, miners and perhaps a battery."""

    battery: float = 0.0
    """kWh that the battery holds; 0 is none."""
    charge: float = 50.0
    """% of that."""
    grid: float = field(default=0.0, init=False)
    """W at the grid connection, positive when taken from it."""
    given: float = field(default=0.0, init=False)
    """W that the battery gives, negative when it takes them."""
    imported: float = field(default=0.0, init=False)
    """kWh from the grid."""
    exported: float = field(default=0.0, init=False)
    """kWh to the grid."""
    paid: float = field(default=0.0, init=False)
    """ct for what came from the grid."""
    mined: float = field(default=0.0, init=False)
    """kWh that the miners used."""

    def step(
        self,
        pv: float,
        load: float,
        miners: float,
        seconds: float = 60,
        price: float = 0.0,
    ) -> None:
        """Let time pass with so many W from the panels, to the house, to the miners.

        The price is in ct/kWh.
        """
        hours = seconds / 3600
        missing = load + miners - pv
        self.given = self._from_battery(missing, hours)
        self.grid = missing - self.given
        taken = max(self.grid, 0) * hours / 1000
        self.imported += taken
        self.paid += taken * price
        self.exported += max(-self.grid, 0) * hours / 1000
        self.mined += miners * hours / 1000

    def _from_battery(self, wanted: float, hours: float) -> float:
        """Return the W that the battery gives (or, negative, takes)."""
        if not self.battery:
            return 0.0
        wanted = max(-BATTERY_POWER, min(BATTERY_POWER, wanted))
        held = self.battery * self.charge / 100
        if wanted > 0:
            power = min(wanted, held * 1000 / hours)
            held -= power * hours / 1000
        else:
            room = (self.battery - held) * 1000 / hours / (1 - LOSS)
            power = max(wanted, -room)
            held -= power * (1 - LOSS) * hours / 1000
        self.charge = min(100.0, max(0.0, held / self.battery * 100))
        return power
