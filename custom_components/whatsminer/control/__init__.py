"""Commands to one miner: what can be sent, in which order, and what became of it."""
