"""Find many miners by a scan or their button, and add them together."""
