"""How much power several miners may draw, and who gets it."""
