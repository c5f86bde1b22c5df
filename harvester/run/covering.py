"""Why an entry is about the territories it is about: what each rule found in a kept record, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from harvester.model import Record, Sure
from harvester.run.digest import Recipe
from harvester.view.coverage import explained

SURE: Final[dict[Sure, str]] = {
    "sure": "sûr",
    "likely": "probable",
    "default": "faute de mieux",
}
PLACES: Final[dict[str, str]] = {
    "stated": "code du lieu",
    "uri": "URI du lieu",
    "name": "nom du lieu",
    "list": "liste dans la description",
    "identifier": "SIREN dans l’identifiant",
    "title": "titre",
    "box": "emprise",
    "description": "description",
    "link": "site cité",
    "publisher": "producteur",
    "source": "territoire de la source",
}
"""Where something was found, in French."""


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing that a rule found: `territory` is None where it names none (`note` says why)."""

    rule: str
    how: str
    written: str
    territory: str | None
    name: str
    sure: Sure
    counts: bool
    note: str

    def sentence(self) -> str:
        """`Sceaux (fr:commune:92071), sûr — règle « identifiant », SIREN dans l’identifiant : …`"""
        where = f"règle « {self.rule} », {PLACES[self.how]}"
        if self.written:
            where += f" : « {self.written} »"
        if self.territory is None:
            return f"{where} — {self.note}" if self.note else where
        named = f"{self.name} ({self.territory})"
        note = f" ; {self.note}" if self.note else ""
        return f"{named}, {SURE[self.sure]} — {where}{note}"


def clues(recipe: Recipe, local_id: str, tree: dict[str, Any]) -> list[Clue]:
    """All that the rules find in a record as they stand now; none where it cannot be mapped."""
    entry = recipe.mapper(Record(local_id, tree)).entry
    if entry is None:
        return []
    _, steps = explained(entry, recipe.source, recipe.gazetteer, recipe.rules)
    found = []
    for step in steps:
        claim = step.claim
        unit = recipe.gazetteer.unit(claim.territory) if claim.territory else None
        written = " ".join(claim.written.split())
        found.append(
            Clue(
                step.rule,
                claim.how,
                written if len(written) <= 160 else f"{written[:157]}…",
                claim.territory,
                unit.name if unit else "",
                claim.sure,
                step.counts,
                claim.note,
            )
        )
    return found
