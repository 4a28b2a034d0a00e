"""Each language says what English says: the same keys, and the same parts in each text.

What fails names the language, the key, and what is wrong.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "custom_components" / "whatsminer" / "translations"
ENGLISH = "en.json"
OTHERS = sorted(each.name for each in FOLDER.iterdir() if each.name != ENGLISH)

# What a translation must keep, as often as English has it.
KEPT = {
    "placeholders": r"\{\w*\}",
    "links": r"\]\([^)]*\)",
    "code": r"`[^`]*`",
    "italics": r"(?<!\*)\*[^*\n]+\*(?!\*)",
    "lines": r"\n",
    "list items and headings": r"^(?:[-*]|\d+\.|#+) ",
}
# A name of another text: an option, a button or a mode, in the way that English marks it.
NAMED = re.compile(r'"([^"{]+)"|(?<!\*)\*([^*\n]+)\*(?!\*)')


def _flat(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts with their keys."""
    for key, each in part.items():
        if isinstance(each, dict):
            yield from _flat(each, f"{path}{key}.")
        else:
            yield f"{path}{key}", each


def _read(name: str) -> dict[str, str]:
    """Return the texts of a language by their keys."""
    return dict(_flat(json.loads((FOLDER / name).read_text("utf-8"))))


def _kept(kind: str, text: str) -> list[str]:
    """Return the parts of a kind; of italics only how many, as they are translated."""
    found = re.findall(KEPT[kind], text, re.MULTILINE)
    return ["*"] * len(found) if kind == "italics" else sorted(found)


def _in_a_text(english: str, text: str) -> Iterator[str]:
    """Yield what is wrong about the translation of a text by itself."""
    if not text.strip() or text != text.strip():
        yield "empty, or blanks around it"
    if "[%key:" in text:
        yield "a reference: Home Assistant reads none here"
    # Short words differ most; the dialogs have no room for much more.
    if len(text) > 30 + 1.6 * len(english):
        yield f"{len(text)} characters, English has {len(english)}"
    for kind in KEPT:
        if (there := _kept(kind, text)) != (wanted := _kept(kind, english)):
            yield f"{kind} are {there}, English has {wanted}"


def find_faults(english: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return all that is wrong about a language, each with its key."""
    faults = [f"{key}: missing" for key in english.keys() - other.keys()]
    faults += [f"{key}: not in English" for key in other.keys() - english.keys()]
    keys = sorted(english.keys() & other.keys())
    words, names = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for key in keys:
        words[english[key]].add(other[key])
        if re.fullmatch(r"entity\.\w+\.\w+\.name", key):
            platform = key.split(".")[1]
            names[f"{platform}: {other[key].casefold()}"].add(english[key])
    faults += [
        f"entity.{name}: is {sorted(each)}"
        for name, each in names.items()
        if len(each) > 1
    ]
    for key in keys:
        faults += [f"{key}: {fault}" for fault in _in_a_text(english[key], other[key])]
        for named in map("".join, NAMED.findall(english[key])):
            if (usual := words.get(named)) and not any(
                each in other[key] for each in usual
            ):
                faults.append(f"{key}: {named} is called {sorted(usual)} elsewhere")
    return sorted(faults)


@pytest.mark.parametrize("name", OTHERS)
def test_language(name: str) -> None:
    """A language has all texts, with all that English has in them."""
    assert find_faults(_read(ENGLISH), _read(name)) == []


ADDED = "Added to *Low power* by {name}.\n\n1. See [more]({link}) of `admin`."
HAS = {
    "entity.sensor.one.name": "Low power",
    "entity.sensor.two.name": "High power",
    "entity.switch.two.name": "High power",
    "text": ADDED,
}
SAYS = {
    "entity.sensor.one.name": "Wenig",
    "entity.sensor.two.name": "Viel",
    "entity.switch.two.name": "Wenig",
    "text": "Von {name} zu *Wenig*.\n\n1. Lies [mehr]({link}) von `admin`.",
}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        ({"text": None}, "text: missing"),
        ({"other": "Noch etwas"}, "other: not in English"),
        ({"text": SAYS["text"].replace("{name}", "{miner}")}, "placeholders are"),
        ({"text": SAYS["text"].replace("({link})", "")}, "links are"),
        ({"text": SAYS["text"].replace("`admin`", "`Verwalter`")}, "code are"),
        ({"text": SAYS["text"].replace("*", "")}, "italics are"),
        ({"text": SAYS["text"].replace("\n\n", "\n")}, "lines are"),
        ({"text": SAYS["text"].replace("1. ", "")}, "list items and headings are"),
        ({"text": SAYS["text"].replace("Wenig", "Etwas")}, "is called ['Wenig']"),
        ({"text": f"{SAYS['text']} {'viel ' * 20}mehr"}, "characters, English has"),
        ({"text": " "}, "empty"),
        ({"text": "[%key:other%]"}, "a reference"),
        ({"entity.sensor.two.name": "wenig"}, "entity.sensor: wenig: is"),
    ],
)
def test_faults(changed: dict[str, str | None], fault: str | None) -> None:
    """Each fault is found, and named by its key."""
    language = {
        key: text for key, text in {**SAYS, **changed}.items() if text is not None
    }
    faults = find_faults(HAS, language)
    assert any(fault in each for each in faults) if fault else faults == []
