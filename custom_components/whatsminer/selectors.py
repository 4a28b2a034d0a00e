"""The kinds of fields that the dialogs have."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.const import UnitOfPower, UnitOfTime
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
)
import probatio


def accepts(field: Callable[[Any], Any], value: Any) -> bool:
    """Return whether a field can have left a value."""
    try:
        return bool(field(value) == value)
    except probatio.Invalid, TypeError, ValueError:
        return False


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


def whole(lowest: int, highest: int, unit: str | None = None) -> probatio.All[int]:
    """Return the field of a whole number."""
    return probatio.All(number(lowest, highest, unit), probatio.Coerce(int))


def minutes(lowest: float, highest: float) -> NumberSelector:
    """Return the field of a time."""
    return number(lowest, highest, UnitOfTime.MINUTES)


def watts(lowest: float, highest: float) -> NumberSelector:
    """Return the field of a power."""
    return number(lowest, highest, UnitOfPower.WATT)


def choice_of(
    titles: Mapping[str, str],
    *,
    multiple: bool = False,
    mode: SelectSelectorMode = SelectSelectorMode.DROPDOWN,
) -> SelectSelector:
    """Return the field of one miner or several, by their titles."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=key, label=title)
                for key, title in titles.items()
            ],
            multiple=multiple,
            mode=mode,
        )
    )
