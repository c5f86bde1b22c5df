"""One catalogue out of a territory's many."""

__version__ = "0.1.0"
