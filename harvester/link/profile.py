"""All that is compared of a record, read once from its mapped values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from harvester.link import names
from harvester.link.periods import Period, of_dates, read_period
from harvester.link.places import NOWHERE, STATE, Codes, Places
from harvester.link.pointers import Portal, Portals, address, clean_id, dataset_at, expand
from harvester.link.titles import Synonyms, Title, read_title
from harvester.link.words import folded, stem, tokens

Values = Mapping[str, Any]

FIRM, MEANT, SAID, NONE = 3, 2, 1, 0
"""How sure a place is: its name or number in title or id; that of who made it; what a field says; not known."""

_REMEMBERED = 4_096
_HEX = re.compile(r"^[0-9a-f]{16,}(?:_\d+)?$|^[0-9a-f]{8}-[0-9a-f]{4}-")
_AFTER_NAME = re.compile(r"\s+-\s+.*$|\s*\([^)]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Publisher:
    """`codes` are the units that the name or the number stands for, `name` what is compared otherwise."""

    name: str
    codes: Codes = NOWHERE
    siren: str = ""


def same_publisher(one: Publisher, two: Publisher) -> bool:
    """Whether two are one body, by number, by place (but the State has many), by name."""
    if one.siren and two.siren:
        return one.siren == two.siren or (one.codes == two.codes and bool(one.codes - {STATE}))
    if one.codes and one.codes == two.codes and STATE not in one.codes:
        return True
    return bool(one.name) and one.name == two.name


@dataclass(frozen=True, slots=True)
class Profile:
    """A record as it is compared. `own` is the dataset it is on its portal, `names` its own addresses and UUIDs, `points`
    the datasets it says it is, `guess` the one all its files are of, `weak` and `pages` what others may bear too. `local` is its id where it is readable, without marks of copying. `ids` is
    which id the dataset has on each portal, as far as the record tells."""

    key: str
    portal: Portal
    own: str
    names: tuple[str, ...]
    local: str
    points: tuple[str, ...]
    guess: str
    files: tuple[str, ...]
    weak: tuple[str, ...]
    pages: tuple[str, ...]
    title: Title
    when: Period | None
    dated: int
    where: Codes
    sure: int
    publisher: Publisher
    text: str
    issued: str
    modified: str
    keywords: frozenset[str]
    box: tuple[float, float, float, float] | None
    native: bool
    ids: Mapping[str, str]


@dataclass(slots=True)
class Reader:
    """Makes profiles; what titles, names and slugs say is remembered."""

    places: Places
    portals: Portals
    synonyms: Synonyms
    _titles: dict[str, Title] = field(default_factory=dict)
    _homes: dict[str, frozenset[str]] = field(default_factory=dict)
    _publishers: dict[tuple[str, str], Publisher] = field(default_factory=dict)

    def read(self, values: Values, portal: Portal, record: str, key: str = "") -> Profile:
        """The profile of an entry that `portal` shows under the id `record`; `key` is its own among all records."""
        local = clean_id(record)
        at = dataset_at(local, self.portals) if "://" in local else None
        if at is not None:
            local = at[1]
        own = f"{portal.key}/{local}"
        home = self._homes.get(portal.key)
        if home is None:
            home = frozenset([portal.key, *(self.portals.key(name) for name in portal.hosts)])
            self._homes[portal.key] = home
        points, weak = self._identities(values, portal, local, home)
        guess, files = self._files(values, portal, local, home, bool(points))
        text = _first(values.get("title"))
        title = self._titles.get(text)
        if title is None:
            if len(self._titles) >= _REMEMBERED:
                self._titles.clear()
            title = self._titles[text] = read_title(text, self.places, self.synonyms)
        origin = points[-1] if points else guess
        slug = local if not _HEX.match(local) else origin.partition("/")[2]
        if _HEX.match(slug):
            slug = ""
        when, dated = _when(title, slug, values)
        publisher = self._publisher(values.get("publisher"))
        where, sure = self._where(title, slug, origin, portal, publisher, values)
        owner = portal.owner
        return Profile(
            key or f"{portal.key}|{record}",
            portal,
            own,
            names.own(values, record),
            _bare(slug),
            points,
            guess,
            files,
            weak,
            names.pages(values),
            title,
            when,
            dated,
            where,
            sure,
            publisher,
            _text(_first(values.get("description"))),
            (values.get("issued") or "")[:10],
            (values.get("modified") or "")[:10],
            frozenset(
                word
                for words in (values.get("keyword") or {}).values()
                for phrase in words
                for word in _phrase(phrase)
            ),
            _box(values.get("spatial")),
            owner is not None and owner in publisher.codes and not points,
            _ids(own, (*points, *self._sources(values)), guess, portal),
        )

    def _identities(
        self, values: Values, portal: Portal, local: str, home: frozenset[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(operational pointers, nearest first; weak identifiers)."""
        portals = self.portals
        found: list[tuple[str, str]] = expand(portal.key, local, portals)[1:]
        weak: list[str] = []
        for written in (values.get("iri"), *values.get("identifier", ())):
            if written and "://" in written:
                at = dataset_at(written, portals)
                if at is not None and at[0] not in home:
                    found += expand(*at, portals)
        for other in values.get("other_identifier", ()):
            notation = other.get("notation") or ""
            scheme = other.get("scheme") or ""
            at = dataset_at(notation, portals) if "://" in notation else None
            if portals.names(scheme):
                if at is None:
                    at = (portals.key(scheme), clean_id(notation))
                if at != (portal.key, local):
                    found += expand(*at, portals)
            elif at is not None:
                if at != (portal.key, local):
                    weak.append(f"{at[0]}/{at[1]}")
            elif notation:
                said = clean_id(f"{scheme}:{notation}" if scheme else notation)
                weak += names.spoken(notation) or (said,)
        for page in values.get("landing_page", ()):
            at = dataset_at(page, portals)
            if at is not None and at[0] not in home:
                found += expand(*at, portals)
        return (
            tuple(dict.fromkeys(f"{name}/{dataset}" for name, dataset in found)),
            tuple(dict.fromkeys(weak)),
        )

    def _sources(self, values: Values) -> Iterator[str]:
        """The datasets that a record is said to be derived from: not what it is, but what sets it apart from others."""
        for page in values.get("source", ()):
            at = dataset_at(page, self.portals)
            if at is not None:
                yield f"{at[0]}/{at[1]}"

    def _files(
        self, values: Values, portal: Portal, local: str, home: frozenset[str], known: bool
    ) -> tuple[str, tuple[str, ...]]:
        """(the dataset that all files are of where nothing else tells the origin, addresses of files)."""
        datasets: dict[tuple[str, str], None] = {}
        files: dict[str, None] = {}
        last = ""
        for distribution in values.get("distribution", ()):
            for kind in ("download_url", "access_url"):
                for url in distribution.get(kind, ()):
                    if (last and last in url) or (not portal.gathers and f"/{local}/" in url):
                        continue
                    at = dataset_at(url, self.portals)
                    if at is None:
                        written = address(url)
                        if written:
                            files[written] = None
                    elif at[0] not in home:
                        datasets[at] = None
                        last = f"/{at[1]}/"
        guess = ""
        if not known and len(datasets) == 1:
            name, dataset = expand(*next(iter(datasets)), self.portals)[-1]
            guess = f"{name}/{dataset}"
        return guess, tuple(files)[:8]

    def _publisher(self, agent: Mapping[str, Any] | None) -> Publisher:
        if not agent:
            return Publisher("")
        name = _first(agent.get("name"))
        siren = (agent.get("identifier") or "")[:9]
        known = self._publishers.get((name, siren))
        if known is None:
            known = self._publishers[name, siren] = self._read_publisher(name, siren)
        return known

    def _read_publisher(self, name: str, siren: str) -> Publisher:
        plain = _AFTER_NAME.sub("", name)
        folded_name = " ".join(tokens(folded(plain)))
        codes = self.places.named(plain)
        code = self.places.by_siren.get(siren)
        if code is not None and self.places.level(code) != "etat":
            codes = frozenset([code])
        return Publisher(folded_name, codes, siren or self.places.bodies.get(folded_name, ""))

    def _where(
        self,
        title: Title,
        slug: str,
        origin: str,
        portal: Portal,
        publisher: Publisher,
        values: Values,
    ) -> tuple[Codes, int]:
        """(places, how sure): the best evidence, narrowed by the rest."""
        numbered = self.places.numbered(slug)
        made: list[Codes] = []
        first = self.portals.by_key.get(origin.partition("/")[0]) if origin else None
        if first is not None and first.owner:
            made.append(frozenset([first.owner]))
        if publisher.codes:
            made.append(publisher.codes)
        if portal.owner and not origin:
            made.append(frozenset([portal.owner]))
        said = self._stated(values)
        evidence = [numbered, *made, *said]
        if title.where:
            where = self._narrowed(title.where, evidence)
            if title.whole:
                return where, FIRM if len(where) == 1 else SAID
            if where != title.where and len(where) == 1:
                return where, MEANT
        if numbered:
            return numbered, FIRM
        for codes in made:
            if len(codes) == 1 and self.places.level(next(iter(codes))) == "commune":
                return codes, MEANT
        for codes in said:
            if any(self.places.level(code) == "commune" for code in codes):
                return codes, SAID
        for codes in (*made, *said):
            if codes:
                return self._narrowed(codes, evidence), SAID
        return NOWHERE, NONE

    def _narrowed(self, where: Codes, evidence: Iterable[Codes]) -> Codes:
        """Of several candidates those that the rest speaks for."""
        encloses = self.places.encloses
        for codes in evidence:
            if len(where) == 1:
                break
            if not codes:
                continue
            narrower = where & codes or frozenset(
                code for code in where if any(encloses(outer, code) for outer in codes)
            )
            where = narrower or where
        return where

    def _stated(self, values: Values) -> list[Codes]:
        found: list[Codes] = []
        for place in values.get("spatial", ()):
            code = place.get("identifier")
            if code and code in self.places.units:
                found.append(frozenset([code]))
            name = _first(place.get("name"))
            if name:
                codes = self.places.named(name)
                if codes:
                    found.append(codes)
        return found


def _ids(own: str, points: tuple[str, ...], guess: str, portal: Portal) -> dict[str, str]:
    found: dict[str, str] = {}
    for dataset in (*points, guess, "" if portal.gathers else own):
        name, _, local = dataset.partition("/")
        if name:
            found.setdefault(name, local)
    return found


def _when(title: Title, slug: str, values: Values) -> tuple[Period | None, int]:
    """(period, how sure). A year in the title that contradicts the year in the id asserts nothing."""
    by_id = _slug_period(slug) if slug else None
    if title.when is not None:
        if by_id is None or by_id == title.when or not by_id.first:
            return title.when, FIRM
        if not title.when.first:
            return (by_id, FIRM) if by_id.part in ("", title.when.part) else (None, NONE)
        if by_id.first <= title.when.first and title.when.last <= by_id.last:
            # « … de 2021 » of a title that was cut before « à 2025 »
            cut = by_id.first == title.when.first and title.text.endswith(str(by_id.first))
            return (by_id if cut else title.when), FIRM
        if (by_id.first, by_id.last) == (title.when.first, title.when.last):
            return title.when, FIRM
        return None, NONE
    if by_id is not None:
        return by_id, MEANT
    for period in values.get("temporal", ()):
        read = of_dates(period.get("start"), period.get("end"))
        if read is not None:
            return read, SAID
    return None, NONE


@lru_cache(maxsize=4_096)
def _slug_period(slug: str) -> Period | None:
    return read_period(folded(slug.partition("@")[0]))[0]


@lru_cache(maxsize=4_096)
def _bare(slug: str) -> str:
    """An id without what copying adds: the portal after `@`, four hexadecimal digits, one more digit after a year."""
    slug = slug.partition("@")[0].replace("_", "-")
    slug = re.sub(
        r"-(?=[0-9a-f]*[a-f0-9])[0-9a-f]{4}$", lambda m: m[0] if _is_year(m[0][1:]) else "", slug
    )
    return re.sub(r"(?<!\d)((?:19|20)\d\d)\d$", r"\1", slug)


def _is_year(text: str) -> bool:
    return text.isdigit() and 1900 < int(text) < 2100


def _first(text: Any) -> str:
    """The French text of a value in several languages, else the first one."""
    if not text:
        return ""
    if isinstance(text, str):
        return text
    return str(text.get("fr") or next(iter(text.values())))


@lru_cache(maxsize=4_096)
def _phrase(phrase: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in tokens(folded(phrase)))


@lru_cache(maxsize=1_024)
def _text(description: str) -> str:
    """A description as it is compared: the words of its beginning."""
    return " ".join(tokens(folded(description[:400])))[:240]


def _box(places: Any) -> tuple[float, float, float, float] | None:
    for place in places or ():
        box = place.get("bbox")
        if box and len(box) == 4:
            return tuple(box)
    return None
