"""What a poll costs, alone and in Home Assistant: scripts/bench."""
