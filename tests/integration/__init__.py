"""Tests of the integration, through the public ways of Home Assistant."""
