"""The HTTP face of the catalogue."""
