"""Sample portals of a real territory with invented catalogues."""
