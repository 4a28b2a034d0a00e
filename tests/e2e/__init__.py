"""Tests with a real Home Assistant, started as users do."""
