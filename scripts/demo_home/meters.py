"""The meters of the household, as sensors of Home Assistant.

All of them are read at once and handed over in one event, so that they always fit each
other.
"""

from typing import Any, NamedTuple

EVENT = "household_minute"


class Meter(NamedTuple):
    """One sensor."""

    name: str
    icon: str
    unit: str | None = None
    device_class: str | None = None


def _power(name: str, icon: str) -> Meter:
    """Return a meter of power."""
    return Meter(name, icon, "W", "power")


def _energy(name: str, icon: str) -> Meter:
    """Return a meter of energy."""
    return Meter(name, icon, "kWh", "energy")


def _price(name: str) -> Meter:
    """Return a meter of what a kWh costs."""
    return Meter(name, "mdi:cash", "ct/kWh")


def _temperature(name: str) -> Meter:
    """Return a thermometer."""
    return Meter(name, "mdi:thermometer", "°C", "temperature")


METERS = {
    "time": Meter("Household clock", "mdi:clock-outline"),
    "pv": _power("PV power", "mdi:solar-power-variant"),
    "load": _power("House power", "mdi:home-lightning-bolt"),
    "miner": _power("Miner power", "mdi:pickaxe"),
    "grid": _power("Grid power", "mdi:transmission-tower"),
    "battery": _power("Battery power", "mdi:home-battery-outline"),
    "charge": Meter("Battery", "mdi:home-battery", "%", "battery"),
    "price": _price("Electricity price"),
    "outside": _temperature("Outside temperature"),
    "room": _temperature("Room temperature"),
    "imported": _energy("Grid energy", "mdi:transmission-tower-import"),
    "imported_always": _energy(
        "Grid energy without control", "mdi:transmission-tower-import"
    ),
    "for_miner": _energy("Grid energy for the miner", "mdi:transmission-tower-import"),
    "for_miner_always": _energy(
        "Grid energy for the miner without control", "mdi:transmission-tower-import"
    ),
    "mined": _energy("Mined energy", "mdi:pickaxe"),
    "mined_always": _energy("Mined energy without control", "mdi:pickaxe"),
    "saved": Meter("Grid energy saved", "mdi:leaf", "%"),
    "kwh_price": _price("Mined at"),
    "kwh_price_always": _price("Mined without control at"),
}
"""By what the event calls them."""


def entity(key: str) -> str:
    """Return the entity of a meter."""
    return "sensor." + METERS[key].name.lower().replace(" ", "_")


def configuration() -> dict[str, Any]:
    """Return the configuration of Home Assistant's template integration."""
    return {
        "triggers": [{"trigger": "event", "event_type": EVENT}],
        "sensor": [_sensor(key, meter) for key, meter in METERS.items()],
    }


def _sensor(key: str, meter: Meter) -> dict[str, Any]:
    """Return the configuration of one sensor."""
    sensor = {
        "unique_id": f"household_{key}",
        "name": meter.name,
        "icon": meter.icon,
        "state": f"{{{{ trigger.event.data.{key} }}}}",
    }
    if meter.unit:
        sums = meter.device_class == "energy"
        sensor["unit_of_measurement"] = meter.unit
        sensor["state_class"] = "total_increasing" if sums else "measurement"
    if meter.device_class:
        sensor["device_class"] = meter.device_class
    return sensor
