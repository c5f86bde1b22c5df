"""From the addresses of a dataset to the tables that can be asked, and from an answer to a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from harvester.errors import SourceFailed, SourceRefused
from harvester.view.slices import Question, Refusal, Reply, endpoints, survey
from harvester.view.slices.local import local_entry, slice_id
from harvester.view.slices.values import Endpoint, Link, Part
from tests.territory import gazetteer
from tests.unit.view.test_slice_columns import WORDS, commune

UUID = "0f4a2d9c-6c1b-4a52-9b39-3f0d8b8d6a01"


def entry(*urls: str, title: str = "") -> dict[str, Any]:
    return {
        "kind": "dataset",
        "title": {"fr": "Arbres"},
        "distribution": [{"title": {"fr": title}, "access_url": [url]} for url in urls],
    }


@pytest.mark.parametrize(
    ("url", "dialect", "found", "layer"),
    [
        ("https://d.fr/api/explore/v2.1/catalog/datasets/arbres/exports/csv?use_labels=true",
         "opendatasoft", "https://d.fr/api/explore/v2.1/catalog/datasets/arbres", ""),
        ("https://d.fr/api/explore/v2.0/catalog/datasets/arbres@ville/records",
         "opendatasoft", "https://d.fr/api/explore/v2.1/catalog/datasets/arbres@ville", ""),
        ("https://d.fr/explore/dataset/arbres/download/?format=csv",
         "opendatasoft", "https://d.fr/api/explore/v2.1/catalog/datasets/arbres", ""),
        (f"https://www.data.gouv.fr/fr/datasets/r/{UUID}",
         "tabular", f"https://tabular-api.data.gouv.fr/api/resources/{UUID}", ""),
        (f"https://tabular-api.data.gouv.fr/api/resources/{UUID}/data/csv/",
         "tabular", f"https://tabular-api.data.gouv.fr/api/resources/{UUID}", ""),
        (f"https://c.fr/dataset/arbres/resource/{UUID}/download/arbres.csv",
         "datastore", "https://c.fr", UUID),
        (f"https://c.fr/ckan/fr/dataset/arbres/resource/{UUID}", "datastore", "https://c.fr/ckan", UUID),
        (f"https://c.fr/datastore/dump/{UUID}?bom=True", "datastore", "https://c.fr", UUID),
        (f"https://c.fr/api/3/action/datastore_search?resource_id={UUID}", "datastore", "https://c.fr", UUID),
        ("https://g.fr/geoserver/wfs?service=WFS&version=1.1.0&request=GetFeature&typeName=v:arbres&map=x",
         "wfs", "https://g.fr/geoserver/wfs?map=x", "v:arbres"),
        ("https://g.fr/collections/arbres/items?f=json", "features", "https://g.fr/collections/arbres", ""),
        ("https://a.fr/arcgis/rest/services/Arbres/FeatureServer/3/query?where=1%3D1",
         "arcgis", "https://a.fr/arcgis/rest/services/Arbres/FeatureServer/3", ""),
        ("https://a.fr/server/rest/services/X/MapServer/0", "arcgis", "https://a.fr/server/rest/services/X/MapServer/0", ""),
    ],
)  # fmt: skip
def test_tables_are_known_by_their_addresses(
    url: str, dialect: str, found: str, layer: str
) -> None:
    ((name, (endpoint,)),) = endpoints(entry(url), WORDS).items()
    assert (name, endpoint.url, endpoint.layer, endpoint.key) == (dialect, found, layer, url)


@pytest.mark.parametrize(
    "url",
    ["https://d.fr/arbres.csv", "https://d.fr/collections", "https://a.fr/arcgis/rest/services/X/FeatureServer",
     "https://g.fr/geoserver/wms?service=WMS&layers=a", "https://g.fr/wfs?service=WFS&typeNames=a,b",
     "https://[bad/explore/dataset/x/", "ftp://d.fr/explore/dataset/x/", "mailto:a@b.fr",
     f"https://other.fr/datasets/r/{UUID}", "https://d.fr/explore/dataset/" + "x" * 9000],
)  # fmt: skip
def test_other_addresses_are_left_alone(url: str) -> None:
    assert endpoints(entry(url), WORDS) == {}


def test_the_layer_of_a_service_may_be_what_its_distribution_is_called() -> None:
    url = "https://g.fr/geoserver/wfs?service=WFS&request=GetCapabilities"
    assert endpoints(entry(url, title="v:arbres"), WORDS)["wfs"][0].layer == "v:arbres"
    assert endpoints(entry(url, title="Les arbres de la ville"), WORDS) == {}


def test_a_table_with_many_addresses_is_one_table() -> None:
    base = "https://d.fr/api/explore/v2.1/catalog/datasets/arbres"
    listed = entry(f"{base}/exports/csv", f"{base}/exports/json", f"{base}/records")
    assert len(endpoints(listed, WORDS)["opendatasoft"]) == 1


def test_of_a_portal_s_files_only_tables_are_tables() -> None:
    urls = [f"https://www.data.gouv.fr/fr/datasets/r/{UUID[:-1]}{n}" for n in range(3)]
    listed = entry(*urls)
    forms = ("CSV", "PDF", "SHP")
    for item, form in zip(listed["distribution"], forms, strict=True):
        item["format"] = f"http://publications.europa.eu/resource/authority/file-type/{form}"
    assert [endpoint.key for endpoint in endpoints(listed, WORDS)["tabular"]] == urls[:1]


def asked(listed: dict[str, Any], *answers: bytes | Exception) -> Any:
    """What a survey comes to, with these answers one after the other."""
    conversation = survey(endpoints(listed, WORDS), [commune()], WORDS)
    question: Question | None = None
    try:
        question = next(conversation)
        for answer in answers:
            if isinstance(answer, Exception):
                question = conversation.throw(answer)
            else:
                question = conversation.send(Reply(answer, question.url))
    except StopIteration as done:
        return done.value
    raise AssertionError(f"one more question: {question}")


def test_more_tables_than_can_be_asked_make_no_slice() -> None:
    many = entry(*(f"https://g.fr/collections/a{n}/items" for n in range(6)))
    found = asked(many)
    assert isinstance(found, Refusal)
    assert found.code == "too-many-tables"


def test_a_portal_that_does_not_know_the_dataset_refuses_and_one_that_breaks_fails() -> None:
    listed = entry("https://d.fr/api/explore/v2.1/catalog/datasets/arbres/records")
    found = asked(listed, SourceRefused("gone", status=404))
    assert (found.code, "gone" in found.told) == ("portal-refuses", True)
    with pytest.raises(SourceFailed):
        asked(listed, SourceFailed("500", status=500))
    with pytest.raises(SourceRefused):  # "slow down", or an expired key: no proof of anything
        asked(listed, SourceRefused("403", status=403))
    with pytest.raises(SourceFailed, match="no JSON"):
        asked(listed, b"<html>")


def test_the_id_of_a_slice_follows_from_its_parent_and_its_commune() -> None:
    one = slice_id("01a21580-1719-7d8d-af42-0b351bb26142", "fr:commune:92048")
    assert one == slice_id("01a21580-1719-7d8d-af42-0b351bb26142", "fr:commune:92048")
    assert one != slice_id("01a21580-1719-7d8d-af42-0b351bb26142", "fr:commune:92072")


def part(**how: Any) -> Part:
    link = Link("CSV", "https://d.fr/x.csv?where=a", "text/csv")
    endpoint = Endpoint("opendatasoft", "https://d.fr", "k")
    made = {"rows": 3, "total": 12_000, "reason": "le champ « a » contient 92048", **how}
    return Part(
        endpoint, "insee", "a", "where=a", made["reason"], made["rows"], made["total"], (link,)
    )


def localised(parent: dict[str, Any], *parts: Part) -> dict[str, Any]:
    unit = gazetteer().unit("fr:commune:92048")
    assert unit is not None
    return local_entry(parent, unit, "https://x.fr/datasets/p", parts, "2026-05-01T10:00:00Z")


def test_a_slice_says_nothing_that_only_its_parent_may_say_of_itself() -> None:
    parent = entry("https://d.fr/x.csv") | {
        "iri": "https://d.fr/x", "identifier": ["x"], "other_identifier": [{"notation": "y"}],
        "source": ["https://d.fr/s"], "theme": ["t"], "license": "l", "keyword": {"fr": ["k"]},
    }  # fmt: skip
    made = localised(parent, part())
    assert not {"iri", "identifier", "other_identifier", "source"} & made.keys()
    assert (made["theme"], made["license"], made["keyword"]) == (["t"], "l", {"fr": ["k"]})
    assert made["distribution"][0]["license"] == "l"


def test_a_description_keeps_its_form() -> None:
    plain = localised(entry() | {"description": {"fr": "Eau & gaz < 5 ans"}}, part())
    assert plain["description"]["fr"].endswith("\n\nEau & gaz < 5 ans")
    assert "<p>" not in plain["description"]["fr"]
    marked = localised(
        entry() | {"description": {"fr": "<p>Eau</p>"}}, part(reason="le champ « <a> »")
    )
    assert marked["description"]["fr"].startswith("<p>Extrait limité à Meudon : 3 lignes sur")
    assert "« &lt;a&gt; »" in marked["description"]["fr"]


def test_several_tables_are_added_up_and_told_apart() -> None:
    made = localised(entry(), part(), part(rows=1, total=4))
    assert "4 lignes sur 12\u202f004" in made["description"]["fr"]
    titles = [each["title"]["fr"] for each in made["distribution"]]
    assert titles == ["Meudon — CSV, tableau 1", "Meudon — CSV, tableau 2"]
