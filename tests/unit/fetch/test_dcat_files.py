"""DCAT from files: no portal needed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from harvester.config import HttpSettings, Source
from harvester.errors import ConfigurationError, SourceRefused
from harvester.fetch import connector, files
from harvester.fetch.walk import Walk
from harvester.http import Client
from harvester.model import Record
from harvester.parse.page import Request


def source(url: str, **options: object) -> Source:
    return Source(
        id="essai",
        name="Essai",
        kind="dcat",
        url=url,
        level="commune",
        territory="fr:commune:92040",
        options=options,
    )


def dataset(number: int) -> bytes:
    return (
        f"<http://p.test/d/{number}> a <http://www.w3.org/ns/dcat#Dataset> ;"
        f' <http://purl.org/dc/terms/title> "Jeu {number}" .'
    ).encode()


def ids(src: Source) -> list[str]:
    kind = connector("dcat")
    options = kind.Options(**src.options)
    found = []
    with Client(HttpSettings(), home=src.url) as client:
        walk = Walk(
            kind.start(src, options, None),
            client,
            lambda _: None,
            hint=lambda page: kind.hint(page, src, options),
        )
        while fetched := walk.next():
            assert fetched.page is not None
            here = [
                item.id
                for item in kind.read(fetched.page, src, options)
                if isinstance(item, Record)
            ]
            walk.learn(fetched, [], None, here)
            found += here
    assert walk.complete
    return found


def test_a_directory_is_read_file_by_file_in_order_of_name(tmp_path: Path) -> None:
    (tmp_path / "b.ttl").write_bytes(dataset(2))
    (tmp_path / "a.nt.gz").write_bytes(gzip.compress(dataset(1)))
    (tmp_path / "c.txt").write_bytes(b"notes")
    (tmp_path / ".d.ttl").write_bytes(dataset(4))
    assert ids(source(tmp_path.as_uri())) == ["http://p.test/d/1", "http://p.test/d/2"]


def test_a_path_without_scheme_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a b.ttl").write_bytes(dataset(1))
    assert ids(source(str(tmp_path / "a b.ttl"))) == ["http://p.test/d/1"]


def test_a_missing_file_and_an_empty_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="cannot read"):
        files.read((tmp_path / "none.ttl").as_uri())
    with pytest.raises(SourceRefused, match="no file"):
        list(files.expand(Request(tmp_path.as_uri())))


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'dcat'"):
        connector("dcta")


def test_the_hint_finds_the_next_page_in_every_syntax() -> None:
    from harvester.parse.paging import next_in_bytes

    for text in (
        '<hydra:next rdf:resource="http://p.test/c?page=2&amp;n=1"/>',
        "<hydra:nextPage>http://p.test/c?page=2&amp;n=1</hydra:nextPage>",
        "hydra:next <http://p.test/c?page=2&n=1> ;",
        'hydra:nextPage "http://p.test/c?page=2&n=1" ;',
        "<http://www.w3.org/ns/hydra/core#next> <http://p.test/c?page=2&n=1> .",
        '"http://www.w3.org/ns/hydra/core#next": [{"@id": "http://p.test/c?page=2&n=1"}]',
        '"http://www.w3.org/ns/hydra/core#nextPage": [{"@value": "http://p.test/c?page=2&n=1"}]',
        '"hydra:next": {\n "@id": "http://p.test/c?page=2&n=1"}',
        '"hydra:nextPage": "http://p.test/c?page=2&n=1"',
    ):
        assert next_in_bytes(text.encode(), "http://p.test/c") == "http://p.test/c?page=2&n=1", text
    assert next_in_bytes(b'xmlns:hydra="http://www.w3.org/ns/hydra/core#"', "http://p.test/") == ""


def test_the_same_file_twice_is_noted_and_the_directory_still_read_to_its_end(
    tmp_path: Path,
) -> None:
    for name, number in (("a", 1), ("b", 2), ("b (copy)", 2), ("c", 3)):
        (tmp_path / f"{name}.ttl").write_bytes(dataset(number))
    src = source(str(tmp_path))
    served = connector("dcat")
    options = served.Options.model_validate(src.options)
    with Client(HttpSettings(), contact="", home="") as client:
        walk = Walk(served.start(src, options, None), client, lambda _: None)
        read = []
        while fetched := walk.next():
            assert fetched.page is not None
            items = list(served.read(fetched.page, src, options))
            read += [item.id for item in items if isinstance(item, Record)]
            walk.learn(fetched, (), None, [i.id for i in items if isinstance(i, Record)])
    assert len(read) == 3
    assert [(problem.code, problem.severity) for problem in walk.problems] == [
        ("page-repeated", "info")
    ]
    assert walk.complete


def test_json_of_another_kind_of_portal_names_the_kind_to_set(tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    file.write_text('{"success": true, "result": []}')
    with pytest.raises(SourceRefused, match=r'CKAN API, not DCAT; set kind = "ckan"') as refused:
        ids(source(file.as_uri()))
    assert refused.value.context["code"] == "another-kind"
