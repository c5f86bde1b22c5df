"""When two spellings are one name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.territory import load
from harvester.territory.names import fold, group_key, slug


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sèvres", "SEVRES"),
        ("Issy-les-Moulineaux", "issy les moulineaux"),
        ("Ville-d'Avray", "Ville d’Avray"),
        ("L'Haÿ-les-Roses", "Haÿ-les-Roses (L')"),
        ("St-Cloud", "Saint Cloud"),
        ("Ste-Geneviève", "Sainte-Genevieve"),
        ("Œuilly", "Oeuilly"),
        ("Se\u0300vres", "Sèvres"),
        ("Meudon\u00a0", "Meudon"),
    ],
)
def test_spellings_of_one_name_fold_to_one_form(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CC du Pays de Nay", "Communauté de communes Pays de Nay"),
        ("CA Paris-Saclay", "Communauté d'agglomération Paris Saclay"),
        ("Grand Paris Seine Ouest", "EPT Grand Paris Seine Ouest"),
        ("Métropole du Grand Paris", "METROPOLE DU GRAND PARIS"),
    ],
)
def test_an_epci_is_the_same_with_its_legal_form_abbreviated(one: str, other: str) -> None:
    assert group_key(one) == group_key(other)


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_and_a_slug_fits_a_url(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in slug(text))


def test_the_table_was_folded_as_lookups_fold() -> None:
    gazetteer = load()
    for code in gazetteer.members("fr"):
        unit = gazetteer.unit(code)
        assert unit is not None
        assert code in gazetteer.names[fold(unit.name)]
