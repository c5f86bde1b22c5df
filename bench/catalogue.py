"""Realistic catalogues of any size: about 80 triples and 4 distributions a dataset, in French.

The words are ours, the shape is that of what CKAN, udata and Opendatasoft portals publish: IRIs for
datasets and distributions, blank nodes for places, periods, contacts and checksums, agents described on
every page. Everything follows from the dataset's number, so that any size is made twice the same.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Literal as OneOf

import orjson

from harvester.demo.rdf import Iri, Literal, Node, Value, flat, rdfxml, tree, turtle

PER_PAGE = 200
HOST = "https://donnees.exemple.fr"
AUTHORITY = "http://publications.europa.eu/resource/authority"
NOWHERE = "http://pages.invalid"
"""Where the pages say they are; the server puts its own address there."""
LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"

Variant = OneOf["base", "reordered", "changed"]
"""`reordered`: other order, flat instead of nested, other blank-node labels. `changed`: that, and 1 % differ."""
VARIANTS: tuple[Variant, ...] = ("base", "reordered", "changed")
SUFFIX = {"xml": "rdf", "turtle": "ttl"}
MEDIA_TYPE = {"xml": "application/rdf+xml", "turtle": "text/turtle"}

THINGS = """arbres d'alignement|bornes de recharge|stations de vélos|équipements sportifs|écoles élémentaires
marchés publics|subventions aux associations|délibérations du conseil|budget primitif|compte administratif
points d'apport volontaire|collecte des encombrants|places de stationnement|zones de rencontre|bancs publics
fontaines à boire|qualité de l'air|comptages routiers|permis de construire|plan local d'urbanisme
aires de jeux|bureaux de vote|résultats électoraux|prénoms des nouveau-nés|menus des cantines
fréquentation des médiathèques|horaires des piscines|accidents corporels|travaux sur la voirie|éclairage public
consommation d'énergie des bâtiments|pistes cyclables|commerces en activité|monuments historiques|jardins partagés
défibrillateurs|toilettes publiques|bruit routier|effectifs scolaires|logements sociaux""".replace(
    "\n", "|"
).split("|")
PLACES = """Beauregard|Saint-Aubin-du-Lac|Villeneuve-les-Bois|La Roche-aux-Fées|Montfleury|Port-Clair|Hautes-Rives
Sainte-Colombe-la-Forêt|Vieux-Moulin|Grandchamp|Bellecombe|Aigues-Vives-sur-Orme|Fontvieille-le-Haut|Trois-Ponts
Champ-d'Argent|Le Breuil-en-Plaine|Roquesèche|Valserein|Clairmarais|Pont-l'Écluse""".replace(
    "\n", "|"
).split("|")
SENTENCES = (
    "Les données sont produites par les services techniques et mises à jour après chaque campagne de relevés.",
    "Chaque ligne correspond à un objet géolocalisé, avec son identifiant, son adresse et son état.",
    "Le fichier respecte le schéma national lorsqu'il existe ; les écarts sont signalés dans la notice.",
    "La position est relevée au GPS avec une précision de l'ordre du mètre, puis contrôlée au bureau.",
    "Les montants sont exprimés en euros toutes taxes comprises, par exercice et par chapitre.",
    "Attention : les valeurs manquantes ne signifient pas que l'équipement est absent.",
    "Ces informations ne contiennent aucune donnée à caractère personnel.",
    "Une question ou une erreur ? Écrivez à l'équipe des données ouvertes, qui répond sous quinze jours.",
    "L'historique complet est disponible depuis 2014 dans les fichiers annuels.",
    'Pour en savoir plus, consultez la <a href="https://exemple.fr/notice">notice</a> et <b>le dictionnaire</b>.',
)
WORDS = [
    "mobilité",
    "environnement",
    "urbanisme",
    "culture",
    "sport",
    "éducation",
    "finances",
    "citoyenneté",
    "énergie",
    "patrimoine",
    "eau",
    "santé",
]
THEMES = ["TRAN", "ENVI", "GOVE", "EDUC", "ECON", "SOCI", "HEAL", "REGI", "ENER"]
FREQUENCIES = ["ANNUAL", "MONTHLY", "DAILY", "IRREG", "QUARTERLY"]
FILES = (("CSV", "text/csv", "csv"), ("GEOJSON", "application/geo+json", "geojson"), ("JSON", "application/json", "json"),
         ("SHP", "application/zip", "shp.zip"), ("XLSX", "application/vnd.ms-excel", "xlsx"))  # fmt: skip


def _day(rng: random.Random) -> str:
    return f"{rng.randint(2014, 2024)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def publisher(number: int) -> Node:
    """The agent that publishes a dataset: one of forty."""
    place = PLACES[number % len(PLACES)]
    return Node(
        f"{HOST}/organisations/{number % 40}",
        "foaf:Agent",
        (
            ("foaf:name", Literal(f"Ville de {place}", "fr")),
            ("foaf:homepage", Iri(f"https://www.ville-{number % 40}.exemple.fr/")),
            ("dct:identifier", Literal(f"2192{number % 40:05}")),
        ),
    )


def dataset(number: int, edition: int = 0) -> Node:
    """Dataset `number`; another `edition` has another title, modification date and file size."""
    rng = random.Random(number)
    thing, place = rng.choice(THINGS), rng.choice(PLACES)
    iri = f"{HOST}/jeux/{number:06}-{blake2b(str(number).encode(), digest_size=6).hexdigest()}"
    year = rng.randint(2014, 2024)
    issued, day = sorted((_day(rng), _day(rng)))
    if edition:
        day = "2025-03-01"
    date = "xsd:date"
    x, y = rng.uniform(-1, 6), rng.uniform(43, 50)
    w, s, e, n = (f"{v:.4f}" for v in (x, y, x + 0.1, y + 0.05))
    box = f"POLYGON(({w} {s},{e} {s},{e} {n},{w} {n},{w} {s}))"
    properties: list[tuple[str, Value]] = [
        ("dct:title", Literal(f"{thing.capitalize()} de {place} ({year})" + " — révisé" * edition, "fr")),
        ("dct:description", Literal(" ".join(rng.sample(SENTENCES, rng.randint(2, 6))), "fr")),
        ("dct:identifier", Literal(f"{number:06}@{HOST[8:]}")),
        ("dct:issued", Literal(issued, type=date)),
        ("dct:modified", Literal(day, type=date)),
        ("dct:publisher", Iri(f"{HOST}/organisations/{number % 40}")),
        ("dcat:landingPage", Iri(f"{iri}/information")),
        ("dct:accrualPeriodicity", Iri(f"{AUTHORITY}/frequency/{rng.choice(FREQUENCIES)}")),
        ("dct:language", Iri(f"{AUTHORITY}/language/FRA")),
        ("dct:license", Iri(LICENCE)),
        ("dct:accessRights", Iri(f"{AUTHORITY}/access-right/PUBLIC")),
        ("dcat:theme", Iri(f"{AUTHORITY}/data-theme/{rng.choice(THEMES)}")),
        ("dct:spatial", Iri("http://id.insee.fr/geo/commune/92040")),
        ("dct:spatial", Node(None, "dct:Location", (
            ("dcat:bbox", Literal(box, type="geosparql:wktLiteral")),
            ("skos:prefLabel", Literal(place, "fr")),
        ))),
        ("dct:temporal", Node(None, "dct:PeriodOfTime", (
            ("dcat:startDate", Literal(f"{year}-01-01", type=date)),
            ("dcat:endDate", Literal(f"{year}-12-31", type=date)),
        ))),
        ("dcat:contactPoint", Node(None, "vcard:Organization", (
            ("vcard:fn", Literal(f"Données ouvertes de {place}")),
            ("vcard:hasEmail", Iri(f"mailto:donnees@ville-{number % 40}.exemple.fr")),
        ))),
    ]  # fmt: skip
    properties += [
        ("dcat:keyword", Literal(word, "fr")) for word in rng.sample(WORDS, rng.randint(3, 6))
    ]
    for position in range(3 + number % 3):
        code, media, suffix = FILES[position]
        url = f"{iri}/fichiers/{position}"
        checksum = Node(
            None,
            "spdx:Checksum",
            (
                ("spdx:algorithm", Iri("http://spdx.org/rdf/terms#checksumAlgorithm_sha1")),
                (
                    "spdx:checksumValue",
                    Literal(f"{rng.getrandbits(160):040x}", type="xsd:hexBinary"),
                ),
            ),
        )
        properties.append(("dcat:distribution", Node(url, "dcat:Distribution", (
            ("dct:title", Literal(f"{thing.capitalize()} ({code})", "fr")),
            ("dcat:accessURL", Iri(f"{iri}/information")),
            ("dcat:downloadURL", Iri(f"{url}/{thing.replace(' ', '-').replace(chr(39), '-')}.{suffix}")),
            ("dct:format", Iri(f"{AUTHORITY}/file-type/{code}")),
            ("dcat:mediaType", Iri(f"https://www.iana.org/assignments/media-types/{media}")),
            ("dct:license", Iri(LICENCE)),
            ("dct:issued", Literal(issued, type=date)),
            ("dct:modified", Literal(day, type=date)),
            ("dcat:byteSize", Literal(str(rng.randrange(10_000, 9_000_000) + edition), type="xsd:nonNegativeInteger")),
            *((("spdx:checksum", checksum),) if position == 0 else ()),
        ))))  # fmt: skip
    return Node(iri, "dcat:Dataset", tuple(properties))


def page(first: int, last: int, size: int, variant: Variant, address: str) -> Iterator[Node]:
    """The nodes of the page that holds datasets `first` to `last` (excluded) of `size`."""
    number = first // PER_PAGE + 1
    view: list[tuple[str, Value]] = [("hydra:totalItems", Literal(str(size), type="xsd:integer"))]
    if last < size:
        view.append(("hydra:next", Iri(f"{address}?page={number + 1}")))
    members = [dataset(n, int(variant == "changed" and n % 100 == 7)) for n in range(first, last)]
    head = [
        Node(f"{address}?page={number}", "hydra:PartialCollectionView", tuple(view)),
        Node(f"{HOST}/catalogue", "dcat:Catalog", (
            ("dct:title", Literal("Catalogue de mesure", "fr")),
            *(("dcat:dataset", Iri(str(m.iri))) for m in members),
        )),
    ]  # fmt: skip
    agents = [publisher(n) for n in range(min(40, size))]
    if variant == "base":
        yield from (*head, *agents, *members)
        return
    rng = random.Random(f"{first} {variant}")
    labels = (f"b{rng.getrandbits(48):012x}" for _ in itertools.count())
    nodes = [*agents, *flat(members, labels)]
    rng.shuffle(nodes)
    yield from head
    for node in nodes:
        yield Node(node.iri, node.type, tuple(rng.sample(node.properties, len(node.properties))))


def write(folder: Path, size: int, syntax: str, variant: Variant = "base") -> Path:
    """Write the catalogue's pages to `folder/<syntax>-<size>-<variant>/` unless they are there; that folder.

    Beside each page stands `page-N.etag`; `rows.jsonl` has one line per dataset, as raw rows to write.
    """
    target = folder / f"{syntax}-{size}-{variant}"
    if (target / "complete").exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    render = rdfxml if syntax == "xml" else turtle
    address = f"{NOWHERE}/{syntax}-{size}/catalogue"
    with (target / "rows.jsonl").open("wb") as rows:
        for first in range(0, size, PER_PAGE):
            last = min(first + PER_PAGE, size)
            content = render(page(first, last, size, variant, address)).encode()
            name = target / f"page-{first // PER_PAGE + 1}"
            name.with_suffix(f".{SUFFIX[syntax]}").write_bytes(content)
            name.with_suffix(".etag").write_text(
                f'"{blake2b(content, digest_size=12).hexdigest()}"'
            )
            if variant == "base":
                rows.writelines(orjson.dumps(tree(dataset(n))) + b"\n" for n in range(first, last))
    (target / "complete").touch()
    return target
