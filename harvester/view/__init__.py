"""Which entries a city sees, and why. Pure."""
