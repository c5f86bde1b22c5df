"""A title says what, when and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.link.periods import EVER, Period, agreement, read_period
from harvester.link.titles import load_synonyms, read_title
from harvester.link.words import folded, one_typo, repaired
from tests.unit.link.places import AVRAY, EPT, HOMONYMS, MEUDON, PLACES, SEVRES


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("Budget primitif 2023", Period(2023, 2023)),
        ("Budget - exercice 2021", Period(2021, 2021)),
        ("Effectifs scolaires 2023-2024", Period(2023, 2024)),
        ("Accueils de loisirs 22/23", Period(2022, 2023)),
        ("Cantine 2021-22", Period(2021, 2022)),
        ("Bilan carbone de 2020 à 2025", Period(2020, 2025)),
        ("Accidents depuis 2019", Period(2019, EVER)),
        ("RSA 2e trimestre 2024", Period(2024, 2024, "t2")),
        ("RSA T2 2024", Period(2024, 2024, "t2")),
        ("RSA IIe trimestre 2024", Period(2024, 2024, "t2")),
        ("Élections 2022 - second tour", Period(2022, 2022, "r2")),
        ("Élections 2022 - tour 2", Period(2022, 2022, "r2")),
        ("PLU MMXXIV", Period(2024, 2024)),
        ("Comptages de mars 2024", Period(2024, 2024, "m03")),
        ("budget-20232", Period(2023, 2023)),
        ("Places de stationnement", None),
        ("Bâtiments : 1900 logements de 12345 m2", None),
    ],
)
def test_a_period_is_read_however_it_is_written(written: str, period: Period | None) -> None:
    assert read_period(folded(written))[0] == period


def test_years_of_a_file_of_years_are_part_of_it_and_other_years_are_others() -> None:
    whole, part, other = Period(2020, 2024), Period(2022, 2022), Period(2019, 2019)
    assert agreement(whole, part) == "part"
    assert agreement(part, other) == "other"
    assert agreement(Period(2024, 2024, "t1"), Period(2024, 2024, "t2")) == "other"
    assert agreement(None, part) == "unknown"


@given(st.text(max_size=80))
def test_no_text_is_too_wild_for_a_title(text: str) -> None:
    title = read_title(text, PLACES, load_synonyms())
    assert title == read_title(text, PLACES, load_synonyms())


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("Arbres - Meudon", {MEUDON}),
        ("[MEUDON] arbres de la ville de Meudon", {MEUDON}),
        ("Arbres à Ville d'Avray", {AVRAY}),
        ("SÃ¨vres : arbres", {SEVRES}),
        ("Arbres (S&egrave;vres)", {SEVRES}),
        ("Arbres - Muedon", {MEUDON}),
        ("Arbres de Grand Paris Seine Ouest à Meudon", {MEUDON}),
        ("Arbres - Saint-Denis-en-Val", set(HOMONYMS)),
        ("Arbres", set()),
    ],
)
def test_a_place_is_a_set_of_codes(written: str, codes: set[str]) -> None:
    assert read_title(written, PLACES, load_synonyms()).where == codes


def test_a_name_that_is_cut_off_stands_for_all_that_begin_so_and_asserts_nothing() -> None:
    title = read_title("Arbres - Saint-Denis-en…", PLACES, load_synonyms())
    assert title.where == set(HOMONYMS)
    assert not title.whole


def test_the_what_is_left_when_place_and_time_are_gone() -> None:
    one = read_title("[Meudon] Budget primitif 2023 - Meudon", PLACES, load_synonyms())
    two = read_title("BP exercice 2023 de la Ville de Meudon", PLACES, load_synonyms())
    assert one.core == two.core == ("budget", "primitif")
    assert one.when == two.when


def test_a_territory_of_the_epci_is_not_its_commune() -> None:
    assert read_title("Arbres - Grand Paris Seine Ouest", PLACES, load_synonyms()).where == {EPT}


def test_damage_is_repaired_and_one_slip_is_a_typo() -> None:
    assert repaired("SÃ¨vres &amp; <b>Meudon</b>").split() == ["Sèvres", "&", "Meudon"]
    assert one_typo("stationnement", "staitonnement")
    assert one_typo("corporels", "corporel")
    assert not one_typo("faune", "flore")
