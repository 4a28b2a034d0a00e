"""What evcc sets on its charger, and what it is told."""

from custom_components.whatsminer.power_manager.charger import (
    Charger,
    ChargerStatus,
    charger_status,
)
from custom_components.whatsminer.power_manager.law.models import Mode


def test_power() -> None:
    """What evcc sets becomes a power."""
    assert Charger(is_on=True, current=6).watts(1) == 1380
    assert Charger(is_on=True, current=16).watts(3) == 11040
    assert Charger(is_on=False, current=16).watts(3) == 0


def test_status() -> None:
    """The car is there in the mode *External*, and charges while a miner mines."""
    assert charger_status(Mode.FULL, 1) is ChargerStatus.DISCONNECTED
    assert charger_status(Mode.EXTERNAL, None) is ChargerStatus.CONNECTED
    assert charger_status(Mode.EXTERNAL, 0) is ChargerStatus.CONNECTED
    assert charger_status(Mode.EXTERNAL, 2) is ChargerStatus.CHARGING
