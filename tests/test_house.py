"""The shape of the code: files and functions stay short."""

import ast
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
