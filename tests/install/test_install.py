"""From nothing to a miner and back, as HACS would install the integration."""

import json
from pathlib import Path

import pytest

from scripts.demo_home.home import CONFIG
from tests.conftest import PASSWORD, at_home

from .environment import COMPONENT, ROOT, Environment
from .installed import LOG, STORAGE, complaints, prepare, running, stored

# What our manifest asks for, and Home Assistant does not bring.
OURS = {"passlib", "pycryptodome"}
SUM = "sensor.shed_total"
SUM_AGAIN = "sensor.shed_total_again"


def test_hacs_finds_it() -> None:
    """HACS copies the only folder of custom_components, for it has no other orders."""
    hacs = json.loads((ROOT / "hacs.json").read_text())
    assert not {"content_in_root", "filename", "zip_release"} & hacs.keys()
    parts = ROOT.joinpath("custom_components").glob("*/manifest.json")
    assert [part.parent for part in parts] == [ROOT / COMPONENT]
    manifest = json.loads((ROOT / COMPONENT / "manifest.json").read_text())
    needed = {
        "codeowners",
        "documentation",
        "domain",
        "issue_tracker",
        "name",
        "version",
    }
    assert needed <= manifest.keys()


async def test_life_of_a_miner(environment: Environment, tmp_path: Path) -> None:
    """Add a miner, wrong password first; reload, rename, restart, remove."""
    environment.clean()
    assert environment.installed() == set()
    prepare(tmp_path)
    async with at_home() as miner:
        async with running(environment, tmp_path) as home:
            assert not OURS & environment.installed()
            where = await home.choose_address()
            answers = {"host": miner.host, "password": "wrong"}
            flow = await home.post(where, answers)
            assert flow["errors"] == {"base": "invalid_auth"}
            flow = await home.post(where, {**answers, "password": PASSWORD})
            assert flow["type"] == "create_entry"
            assert environment.installed() >= OURS
            await home.wait_for_miners()

            status = await home.entity_id("sensor", "status")
            assert await home.state(status) == "mining"
            hashrate = await home.entity_id("sensor", "hashrate")
            assert float(await home.state(hashrate)) == pytest.approx(126, rel=0.05)

            energy = await home.energy_above(0)
            await home.reload()
            assert await home.energy() >= energy

            energy = await home.energy()
            first = await home.entity_id("sensor", "energy")
            await home.change(first, new_entity_id=SUM)
            assert await home.energy() >= energy

            await home.change(SUM, disabled_by="user")
            await home.change(SUM, new_entity_id=SUM_AGAIN)
            await home.change(SUM_AGAIN, disabled_by=None)
            await home.reload()
            assert await home.energy() >= energy

            # Once more, and what is known has to come from the disk.
            energy = await home.energy()
            await home.change(SUM_AGAIN, disabled_by="user")
            await home.change(SUM_AGAIN, new_entity_id=SUM)

        async with running(environment, tmp_path) as home:
            await home.change(SUM, disabled_by=None)
            await home.wait_for_miners()
            await home.reload()
            assert await home.entity_id("sensor", "energy") == SUM
            assert await home.energy() >= energy
            assert await home.state(status) == "mining"
            energy = await home.energy_above(energy)

        async with running(environment, tmp_path) as home:
            await home.wait_for_miners()
            assert await home.energy() >= energy
            await home.remove()
            assert await home.get(f"{CONFIG}/entry?domain=whatsminer") == []
            assert await home.entities() == []

    assert complaints(tmp_path, starts=3) == []
    assert PASSWORD not in (tmp_path / LOG).read_text()
    assert left(tmp_path) == []


def left(folder: Path) -> list[str]:
    """Return where Home Assistant still has something of ours stored.

    It keeps in mind itself, for a while, what was deleted and what state it had.
    """
    for name in ("core.device_registry", "core.entity_registry"):
        registry = stored(folder, name)
        for key in [key for key in registry if key.startswith("deleted_")]:
            del registry[key]
        assert "whatsminer" not in json.dumps(registry)
    own = {"core.device_registry", "core.entity_registry", "core.restore_state"}
    return [
        path.name
        for path in sorted((folder / STORAGE).iterdir())
        if path.name not in own
        and ("whatsminer" in path.name or "whatsminer" in path.read_text())
    ]
