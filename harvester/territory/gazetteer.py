"""Units of the Code officiel géographique by code, SIREN, postal code and name.

Loading splits a few long strings; a `Unit` is made when somebody asks for it, an index when it is first
needed. A unit is named by its code: `fr:commune:92040`, `fr:epci:200057974` (EPCI and the établissements
publics territoriaux of the Grand Paris alike), `fr:departement:92`, `fr:region:11`, `fr`. Collectivities
overseas without a région (975, 987 …) are départements here.

What no longer is a commune of its own (merged, déléguée, associée, an arrondissement of Paris, Lyon or
Marseille) leads to the commune it belongs to by its code and its name; `part` and `parts` tell what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Literal

import orjson
import zstandard

from harvester.territory.names import fold, group_key, slug, without_article
from harvester.territory.parts import parts_by_name, read_parts
from harvester.territory.units import STATE, Box, Level, Part, Unit

_SCALE = 10_000
_VILLAGE = 5_000
"""Inhabitants below which a commune's name is first of all that of the région or département which has it, too."""


class Gazetteer:
    """Lookups over the table; every method answers None or an empty tuple for what it does not know.

    `version` (16 bytes) is the hash of the table: what was derived with another one is derived anew.
    """

    def __init__(self, table: Mapping[str, Any], version: bytes = b"") -> None:
        self.version = version
        self._foreign: Mapping[str, Mapping[str, str]] = table["foreign"]
        self._state: Mapping[str, str] = table["state"]
        self._columns: dict[str, dict[str, list[str]]] = {
            name: {key: value.split("\n") for key, value in table[name].items()}
            for name in ("communes", "epci", "departements", "regions", "parts")
        }
        self._rows: dict[str, dict[str, int]] = {
            level: {code: row for row, code in enumerate(self._columns[name]["code"])}
            for level, name in _TABLES.items()
        }
        parts = self._columns["parts"]
        self._alias = {
            code: parent
            for code, parent in zip(parts["code"], parts["parent"], strict=True)
            if code not in self._rows["commune"]
        }
        self._geonames_table: Mapping[str, str] = table["geonames"]
        self._units: dict[str, Unit | None] = {}
        self._enclosing: dict[str, tuple[str, ...]] = {}
        self._members: dict[tuple[str, str], tuple[str, ...]] = {}

    # ── by code ──────────────────────────────────────────────────────────────────────────────────────

    def unit(self, code: str) -> Unit | None:
        """The unit of a code; for a former code or a part of a commune, the commune of today."""
        try:
            return self._units[code]
        except KeyError:
            unit = self._build(code)
            if unit is not None:
                self._units[code] = unit
            return unit

    def __contains__(self, code: str) -> bool:
        return self.unit(code) is not None

    def enclosing(self, code: str) -> tuple[str, ...]:
        """The unit itself and what encloses it wholly, innermost first, up to `fr`; () when unknown.

        A commune of the Grand Paris has its EPT, then the métropole. An EPCI over several départements
        has none, but its région where it lies in one.
        """
        try:
            return self._enclosing[code]
        except KeyError:
            unit = self.unit(code)
            if unit is None:
                return ()
            chain = self._enclosing[code] = self._chain(unit)
            return chain

    def encloses(self, outer: str, inner: str) -> bool:
        """Whether `inner` is `outer` or lies wholly in it."""
        return outer in self.enclosing(inner)

    def members(self, code: str, level: Level = "commune") -> tuple[str, ...]:
        """The units of a level that lie in a unit, in the order of codes.

        A unit of that very level is its own only member; the métropole of the Grand Paris has its EPT.
        """
        key = (code, level)
        if key not in self._members:
            unit = self.unit(code)
            self._members[key] = () if unit is None else tuple(self._within(unit, level))
        return self._members[key]

    # ── what was, and what communes are made of ──────────────────────────────────────────────────────

    def part(self, code: str) -> Part | None:
        """The arrondissement, commune déléguée, associée or former commune of a code, which leads to a commune of today."""
        return self._parts.get(code.rpartition(":")[2].upper())

    def parts(self, code: str) -> tuple[Part, ...]:
        """What a commune is made of and took in, in the order of codes; () for one that always was as it is."""
        unit = self.unit(code)
        if unit is None or unit.level != "commune":
            return ()
        return tuple(part for part in self._parts.values() if part.parent == unit.code)

    def towns(self, least: int) -> list[str]:
        """The communes of at least so many inhabitants."""
        columns = self._columns["communes"]
        return [
            f"fr:commune:{local}"
            for local, population in zip(columns["code"], columns["population"], strict=True)
            if population and int(population) >= least
        ]

    def slugs(self, code: str) -> dict[str, str]:
        """slug → commune, for the communes of a unit; homonyms among them get their INSEE code added."""
        shared: dict[str, list[str]] = {}
        for member in self.members(code):
            unit = self.unit(member)
            if unit is not None:
                shared.setdefault(unit.slug, []).append(member)
        return {
            name if len(codes) == 1 else f"{name}-{member.rpartition(':')[2].lower()}": member
            for name, codes in shared.items()
            for member in codes
        }

    # ── by other numbers ─────────────────────────────────────────────────────────────────────────────

    def insee(self, number: str) -> str | None:
        """The commune of an INSEE code, current or former."""
        number = number.strip().upper()
        if number in self._rows["commune"]:
            return f"fr:commune:{number}"
        parent = self._alias.get(number)
        return f"fr:commune:{parent}" if parent else None

    def siren(self, number: str) -> str | None:
        """The unit of a SIREN (9 digits) or of a SIRET (14 digits: SIREN and establishment)."""
        digits = "".join(number.split())
        if len(digits) not in (9, 14) or not digits.isdigit():
            return None
        return self._by_siren.get(digits[:9])

    def postal(self, number: str) -> tuple[str, ...]:
        """The communes a postal code serves: often several."""
        return self._by_postal.get(number.strip(), ())

    def geonames(self, number: str) -> str | None:
        """The unit of a number of GeoNames: the State, régions, départements and towns of more than a thousand."""
        return self._by_geonames.get(number)

    def foreign(self, scheme: Literal["nuts", "atu", "place"], code: str) -> str | None:
        """The unit of a NUTS 2021 code, or of a code of the EU authority tables `atu` and `place`."""
        return self._foreign[scheme].get(code)

    # ── by name ──────────────────────────────────────────────────────────────────────────────────────

    def named(
        self, name: str, *, level: Level | None = None, within: str | None = None
    ) -> str | None:
        """The unit of a name as people write it, or None when it is unknown or shared.

        Homonyms are decided by `within`: the only one inside that territory, else the only one inside the
        next unit around it, and so on. Units of the same extent (Paris and its département, La Réunion)
        count as one, the lower level. Names that merged communes had are known too, but current ones win.
        """
        candidates = self.candidates(name, level=level)
        return self.nearest(candidates, within) if candidates else None

    def candidates(self, name: str, *, level: Level | None = None) -> tuple[str, ...]:
        """Every unit that a name may mean: more than one for homonyms, of which 1,441 are names of communes."""
        key = fold(name)
        if not key:
            return ()
        for names, spelled in (
            (self.names, key),
            (self._loose, without_article(key)),
            (self.names_of_parts, key),
        ):
            found = [c for c in names.get(spelled, ()) if level is None or _level(c) == level]
            if found:
                return tuple(self.distinct(found))
        return ()

    def group(self, name: str, *, within: str | None = None) -> str | None:
        """The EPCI or EPT of a name with or without its legal form, abbreviated or not."""
        candidates = self._groups.get(group_key(name), [])
        return self.nearest(candidates, within) if candidates else None

    def glued(self, written: str, *, within: str | None = None) -> str | None:
        """The unit whose name, written in one word as in a domain, is this: `hautsdeseine`, `villedavray`."""
        candidates = self._glued.get(written, [])
        return self.nearest(self.distinct(candidates), within) if candidates else None

    def nearest(self, candidates: Sequence[str], within: str | None) -> str | None:
        """Of several units the only one inside a territory, else inside what is next around it; None in doubt.

        A région or a département outranks villages of its name.
        """
        if len(candidates) == 1:
            return candidates[0]
        for around in self.enclosing(within) if within else ():
            inside = [code for code in candidates if self.encloses(around, code)]
            if inside:
                return self.outranking(inside)
        return self.outranking(candidates)

    def outranking(self, codes: Sequence[str]) -> str | None:
        """The only one, or the only région or département among villages: Bretagne; not Mayenne, which is a town, too."""
        if len(codes) == 1:
            return codes[0]
        wide = [code for code in codes if _level(code) in ("region", "departement")]
        if len(wide) != 1:
            return None
        others = [self.unit(code) for code in codes if code != wide[0]]
        villages = all(
            unit and unit.level == "commune" and (unit.population or 0) < _VILLAGE
            for unit in others
        )
        return wide[0] if villages else None

    def distinct(self, candidates: Iterable[str]) -> list[str]:
        """One of each extent: a unit whose only member is another candidate is that one."""
        codes = list(dict.fromkeys(candidates))
        if len(codes) > 1:
            single = {c for c in codes if any(self._same_extent(c, o) for o in codes if o != c)}
            codes = [c for c in codes if c not in single]
        return codes

    def _same_extent(self, outer: str, inner: str) -> bool:
        return (
            outer != inner
            and self.encloses(outer, inner)
            and self.members(outer) == self.members(inner)
        )

    # ── making ───────────────────────────────────────────────────────────────────────────────────────

    def _build(self, code: str) -> Unit | None:
        if code == STATE:
            return Unit(
                STATE,
                "France",
                "etat",
                "etat",
                "france",
                population=int(self._state["population"]),
                bbox=_box(self._state["bbox"]),
            )
        prefix, _, local = code.rpartition(":")
        level = _LEVELS.get(prefix)
        if level is None:
            return None
        row = self._rows[level].get(local)
        if row is None:
            parent = self._alias.get(local) if level == "commune" else None
            return self.unit(f"fr:commune:{parent}") if parent else None
        columns = self._columns[_TABLES[level]]
        name = columns["name"][row]
        population = columns["population"][row]
        return Unit(
            code,
            name,
            level,
            columns["kind"][row] if level == "epci" else level,
            slug(name),
            siren=(local if level == "epci" else columns["siren"][row]) or None,
            population=int(population) if population else None,
            bbox=_box(columns["bbox"][row]),
            postal_codes=tuple(columns["postal"][row].split()) if level == "commune" else (),
        )

    def _chain(self, unit: Unit) -> tuple[str, ...]:
        codes: list[str] = [unit.code]
        local = unit.local
        if unit.level == "commune":
            columns, row = self._columns["communes"], self._rows["commune"][local]
            codes += [
                f"fr:epci:{columns[key][row]}" for key in ("ept", "epci") if columns[key][row]
            ]
            codes += self._upwards(columns["departement"][row])
        elif unit.level == "epci":
            parent = self._columns["epci"]["parent"][self._rows["epci"][local]]
            if parent:
                codes.append(f"fr:epci:{parent}")
            shared: set[str] | None = None
            order: tuple[str, ...] = ()
            for member in self.members(unit.code):
                order = self._upwards(self._departement(member))
                shared = set(order) if shared is None else shared & set(order)
            codes += [code for code in order if shared and code in shared]
        elif unit.level == "departement":
            codes += self._upwards(local)[1:]
        if unit.level != "etat" and codes[-1] != STATE:
            codes.append(STATE)
        return tuple(codes)

    def _upwards(self, departement: str) -> tuple[str, ...]:
        row = self._rows["departement"][departement]
        region = self._columns["departements"]["region"][row]
        above = (f"fr:region:{region}",) if region else ()
        return (f"fr:departement:{departement}", *above, STATE)

    def _departement(self, commune: str) -> str:
        row = self._rows["commune"][commune.rpartition(":")[2]]
        return self._columns["communes"]["departement"][row]

    def _within(self, unit: Unit, level: Level) -> Iterable[str]:
        if level == unit.level:
            parents = self._columns["epci"]["parent"] if level == "epci" else []
            parts = [row for row, parent in enumerate(parents) if parent == unit.local]
            return [f"fr:epci:{self._columns['epci']['code'][row]}" for row in parts] or [unit.code]
        if level == "commune":
            return self._communes.get(unit.code, ())
        if level == "etat":
            return ()
        codes = (f"{_PREFIXES[level]}{local}" for local in self._rows[level])
        return sorted(code for code in codes if self.encloses(unit.code, code))

    # ── indexes, made when first needed ──────────────────────────────────────────────────────────────

    @cached_property
    def _communes(self) -> dict[str, list[str]]:
        """unit → its communes, by every column that names one."""
        columns = self._columns["communes"]
        regions = dict(
            zip(
                self._columns["departements"]["code"],
                self._columns["departements"]["region"],
                strict=True,
            )
        )
        found: dict[str, list[str]] = {}
        everywhere = found[STATE] = []
        for local, ept, epci, departement in zip(
            columns["code"], columns["ept"], columns["epci"], columns["departement"], strict=True
        ):
            code = f"fr:commune:{local}"
            everywhere.append(code)
            found.setdefault(f"fr:departement:{departement}", []).append(code)
            if regions[departement]:
                found.setdefault(f"fr:region:{regions[departement]}", []).append(code)
            for group in (ept, epci):
                if group:
                    found.setdefault(f"fr:epci:{group}", []).append(code)
        return found

    @cached_property
    def _by_siren(self) -> dict[str, str]:
        found = {local: f"fr:epci:{local}" for local in self._rows["epci"]}
        for level in ("commune", "departement", "region"):
            columns = self._columns[_TABLES[level]]
            for siren, local in zip(columns["siren"], columns["code"], strict=True):
                if siren:
                    found[siren] = f"fr:{level}:{local}"
        return found

    @cached_property
    def _by_postal(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        columns = self._columns["communes"]
        for local, numbers in zip(columns["code"], columns["postal"], strict=True):
            for number in numbers.split():
                found.setdefault(number, []).append(f"fr:commune:{local}")
        return {number: tuple(codes) for number, codes in found.items()}

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Folded name → units of today."""
        found: dict[str, list[str]] = {}
        columns = self._columns["communes"]
        for key, local in zip(columns["key"], columns["code"], strict=True):
            found.setdefault(key, []).append(f"fr:commune:{local}")
        for level in ("epci", "departement", "region"):
            columns = self._columns[_TABLES[level]]
            for name, local in zip(columns["name"], columns["code"], strict=True):
                found.setdefault(fold(name), []).append(f"fr:{level}:{local}")
        found["france"] = [STATE]
        return found

    @cached_property
    def _loose(self) -> dict[str, list[str]]:
        """The same without leading articles."""
        found: dict[str, list[str]] = {}
        for key, codes in self.names.items():
            found.setdefault(without_article(key), []).extend(codes)
        return found

    @cached_property
    def _glued(self) -> dict[str, list[str]]:
        """Names without their spaces, with and without leading articles."""
        found: dict[str, list[str]] = {}
        for key, codes in self.names.items():
            found.setdefault(key.replace(" ", ""), []).extend(codes)
        for key, codes in self._loose.items():
            found.setdefault(key.replace(" ", ""), codes)
        return found

    @cached_property
    def _groups(self) -> dict[str, list[str]]:
        """Keys of EPCI's names, with and (unless another unit is called so) without the legal form."""
        found: dict[str, list[str]] = {}
        columns = self._columns["epci"]
        for name, local in zip(columns["name"], columns["code"], strict=True):
            key = group_key(name)
            found.setdefault(key, []).append(f"fr:epci:{local}")
            form, _, rest = key.partition(" ")
            if form in ("cc", "ca", "cu") and rest and rest not in self._loose:
                found.setdefault(rest, []).append(f"fr:epci:{local}")
        return found

    @cached_property
    def names_of_parts(self) -> dict[str, list[str]]:
        """Folded name of what is no commune of its own → the commune of today."""
        return parts_by_name(self._parts.values())

    @cached_property
    def _parts(self) -> dict[str, Part]:
        return read_parts(self._columns["parts"])

    @cached_property
    def _by_geonames(self) -> dict[str, str]:
        columns = (self._geonames_table[key].split("\n") for key in ("number", "unit"))
        return dict(zip(*columns, strict=True))


_TABLES: dict[str, str] = {
    "commune": "communes",
    "epci": "epci",
    "departement": "departements",
    "region": "regions",
}
_PREFIXES: dict[str, str] = {level: f"fr:{level}:" for level in _TABLES}
_LEVELS: dict[str, Level] = {
    "fr:commune": "commune",
    "fr:epci": "epci",
    "fr:departement": "departement",
    "fr:region": "region",
}


def _level(code: str) -> Level:
    return _LEVELS.get(code.rpartition(":")[0], "etat")


def _box(written: str) -> Box | None:
    if not written:
        return None
    west, south, east, north = (int(part) / _SCALE for part in written.split(" "))
    return west, south, east, north


@lru_cache(maxsize=1)
def load() -> Gazetteer:
    """The gazetteer of the package: read once (25 ms), then shared, since nothing changes it."""
    packed = files("harvester.territory").joinpath("gazetteer.json.zst").read_bytes()
    version = blake2b(packed, digest_size=16).digest()
    return Gazetteer(orjson.loads(zstandard.decompress(packed)), version)
