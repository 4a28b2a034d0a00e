"""The shape of the code: imports go one way, and files and functions stay short."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = ROOT / "custom_components" / "whatsminer"
MODULES = sorted(HOME.rglob("*.py"))

# Tables of data or of descriptions, which are read a row at a time.
TABLES = {"client/error_table.py", "sensor_descriptions.py"}
MOST_LINES = 450
MOST_LINES_OF_A_FUNCTION = 60


def _name(path: Path) -> str:
    """Return how a module is called in these tests."""
    return path.relative_to(HOME).as_posix()


def _imports(path: Path) -> Iterator[Path]:
    """Yield the modules of the integration that a module imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        folder = path.parents[node.level - 1]
        base = (
            folder.joinpath(*(node.module or "").split(".")) if node.module else folder
        )
        for place in (base, *(base / each.name for each in node.names)):
            for found in (place.with_suffix(".py"), place / "__init__.py"):
                if found in MODULES:
                    yield found


def test_no_circles() -> None:
    """No module imports itself by way of others, not even for the types alone."""
    # What a package exports is no way back into it.
    graph = {
        path: {each for each in _imports(path) if each.name != "__init__.py"}
        for path in MODULES
        if path.name != "__init__.py"
    }
    assert list(TopologicalSorter(graph).static_order())


def test_directions() -> None:
    """The client knows nothing of Home Assistant, and reading nothing of commands."""
    for path in MODULES:
        text, name = path.read_text("utf-8"), _name(path)
        if name.startswith("client/"):
            assert "homeassistant" not in text, name
            assert all(HOME / "client" in each.parents for each in _imports(path)), name
        assert "from tests" not in text, name
    reading = [HOME / "coordinator.py", HOME / "storage.py", HOME / "access.py"]
    for path in reading:
        assert not [each for each in _imports(path) if "control" in each.parts], path


def test_short_files() -> None:
    """What does not fit is more than one thing."""
    lengths = {
        _name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES
    }
    long = {name for name, length in lengths.items() if length > MOST_LINES}
    assert long <= TABLES


def test_short_functions() -> None:
    """A function fits on a screen."""
    long = [
        f"{_name(path)}: {node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []
