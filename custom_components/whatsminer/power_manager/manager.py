"""The power manager as the rest of the integration sees it."""

from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .decisions import Decision
from .models import Mode
from .settings import Settings
from .status import Status

type ManagerConfigEntry = ConfigEntry[PowerManager]


class PowerManager:
    """Decides how much power its miners draw, and has them do it."""

    def __init__(self, hass: HomeAssistant, entry: ManagerConfigEntry) -> None:
        """Prepare; nothing is read or sent yet. A new manager is paused."""
        self.entry = entry
        self.settings = Settings.from_options(entry.options)
        self.status = Status(mode=Mode.PAUSED)
        self.requested_power: float | None = None
        """W; None when nothing was requested, or when it has expired."""
        self.request_expires: datetime | None = None
        self.power_cap: float | None = None
        """W for all miners; None: no cap."""
        self.decisions: list[Decision] = []
        """The last of them, the oldest first."""
        self.steps: list[Decision] = []
        """The last changes of a power percent, the oldest first."""
        self._listeners: list[CALLBACK_TYPE] = []

    async def async_load(self) -> None:
        """Go on from what was stored."""

    async def async_start(self) -> None:
        """Begin to manage."""

    async def async_stop(self, *, hand_back: bool) -> None:
        """Send nothing more; first hand the miners back, if that is asked for."""

    @callback
    def async_add_listener(self, update: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call this when the status has changed; returns how to end it."""
        self._listeners.append(update)
        return lambda: self._listeners.remove(update)

    async def async_set_mode(self, mode: Mode) -> None:
        """Change the mode."""
        self.status = Status(mode=mode)

    async def async_request(self, watts: float | None) -> None:
        """Request power for the mode *External*; None: no longer."""
        self.requested_power = watts

    async def async_request_evcc(
        self, *, enable: bool | None = None, current: int | None = None
    ) -> None:
        """Request power as evcc does: on or off, and a current in A."""

    async def async_set_cap(self, watts: float | None) -> None:
        """Cap the power of all miners; None: no cap."""
        self.power_cap = watts

    async def async_end_hold(self, key: str | None = None) -> None:
        """Manage a held miner again, by the id of its entry; None: all of them."""
