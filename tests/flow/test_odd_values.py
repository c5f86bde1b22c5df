"""What JSON can say and databases cannot hold: kept, or left out with a word, in SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portal import Portal
from tests.territory import Territory

ODD = {
    "nul": r'"a\u0000b"',
    "half a character": r'"a\ud83db"',
    "two halves in the wrong order": r'"\ude00\ud83d"',
    "an enormous number": "1" * 40,
    "an enormous fraction": "1e999",
    "a number of five thousand digits": "1" * 5_000,
    "not a number": "NaN",
    "a control character": r'"\u0001\u001f\u0085\u2028\ufffe"',
    "a deep tree": '{"a":' * 300 + "1" + "}" * 300,
}

WHERE: dict[str, tuple[str, str]] = {
    "ckan": (
        "/api/3/action/package_search",
        '{{"success": true, "result": {{"count": 2, "results": ['
        '{{"id": "bon", "name": "bon", "title": "Bon", "resources": []}},'
        '{{"id": {id}, "name": {v}, "title": {v}, "notes": {v}, "extras": [{{"key": "x", "value": {v}}}], "tags": [{{"name": {v}}}],'
        '"metadata_modified": {v}, "organization": {{"title": {v}}}, "resources": [{{"url": {v}, "size": {v}, "format": {v}}}]}}'
        "]}}}}",
    ),
    "opendatasoft": (
        "/api/explore/v2.1/catalog/datasets",
        '{{"total_count": 2, "results": [{{"dataset_id": "bon", "metas": {{"default": {{"title": "Bon"}}}}}},'
        '{{"dataset_id": {id}, "has_records": true, "fields": [{{"name": {v}}}], "metas": {{"default": {{"title": {v}, "modified": {v},'
        '"keyword": [{v}], "publisher": {v}, "records_count": {v}}}}}}}]}}',
    ),
    "udata": (
        "/api/1/datasets/",
        '{{"data": [{{"id": "bon", "title": "Bon"}}, {{"id": {id}, "title": {v}, "description": {v}, "tags": [{v}], "created_at": {v},'
        '"frequency": {v}, "resources": [{{"url": {v}, "title": {v}, "filesize": {v}}}]}}], "total": 2, "next_page": null}}',
    ),
    "datajson": (
        "/data.json",
        '{{"dataset": [{{"identifier": "bon", "title": "Bon"}}, {{"identifier": {id}, "title": {v}, "description": {v}, "keyword": [{v}],'
        '"modified": {v}, "spatial": {v}, "distribution": [{{"downloadURL": {v}, "byteSize": {v}}}]}}]}}',
    ),
    "ogcrecords": (
        "/collections/a/items",
        '{{"numberMatched": 2, "features": [{{"id": "bon", "properties": {{"title": "Bon"}}}},'
        '{{"id": {id}, "geometry": {v}, "properties": {{"title": {v}, "description": {v}, "keywords": [{v}]}},'
        '"links": [{{"href": {v}, "title": {v}, "rel": "enclosure"}}]}}]}}',
    ),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", WHERE)
def test_a_record_of_odd_values_costs_no_other(
    territory: Territory, portal: Portal, kind: str, odd: str
) -> None:
    path, words = WHERE[kind]
    value = ODD[odd]
    name: Any = value if value.startswith('"') else '"mauvais"'
    portal.answer(path, words.format(id=name, v=value), media_type="application/json")
    options = "[options]\ndataservices = false" if kind == "udata" else ""
    start = path if kind in ("datajson", "ogcrecords") else ""
    territory.source("meudon", portal, start, kind=kind, more=options)
    first = territory.run("meudon")
    assert "Bon" in territory.titles(), first
    second = territory.run("meudon")
    assert second.outcome == first.outcome
    assert (second.counts.new, second.counts.changed) == (0, 0)
    assert "Bon" in territory.titles()
