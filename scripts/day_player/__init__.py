"""Plays whole days of a power manager with Home Assistant and simulated miners."""
