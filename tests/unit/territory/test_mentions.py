"""Names of territories in running text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.territory import Gazetteer, load
from harvester.territory.mentions import Names, names, words


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load()


@pytest.fixture(scope="module")
def known(gazetteer: Gazetteer) -> Names:
    return names(gazetteer)


def found(known: Names, text: str) -> list[tuple[str, tuple[str, ...]]]:
    read = words(text)
    return [(" ".join(read.written[m.start : m.end]), m.codes) for m in known.find(read)]


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("Arbres d'Issy-les-Moulineaux", "Issy les Moulineaux", "fr:commune:92040"),
        ("École de l’Haÿ-les-Roses", "l Haÿ les Roses", "fr:commune:94038"),
        ("Marchés des Ulis", "Ulis", "fr:commune:91692"),
        ("Port du Havre", "Havre", "fr:commune:76351"),
        ("Agenda de Grand Paris Seine Ouest", "Grand Paris Seine Ouest", "fr:epci:200057974"),
        ("Budget GPSO", "GPSO", "fr:epci:200057974"),
        ("CA de Gap - Tallard - Durance", "Gap Tallard Durance", "fr:epci:200067825"),
        ("Grand Poitiers : accidents", "Grand Poitiers", "fr:epci:200069854"),
        ("Marchés de Paris 12e", "Paris 12e", "fr:commune:75056"),
        ("Crèches de Lyon 3e Arrondissement", "Lyon 3e Arrondissement", "fr:commune:69123"),
    ],
)
def test_a_name_is_found_as_people_write_it(known: Names, text: str, name: str, code: str) -> None:
    assert (name, (code,)) in found(known, text)


def test_the_longest_name_is_found_and_none_within_it(known: Names) -> None:
    text = "Fibre de Rennes Métropole et de Saint-Denis-le-Thiboult"
    assert [name for name, _ in found(known, text)] == [
        "Rennes Métropole",
        "Saint Denis le Thiboult",
    ]


def test_a_shared_name_brings_all_who_bear_it(known: Names) -> None:
    codes = dict(found(known, "Crèches à Saint-Denis"))["Saint Denis"]
    assert {"fr:commune:93066", "fr:commune:97411"} <= set(codes)


def test_words_in_small_letters_are_no_acronyms(known: Names) -> None:
    assert not found(known, "le gpso de cuisine")


def test_own_names_are_found_beside_the_others(gazetteer: Gazetteer) -> None:
    mine = names(gazetteer, (("Le Val", "fr:commune:92048"),))
    assert found(mine, "Arbres du Val et de Sèvres") == [
        ("Val", ("fr:commune:92048",)),
        ("Sèvres", ("fr:commune:92072",)),
    ]


@given(st.text(max_size=80))
@settings(deadline=None)
def test_any_text_is_read(known: Names, text: str) -> None:
    read = words(text)
    assert len(read.folded) == len(read.written) == len(read.gaps) - 1
    assert all(word and " " not in word for word in read.folded)
    end = 0
    for mention in known.find(read):
        assert end <= mention.start < mention.end <= len(read.folded)
        end = mention.end
