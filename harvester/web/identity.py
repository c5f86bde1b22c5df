"""Whose catalogue a view is: name, colour, address, and its dcat:Catalog."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harvester.config import Config, View
from harvester.model import Agent, Catalog, Location
from harvester.territory import Gazetteer, Unit

FRENCH = "http://publications.europa.eu/resource/authority/language/FRA"
THEMES = "http://publications.europa.eu/resource/authority/data-theme"
_PLACES = {
    "commune": "http://id.insee.fr/geo/commune/",
    "epci": "http://id.insee.fr/geo/intercommunalite/",
    "departement": "http://id.insee.fr/geo/departement/",
    "region": "http://id.insee.fr/geo/region/",
}
_LOCAL = "http://purl.org/adms/publishertype/LocalAuthority"
_NATIONAL = "http://purl.org/adms/publishertype/NationalAuthority"


@dataclass(frozen=True, slots=True)
class Face:
    """How one view presents itself. `slug` "" is the whole territory; `root` ends with a slash."""

    slug: str
    title: str
    intro: str
    root: str
    colour: str
    homepage: str | None
    logo: str | None
    contact: str | None
    place: str
    agent: Agent
    location: Location

    def url(self, path: str = "") -> str:
        """The absolute address of something in this view."""
        return self.root + path


def faces(config: Config, gazetteer: Gazetteer) -> dict[str, Face]:
    """Return every configured view by slug; "" is the whole territory, which is there even if nobody says so."""
    base = config.base_url.rstrip("/") + "/"
    views = {view.slug: view for view in config.views}
    if "" not in views:
        unit = gazetteer.unit(config.territory)
        place = unit.name if unit else config.territory
        title = config.title or f"Données ouvertes de {place}"
        views[""] = View(slug="", territory=config.territory, title=title)
    return {
        slug: _face(view, gazetteer.unit(view.territory), f"{base}villes/{slug}/" if slug else base)
        for slug, view in sorted(views.items())
    }


def _face(view: View, unit: Unit | None, root: str) -> Face:
    place = unit.name if unit else view.territory
    agent = Agent(
        name={"fr": place},
        identifier=unit.siren if unit else None,
        homepage=view.homepage,
        type=_NATIONAL if unit and unit.level == "etat" else _LOCAL,
    )
    location = Location(
        iri=_PLACES[unit.level] + unit.local if unit and unit.level in _PLACES else None,
        name={"fr": place},
        identifier=unit.local if unit else None,
        bbox=unit.bbox if unit else None,
    )
    return Face(
        slug=view.slug,
        title=view.title,
        intro=view.intro,
        root=root,
        colour=view.colour,
        homepage=view.homepage,
        logo=view.logo,
        contact=view.contact,
        place=place,
        agent=agent,
        location=location,
    )


def catalog(face: Face, modified: str, others: Iterable[Face]) -> Catalog:
    """Describe a view as dcat:Catalog. The territory's has the cities' as parts, and they say so, too."""
    parts = tuple(other.url("catalog") for other in others if other.slug) if not face.slug else ()
    whole = next((other.url("catalog") for other in others if not other.slug), None)
    return Catalog(
        iri=face.url("catalog"),
        title={"fr": face.title},
        description={
            "fr": face.intro or f"Les jeux de données publics qui concernent {face.place}."
        },
        publisher=face.agent,
        homepage=face.root,
        language=(FRENCH,),
        theme_taxonomy=(THEMES,),
        spatial=(face.location,),
        modified=modified,
        has_part=parts,
        is_part_of=whole if face.slug else None,
    )
