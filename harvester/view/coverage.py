"""Which territories an entry is about, and how we know.

Evidence, strongest first: what the entry states (a code, an IRI, a name of a place of the source's
territory), who publishes it, where it was found. How they are weighed against each other:

* A statement inside the source's territory decides alone: a département's portal says "Suresnes".
* Else a publisher inside the source's territory decides: a région's portal lists a city's data. What was
  stated beyond the source's territory is believed too.
* Else all count together: what is stated beyond, the publisher from elsewhere, the source's own territory.

"France" says nothing: portals put it everywhere by default. It holds where nothing narrower is known and
the source itself is national.
"""

from __future__ import annotations

import re
from functools import lru_cache

from harvester.config import Source
from harvester.model import Coverage, Entry, Text
from harvester.territory import Gazetteer
from harvester.territory.codes import unit_of
from harvester.view.bodies import governed

_LIST = re.compile(r"\s*[,;/|]\s*")
_LONGEST = 200

Written = tuple[str | None, str | None, tuple[str, ...]]
"""What an agent or a location says of itself: identifier, IRI, names."""


def coverage(entry: Entry, source: Source, gazetteer: Gazetteer) -> tuple[Coverage, ...]:
    """The territories `entry` is about, most specific evidence first; never empty.

    Answers are remembered by what was written, since catalogues repeat themselves.
    """
    places = tuple((place.identifier, place.iri, _names(place.name)) for place in entry.spatial)
    body = entry.publisher
    publisher = (body.identifier, body.iri, _names(body.name)) if body else None
    return _covered(gazetteer, source.territory, places, publisher)


def _names(text: Text) -> tuple[str, ...]:
    """The names in all languages; what is longer than any name is prose, and not worth remembering."""
    return tuple([name for name in text.values() if len(name) <= _LONGEST]) if text else ()


@lru_cache(maxsize=16_384)
def _covered(
    gazetteer: Gazetteer, territory: str, places: tuple[Written, ...], publisher: Written | None
) -> tuple[Coverage, ...]:
    stated: dict[str, str] = {}
    for identifier, iri, names in places:
        for code, how in _stated(identifier, iri, names, gazetteer, territory):
            if code != "fr":
                stated.setdefault(code, how)
    inside = [code for code in stated if gazetteer.encloses(territory, code)]
    if inside:
        wider = {outer for code in inside for outer in gazetteer.enclosing(code)[1:]}
        return tuple(Coverage(code, stated[code]) for code in inside if code not in wider)
    beyond = [Coverage(code, how) for code, how in stated.items()]
    body = governed(*publisher, gazetteer, territory) if publisher else None
    if body and body != territory:
        beyond.append(Coverage(body, "publisher"))
    if body and gazetteer.encloses(territory, body):
        return tuple(beyond) if body != territory else (*beyond, Coverage(body, "publisher"))
    return (*beyond, Coverage(territory, "source"))


def _stated(
    identifier: str | None,
    iri: str | None,
    names: tuple[str, ...],
    gazetteer: Gazetteer,
    territory: str,
) -> list[tuple[str, str]]:
    """(unit, how) of one location: its code, else its IRI, else its name."""
    for written, how in ((identifier, "stated"), (iri, "uri")):
        code = unit_of(written, gazetteer, territory) if written else None
        if code:
            return [(code, how)]
    for name in names:
        codes = [gazetteer.named(part, within=territory) for part in _LIST.split(name) if part]
        known = [code for code in codes if code and gazetteer.encloses(territory, code)]
        if known and len(known) == len(codes):
            return [(code, "stated") for code in known]
    return []
