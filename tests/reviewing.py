"""Two cities with a pair that waits for a person's word, for the tests of the review by command and on the web."""

from __future__ import annotations

from tests.portal import Portal
from tests.territory import Territory, dataset, turtle

ONE, OTHER = "Arbres remarquables de Meudon", "Arbres remarquables de la ville de Meudon"
A = "a/https://a.example/datasets/a0"
B = "b/https://b.example/datasets/b0"


def waiting(
    territory: Territory, portal: Portal, *, access: str = "public", same_text: bool = False
) -> None:
    """Harvest a city's trees twice: the same day and place, but told in other words, so that only a person can be sure."""
    for source, title, whose in (("a", ONE, "la"), ("b", OTHER, "notre")):
        hidden = f'access = "{access}"' if source == "b" else ""
        territory.source(source, portal, f"/{source}.ttl", more=hidden)
        home = f"https://{source}.example"
        text = f"Chaque arbre remarquable de {'sa' if same_text else whose} ville, son essence."
        more = f'dct:issued "2024-03-05" ; dct:description "{text}"@fr ;'
        other = dataset(f"{source}1", f"Autre {source}", home=home)
        its = dataset(f"{source}0", title, more, home=home)
        portal.answer(f"/{source}.ttl", turtle(its, other), media_type="text/turtle")
        assert territory.run(source).outcome == "success"
