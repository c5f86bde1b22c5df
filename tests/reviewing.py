"""Two cities with a pair that waits for a person's word, for the tests of the review by command and on the web."""

from __future__ import annotations

from harvester.run.evidence import Evidence
from tests.portal import Portal
from tests.territory import Territory, dataset, turtle

PAGE = "dcat:landingPage <https://jeux.example/arbres> ;"
A = "a/https://a.example/datasets/a0"
B = "b/https://b.example/datasets/b0"
EVIDENCE = Evidence(
    2.1,
    (("title:near-more", 1.2), ("where:same", 2.1), ("id:other", -1.2)),
    (),
    (),
)


def waiting(territory: Territory, portal: Portal, *, access: str = "public") -> None:
    """Harvest a city's trees twice: under titles that differ by a word, so that nothing but a person can tell."""
    for source, title, more in (
        ("a", "Arbres remarquables", 'dct:description "Chaque arbre de la ville."@fr ;'),
        (
            "b",
            "Arbres remarquables municipaux",
            'dct:description "Chaque arbre de notre ville."@fr ;',
        ),
    ):
        hidden = f'access = "{access}"' if source == "b" else ""
        territory.source(source, portal, f"/{source}.ttl", more=hidden)
        home = f"https://{source}.example"
        other = dataset(f"{source}1", f"Autre {source}", home=home)
        its = dataset(f"{source}0", title, PAGE + more, home=home)
        portal.answer(f"/{source}.ttl", turtle(its, other), media_type="text/turtle")
        assert territory.run(source).outcome == "success"
