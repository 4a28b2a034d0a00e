"""Installed as a user has it: into environments that hold only Home Assistant."""
