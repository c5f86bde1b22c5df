"""Nobody learns anything of what is not for them, by whatever door, and those for whom it is find all of it."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester import log
from harvester.metrics import create
from harvester.store import catalogue, tokens
from tests.leaks import AT_ONCE, FIELDS, Walk, World, copy, full
from tests.portal import Portal
from tests.territory import Territory, dataset

GPSO = "fr:epci:200057974"
UNPUBLISHED = {"date", "name"}
"""A date that is none, and the end of an address that a copy does not have."""


@pytest.fixture
def world(territory: Territory, portal: Portal) -> World:
    return World(territory, portal)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def listened() -> io.StringIO:
    """What the service logs from now on; not what the test's own client does."""
    said = io.StringIO()
    log.set_up("json", "debug", said)
    for name in ("httpx", "asyncio"):
        logging.getLogger(name).setLevel("ERROR")
    return said


def test_the_public_finds_no_canary_in_anything_that_is_served_or_logged(
    territory: Territory, portal: Portal
) -> None:
    said = listened()
    world = World(territory, portal)
    with territory.store.write() as connection:
        tokens.create(connection, "", "Anne", opens="review")
    walk = Walk(world.client(), world.ids(), records=world.records())
    assert walk.canaries() == {}
    assert len(walk.answers) > 500
    near = world.client(client=("127.0.0.1", 50000)).get("/metrics")
    assert 'harvester_records{source="interne",state="published"}' in near.text
    assert 'harvester_view_datasets{view="issy-les-moulineaux"} 4.0' in near.text
    assert "kanari" not in near.text.lower()
    assert "kanari" not in said.getvalue().lower()


@pytest.mark.parametrize(
    "kind", ["of another city", "of a curator", "unknown", "expired", "revoked", "garbled"]
)
def test_a_token_that_is_not_for_a_catalogue_opens_nothing(world: World, kind: str) -> None:
    token = world.token("meudon", "2020-01-01T00:00:00Z" if kind == "expired" else None)
    if kind == "of a curator":
        with world.territory.store.write() as connection:
            token = tokens.create(connection, "", "Anne", opens="review")[1]
        http, asked = world.client(), bearer(token)
        assert http.get("/revue", headers=asked).status_code == 200
        assert http.get("/revue", headers=bearer(world.token(""))).status_code in (303, 404)
    if kind == "revoked":
        with world.territory.store.write() as connection:
            tokens.revoke(connection, token.split("_")[1])
    if kind == "unknown":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    if kind == "garbled":
        token = "hvt_é'; DROP TABLE token; --"
    said = listened()
    sent = {"Authorization": f"Bearer {token}".encode()}
    walk = Walk(world.client(), world.ids(), sent)  # type: ignore[arg-type]
    if kind == "of a curator":  # the pages of review are for curators of the whole territory
        walk.answers = {k: v for k, v in walk.answers.items() if not k[2].startswith("/revue")}
    assert walk.canaries() == {}
    refused = 403 if kind == "of another city" else 401
    assert walk.statuses("/villes/issy-les-moulineaux/") == {refused}
    assert walk.statuses("/catalog") == {refused}
    expected = {200, 400, 404, 406, 410} if kind == "of another city" else {401}
    assert walk.statuses("/villes/meudon/") <= expected
    assert "kanari" not in said.getvalue().lower()
    assert token not in said.getvalue()


@pytest.mark.parametrize("view", ["issy-les-moulineaux", ""])
def test_with_the_right_token_every_restricted_record_is_there_and_no_private_one(
    world: World, view: str
) -> None:
    walk = Walk(world.client(), world.ids(), bearer(world.token(view)), (view,))
    found = {word for word in walk.canaries() if not word.startswith("the question")}
    assert not [word for word in found if word.startswith("kanarip")]
    for who in ("rrecord", "rsource"):
        expected = {f"kanari{who}{name}" for name in FIELDS if name not in UNPUBLISHED}
        assert expected <= found
    assert {"kanaricopykeyword", "kanariwidekeyword"} <= found


def test_agents_see_all_that_the_public_sees_wherever_they_are(world: World) -> None:
    for view in ("", "issy-les-moulineaux", "meudon", "vanves"):
        public = world.territory.titles(view)
        assert set(public) <= set(world.territory.titles(view, "agents"))
        with world.territory.store.read() as connection:
            state = catalogue.state(connection, view, "agents")
        assert state.count == len(world.territory.rows(view, "agents"))
    assert "Collèges" in world.territory.titles("meudon", "agents")


def test_what_a_city_s_agents_know_of_a_common_dataset_is_not_told_to_those_of_another(
    world: World,
) -> None:
    http = world.client()
    [row] = [row for row in world.territory.rows("meudon") if b"Coll" in row.body]
    asked = {
        view: http.get(f"/villes/{view}/datasets/{row.id}.ttl", headers=bearer(world.token(view)))
        for view in ("issy-les-moulineaux", "meudon")
    }
    assert "kanariwidekeyword" in asked["issy-les-moulineaux"].text
    assert "kanariwide" not in asked["meudon"].text
    before = asked["meudon"].headers["etag"]
    world.show("hauts", dataset("colleges", "Collèges publics", home="https://data.92.example"))
    again = http.get(f"/villes/meudon/datasets/{row.id}.ttl", headers=bearer(world.token("meudon")))
    assert again.headers["etag"] != before
    for path in ("/catalog.ttl", "/"):
        text = http.get(f"/villes/meudon{path}", headers=bearer(world.token("meudon"))).text
        assert "Collèges publics" in text
        assert "kanari" not in text


def test_each_city_s_agents_are_shown_what_all_their_own_records_say_of_a_common_dataset(
    world: World,
) -> None:
    source, home = world.territory.source, "https://data.92.example"
    hidden = 'access = "restricted"\n' + AT_ONCE
    source("autre", world.portal, "/autre.ttl", more=hidden)
    source("ept", world.portal, "/ept.ttl", level="epci", territory=GPSO, more=hidden)
    world.show("autre", copy("other", home, "colleges", "Collèges"))
    world.show("ept", copy("common", home, "colleges", "Collèges"))

    def known(view: str) -> set[str]:
        url = f"/villes/{view}/catalog-full.ttl" if view else "/catalog-full.ttl"
        text = world.client().get(url, headers=bearer(world.token(view))).text
        assert text.count("Collèges") >= 1
        return {who for who in ("wide", "other", "common") if f"kanari{who}keyword" in text}

    def all_known() -> dict[str, set[str]]:
        return {view: known(view) for view in ("", "issy-les-moulineaux", "meudon", "vanves")}

    expected = {
        "": {"wide", "other", "common"},
        "issy-les-moulineaux": {"wide", "common"},
        "meudon": {"other", "common"},
        "vanves": {"common"},
    }
    assert all_known() == expected
    world.territory.configure(
        '[views.bellevue]\nterritory = "fr:commune:92048"\ntitle = "Bellevue"\n'
    )
    world.territory.run("meudon")
    assert known("bellevue") == {"other", "common"}
    assert all_known() == expected
    world.territory.configure()
    world.territory.run("meudon")
    assert all_known() == expected
    before = Walk(world.client(), world.ids(), follow=False).told()
    world.show("ept", full("gone"))
    assert all_known() == {view: who - {"common"} for view, who in expected.items()}
    world.show("ept", copy("common", home, "colleges", "Collèges"))
    assert all_known() == expected
    told = Walk(world.client(), world.ids(), follow=False).told()
    assert {asked: told[asked] for asked in before} == before


def test_what_is_for_agents_says_so_to_caches_and_to_no_other_site(world: World) -> None:
    http, token = world.client(), world.token("issy-les-moulineaux")
    for path in ("/catalog.ttl", "/catalog-full.xml", "/datasets.csv", "/", "/style.css"):
        url = f"/villes/issy-les-moulineaux{path}"
        public, inside = http.get(url), http.get(url, headers=bearer(token))
        assert inside.status_code == public.status_code == 200
        assert public.headers["etag"] != inside.headers["etag"]
        assert "Authorization" in public.headers["vary"]
        assert "Authorization" in inside.headers["vary"]
        assert public.headers["cache-control"] == "public, no-cache"
        assert inside.headers["cache-control"] == "private, no-cache"
        assert public.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-origin" not in inside.headers
        for headers, status in ((bearer(token), 304), ({}, 200)):
            again = http.get(url, headers={**headers, "If-None-Match": inside.headers["etag"]})
            assert again.status_code == status
        again = http.get(url, headers=bearer(token) | {"If-None-Match": public.headers["etag"]})
        assert again.status_code == 200
    for path in ("/catalog.ttl", "/villes/issy-les-moulineaux/catalog.ttl"):
        asked = http.options(path, headers={"Origin": "https://x.example"})
        assert "authorization" not in asked.headers["access-control-allow-headers"].lower()
        assert "*" not in asked.headers["access-control-allow-headers"]


def test_nothing_that_the_public_gets_moves_when_only_hidden_records_change(world: World) -> None:
    http, ids = world.client(), world.ids()
    before = Walk(http, ids)
    world.show("interne", *world.internal(full("rnew")))
    world.show("interne", full("rsource"), copy("copy", "https://data.issy.example", "jeu-0", "x"))
    world.show("interne", full("rother"))
    world.show("prive", full("pnew"))
    world.show("issy", *world.issy, full("rrecord", "RESTRICTED"), full("pother", "NON_PUBLIC"))
    assert Walk(http, ids).told() == before.told()
    inside = http.get("/catalog-full.ttl", headers=bearer(world.token(""))).text
    assert "kanarirothertitle" in inside
    assert "kanarirsourcetitle" not in inside


def test_a_hidden_source_that_is_added_or_renamed_is_no_news_to_the_public(world: World) -> None:
    first = world.client().get("/catalog.ttl").headers
    path = world.territory.folder / "sources" / "interne.toml"
    path.write_text(path.read_text().replace("kanariinternesource", "kanariautresource"))
    later = world.client().get("/catalog.ttl").headers
    assert (later["etag"], later["last-modified"]) == (first["etag"], first["last-modified"])
    issy = world.territory.folder / "sources" / "issy.toml"
    issy.write_text(issy.read_text().replace('name = "issy"', 'name = "Issy"'))
    assert world.client().get("/catalog.ttl").headers["etag"] != first["etag"]


def test_a_record_s_access_takes_effect_at_once_everywhere(world: World) -> None:
    http, token = world.client(), world.token("issy-les-moulineaux")
    views = ("", "issy-les-moulineaux")
    for access, who in (
        ("PUBLIC", {"public", "agents"}),
        ("RESTRICTED", {"agents"}),
        ("NON_PUBLIC", set()),
        ("PUBLIC", {"public", "agents"}),
        ("NON_PUBLIC", set()),
        ("RESTRICTED", {"agents"}),
    ):
        world.show("issy", *world.issy, full("xflip", access))
        walks = {
            "public": Walk(http, world.ids(), {}, views, follow=False),
            "agents": Walk(http, world.ids(), bearer(token), views[1:], follow=False),
        }
        for audience, walk in walks.items():
            shown = {word for word in walk.canaries() if word.startswith("kanarixflip")}
            assert bool(shown) is (audience in who), (access, audience, shown)
            if audience in who:
                expected = {f"kanarixflip{n}" for n in FIELDS if n not in UNPUBLISHED}
                assert expected <= shown


def test_a_source_s_access_takes_effect_when_it_is_mapped_anew(world: World) -> None:
    http = world.client()
    assert "kanari" not in http.get("/catalog-full.ttl").text
    path = world.territory.folder / "sources" / "interne.toml"
    closed = path.read_text()
    path.write_text(closed.replace('access = "restricted"', 'access = "public"'))
    world.territory.run("interne")
    assert "kanarirsourcetitle" in http.get("/catalog-full.ttl").text
    path.write_text(closed)
    world.territory.run("interne", remap_only=True)
    assert Walk(http, world.ids(), follow=False).canaries() == {}


ACCESS = ("PUBLIC", "RESTRICTED", "NON_PUBLIC")


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.lists(
            st.tuples(st.sampled_from(("a", "b", "c")), st.sampled_from(ACCESS)),
            max_size=3,
            unique_by=lambda item: item[0],
        ),
        min_size=2,
        max_size=4,
    )
)
def test_whatever_happens_each_audience_sees_what_is_for_it_and_the_public_no_trace_of_the_rest(
    steps: list[list[tuple[str, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("story")
    made = Territory(folder / "territory", f"sqlite:///{folder}/h.sqlite")
    with Portal() as portal:
        made.source("issy", portal, "/issy.ttl", territory="fr:commune:92040", more=AT_ONCE)
        world = World.__new__(World)
        world.territory, world.portal, world.metrics = made, portal, create()
        http, token, last = None, "", None
        for step in steps:
            world.show("issy", full("xfirst", "PUBLIC"), *(full(f"x{n}x", a) for n, a in step))
            http = http or world.client()
            token = token or world.token("")
            public = http.get("/catalog-full.ttl")
            inside = http.get("/catalog-full.ttl", headers=bearer(token)).text
            open_ = {name for name, access in step if access == "PUBLIC"}
            known = open_ | {name for name, access in step if access == "RESTRICTED"}
            for name in "abc":
                assert (f"kanarix{name}xtitle" in public.text) is (name in open_)
                assert (f"kanarix{name}xtitle" in inside) is (name in known)
            now = (open_, public.headers["etag"], public.headers["last-modified"])
            if last is not None and last[0] == open_:
                assert now == last
            last = now
        made.close()
