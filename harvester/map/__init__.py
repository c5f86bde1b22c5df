"""Records to Datasets, by mapping files. Pure."""
