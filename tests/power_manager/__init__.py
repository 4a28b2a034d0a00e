"""Tests of the power manager's law, without Home Assistant."""
