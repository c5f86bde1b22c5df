"""What identifies a dataset, and what many datasets have in common and therefore does not."""

from __future__ import annotations

import pytest

from harvester.link import names
from harvester.link.names import canonical
from harvester.model import Dataset

GEONETWORK = "https://www.geo2france.fr/geonetwork/srv/fre/catalog.search"
ONE = "a1b2c3d4-0000-4000-8000-000000000001"
OTHER = "a1b2c3d4-0000-4000-8000-000000000002"


def pointers(record: str, **fields: object) -> set[str]:
    entry = Dataset(title={"fr": "Jeu"}, **fields)  # type: ignore[arg-type]
    return set(names.own(entry.model_dump(mode="json"), record))


def test_the_records_of_an_application_of_one_page_are_told_apart_by_the_fragment() -> None:
    one = pointers("x", iri=f"{GEONETWORK}#/metadata/{ONE}")
    other = pointers("y", iri=f"{GEONETWORK}#/metadata/{OTHER}")
    assert one
    assert not one & other
    assert one & pointers("z", iri=f"{GEONETWORK.replace('https', 'http')}#/metadata/{ONE}")


def test_the_page_of_a_record_in_geonetwork_names_its_file_identifier() -> None:
    assert f"uuid:{ONE}" in pointers("x", iri=f"{GEONETWORK}#/metadata/{ONE}")
    assert pointers("x", iri=f"{GEONETWORK}#/metadata/{ONE}") & pointers(ONE)


@pytest.mark.parametrize(
    "page",
    [
        "https://data.ville.example",
        "https://data.ville.example/",
        "https://data.ville.example/#/",
        "https://data.ville.example/#",
        "https://data.ville.example/index.html",
        "https://data.ville.example/fr/",
        GEONETWORK,
        f"{GEONETWORK}#/home",
        f"{GEONETWORK}#/search",
        "https://data.ville.example/explore/",
        "https://data.ville.example/datasets",
        "https://data.ville.example/dataset/",
    ],
)
def test_a_page_that_all_datasets_of_a_portal_have_in_common_is_nobodys_identity(page: str) -> None:
    assert pointers("x", iri=page, landing_page=(page,), identifier=(page,)) == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/jeu#dataset", "http://www.a.example/jeu/"),
        ("https://a.example/catalog.search#/metadata/1", "https://a.example/catalog.search#/metadata/1/"),
        ("https://a.example/#!/jeu/1", "https://A.example/#!/jeu/1"),
    ],
)  # fmt: skip
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_things_of_one_document_are_told_apart_where_they_are_named_in_it() -> None:
    """`catalogue.ttl#arbres` and `catalogue.ttl#bancs` are two datasets of a file, and no two names of it."""
    one, other = (pointers("x", iri=f"https://a.example/catalogue.ttl#{n}") for n in ("a", "b"))
    assert not one & other
