"""What connectors make of the address in a source's file."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from harvester.errors import SourceRefused
from harvester.fetch.addresses import beginning, home, places
from harvester.fetch.kinds import KINDS
from harvester.model import Record
from harvester.parse.page import Request
from tests.wild import ROOT, reader, walked


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_neither_a_request_nor_a_record_bears_the_password_in_the_address(kind: str) -> None:
    _, source, _, mapper = reader(kind)
    secret = source.model_copy(
        update={"url": source.url.replace("https://", "https://moi:motdepasse@")}
    )
    asked, told = [], []
    for page, found in walked(kind, secret):
        asked.append(page.request)
        for item in found:
            if isinstance(item, Request):
                asked.append(item)
            elif isinstance(item, Record):
                told += [item.raw + orjson.dumps(item.tree), item.url.encode()]
                told.append(orjson.dumps(mapper(item).values))
    assert told
    assert "motdepasse" not in str(asked)
    assert b"motdepasse" not in b"".join(told)
    assert all(request.url.startswith(ROOT) for request in asked)


PAGES = places("api", "dataset")


@pytest.mark.parametrize(
    "url",
    [
        "https://donnees.example/ckan",
        "https://donnees.example/ckan/",
        "https://donnees.example/ckan/fr/",
        "https://donnees.example/ckan/dataset/arbres?q=1#haut",
        "https://donnees.example/ckan/fr/dataset",
        "https://donnees.example/ckan/api/3/action/package_search",
    ],
)
def test_a_portal_is_found_from_any_of_its_pages(url: str) -> None:
    assert home(url, PAGES) == "https://donnees.example/ckan"


def test_a_folder_called_like_the_beginning_of_a_page_is_the_portals() -> None:
    assert home("https://donnees.example/datasets/", PAGES) == "https://donnees.example/datasets"
    assert home("https://donnees.example/od/", PAGES) == "https://donnees.example/od"


def test_a_file_is_no_portal() -> None:
    with pytest.raises(SourceRefused):
        home("file:///tmp/fiches.json", PAGES)


def test_a_path_is_that_of_a_file(tmp_path: Path) -> None:
    assert beginning(str(tmp_path / "a b.csv")) == (tmp_path / "a b.csv").as_uri()
    assert beginning("https://donnees.example/a@b") == "https://donnees.example/a@b"
