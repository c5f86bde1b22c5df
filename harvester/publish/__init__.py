"""Entries → bytes, one module per format: pure, and each entry rendered once.

A document is `head + fragment + fragment + … + foot`. A fragment knows neither the view, nor the page, nor its
neighbours: it is stored and concatenated. It speaks of the catalogue that lists it as `this:`, a prefix that
only the head binds; RDF/XML says it by nesting. The same fragment therefore serves every city.

`turtle`, `rdfxml` and `jsonld` share one surface:

* `fragment(published, site) -> bytes`
* `head(catalog, site, paging=None) -> bytes`, `foot() -> bytes`
* `document(published, site, aliases=()) -> bytes`: one entry on its own (`datasets/{id}`)

`csv` has `head`, `prefix` (whose catalogue), `row` and no foot. What becomes which property is one table: `harvester.publish.graph`.
"""

from __future__ import annotations

from harvester.publish.site import Paging, Published, Site

__all__ = ["RENDERER", "Paging", "Published", "Site"]

RENDERER = 1
"""Raise it whenever the bytes of any format change: stored fragments and ETags depend on it."""
