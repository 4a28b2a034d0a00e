"""The dashboard: a section for each miner, and the curves of all below.

It is built from the entity registry, so it shows what this version of the integration has.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .home import DOMAIN

type Card = dict[str, Any]
type Entities = Mapping[str, str]
"""The entity ids of one miner by platform and key, as in "sensor.hashrate"."""

MINUTES_SHOWN = 5
# TH/s, more than any of the miners has.
MOST_HASHRATE = 200
PRETENDED = {
    "fan_fault": "Fan fault (pretend)",
    "fans_stopped": "Fans stand still (pretend)",
    "mining_silent": "Mining is silent (pretend)",
}
"""The switches of what goes wrong, by the ends of their unique ids."""
HOUSE_FIELDS = {
    "input_number.house_surplus": "Surplus without miners",
    "input_number.house_price": "Price",
    "input_number.house_temperature": "Temperature",
}
"""What the house is set to by hand, with names that fit beside a field on a phone."""
HOUSE_FIRST = {
    "input_number.house_surplus": 4000,
    "input_number.house_price": 0.3,
    "input_number.house_temperature": 18,
}
"""What the fields hold at the first start of the demo."""
HOUSE_ENTITIES = (
    "sensor.house_grid_power",
    "input_number.house_price",
    "sensor.house_temperature",
)
"""What a power manager is to be given of it."""


def miners(registry: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the entities of each miner by its device.

    The switches that pretend a fault are of no device: they have the miner's MAC address.
    What a power manager has is not shown.
    """
    found: dict[str, dict[str, str]] = {}
    devices: dict[str, str] = {}
    pretended: list[tuple[str, str, str]] = []
    for entry in registry:
        mac, _, key = entry["unique_id"].partition("_")
        if ":" not in mac:
            continue
        if entry["platform"] == DOMAIN and not entry["disabled_by"]:
            devices[mac] = entry["device_id"]
            entities = found.setdefault(entry["device_id"], {})
            entities[f"{_domain(entry['entity_id'])}.{key}"] = entry["entity_id"]
        elif key in PRETENDED:
            pretended.append((mac, key, entry["entity_id"]))
    for mac, key, switch in pretended:
        if mac in devices:
            found[devices[mac]][key] = switch
    return found


def build(names: Mapping[str, str], found: Mapping[str, Entities]) -> Card:
    """Return the dashboard of miners by device."""
    sections = [_miner(names[device], device, found[device]) for device in names]
    everyone = [found[device] for device in names]
    return {
        "title": "Miners",
        "views": [
            {
                "title": "Miners",
                "path": "miners",
                "type": "sections",
                "max_columns": max(len(sections), 1),
                "header": {"card": _totals(everyone)},
                "sections": [_problems(found), *sections, _curves(everyone)],
            },
            *(page(names[device], found[device]) for device in names),
            {"title": "House", "path": "house", "type": "masonry", "cards": _house()},
        ],
    }


def _problems(found: Mapping[str, Entities]) -> Card:
    """Return the section with what is wrong now, in full; it is there only then."""
    keys = ("binary_sensor.problem", "sensor.error")
    watched = {
        device: entities
        for device, entities in found.items()
        if all(key in entities for key in keys)
    }
    lines = "".join(
        _alert(device, *(entities[key] for key in keys))
        for device, entities in watched.items()
    )
    wrong = {"condition": "state", "state": ["on", "unavailable"]}
    return {
        "type": "grid",
        "column_span": max(len(found), 1),
        "visibility": [
            {
                "condition": "or",
                "conditions": [
                    {**wrong, "entity": entities[keys[0]]}
                    for entities in watched.values()
                ],
            }
        ],
        "cards": [
            {
                "type": "markdown",
                "text_only": True,
                "content": lines,
                "grid_options": {"columns": "full"},
            }
        ],
    }


def _alert(device: str, problem: str, error: str) -> str:
    """Return what the card of the problems has of one miner."""
    link = f"<a href='/config/devices/device/{device}'>"
    return (
        f"{{% if states('{problem}') in ('on', 'unavailable') %}}"
        f"<ha-alert alert-type='error'>{link}{{{{ device_name('{problem}') | e }}}}</a>: "
        f"{{{{ 'does not answer' if is_state('{problem}', 'unavailable')"
        f" else states('{error}') | e }}}}</ha-alert>"
        "{% endif %}"
    )


def _house() -> list[Card]:
    """Return the page of what house.yaml pretends."""
    by_hand = "Change them yourself: the miners do not heat this room"
    return [
        _list(
            "Only in this demo: the house",
            [
                *(
                    {"entity": each, "name": name}
                    for each, name in HOUSE_FIELDS.items()
                ),
                {"type": "section", "label": by_hand},
            ],
        ),
        _list(
            "For a power manager",
            [
                {"type": "simple-entity", "entity": each, "name": _entity_name()}
                for each in HOUSE_ENTITIES
            ],
        ),
    ]


def energy(
    names: Mapping[str, str], found: Mapping[str, Entities]
) -> list[dict[str, str]]:
    """Return the miners as individual devices of the Energy dashboard."""
    return [
        {
            "stat_consumption": found[device]["sensor.energy"],
            "stat_rate": found[device]["sensor.power"],
            "name": names[device],
        }
        for device in names
    ]


def sums(everyone: Iterable[Entities]) -> dict[str, list[str]]:
    """Return the sensors that each helper of the farm's graphs adds: see docs/farm.md."""
    everyone = list(everyone)
    return {
        name: [entities[key] for entities in everyone if key in entities]
        for name, key in (
            ("Farm hashrate", "sensor.hashrate"),
            ("Farm power", "sensor.power"),
        )
    }


def page(name: str, entities: Entities) -> Card:
    """Return the page of one miner: all that it has, its controls first."""
    kinds = {
        "Controls": ("switch", "button"),
        "Settings": ("number", "select"),
        "Readings": ("sensor",),
        "States and events": ("binary_sensor", "event"),
    }
    cards: list[Card] = []
    for title, domains in kinds.items():
        listed = [
            {"entity": entities[key], "name": _entity_name()}
            for key in sorted(entities)
            if _domain(key) in domains
        ]
        if listed:
            cards.append(_list(title, listed))
    switches = {key: entities[key] for key in PRETENDED if key in entities}
    if switches:
        cards.insert(0, _pretend(switches))
    return {
        "title": name,
        "path": name.lower().replace(" ", "-").replace("+", "-plus-"),
        "type": "masonry",
        "cards": cards,
    }


def _pretend(switches: Mapping[str, str]) -> Card:
    """Return the card that lets something of the miner go wrong."""
    return _list(
        "Only in this demo",
        [
            *(
                {"entity": switch, "name": PRETENDED[key]}
                for key, switch in switches.items()
            ),
            {"type": "section", "label": "The miner reports it within a minute"},
        ],
    )


def _list(title: str, rows: list[Card]) -> Card:
    """Return a card with rows, without a switch for all of them."""
    return {
        "type": "entities",
        "title": title,
        "show_header_toggle": False,
        "entities": rows,
    }


def _domain(key: str) -> str:
    """Return the domain of an entity, or of its key."""
    return key.partition(".")[0]


def _miner(name: str, device: str, entities: Entities) -> Card:
    """Return the section of one miner."""
    cards = [
        *_gauge(entities, "sensor.hashrate"),
        tile(entities, "sensor.status"),
        tile(entities, "switch.mining", features=[{"type": "toggle"}], rows=2),
        *_error(entities),
        _trend(entities, "sensor.power", "amber"),
        _trend(entities, "sensor.chip_temperature_max", "red", "Hottest chip"),
        tile(entities, "sensor.efficiency", color="green"),
        tile(entities, "number.power_limit", color="amber"),
        tile(entities, "sensor.fan_speed_in", color="cyan"),
        tile(entities, "sensor.environment_temperature", "Environment", color="cyan"),
        _button(entities, "button.restart_mining", f"Restart mining of {name}?"),
        _button(entities, "button.reboot", f"Reboot {name}?"),
    ]
    heading = {
        "type": "heading",
        "heading": name,
        "icon": "mdi:pickaxe",
        "tap_action": {
            "action": "navigate",
            "navigation_path": f"/config/devices/device/{device}",
        },
    }
    return {"type": "grid", "cards": [heading, *filter(None, cards)]}


def _error(entities: Entities) -> list[Card]:
    """Return the error of a miner, and the switch for one.

    A tile would cut the words of an error.
    """
    cards: list[Card] = []
    wide = {"columns": 12, "rows": 1}
    if {"sensor.error", "binary_sensor.problem"} <= entities.keys():
        error, problem = entities["sensor.error"], entities["binary_sensor.problem"]
        nothing = ["No error", "unknown", "unavailable"]
        is_wrong: Card = {"condition": "state", "entity": error}
        kind = f"{{{{ 'error' if is_state('{problem}', 'on') else 'info' }}}}"
        cards += [
            {
                "type": "markdown",
                "text_only": True,
                "content": f"<ha-alert alert-type='{kind}'>"
                f"{{{{ states('{error}') | e }}}}</ha-alert>",
                "visibility": [{**is_wrong, "state_not": nothing}],
                "grid_options": {"columns": 12},
            },
            {
                "type": "tile",
                "entity": error,
                "name": _entity_name(),
                "color": "green",
                "visibility": [{**is_wrong, "state": nothing}],
                "grid_options": wide,
            },
        ]
    if "fan_fault" in entities:
        cards.append(
            {
                "type": "tile",
                "entity": entities["fan_fault"],
                "name": PRETENDED["fan_fault"],
                "tap_action": {"action": "toggle"},
                "grid_options": wide,
            }
        )
    return cards


def _curves(everyone: list[Entities]) -> Card:
    """Return the section with the curves of all miners."""
    keys = {
        "sensor.hashrate": "Hashrate",
        "sensor.power": "Power",
        "sensor.chip_temperature_max": "Hottest chip",
    }
    cards = [
        {
            "type": "history-graph",
            "title": title,
            "hours_to_show": MINUTES_SHOWN / 60,
            "entities": [
                {"entity": each[key], "name": {"type": "device"}}
                for each in everyone
                if key in each
            ],
            "grid_options": {"columns": 12},
        }
        for key, title in keys.items()
    ]
    return {"type": "grid", "column_span": len(everyone), "cards": cards}


def _totals(everyone: list[Entities]) -> Card:
    """Return the card with the sums over all miners."""

    def total(key: str) -> str:
        ids = [each[key] for each in everyone if key in each]
        return f"{ids} | map('states') | map('float', 0) | sum"

    return {
        "type": "markdown",
        "text_only": True,
        "content": (
            f"# {{{{ '%.1f' % ({total('sensor.hashrate')}) }}}} TH/s\n"
            f"{len(everyone)} miners, "
            f"{{{{ '%.2f' % (({total('sensor.power')}) / 1000) }}}} kW"
        ),
    }


def _gauge(entities: Entities, key: str) -> list[Card]:
    """Return a gauge of a hashrate, and a tile for when it is not known."""
    if key not in entities:
        return []
    kinds: dict[str, Card] = {
        "state_not": {"type": "gauge", "min": 0, "max": MOST_HASHRATE},
        # A gauge would complain that this is no number.
        "state": {"type": "tile", "vertical": True},
    }
    silent = {"condition": "state", "entity": entities[key]}
    return [
        {
            **card,
            "entity": entities[key],
            "name": _entity_name(),
            "visibility": [{**silent, when: ["unknown", "unavailable"]}],
            "grid_options": {"columns": 6, "rows": 3},
        }
        for when, card in kinds.items()
    ]


def tile(
    entities: Entities,
    key: str,
    name: str | None = None,
    rows: int = 1,
    columns: int = 6,
    **more: object,
) -> Card | None:
    """Return a tile, usually of half a section's width."""
    if key not in entities:
        return None
    return {
        "type": "tile",
        "entity": entities[key],
        "name": name or _entity_name(),
        **more,
        "grid_options": {"columns": columns, "rows": rows},
    }


def _trend(
    entities: Entities, key: str, color: str, name: str | None = None
) -> Card | None:
    """Return a tile with the curve of the last minutes."""
    curve = {"type": "trend-graph", "hours_to_show": MINUTES_SHOWN / 60}
    return tile(entities, key, name, rows=2, color=color, features=[curve])


def _entity_name() -> Card:
    """Name a card "Power" instead of "WhatsMiner M50 Power": the heading has the rest."""
    return {"type": "entity"}


def _button(entities: Entities, key: str, question: str) -> Card | None:
    """Return a tile that presses a button, after a question; half of it cuts its name."""
    if key not in entities:
        return None
    press = {
        "action": "perform-action",
        "perform_action": "button.press",
        "target": {"entity_id": entities[key]},
        "confirmation": {"text": question},
    }
    return tile(
        entities,
        key,
        columns=12,
        hide_state=True,
        tap_action=press,
        icon_tap_action=press,
    )
