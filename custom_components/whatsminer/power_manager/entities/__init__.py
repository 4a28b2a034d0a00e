"""The entities of a power manager."""
