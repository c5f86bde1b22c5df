"""Which column says of which commune a row is."""

from __future__ import annotations

from pathlib import Path

import pytest

from harvester.errors import ConfigurationError
from harvester.view.slices.columns import Commune, agrees, conditions
from harvester.view.slices.values import Column, Condition, Endpoint, Refusal, Table, Type
from harvester.view.slices.words import Words, read_words
from tests.territory import gazetteer

FILE = Path(__file__).parents[3] / "mappings" / "slices" / "columns.toml"
WORDS = read_words(FILE.read_text("utf-8"), str(FILE))
EPT = "fr:epci:200057974"
CODES = ("92048", "92072", "92075", "92040")


def commune(code: str = "92048", scope: str = EPT) -> Commune:
    unit = gazetteer().unit(f"fr:commune:{code}")
    assert unit is not None
    return Commune(unit, scope, gazetteer())


def column(
    name: str,
    *samples: object,
    type: Type = "text",  # noqa: A002
    label: str = "",
    notes: tuple[str, ...] = (),
    separator: str = "",
) -> Column:
    return Column(name, type, label, notes, separator, samples)


def chosen(
    *columns: Column, whose: Commune | None = None, geometry: str = "", words: Words = WORDS
) -> tuple[Condition, ...] | Refusal:
    table = Table(Endpoint("opendatasoft", "https://a.fr", "k"), columns, 100, geometry)
    return conditions(table, whose or commune(), words)


def first(*columns: Column, **how: object) -> Condition:
    found = chosen(*columns, **how)  # type: ignore[arg-type]
    assert not isinstance(found, Refusal), found
    return found[0]


def refused(*columns: Column, **how: object) -> str:
    found = chosen(*columns, **how)  # type: ignore[arg-type]
    assert isinstance(found, Refusal), found
    return found.code


@pytest.mark.parametrize(
    "name",
    ["code_insee", "CODE_INSEE", "codeInsee", "Code INSEE", "insee_com", "com_arm_code", "codgeo",
     "code_insee_de_la_commune", "DEPCOM", "Code_commune_INSEE"],
)  # fmt: skip
def test_codes_are_known_by_the_names_that_portals_give_them(name: str) -> None:
    assert (first(column(name, *CODES)).kind, first(column(name, *CODES)).values) == (
        "insee",
        ("92048",),
    )


def test_a_label_or_an_annotation_tells_as_much_as_a_name() -> None:
    assert first(column("c1", *CODES, label="Code INSEE de la commune")).column == "c1"
    assert first(column("c2", *CODES, notes=("code_commune_insee",))).column == "c2"


def test_a_name_that_its_values_belie_is_not_believed() -> None:
    assert refused(column("code_insee", "A1", "B2", "C3")) == "no-column"
    assert refused(column("commune", "Rue de Paris", "Avenue Foch")) == "no-column"
    assert refused(column("code_commune", "048", "072", "075")) == "no-column"


def test_a_field_of_numbers_is_asked_for_a_number_without_leading_zero() -> None:
    ain = commune("01004", "fr:departement:01")
    found = first(column("code_insee", 1004, 1007, type="integer"), whose=ain)
    assert found.values == (1004,)
    found = first(column("code_insee", 1004.0, 1007.0, type="number"), whose=ain)
    assert found.values == (1004,)


def test_a_text_that_lost_its_zeros_is_asked_for_both() -> None:
    found = first(column("code_insee", "1004", "1007"), whose=commune("01004", "fr:departement:01"))
    assert found.values == ("01004", "1004")


def test_a_number_cannot_be_a_code_of_corsica() -> None:
    corsican = commune("2A004", "fr:departement:2A")
    assert refused(column("code_insee", 92048, type="integer"), whose=corsican) == (
        "code-not-a-number"
    )
    assert first(column("code_insee", "2A004", "2B033"), whose=corsican).values == ("2A004",)


def test_the_code_wins_over_the_name_and_the_name_over_the_postal_code() -> None:
    code, name = column("code_insee", *CODES), column("commune", "Meudon", "Sèvres")
    post = column("code_postal", "92310", "92170")
    found = chosen(post, name, code, whose=commune("92072"))
    assert not isinstance(found, Refusal)
    assert [each.kind for each in found if each.values[0] in ("92072", "Sèvres", "92310")] == [
        "insee",
        "name",
        "postal",
    ]


def test_a_name_is_spelled_as_the_column_spells_names() -> None:
    assert first(column("commune", "Meudon", "Vanves"), whose=commune("92072")).values == (
        "Sèvres",
    )
    upper = column("commune", "MEUDON", "VILLE D'AVRAY")
    assert first(upper, whose=commune("92072")).values == ("SEVRES",)
    spaced = column("commune", "MEUDON", "BOULOGNE BILLANCOURT")
    assert first(spaced, whose=commune("92040")).values == ("ISSY LES MOULINEAUX",)


def test_a_name_that_several_communes_of_the_dataset_have_is_not_enough() -> None:
    names = column("commune", "Meudon", "Sèvres", "Vanves")
    shared = commune("93066", "fr")  # Saint-Denis
    assert refused(names, whose=shared) == "name-shared"
    assert first(names, whose=commune("93066", "fr:departement:93")).kind == "name"


def test_a_postal_code_that_serves_others_too_is_not_enough() -> None:
    post = column("code_postal", "01000", "92190")
    shared = next(
        commune(code.rpartition(":")[2], "fr:departement:01")
        for code in gazetteer().members("fr:departement:01")
        if any(len(gazetteer().postal(p)) > 1 for p in gazetteer().unit(code).postal_codes)  # type: ignore[union-attr]
    )
    assert refused(post, whose=shared) == "postal-shared"


def test_two_columns_that_say_different_things_are_ambiguous() -> None:
    one, two = column("code_insee", *CODES), column("insee_com", *reversed(CODES))
    assert refused(one, two) == "columns-ambiguous"
    # … and a name does not settle it
    assert refused(one, two, column("commune", "Meudon", "Sèvres")) == "columns-ambiguous"


def test_two_columns_that_say_the_same_are_not() -> None:
    assert first(column("code_insee", *CODES), column("insee_com", *CODES)).column == "code_insee"


def test_the_role_in_a_name_settles_which_column_places_a_row() -> None:
    seat, site = column("commune_siege", "Paris", "Lyon"), column("commune_site", "Meudon", "Issy")
    site = column("commune_site", "Meudon", "Sèvres")
    assert first(seat, site).column == "commune_site"
    assert refused(seat) == "column-of-another-role"


def test_one_value_of_several_counts() -> None:
    found = first(column("communes", "x"), column("commune", "Meudon;Sèvres", separator=";"))
    assert agrees(found, "Vanves;Meudon")
    assert not agrees(found, "Vanves;Sèvres")


def test_a_place_is_asked_for_only_where_no_column_is_there() -> None:
    found = first(column("nom", "a", "b"), geometry="geo_point_2d")
    assert (found.kind, found.box) == ("box", commune().unit.bbox)
    assert first(column("code_insee", *CODES), geometry="geo_point_2d").kind == "insee"
    # … nor where a column speaks against it
    one, two = column("code_insee", *CODES), column("insee_com", *reversed(CODES))
    assert refused(one, two, geometry="geo_point_2d") == "columns-ambiguous"


@pytest.mark.parametrize("name", ['code_insee"', "code_insee`", "code\\insee", "code_insee\n"])
def test_a_name_that_would_change_the_question_is_left_alone(name: str) -> None:
    assert refused(column(name, *CODES)) == "no-column"


def test_the_operator_s_words_take_the_place_of_ours() -> None:
    own = read_words('insee = ["zone"]\nname = []\npostal = []', "columns.toml")
    assert first(column("Zone", *CODES), words=own).column == "Zone"
    assert refused(column("code_insee", *CODES), words=own) == "no-column"


@pytest.mark.parametrize("text", ["insee = 1", "inse = []", "insee = ["])
def test_words_that_are_none_are_refused_with_the_file_s_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^columns\.toml: "):
        read_words(text, "columns.toml")
