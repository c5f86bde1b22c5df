"""One module per kind of source. A connector is two pure functions around the walk of `fetch.walk`."""
