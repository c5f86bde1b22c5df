"""Who speaks for a cluster, and whose each value of its entry is."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harvester.link.elect import ranked
from harvester.link.merge import Voice, merge
from harvester.link.places import gazetteer
from harvester.link.pointers import Portal, Portals
from harvester.link.policy import compiled
from harvester.link.profile import Profile, Reader
from harvester.map import builtin_merge
from harvester.model import Dataset

POLICY = compiled(builtin_merge(), {}, {})
ODBL = "http://publications.europa.eu/resource/authority/licence/ODC_BL"
LO = "http://publications.europa.eu/resource/authority/licence/ETALAB_2_0"


def record(name: str, iri: str) -> Profile:
    portal = Portal("meudon", "dcat", 1, ("meudon.example",))
    reader = Reader(gazetteer([]), Portals([portal]), {})
    return reader.read({"title": {"fr": "Arbres"}, "iri": iri}, portal, name)


def voices(*entries: dict[str, Any]) -> list[Voice]:
    """Members 1, 2, … in order of authority."""
    return [
        Voice(n, {"kind": "dataset", "title": {"fr": f"Titre {n}"}, **entry})
        for n, entry in enumerate(entries, 1)
    ]


def merged(*entries: dict[str, Any], **rules: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return merge(voices(*entries), compiled(builtin_merge(), rules, {}))


def test_the_portal_where_a_dataset_lives_speaks_and_an_iri_that_is_no_address_is_nobody_s_home() -> (
    None
):
    records = [
        record("1", "https://[meudon.example/a"),
        record("2", "https://a]b/"),
        record("3", "https://meudon.example/a"),
    ]
    assert ranked(records) == [2, 0, 1]


def test_what_the_elected_says_stands_and_its_gaps_are_filled_in_order_of_authority() -> None:
    entry, told = merged(
        {"iri": "https://a.example/1"},
        {"iri": "https://b.example/2", "publisher": {"name": {"fr": "Ville"}}},
        {"description": {"fr": "Trois"}, "publisher": {"name": {"fr": "EPT"}}, "version": "3"},
    )
    assert (entry["iri"], entry["title"]) == ("https://a.example/1", {"fr": "Titre 1"})
    assert entry["publisher"] == {"name": {"fr": "Ville"}}
    assert entry["description"] == {"fr": "Trois"}
    assert "version" not in entry
    assert told["title"] == {"rule": "elected", "records": [1]}
    assert told["publisher"] == {"rule": "first", "records": [2]}
    assert told["description"] == {"rule": "first", "records": [3]}


def test_every_value_of_the_merged_entry_knows_its_record_and_rule() -> None:
    entry, told = merged(
        {"keyword": {"fr": ["arbre"]}, "theme": ["ENVI"], "issued": "2019"},
        {"keyword": {"fr": ["nature"]}, "theme": ["ENVI", "REGI"], "spatial": [{"name": {}}]},
    )
    assert set(told) == set(entry) - {"kind"}
    assert all(line["rule"] and line["records"] for line in told.values())
    assert told["theme"] == {"rule": "united", "records": [1, 2], "each": [[1, 2], [2]]}
    assert told["keyword"]["each"] == {"fr": [[1], [2]]}


def test_keywords_are_united_once_however_they_are_written() -> None:
    entry, told = merged(
        {"keyword": {"fr": ["Petite enfance", "Énergie"]}},
        {"keyword": {"": ["petite-enfance", "energie", "crèche"]}},
        {"keyword": {"en": ["creche"]}},
    )
    assert entry["keyword"] == {"fr": ["Petite enfance", "Énergie"], "": ["crèche"]}
    assert told["keyword"]["each"] == {"fr": [[1, 2], [1, 2]], "": [[2, 3]]}


def test_a_copy_s_identifiers_are_kept_behind_the_elected_s() -> None:
    entry, _ = merged({"identifier": ["a"]}, {"identifier": ["b", "a"]})
    assert entry["identifier"] == ["a", "b"]


def test_dates_of_two_records_are_never_mixed() -> None:
    entry, _ = merged({"issued": "2024"}, {"issued": "2020", "modified": "2021"})
    assert (entry["issued"], entry.get("modified")) == ("2024", None)
    entry, told = merged({}, {"modified": "2021"}, {"issued": "2019", "modified": "2022"})
    assert (entry.get("issued"), entry["modified"]) == (None, "2021")
    assert told["modified"] == {"rule": "origin", "records": [2]}


def test_a_licence_is_not_laid_over_the_terms_of_another_record() -> None:
    assert "license" not in merged({"rights": {"fr": "ODbL"}}, {"license": LO})[0]
    shown = [{"access_url": ["https://a.example/a.csv"], "license": ODBL}]
    assert "license" not in merged({"distribution": shown}, {"license": LO})[0]
    assert merged({}, {"license": LO})[0]["license"] == LO


def test_records_that_state_another_licence_or_access_are_told_and_the_elected_s_is_kept() -> None:
    entry, told = merged(
        {"license": ODBL, "access_rights": "PUBLIC"},
        {"license": LO, "access_rights": "PUBLIC"},
        {"license": ODBL, "access_rights": "RESTRICTED"},
        {"distribution": [{"access_url": ["https://a.example/a.csv"], "license": LO}]},
    )
    assert entry["license"] == ODBL
    assert told["license"]["others"] == [[2, [LO]], [4, [LO]]]
    assert told["access_rights"]["others"] == [[3, ["RESTRICTED"]]]


def test_licences_of_resources_are_compared_where_no_dataset_states_one() -> None:
    csv = "https://a.example/a.csv"
    _, told = merged(
        {"distribution": [{"access_url": [csv], "license": ODBL}]},
        {"distribution": [{"access_url": [csv], "license": LO}]},
    )
    assert told["license"] == {"rule": "origin", "records": [1], "others": [[2, [LO]]]}


def test_which_differences_are_told_is_the_policy_s() -> None:
    both = {"license": ODBL}, {"license": LO, "publisher": {"name": {"fr": "B"}}}
    assert "others" not in merged(*both, differences=[])[1]["license"]
    one, two = {"publisher": {"name": {"fr": "A"}}}, {"publisher": {"name": {"fr": "B"}}}
    _, told = merged(one, two, differences=["publisher"])
    assert told["publisher"]["others"] == [[2, ["B"]]]


def test_a_resource_belongs_to_those_who_show_it_and_is_as_the_first_of_them_says() -> None:
    csv, page = "https://a.example/a.csv", "https://b.example/page"
    entry, told = merged(
        {"distribution": [{"download_url": [csv], "title": {"fr": "Un"}}], "license": ODBL},
        {
            "distribution": [
                {"access_url": [page]},
                {
                    "access_url": [csv],
                    "title": {"fr": "Deux"},
                    "byte_size": 12,
                    "format": "CSV",
                    "license": LO,
                    "modified": "2020",
                    "language": ["FRA"],
                },
            ],
        },
    )
    assert entry["distribution"] == [
        {
            "download_url": [csv],
            "title": {"fr": "Un"},
            "byte_size": 12,
            "format": "CSV",
            "modified": "2020",
            "language": ["FRA"],
        },
        {"access_url": [page]},
    ]
    first, second = told["distribution"]["each"]
    assert (first["records"], second["records"]) == ([1, 2], [2])
    assert first["filled"]["byte_size"] == {"rule": "origin", "records": [2]}
    assert told["distribution"]["records"] == [1, 2]


def test_a_resource_that_only_a_copy_has_is_under_the_copy_s_licence() -> None:
    mine, other = "https://a.example/a.csv", "https://b.example/b.csv"
    entry, told = merged(
        {"license": ODBL, "distribution": [{"access_url": [mine]}]},
        {"license": LO, "distribution": [{"access_url": [mine]}, {"access_url": [other]}]},
    )
    assert [d.get("license") for d in entry["distribution"]] == [None, LO]
    assert told["distribution"]["each"][1]["filled"]["license"]["records"] == [2]
    entry, _ = merged({"license": LO}, {"license": LO, "distribution": [{"access_url": [other]}]})
    assert entry["distribution"] == [{"access_url": [other]}]


def test_a_copy_s_date_is_not_given_to_a_resource_of_an_entry_that_has_dates() -> None:
    csv = "https://a.example/a.csv"
    entry, _ = merged(
        {"modified": "2019", "distribution": [{"access_url": [csv]}]},
        {"distribution": [{"access_url": [csv], "modified": "2024"}]},
    )
    assert entry["distribution"] == [{"access_url": [csv]}]


def test_a_record_of_another_kind_adds_nothing() -> None:
    entry, told = merged({}, {"kind": "service", "endpoint_url": ["https://a.example/"]})
    assert entry == {"kind": "dataset", "title": {"fr": "Titre 1"}}
    assert list(told) == ["title"]


def test_merging_changes_nothing_of_what_it_was_given() -> None:
    csv = "https://a.example/a.csv"
    given = voices(
        {"keyword": {"fr": ["a"]}, "theme": ["A"], "distribution": [{"access_url": [csv]}]},
        {
            "keyword": {"fr": ["b"]},
            "theme": ["B"],
            "distribution": [{"access_url": [csv], "format": "CSV"}],
        },
    )
    before = repr(given)
    merge(given, POLICY)
    assert repr(given) == before


def test_the_order_in_which_an_entry_names_its_fields_does_not_depend_on_hashing() -> None:
    one = {"theme": ["A"], "keyword": {"fr": ["a"]}, "language": ["FRA"], "subject": ["s"]}
    entry, told = merged({}, one)
    assert list(entry)[2:] == list(one)
    assert list(told)[1:] == list(one)


def test_a_rule_of_the_operator_replaces_the_shipped_one() -> None:
    one, two = {"spatial": [{"identifier": "a"}]}, {"spatial": [{"identifier": "b"}], "license": LO}
    entry, _ = merged(one, two, entry={"spatial": "united", "license": "elected"})
    assert entry["spatial"] == [{"identifier": "a"}, {"identifier": "b"}]
    assert "license" not in entry


ADDRESSES = [
    "https://data.a.example/api/explore/v2.1/catalog/datasets/arbres/exports/csv",
    "https://data.b.example/explore/dataset/arbres/download?format=csv",
    "https://a.example/f.csv",
    "http://www.a.example/f.csv?utm_source=x",
    "https://a.example/page",
    "https://geo.example/wms?service=WMS&layers=a",
    "https://geo.example/wms?layers=b&service=WMS",
]
DISTRIBUTIONS = st.lists(
    st.fixed_dictionaries(
        {"access_url": st.sampled_from(ADDRESSES).map(lambda url: [url])},
        optional={
            "format": st.sampled_from(["CSV", "JSON"]),
            "title": st.sampled_from(["Un", "Deux"]).map(lambda title: {"fr": title}),
            "license": st.sampled_from([ODBL, LO]),
            "byte_size": st.integers(1, 3),
        },
    ),
    max_size=4,
)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"distribution": DISTRIBUTIONS},
        optional={
            "license": st.sampled_from([ODBL, LO]),
            "keyword": st.dictionaries(
                st.sampled_from(["fr", ""]), st.lists(st.sampled_from(["Été", "ete", "parc"]))
            ),
            "issued": st.sampled_from(["2020", "2021"]),
            "modified": st.sampled_from(["2021", "2022"]),
            "publisher": st.sampled_from(["A", "B"]).map(lambda name: {"name": {"fr": name}}),
        },
    ),
    min_size=1,
    max_size=4,
)


def addresses(entry: dict[str, Any]) -> list[str]:
    return [d["access_url"][0] for d in entry.get("distribution", ())]


@given(ENTRIES)
def test_whatever_the_members_say_nothing_of_the_elected_is_lost_and_all_is_accounted_for(
    entries: list[dict[str, Any]],
) -> None:
    members = voices(*entries)
    entry, told = merge(members, POLICY)
    assert Dataset.model_validate(entry)
    assert set(told) >= set(entry) - {"kind"}
    assert addresses(entry)[: len(entries[0]["distribution"])] == addresses(entries[0])
    before, _ = merge(members[:-1] or members, POLICY)
    assert addresses(entry)[: len(addresses(before))] == addresses(before)
    shown = told.get("distribution", {}).get("each", [])
    if shown:
        assert len(shown) == len(entry["distribution"])
        for voice in members:
            there = [line for line in shown if voice.record in line["records"]]
            assert bool(there) == bool(voice.entry["distribution"])
    dates = {
        record
        for field in ("issued", "modified")
        for record in told.get(field, {}).get("records", ())
    }
    assert len(dates) <= 1
