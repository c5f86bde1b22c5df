"""Who speaks for a cluster."""

from __future__ import annotations

from harvester.link.merge import Voice, elect


def voice(record: int, iri: str) -> Voice:
    return Voice(
        record, 1, "https://www.meudon.example/", "", {"iri": iri, "title": {"fr": "Arbres"}}
    )


def test_the_portal_where_a_dataset_lives_speaks_and_an_iri_that_is_no_address_is_nobody_s_home() -> (
    None
):
    voices = [
        voice(1, "https://[meudon.example/a"),
        voice(2, "https://a]b/"),
        voice(3, "https://meudon.example/a"),
    ]
    assert [each.record for each in elect(voices)] == [3, 1, 2]
