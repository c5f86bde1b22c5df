"""Sentences that keep something from the public: limits of the INSPIRE directive and of French law, and how people say it."""

from __future__ import annotations

import re

from harvester.map.text import bare

_LONGEST = 5_000
_SAYS = re.compile(
    r"\barticle ?13 1 [a-h]\b|\barticle ?13 1[a-h]\b"  # INSPIRE, article 13 (1)
    r"|\bl ?124 [45]\b|\bl ?311 [56]\b"  # code de l'environnement, CRPA
    r"|^[a-h] (?:l[ae]s? |l )?(?:confidentialit|relations internationales|bonne marche|droits de propri|interets ou|protection)"
    r"|\b(?:acces|consultation|communication|diffusion)(?: public| publique)?(?: est)?(?: strictement| exclusivement| uniquement)?"
    r" (?:restreinte?|limitee?|reservee?|interdite?|confidentielle?)\b"
    r"|\b(?:usages?|utilisation|donnees?|jeu de donnees|informations?)(?: est| sont)?(?: strictement| exclusivement| uniquement)?"
    r" (?:restreinte?s?|reservee?s?|confidentiel(?:le)?s?)\b"
    r"|\busages? (?:strictement |exclusivement |uniquement )?internes?\b"
    r"|\bnon (?:diffusable|communicable)s?\b|\b(?:ne pas|pas a) diffuser\b"
)


def restriction(value: str) -> str | None:
    """Reconnaît une phrase qui restreint l'accès (« accès réservé », article 13.1 d'INSPIRE, L. 124-5…) et garde « restricted »."""
    return "restricted" if _SAYS.search(bare(value[:_LONGEST])) else None
