"""The dashboard of the day: the household, its miner, and what came from the grid."""

from typing import Any

from . import dashboard
from .dashboard import Card, tile
from .meters import METERS, entity

HOUSE = {key: entity(key) for key in METERS}
HOURS_SHOWN = 16


def build(registry: list[dict[str, Any]], kind: str, speed: float) -> Card:
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
                    _grid(),
                    _curves(miner, speed),
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
            f"A {kind} day in May, {speed:g} times as fast as a real one. The automation "
            "*solar following* lets the miner use the surplus."
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
        tile(HOUSE, "price", "Price", color="grey"),
    )


def _miner(entities: dashboard.Entities) -> Card:
    """Return the section of the miner."""
    return _section(
        "The miner",
        "mdi:pickaxe",
        tile(entities, "switch.mining"),
        tile(entities, "sensor.status"),
        tile(entities, "number.power_percent"),
        tile(entities, "sensor.starts_today"),
        tile(entities, "sensor.hashrate"),
        tile(HOUSE, "mined", "Mined with", color="orange"),
    )


def _grid() -> Card:
    """Return the section with the energy from the grid."""
    return _section(
        "Energy from the grid",
        "mdi:transmission-tower-import",
        _number("imported", "Steered"),
        _number("imported_always", "Just running"),
        tile(HOUSE, "saved", "Saved", color="green"),
        tile(HOUSE, "for_miner", "Miner's part", color="orange"),
    )


def _number(key: str, name: str) -> Card:
    """Return a card with a big number."""
    return {
        "type": "entity",
        "entity": HOUSE[key],
        "name": name,
        "grid_options": {"columns": 6, "rows": 2},
    }


def _curves(entities: dashboard.Entities, speed: float) -> Card:
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
            curve(
                "Battery and share of power",
                4,
                {
                    HOUSE["charge"]: "Battery",
                    entities["number.power_percent"]: "Power percent",
                },
            ),
        ],
    }


def _section(title: str, icon: str, *cards: Card | None) -> Card:
    """Return a section with a heading."""
    heading = {"type": "heading", "heading": title, "icon": icon}
    return {"type": "grid", "cards": [heading, *filter(None, cards)]}
