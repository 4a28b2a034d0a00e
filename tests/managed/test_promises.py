"""What docs/power_manager.md promises is tested here."""

import ast
from pathlib import Path
import re

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "power_manager.md"


def test_each_promise_has_its_test() -> None:
    """Each row of the table names a test of this folder; each case is promised."""
    section = PAGE.read_text("utf-8").partition("## Promises")[2].partition("\n## ")[0]
    promised = set(re.findall(r"\| `(test_\w+)` \|$", section, re.MULTILINE))
    tests = {
        file.name: {
            node.name
            for node in ast.parse(file.read_text("utf-8")).body
            if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_")
        }
        for file in HERE.glob("test_*.py")
    }
    assert promised <= set().union(*tests.values())
    assert tests["test_cases.py"] - promised == {
        "test_restarts",
        "test_stopped_elsewhere",
    }
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert len(rows) - 1 == len(promised)
