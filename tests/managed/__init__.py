"""Tests of the power manager in Home Assistant, with simulated miners."""
