"""Recorded answers of real miners, played back to the client."""
