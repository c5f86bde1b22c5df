"""Who speaks for a cluster."""

from __future__ import annotations

from harvester.link.elect import ranked
from harvester.link.places import gazetteer
from harvester.link.pointers import Portal, Portals
from harvester.link.profile import Profile, Reader


def record(name: str, iri: str) -> Profile:
    portal = Portal("meudon", "dcat", 1, ("meudon.example",))
    reader = Reader(gazetteer([]), Portals([portal]), {})
    return reader.read({"title": {"fr": "Arbres"}, "iri": iri}, portal, name)


def test_the_portal_where_a_dataset_lives_speaks_and_an_iri_that_is_no_address_is_nobody_s_home() -> (
    None
):
    records = [
        record("1", "https://[meudon.example/a"),
        record("2", "https://a]b/"),
        record("3", "https://meudon.example/a"),
    ]
    assert ranked(records) == [2, 0, 1]
