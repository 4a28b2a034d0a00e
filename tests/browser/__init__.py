"""A real Home Assistant in a real browser: started by `scripts/test --browser`."""
