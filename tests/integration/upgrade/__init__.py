"""Entries as an earlier version has stored them, and how they are loaded."""
