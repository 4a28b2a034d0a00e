"""The kinds of fields that the dialogs of the power manager have."""

from collections.abc import Iterable, Mapping

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.const import UnitOfPower, UnitOfTemperature, UnitOfTime
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TimeSelector,
)
import probatio

from .price_forms import RESPONSES


def sensor(device_class: SensorDeviceClass) -> EntitySelector:
    """Return the field of a sensor."""
    return EntitySelector(
        EntitySelectorConfig(
            filter={"domain": SENSOR_DOMAIN, "device_class": device_class}
        )
    )


def entity(domains: list[str]) -> EntitySelector:
    """Return the field of an entity."""
    return EntitySelector(EntitySelectorConfig(filter={"domain": domains}))


def choice(options: Iterable[str], key: str) -> SelectSelector:
    """Return the field of a choice whose words are translated."""
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options),
            translation_key=key,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def action() -> SelectSelector:
    """Return the field of an action that returns prices, by its name."""
    return SelectSelector(
        SelectSelectorConfig(options=list(RESPONSES), mode=SelectSelectorMode.DROPDOWN)
    )


def number(
    lowest: float, highest: float, unit: str | None, step: float = 1
) -> NumberSelector:
    """Return the field of a number."""
    config = NumberSelectorConfig(
        min=lowest, max=highest, step=step, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def whole(lowest: int, highest: int) -> probatio.All[int]:
    """Return the field of a whole number."""
    return probatio.All(number(lowest, highest, None), probatio.Coerce(int))


def minutes(lowest: float, highest: float) -> NumberSelector:
    """Return the field of a time."""
    return number(lowest, highest, UnitOfTime.MINUTES)


def watts(lowest: float, highest: float) -> NumberSelector:
    """Return the field of a power."""
    return number(lowest, highest, UnitOfPower.WATT)


def choice_of(titles: Mapping[str, str], *, multiple: bool = False) -> SelectSelector:
    """Return the field of one miner or several, by their titles."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=key, label=title)
                for key, title in titles.items()
            ],
            multiple=multiple,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


POWER = sensor(SensorDeviceClass.POWER)
PRICE = number(-1000, 1000, None, step=0.001)
CELSIUS = number(-50, 150, UnitOfTemperature.CELSIUS, step=0.1)
TARGET = number(5, 100, UnitOfTemperature.CELSIUS, step=0.1)
TIME = TimeSelector()
SWITCHED = entity(["binary_sensor", "input_boolean", "schedule", "switch"])
NUMBERED = entity(["sensor", "number", "input_number"])
PRICED = entity(["sensor", "event", "binary_sensor", "number", "input_number"])
