"""A commune's rows of larger datasets: asked for, proved, published, withdrawn; on both databases."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
import pytest

from harvester import metrics
from harvester.demo import dialects
from harvester.demo.rows import Field, Rows, interfaces
from harvester.demo.services import HERE
from harvester.run.clusters import Clusters
from harvester.store import entries
from harvester.store.catalogue import Gone, Moved, Row
from harvester.web.app import app
from tests.portal import Answer, Asked, Portal
from tests.published import Client
from tests.sliced import CODE, MEUDON, NAME, SEVRES, VANVES, Sliced, rows_of, usual
from tests.territory import Territory, gazetteer


@pytest.fixture
def house(territory: Territory, portal: Portal) -> Sliced:
    return Sliced(territory, portal)


def proved(house: Sliced, table: Rows, interface: str, **how: object) -> dict[str, tuple[int, int]]:
    """What Meudon's catalogue lists after one pass over one dataset."""
    house.offers(table, interface, **how)  # type: ignore[arg-type]
    house.harvest()
    house.prove()
    return house.counts("meudon")


def test_a_dataset_of_the_territory_becomes_one_for_each_city_it_has_rows_of(house: Sliced) -> None:
    assert proved(house, usual(), "opendatasoft", title="Bornes") == {"Bornes : Meudon": (3, 12)}
    assert house.counts("sevres") == {"Bornes : Sèvres": (5, 12)}
    assert house.counts("chaville") == {}
    assert house.territory.titles() == ["Bornes"]  # the territory's catalogue has the whole
    assert house.territory.titles("meudon") == ["Bornes", "Bornes : Meudon"]


def test_a_slice_says_what_it_is_of_whom_and_how_that_is_known(house: Sliced) -> None:
    proved(house, usual(), "opendatasoft", title="Bornes", more='dcat:keyword "véhicule"@fr ;')
    [parent] = house.territory.rows()
    [slice_] = [row for row in house.territory.rows("meudon") if row.id != parent.id]
    entry = orjson.loads(slice_.body)
    assert entry["is_part_of"] == [f"https://donnees.gpso.example/datasets/{parent.id}"]
    assert [place["identifier"] for place in entry["spatial"]] == [MEUDON]
    assert entry["keyword"] == {"fr": ["véhicule"]}
    assert "3 lignes sur 12" in entry["description"]["fr"]
    assert "code INSEE 92048" in entry["description"]["fr"]
    assert "01/05/2026" in entry["description"]["fr"]
    assert entry.get("identifier", []) == []  # the parent's names are not the slice's
    assert {d["format"].rpartition("/")[2] for d in entry["distribution"]} >= {"CSV", "JSON"}


def test_every_address_of_a_slice_gives_just_the_rows_that_were_counted(house: Sliced) -> None:
    proved(house, usual(), "opendatasoft")
    [urls] = house.slices("meudon").values()
    answered = {}
    for url in urls:
        parts = urlsplit(url)
        asked = dialects.Asked(unquote(parts.path), dict(parse_qsl(parts.query)))
        said = interfaces.answer(house.tables, HERE, asked)
        assert said is not None
        answered[parts.path.rpartition("/")[2]] = said.content
    assert len(answered["csv"].decode("utf-8-sig").splitlines()) == 1 + 3
    assert len(orjson.loads(answered["json"])) == 3
    assert orjson.loads(answered["records"])["total_count"] == 3


@pytest.mark.parametrize(
    "interface", ["opendatasoft", "tabular", "datastore", "wfs", "features", "arcgis"]
)
def test_every_interface_is_asked_in_its_own_words(house: Sliced, interface: str) -> None:
    assert proved(house, usual(), interface) == {"Bornes : Meudon": (3, 12)}
    assert house.counts("sevres") == {"Bornes : Sèvres": (5, 12)}


@pytest.mark.parametrize(
    "interface", ["opendatasoft", "tabular", "datastore", "wfs", "features", "arcgis"]
)
def test_a_field_of_numbers_is_asked_for_a_number(house: Sliced, interface: str) -> None:
    field = Field("code_insee", "integer")
    table = Rows(
        "bornes",
        (field, NAME),
        rows_of("code_insee", {int(MEUDON): 3, int(SEVRES): 5, int(VANVES): 4}),
    )
    assert proved(house, table, interface) == {"Bornes : Meudon": (3, 12)}


@pytest.mark.parametrize(
    "interface", ["opendatasoft", "tabular", "datastore", "wfs", "features", "arcgis"]
)
def test_a_server_that_ignores_the_question_proves_nothing(house: Sliced, interface: str) -> None:
    table = usual()
    ignoring = Rows(table.name, table.fields, table.rows, frozenset({"ignores"}))
    assert proved(house, ignoring, interface) == {}
    assert house.known(MEUDON).code in ("filter-ignored", "all-rows")


@pytest.mark.parametrize("interface", ["opendatasoft", "wfs", "features", "arcgis"])
def test_without_a_column_the_commune_s_box_is_asked_for_and_said_to_be_rough(
    house: Sliced, interface: str
) -> None:
    point = Field("position", "point")
    places = [(2.235, 48.808), (2.236, 48.809), (2.21, 48.82), (2.19, 48.79)]
    table = Rows(
        "bancs",
        (NAME, point),
        tuple({"nom": f"n° {n}", "position": p} for n, p in enumerate(places)),
    )
    [(_, total)] = proved(house, table, interface).values()
    assert total == 4
    [row] = [r for r in house.territory.rows("meudon") if r.coverage[0][1] == "slice"]
    assert "approché" in orjson.loads(row.body)["description"]["fr"]


def test_boxes_can_be_turned_off(territory: Territory, portal: Portal) -> None:
    house = Sliced(territory, portal, "boxes = false")
    point = Field("position", "point")
    table = Rows("bancs", (NAME, point), ({"nom": "a", "position": (2.235, 48.808)},))
    assert proved(house, table, "opendatasoft") == {}
    assert house.known().code == "no-column"


def test_a_server_that_knows_only_the_standard_s_filters_is_asked_by_those(house: Sliced) -> None:
    table = usual()
    table = Rows(table.name, table.fields, table.rows, frozenset({"ignores-cql"}))
    assert proved(house, table, "wfs") == {"Bornes : Meudon": (3, 12)}
    assert all("FILTER=<fes" in unquote(url) for url in house.slices("meudon")["Bornes : Meudon"])


def test_a_dump_that_ignores_filters_is_not_offered(house: Sliced) -> None:
    table = usual()
    table = Rows(table.name, table.fields, table.rows, frozenset({"ignores-dump"}))
    assert proved(house, table, "datastore") == {"Bornes : Meudon": (3, 12)}
    assert not [url for url in house.slices("meudon")["Bornes : Meudon"] if "/dump/" in url]


def test_a_server_that_does_not_count_proves_nothing(house: Sliced) -> None:
    table = Rows(
        "bornes",
        (CODE, NAME),
        rows_of("code_insee", {MEUDON: 30, SEVRES: 40}),
        frozenset({"uncounted"}),
    )
    assert proved(house, table, "features") == {}
    assert house.known().code == "not-counted"


def test_no_row_of_the_commune_makes_no_slice(house: Sliced) -> None:
    assert proved(house, usual(meudon=0), "opendatasoft") == {}
    assert house.known(MEUDON).code == "zero-rows"
    assert house.known(SEVRES).state == "shown"


def test_rows_of_the_commune_alone_make_no_slice(house: Sliced) -> None:
    table = Rows("bornes", (CODE, NAME), rows_of("code_insee", {MEUDON: 3}))
    assert proved(house, table, "opendatasoft") == {}
    assert house.known(MEUDON).code == "all-rows"


def test_two_columns_that_each_name_a_commune_make_no_slice(house: Sliced) -> None:
    fields = (CODE, Field("insee_com"), NAME)
    data = rows_of("code_insee", {MEUDON: 3, SEVRES: 5}, insee_com="75056")
    assert proved(house, Rows("aides", fields, data), "opendatasoft") == {}
    assert house.known(MEUDON).code == "columns-ambiguous"
    assert "« code_insee » et « insee_com »" in house.known(MEUDON).told


def test_the_seat_of_a_company_does_not_place_a_row_and_the_site_does(house: Sliced) -> None:
    fields = (Field("code_insee_siege"), Field("code_insee_site"), NAME)
    data = rows_of("code_insee_site", {MEUDON: 3, SEVRES: 5}, code_insee_siege="75056")
    assert proved(house, Rows("sites", fields, data), "opendatasoft") == {"Sites : Meudon": (3, 8)}
    assert "code_insee_site" in house.known(MEUDON).parts


def test_a_portal_that_fails_withdraws_nothing_at_once_and_is_believed_in_the_end(
    house: Sliced,
) -> None:
    assert proved(house, usual(), "opendatasoft") == {"Bornes : Meudon": (3, 12)}
    house.goes_wrong = lambda _: Answer(500, b"oops")
    for failure in (1, 2):
        house.prove(days=8)
        assert house.counts("meudon") == {"Bornes : Meudon": (3, 12)}, failure
    house.prove(days=8)
    assert house.counts("meudon") == {}
    assert (house.known(MEUDON).state, house.known(MEUDON).code) == ("withdrawn", "portal-fails")
    house.goes_wrong = lambda _: None
    house.prove(days=8)
    assert house.counts("meudon") == {"Bornes : Meudon": (3, 12)}


def test_a_portal_that_asks_for_patience_is_left_alone_and_withdraws_nothing(house: Sliced) -> None:
    house.offers(usual("cables"), "opendatasoft")
    assert len(proved(house, usual(), "opendatasoft")) == 2
    house.goes_wrong = lambda _: Answer(429, headers={"Retry-After": "3600"})
    told = house.prove(days=8)
    assert len(house.questions) == 1  # the second dataset waits for the next pass
    assert told.left == 1
    assert len(house.counts("meudon")) == 2


def test_a_web_page_instead_of_an_answer_proves_nothing(house: Sliced) -> None:
    assert proved(house, usual(), "opendatasoft") == {"Bornes : Meudon": (3, 12)}
    house.goes_wrong = lambda _: Answer(200, b"<html>maintenance</html>", "text/html")
    house.prove(days=8)
    assert house.counts("meudon") == {"Bornes : Meudon": (3, 12)}


def test_a_slice_whose_rows_are_gone_is_withdrawn_and_its_parent_stays(house: Sliced) -> None:
    proved(house, usual(), "opendatasoft", title="Bornes")
    [slice_] = [row for row in house.territory.rows("meudon") if row.coverage[0][1] == "slice"]
    house.tables["bornes"] = usual(meudon=0)
    house.prove(days=8)
    assert house.territory.titles("meudon") == ["Bornes"]
    assert isinstance(house.territory.entry(slice_.id), Gone)
    house.tables["bornes"] = usual(meudon=2)
    house.prove(days=8)
    back = house.territory.entry(slice_.id)
    assert isinstance(back, Row)  # under the address that it had
    told = house.territory.sql(
        f"SELECT kind FROM change WHERE cluster = '{slice_.id}' ORDER BY seq"
    )
    assert [kind for (kind,) in told] == ["created", "deleted", "restored"]


def test_a_dataset_that_left_the_portal_takes_its_slices_along(house: Sliced) -> None:
    proved(house, usual(), "opendatasoft")
    house.offers(usual("cables"), "opendatasoft")
    house.offers(usual("poteaux"), "opendatasoft")
    del house.entries["bornes"]
    for _ in range(3):
        house.harvest()
    assert house.counts("meudon") == {}
    assert house.territory.titles("meudon") == ["Cables", "Poteaux"]


def test_what_is_proved_is_not_asked_again_before_its_time(house: Sliced) -> None:
    proved(house, usual(), "opendatasoft")
    house.prove(days=1)
    assert house.questions == []
    house.prove(days=7)
    assert house.questions


def test_what_changed_in_a_record_without_changing_its_addresses_asks_nothing(
    house: Sliced,
) -> None:
    proved(house, usual(), "opendatasoft")
    house.offers(usual(), "opendatasoft", title="Bornes de recharge")
    house.harvest()
    assert list(house.counts("meudon")) == ["Bornes de recharge : Meudon"]  # the slice follows
    house.prove(days=1)
    assert house.questions == []


def test_an_address_that_changed_is_asked_at_once(house: Sliced) -> None:
    proved(house, usual(), "opendatasoft")
    other = usual("bornes-2", meudon=1)
    house.tables[other.name] = other
    house.offers(usual(), "opendatasoft", also=())
    house.entries["bornes"] = house.entries["bornes"].replace(
        "datasets/bornes/", "datasets/bornes-2/"
    )
    house.harvest()
    assert house.counts("meudon") == {}  # nothing is known of the new address yet
    house.prove()
    assert house.counts("meudon") == {"Bornes : Meudon": (1, 10)}


def test_a_slice_of_a_restricted_dataset_is_for_agents_only(house: Sliced) -> None:
    assert proved(house, usual(), "opendatasoft", access="RESTRICTED") == {}
    assert house.counts("meudon", "agents") == {"Bornes : Meudon": (3, 12)}
    assert house.territory.rows() == []


def test_a_dataset_that_becomes_restricted_takes_its_slices_from_the_public_at_once(
    house: Sliced,
) -> None:
    assert proved(house, usual(), "opendatasoft") == {"Bornes : Meudon": (3, 12)}
    house.offers(usual(), "opendatasoft", access="RESTRICTED")
    house.harvest()
    assert house.counts("meudon") == {}
    assert house.counts("meudon", "agents") == {"Bornes : Meudon": (3, 12)}


def test_a_dataset_of_the_city_itself_is_not_asked(house: Sliced) -> None:
    spatial = f"dct:spatial <http://id.insee.fr/geo/commune/{MEUDON}> ;"
    assert proved(house, usual(), "opendatasoft", more=spatial) == {}
    assert house.questions == []


def test_a_new_city_finds_its_slices_and_one_without_catalogue_loses_them(house: Sliced) -> None:
    house.territory.configure("[slices]\npause = 0\n[views.meudon]\nenabled = false\n")
    proved(house, usual(), "opendatasoft")
    assert house.counts("sevres") == {"Bornes : Sèvres": (5, 12)}
    house.territory.configure("[slices]\npause = 0\n[views.sevres]\nenabled = false\n")
    house.harvest()
    house.prove(days=0.5)
    assert house.counts("meudon") == {"Bornes : Meudon": (3, 12)}
    assert house.counts("sevres") == {}


def test_a_pass_asks_no_more_than_it_may_and_the_next_goes_on(
    territory: Territory, portal: Portal
) -> None:
    house = Sliced(territory, portal, "requests = 12")
    for name in ("bornes", "cables", "poteaux"):
        house.offers(usual(name), "opendatasoft")
    house.harvest()
    assert house.prove().left == 2
    assert len(house.questions) <= 12
    house.prove()
    house.prove()
    assert len(house.counts("meudon")) == 3


def test_a_pass_that_ends_amid_a_dataset_keeps_what_it_has_and_goes_on_there(
    territory: Territory, portal: Portal
) -> None:
    house = Sliced(territory, portal, "requests = 5")  # two for the table, three for cities
    house.offers(usual(), "opendatasoft")
    house.harvest()
    shown = []
    for _ in range(3):
        assert len(house.questions) <= 5
        house.prove(days=0.01)
        cities = ("meudon", "sevres", "vanves")
        shown.append(sum(len(house.counts(city)) for city in cities))
    assert shown[-1] == 3
    assert shown == sorted(shown)


def test_a_portal_with_little_patience_is_asked_for_a_few_cities_at_a_time(house: Sliced) -> None:
    house.offers(usual(), "opendatasoft")
    house.harvest()
    for _ in range(6):

        def grudging(asked: Asked) -> Answer | None:
            return Answer(429) if len(house.questions) > 5 else None

        house.goes_wrong = grudging
        house.prove(days=0.3)
    assert [len(house.counts(city)) for city in ("meudon", "sevres", "vanves")] == [1, 1, 1]


def test_several_tables_of_one_dataset_are_one_slice(house: Sliced) -> None:
    other = usual("bornes-2023", meudon=2)
    house.tables[other.name] = other
    url = f"{HERE}/api/resources/{other.uuid}/data/csv/"
    assert proved(house, usual(), "tabular", also=[url]) == {"Bornes : Meudon": (5, 23)}


def test_a_file_without_an_interface_has_no_slice_and_says_why(house: Sliced) -> None:
    house.offers(usual(), "opendatasoft")
    house.entries["bornes"] = house.entries["bornes"].replace("/api/explore/", "/fichiers/")
    house.harvest()
    house.prove()
    assert house.counts("meudon") == {}
    assert house.known().code == "no-platform"
    assert house.questions == []


def test_a_redirect_into_the_private_network_is_not_followed(house: Sliced) -> None:
    house.goes_wrong = lambda asked: Answer(302, headers={"Location": "http://169.254.169.254/"})
    assert proved(house, usual(), "opendatasoft") == {}
    assert house.known().state in ("none", "failing")


def test_asking_is_told_to_whoever_watches(house: Sliced) -> None:
    def answer(asked: Asked) -> Answer | None:
        assert asked.headers["user-agent"].startswith("harvester/")
        return None

    house.goes_wrong = answer
    assert proved(house, usual(), "opendatasoft")


def test_who_merges_with_another_leads_to_the_slices_of_the_survivor(house: Sliced) -> None:
    house.territory.source(
        "region", house.portal, "/region.ttl", level="region", territory="fr:region:11"
    )
    apart = usual("chargeurs")
    house.offers(usual(), "opendatasoft", title="Bornes")
    house.tables[apart.name] = apart
    house.listed["/region.ttl"] = house.entry(apart, "opendatasoft", title="Bornes")
    house.harvest()
    house.territory.run("region")
    house.prove()
    before = {row.id for row in house.territory.rows("meudon") if row.coverage[0][1] == "slice"}
    assert len(before) == 2
    # now the région says that it is the EPT's
    same = "dct:identifier <https://donnees.gpso.example/jeux/bornes> ;"
    house.listed["/region.ttl"] = house.entry(apart, "opendatasoft", title="Bornes", more=same)
    house.territory.run("region")
    assert len(house.territory.ids()) == 1
    [after] = [row.id for row in house.territory.rows("meudon") if row.coverage[0][1] == "slice"]
    [lost] = before - {after}
    assert house.territory.entry(lost) == Moved(after)
    assert house.counts("meudon") == {"Bornes : Meudon": (3, 12)}


def test_what_agents_alone_see_leaves_no_trace_in_public_nor_in_logs(
    house: Sliced, capsys: pytest.CaptureFixture[str]
) -> None:
    rows_ = Rows("canari7q", (CODE, NAME), usual().rows)
    house.offers(usual(), "opendatasoft")
    house.offers(rows_, "opendatasoft", title="canari7q", access="RESTRICTED")
    house.harvest()
    house.prove()
    assert set(house.counts("meudon", "agents")) == {"Bornes : Meudon", "canari7q : Meudon"}
    house.goes_wrong = lambda asked: Answer(500) if "canari7q" in asked.path else None
    house.prove(days=8)
    slices = [row.id for row in house.territory.rows("meudon", "agents")]
    config, store = house.territory.config, house.territory.store
    with Client(app(config, store, metrics.create(), gazetteer())) as web:
        for root in ("", "/villes/meudon"):
            for path in ("/", "/catalog.ttl", "/catalog-full.xml", "/datasets.csv"):
                assert "canari7q" not in web.get(root + path).text
            for key in slices:
                answer = web.get(f"{root}/datasets/{key}.ttl")
                assert "canari7q" not in answer.text
                assert answer.status_code in (200, 404)
    assert "canari7q" not in capsys.readouterr().out


def test_a_restricted_twin_adds_nothing_to_the_public_s_slice(house: Sliced) -> None:
    house.territory.source(
        "interne", house.portal, "/interne.ttl", level="epci", territory="fr:epci:200057974",
        more='access = "restricted"',
    )  # fmt: skip
    house.offers(usual(), "opendatasoft", title="Bornes")
    twin = house.entry(usual(), "opendatasoft", title="Bornes", more='dcat:keyword "canari7q"@fr ;')
    house.listed["/interne.ttl"] = twin
    house.harvest()
    house.territory.run("interne")
    house.prove()
    assert house.counts("meudon") == {"Bornes : Meudon": (3, 12)}
    assert house.counts("meudon", "agents") == {"Bornes : Meudon": (3, 12)}
    assert not [row for row in house.territory.rows("meudon") if b"canari7q" in row.body]


@pytest.mark.parametrize(("access", "along"), [("", False), ("RESTRICTED", True)])
def test_a_token_goes_along_only_for_what_agents_alone_see(
    house: Sliced, access: str, along: bool
) -> None:
    house.territory.source(
        "gpso", house.portal, level="epci", territory="fr:epci:200057974",
        http='retries = 0\ntoken = "secret-token-1234"',
    )  # fmt: skip
    house.offers(usual(), "opendatasoft", access=access)
    house.harvest()
    # the source's own host is the portal's; the data stand there, too
    file = house.territory.folder / "sources" / "gpso.toml"
    port = house.portal.port
    file.write_text(file.read_text().replace(f"127.0.0.1:{port}/", "services.gpso.example/"))
    house.prove()
    told = [repr(asked.headers) for asked in house.portal.requests if "explore" in asked.path]
    assert told
    assert all(("secret-token" in headers) is along for headers in told)


def test_a_server_that_knows_another_word_for_json_is_asked_by_that(house: Sliced) -> None:
    def picky(asked: Asked) -> Answer | None:
        return Answer(400, b"{}") if "/items" in asked.path and "f=json" in asked.path else None

    house.goes_wrong = picky
    assert proved(house, usual(), "features") == {"Bornes : Meudon": (3, 12)}
    [urls] = house.slices("meudon").values()
    assert all("f=application/geo%2Bjson" in url for url in urls)


@pytest.mark.parametrize("interface", ["features", "wfs"])
@pytest.mark.parametrize(("habits", "download"), [((), True), (("short",), False)])
def test_an_address_that_gives_only_a_part_is_no_download(
    house: Sliced, habits: tuple[str, ...], download: bool, interface: str
) -> None:
    table = usual(meudon=60)
    assert proved(
        house, Rows(table.name, table.fields, table.rows, frozenset(habits)), interface
    ) == {"Bornes : Meudon": (60, 69)}
    [row] = [r for r in house.territory.rows("meudon") if r.coverage[0][1] == "slice"]
    for file in orjson.loads(row.body)["distribution"]:
        assert bool(file.get("download_url")) is download


def test_another_policy_of_merging_and_other_views_leave_slices_where_they_are(
    house: Sliced,
) -> None:
    assert proved(house, usual(), "opendatasoft") == {"Bornes : Meudon": (3, 12)}
    for note in ("merge", "views"):
        with house.territory.store.write() as connection:
            entries.forget(connection, note)
        Clusters.of(house.territory.config, gazetteer()).rebuild_views(house.territory.store)
        assert house.counts("meudon") == {"Bornes : Meudon": (3, 12)}
        assert house.territory.titles() == ["Bornes"]
