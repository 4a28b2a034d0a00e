"""Plays whole days of a power manager with Home Assistant and simulated miners."""

# Home Assistant's time can be stopped only if this comes before it.
from pytest_homeassistant_custom_component import patch_time as _patch_time

__all__ = ["_patch_time"]
