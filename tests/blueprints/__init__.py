"""Tests of the blueprints: real automations through whole days."""
