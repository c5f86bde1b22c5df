"""Datasets to bytes, one module per format. Pure."""
