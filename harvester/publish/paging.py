"""The Hydra description of one page, in the terms of both generations of readers (Hydra Core, § 5.2)."""

from __future__ import annotations

from harvester.publish.site import Paging
from harvester.publish.values import REF, TYPED, Node, Statement


def view(paging: Paging) -> tuple[Node, list[Statement]]:
    """Return (the page's node, what the catalogue says of it).

    CKAN reads hydra:PagedCollection and its `nextPage`, udata either, newer readers hydra:PartialCollectionView
    and its `next`. The last page has no next one: following them ends.
    """
    pages, page = paging.pages, paging.page
    links = [
        (("hydra:first", "hydra:firstPage"), 1),
        (("hydra:last", "hydra:lastPage"), pages),
    ]
    if page < pages:
        links.append((("hydra:next", "hydra:nextPage"), page + 1))
    if page > 1:
        links.append((("hydra:previous", "hydra:previousPage"), min(page - 1, pages)))
    said: list[Statement] = [
        (name, REF, paging.at(number), "") for names, number in links for name in names
    ]
    said.append(("hydra:totalItems", TYPED, str(paging.total), "xsd:integer"))
    said.append(("hydra:itemsPerPage", TYPED, str(paging.size), "xsd:integer"))
    here = paging.at(page)
    node = (here, ("hydra:PartialCollectionView", "hydra:PagedCollection"), said)
    return node, [("hydra:view", REF, here, "")]
