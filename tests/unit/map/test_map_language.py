"""The language of mapping files: paths, nested tables, inheritance, errors."""

import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harvester.errors import ConfigurationError
from harvester.map import (
    Finding,
    Mapped,
    builtin_mappings,
    check_mapping,
    compile_mapping,
)
from harvester.map import path as paths
from harvester.model import Dataset, Record


def read(expression: str, tree: Any) -> list[Any]:
    return paths.reader(paths.parse(expression))(tree)


def mapped(toml: str, tree: dict[str, Any], **others: str) -> Mapped:
    documents = {"essai": tomllib.loads(toml)} | {k: tomllib.loads(v) for k, v in others.items()}
    return compile_mapping("essai", documents)(Record("r1", tree))


def dataset(toml: str, tree: dict[str, Any], **others: str) -> Dataset:
    entry = mapped(toml, tree, **others).entry
    assert isinstance(entry, Dataset)
    return entry


def errors(toml: str) -> list[tuple[tuple[str | int, ...], str]]:
    return [(f.keys, f.message) for f in check_mapping("essai", {"essai": tomllib.loads(toml)})]


FR, EN = {"@value": "Titre", "@language": "fr"}, {"@value": "Title", "@language": "en"}


@pytest.mark.parametrize(
    ("expression", "tree", "values"),
    [
        ("title", {"title": "x"}, ["x"]),
        ("title", {}, []),
        ("title", {"title": None}, []),
        ("a.b.c", {"a": {"b": {"c": 1}}}, [1]),
        ("a.b.c", {"a": {"b": {"c": [1, None, 2]}}}, [1, 2]),
        ("a.b.c", {"a": {"b": {"c": None}}}, []),
        ("a.b.c", {"a": {"b": None}}, []),
        ("a.b.c", {"a": {"b": "c"}}, []),
        ("a.b.c", {"a": [{"b": {"c": 1}}, {"b": {"c": 2}}]}, [1, 2]),
        ("a.b", {"a": {"key": "b", "value": 1}}, [1]),
        ("a.b", {"a": {"key": "b", "value": 1, "b": None}}, []),
        ("tags.*.name", {"tags": [{"name": "a"}, {"name": "b"}]}, ["a", "b"]),
        ("tags.name", {"tags": [{"name": "a"}, {"name": "b"}]}, ["a", "b"]),
        ("a.*", {"a": {"x": 1, "y": 2}}, [1, 2]),
        ("extras.issued", {"extras": [{"key": "issued", "value": "2021"}, {"key": "x", "value": "y"}]}, ["2021"]),
        ("extras.issued", {"extras": {"issued": "2021"}}, ["2021"]),
        ("dct:publisher.foaf:name", {"dct:publisher": [{"foaf:name": ["A"]}, {"foaf:name": ["B"]}]}, ["A", "B"]),
        ("<http://a.b/c#d>", {"http://a.b/c#d": ["x"]}, ["x"]),
        ("<http://a.b/c>.dct:title", {"http://a.b/c": [{"dct:title": ["x"]}]}, ["x"]),
        ("dct:title@fr", {"dct:title": [FR, EN, "x"]}, [FR]),
        ("@id", {"@id": "http://a.b"}, ["http://a.b"]),
        (".", "texte", ["texte"]),
        (".", FR, [FR]),
        (".", {"@id": "http://a.b"}, []),
        ("'constante'", {}, ["constante"]),
        ("a + b", {"a": [1], "b": [2, 3]}, [1, 2, 3]),
        ("x.y", {"x": "texte"}, []),
    ],
)  # fmt: skip
def test_a_path_finds(expression: str, tree: Any, values: list[Any]) -> None:
    assert read(expression, tree) == values


def test_cleaners_take_arguments_with_any_character() -> None:
    found = paths.parse('a | split("|") | replace(\'(\', "),") | join( ; )')
    assert [(c.name, c.arguments) for c in found.calls] == [
        ("split", ("|",)),
        ("replace", ("(", "),")),
        ("join", (";",)),
    ]


@pytest.mark.parametrize(
    "wrong", ["", "a..b", "a | ", "a | split(", "a b", "a | 9x", "'x", "| lower"]
)
def test_what_is_no_expression_is_refused(wrong: str) -> None:
    with pytest.raises(paths.Malformed):
        paths.parse(wrong)


@given(st.text(max_size=30))
def test_parsing_fails_only_with_its_own_error(source: str) -> None:
    try:
        expression = paths.parse(source)
    except paths.Malformed:
        return
    assert isinstance(paths.reader(expression)({"a": 1}), list)


def test_the_first_path_that_holds_something_wins() -> None:
    toml = '[dataset]\ntitle = ["vide", "espaces", "bon", "autre"]'
    tree = {"vide": "", "espaces": " \u200b", "bon": "Bon", "autre": "Autre"}
    assert dataset(toml, tree).title == {"": "Bon"}


@pytest.mark.parametrize("tree", [{"a": {"x": "1"}}, {"b": "1"}, {"a": {"x": "1"}, "b": "1"}])
def test_paths_taken_together_find_what_any_of_them_holds(tree: dict[str, Any]) -> None:
    toml = '[dataset]\ntitle = "t"\nidentifier = "a.x + b | unique"'
    assert dataset(toml, {"t": "T", **tree}).identifier == ("1",)


def test_a_path_whose_value_cannot_be_cleaned_gives_way_to_the_next() -> None:
    toml = '[dataset]\ntitle = "t"\nissued = ["a", "b"]'
    result = mapped(toml, {"t": "T", "a": "bientôt", "b": "2021"})
    assert isinstance(result.entry, Dataset)
    assert result.entry.issued == "2021"
    assert [(p.code, p.path, p.value) for p in result.problems] == [
        ("date-invalid", "a", "bientôt")
    ]


def test_text_has_the_language_it_states_else_that_of_the_mapping() -> None:
    toml = 'language = "fr"\n[dataset]\ntitle = "t"\nkeywords = "k"'
    tree = {"t": ["Titre", {"@value": "Title", "@language": "en-GB"}], "k": ["mot"]}
    entry = dataset(toml, tree)
    assert entry.title == {"fr": "Titre", "en-gb": "Title"}
    assert entry.keyword == {"fr": ("mot",)}


def test_a_tree_of_languages_is_text() -> None:
    toml = '[dataset]\ntitle = "title_translated"'
    assert dataset(toml, {"title_translated": {"fr": "Titre", "en": "Title"}}).title == {
        "fr": "Titre",
        "en": "Title",
    }


NESTED = """
[dataset]
title = "t"
[publisher]
each = "org"
like = "agent"
[shape.agent]
name  = ["title", "."]
email = "mail"
[[qualified_attribution]]
each = "roles"
role = "'owner'"
[qualified_attribution.agent]
like = "agent"
[[qualified_attribution]]
each = "makers"
[qualified_attribution.agent]
name = "n"
[contact_point]
email = "mail"
[[distribution]]
each = "files"
access = "url"
[distribution.access_service]
each = "service"
like = "service"
[service]
endpoint = "at"
title = "called"
"""


def test_nested_tables_make_nested_values() -> None:
    entry = dataset(
        NESTED,
        {
            "t": "T",
            "mail": "a@b.fr",
            "org": {"title": "Ville", "mail": "c@d.fr"},
            "roles": [{"title": "R1"}, "R2"],
            "makers": [{"n": "M"}, {}],
            "files": [{"url": "https://a.fr/1", "service": {"at": "https://a.fr/s"}}],
        },
    )
    assert entry.publisher is not None
    assert (entry.publisher.name, entry.publisher.email) == ({"": "Ville"}, "c@d.fr")
    assert entry.contact_point[0].email == "a@b.fr"
    assert [a.agent.name[""] for a in entry.qualified_attribution] == ["R1", "R2", "M"]
    assert str(entry.qualified_attribution[0].role).endswith("ResponsiblePartyRole/owner")
    service = entry.distribution[0].access_service[0]
    assert service.endpoint_url == ("https://a.fr/s",)
    assert service.title == {"": "https://a.fr/s"}


def test_a_plain_path_will_do_for_simple_nested_values() -> None:
    toml = """
[dataset]
title = "t"
publisher = "org"
contact = "mail"
spatial = "where"
temporal = "when"
other_identifier = "ids"
"""
    tree = {
        "t": "T",
        "org": "Ville d'Issy",
        "mail": "a@b.fr",
        "where": ["2.25,48.81,2.29,48.83", "Suresnes", "92040"],
        "when": "2019/2021",
        "ids": ["x1"],
    }
    entry = dataset(toml, tree)
    assert entry.publisher is not None
    assert entry.publisher.name == {"": "Ville d'Issy"}
    assert entry.contact_point[0].email == "a@b.fr"
    assert entry.spatial[0].bbox == (2.25, 48.81, 2.29, 48.83)
    assert entry.spatial[1].name == {"": "Suresnes"}
    assert entry.spatial[2].identifier == "fr:commune:92040"
    assert (entry.temporal[0].start, entry.temporal[0].end) == ("2019", "2021")
    assert entry.other_identifier[0].notation == "x1"


def test_a_mapping_extends_another() -> None:
    parent = """
[dataset]
title = ["a", "b"]
description = "d"
[[distribution]]
each = "files"
access_url = "url"
[values.theme]
"Chevaux" = "AGRI"
"""
    child = """
extends = "base"
[dataset]
title = ["c", "…"]
themes = "th"
[[distribution]]
title = "name"
"""
    tree = {"a": "A", "d": "D", "th": "chevaux", "files": [{"url": "https://a.fr", "name": "N"}]}
    entry = dataset(child, tree, base=parent)
    assert entry.title == {"": "A"}
    assert dataset(child, tree | {"c": "C"}, base=parent).title == {"": "C"}
    assert entry.description == {"": "D"}
    assert entry.theme[0].endswith("/AGRI")
    assert entry.distribution[0].title == {"": "N"}
    assert entry.distribution[0].access_url == ("https://a.fr",)


def test_a_mapping_may_extend_the_shipped_one_of_its_name() -> None:
    document = {"dcat": {"extends": "dcat", "dataset": {"version": "ex:version"}}}
    entry = compile_mapping("dcat", document)(
        Record("r", {"dct:title": ["T"], "ex:version": ["3"]})
    ).entry
    assert entry is not None
    assert entry.version == "3"
    assert entry.title == {"": "T"}


def test_entries_are_datasets_series_or_services_as_the_mapping_says() -> None:
    toml = """
[kind]
from = "type"
service = ["api", "wms"]
series = "serie"
[dataset]
title = "t"
frequency = "f"
[service]
endpoint = "url"
[series]
title = "name"
"""
    kinds = [
        mapped(toml, {"type": kind, "t": "T", "f": "annuel", "name": "N", "url": "https://a.fr"})
        for kind in ("api", "serie", "autre")
    ]
    assert [m.entry.kind for m in kinds if m.entry] == ["service", "series", "dataset"]
    assert kinds[1].entry is not None
    assert kinds[1].entry.title == {"": "N"}


ERRORS = """
langage = "fr"
publisheur = "x"
[kind]
from = "type"
services = "api"
[dataset]
titel = "x"
title = "x | lowr"
description = 3
issued = ["a", "b | split(1, 2, 3)"]
theme = 'x | known("thème")'
keyword = "a..b"
qualified_relation = "x"
[publisher]
like = "agnet"
nam = "x"
[shape.agent]
name = "x"
[values.licence]
"x" = "ETALAB_2_1"
[values.licance]
"x" = "y"
"""


def test_all_errors_are_told_at_once_with_what_was_probably_meant() -> None:
    found = dict(errors(ERRORS))
    assert set(found) == {
        ("langage",),
        ("publisheur",),
        ("kind", "services"),
        ("dataset", "titel"),
        ("dataset", "title"),
        ("dataset", "description"),
        ("dataset", "issued", 1),
        ("dataset", "theme"),
        ("dataset", "keyword"),
        ("dataset", "qualified_relation"),
        ("publisher", "like"),
        ("values", "licence", "x"),
        ("values", "licance"),
    }
    assert "« language »" in found["langage",]
    assert "« publisher »" in found["publisheur",]
    assert "« service »" in found["kind", "services"]
    assert "« title »" in found["dataset", "titel"]
    assert "« lower »" in found["dataset", "title"]
    assert "« theme »" in found["dataset", "theme"]
    assert "« agent »" in found["publisher", "like"]
    assert "« ETALAB_2_0 »" in found["values", "licence", "x"]
    assert "« licence »" in found["values", "licance"]


def test_a_wrong_mapping_does_not_compile() -> None:
    with pytest.raises(ConfigurationError, match="titel"):
        compile_mapping("essai", {"essai": {"dataset": {"titel": "x"}}})


def test_errors_of_an_extended_mapping_are_told_as_its_own() -> None:
    documents = {"a": {"extends": "b"}, "b": {"dataset": {"titel": "x"}}}
    assert [f.mapping for f in check_mapping("a", documents)] == ["b"]


def test_extending_in_a_circle_or_what_is_not_there_is_told() -> None:
    circle = {"a": {"extends": "b"}, "b": {"extends": "a"}}
    assert "lui-même" in check_mapping("a", circle)[0].message
    assert check_mapping("a", {"a": {"extends": "dcta"}})[0].keys == ("extends",)
    assert "« dcat »" in check_mapping("a", {"a": {"extends": "dcta"}})[0].message
    assert isinstance(check_mapping("rien")[0], Finding)


@pytest.mark.parametrize("name", sorted(builtin_mappings()))
def test_nothing_is_wrong_with_the_shipped_mappings(name: str) -> None:
    assert check_mapping(name) == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["extends", "dataset", "title", "publisher", "each", "like", "kind", "from", "values", "theme", "shape", "distribution", "x"]),
            inner,
            max_size=4,
        ),
        max_leaves=12,
    )
)  # fmt: skip
@example({"publisher": {"like": []}})
def test_checking_never_fails_whatever_a_file_says(document: Any) -> None:
    if isinstance(document, dict):
        check_mapping("essai", {"essai": document})


def test_the_version_changes_with_what_decides_the_outcome() -> None:
    one = compile_mapping("m", {"m": {"dataset": {"title": "a"}}})
    same = compile_mapping("m", {"m": {"dataset": {"title": "a"}}})
    other = compile_mapping("m", {"m": {"dataset": {"title": "b"}}})
    elsewhere = compile_mapping("m", {"m": {"dataset": {"title": "a"}}}, within="fr:region:11")
    assert len(one.version) == 16
    assert one.version == same.version
    assert len({one.version, other.version, elsewhere.version}) == 3


def test_a_trace_tells_the_path_that_won_and_what_became_of_its_value() -> None:
    mapper = compile_mapping("essai", {"essai": tomllib.loads(NESTED)})
    tree = {"t": " T ", "org": {"title": "Ville"}, "files": [{"url": "https://a.fr/1"}, {"url": "https://a.fr/2"}]}  # fmt: skip
    found = {t.field: (t.path, t.raw, t.value) for t in mapper.trace(Record("r", tree))}
    assert found["title"] == ("t", [" T "], {"": "T"})
    assert found["publisher.name"] == ("title", ["Ville"], {"": "Ville"})
    assert found["distribution[1].access_url"] == ("url", ["https://a.fr/2"], ["https://a.fr/2"])


def test_a_filter_keeps_the_elements_whose_key_says_the_value() -> None:
    dates = [{"type": "creation", "date": "2019"}, {"type": "Révision", "date": "2021"}]
    assert read("dates[type=revision].date", {"dates": dates}) == ["2021"]
    assert read("dates[type=creation|publication].date", {"dates": dates}) == ["2019"]
    assert read("dates[type!=creation].date", {"dates": dates}) == ["2021"]
    assert read("dates[type=validity].date", {"dates": dates}) == []


def test_a_filter_may_look_inside_and_stand_anywhere() -> None:
    party = {"role": {"code": "owner"}, "name": [{"@value": "Ville", "@language": "fr"}]}
    tree = {"about": {"party": [party, {"role": {"code": "user"}, "name": "x"}, {"name": "y"}]}}
    assert read("about.party[role.code=owner].name@fr", tree) == party["name"]
    assert read("about.party[role.code!=owner].name", tree) == ["x", "y"]
    assert read("about.party[role.code = 'owner'] + about.none", tree) == [party]


@pytest.mark.parametrize("wrong", ["party[role]", "party[=x]", "party[role=x", "[a=b]"])
def test_a_filter_that_is_none_says_how_one_is_written(wrong: str) -> None:
    [(keys, message)] = errors(f'[dataset]\ntitle = "{wrong}"')
    assert keys == ("dataset", "title")
    assert "nom[clé=valeur]" in message or "il manque" in message


def test_a_nested_value_of_which_only_the_constant_is_there_is_no_value_and_no_defect() -> None:
    toml = """
    [dataset]
    title = "t"
    [[distribution]]
    each = "files"
    access = "url"
    [distribution.checksum]
    algorithm = ["kind", "'md5'"]
    value = "sum"
    """
    url = "https://donnees.example/a.csv"
    done = mapped(toml, {"t": "T", "files": [{"url": url}, {"url": url, "sum": "ab"}]})
    assert isinstance(done.entry, Dataset)
    sums = [d.checksum.value if d.checksum else None for d in done.entry.distribution]
    assert sums == [None, "ab"]
    assert done.problems == ()
