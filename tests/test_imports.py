"""Imports go one way: platforms, control, coordinator, client; and never in a circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = "custom_components.whatsminer"


def _modules(folder: str) -> dict[str, Path]:
    """Return the modules below a folder, by their names."""
    found = {}
    for file in (ROOT / folder).rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = file
    return found


def _imports(name: str, file: Path) -> Iterator[str]:
    """Yield the full names of what a module imports, and of what it takes from there."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            module = resolve_name(start, package) if node.level else start
            yield module
            yield from (f"{module}.{each.name}" for each in node.names)


def _within(name: str, package: str) -> bool:
    """Return whether a name is a package, or of it."""
    return name == package or name.startswith(f"{package}.")


def _graph(folder: str) -> dict[str, set[str]]:
    """Return which modules of a folder each one imports, also for types only."""
    modules = _modules(folder)
    return {
        name: {each for each in _imports(name, file) if each in modules} - {name}
        for name, file in modules.items()
    }


def test_no_circles() -> None:
    """No module imports one that needs it."""
    graph = {
        # A package's own file stands for what it re-exports, not for each module in it.
        name: {each for each in imported if not _within(name, each)}
        for name, imported in _graph("custom_components").items()
    }
    order = list(TopologicalSorter(graph).static_order())
    assert len(order) > 50


def test_client_stands_alone() -> None:
    """The client knows neither Home Assistant nor the integration."""
    client = f"{HOME}.client"
    for name, file in _modules("custom_components/whatsminer/client").items():
        for each in _imports(name, file):
            assert not _within(each, "homeassistant"), name
            assert not _within(each, "custom_components") or _within(each, client), name


def test_law_stands_alone() -> None:
    """The law knows what it is given, and its settings; nothing of Home Assistant."""
    manager = f"{HOME}.power_manager"
    known = {f"{manager}.law", f"{manager}.settings", f"{HOME}.stored_numbers"}
    for name, file in _modules(
        "custom_components/whatsminer/power_manager/law"
    ).items():
        for each in _imports(name, file):
            assert not _within(each, "homeassistant"), name
            is_known = any(_within(each, one) for one in known)
            assert is_known or not _within(each, "custom_components"), (name, each)


def test_simulator_stands_alone() -> None:
    """The simulator does not share the client's mistakes, nor the other way round."""
    for name, file in _modules("tests/simulator").items():
        for each in _imports(name, file):
            assert not _within(each, "custom_components"), name
            assert not _within(each, "homeassistant"), name


def test_one_way_down() -> None:
    """Neither coordinator nor control knows what is above it."""
    names = (
        *("access", "client", "const", "coordinator", "device_text"),
        *("energy", "errors", "names", "storage", "stored_json"),
    )
    below = {f"{HOME}.{name}" for name in names}
    for name, imported in _graph("custom_components/whatsminer").items():
        allowed = below
        if _within(name, f"{HOME}.control"):
            allowed = below | {f"{HOME}.control"}
        elif name != f"{HOME}.coordinator":
            continue
        for each in imported:
            assert any(_within(each, one) for one in allowed), (name, each)
