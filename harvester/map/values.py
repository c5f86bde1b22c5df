"""What an element of a record's tree says as plain text, and how a defect of it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from harvester.model import Fault, Problem, Severity

LABELS = (
    "skos:prefLabel",
    "rdfs:label",
    "dct:title",
    "foaf:name",
    "schema:name",
    "dct:description",
    "skos:notation",
    "rdf:value",
    "dct:identifier",
    "name",
    "title",
    "label",
    "display_name",
    "id",
)
"""Where an element that is a tree keeps its words, best first."""

EXCERPT = 200
"""Characters of a value that a problem quotes."""

MOST_PROBLEMS = 200
"""Problems told of one record; more are the same defect in each of a thousand files."""


class Unclean(ValueError):
    """A value that a cleaner cannot make sense of: a stable code and a message."""

    def __init__(self, code: str, message: str, severity: Severity = "warning") -> None:
        super().__init__(message)
        self.code = code
        self.severity: Severity = severity


@dataclass(slots=True)
class Outcome:
    """What mapping one record has to say besides the entry."""

    problems: list[Problem] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)

    def problem(
        self,
        code: str,
        message: str,
        path: str,
        value: object = "",
        severity: Severity = "warning",
        fault: Fault = "source",
    ) -> None:
        """Note a defect, with an excerpt of the value."""
        told = len(self.problems)
        if told < MOST_PROBLEMS:
            self.problems.append(
                Problem(code, message, severity, path, str(value)[:EXCERPT], fault)
            )
        elif told == MOST_PROBLEMS:
            self.problems.append(Problem("problems-too-many", "further ones are not told", "info"))


_TAG = re.compile(r"^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$", re.IGNORECASE)
_THREE_LETTERS = {
    "fra": "fr",
    "fre": "fr",
    "eng": "en",
    "deu": "de",
    "ger": "de",
    "nld": "nl",
    "dut": "nl",
    "spa": "es",
    "ita": "it",
    "por": "pt",
    "bre": "br",
    "cat": "ca",
    "eus": "eu",
    "cos": "co",
    "oci": "oc",
}
_tags: dict[str, str] = {}


def tag(language: str) -> str:
    """A BCP 47 tag in lower case (`fr_FR` → `fr-fr`, `fra` → `fr`), or "" for what is none."""
    try:
        return _tags[language]
    except TypeError:
        return ""
    except KeyError:
        if not isinstance(language, str):  # JSON says anything
            return ""
        clean = language.strip().replace("_", "-").lower()
        clean = _THREE_LETTERS.get(clean, clean)
        if len(_tags) > 1_000:
            _tags.clear()
        result = _tags[language] = clean if _TAG.match(clean) else ""
        return result


def said(item: Any) -> str | None:
    """The text of a value; of a tree its label, else its IRI; None where it has neither."""
    if item.__class__ is str:
        text: str = item
        return text
    if item.__class__ is dict:
        value = item.get("@value")
        if value is not None:
            return str(value)
        if "coordinates" in item:
            return orjson.dumps(item).decode()
        label = labels(item)
        if label:
            return said(label[0])
        iri = item.get("@id")
        return iri if isinstance(iri, str) else None
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(item) if isinstance(item, int | float) else None


def labels(node: dict[str, Any]) -> list[Any]:
    """The values of the first label property that a tree has."""
    for name in LABELS:
        value = node.get(name)
        if value:
            return value if isinstance(value, list) else [value]
    return []
