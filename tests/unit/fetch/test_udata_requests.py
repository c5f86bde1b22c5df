"""What is asked of a udata portal, and what its pages lead to."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from pydantic import ValidationError

from harvester.config import Source
from harvester.errors import SourceRefused
from harvester.fetch import udata
from harvester.fetch.udata import Options
from harvester.model import Problem, Record
from harvester.parse.page import Found, Page, Request, Total

MEUDON = "534fffb0a3a7292c64a7805c"
SIRET = "21920048200013"
HOME = "https://donnees.meudon.example"


def source(url: str = HOME, territory: str = "fr:commune:92048") -> Source:
    return Source(id="s", name="S", kind="udata", url=url, level="commune", territory=territory)


def asked(url: str = HOME, territory: str = "fr:commune:92048", **options: Any) -> list[Request]:
    return list(udata.start(source(url, territory), Options(**options), None))


def paths(requests: list[Request]) -> list[str]:
    """What is asked, without the query that all lists share."""
    shown = []
    for request in requests:
        parts = urlsplit(request.url)
        query = {k: v for k, [v] in parse_qs(parts.query).items()}
        for name in ("sort", "page", "page_size"):
            query.pop(name, None)
        shown.append(" ".join([parts.path, *(f"{k}={v}" for k, v in query.items())]))
    return shown


def page(request: Request | str, value: Any) -> Page:
    request = Request(request) if isinstance(request, str) else request
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    return Page(request, request.url, content, "application/json")


def read(request: Request | str, value: Any, **options: Any) -> list[Found]:
    return list(udata.read(page(request, value), source(), Options(**options)))


def requests(found: list[Found]) -> list[Request]:
    return [each for each in found if isinstance(each, Request)]


def problems(found: list[Found]) -> list[Problem]:
    return [each for each in found if isinstance(each, Problem)]


def listed(
    *items: Any, total: int | None = None, more: bool = False, number: int = 1
) -> dict[str, Any]:
    following = f"http://interne:7000/api/1/datasets/?page={number + 1}" if more else None
    count = len(items) if total is None else total
    return {
        "data": list(items),
        "next_page": following,
        "page": number,
        "page_size": 2,
        "total": count,
    }


def test_a_portal_of_ones_own_is_read_whole_in_the_order_of_creation() -> None:
    datasets, services = asked()
    assert paths([datasets, services]) == ["/api/1/datasets/", "/api/1/dataservices/"]
    query = parse_qs(urlsplit(datasets.url).query)
    assert (query["sort"], query["page_size"], query["page"]) == (["created"], ["50"], ["1"])


def test_only_what_is_mapped_travels() -> None:
    [(name, mask)] = asked()[0].headers
    assert name == "X-Fields"
    assert "resources{id,title" in mask
    assert "total" in mask
    assert not any(
        word in mask for word in ("metrics", "quality", "avatar", "logo", "internal", "email,")
    )
    assert mask.count("{") == mask.count("}")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.data.gouv.fr/",
        "https://www.data.gouv.fr/fr/",
        "https://www.data.gouv.fr/fr/datasets/arbres-a-meudon/",
        "https://www.data.gouv.fr/datasets/search?q=arbres",
        "https://www.data.gouv.fr/api/1/datasets/?page=3",
        "https://www.data.gouv.fr/pages/about",
    ],
)
def test_any_page_of_the_portal_says_where_it_stands(url: str) -> None:
    assert asked(url, tags=["arbre"])[0].url.startswith("https://www.data.gouv.fr/api/1/datasets/?")


def test_a_portal_may_stand_below_a_path() -> None:
    assert asked("https://ville.example/opendata/fr/")[0].url.startswith(
        "https://ville.example/opendata/api/1/datasets/?"
    )


def test_selections_of_several_kinds_are_lists_of_their_own() -> None:
    found = asked(
        organizations=[MEUDON, "ville-de-meudon"],
        sirens=[SIRET, "219200409"],
        zones=["fr:commune:92040"],
        tags=["vélo"],
        dataservices=False,
    )
    assert paths(found) == [
        f"/api/1/organizations/{MEUDON}/",
        "/api/1/organizations/ville-de-meudon/",
        f"/api/1/organizations/ business_number_id={SIRET}",
        "/api/1/organizations/ q=Issy-les-Moulineaux",
        "/api/1/datasets/ geozone=fr:commune:92040",
        "/api/1/datasets/ tag=vélo",
    ]


def test_an_organisation_s_page_leads_to_its_lists_by_its_id_and_remembers_its_siret() -> None:
    [request] = asked(organizations=["ville-de-meudon"])
    found = read(request, {"id": MEUDON, "name": "Ville de Meudon", "business_number_id": SIRET})
    assert paths(requests(found)) == [
        f"/api/1/datasets/ organization={MEUDON}",
        f"/api/1/dataservices/ organization={MEUDON}",
    ]
    assert all(urlsplit(each.url).fragment == SIRET for each in requests(found))
    item = {
        "id": "d1",
        "title": "Arbres",
        "organization": {"id": MEUDON, "name": "Ville de Meudon"},
    }
    [record] = [each for each in read(requests(found)[0], listed(item)) if isinstance(each, Record)]
    assert record.tree["derived"]["publisher"]["number"] == SIRET


def test_older_portals_without_dataservices_are_asked_for_nothing_instead() -> None:
    _, services = asked()
    assert services.instead is not None
    assert read(services.instead, {"id": "portail"}) == []


def test_organisations_are_found_by_siren_among_those_of_the_same_name() -> None:
    [request] = asked(sirens=["219200409"])
    others = [
        {"id": "1" * 24, "name": "Issy-les-Moulineaux en Transition", "business_number_id": None},
        {
            "id": "2" * 24,
            "name": "Ville d'Issy-les-Moulineaux",
            "business_number_id": "21920040900013",
        },
    ]
    found = read(request, listed(*others), sirens=["219200409"])
    assert {parse_qs(urlsplit(each.url).query)["organization"][0] for each in requests(found)} == {
        "2" * 24
    }
    assert not problems(found)


def test_a_siret_that_no_organisation_has_is_an_error_even_where_the_portal_ignores_the_question() -> (
    None
):
    [request] = asked(sirens=[SIRET])
    found = read(request, listed({"id": "1" * 24, "business_number_id": "1" * 14}), sirens=[SIRET])
    assert [(each.code, each.severity) for each in problems(found)] == [
        ("selection-unknown", "error")
    ]
    assert not requests(found)


def test_the_siren_of_no_territory_cannot_be_looked_for() -> None:
    with pytest.raises(SourceRefused, match="14 digits") as caught:
        asked(sirens=["123456789"])
    assert caught.value.context["code"] == "selection-unknown"


def test_the_national_portal_is_never_read_whole_by_mistake() -> None:
    for url in (
        "https://www.data.gouv.fr",
        "https://demo.data.gouv.fr/fr/",
        "https://data.gouv.fr/",
    ):
        with pytest.raises(SourceRefused, match="everything = true") as caught:
            asked(url, "fr")
        assert caught.value.context["code"] == "selection-missing"
    assert paths(asked("https://www.data.gouv.fr", "fr", everything=True)) == [
        "/api/1/datasets/",
        "/api/1/dataservices/",
    ]


def test_without_a_selection_the_national_portal_gives_what_concerns_the_source_s_territory() -> (
    None
):
    assert paths(asked("https://www.data.gouv.fr", "fr:commune:92040")) == [
        "/api/1/organizations/ q=Issy-les-Moulineaux",
        "/api/1/datasets/ geozone=fr:commune:92040",
    ]
    [request, _] = asked("https://www.data.gouv.fr", "fr:commune:92040")
    assert [each.severity for each in problems(read(request, listed()))] == ["info"]


def test_the_page_of_an_organisation_selects_it() -> None:
    url = "https://www.data.gouv.fr/fr/organizations/ville-de-meudon/"
    assert paths(asked(url)) == ["/api/1/organizations/ville-de-meudon/"]
    assert paths(asked(url, zones=["fr:commune:92040"])) == [
        "/api/1/datasets/ geozone=fr:commune:92040"
    ]


def test_the_kind_of_a_territory_is_not_part_of_the_name_that_is_looked_for() -> None:
    assert paths(asked(sirens=["200066009"])) == [
        "/api/1/organizations/ q=Mulhouse Alsace Agglomération"
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"everything": True, "tags": ["arbre"]},
        {"sirens": ["21920048"]},
        {"organizations": ["ville/de/meudon"]},
        {"page_size": 101},
        {"zone": ["fr:commune:92040"]},
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**options)


def test_a_page_names_the_next_one_at_its_own_address() -> None:
    [first, _] = asked()
    found = read(first, listed({"id": "a"}, {"id": "b"}, total=5, more=True))
    [second] = requests(found)
    assert second.url == first.url.replace("&page=1", "&page=2")
    assert (second.headers, second.instead) == (first.headers, None)
    assert Total(5, "datasets") in found
    assert list(udata.hint(page(first, listed({"id": "a"}, more=True)), source(), Options())) == [
        second
    ]


def test_the_last_page_names_none() -> None:
    [first, _] = asked()
    last = listed({"id": "a"}, {"id": "b"})
    assert requests(read(first, last)) == []
    assert list(udata.hint(page(first, last), source(), Options())) == []


def test_without_next_page_the_numbers_tell_whether_there_is_another() -> None:
    [first, _] = asked()
    more = listed({"id": "a"}, {"id": "b"}, total=3)
    del more["next_page"]
    assert len(requests(read(first, more))) == 1
    assert requests(read(first, {**more, "page": 2})) == []


def test_an_empty_page_never_leads_on() -> None:
    [first, _] = asked()
    assert requests(read(first, listed(total=100, more=True))) == []


def test_each_selection_has_a_total_of_its_own() -> None:
    names = set()
    for request in asked(zones=["fr:commune:92040", "fr:commune:92048"], tags=["arbre"]):
        names |= {each.of for each in read(request, listed({"id": "a"})) if isinstance(each, Total)}
    assert names == {
        "datasets fr:commune:92040",
        "datasets fr:commune:92048",
        "datasets arbre",
        "dataservices arbre",
    }


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"<!doctype html><title>Portail</title>", "not-json"),
        (b"", "page-empty"),
        (b'{"data": [', "json-syntax"),
        ({"success": True, "help": "", "result": {}}, "another-kind"),
        ({"message": "Organization arg must be an identifier"}, "api-error"),
        ({"data": 3, "page": 1}, "another-kind"),
        ([1, 2], "another-kind"),
    ],
)
def test_a_page_that_is_no_list_is_refused_with_the_reason(value: Any, code: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        read(asked()[0], value)
    assert caught.value.context["code"] == code
    with pytest.raises(SourceRefused):
        read(asked(organizations=["a"])[0], value)


def test_one_bad_record_costs_no_other() -> None:
    found = read(asked()[0], listed({"id": "a", "title": "A"}, 7, None, {"title": "sans nom"}))
    assert [each.code for each in problems(found)] == [
        "record-malformed",
        "record-malformed",
        "record-unnamed",
    ]
    assert len([each for each in found if isinstance(each, Record)]) == 2
