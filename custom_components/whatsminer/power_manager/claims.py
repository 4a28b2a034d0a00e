"""The miners of a manager: those of its list that no other one has, as they were stored."""

from collections.abc import Iterable, Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .members import async_claim, listed_miners
from .memory import Memory
from .miners import ManagedMiner
from .settings import Settings


def claim_miners(
    hass: HomeAssistant, manager: ConfigEntry, settings: Settings, memory: Memory
) -> tuple[dict[str, ManagedMiner], list[str]]:
    """Return the miners by the ids of their entries, and the names of those of others."""
    miners, taken = dict[str, ManagedMiner](), list[str]()
    for key in listed_miners(manager.options):
        miner = ManagedMiner(hass, key, settings)
        if not async_claim(hass, key, manager):
            taken.append(miner.name)
            continue
        if miner.entry is None:
            continue
        miner.hold = memory.holds.get(key)
        miner.is_hot = key in memory.hot_miners
        miner.last_power = memory.last_powers.get(key, 0.0)
        miners[key] = miner
    return miners, taken


def keep_miners(memory: Memory, miners: Mapping[str, ManagedMiner]) -> None:
    """Keep of the miners what outlasts a restart."""
    memory.holds = {key: each.hold for key, each in miners.items() if each.hold}
    memory.hot_miners = hot_miners(miners.values())
    memory.last_powers = {key: each.last_power for key, each in miners.items()}


def hot_miners(miners: Iterable[ManagedMiner]) -> list[str]:
    """Return the miners that are too hot."""
    return [each.key for each in miners if each.is_hot]
