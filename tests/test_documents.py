"""The documents say what is there: examples, scripts, words, firmware, badges."""

from collections import Counter, defaultdict
from collections.abc import Iterator
import json
import os
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

ROOT = Path(__file__).parents[1]
HOME = ROOT / "custom_components" / "whatsminer"
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
README = (ROOT / "README.md").read_text("utf-8")
WORDS = json.loads((HOME / "translations" / "en.json").read_text("utf-8"))

# What runs each example, in the order of the document; or why nothing does.
EXAMPLES = {
    "README.md": ["tests/simulated/test_demo.py::test_arguments"],
    "docs/capture.md": ["tests/replay/test_capture_script.py::test_capture"],
    "docs/client.md": [
        "tests/integration/test_docs_examples.py::test_farm_loop_in_python"
    ],
    "docs/blueprints.md": ["tests/blueprints/test_solar_surplus.py::test_example"],
    "docs/controls.md": [
        "tests/integration/test_docs_examples.py::test_commands",
        "tests/integration/test_docs_examples.py::test_farm_loop",
    ],
    "docs/days.md": ["tests/managed/test_days.py::test_examples_of_the_document"] * 3,
    "docs/development.md": [
        "tests/test_docs_links.py::test_map",
        "by hand: needs pyasic in an environment of its own",
    ],
    "docs/power_manager.md": ["tests/managed/test_emhass.py::test_recipe"],
    "docs/entities.md": [
        "tests/integration/test_docs_examples.py::test_message_about_a_fault"
    ],
    "docs/farm.md": [
        *["tests/integration/test_farm_dashboard.py::test_examples"] * 3,
        "tests/integration/test_docs_farm.py::test_dashboard_as_a_file",
        "tests/integration/test_farm_dashboard.py::test_commands",
        "tests/integration/test_docs_farm.py::test_recorder",
        "by hand: needs a database server",
        "tests/integration/test_docs_farm.py::test_database",
        *["by hand: needs a database server"] * 2,
        "tests/integration/test_docs_farm.py::test_prometheus",
        *["by hand: needs Prometheus"] * 3,
    ],
}

# Recorded by nobody: examples of documents, and what others made up.
_NOT_RECORDED = re.compile(r"doc[-_]|maker_|synthetic_|tether_mock")
_FIRMWARE = {
    "Plain cgminer": "cgminer", "API 1.x": "1", "API 2.0.x": "2.0", "API 2.2": "2.2",
    "API 3": "3",
}  # fmt: skip


def _section(document: str, heading: str) -> str:
    """Return the text below a heading, up to the next one."""
    text = (ROOT / document).read_text("utf-8")
    return re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0]


def _rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of all rows of tables, without their heads."""
    for line in re.findall(r"^\| .*\|$", text, re.MULTILINE):
        if not re.match(r"\| (Words|State|Step|Field|Option|Firmware|Rule) \|", line):
            yield line.strip("| ").split(" | ")


def _texts(part: Any) -> Iterator[str]:
    """Yield all texts, however deep."""
    if isinstance(part, str):
        yield part
    else:
        for each in part.values():
            yield from _texts(each)


def test_examples_have_a_test() -> None:
    """No example is only written: a test runs it, or it is said why none does."""
    found = {
        document.relative_to(ROOT).as_posix(): len(blocks)
        for document in DOCUMENTS
        if (
            blocks := re.findall(
                r"^ *```\w*$\n", document.read_text("utf-8"), re.MULTILINE
            )[::2]
        )
    }
    assert found == {document: len(tests) for document, tests in EXAMPLES.items()}
    for test in {test for tests in EXAMPLES.values() for test in tests}:
        if not test.startswith("by hand: "):
            file, _, name = test.partition("::")
            assert re.search(rf"def {name}\(", (ROOT / file).read_text("utf-8")), test


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_scripts(document: Path) -> None:
    """The scripts that documents name are there, and know the options."""
    text = document.read_text("utf-8")
    for name, rest in re.findall(r"scripts/(\w+)\b([^`\n]*)", text):
        script = ROOT / "scripts" / name
        if script.is_dir():
            continue
        assert os.access(script, os.X_OK), name
        code = script.read_text()
        for runs in re.findall(r"-m ([\w.]+)", code):
            folder = ROOT / runs.replace(".", "/")
            code += "".join(each.read_text() for each in folder.glob("*.py"))
        code += "".join(
            (ROOT / runs).read_text() + (ROOT / "tests/browser/pictures.py").read_text()
            for runs in re.findall(r"exec (tests/\S+)", code)
        )
        for option in re.findall(r"(?<=\s)--[a-z-]+", rest.partition("#")[0]):
            # pytest and argparse bring these.
            if option not in ("--help", "--snapshot-update"):
                assert option in code, f"{name} {option}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_nothing_is_pasted_twice(document: Path) -> None:
    """Each table has its head, and no table or paragraph is there twice."""
    parts = re.split(r"\n\s*\n", document.read_text("utf-8"))
    for table in (part for part in parts if part.lstrip().startswith("|")):
        assert re.match(r" *\|.*\n *\|[-|]+\|\n", table), table
    assert [
        part for part, n in Counter(parts).items() if n > 1 and len(part) > 99
    ] == []


def test_quality_scale() -> None:
    """Each rule about documents has its section, or is exempt."""
    rules = load_yaml_dict(str(HOME / "quality_scale.yaml"))["rules"]
    assert isinstance(rules, dict)
    done = {
        rule
        for rule, status in rules.items()
        if rule.startswith("docs-") and status == "done"
    }
    rows = list(_rows(_section("docs/development.md", "Where the documents are")))
    # That the links lead somewhere is a test of its own.
    assert {rule.strip("`") for rule, links in rows if "](" in links} == done


def test_fields_and_options() -> None:
    """Set up describes each field, option and choice by its name."""
    step = WORDS["config"]["step"]
    options = WORDS["options"]["step"]["init"]["data"].values()
    assert {row[0] for row in _rows(_section("docs/setup.md", "Options"))} == set(
        options
    )
    text = (ROOT / "docs" / "setup.md").read_text("utf-8")
    choices = step["reconfigure"]["menu_options"].values()
    fields = {*step["address"]["data"].values(), *step["account"]["data"].values()}
    titles = {
        step[name]["title"]
        for name in ("without_password", "write_access", "unproven", "by_address")
    }
    described = {row[0] for row in _rows(text)}
    assert {*choices, *fields, *titles} - described == set()


@pytest.mark.parametrize("section", ["Messages", "Repairs"])
def test_troubleshooting(section: str) -> None:
    """The words that users look up are those that they see."""
    seen = [re.sub(r"\{\w+\}", "...", text) for text in _texts(WORDS)]
    rows = list(_rows(_section("docs/troubleshooting.md", section)))
    assert rows
    for words, _ in rows:
        for said in re.findall(r"\*+([^*]+)\*+", words):
            parts = [re.escape(part) for part in re.split(r" ?\.\.\. ?", said)]
            assert any(re.search(".*".join(parts), text) for text in seen), said


def test_how_proven() -> None:
    """As many recordings are named for each firmware as there are."""
    recorded = Counter[str]()
    models = defaultdict[str, str](str)
    for file in (ROOT / "tests" / "captures").glob("*/expected.json"):
        if not _NOT_RECORDED.match(file.parent.name):
            expected = json.loads(file.read_text("utf-8"))
            recorded[expected["generation"]] += 1
            models[expected["generation"]] += file.parent.name + expected["about"]
    section = _section("docs/limits.md", "How proven each firmware is")
    rows = {firmware: readings for firmware, readings, _ in _rows(section)}
    assert rows.keys() == _FIRMWARE.keys()
    for firmware, readings in rows.items():
        generation = _FIRMWARE[firmware]
        assert int(readings.split()[0]) == recorded[generation], firmware
        for model in re.findall(r"M\d\w+", readings):
            assert model.lower() in models[generation].lower(), model


def test_badges() -> None:
    """Badges and buttons are about what is here."""
    for workflow in re.findall(r"workflows/([\w.]+)/badge\.svg", README):
        assert (ROOT / ".github" / "workflows" / workflow).exists(), workflow
    oldest = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    (badge,) = re.findall(r"badge/Home%20Assistant-([\d.]+)%20or%20newer", README)
    assert oldest.startswith(f"{badge}.")
    assert "MIT License" in (ROOT / "LICENSE").read_text()
    manifest = json.loads((HOME / "manifest.json").read_text())
    owner, repository = manifest["documentation"].split("/")[-2:]
    assert f"hacs_repository/?owner={owner}&repository={repository}&" in README
    assert f"config_flow_start/?domain={manifest['domain']})" in README
