"""What forbids that two records are one dataset, and what ties them together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import ConfigurationError
from harvester.link.aliases import learn
from harvester.link.cluster import partition
from harvester.link.elect import ranked
from harvester.link.engine import link
from harvester.link.pointers import address, dataset_at
from harvester.link.vetoes import vetoes
from harvester.link.weights import load
from tests.unit.link.places import EPT_PORTAL, MEUDON_PORTAL, NATIONAL, PLACES, PORTALS, profile


def test_an_opendatasoft_dataset_is_found_wherever_it_hides() -> None:
    for url in (
        "https://data.meudon.fr/explore/dataset/arbres/information/",
        "http://www.data.meudon.fr/explore/dataset/arbres/download?format=csv&use_labels_for_header=false",
        "https://meudon.opendatasoft.com/api/explore/v2.1/catalog/datasets/arbres/exports/csv?use_labels=true",
        "https://data.meudon.fr/api/v2/catalog/datasets/Arbres",
    ):
        assert dataset_at(url, PORTALS) == ("ods:data.meudon.fr", "arbres")
    assert dataset_at("https://data.meudon.fr/", PORTALS) is None


def test_services_and_front_pages_are_no_files() -> None:
    assert not address("https://geo.meudon.fr/geoserver/wfs?SERVICE=WFS&REQUEST=GetCapabilities")
    assert not address("https://www.meudon.fr/")
    one = address("http://www.meudon.fr/f.csv?b=2&a=1&use_labels=true")
    assert one == address("https://meudon.fr/f.csv?a=1&b=2#x")


def test_a_copy_says_where_it_is_from_in_its_id() -> None:
    copy = profile("Arbres", EPT_PORTAL, "arbres@meudon")
    assert copy.points == ("ods:data.meudon.fr/arbres",)


def test_files_of_one_dataset_tell_the_origin_of_a_record_that_does_not() -> None:
    base = "https://data.meudon.fr/api/explore/v2.1/catalog/datasets/arbres/exports/"
    files = [{"download_url": [f"{base}{form}"]} for form in ("csv", "json")]
    assert profile("Arbres", distribution=files).guess == "ods:data.meudon.fr/arbres"
    files.append({"download_url": [base.replace("arbres", "arbres-2022") + "csv"]})
    assert not profile("Arbres", distribution=files).guess


@pytest.mark.parametrize(
    ("veto", "one", "two"),
    [
        ("period", "Budget 2022 - Meudon", "Budget 2023 - Meudon"),
        ("period", "RSA T1 2024", "RSA T2 2024"),
        ("part", "Budget de 2020 à 2024 - Meudon", "Budget 2022 - Meudon"),
        ("place", "Arbres - Meudon", "Arbres - Sèvres"),
        ("scope", "Arbres - Meudon", "Arbres - Grand Paris Seine Ouest"),
        ("ordinal", "Arrondissement 5 : arbres", "Arrondissement 6 : arbres"),
    ],
)
def test_what_titles_assert_forbids(veto: str, one: str, two: str) -> None:
    assert veto in vetoes(profile(one), profile(two), PLACES)
    assert not vetoes(profile(one), profile(one, record="other", publisher="x"), PLACES)


def test_one_portal_does_not_show_a_dataset_under_two_ids() -> None:
    one, two = (profile("Arbres", MEUDON_PORTAL, name) for name in ("arbres", "arbres-2"))
    assert "portal" in vetoes(one, two, PLACES)
    copies = [profile("Arbres", EPT_PORTAL, "arbres@meudon"), profile("Arbres", MEUDON_PORTAL, "x")]
    assert vetoes(*copies, PLACES) == ("origin",)


def test_a_portal_that_changed_its_way_of_naming_contradicts_nothing() -> None:
    old = profile("Arbres", MEUDON_PORTAL, "arbres")
    url = f"https://data.meudon.fr/datasets/{'0f' * 16}_0"
    moved = profile("Arbres", other_identifier=[{"notation": url, "scheme": "data.meudon.fr"}])
    assert not vetoes(old, moved, PLACES)


def test_a_year_in_the_title_that_contradicts_the_id_asserts_nothing() -> None:
    stale = profile("Budget 2022", MEUDON_PORTAL, "budget-2023")
    assert stale.when is None
    assert profile("Budget 2023", MEUDON_PORTAL, "budget-20232").when == profile("B 2023").when


def test_two_bodies_of_the_state_have_one_place_and_are_two() -> None:
    sports = profile("Agents 2023", publisher="Ministère des Sports")
    assert sports.publisher.siren == "110031010"


def test_the_original_is_at_home_and_the_eldest_never_the_newest() -> None:
    home = profile(
        "Arbres", MEUDON_PORTAL, "arbres", publisher="Ville de Meudon", issued="2024-01-01"
    )
    copy = profile("Arbres", EPT_PORTAL, "arbres@meudon", issued="2020-01-01")
    national = profile("Arbres - Meudon", issued="2019-01-01", publisher="Ville de Meudon")
    assert ranked([national, copy, home])[0] == 2
    assert ranked([national, copy])[0] == 1


def test_another_name_of_a_portal_is_learnt_from_three_datasets_that_agree() -> None:
    words = ["Arbres", "Bancs", "Écoles"]
    own = [profile(f"{w} - Meudon", MEUDON_PORTAL, w.lower()) for w in words]
    copies = [
        profile(
            f"{w} - Meudon",
            record=f"{n:024}",
            other_identifier=[{"notation": w.lower(), "scheme": "ancien.meudon.fr"}],
        )
        for n, w in enumerate(words)
    ]
    assert [alias.portal for alias in learn([*own, *copies], PORTALS)] == ["ods:data.meudon.fr"]
    assert not learn([*own[:2], *copies], PORTALS)


NAMES = "abcdefgh"
RECORDS = st.integers(0, 7)
PAIRS = st.tuples(RECORDS, RECORDS).filter(lambda pair: pair[0] != pair[1])


@given(
    st.lists(st.tuples(st.floats(4, 20), RECORDS, RECORDS), max_size=20),
    st.sets(PAIRS, max_size=6),
    st.randoms(use_true_random=False),
)
def test_no_cluster_holds_two_that_are_forbidden_whatever_the_order(
    links: list[tuple[float, int, int]], forbidden: set[tuple[int, int]], draw: object
) -> None:
    against = forbidden | {(b, a) for a, b in forbidden}

    def forbid(a: int, b: int) -> tuple[str, ...]:
        return ("veto",) if (a, b) in against else ()

    one = partition(8, [], links, forbid, NAMES)
    shuffled = list(links)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert partition(8, [], shuffled, forbid, NAMES) == one
    assert all(one.group[a] != one.group[b] for a, b in against)


def test_people_decide_and_contradictions_are_an_error() -> None:
    nothing = lambda a, b: ()  # noqa: E731
    links = [(9.0, 0, 1), (8.0, 1, 2)]
    assert partition(3, [], links, nothing, NAMES, different=[(0, 2)]).group == (0, 0, 2)
    assert partition(3, [], [], lambda a, b: ("veto",), NAMES, same=[(0, 2)]).group == (0, 1, 0)
    with pytest.raises(ConfigurationError, match="contradict"):
        partition(3, [], [], nothing, NAMES, same=[(0, 1), (1, 2)], different=[(0, 2)])


def test_copies_come_together_and_look_alikes_stay_apart() -> None:
    records = [
        profile("Budget primitif 2023", MEUDON_PORTAL, "bp-2023", publisher="Ville de Meudon"),
        profile("[Meudon] Budget primitif 2023", EPT_PORTAL, "bp-2023@meudon"),
        profile(
            "BP 2023 - Meudon", record="a" * 24, publisher="Mairie de Meudon", issued="2023-05-02"
        ),
        profile("Budget primitif 2022", MEUDON_PORTAL, "bp-2022", publisher="Ville de Meudon"),
        profile("Budget primitif 2023 - Sèvres", record="b" * 24, publisher="Ville de Sèvres"),
        profile("Budget primitif 2023", EPT_PORTAL, "bp-2023", publisher="Grand Paris Seine Ouest"),
    ]
    group = link(records, PLACES, load()).group
    assert group[0] == group[1] == group[2]
    assert len({group[0], group[3], group[4], group[5]}) == 4


def test_the_national_portal_gathers() -> None:
    assert NATIONAL.gathers


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("BP 2018 - Budget annexe de l'eau", "BP 2018 - Subventions aux associations"),
        ("Zones de protection spéciale", "Zones spéciales de conservation"),
        ("Base des équipements 2016", "Base des équipements 2016 : commerce"),
    ],
)
def test_what_one_publisher_shows_on_one_catalogue_under_two_titles_is_two_datasets(
    one: str, two: str
) -> None:
    by = {"publisher": "Ville de Meudon"}
    first, second = (profile(title, NATIONAL, key, **by) for title, key in ((one, "a"), (two, "b")))
    assert "variant" in vetoes(first, second, PLACES)


def test_a_slip_of_the_pen_does_not_make_another_dataset() -> None:
    by = {"publisher": "Ville de Meudon"}
    one = profile("Subventions aux associations", NATIONAL, "a", **by)
    two = profile("Subventions aux asociations", NATIONAL, "b", **by)
    assert "variant" not in vetoes(one, two, PLACES)


def test_what_two_records_are_derived_from_sets_them_apart() -> None:
    page = "https://data.meudon.fr/explore/dataset/"
    one = profile("Subventions", NATIONAL, "a", source=[f"{page}subventions1/"])
    two = profile("Subventions", NATIONAL, "b", source=[f"{page}subventions2/"])
    assert "origin" in vetoes(one, two, PLACES)
    assert not one.points
