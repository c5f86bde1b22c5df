"""Where an entry is about, from what is written on it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.config import Source
from harvester.model import Agent, Coverage, Dataset, Location
from harvester.territory import Gazetteer
from harvester.territory import load as load_gazetteer
from harvester.view import coverage

GPSO = "fr:epci:200057974"
MEUDON = "fr:commune:92048"
ISSY = "fr:commune:92040"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def source(territory: str) -> Source:
    return Source(
        id="s", name="s", kind="dcat", url="https://x.example", level="commune", territory=territory
    )


def dataset(*places: Location, publisher: Agent | None = None) -> Dataset:
    return Dataset(title={"fr": "Un jeu"}, spatial=places, publisher=publisher)


def by_name(name: str) -> Agent:
    return Agent(name={"fr": name})


def territories(found: tuple[Coverage, ...]) -> list[str]:
    return [part.territory for part in found]


def told(found: tuple[Coverage, ...]) -> list[tuple[str, str]]:
    return [(part.territory, part.how) for part in found]


@pytest.mark.parametrize(
    "written",
    [
        "http://id.insee.fr/geo/commune/92048",
        "https://id.insee.fr/geo/commune/92048",
        "http://rdf.insee.fr/geo/2011/COM_92048",
        "fr:commune:92048",
        "fr:commune:92048@1860-07-01",
        "fr/commune/92048",
        "fr/town/92048",
        "https://www.data.gouv.fr/api/1/spatial/zones/fr:commune:92048",
        "http://data.europa.eu/lau/FR_92048",
        "https://geo.api.gouv.fr/communes/92048?fields=nom",
        "http://id.insee.fr/geo/communes/92048",
        "http://registre.data.developpement-durable.gouv.fr/ecospheres/commune/92048",
        "92048",
        "219200482",
        "fr:iris:920480101",
    ],
)
def test_a_commune_is_known_by_every_code_catalogues_use(
    gazetteer: Gazetteer, written: str
) -> None:
    as_iri = ":" in written
    place = Location(iri=written) if as_iri else Location(identifier=written)
    assert territories(coverage(dataset(place), source(GPSO), gazetteer)) == [MEUDON]
    if as_iri:
        place = Location(identifier=written)
        assert territories(coverage(dataset(place), source(GPSO), gazetteer)) == [MEUDON]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("http://id.insee.fr/geo/departement/92", "fr:departement:92"),
        ("http://id.insee.fr/geo/region/11", "fr:region:11"),
        ("fr:departement:92", "fr:departement:92"),
        ("fr/county/92", "fr:departement:92"),
        ("fr/region/11", "fr:region:11"),
        ("fr:epci:200057974", GPSO),
        ("http://data.europa.eu/nuts/code/FR105", "fr:departement:92"),
        ("http://nuts.geovocab.org/id/FR10", "fr:region:11"),
        ("http://publications.europa.eu/resource/authority/atu/FRA_DPT_092", "fr:departement:92"),
        ("http://publications.europa.eu/resource/authority/atu/FRA_RG_IF", "fr:region:11"),
        ("http://publications.europa.eu/resource/authority/place/FRA_OGB", "fr:commune:92012"),
        ("https://sws.geonames.org/3012874/", "fr:region:11"),
    ],
)
def test_units_of_other_levels_are_known_too(gazetteer: Gazetteer, written: str, code: str) -> None:
    as_iri = ":" in written
    place = Location(iri=written) if as_iri else Location(identifier=written)
    found = coverage(dataset(place), source("fr"), gazetteer)
    assert told(found) == [(code, "uri" if as_iri else "stated")]


def test_a_statement_inside_the_territory_of_the_source_decides_alone(
    gazetteer: Gazetteer,
) -> None:
    found = coverage(
        dataset(
            Location(iri="http://id.insee.fr/geo/commune/92048"),
            publisher=by_name("Département des Hauts-de-Seine"),
        ),
        source("fr:departement:92"),
        gazetteer,
    )
    assert told(found) == [(MEUDON, "uri")]


def test_places_named_in_words_are_found_inside_the_territory_of_the_source(
    gazetteer: Gazetteer,
) -> None:
    found = coverage(
        dataset(Location(name={"fr": "Suresnes, Rueil-Malmaison"})),
        source("fr:departement:92"),
        gazetteer,
    )
    assert territories(found) == ["fr:commune:92073", "fr:commune:92063"]
    elsewhere = coverage(dataset(Location(name={"fr": "Les Lilas"})), source(ISSY), gazetteer)
    assert told(elsewhere) == [(ISSY, "source")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Ville de Meudon", MEUDON),
        ("Commune de Vanves", "fr:commune:92075"),
        ("Mairie d'Issy-les-Moulineaux", ISSY),
        ("Ville d’Issy-les-Moulineaux", ISSY),
        ("Meudon", MEUDON),
        ("Grand Paris Seine Ouest", GPSO),
        ("Grand Paris Seine Ouest (GPSO)", GPSO),
        ("Établissement public territorial Grand Paris Seine Ouest", GPSO),
        ("Ville des Ulis", "fr:commune:91692"),
    ],
)
def test_a_publisher_inside_the_territory_decides_where_nothing_is_stated(
    gazetteer: Gazetteer, name: str, code: str
) -> None:
    found = coverage(dataset(publisher=by_name(name)), source("fr:region:11"), gazetteer)
    assert told(found) == [(code, "publisher")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Département des Hauts-de-Seine", "fr:departement:92"),
        ("Conseil départemental des Hauts-de-Seine", "fr:departement:92"),
        ("Région Île-de-France", "fr:region:11"),
        ("Communauté de communes Faucigny-Glières", "fr:epci:200000172"),
        ("Ville du Havre", "fr:commune:76351"),
        ("Mairie de La Rochelle", None),
        ("Ville de Saint-Denis", None),
        ("Orange", None),
        ("INSEE", None),
        ("", None),
    ],
)
def test_names_that_leave_a_doubt_are_nobody(
    gazetteer: Gazetteer, name: str, code: str | None
) -> None:
    found = coverage(dataset(publisher=by_name(name)), source("fr"), gazetteer)
    assert told(found) == [(code, "publisher") if code else ("fr", "source")]


@pytest.mark.parametrize("number", ["21920048200018", "219200482"])
def test_a_publisher_is_known_by_its_siret(gazetteer: Gazetteer, number: str) -> None:
    body = Agent(name={"": "Direction des systèmes d'information"}, identifier=number)
    assert territories(coverage(dataset(publisher=body), source("fr"), gazetteer)) == [MEUDON]
    body = Agent(iri=f"https://annuaire.example.org/{number}")
    assert territories(coverage(dataset(publisher=body), source("fr"), gazetteer)) == [MEUDON]


def test_another_publisher_on_a_city_portal_counts_beside_the_city(gazetteer: Gazetteer) -> None:
    found = coverage(
        dataset(publisher=by_name("Département des Hauts-de-Seine")), source(ISSY), gazetteer
    )
    assert told(found) == [("fr:departement:92", "publisher"), (ISSY, "source")]


def test_france_by_default_does_not_make_a_city_s_data_national(gazetteer: Gazetteer) -> None:
    france = Location(iri="http://publications.europa.eu/resource/authority/country/FRA")
    assert told(coverage(dataset(france), source(ISSY), gazetteer)) == [(ISSY, "source")]
    assert told(coverage(dataset(france), source("fr"), gazetteer)) == [("fr", "source")]


def test_of_a_commune_and_its_departement_both_stated_the_commune_counts(
    gazetteer: Gazetteer,
) -> None:
    found = coverage(
        dataset(Location(iri="fr:departement:92"), Location(iri="fr:commune:92048")),
        source("fr"),
        gazetteer,
    )
    assert territories(found) == [MEUDON]


def test_five_digits_are_a_postal_code_where_only_that_makes_sense(gazetteer: Gazetteer) -> None:
    found = coverage(dataset(Location(identifier="92130")), source(GPSO), gazetteer)
    assert territories(found) == [ISSY]


@pytest.mark.parametrize(
    "iri",
    [
        "http://wuEurope.com",
        "http://id.insee.fr/geo/commune/2ae6f0a1-0b1c-4a5e-8d6e-0d2f6b1c9d3e",
        "fr:commune:99999",
        "fr:canton:9201",
        "http://publications.europa.eu/resource/authority/country/BEL",
        "https://sws.geonames.org/1/",
    ],
)
def test_what_names_no_french_unit_leaves_the_source_s_territory(
    gazetteer: Gazetteer, iri: str
) -> None:
    assert told(coverage(dataset(Location(iri=iri)), source(GPSO), gazetteer)) == [(GPSO, "source")]


TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["Sèvres", "fr:commune:92048", "92130", "Paris, Sèvres", "Ville de ", "a" * 999]
    ),
)


@settings(deadline=None)  # the first example makes the indexes
@given(places=st.lists(st.tuples(TEXTS, TEXTS), max_size=3), publisher=TEXTS, number=TEXTS)
def test_whatever_is_written_every_entry_has_a_coverage_that_exists(
    gazetteer: Gazetteer, places: list[tuple[str, str]], publisher: str, number: str
) -> None:
    entry = dataset(
        *(Location(identifier=code, name={"": name}) for code, name in places),
        publisher=Agent(name={"": publisher}, identifier=number),
    )
    found = coverage(entry, source(GPSO), gazetteer)
    assert found
    assert all(part.territory in gazetteer for part in found)


def test_a_thousand_stated_communes_are_all_kept_in_no_time(gazetteer: Gazetteer) -> None:
    codes = gazetteer.members("fr:region:11")
    entry = dataset(*(Location(iri=code) for code in (*codes, "fr:region:11")))
    start = time.process_time()
    found = coverage(entry, source("fr:region:11"), gazetteer)
    assert time.process_time() - start < 0.5
    assert territories(found) == list(codes)
