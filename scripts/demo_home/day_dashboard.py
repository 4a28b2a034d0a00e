"""The dashboard of the day: the household, its miner, what came from the grid, and why."""

from typing import Any

from . import dashboard
from .dashboard import Card, tile
from .meters import METERS, entity

HOUSE = {key: entity(key) for key in METERS}
HOURS_SHOWN = 24


def entities_of(entry_id: str, registry: list[dict[str, Any]]) -> dict[str, str]:
    """Return the entities of the power manager by domain and key."""
    return {
        f"{each['entity_id'].partition('.')[0]}.{key}": each["entity_id"]
        for each in registry
        for owner, _, key in [each["unique_id"].partition("_")]
        if owner == entry_id
    }


def build(
    registry: list[dict[str, Any]],
    manager: dashboard.Entities,
    kind: str,
    speed: float,
) -> Card:
    """Return the dashboard of a day that passes at speed."""
    ((_, miner),) = dashboard.miners(registry).items()
    return {
        "title": "A day",
        "views": [
            {
                "title": "A day",
                "path": "day",
                "type": "sections",
                "max_columns": 3,
                "header": {"card": _title(kind, speed)},
                "sections": [
                    _house(),
                    _miner(miner),
                    _manager(manager),
                    _curves(manager, speed),
                ],
            },
            dashboard.page("Miner", miner),
        ],
    }


def _title(kind: str, speed: float) -> Card:
    """Return the household's clock, and what is going on."""
    return {
        "type": "markdown",
        "text_only": True,
        "content": (
            f"# {{{{ states('{HOUSE['time']}') }}}}\n"
            f"A {kind} day in May, {speed:g} times as fast as a real one. The "
            "miner heats a room, uses the surplus, and mines while electricity costs "
            "less than 18 ct."
        ),
    }


def _house() -> Card:
    """Return the section of the household."""
    return _section(
        "The house",
        "mdi:home",
        tile(HOUSE, "pv", "Sun", color="amber"),
        tile(HOUSE, "load", "House", color="blue"),
        tile(HOUSE, "miner", "Miner, by its meter", color="orange"),
        tile(HOUSE, "grid", "Grid (+ is taken)", color="red"),
        tile(HOUSE, "battery", "Battery (+ is given)", color="green"),
        tile(HOUSE, "charge", color="green"),
        tile(HOUSE, "price", "Price", color="purple"),
        tile(HOUSE, "outside", "Outside", color="cyan"),
    )


def _miner(entities: dashboard.Entities) -> Card:
    """Return the section of the miner."""
    return _section(
        "The miner",
        "mdi:pickaxe",
        tile(entities, "switch.mining"),
        tile(entities, "sensor.status"),
        tile(entities, "number.power_percent"),
        tile(entities, "switch.mining", "Starts today", state_content="starts_today"),
        tile(HOUSE, "mined", "Mined with", color="orange"),
        tile(HOUSE, "for_miner", "From the grid", color="orange"),
        _number("kwh_price", "A kWh cost"),
        _number("kwh_price_always", "If it just ran"),
    )


def _manager(entities: dashboard.Entities) -> Card:
    """Return the section of the power manager, with its thermostat."""
    return _section(
        "The power manager",
        "mdi:transmission-tower",
        tile(entities, "select.mode"),
        tile(entities, "sensor.reason"),
        tile(entities, "sensor.target_power", color="orange"),
        tile(entities, "sensor.available_power", color="amber"),
        tile(
            entities,
            "climate.thermostat",
            rows=2,
            state_content=["hvac_action", "current_temperature", "preset_mode"],
            features=[{"type": "target-temperature"}],
        ),
        tile(HOUSE, "room", "Room", color="red"),
    )


def _number(key: str, name: str) -> Card:
    """Return a card with a big number."""
    return {
        "type": "entity",
        "entity": HOUSE[key],
        "name": name,
        "grid_options": {"columns": 6, "rows": 2},
    }


def _curves(manager: dashboard.Entities, speed: float) -> Card:
    """Return the section with the curves of the day."""

    def curve(title: str, rows: int, names: dict[str, str]) -> Card:
        return {
            "type": "history-graph",
            "title": title,
            "hours_to_show": HOURS_SHOWN / speed,
            "entities": [
                {"entity": each, "name": name} for each, name in names.items()
            ],
            "grid_options": {"columns": "full", "rows": rows},
        }

    return {
        "type": "grid",
        "column_span": 3,
        "cards": [
            curve(
                f"Power (a minute on the axis is {speed / 60:.3g} hours of the day)",
                5,
                {
                    HOUSE["pv"]: "Sun",
                    HOUSE["load"]: "House",
                    HOUSE["miner"]: "Miner",
                    HOUSE["grid"]: "Grid",
                },
            ),
            curve("Why", 2, {manager["sensor.reason"]: "Reason"}),
            curve("Price", 4, {HOUSE["price"]: "Price"}),
            curve(
                "Room and thermostat",
                4,
                {HOUSE["room"]: "Room", manager["climate.thermostat"]: "Thermostat"},
            ),
        ],
    }


def _section(title: str, icon: str, *cards: Card | None) -> Card:
    """Return a section with a heading."""
    heading = {"type": "heading", "heading": title, "icon": icon}
    return {"type": "grid", "cards": [heading, *filter(None, cards)]}
