"""A key in a source's address, a token in its settings: asked with, and found nowhere afterwards."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import zstandard

from harvester.store.tables import metadata
from tests.portal import Answer, Asked, Portal
from tests.territory import PREFIXES, Territory

KEY = "pa55word"
TURTLE = "text/turtle"


def told(territory: Territory) -> str:
    """All that the database holds, and what readers are shown."""
    held: list[str] = [repr(row) for row in territory.rows("", "agents")]
    for table in metadata.tables:
        for row in territory.sql(f'SELECT * FROM "{table}"'):
            held += [_text(value) for value in row]
    return "\n".join(held)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        if value.startswith(b"\x28\xb5\x2f\xfd"):
            value = zstandard.ZstdDecompressor().decompressobj().decompress(value)
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def test_an_address_that_has_the_key_is_no_address_of_the_records(
    territory: Territory, portal: Portal
) -> None:
    portal.answer(
        f"/catalog.ttl?apikey={KEY}&lang=fr",
        PREFIXES
        + '<#un> a dcat:Dataset ; dct:title "Un"@fr .\n[] a dcat:Dataset ; dct:title "Deux"@fr .',
        media_type=TURTLE,
    )
    territory.source("meudon", portal, f"/catalog.ttl?apikey={KEY}&lang=fr")
    assert territory.run("meudon").outcome == "success"
    assert territory.titles() == ["Deux", "Un"]
    assert KEY not in told(territory)


def records(asked: Asked) -> Answer:
    """OGC API Records that writes the key into every link, as servers do that repeat the question."""
    if f"apikey={KEY}" not in asked.path:
        return Answer(401)
    first = "offset=" not in asked.path
    link = f"https://portail.example/files/{1 if first else 2}.csv?apikey={KEY}"
    feature = {
        "id": "un" if first else "deux",
        "properties": {"title": "Un" if first else "Deux"},
        "links": [
            {"rel": "enclosure", "href": link, "type": "text/csv"},
            {"rel": "about", "href": f"https://portail.example/fiche?apikey={KEY}&lang=fr"},
        ],
    }
    following = f"?f=json&limit=100&offset=1&apikey={KEY}"
    answer = {
        "features": [feature],
        "numberMatched": 2,
        "links": [{"rel": "next", "href": following, "type": "application/geo+json"}]
        if first
        else [],
    }
    return Answer(body=orjson.dumps(answer), media_type="application/geo+json")


def test_a_portal_that_repeats_the_key_does_not_publish_it_through_us(
    territory: Territory, portal: Portal
) -> None:
    portal.answers("/collections/catalogue/items", records)
    territory.source(
        "meudon", portal, f"/collections/catalogue/items?apikey={KEY}", kind="ogcrecords"
    )
    first = territory.run("meudon")
    assert (first.outcome, first.counts.seen) == ("success", 2)
    assert KEY not in told(territory)
    body = b"".join(row.body for row in territory.rows()).decode()
    assert '"https://portail.example/files/1.csv"' in body
    assert '"https://portail.example/fiche?lang=fr"' in body
    # What is remembered of the pages is enough to ask again, with the key.
    second = territory.run("meudon")
    assert (second.outcome, second.counts.unchanged, second.pages_unchanged) == ("success", 2, 2)
    assert KEY not in told(territory)


@pytest.mark.parametrize("setting", [f'token = "{KEY}"', f'headers = {{"X-Api-Key" = "{KEY}"}}'])
def test_a_portal_that_says_the_token_aloud_does_not_write_it_into_our_problems(
    territory: Territory, portal: Portal, setting: str
) -> None:
    portal.answer("/data.json", f"<html>your key {KEY} has expired</html>", media_type="text/html")
    territory.source(
        "meudon", portal, "/data.json", kind="datajson", http=f"retries = 0\n{setting}"
    )
    outcome = territory.run("meudon")
    assert outcome.outcome == "refused"
    assert KEY not in told(territory) + outcome.message


@pytest.mark.parametrize("kind", ["dcat", "datajson", "csw", "ogcrecords", "table"])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500),
        Answer(body=b"<html><body>Maintenance</body></html>", media_type="text/html"),
        Answer(body=b"", media_type="text/plain"),
        Answer(status=403),
    ],
    ids=["500", "html", "empty", "403"],
)
def test_what_goes_wrong_is_told_without_the_key(
    territory: Territory, portal: Portal, kind: str, answer: Answer
) -> None:
    portal.answers("*", answer)
    path = {"ogcrecords": "/collections/a/items", "csw": "/csw"}.get(kind, "/catalogue")
    territory.source("meudon", portal, f"{path}?apikey={KEY}", kind=kind)
    outcome = territory.run("meudon")
    assert outcome.counts.seen == 0
    assert KEY not in told(territory) + outcome.message
