"""An entry of an earlier version has the same entities with the same states today.

The files in `upgrade/` are what Home Assistant had stored of a miner with that version,
after it was used for a while, and what it showed after a restart. They are not made
anew: each version that is released gets files of its own, by
`python -m pytest tests/integration/upgrade/make.py` with the code of that version.
What a later version shows otherwise on purpose is changed in the older files by hand.
"""

from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .upgrade import stored

pytestmark = pytest.mark.parametrize("load_registries", [False])


@pytest.mark.parametrize(
    "file", sorted(stored.FOLDER.glob("*.json")), ids=lambda file: file.stem
)
async def test_upgrade(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    file: Path,
) -> None:
    """Nothing is lost, added under another id, or shown otherwise; user's names stay."""
    freezer.move_to(stored.NOW)
    _, api = file.stem.split("_")
    async with stored.make_miner(api) as miner:
        content, shown = stored.read(file, miner.host)
        assert shown
        found = await stored.restart(hass, hass_storage, content)
        # New entities may come.
        assert {entity_id: found.get(entity_id) for entity_id in shown} == shown
