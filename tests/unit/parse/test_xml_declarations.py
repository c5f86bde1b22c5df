import pytest

from harvester.model import Record
from harvester.parse.page import Page, Request
from harvester.parse.rdf import read

DOCUMENT = """<?xml version="1.0" encoding="{}" standalone="yes"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"
  xmlns:dct="http://purl.org/dc/terms/">
  <dcat:Dataset rdf:about="https://a.example/1"><dct:title>Écoles</dct:title></dcat:Dataset>
</rdf:RDF>"""


@pytest.mark.parametrize("declared", ["ISO-8859-1", "windows-1252", "utf-16", "us-ascii", "UTF-8"])
def test_rdf_xml_in_an_encoding_it_declares_is_read(declared: str) -> None:
    content = DOCUMENT.format(declared).encode(declared, "xmlcharrefreplace")
    request = Request("https://a.example/catalogue.rdf")
    found = list(read(Page(request, request.url, content, "application/rdf+xml")))
    [record] = [item for item in found if isinstance(item, Record)]
    assert record.tree["dct:title"] == ["Écoles"]
