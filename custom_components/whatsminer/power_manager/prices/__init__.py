"""What electricity costs, and what that means for mining."""
