"""What people decide holds: at once, through absence and return, new mappings, new ids, another database."""

from __future__ import annotations

import io

import pytest

from harvester.errors import DecisionRefused
from harvester.run.clusters import Clusters
from harvester.run.decide import Decided, decide, said
from harvester.run.decision_files import bring, read, write
from harvester.store import decisions
from harvester.store.explain import explain
from tests.portal import Portal
from tests.territory import Territory, dataset, gazetteer, turtle

ONE = "11111111-1111-4111-8111-111111111111"


def say(
    territory: Territory, verdict: str, a: str, b: str = "", by: str = "Anne", note: str = ""
) -> Decided:
    clusters = Clusters.of(territory.config, gazetteer())
    return decide(territory.store, clusters, verdict, a, b, by=by, note=note)  # type: ignore[arg-type]


def shows(territory: Territory, portal: Portal, source: str, *names: str, more: str = "") -> None:
    """Let a portal show datasets called so, each titled by its name, and harvest it."""
    home = f"https://{source}.example"
    portal.answer(
        f"/{source}.ttl",
        turtle(*(dataset(name, f"Jeu {name}", more, home=home) for name in names)),
        media_type="text/turtle",
    )
    assert territory.run(source).outcome == "success"


@pytest.fixture
def cities(territory: Territory, portal: Portal) -> Territory:
    """Three portals of seven datasets each that have nothing in common."""
    for source in "abc":
        territory.source(source, portal, f"/{source}.ttl", more="[guard]\ngrace = 0")
        shows(territory, portal, source, *(f"{source}{n}" for n in range(7)))
    return territory


def groups(territory: Territory) -> list[list[str]]:
    """The entries that several records make, by local ids."""
    return sorted(
        sorted(local_id for _, local_id, _ in row.origins)
        for row in territory.rows(audience="agents")
        if len(row.origins) > 1
    )


def identified(name: str) -> str:
    """The local id of a dataset in Turtle: its address."""
    return f"https://{name[0]}.example/datasets/{name}"


def of(name: str) -> str:
    return f"{name[0]}/{identified(name)}"


def merged(*names: str) -> list[str]:
    return [identified(name) for name in names]


def test_what_a_person_calls_the_same_is_one_entry_at_once_and_two_again_when_undone(
    cities: Territory,
) -> None:
    before = cities.ids()
    told = say(cities, "same", of("a0"), of("b0"))
    assert told.written
    assert groups(cities) == [merged("a0", "b0")]
    assert told.clusters == (before["Jeu a0"],)
    say(cities, "undone", of("b0"), of("a0"))
    assert groups(cities) == []
    assert cities.ids()["Jeu a0"] == before["Jeu a0"]
    assert cities.sql('SELECT verdict, "by" FROM decision ORDER BY id') == [
        ("same", "Anne"),
        ("undone", "Anne"),
    ]


def test_a_published_id_names_its_entry_also_after_it_was_merged_away(cities: Territory) -> None:
    ids = cities.ids()
    say(cities, "same", ids["Jeu a0"], ids["Jeu b0"])
    say(cities, "same", ids["Jeu b0"], ids["Jeu c0"])
    assert groups(cities) == [merged("a0", "b0", "c0")]


def test_what_a_person_keeps_apart_is_apart_whatever_the_records_say(
    territory: Territory, portal: Portal
) -> None:
    for source in "ab":
        territory.source(source, portal, f"/{source}.ttl")
        shows(territory, portal, source, f"{source}0", more=f'dct:identifier "{ONE}" ;')
    assert len(territory.rows()) == 1
    say(territory, "different", of("a0"), of("b0"))
    assert groups(territory) == []
    for source in "ab":
        more = f'dct:identifier "{ONE}" ; dcat:keyword "nouveau" ;'
        shows(territory, portal, source, f"{source}0", more=more)
    assert groups(territory) == []
    assert len(territory.rows()) == 2


def test_a_part_is_never_merged_with_its_whole(territory: Territory, portal: Portal) -> None:
    for source in "ab":
        territory.source(source, portal, f"/{source}.ttl")
        shows(territory, portal, source, f"{source}0", more=f'dct:identifier "{ONE}" ;')
    say(territory, "part", of("a0"), of("b0"))
    assert len(territory.rows()) == 2


def test_a_contradiction_is_refused_with_those_it_contradicts(cities: Territory) -> None:
    say(cities, "same", of("a0"), of("b0"), by="Anne")
    say(cities, "same", of("b0"), of("c0"), by="Paul")
    with pytest.raises(DecisionRefused) as refused:
        say(cities, "different", of("a0"), of("c0"))
    for expected in (of("a0"), of("b0"), of("c0"), "Anne", "Paul"):
        assert expected in str(refused.value)
    assert groups(cities) == [merged("a0", "b0", "c0")]
    assert len(cities.sql("SELECT id FROM decision")) == 2


@pytest.mark.parametrize(
    ("verdict", "a", "b", "why"),
    [
        ("same", "a/nulle-part", "b/nulle-part", "aucune fiche"),
        ("same", "n'importe quoi", "b/x", "SOURCE/IDENTIFIANT"),
        ("undone", of("a0"), of("b0"), "pas de décision à annuler"),
        ("same", of("a0"), of("a0"), "une seule et même fiche"),
    ],
)
def test_a_word_on_what_is_not_here_says_so(
    cities: Territory, verdict: str, a: str, b: str, why: str
) -> None:
    with pytest.raises(DecisionRefused, match=why):
        say(cities, verdict, a, b)


def test_the_same_word_twice_is_written_once(cities: Territory) -> None:
    assert say(cities, "same", of("a0"), of("b0")).written
    assert not say(cities, "same", of("b0"), of("a0"), by="Paul").written
    assert len(cities.sql("SELECT id FROM decision")) == 1


def test_a_decision_outlives_the_absence_of_a_record(cities: Territory, portal: Portal) -> None:
    say(cities, "same", of("a0"), of("b0"))
    say(cities, "same", of("b0"), of("c0"))
    shows(cities, portal, "b", *(f"b{n}" for n in range(1, 7)))
    assert groups(cities) == [merged("a0", "c0")], "b0 is away, what was said through it stays"
    shows(cities, portal, "b", *(f"b{n}" for n in range(7)))
    assert groups(cities) == [merged("a0", "b0", "c0")]


def test_a_decision_outlives_a_restart_and_a_change_of_mapping(
    cities: Territory, portal: Portal
) -> None:
    say(cities, "same", of("a0"), of("b0"))
    cities.close()
    cities._store = None
    for source in "ab":
        assert cities.run(source, remap_only=True).outcome == "success"
        shows(
            cities, portal, source, *(f"{source}{n}" for n in range(7)), more='dcat:keyword "x" ;'
        )
    assert groups(cities) == [merged("a0", "b0")]


def test_a_person_says_which_record_is_the_original(cities: Territory) -> None:
    say(cities, "same", of("a0"), of("b0"))
    assert "Jeu a0" in cities.titles()
    say(cities, "origin", of("b0"))
    assert "Jeu a0" not in cities.titles()
    assert "Jeu b0" in cities.titles()
    say(cities, "undone", of("b0"))
    assert "Jeu a0" in cities.titles()


def known_by(source: str, name: str, more: str) -> str:
    return dataset(name, f"Jeu {name[:2]}", more, home=f"https://{source}.example")


def test_a_decision_follows_the_record_when_the_portal_changes_its_ids(
    cities: Territory, portal: Portal
) -> None:
    say(cities, "same", of("b0"), of("a0"))
    say(cities, "different", of("b1"), of("a1"))
    portal.answer(
        "/b.ttl",
        turtle(*(known_by("b", f"b{n}-neuf", "") for n in range(7))),
        media_type="text/turtle",
    )
    assert cities.run("b").outcome == "quarantined"
    assert groups(cities) == [merged("a0", "b0")]
    cities.release("b")
    new = "https://b.example/datasets/b0-neuf"
    assert groups(cities) == [[identified("a0"), new]]
    assert cities.sql("SELECT count(*) FROM decision WHERE follows IS NOT NULL") == [(2,)]


def test_a_decision_finds_a_record_with_another_id_by_what_it_points_at(
    territory: Territory, portal: Portal
) -> None:
    for source in "ab":
        territory.source(source, portal, f"/{source}.ttl", more="[guard]\ngrace = 0")
    own = f'dct:identifier "{ONE}" ;'
    rest = [known_by("b", f"r{n}", "") for n in range(9)]
    shows(territory, portal, "a", "a0")
    portal.answer("/b.ttl", turtle(*rest, known_by("b", "b0", own)), media_type="text/turtle")
    territory.run("b")
    say(territory, "same", of("a0"), of("b0"))
    title = dataset("b0-neuf", "Tout autre titre", own, home="https://b.example")
    portal.answer("/b.ttl", turtle(*rest, title), media_type="text/turtle")
    territory.run("b")
    territory.run("b")
    assert groups(territory) == [[identified("a0"), "https://b.example/datasets/b0-neuf"]]


def carried(territory: Territory) -> io.StringIO:
    stream = io.StringIO()
    with territory.store.read() as connection:
        write(connection, stream)
    stream.seek(0)
    return stream


def test_decisions_go_from_sqlite_to_postgresql_and_back(
    cities: Territory,
    portal: Portal,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> None:
    say(cities, "same", of("a0"), of("b0"), note="vu avec la ville, « d'accord »")
    say(cities, "origin", of("b0"))
    say(cities, "different", of("a1"), of("b1"))
    folder = tmp_path_factory.mktemp("other")
    other_kind = f"sqlite:///{folder}/other.sqlite"
    if cities.database.startswith("sqlite"):
        other_kind = str(request.getfixturevalue("postgresql_url"))
    other = Territory(folder / "territory", other_kind)
    try:
        for source in "abc":
            other.source(source, portal, f"/{source}.ttl")
        other.run("a")  # b is not there yet
        clusters = Clusters.of(other.config, gazetteer())
        table = carried(cities)
        brought = bring(other.store, clusters, read(table, "decisions.csv"), "import")
        assert (brought.written, brought.known, brought.waiting, brought.aside) == (3, 0, 3, ())
        other.run("b")
        assert groups(other) == [merged("a0", "b0")]
        assert "Jeu b0" in other.titles()
        again = bring(other.store, clusters, read(carried(cities), "decisions.csv"), "import")
        assert (again.written, again.known) == (0, 3)
        assert carried(other).getvalue() == carried(cities).getvalue()
    finally:
        other.close()


def test_contradictions_that_come_by_a_table_are_set_aside_and_told(cities: Territory) -> None:
    say(cities, "same", of("a0"), of("b0"))
    say(cities, "same", of("b0"), of("c0"))
    table = io.StringIO(
        "verdict;source_a;id_a;source_b;id_b\n"
        f"reject;a;{identified('a0')};c;{identified('c0')}\n"
        f"confirm;a;{identified('a1')};c;{identified('c1')}\n"
    )
    clusters = Clusters.of(cities.config, gazetteer())
    brought = bring(cities.store, clusters, read(table, "d.csv"), "Luc")
    assert brought.written == 2
    [told] = brought.aside
    assert told.startswith(f"« {of('a0')} » ne décrit pas")
    assert "Anne" in told
    assert groups(cities) == [merged("a0", "b0", "c0"), merged("a1", "c1")]


def test_nothing_is_asked_of_the_log_for_records_nobody_decided_on(cities: Territory) -> None:
    with cities.store.read() as connection:
        assert (
            decisions.standing(connection, [r for (r,) in cities.sql("SELECT id FROM record")])
            == []
        )


def test_explaining_an_entry_tells_the_decisions_on_its_records(cities: Territory) -> None:
    say(cities, "same", of("a0"), of("b0"), note="vu ensemble")
    say(cities, "origin", of("b0"), by="Paul")
    say(cities, "same", of("a1"), of("c1"))
    with cities.store.read() as connection:
        found = explain(connection, of("a0"))
    assert found is not None
    day = "/".join(reversed(found["decisions"][0]["at"][:10].split("-")))
    assert [said(decision) for decision in found["decisions"]] == [
        f"« {of('a0')} » décrit le même jeu de données que « {of('b0')} » (Anne, {day}) — vu ensemble",
        f"« {of('b0')} » est l’original (Paul, {day})",
    ]


def seen(territory: Territory) -> list[object]:
    return [(row.id, row.body, row.modified, row.origins) for row in territory.rows()]


def test_words_on_hidden_records_change_nothing_for_the_public_whether_those_are_there_or_not(
    territory: Territory, portal: Portal
) -> None:
    for source in "acr":
        access = 'access = "restricted"\n' if source == "r" else ""
        territory.source(source, portal, f"/{source}.ttl", more=f"{access}[guard]\ngrace = 0")
        shows(territory, portal, source, *(f"{source}{n}" for n in range(7)))
    before = seen(territory)
    say(territory, "same", of("a0"), of("r0"))
    say(territory, "same", of("r0"), of("c0"))
    say(territory, "origin", of("r0"))
    assert seen(territory) == before
    assert groups(territory) in ([merged("a0", "r0")], [merged("c0", "r0")])
    shows(territory, portal, "r", *(f"r{n}" for n in range(1, 7)))
    assert seen(territory) == before
    for source in "ac":
        shows(territory, portal, source, *(f"{source}{n}" for n in range(7)))
    assert seen(territory) == before
    shows(territory, portal, "r", *(f"r{n}" for n in range(7)))
    assert seen(territory) == before
