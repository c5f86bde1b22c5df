"""Whose catalogue a view is: name, colours, address, who publishes it, and its dcat:Catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from harvester.config import Config, Source, View
from harvester.config.faces import authority, is_code
from harvester.map import vocabularies
from harvester.model import Agent, Attribution, Catalog, Location
from harvester.territory import Gazetteer, Unit

FRENCH = "http://publications.europa.eu/resource/authority/language/FRA"
THEMES = "http://publications.europa.eu/resource/authority/data-theme"
_CUSTODIAN = "http://inspire.ec.europa.eu/metadata-codelist/ResponsiblePartyRole/custodian"
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
    """How one view presents itself. `slug` "" is the whole territory; roots end with a slash.

    `root` is where its links lead: the address it is asked at. `home` is its own address, which names it: the same
    for all of its faces. `agent` is whose catalogue it is, `publisher` who answers for it.
    """

    slug: str
    title: str
    intro: str
    root: str
    home: str
    colour: str
    text_colour: str | None
    link_colour: str | None
    homepage: str | None
    logo: str | None
    contact: str | None
    language: str
    themes: tuple[str, ...]
    place: str
    agent: Agent
    publisher: Agent
    custodian: Agent | None
    location: Location

    def url(self, path: str = "") -> str:
        """The absolute address of something in this view, where it was asked for."""
        return self.root + path

    @property
    def iri(self) -> str:
        """What names the catalogue, wherever it is asked for."""
        return self.home + "catalog"


def faces(config: Config, gazetteer: Gazetteer) -> dict[str, Face]:
    """Return every configured view by slug, as it is seen below `base_url`; "" is the whole territory, always there."""
    base = config.base_url.rstrip("/") + "/"
    views = {view.slug: view for view in config.views}
    whole = gazetteer.unit(config.territory)
    if "" not in views and (own := config.view("")) is not None:
        place = whole.name if whole else config.territory
        title = config.title or f"Données ouvertes de {place}"
        views[""] = own.model_copy(update={"title": title})
    return {
        slug: _face(
            view,
            gazetteer,
            f"{base}villes/{slug}/" if slug else base,
            None if not slug or _speaks(view, config.sources) else whole,
        )
        for slug, view in sorted(views.items())
    }


def hosts(config: Config, by_slug: Mapping[str, Face]) -> dict[str, Face]:
    """Server → the face of the city that has it for itself; links then stay on it."""
    found: dict[str, Face] = {}
    scheme = config.base_url.partition("://")[0]
    for view in config.views:
        face = by_slug[view.slug]
        for name in view.hosts:
            found[authority(name)] = replace(face, root=f"{scheme}://{name.lower()}/")
        if view.base_url:
            found[authority(view.base_url)] = replace(face, root=face.home)
    return found


def _speaks(view: View, sources: Iterable[Source]) -> bool:
    """Whether a city publishes by itself: by a portal, or by a table that nobody keeps for it."""
    return any(
        source.enabled
        and source.access == "public"
        and source.territory == view.territory
        and source.level != "partner"
        and not source.options.get("custodian")
        for source in sources
    )


def _face(view: View, gazetteer: Gazetteer, root: str, speaker: Unit | None) -> Face:
    """`speaker` publishes for the city, where that has no voice of its own."""
    unit = gazetteer.unit(view.territory)
    place = unit.name if unit else view.territory
    agent = _body(unit, place).model_copy(update={"homepage": view.homepage})
    publisher = custodian = None
    if view.publisher:
        publisher = _named(view.publisher, view.publisher_siret, gazetteer)
    elif speaker is not None and speaker != unit:
        publisher = custodian = _body(speaker, speaker.name)
    if view.custodian:
        custodian = _named(view.custodian, view.custodian_siret, gazetteer)
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
        home=view.base_url.rstrip("/") + "/" if view.base_url else root,
        colour=view.colour,
        text_colour=view.text_colour,
        link_colour=view.link_colour,
        homepage=view.homepage,
        logo=view.logo,
        contact=view.contact,
        language=view.language,
        themes=tuple(f"{THEMES}/{code}" for code in view.themes),
        place=place,
        agent=agent,
        publisher=publisher or agent,
        custodian=custodian,
        location=location,
    )


def _body(unit: Unit | None, name: str) -> Agent:
    return Agent(
        name={"fr": name},
        identifier=unit.siren if unit else None,
        type=_NATIONAL if unit and unit.level == "etat" else _LOCAL,
    )


def _named(written: str, siret: str | None, gazetteer: Gazetteer) -> Agent:
    """Who is meant by a territory's code, or by a name."""
    unit = gazetteer.unit(written) if is_code(written) else None
    return _body(unit, unit.name) if unit else Agent(name={"fr": written}, identifier=siret)


def catalog(face: Face, modified: str, others: Iterable[Face]) -> Catalog:
    """Describe a view as dcat:Catalog. The territory's has the cities' as parts, and they say so, too.

    Of a catalogue that somebody publishes for a city, the city stays the one whose it is: dct:rightsHolder.
    """
    parts = tuple(other.iri for other in others if other.slug) if not face.slug else ()
    whole = next((other.iri for other in others if not other.slug), None)
    kept = (Attribution(agent=face.custodian, role=_CUSTODIAN),) if face.custodian else ()
    return Catalog(
        iri=face.iri,
        title={face.language: face.title},
        description={face.language: face.intro}
        if face.intro
        else {"fr": f"Les jeux de données publics qui concernent {face.place}."},
        publisher=face.publisher,
        rights_holder=(face.agent,) if face.publisher != face.agent else (),
        qualified_attribution=kept,
        homepage=face.root,
        language=vocabularies()["language"].lookup(face.language) or (FRENCH,),
        theme_taxonomy=(THEMES,),
        spatial=(face.location,),
        modified=modified,
        has_part=parts,
        is_part_of=whole if face.slug else None,
    )
