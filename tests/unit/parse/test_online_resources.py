"""Where online resources lead, by protocol, function and address."""

from __future__ import annotations

import pytest

from harvester.parse.online_resources import leads


@pytest.mark.parametrize(
    ("url", "protocol", "service", "endpoint"),
    [
        ("https://a.fr/wms?map=/x.map&SERVICE=WMS&REQUEST=GetCapabilities", "", "WMS", "https://a.fr/wms?map=/x.map"),
        ("https://a.fr/ows", "OGC:WFS-2.0.0-http-get-capabilities", "WFS", "https://a.fr/ows"),
        ("https://a.fr/ows", "OGC Web Map Service", "WMS", "https://a.fr/ows"),
        ("https://a.fr/geoserver/wfs", "WWW:LINK-1.0-http--link", "WFS", "https://a.fr/geoserver/wfs"),
        ("https://a.fr/arcgis/rest/services/x/MapServer", "", "ESRI:REST", "https://a.fr/arcgis/rest/services/x/MapServer"),
        ("https://a.fr/tuiles", "OGC:WMTS", "WMTS", "https://a.fr/tuiles"),
    ],
)  # fmt: skip
def test_services_are_recognised_with_their_address(
    url: str, protocol: str, service: str, endpoint: str
) -> None:
    found = leads(url, protocol)
    assert (found["leads"], found["service"], found["endpoint"]) == ("service", service, endpoint)


@pytest.mark.parametrize(
    ("url", "protocol", "function", "name", "where"),
    [
        ("https://a.fr/x.zip", "WWW:DOWNLOAD-1.0-http--download", "", "", "data"),
        ("https://a.fr/page", "WWW:LINK-1.0-http--link", "", "", "data"),
        ("https://a.fr/page", "WWW:LINK", "information", "", "information"),
        ("https://a.fr/geonetwork/srv/fre/catalog.search#/metadata/abc", "WWW:DOWNLOAD", "", "", "metadata"),
        ("https://a.fr/csw?request=GetRecordById&id=1", "", "", "", "metadata"),
        ("https://a.fr/v.png", "image/png", "", "thumbnail", "picture"),
        ("http://[", "", "", "", "data"),
    ],
)  # fmt: skip
def test_what_is_no_service_is_data_a_page_the_metadata_or_a_picture(
    url: str, protocol: str, function: str, name: str, where: str
) -> None:
    assert leads(url, protocol, function, name)["leads"] == where


def test_a_question_for_features_is_a_file_in_the_format_asked_for() -> None:
    url = "https://a.fr/wfs?service=WFS&request=GetFeature&typename=x&outputFormat=shape-zip"
    assert leads(url, "OGC:WFS") == {"leads": "data", "download": url, "format": "shape-zip"}


@pytest.mark.parametrize(
    "url", ["https://a]b/wms?x=1", "https://a\u2100b.fr/wms?x=1", "https://[a/wms?x=1"]
)
def test_what_is_no_address_costs_nothing(url: str) -> None:
    assert leads(url, "")["leads"] == "data"
    assert leads(url, "OGC:WMS") == {"leads": "service", "service": "WMS", "endpoint": url}


@pytest.mark.parametrize("piece", ["/geonetwork", "/rest/services/", "/records/a", "?request=get"])
def test_an_address_without_end_is_left_at_once(piece: str) -> None:
    # Quadratic, each of them would take minutes.
    assert leads("https://a.fr" + piece * 50_000, "")["leads"] == "data"
