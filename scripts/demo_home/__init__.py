"""A Home Assistant with simulated miners, started by scripts/demo."""
