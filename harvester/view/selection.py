"""Which catalogues list an entry, through which territory, in which place, and the sentence that says why.

A view sees what is about its territory, about a part of it, or about a unit that encloses one of its communes, up to the
State. For a city that is: itself, its EPT and EPCI, its département, its région, the State; never another commune. `_around` is
the only place that says so. Of the larger units, those whose level the operator lets in (`whole`) come in entirely; of the
others (by default the State), an entry comes in when it names the view's own territory too, when a slice of it does, or
when the operator names it (`include`). `exclude` has the last word.

The territory's own view, with the slug "", lists all that was harvested.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Literal

from harvester.config import View
from harvester.model import Coverage
from harvester.territory import Gazetteer
from harvester.territory.names import fold
from harvester.view import choices
from harvester.view.choices import PRECISE, Catalogue, Named

ELSEWHERE = "elsewhere"
"""The level of what concerns none of a view's territories, and is listed all the same."""
LEVELS = ("commune", "epci", "departement", "region", "etat", ELSEWHERE)

SLICE: Final = "slice"
"""How the coverage of a slice is known, and how views list it."""
_REMEMBERED = 65_536
_VOWELS = frozenset("aeiou")
_DOUBT = {"sure": 0, "likely": 1, "default": 2}
_CUT = 3
"""A slice stands behind the city's own entries, however sure."""
_EVIDENCE = {
    "stated": "d’après la fiche",
    "uri": "d’après la fiche",
    "name": "d’après la fiche",
    "list": "d’après la fiche",
    "identifier": "d’après son identifiant",
    "title": "d’après son titre",
    "box": "d’après son emprise",
    "description": "d’après sa description",
    "link": "d’après le site vers lequel elle renvoie",
    "publisher": "d’après son producteur",
    "source": "d’après le portail d’où il vient",
}
_FAR = 99


@dataclass(frozen=True, slots=True)
class Membership:
    """That a view lists an entry. `view` is its slug ("" for the whole territory); `reason` is French.

    `level` is that of the territory through which the view sees it; `rank` its place: the nearest first, then the surest.
    """

    view: str
    how: Literal["whole", "slice"]
    reason: str
    level: str = "commune"
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """The views that list an entry, and why. Entries of the same coverage share one: `key` is what it is stored by."""

    key: int
    memberships: tuple[Membership, ...]

    def __iter__(self) -> Iterator[Membership]:
        return iter(self.memberships)

    def __len__(self) -> int:
        return len(self.memberships)


@dataclass(frozen=True, slots=True)
class Rules:
    """A view's own: its territory, the units it sees with their place, levels that come in whole, what is named."""

    slug: str
    name: str
    territory: str
    around: dict[str, int]
    whole: frozenset[str]
    include: dict[Named, Named]
    exclude: dict[Named, Named]


@dataclass(frozen=True, slots=True)
class Selection:
    """Views made ready for `select`: by unit, the slugs of the views that see it; by what is named, those that name it."""

    rules: dict[str, Rules]
    order: tuple[str, ...]
    seen_by: dict[str, tuple[str, ...]]
    named_by: dict[Named, tuple[str, ...]]
    choices: Catalogue
    gazetteer: Gazetteer
    known: dict[tuple[tuple[Coverage, ...], frozenset[Named]], Listing] = field(
        default_factory=dict, repr=False, compare=False
    )
    listings: dict[int, Listing] = field(default_factory=dict, repr=False, compare=False)

    def forget(self) -> None:
        """Before a new piece of work: make room where much is remembered. `listings` has all that was answered since."""
        if len(self.known) >= _REMEMBERED:
            self.known.clear()
            self.listings.clear()

    def remember(self, memberships: Iterable[Membership]) -> Listing:
        """A listing of some memberships, kept for whoever writes it."""
        listing = listing_of(memberships)
        return self.listings.setdefault(listing.key, listing)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a view lists an entry, and why, or why not; `localisable`: not, but it would list a slice of it."""

    listed: bool
    reason: str
    level: str = ELSEWHERE
    rank: int = _FAR * 10
    how: Literal["whole", "slice"] = "whole"
    localisable: bool = False


def prepare(territory: str, views: Iterable[View], gazetteer: Gazetteer) -> Selection:
    """Make the views of a territory ready; its own, with the slug "", is added."""
    views = [View(slug="", territory=territory, title=""), *views]
    everything = [n for v in views for n in (*choices.named(v.include), *choices.named(v.exclude))]
    known = choices.catalogue(everything)
    rules: dict[str, Rules] = {}
    seen_by: dict[str, list[str]] = {}
    named_by: dict[Named, list[str]] = {}
    for view in views:
        unit = gazetteer.unit(view.territory)
        around = _around(view.territory, gazetteer)
        rules[view.slug] = made = Rules(
            view.slug,
            unit.name if unit else view.territory,
            view.territory,
            around,
            frozenset(view.whole),
            choices.canonical(choices.named(view.include), known),
            choices.canonical(choices.named(view.exclude), known),
        )
        if view.slug:
            for code in around:
                seen_by.setdefault(code, []).append(view.slug)
            for name in made.include:
                named_by.setdefault(name, []).append(view.slug)
    return Selection(
        rules,
        tuple(rules),
        {code: tuple(slugs) for code, slugs in seen_by.items()},
        {name: tuple(slugs) for name, slugs in named_by.items()},
        known,
        gazetteer,
    )


def select(
    views: Selection, coverages: tuple[Coverage, ...], named: frozenset[Named] = frozenset()
) -> Listing:
    """The views that list an entry of these coverages, `named` by what `views.choices` found: in the order of the configuration."""
    key = (coverages, named)
    listing = views.known.get(key)
    if listing is None:
        listing = views.known[key] = views.remember(_memberships(views, coverages, named))
    return listing


def listing_of(memberships: Iterable[Membership]) -> Listing:
    """Some memberships under a key of their own."""
    made = tuple(memberships)
    text = "\n".join(f"{m.view}\t{m.how}\t{m.level}\t{m.rank}\t{m.reason}" for m in made)
    digest = blake2b(text.encode(), digest_size=8).digest()
    return Listing(int.from_bytes(digest) >> 1, made)


def judge(
    views: Selection,
    slug: str,
    coverages: tuple[Coverage, ...],
    named: frozenset[Named] = frozenset(),
) -> Verdict:
    """Whether a view lists an entry; the one rule for listing, and for explaining to those who ask why not."""
    rules = views.rules[slug]
    if len(coverages) == 1 and coverages[0].how == SLICE:
        return _slice(views, rules, coverages[0], named)
    if not slug:
        return _everything(views, rules, coverages)
    excluded = _first(rules.exclude, named)
    if excluded:
        return Verdict(False, f"Écarté par exclude.{excluded[0]} : « {excluded[1]} ».")
    seen = _nearest(rules, coverages)
    included = _first(rules.include, named)
    found = next((c for c in seen if rules.around[c.territory] == 0), None)
    if found is None:
        seen, doubtful = _believed(views, seen, coverages)
        found = seen[0] if seen else None
        if found is None and doubtful is not None and not (included and included[0] in PRECISE):
            return Verdict(False, _only_guessed(views, doubtful, coverages))
    if found is None:
        if included and included[0] in PRECISE:
            return Verdict(True, f"Retenu par include.{included[0]} : « {included[1]} ».")
        return Verdict(False, f"Ne concerne {_only(_told(views, coverages))}.")
    level = _level(views, found)
    rank = rules.around[found.territory] * 10 + _doubt(found)
    if rules.around[found.territory] == 0 or level in rules.whole:
        return Verdict(True, _reason(views, found), level, rank)
    if included:
        said = f"Retenu par include.{included[0]} : « {included[1]} »."
        return Verdict(True, said, level, rank)
    return Verdict(False, _too_wide(views, rules, found, level), localisable=True)


def _memberships(
    views: Selection, coverages: tuple[Coverage, ...], named: frozenset[Named]
) -> Iterator[Membership]:
    """Only views that see one of the units, or name the entry, are asked: the others are too many."""
    concerned = {slug for found in coverages for slug in views.seen_by.get(found.territory, ())}
    concerned.update(slug for name in named for slug in views.named_by.get(name, ()))
    concerned.add("")
    for slug in views.order if len(concerned) > len(views.order) // 2 else sorted(concerned):
        if slug in concerned:
            verdict = judge(views, slug, coverages, named)
            if verdict.listed:
                yield Membership(slug, verdict.how, verdict.reason, verdict.level, verdict.rank)


def _everything(views: Selection, rules: Rules, coverages: tuple[Coverage, ...]) -> Verdict:
    seen = _nearest(rules, coverages)
    if not seen:
        said = f"Moissonné par une source du territoire ; concerne {_told(views, coverages)}."
        return Verdict(True, said)
    found = seen[0]
    rank = rules.around[found.territory] * 10 + _doubt(found)
    return Verdict(True, _reason(views, found), _level(views, found), rank)


def _slice(views: Selection, rules: Rules, found: Coverage, named: frozenset[Named]) -> Verdict:
    """A slice is for the views of its commune, and no other: the rest have the whole, or nothing of it."""
    name = _name(views, found.territory)
    if rules.territory != found.territory or not rules.slug:
        return Verdict(False, f"Les lignes qui concernent {name}, pour les catalogues de {name}.")
    excluded = _first(rules.exclude, named)
    if excluded:
        return Verdict(False, f"Écarté par exclude.{excluded[0]} : « {excluded[1]} ».")
    said = f"Les lignes qui concernent {name}, dans un jeu de données plus large."
    return Verdict(True, said, _level(views, found), _CUT, SLICE)


def _nearest(rules: Rules, coverages: tuple[Coverage, ...]) -> list[Coverage]:
    """The coverages that a view sees, the nearest first, then the surest."""
    return sorted(
        (found for found in coverages if found.territory in rules.around),
        key=lambda found: (rules.around[found.territory], _doubt(found)),
    )


def _believed(
    views: Selection, seen: list[Coverage], coverages: tuple[Coverage, ...]
) -> tuple[list[Coverage], Coverage | None]:
    """Larger units that stand beside better evidence of another commune, or of another unit inside them, are no reason."""
    kept: list[Coverage] = []
    doubtful: Coverage | None = None
    for wide in seen:
        doubt = _doubt(wide)
        if doubt and any(
            _doubt(other) < doubt
            and other.territory != wide.territory
            and (
                other.territory.startswith("fr:commune:")
                or views.gazetteer.encloses(wide.territory, other.territory)
            )
            for other in coverages
        ):
            doubtful = doubtful or wide
        else:
            kept.append(wide)
    return kept, doubtful


def _doubt(found: Coverage) -> int:
    return _DOUBT[found.sure]


def _first(own: dict[Named, Named], named: frozenset[Named]) -> Named | None:
    if not named:
        return None
    return next((written for known, written in own.items() if known in named), None)


def _level(views: Selection, found: Coverage) -> str:
    unit = views.gazetteer.unit(found.territory)
    return unit.level if unit else ELSEWHERE


def _reason(views: Selection, found: Coverage) -> str:
    if found.territory == "fr":
        return "Données nationales."
    evidence = _EVIDENCE.get(found.how, "d’après la fiche")
    return f"Concerne {_name(views, found.territory)}, {evidence}."


def _only_guessed(views: Selection, wide: Coverage, coverages: tuple[Coverage, ...]) -> str:
    others = tuple(c for c in coverages if c.territory != wide.territory)
    return (
        f"Ne concerne {_only(_told(views, others))} ; {_name(views, wide.territory)} n’est que supposé, "
        f"{_EVIDENCE.get(wide.how, 'd’après la fiche')}."
    )


def _too_wide(views: Selection, rules: Rules, found: Coverage, level: str) -> str:
    what = "National" if level == "etat" else f"Concerne {_name(views, found.territory)}"
    return (
        f"{what}, sans nommer {rules.name} ni avoir d’extrait pour elle ; whole ne fait pas entrer tout le niveau "
        f"« {level} », et include ne le retient pas."
    )


def _told(views: Selection, coverages: tuple[Coverage, ...]) -> str:
    """Up to three territories, with what they are known by."""
    if not coverages:
        return "aucun territoire connu"
    names = [
        f"{_name(views, c.territory)} ({_EVIDENCE.get(c.how, 'd’après la fiche')})"
        for c in coverages[:3]
    ]
    if len(coverages) > 3:
        names.append(f"{len(coverages) - 3} autres")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"


def _only(names: str) -> str:
    """`que Meudon`, `qu’Issy-les-Moulineaux`."""
    return f"qu’{names}" if fold(names[:1]) in _VOWELS else f"que {names}"


def _name(views: Selection, code: str) -> str:
    unit = views.gazetteer.unit(code)
    return unit.name if unit else code


def _around(territory: str, gazetteer: Gazetteer) -> dict[str, int]:
    """The units whose entries a view of `territory` may list, by their place: 0 for its own and the parts of it."""
    around: dict[str, int] = {territory: 0}
    for member in gazetteer.members(territory):
        for place, code in enumerate(gazetteer.enclosing(member)):
            if around.get(code, -1) < place:
                around[code] = 0 if gazetteer.encloses(territory, code) else place
    return around
