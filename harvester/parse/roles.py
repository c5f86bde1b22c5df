"""Which subjects of a page are records, catalogues, catalogue records.

DCAT 3, sections 6.3 to 6.8: a catalogue lists datasets (dcat:dataset), services (dcat:service) and records
(dcat:record); the wild describes datasets that no catalogue lists, and lists datasets without a type.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harvester.parse.terms import objects

_DCAT = "http://www.w3.org/ns/dcat#"
_RECORDS = frozenset({f"<{_DCAT}Dataset>", f"<{_DCAT}DatasetSeries>"})
_SERVICE = f"<{_DCAT}DataService>"
_CATALOG = f"<{_DCAT}Catalog>"
_CATALOG_RECORD = f"<{_DCAT}CatalogRecord>"
_HYDRA = "<http://www.w3.org/ns/hydra/core#"
_LISTS = f"<{_DCAT}dataset>"
_USES = f"<{_DCAT}accessService>"
_TOPIC = "<http://xmlns.com/foaf/0.1/primaryTopic>"
_TOPIC_OF = "<http://xmlns.com/foaf/0.1/isPrimaryTopicOf>"


_PARTS = frozenset(
    f"a <{namespace}{name}>"
    for namespace, names in (
        (_DCAT, "Distribution"),
        ("http://purl.org/dc/terms/", "PeriodOfTime Location LicenseDocument MediaTypeOrExtent"),
        ("http://spdx.org/rdf/terms#", "Checksum"),
        ("http://www.w3.org/2006/vcard/ns#", "Kind Organization Individual"),
        ("http://xmlns.com/foaf/0.1/", "Agent Organization Document"),
        ("http://www.w3.org/2004/02/skos/core#", "Concept"),
    )
    for name in names.split()
)
"""Types of nodes that are parts of records, and neither list nor page: most nodes of a page."""


@dataclass(slots=True)
class Roles:
    """Terms by role.

    `roots` (in document order) become records; `catalogs` and `about` (catalogue records) are not embedded
    anywhere, but `records` attaches the latter to the root they are about. `undescribed` are datasets a
    catalogue lists without the page saying more. `paging` are the index entries that speak Hydra.
    """

    roots: dict[str, None] = field(default_factory=dict)
    catalogs: set[str] = field(default_factory=set)
    about: set[str] = field(default_factory=set)
    records: dict[str, set[str]] = field(default_factory=dict)
    undescribed: list[str] = field(default_factory=list)
    paging: list[str] = field(default_factory=list)


def roles(nodes: dict[str, str]) -> Roles:
    """Sort the subjects of an index."""
    found = Roles()
    services: dict[str, None] = {}
    listing: list[str] = []
    for subject, rest in nodes.items():
        first = rest.partition(" ;")[0]
        if ";\n\ta " in rest:
            types = terms_of(rest, "a")
        elif first in _PARTS:
            continue
        else:
            types = objects(first[2:]) if first[:2] == "a " else []
        if _CATALOG in types:
            found.catalogs.add(subject)
        elif _CATALOG_RECORD in types:
            found.about.add(subject)
        elif not _RECORDS.isdisjoint(types):
            found.roots[subject] = None
        elif _SERVICE in types:
            services[subject] = None
        if (_HYDRA in rest or _LISTS in rest) and not _only_parts(types):
            if _HYDRA in rest:
                found.paging.append(rest)
            if _LISTS in rest:
                listing.append(rest)
    for rest in listing:
        for term in terms_of(rest, _LISTS):
            if term not in nodes:
                found.undescribed.append(term)
            elif term not in found.catalogs and term not in services:
                found.roots.setdefault(term)
    if services:
        used = {term for rest in nodes.values() if _USES in rest for term in terms_of(rest, _USES)}
        found.roots.update((service, None) for service in services if service not in used)
    if found.about:
        _attach(nodes, found, services)
    return found


def _only_parts(types: list[str]) -> bool:
    return bool(types) and all(f"a {kind}" in _PARTS for kind in types)


def _attach(nodes: dict[str, str], found: Roles, services: dict[str, None]) -> None:
    for record in found.about:
        for topic in terms_of(nodes[record], _TOPIC):
            if topic in nodes and topic not in found.catalogs and topic not in services:
                found.roots.setdefault(topic)
            found.records.setdefault(topic, set()).add(record)
    for subject, rest in nodes.items():
        for record in terms_of(rest, _TOPIC_OF):
            if record in found.about:
                found.records.setdefault(subject, set()).add(record)
                if subject not in found.catalogs and subject not in services:
                    found.roots.setdefault(subject)


def terms_of(rest: str, predicate: str) -> list[str]:
    """The objects of one predicate of an index entry, in Turtle notation."""
    text, start = f"\t{rest}", f"\t{predicate} "
    found: list[str] = []
    at = text.find(start)
    while at >= 0:
        begin = at + len(start)
        end = text.find(" ;\n\t", begin)
        if end < 0:
            return found + objects(text[begin:])
        found += objects(text[begin:end])
        at = text.find(start, end)
    return found
