"""Whose portal it is, guessed from what it says, its address and its records."""

from __future__ import annotations

import pytest

from harvester.run.whose import Sampled, whose
from harvester.territory import load

GAZETTEER = load()
GPSO = "fr:epci:200057974"
MEUDON = Sampled((None, None, ("Ville de Meudon",)), ("fr:commune:92048",))


@pytest.mark.parametrize(
    ("host", "territory", "level"),
    [
        ("data.issy.com", "fr:commune:92040", "commune"),
        ("data.meudon.fr", "fr:commune:92048", "commune"),
        ("data.villedavray.fr", "fr:commune:92077", "commune"),
        ("chaville-seineouest.opendatasoft.com", "fr:commune:92022", "commune"),
        ("ville-chaville.fr", "fr:commune:92022", "commune"),
        ("data.seineouest.fr", GPSO, "epci"),
        ("opendata.hauts-de-seine.fr", "fr:departement:92", "departement"),
        ("data.iledefrance.fr", "fr:region:11", "region"),
        ("data.rennesmetropole.fr", "fr:epci:243500139", "epci"),
        ("opendata.paris.fr", "fr:commune:75056", "commune"),
    ],
)
def test_a_domain_name_is_read_as_a_place_s(host: str, territory: str, level: str) -> None:
    found = whose(GAZETTEER, GPSO, host=host)
    assert (found.territory, found.level) == (territory, level)
    assert host in found.why[0]


@pytest.mark.parametrize("host", ["www.data.gouv.fr", "127.0.0.1:8080", "localhost", "", "a.fr"])
def test_where_nothing_tells_it_is_the_catalogue_s_territory_and_to_be_verified(host: str) -> None:
    found = whose(GAZETTEER, GPSO, host=host)
    assert (found.territory, found.level, found.sureness) == (GPSO, "partner", "à vérifier")


def test_a_company_called_like_a_far_town_is_not_believed_at_once() -> None:
    assert whose(GAZETTEER, GPSO, host="data.orange.com").sureness == "à vérifier"


def test_the_number_of_the_organisation_is_sure() -> None:
    meudon = GAZETTEER.unit("fr:commune:92048")
    assert meudon is not None
    assert meudon.siren is not None
    found = whose(GAZETTEER, GPSO, title="Direction du numérique", number=f"{meudon.siren}00014")
    assert (found.territory, found.sureness) == ("fr:commune:92048", "sûr")


def test_the_publisher_of_most_records_decides_and_the_domain_confirms() -> None:
    found = whose(GAZETTEER, GPSO, host="data.meudon.fr", records=[MEUDON] * 9)
    assert (found.territory, found.level, found.sureness) == ("fr:commune:92048", "commune", "sûr")


def test_publishers_of_many_communes_point_at_what_encloses_them() -> None:
    names = ("Meudon", "Sèvres", "Vanves", "Chaville")
    records = [Sampled((None, None, (f"Ville de {name}",))) for name in names]
    assert whose(GAZETTEER, GPSO, records=records).territory == GPSO


def test_a_portal_whose_publishers_govern_nothing_is_a_partner_s() -> None:
    records = [Sampled((None, None, ("Syndicat des eaux",)), ("fr:departement:92",))] * 5
    found = whose(GAZETTEER, GPSO, records=records)
    assert (found.territory, found.level) == ("fr:departement:92", "partner")


def test_other_possibilities_are_named() -> None:
    found = whose(GAZETTEER, GPSO, host="data.sevres.fr", records=[MEUDON] * 5)
    assert found.territory == "fr:commune:92048"
    assert found.others == ("fr:commune:92072 (Sèvres)",)
    assert found.sureness != "sûr"


def test_a_national_portal_is_the_state_s() -> None:
    found = whose(GAZETTEER, GPSO, title="Portail national des données")
    assert (found.territory, found.level) == ("fr", "etat")
