"""Record what a miner tells, without its secrets, for an issue or a test."""
