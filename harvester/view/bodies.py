"""Publishers → the territory they govern, where number or name leaves no doubt."""

from __future__ import annotations

import re

from harvester.territory import Gazetteer
from harvester.territory.names import fold
from harvester.view.rules import Rules, shipped

_NUMBER = re.compile(r"(?:^|[/:=])(?P<number>\d{14}|\d{9})/?$")
_BRACKETS = re.compile(r"\s*\([^)]*\)\s*$")
_JOINTS = (
    ("de ", ""),
    ("du ", "le "),
    ("des ", "les "),
    ("d ", ""),
    ("", ""),
)


def governed(
    identifier: str | None,
    iri: str | None,
    names: tuple[str, ...],
    gazetteer: Gazetteer,
    within: str,
    rules: Rules | None = None,
) -> str | None:
    """The territory a publisher governs, or None.

    By SIREN or SIRET; else by a name that says what it is ("Ville de …", "Département des …", an EPCI's
    name). A bare name of a commune counts only for a source whose territory touches it: a company may be
    called Orange. Homonyms are decided by `within`, the territory of the source.
    """
    for written in (identifier, iri):
        match = _NUMBER.search("".join(written.split())) if written else None
        found = gazetteer.siren(match["number"]) if match else None
        if found:
            return found
    rules = rules or shipped()
    for name in names:
        found = _named(_BRACKETS.sub("", name), gazetteer, within, rules)
        if found:
            return found
    return None


def _named(name: str, gazetteer: Gazetteer, within: str, rules: Rules) -> str | None:
    folded = fold(name)
    for alias, code in rules.aliases:
        if fold(alias) == folded:
            return code
    for ending in rules.endings:
        if folded.endswith(f" {ending}"):
            office = ending.removeprefix("le ").removeprefix("la ")
            folded = folded[: -len(ending) - 1]
            if any(office == known for known, _ in rules.offices):
                folded = f"{office} {folded}"
            break
    for office, level in rules.offices:
        if folded.startswith(f"{office} "):
            rest = folded[len(office) + 1 :]
            for written, article in _JOINTS:
                if rest.startswith(written):
                    found = gazetteer.named(
                        article + rest[len(written) :], level=level, within=within
                    )
                    if found:
                        return found
                    break
    found = gazetteer.group(folded, within=within)
    if found:
        return found
    found = gazetteer.named(folded, within=within)
    if found and within != "fr":
        touching = gazetteer.encloses(within, found) or gazetteer.encloses(found, within)
        return found if touching else None
    return None
