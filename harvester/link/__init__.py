"""Which records describe the same dataset, and what their one entry says. Pure."""
