"""What the miners are to do: pure, without Home Assistant."""
