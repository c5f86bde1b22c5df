"""What the peers hold: invented datasets of real communes, and how each peer's kind of record writes one down.

A fiche is what a test loads into a peer and expects to find published. Everything follows from its topic, commune and
year, so that two runs load the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from harvester.territory import Unit
from tests.territory import gazetteer

EPT = "fr:epci:200057974"
LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
YEARS = (2021, 2022, 2023)


@dataclass(frozen=True, slots=True)
class Topic:
    """What communes publish about. `inspire` is the theme's French name, "" outside INSPIRE; `iso` the topic category."""

    slug: str
    title: str
    text: str
    keywords: tuple[str, ...]
    iso: str
    inspire: str
    frequency: str  # ISO 19115's code
    formats: tuple[str, ...]


TOPICS = (
    Topic(
        "arbres",
        "Arbres d’alignement {of} en {year}",
        "Position, essence et hauteur des arbres du domaine public. Relevé par les services des espaces verts, "
        "de janvier à mars.",
        ("arbre", "espaces verts", "biodiversité"),
        "environment",
        "Répartition des espèces",
        "annually",
        ("geojson", "csv", "wfs"),
    ),
    Topic(
        "budget",
        "Budget primitif {year} {of}",
        "Dépenses & recettes votées, par chapitre et par fonction (M57). Montants < 1 € arrondis.",
        ("finances", "budget", "M57"),
        "economy",
        "",
        "annually",
        ("csv", "xlsx"),
    ),
    Topic(
        "subventions",
        "Subventions versées aux associations {of} en {year}",
        "Bénéficiaire, objet et montant de chaque subvention, selon le schéma « subventions » de la SCDL.",
        ("subvention", "association", "SCDL"),
        "economy",
        "",
        "annually",
        ("csv",),
    ),
    Topic(
        "plu",
        "Plan local d’urbanisme {of}, version de {year}",
        "Zonages, prescriptions et règlement écrit, au standard du CNIG.\nDocument opposable : le règlement papier.",
        ("PLU", "urbanisme", "zonage"),
        "planningCadastre",
        "Usage des sols",
        "asNeeded",
        ("shp", "pdf", "wms", "wfs"),
    ),
    Topic(
        "adresses",
        "Base adresse locale {of}, millésime {year}",
        "Numéros et voies certifiés par la commune.",
        ("adresse", "voie", "BAL"),
        "location",
        "Adresses",
        "monthly",
        ("csv", "geojson"),
    ),
    Topic(
        "velo",
        "Aménagements cyclables {of} en {year}",
        "Pistes, bandes et doubles-sens : type, revêtement et sens de circulation.",
        ("vélo", "mobilité", "voirie"),
        "transportation",
        "Réseaux de transport",
        "biannually",
        ("geojson", "shp", "wfs"),
    ),
    Topic(
        "bruit",
        "Carte de bruit stratégique {of} ({year})",
        "Zones exposées au bruit routier et ferroviaire, indicateurs Lden et Ln.",
        ("bruit", "environnement", "santé"),
        "health",
        "Santé et sécurité des personnes",
        "asNeeded",
        ("shp", "wms"),
    ),
    Topic(
        "ecoles",
        "Écoles et secteurs scolaires {of}, rentrée {year}",
        "Établissements maternels et élémentaires, avec l’effectif et le secteur de chacun.",
        ("école", "éducation", "carte scolaire"),
        "society",
        "Services d'utilité publique et services publics",
        "annually",
        ("geojson", "csv"),
    ),
    Topic(
        "marches",
        "Marchés publics attribués {of} en {year}",
        "Données essentielles de la commande publique : acheteur, titulaire, montant, durée.",
        ("commande publique", "marché", "DECP"),
        "economy",
        "",
        "quarterly",
        ("json", "csv"),
    ),
    Topic(
        "stationnement",
        "Stationnement sur voirie {of} en {year}",
        "Places payantes, livraisons, places réservées ; tarif par zone.",
        ("stationnement", "voirie", "mobilité"),
        "transportation",
        "Réseaux de transport",
        "continual",
        ("geojson", "csv"),
    ),
    Topic(
        "eclairage",
        "Points lumineux {of} au 1er janvier {year}",
        "Candélabres et lanternes : puissance, technologie, horaires d’extinction.",
        ("éclairage public", "énergie", "voirie"),
        "utilitiesCommunication",
        "Services d'utilité publique et services publics",
        "annually",
        ("geojson", "shp"),
    ),
    Topic(
        "elections",
        "Résultats des élections {of} en {year}",
        "Inscrits, votants et voix par bureau de vote.",
        ("élections", "bureau de vote", "citoyenneté"),
        "society",
        "",
        "asNeeded",
        ("csv", "xlsx"),
    ),
    Topic(
        "equipements",
        "Équipements sportifs {of} en {year}",
        "Gymnases, stades, piscines : accès, horaires et accessibilité.",
        ("sport", "équipement", "accessibilité"),
        "structure",
        "Bâtiments",
        "annually",
        ("geojson", "csv"),
    ),
    Topic(
        "dechets",
        "Collecte des déchets {of} en {year}",
        "Jours de collecte par rue, points d’apport volontaire et tonnages.",
        ("déchets", "collecte", "tri"),
        "environment",
        "Services d'utilité publique et services publics",
        "monthly",
        ("csv", "geojson"),
    ),
)

FREQUENCIES = {  # ISO 19115's code → the European authority's
    "annually": "ANNUAL",
    "asNeeded": "AS_NEEDED",
    "biannually": "ANNUAL_2",
    "continual": "UPDATE_CONT",
    "monthly": "MONTHLY",
    "quarterly": "QUARTERLY",
}


@dataclass(frozen=True, slots=True)
class Online:
    """A way to the data. `kind` is the format of a file, or `wms`, `wfs`."""

    kind: str
    title: str
    url: str

    @property
    def service(self) -> bool:
        return self.kind in ("wms", "wfs")


@dataclass(frozen=True, slots=True)
class Fiche:
    """A dataset as its producer knows it; dates are days."""

    id: str
    slug: str
    title: str
    text: str
    topic: Topic
    commune: Unit
    year: int
    created: str
    issued: str
    modified: str
    online: tuple[Online, ...]

    @property
    def organisation(self) -> str:
        return f"Ville {elided(self.commune.name)}"

    @property
    def email(self) -> str:
        return f"sig@{self.commune.slug}.example"

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        assert self.commune.bbox is not None
        return self.commune.bbox


def elided(name: str) -> str:
    """« de » before a name."""
    return f"d’{name}" if name[0] in "AEIOUÉ" else f"de {name}"


def fiches(host: str, count: int | None = None) -> list[Fiche]:
    """Fiches of a portal that is at `host`; 336 of them, or the first `count`."""
    return list(_fiches(host))[:count]


def _fiches(host: str) -> Iterator[Fiche]:
    communes = sorted(
        (unit for code in gazetteer().members(EPT, "commune") if (unit := gazetteer().unit(code))),
        key=lambda unit: unit.code,
    )
    for number, (year, topic, commune) in enumerate(product(YEARS, TOPICS, communes)):
        slug = f"{topic.slug}-{commune.slug}-{year}"
        files = f"https://{host}/fichiers/{slug}"
        yield Fiche(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, files)),
            slug=slug,
            title=topic.title.format(of=elided(commune.name), year=year),
            text=topic.text,
            topic=topic,
            commune=commune,
            year=year,
            created=f"{year}-01-{number % 28 + 1:02}",
            issued=f"{year}-03-{number % 31 + 1:02}",
            modified=f"{year}-{number % 9 + 4:02}-{number % 30 + 1:02}",
            online=tuple(
                Online(kind, f"{topic.slug} {year} ({kind.upper()})", _url(host, slug, kind))
                for kind in topic.formats
            ),
        )


def _url(host: str, slug: str, kind: str) -> str:
    if kind in ("wms", "wfs"):
        return f"https://{host}/ows/{slug}?service={kind.upper()}"
    return f"https://{host}/fichiers/{slug}.{'zip' if kind == 'shp' else kind}"
