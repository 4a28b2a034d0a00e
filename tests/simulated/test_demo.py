"""The demo: its command line, its folder, its first page."""

import json
from pathlib import Path
import re
import socket

from homeassistant.util import slugify
from homeassistant.util.yaml import load_yaml_dict
import pytest

from scripts.demo_home import folder
from scripts.demo_home.__main__ import arguments
from scripts.demo_home.dashboard import HOUSE_FIRST, build
from scripts.demo_home.say import DemoError


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["--port", "99999"], "argument --port: 99999 is not a port"),
        (["--port", "0"], "argument --port: 0 is not a port"),
        (["--port", "-1"], "argument --port"),
        (["--port", "http"], "argument --port: http is not a port"),
        (["--fast", "0"], "argument --fast: 0 is not a speed"),
        (["--fast", "nan"], "argument --fast: nan is not a speed"),
        (["--fast", "inf"], "argument --fast: inf is not a speed"),
        (["--fast", "quick"], "argument --fast: quick is not a speed"),
        (["--day", "--speed", "-5"], "argument --speed"),
        (["--day", "--fast", "5"], "--fast does not work with --day"),
        (["--kind", "sunny"], "only work with --day"),
        (["--speed", "5"], "only work with --day"),
    ],
)
def test_wrong_arguments(
    argv: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be is refused in one line that says why."""
    with pytest.raises(SystemExit):
        arguments(argv)
    assert complaint in capsys.readouterr().err.splitlines()[-1]


def test_arguments() -> None:
    """Without arguments there is a speed, and no port yet."""
    options = arguments([])
    assert (options.port, options.fast, options.day) == (None, 20, False)
    options = arguments(["--day", "--port", "65535"])
    assert (options.port, options.kind, options.speed) == (65535, "cloudy", 144)


def test_port_in_use() -> None:
    """A wanted port that somebody has is an error, not another port."""
    with socket.create_server((folder.HOST, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(DemoError, match=f"port {port} is in use"):
            folder.free_port(port)


def test_what_is_saved_in_the_browser(tmp_path: Path) -> None:
    """Automations, scripts and scenes are read from where the browser saves them."""
    folder.prepare(8123, tmp_path)
    folder.add_blueprints(tmp_path)
    file = str(tmp_path / "configuration.yaml")
    configuration = load_yaml_dict(file)
    kept = {key: configuration[key] for key in ("automation", "script", "scene")}
    assert kept == {"automation": [], "script": {}, "scene": []}
    blueprints = {
        each.name for each in tmp_path.glob("blueprints/automation/whatsminer/*.yaml")
    }
    assert "watchdog.yaml" in blueprints

    (tmp_path / "automations.yaml").write_text("- {id: mine}\n")
    folder.prepare(8123, tmp_path)
    folder.add_blueprints(tmp_path)
    assert load_yaml_dict(file)["automation"] == [{"id": "mine"}]


def test_what_is_pretended_goes_on(tmp_path: Path) -> None:
    """A fault that was pretended is there at the next start; the house is set up once."""
    folder.prepare(8123, tmp_path)
    folder.add_house(tmp_path)
    fault = tmp_path / "faults" / "127.0.21.1"
    fault.write_text("110\n")
    folder.prepare(8123, tmp_path)
    assert fault.read_text() == "110\n"

    fields = load_yaml_dict(str(tmp_path / "packages" / "house.yaml"))["input_number"]
    # Home Assistant would begin with an initial value at each start.
    assert not any("initial" in each for each in fields.values())
    assert {f"input_number.{key}" for key in fields} == HOUSE_FIRST.keys()
    for key, field in fields.items():
        assert field["min"] <= HOUSE_FIRST[f"input_number.{key}"] <= field["max"]


def test_house(tmp_path: Path) -> None:
    """The page of the house has what its package makes."""
    folder.prepare(8123, tmp_path)
    folder.add_house(tmp_path)
    (package,) = load_yaml_dict(str(tmp_path / "configuration.yaml"))["homeassistant"][
        "packages"
    ].values()
    made = {f"input_number.{key}" for key in package["input_number"]}
    made |= {
        f"sensor.{sensor['unique_id']}"
        for template in package["template"]
        for sensor in template["sensor"]
    }
    shown = {
        row["entity"]
        for card in build({}, {})["views"][-1]["cards"]
        for row in card["entities"]
        if "entity" in row
    }
    assert shown == made


def test_house_counts_each_miner_once() -> None:
    """The meter adds the power of each miner, not what else one can turn on of it."""
    package = load_yaml_dict(str(folder.ROOT / "scripts" / "demo_home" / folder.HOUSE))
    meter = package["template"][0]["sensor"][0]["state"]
    (left_out,) = re.findall(r"rejectattr\('entity_id', 'search', '(.*)'\)", meter)
    texts = "custom_components/whatsminer/translations/en.json"
    sensors = json.loads((folder.ROOT / texts).read_text())["entity"]["sensor"]
    names = {
        f"sensor.miner_{slugify(each.get('name', ''))}" for each in sensors.values()
    }
    others = {name for name in names if name.endswith("_power")}
    assert "sensor.miner_average_power" in others
    assert [name for name in others if not re.search(left_out, name)] == []
    assert not re.search(left_out, "sensor.miner_power")


def test_farm(tmp_path: Path) -> None:
    """The dashboard for many miners is there as docs/farm.md says, unchanged."""
    folder.prepare(8123, tmp_path)
    folder.add_farm(tmp_path)
    (package,) = load_yaml_dict(str(tmp_path / "configuration.yaml"))["homeassistant"][
        "packages"
    ].values()
    (shown,) = package["lovelace"]["dashboards"].values()
    assert shown["mode"] == "yaml"
    farm = folder.ROOT / "dashboards" / "farm.yaml"
    assert (tmp_path / shown["filename"]).read_text() == farm.read_text()


def test_nothing_is_cut_on_the_first_page() -> None:
    """A tile of half the width would cut these names, and any tile the words of an error."""
    entities = {
        key: f"{key}_1"
        for key in (
            *("sensor.error", "binary_sensor.problem"),
            *("button.restart_mining", "button.reboot"),
        )
    }
    entities["fan_fault"] = "switch.fan"
    first = build({"1": "One"}, {"1": entities})["views"][0]
    cards = first["sections"][1]["cards"]
    shown = {card.get("entity"): card for card in cards}
    assert "switch.fan" in shown
    for key in ("button.restart_mining_1", "button.reboot_1"):
        assert shown[key]["grid_options"]["columns"] == 12
        # Home Assistant's own question names neither.
        question = shown[key]["tap_action"]["confirmation"]["text"]
        assert question in ("Restart mining of One?", "Reboot One?")
    tile = shown["sensor.error_1"]
    assert tile["visibility"][0]["state"] == ["No error", "unknown", "unavailable"]
    (words,) = (card for card in cards if card["type"] == "markdown")
    assert words["visibility"] == [
        {
            "condition": "state",
            "entity": "sensor.error_1",
            "state_not": tile["visibility"][0]["state"],
        }
    ]
