"""A city's catalogue under a server of its own, and who answers for it."""

from __future__ import annotations

import re

import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, FOAF

from harvester.config import Config
from harvester.territory import load
from harvester.web import app
from tests.published import Client, Counters, config, shelf

GAZETTEER = load()
BASE = "https://donnees.example.fr"
OWN = "https://data.issy.example"
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
PROV = rdflib.Namespace("http://www.w3.org/ns/prov#")


def settings(base: str = BASE, **issy: object) -> Config:
    """Issy's catalogue has a server of its own, and another name for it."""
    made = config(base, page_size=5)
    chosen = {"base_url": OWN, "hosts": ("opendata.issy.example:8443",), **issy}
    views = [
        view.model_copy(update=chosen) if view.slug.startswith("issy") else view
        for view in made.views
    ]
    return made.model_copy(update={"views": tuple(views)})


def client(made: Config | None = None, base: str = BASE) -> Client:
    web = app(made or settings(), shelf(), Counters(), GAZETTEER)
    return Client(web, base_url=base, follow_redirects=False)


def graph(text: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=text, format="turtle")


@pytest.mark.parametrize(
    ("host", "root"),
    [
        ("data.issy.example", f"{OWN}/"),
        ("DATA.ISSY.EXAMPLE.", f"{OWN}/"),
        ("data.issy.example:443", f"{OWN}/"),
        ("opendata.issy.example:8443", "https://opendata.issy.example:8443/"),
    ],
)
def test_a_city_s_server_shows_its_catalogue_and_its_links_stay_there(host: str, root: str) -> None:
    http = client()
    seen: set[str] = set()
    url: str | None = "/catalog.ttl"
    while url:
        answer = http.get(url, headers={"Host": host})
        assert f"<{root}catalog.ttl?page=" in answer.headers["link"]
        read = graph(answer.text)
        following = next(read.objects(None, HYDRA.next), None)
        assert following is None or str(following).startswith(f"{root}catalog.ttl?page=")
        seen |= {str(s) for s in read.subjects(rdflib.RDF.type, DCAT.Dataset)}
        url = f"/{str(following).removeprefix(root)}" if following else None
    assert len(seen) == 15
    assert all(iri.startswith(f"{BASE}/datasets/") for iri in seen), "one address everywhere"
    page = http.get("/", headers={"Host": host, "Accept": "text/html"}).text
    assert "Issy Open Data" in page
    links = re.findall(r'(?:href|action)="(https?://[^"]+)"', page)
    assert {link for link in links if link.startswith(root)}
    assert {link for link in links if "/villes/" in link} == set()


def test_by_its_path_the_catalogue_is_the_same_one_and_its_links_stay_there_too() -> None:
    http = client()
    inner, outer = (
        graph(http.get(path, headers={"Host": host}).text)
        for path, host in (
            ("/villes/issy-les-moulineaux/catalog.ttl", "donnees.example.fr"),
            ("/catalog.ttl", "data.issy.example"),
        )
    )
    [own] = set(inner.subjects(rdflib.RDF.type, DCAT.Catalog)) & {rdflib.URIRef(f"{OWN}/catalog")}
    assert own in set(outer.subjects(rdflib.RDF.type, DCAT.Catalog))
    assert str(next(inner.objects(None, HYDRA.next))).startswith(
        f"{BASE}/villes/issy-les-moulineaux/"
    )
    whole = graph(http.get("/catalog.ttl").text)
    assert (rdflib.URIRef(f"{BASE}/catalog"), DCTERMS.hasPart, own) in whole
    assert (own, DCTERMS.isPartOf, rdflib.URIRef(f"{BASE}/catalog")) in outer
    assert f'href="{OWN}/"' in http.get("/", headers={"Accept": "text/html"}).text


def test_an_unknown_server_is_the_territory_s_and_no_header_finds_its_way_into_links() -> None:
    http = client()
    for host in ("ailleurs.example", "", "data.issy.example.attaquant.example", 'x"><script>'):
        answer = http.get("/", headers={"Host": host, "Accept": "text/html"})
        assert "Données ouvertes de Grand Paris Seine Ouest" in answer.text
        assert "ailleurs" not in answer.text
        assert "attaquant" not in answer.text


def test_a_city_s_server_shows_no_other_city() -> None:
    http = client()
    own = {"Host": "data.issy.example"}
    assert http.get("/villes/meudon/catalog.ttl", headers=own).status_code == 404
    again = http.get("/villes/issy-les-moulineaux/catalog.ttl", headers=own)
    assert f"{OWN}/catalog.ttl?page=1" in again.text, "a proxy may write the path"
    assert "Issy Open Data" in http.get("/rien", headers={**own, "Accept": "text/html"}).text


def test_etags_of_two_servers_differ_where_their_links_do() -> None:
    http = client()
    tags = {
        http.get(path, headers={"Host": host}).headers["etag"]
        for path, host in (
            ("/catalog.ttl", "data.issy.example"),
            ("/catalog.ttl", "opendata.issy.example:8443"),
            ("/villes/issy-les-moulineaux/catalog.ttl", "donnees.example.fr"),
        )
    }
    assert len(tags) == 3


def test_both_the_territory_and_a_city_may_stand_under_a_path() -> None:
    made = settings("https://www.gpso.example/donnees", base_url=f"{OWN}/opendata")
    http = client(made, "https://www.gpso.example")
    for path in ("/opendata/catalog.ttl", "/catalog.ttl"):
        text = http.get(path, headers={"Host": "data.issy.example"}).text
        assert f"{OWN}/opendata/catalog.ttl?page=1" in text
        assert "https://www.gpso.example/donnees/datasets/" in text
    assert http.get("/donnees/villes/meudon/catalog.ttl").status_code == 200


def published(made: Config, view: str) -> dict[str, set[str]]:
    """Who is said to publish, own and keep a view's catalogue: role → names or numbers."""
    read = graph(client(made).get(f"/villes/{view}/catalog.ttl").text)
    [own] = [
        s for s in read.subjects(rdflib.RDF.type, DCAT.Catalog) if view in str(s) or OWN in str(s)
    ]

    def names(agents: object) -> set[str]:
        return {str(n) for agent in agents for n in read.objects(agent, FOAF.name)}  # type: ignore[attr-defined]

    kept = {
        agent
        for node in read.objects(own, PROV.qualifiedAttribution)
        if str(read.value(node, DCAT.hadRole)).endswith("/custodian")
        for agent in read.objects(node, PROV.agent)
    }
    return {
        "publisher": names(read.objects(own, DCTERMS.publisher)),
        "holder": names(read.objects(own, DCTERMS.rightsHolder)),
        "custodian": names(kept),
    }


def test_a_city_with_a_portal_publishes_its_catalogue_and_the_ept_that_of_one_without() -> None:
    made = settings()
    assert published(made, "issy-les-moulineaux") == {
        "publisher": {"Issy-les-Moulineaux"},
        "holder": set(),
        "custodian": set(),
    }
    told = published(made, "meudon")
    assert told["publisher"] == told["custodian"]
    assert told["holder"] == {"Meudon"}
    assert "Grand Paris Seine Ouest" in next(iter(told["publisher"]))
    table = client(made).get("/villes/meudon/datasets.csv").text
    assert "Grand Paris" not in table.partition("\n")[2]


def test_a_table_that_others_keep_is_no_portal_and_a_restricted_source_no_sign_of_one() -> None:
    made = settings()
    issy = made.sources[0]
    for update in (
        {"options": {"custodian": "GPSO"}},
        {"access": "restricted"},
        {"enabled": False},
        {"level": "partner"},
    ):
        changed = made.model_copy(update={"sources": (issy.model_copy(update=update),)})
        told = published(changed, "issy-les-moulineaux")
        assert told["holder"] == {"Issy-les-Moulineaux"}, update


def test_an_operator_says_who_publishes_and_who_keeps_a_catalogue() -> None:
    told = published(
        settings(
            publisher="Issy Média", publisher_siret="39139389600026", custodian="fr:commune:92048"
        ),
        "issy-les-moulineaux",
    )
    assert told == {
        "publisher": {"Issy Média"},
        "holder": {"Issy-les-Moulineaux"},
        "custodian": {"Meudon"},
    }


def test_a_catalogue_has_its_language_and_its_own_order_of_themes() -> None:
    made = settings(language="br", themes=("TRAN", "GOVE"))
    read = graph(client(made).get("/villes/issy-les-moulineaux/catalog.ttl").text)
    own = rdflib.URIRef(f"{OWN}/catalog")
    assert [str(x).rpartition("/")[2] for x in read.objects(own, DCTERMS.language)] == ["BRE"]
    assert [x.language for x in read.objects(own, DCTERMS.title)] == ["br"]  # type: ignore[attr-defined]
    page = client(made).get("/villes/issy-les-moulineaux/", headers={"Accept": "text/html"}).text
    themes = re.findall(r'<option value="[^"]*/data-theme/([A-Z]+)"', page)
    assert themes[:2] == ["TRAN", "GOVE"]
    assert sorted(themes) == ["EDUC", "ENVI", "GOVE", "TRAN"]
