"""The dialogs of a power manager, and its options as they are stored."""
