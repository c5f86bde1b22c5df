"""What is one dataset, what is not, and which id it keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harvester.link.decide import groups, name
from harvester.link.keys import HINT, POINTER, canonical, keys, named_keys
from harvester.link.weigh import Features, Link, weigh
from harvester.model import Dataset, Identifier


def dataset(**values: object) -> Dataset:
    return Dataset.model_validate({"title": {"fr": "Arbres"}, **values})


def test_a_portal_page_and_a_dataset_uri_that_name_one_address_are_one_key() -> None:
    own = keys(dataset(iri="https://data.meudon.fr/explore/dataset/arbres/"), "x")
    copy = keys(dataset(landing_page=("http://www.data.meudon.fr/explore/dataset/arbres",)), "y")
    assert dict(own).keys() & dict(copy).keys()


def test_the_front_page_of_a_portal_identifies_nothing() -> None:
    assert not list(named_keys(dataset(landing_page=("https://data.meudon.fr/",)), "arbres"))


def test_an_opendatasoft_dataset_is_known_by_portal_and_id_wherever_they_hide() -> None:
    page = named_keys(dataset(), "https://data.issy.com/explore/dataset/arbres/information/")
    api = named_keys(dataset(), "https://data.issy.com/api/explore/v2.1/catalog/datasets/arbres")
    assert ("ods:data.issy.com/arbres", POINTER) in list(page)
    assert ("ods:data.issy.com/arbres", POINTER) in list(api)


def test_an_iso_file_identifier_is_a_pointer_and_a_local_word_is_none() -> None:
    uuid = "0D9E8C1A-56E7-4B52-8E2D-5C9F6D0A8B11"
    assert (f"uuid:{uuid.lower()}", POINTER) in list(named_keys(dataset(identifier=(uuid,)), "x"))
    assert not list(named_keys(dataset(identifier=("arbres",)), "arbres"))


def test_an_identifier_with_its_scheme_is_a_hint() -> None:
    other = (Identifier(notation="92-arbres", scheme="https://gpso.fr/ids"),)
    assert ("id:https://gpso.fr/ids:92-arbres", HINT) in list(
        named_keys(dataset(other_identifier=other), "x")
    )


def test_schemes_slashes_and_fragments_do_not_distinguish_addresses() -> None:
    assert canonical("http://www.Ville.fr/a/#top") == canonical("https://ville.fr/a")
    assert canonical("https://ville.fr/A") != canonical("https://ville.fr/a")


def test_two_years_of_a_budget_that_share_a_page_stay_apart() -> None:
    link = weigh(
        Features(1, "ville", "Budget primitif 2023"), Features(2, "ept", "Budget 2024"), HINT
    )
    assert link.zone == "refused"
    assert "other-year" in link.vetoes


def test_a_shared_page_and_the_same_title_are_one_dataset() -> None:
    link = weigh(
        Features(1, "ville", "Arbres d'alignement"), Features(2, "ept", "ARBRES D’ALIGNEMENT"), HINT
    )
    assert link.zone == "link"


def test_a_shared_page_alone_is_for_people_to_review() -> None:
    link = weigh(Features(1, "ville", "Arbres"), Features(2, "ept", "Bancs publics"), HINT)
    assert link.zone == "review"


def test_two_records_of_one_portal_are_two_datasets_even_with_a_common_pointer() -> None:
    assert weigh(Features(1, "v", "Arbres"), Features(2, "v", "Arbres"), POINTER).zone == "refused"


def linked(a: int, b: int, weight: float = 12.0) -> Link:
    return Link(a, b, weight, "link", (), ())


def test_a_third_record_does_not_bring_together_what_a_person_put_apart() -> None:
    assert groups([1, 2, 3], [linked(1, 2), linked(2, 3)], [(1, 3, "different")]) == [[1, 2], [3]]


def test_a_person_may_join_what_nothing_links() -> None:
    assert groups([1, 2], [], [(1, 2, "same")]) == [[1, 2]]


def test_a_cluster_holds_one_record_of_each_source() -> None:
    sources = {1: "ville", 2: "ept", 3: "ville"}
    assert groups([1, 2, 3], [linked(1, 2), linked(2, 3, 11)], source=sources) == [[1, 2], [3]]


def test_the_larger_part_keeps_the_id_when_a_cluster_splits() -> None:
    current = {1: "old", 2: "old", 3: "old"}
    names, lost = name([[1], [2, 3]], current, lambda: "new")
    assert names == {1: "new", 2: "old", 3: "old"}
    assert lost == {}


def test_a_merged_cluster_leads_to_the_survivor() -> None:
    names, lost = name([[1, 2, 3]], {1: "young", 2: "kept", 3: "kept"}, lambda: "new")
    assert set(names.values()) == {"kept"}
    assert lost == {"young": "kept"}


def test_of_two_clusters_that_become_one_the_elder_record_s_id_stays_whatever_the_ids_are() -> None:
    for elder, younger in (("a", "b"), ("b", "a")):
        names, lost = name([[1, 2]], {1: elder, 2: younger}, lambda: "new")
        assert (set(names.values()), lost) == ({elder}, {younger: elder})


def test_nothing_brings_settled_groups_together_and_others_join_one_of_them() -> None:
    bridge = [linked(1, 9, 12.0), linked(3, 9, 11.0), linked(1, 3)]
    assert groups([1, 2, 3, 9], bridge, settled=[[1, 2], [3]]) == [[1, 2, 9], [3]]


def test_not_even_a_person_s_word_on_a_hidden_record_brings_settled_groups_together() -> None:
    said = [(1, 9, "same"), (3, 9, "same")]
    assert groups([1, 3, 9], [], said, settled=[[1], [3]]) == [[1, 9], [3]]


def test_ids_that_are_decided_stay_and_barred_ones_are_taken_by_nobody() -> None:
    made = iter(["new"])
    names, lost = name(
        [[1, 5], [6]],
        {1: "kept", 5: "gone", 6: "barred"},
        lambda: next(made),
        {0: "kept"},
        ["barred"],
    )
    assert names == {1: "kept", 5: "kept", 6: "new"}
    assert lost == {"gone": "kept"}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20),
    st.lists(st.integers(0, 4), min_size=10, max_size=10),
)
def test_every_record_stays_in_exactly_one_cluster_and_every_id_leads_somewhere(
    pairs: list[tuple[int, int]], before: list[int]
) -> None:
    links = [linked(min(p), max(p)) for p in pairs if p[0] != p[1]]
    partition = groups(range(10), links)
    assert sorted(r for group in partition for r in group) == list(range(10))
    made = iter(f"new{i}" for i in range(10))
    current = {record: f"c{cluster}" for record, cluster in enumerate(before)}
    names, lost = name(partition, current, lambda: next(made))
    for group in partition:
        assert len({names[r] for r in group}) == 1
    assert len(set(names.values())) == len(partition)
    assert set(current.values()) <= set(names.values()) | lost.keys()
    assert set(lost.values()) <= set(names.values())
