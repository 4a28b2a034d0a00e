"""Climate entities: a miner has none, a power manager its thermostat."""

from .power_manager.entities.climate import async_setup_entry

__all__ = ["async_setup_entry"]

# What is set only changes the manager.
PARALLEL_UPDATES = 0
