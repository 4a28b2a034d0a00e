"""How much power several miners may draw together, and which of them gets it."""
