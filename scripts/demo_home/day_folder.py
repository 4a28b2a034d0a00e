"""The configuration folder of the day."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from homeassistant.util.yaml import dump, load_yaml_dict

from tests.simulator import SimulatedMiner

from . import meters, miners
from .folder import BLUEPRINTS, DAY, add_blueprints, prepare, store
from .home import DOMAIN
from .homes import FULL_POWER

MACHINE = miners.Miner("127.0.21.4", "2.0.5", "M50S_VH50", "stopped")

BLUEPRINT = "solar_following.yaml"


def prepare_day(port: int, speed: float) -> None:
    """Write what a user has made: the miner's entry, the meters, the automation."""
    prepare(port, DAY)
    add_blueprints(DAY)
    packages = DAY / "packages"
    packages.mkdir()
    automation = {
        "id": "follow_the_sun",
        "alias": "Follow the sun",
        "use_blueprint": {
            "path": f"{DOMAIN}/{BLUEPRINT}",
            "input": {
                **_durations(speed),
                "miners": ["switch.miner_mining"],
                "power_sensor": meters.entity("grid"),
                "battery": meters.entity("charge"),
                "battery_power": meters.entity("battery"),
                "full_power": FULL_POWER,
                "notify": [
                    {
                        "action": "logbook.log",
                        "data": {
                            "name": "Follow the sun",
                            "message": f"at {{{{ states('{meters.entity('time')}') }}}}: {{{{ message }}}}",
                            "entity_id": "switch.miner_mining",
                        },
                    }
                ],
            },
        },
    }
    package = {"template": [meters.configuration()]}
    # Where the user interface keeps automations: so it can be looked at and changed there.
    (DAY / "automations.yaml").write_text(dump([automation]))
    (packages / "day.yaml").write_text(dump(package))
    # Entered by hand, a miner is not polled every second: that is often enough only for
    # one that lives at its usual pace.
    entry = {
        "entry_id": "0" * 26,
        "version": 1,
        "domain": DOMAIN,
        "title": "Miner",
        "data": {"host": MACHINE.host, "password": miners.PASSWORD},
        "options": {"scan_interval": 1},
        "source": "user",
        "unique_id": SimulatedMiner(
            host=MACHINE.host, api=MACHINE.api, model=MACHINE.model
        ).mac.lower(),
    }
    store(DAY, "core.config_entries", {"entries": [entry]})


def _durations(speed: float) -> dict[str, dict[str, float]]:
    """Return the blueprint's durations, shorter by the factor.

    Not the one after which the meter counts as lost: it is about Home Assistant.
    """
    blueprint = load_yaml_dict(BLUEPRINTS / BLUEPRINT)["blueprint"]
    return {
        name: {"seconds": timedelta(**each["default"]).total_seconds() / speed}
        for name, each in _inputs(blueprint["input"])
        if "duration" in each["selector"] and name != "stale_after"
    }


def _inputs(inputs: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the inputs of a blueprint, also those in sections."""
    for name, each in inputs.items():
        if "input" in each:
            yield from _inputs(each["input"])
        else:
            yield name, each
