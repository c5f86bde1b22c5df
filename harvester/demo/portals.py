"""The sample portals: of which kind each is, what it lists, and what it copies from others.

The territory has portals of every kind. A commune without one keeps a table; the EPT federates some communes' portals, the
département, the région and the national portal harvest others, each in the words of its own kind.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from harvester.config import Level
from harvester.demo import defects, services
from harvester.demo.dialects import ckan, csw, datajson, ogcrecords, opendatasoft, table, udata
from harvester.demo.portal import Portal
from harvester.demo.rdf import Iri, Literal, Node
from harvester.demo.samples import CANARY, Producer, Sample, producers, samples, topics
from harvester.demo.styles import Style, describe
from harvester.territory import Gazetteer

TOKEN = "jeton-de-demonstration"  # noqa: S105 - the sample portal's, worth nothing

KINDS = {
    "boulogne-billancourt": "opendatasoft",
    "chaville": "opendatasoft",
    "issy-les-moulineaux": "dcat",
    "marnes-la-coquette": "table",
    "meudon": "dcat",
    "sevres": "ogcrecords",
    "vanves": "dcat",
    "ville-d-avray": "datajson",
    "gpso": "opendatasoft",
    "hauts-de-seine": "csw",
    "ile-de-france": "ckan",
    "portail-national": "udata",
}
"""What each producer publishes by."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What linking must make of the portals.

    `same`: the addresses under which portals list one dataset; `apart`: those of datasets that only look alike. `slices`: by
    commune, title of a dataset → (rows that are the commune's, all rows).
    """

    same: tuple[tuple[str, ...], ...]
    apart: tuple[tuple[str, str], ...]
    slices: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Territory:
    """What is published by whom, and which of it others list too."""

    who: dict[str, Producer]
    own: dict[str, list[Sample]]

    @property
    def federated(self) -> list[Sample]:
        """What the EPT's portal takes from communes' portals of its own platform."""
        return [*self.own["boulogne-billancourt"][:12], *self.own["chaville"][:12]]

    @property
    def catalogued(self) -> list[Sample]:
        """What the département's geographic catalogue copies."""
        return self.own["boulogne-billancourt"][:10]

    @property
    def linked(self) -> list[Sample]:
        """What the région's portal lists with a link to the original, and nothing else."""
        return self.own["issy-les-moulineaux"][:12]

    @property
    def national(self) -> list[Sample]:
        """What the national portal harvests."""
        communes = (slug for slug in self.own if self.who[slug].unit.level == "commune")
        some = [sample for slug in communes for sample in self.own[slug][:16]]
        return [*some, *self.own["gpso"][:12], *self.own["hauts-de-seine"][:12]]


def portals(gazetteer: Gazetteer) -> tuple[tuple[Portal, ...], Expected]:
    """Every sample portal, and what is to be found by comparing them."""
    who, templates = producers(gazetteer), topics()
    counts = {
        "boulogne-billancourt": ("commune", 48),
        "chaville": ("commune", 27),
        "issy-les-moulineaux": ("commune", 54),
        "marnes-la-coquette": ("commune", 12),
        "meudon": ("commune", 40),
        "sevres": ("commune", 30),
        "vanves": ("commune", 25),
        "ville-d-avray": ("commune", 27),
        "gpso": ("epci", 99),
        "hauts-de-seine": ("departement", 99),
        "ile-de-france": ("region", 99),
        "portail-national": ("etat", 99),
    }
    own = {
        slug: [_placed(sample) for sample in samples(who[slug], templates[group], count)]
        for slug, (group, count) in counts.items()
    }
    land = _Territory(who, own)
    made = (
        *_communes(land),
        *_upper(land),
        _internal(who["gpso"], samples(who["gpso"], templates["interne"], 99), own["gpso"]),
        _services(who["gpso"], gazetteer),
    )
    return made, replace(_expected(land), slices=services.expected(gazetteer))


def _placed(sample: Sample) -> Sample:
    """The dataset under the address that its producer's platform gives it."""
    host, slug = sample.producer.host, sample.producer.slug
    match KINDS[slug]:
        case "opendatasoft":
            page = f"https://{host}/explore/dataset/{sample.slug}/"
            return replace(sample, iri=page, landing=page)
        case "datajson":
            return replace(sample, landing=datajson.describe_hub(sample)["page"])
        case _:
            return sample


def _portal(land: _Territory, slug: str, entries: Iterable[Any], **how: Any) -> Portal:
    producer = land.who[slug]
    names = {"ile-de-france": "Région Île-de-France", "portail-national": "Portail national"}
    name = names.get(slug) or producer.name.replace("Ville", "Données ouvertes", 1)
    level = cast(Level, producer.unit.level)
    kind = KINDS[slug]
    site = {"site": f"https://{producer.host}"} if kind in ("opendatasoft", "ckan") else {}
    options = {**site, **how.pop("options", {})}
    return Portal(
        slug, name, level, producer.unit.code, tuple(entries), kind=kind, options=options, **how
    )


def _communes(land: _Territory) -> Iterable[Portal]:
    who, own = land.who, land.own
    hidden = _secret(own["boulogne-billancourt"][5], "RESTRICTED")
    listed = [*own["boulogne-billancourt"], hidden]
    yield _portal(land, "boulogne-billancourt", map(opendatasoft.describe, listed), page=20)
    listed = own["chaville"]
    yield _portal(land, "chaville", map(opendatasoft.describe, listed), patience=(1, 429))

    style = Style(volatile="horodatage=NOW", publisher="blank", spatial="name")
    hidden = _secret(own["issy-les-moulineaux"][0], "RESTRICTED")
    listed = [*own["issy-les-moulineaux"], hidden]
    yield _portal(
        land,
        "issy-les-moulineaux",
        (
            *(describe(sample, style) for sample in listed),
            *_series(who["issy-les-moulineaux"]),
            *defects.excesses(who["issy-les-moulineaux"], style),
        ),
        syntax="xml",
        listed=False,
        relabel=True,
    )

    # No portal: somebody at the town hall keeps a table, and the EPT looks after it.
    listed = [*own["marnes-la-coquette"], _secret(own["marnes-la-coquette"][1], "NON_PUBLIC")]
    yield _portal(
        land,
        "marnes-la-coquette",
        map(table.describe, listed),
        options={"custodian": who["gpso"].name},
    )

    style = Style(spatial="box", licence=Iri("https://opendatacommons.org/licenses/odbl/"))
    listed = [*own["meudon"], _secret(own["meudon"][3], "NON_PUBLIC")]
    yield _portal(
        land,
        "meudon",
        (
            *(describe(sample, style) for sample in listed),
            *defects.shapes(who["meudon"], style),
            *defects.addresses(who["meudon"], style),
        ),
        syntax="jsonld",
        page=15,
    )
    listed = [*own["sevres"], _secret(own["sevres"][2], "RESTRICTED")]
    yield _portal(land, "sevres", map(ogcrecords.describe, listed), page=12)
    style = Style(
        publisher="literal",
        keywords="joined",
        language="",
        licence=Literal("Licence Ouverte / Open Licence version 2.0"),
        licence_on_dataset=True,
        format="text",
        moment="plain",
        spatial="none",
    )
    yield _portal(
        land,
        "vanves",
        (
            *(describe(sample, style) for sample in own["vanves"]),
            *defects.words(who["vanves"], style),
        ),
        syntax="xml",
        page=10,
        view="PagedCollection",
        encoding="iso-8859-1",
        patience=(2, 403),
    )
    listed = [*own["ville-d-avray"], _secret(own["ville-d-avray"][0], "NON_PUBLIC")]
    yield _portal(land, "ville-d-avray", map(datajson.describe_hub, listed))


def _upper(land: _Territory) -> Iterable[Portal]:
    own = land.own
    listed = map(opendatasoft.describe, own["gpso"])
    taken = map(opendatasoft.federated, land.federated)
    yield _portal(land, "gpso", (*listed, *taken), page=25)
    secret = _secret(own["hauts-de-seine"][0], "RESTRICTED")
    yield _portal(
        land,
        "hauts-de-seine",
        map(csw.describe, (*own["hauts-de-seine"], *land.catalogued, secret)),
        page=20,
    )
    yield _portal(
        land,
        "ile-de-france",
        (*map(ckan.describe, own["ile-de-france"]), *(_linked(sample) for sample in land.linked)),
        page=20,
    )
    yield _portal(
        land,
        "portail-national",
        (
            *map(udata.describe, own["portail-national"]),
            *(_harvested(sample) for sample in land.national),
        ),
        page=50,
    )


def _internal(producer: Producer, secret: list[Sample], public: list[Sample]) -> Portal:
    """The agents' own catalogue: everything in it is restricted, also what it adds to a public dataset."""
    style = Style(language="")
    entries = [describe(_secret(sample, "RESTRICTED"), style) for sample in secret]
    more = Literal(f"Version interne {CANARY} : adresses complètes des abonnés.")
    entries += [
        describe(
            replace(sample, text=more.text, keywords=(f"interne {CANARY}",), access="RESTRICTED"),
            style,
        )
        for sample in public[:2]
    ]
    return Portal(
        "gpso-interne",
        "GPSO — catalogue interne",
        "epci",
        producer.unit.code,
        tuple(entries),
        token=TOKEN,
        access="restricted",
        packing="file",
    )


def _services(producer: Producer, gazetteer: Gazetteer) -> Portal:
    """Data of the whole territory, of which each city's rows can be asked for."""
    return Portal(
        services.SOURCE,
        "GPSO — services de données",
        "epci",
        producer.unit.code,
        tuple(services.described(producer, gazetteer)),
        tables=services.tables(gazetteer),
    )


def _secret(sample: Sample, access: str) -> Sample:
    """A restricted neighbour of a dataset, recognisable wherever a word of it turns up."""
    return replace(
        sample,
        iri=f"{sample.iri}-{CANARY}",
        landing=f"{sample.iri}-{CANARY}/information",
        identifier=f"{CANARY}-{sample.identifier}",
        slug=f"{sample.slug}-{CANARY}",
        title=f"{sample.title} {CANARY}",
        text=f"{CANARY} {sample.text}",
        keywords=(*sample.keywords, CANARY),
        access=access,
    )


def _linked(sample: Sample) -> dict[str, Any]:
    """What a CKAN shows of a dataset that stands elsewhere: a package of its own, with a link to the original's page."""
    return ckan.describe(replace(sample, iri=f"{sample.iri}#ile-de-france"))


def _harvested(sample: Sample) -> dict[str, Any]:
    """What udata makes of a dataset that it harvested, by what the original's portal tells of it."""
    copy = udata.describe(sample)
    origin = copy["harvest"]
    match KINDS[sample.producer.slug]:
        case "csw":
            origin = {**origin, "uri": None, "remote_id": csw.describe(sample)["id"]}
        case "datajson":
            item = datajson.describe_hub(sample)["identifier"]
            origin = {**origin, "uri": None, "remote_id": item}
        case "ogcrecords":
            origin = {**origin, "uri": None, "remote_id": ogcrecords.describe(sample)["id"]}
        case "table":
            origin = {**origin, "uri": sample.landing, "remote_id": sample.slug}
    words = [word.lower().replace(" ", "-") for word in sample.keywords]
    return {**copy, "harvest": origin, "tags": words, "description": sample.text[:180]}


def _series(producer: Producer) -> Iterable[Node]:
    """A series and a service: what a catalogue lists besides datasets."""
    host = producer.host
    title = Literal("Comptages routiers depuis 2019", "fr")
    text = Literal("Tous les millésimes des comptages du réseau communal.", "fr")
    yield Node(
        f"https://{host}/series/comptages-routiers",
        "dcat:DatasetSeries",
        (("dct:title", title), ("dct:description", text)),
    )
    yield Node(
        f"https://{host}/services/wms",
        "dcat:DataService",
        (
            ("dct:title", Literal("Service WMS de la ville", "fr")),
            (
                "dct:description",
                Literal("Fonds de plan et réseaux, au standard OGC WMS 1.3.", "fr"),
            ),
            ("dcat:endpointURL", Iri(f"https://{host}/geoserver/wms")),
            ("dcat:servesDataset", Iri(f"https://{host}/jeux/voies-communales")),
        ),
    )


def _expected(land: _Territory) -> Expected:
    listed: dict[str, list[str]] = {}
    for sample in (*land.federated, *land.catalogued, *land.linked, *land.national):
        listed.setdefault(sample.iri, [_address(sample)])
    host = land.who["gpso"].host
    for sample in land.federated:
        name = f"{sample.slug}@{sample.producer.slug}"
        listed[sample.iri].append(f"https://{host}/explore/dataset/{name}/")
    for sample in land.national:
        listed[sample.iri].append(udata.describe(sample)["page"])
    apart = []
    for samples_of in land.own.values():
        annual = [sample for sample in samples_of if sample.year]
        apart += [
            (_address(one), _address(other))
            for one, other in itertools.pairwise(annual)
            if one.slug.rpartition("-")[0] == other.slug.rpartition("-")[0]
        ]
    trees = [
        _address(sample)
        for samples_of in land.own.values()
        for sample in samples_of
        if sample.slug == "arbres-alignement"
    ]
    apart += itertools.pairwise(trees)
    return Expected(tuple(map(tuple, listed.values())), tuple(apart))


def _address(sample: Sample) -> str:
    """Where the portal that publishes it shows a dataset."""
    return sample.landing
