"""What each capture must be read as: its `expected.json`, one or more cases."""

from collections.abc import Iterator
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

from .recording import CAPTURES, Recording

GENERATIONS = {
    "cgminer": "plain cgminer, 2018-2020",
    "1": "API 1.x, 2020-2022",
    "2.0": "API 2.0.x, 2022-2024",
    "2.2": "API 2.2.x, from 2024-11, port 4028",
    "3": "API 3.0.x, port 4433",
    "?": "without expected.json",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way to play a capture back, and what comes of it."""

    folder: Path
    name: str
    generation: str
    answers: dict[str, str | None] = field(default_factory=dict)
    """Other files than usual, by command."""
    says: dict[str, Any] = field(default_factory=dict)
    """Readings by name; what is not named here is not checked."""
    refuses: str | None = None
    """The error that the client must raise instead."""

    @property
    def title(self) -> str:
        """Return folder and case in one line."""
        usual = self.name == "as recorded"
        return self.folder.name if usual else f"{self.folder.name}: {self.name}"

    def recording(self) -> Recording:
        """Return the answers."""
        generation = "2.0" if self.generation == "?" else self.generation
        return Recording.load(self.folder, generation, self.answers)


def all_cases() -> Iterator[Case]:
    """Return the cases of all captures, oldest generation first."""
    cases = [case for folder in CAPTURES.iterdir() for case in cases_of(folder)]
    order = list(GENERATIONS)
    yield from sorted(
        cases, key=lambda case: (order.index(case.generation), case.title)
    )


def cases_of(folder: Path) -> Iterator[Case]:
    """Return the cases of one capture; a new one has to be readable at least."""
    file = folder / "expected.json"
    if not file.exists():
        yield Case(folder=folder, name="as recorded", generation="?")
        return
    expected = json.loads(file.read_bytes())
    for case in expected["cases"]:
        yield Case(
            folder=folder,
            name=case["name"],
            generation=expected["generation"],
            answers=expected.get("answers", {}) | case.get("answers", {}),
            says=case.get("says", {}),
            refuses=case.get("refuses"),
        )
