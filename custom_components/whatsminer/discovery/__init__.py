"""Many miners: find them by a scan or their button, and add them in one go."""
