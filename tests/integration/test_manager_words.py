"""Each option of a power manager is in its form, its words and its document, and no more."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.helpers.selector import NumberSelector, SelectSelector

from custom_components.whatsminer.power_manager.law.models import Mode
from custom_components.whatsminer.power_manager.options import forms, pages

from .helpers import DOMAIN

ROOT = Path(__file__).parents[2]
WORDS = json.loads(
    (ROOT / "custom_components" / DOMAIN / "translations" / "en.json").read_text(
        "utf-8"
    )
)
OPTIONS = WORDS["options"]["step"]
DOCUMENT = (ROOT / "docs" / "power_manager.md").read_text("utf-8")


def _selector(field: Any) -> Any:
    """Return the selector of a field, which may be one of several validators."""
    return field.validators[0] if hasattr(field, "validators") else field


def _default(key: str, field: Any) -> str:
    """Return the default of an option as the document has it."""
    default, selector = pages.DEFAULTS[key], _selector(field)
    if default is None:
        return "none"
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(selector, SelectSelector):
        words = WORDS["selector"][selector.config["translation_key"]]["options"]
        return str(words[default])
    assert isinstance(selector, NumberSelector), key
    unit = selector.config.get("unit_of_measurement", "")
    return f"{default:g} {unit}".strip()


def _sections() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the sections of all forms of options: form, name and fields."""
    for page, sections in pages.PAGES.items():
        for name, fields in sections.items():
            yield page, name, fields


def _rows() -> Iterator[str]:
    """Yield the rows that the document should have."""
    for page, name, fields in _sections():
        words = OPTIONS[page]["sections"][name]
        for key, field in fields.items():
            label, what = words["data"][key], words["data_description"][key]
            yield f"| {label} | `{key}` | {_default(key, field)} | {what} |"
    words = OPTIONS["miner"]
    for key in pages.OF_MINER:
        label, what = words["data"][key], words["data_description"][key]
        yield f"| {label} | `{key}` | none | {what} |"


def test_form_and_words() -> None:
    """Each field has a name and a description, in its section."""
    for page, rows in pages.PAGES.items():
        assert OPTIONS[page]["sections"].keys() == rows.keys()
    for page, name, fields in _sections():
        sections = OPTIONS[page]["sections"]
        assert sections[name]["name"]
        for part in ("data", "data_description"):
            assert sections[name][part].keys() == fields.keys(), name
            assert all(sections[name][part].values())
    for step, fields in (("miner", pages.OF_MINER), ("which_miner", {"miner": None})):
        for part in ("data", "data_description"):
            assert OPTIONS[step][part].keys() == fields.keys()
    steps = WORDS["config"]["step"]
    asked = {"manager": forms.GRID, "manager_miners": forms.miners_and_battery({})}
    for step, schema in asked.items():
        for part in ("data", "data_description"):
            assert steps[step][part].keys() == {str(key) for key in schema.schema}


def test_choices() -> None:
    """Each choice has a word."""
    fields = [field for _, _, each in _sections() for field in each.values()]
    fields += [*pages.OF_MINER.values(), *forms.GRID.schema.values()]
    fields += forms.miners_and_battery({}).schema.values()
    chosen = [
        each.config
        for each in map(_selector, fields)
        if isinstance(each, SelectSelector) and "translation_key" in each.config
    ]
    assert chosen
    for config in chosen:
        words = WORDS["selector"][config["translation_key"]]["options"]
        assert list(words) == config["options"]


def test_errors_name_the_fields() -> None:
    """What an error puts into quotes is the name of a field, as the form has it."""
    names = {
        name
        for page, section, _ in _sections()
        for name in OPTIONS[page]["sections"][section]["data"].values()
    }
    errors = WORDS["options"]["error"].values()
    named = [name for each in errors for name in re.findall('"(.+?)"', each)]
    assert len(named) > 10
    assert {each for each in named if each != "{field}"} <= names


def test_options_in_the_document() -> None:
    """The table of the options is that of the form."""
    table = DOCUMENT.partition("| Option | Key | Default | What it does |\n")[2]
    rows = [line for line in table.partition("\n\n")[0].splitlines()[1:] if line]
    assert rows == list(_rows())


def _names(heading: str) -> list[str]:
    """Return what the first column of a table has."""
    section = DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (?!-|Mode \| |Reason \| )(.+?) \| ", section, re.MULTILINE)


def test_modes_and_reasons_in_the_document() -> None:
    """Each mode and each reason is explained, in the words that users see."""
    states = WORDS["entity"]["select"]["mode"]["state"]
    assert _names("Modes") == [states[each] for each in Mode]
    reasons = WORDS["entity"]["sensor"]["reason"]["state"]
    assert _names("Reasons") == list(reasons.values())
    assert WORDS["entity"]["sensor"]["managed"]["state"] == reasons
