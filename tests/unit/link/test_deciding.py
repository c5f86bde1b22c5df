"""Which id a cluster keeps, and what brings records together or never does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harvester.link.cluster import partition
from harvester.link.naming import name


def groups(
    count: int,
    links: list[tuple[float, int, int]],
    *,
    pointers: list[list[int]] | None = None,
    same: list[tuple[int, int]] | None = None,
    different: list[tuple[int, int]] | None = None,
    settled: list[list[int]] | None = None,
    siblings: set[tuple[int, int]] | None = None,
) -> list[list[int]]:
    parted = partition(
        count,
        pointers or [],
        links,
        lambda _a, _b: (),
        [f"{index:02}" for index in range(count)],
        same or [],
        different or [],
        siblings=lambda a, b: (min(a, b), max(a, b)) in (siblings or set()),
        settled=settled or [],
    )
    found: dict[int, list[int]] = {}
    for index, group in enumerate(parted.group):
        found.setdefault(group, []).append(index)
    return sorted(found.values())


def test_a_third_record_does_not_bring_together_what_a_person_put_apart() -> None:
    assert groups(3, [(12, 0, 1), (12, 1, 2)], different=[(0, 2)]) == [[0, 1], [2]]


def test_a_person_may_join_what_nothing_links() -> None:
    assert groups(2, [], same=[(0, 1)]) == [[0, 1]]


def test_of_two_datasets_of_one_portal_that_point_at_one_only_the_first_is_it() -> None:
    assert groups(3, [], pointers=[[0, 1, 2]], siblings={(0, 1)}) == [[0, 2], [1]]


def test_who_points_at_another_goes_with_him_alone() -> None:
    assert groups(4, [], pointers=[[0, 1, 2], [1, 3]], siblings={(0, 1)}) == [[0, 2], [1, 3]]


def test_nothing_brings_settled_groups_together_and_others_join_one_of_them() -> None:
    bridge = [(12.0, 0, 3), (11.0, 2, 3), (12.0, 0, 2)]
    assert groups(4, bridge, settled=[[0, 1], [2]]) == [[0, 1, 3], [2]]
    assert groups(4, [], pointers=[[0, 2, 3]], settled=[[0, 1], [2]]) == [[0, 1, 3], [2]]


def test_not_even_a_person_s_word_on_a_hidden_record_brings_settled_groups_together() -> None:
    assert groups(3, [], same=[(0, 2), (1, 2)], settled=[[0], [1]]) == [[0, 2], [1]]


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
    links = [(12.0, min(p), max(p)) for p in pairs if p[0] != p[1]]
    parts = groups(10, links)
    assert sorted(r for group in parts for r in group) == list(range(10))
    made = iter(f"new{i}" for i in range(10))
    current = {record: f"c{cluster}" for record, cluster in enumerate(before)}
    names, lost = name(parts, current, lambda: next(made))
    for group in parts:
        assert len({names[r] for r in group}) == 1
    assert len(set(names.values())) == len(parts)
    assert set(current.values()) <= set(names.values()) | lost.keys()
    assert set(lost.values()) <= set(names.values())
