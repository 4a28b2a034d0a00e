"""Record what a miner answers, without its secrets, for an issue or a test."""
