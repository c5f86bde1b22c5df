"""The sample portals: what each lists, in which serialisation and paging, and what it copies from others."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from harvester.demo import defects
from harvester.demo.portal import Portal
from harvester.demo.rdf import Iri, Literal, Node, Value
from harvester.demo.samples import CANARY, Producer, Sample, producers, samples, topics
from harvester.demo.styles import LICENCE_OUVERTE, Style, describe
from harvester.territory import Gazetteer

TOKEN = "jeton-de-demonstration"  # noqa: S105 - the sample portal's, worth nothing


@dataclass(frozen=True, slots=True)
class Expected:
    """What linking must make of the portals: IRIs of one dataset, and of datasets that only look alike."""

    same: tuple[tuple[str, str], ...]
    apart: tuple[tuple[str, str], ...]


def portals(gazetteer: Gazetteer) -> tuple[tuple[Portal, ...], Expected]:
    """Every sample portal, and what is to be found by comparing them."""
    who, level = producers(gazetteer), topics()
    own = {
        slug: samples(who[slug], level["commune"], count)
        for slug, count in {
            "boulogne-billancourt": 48,
            "chaville": 27,
            "issy-les-moulineaux": 54,
            "meudon": 40,
            "sevres": 30,
            "vanves": 25,
            "ville-d-avray": 27,
        }.items()
    }
    marnes = [
        replace(sample, iri=_moved(sample, who["gpso"]), landing=_moved(sample, who["gpso"]))
        for sample in samples(who["marnes-la-coquette"], level["commune"], 12)
    ]
    upper = {
        slug: samples(who[slug], level[group], 99)
        for slug, group in (
            ("gpso", "epci"),
            ("hauts-de-seine", "departement"),
            ("ile-de-france", "region"),
            ("portail-national", "etat"),
        )
    }
    kept = [*own["chaville"][:8], *own["sevres"][:8], *own["ville-d-avray"][:8]]
    national = [
        *(sample for slug in own for sample in own[slug][:16]),
        *marnes[:6],
        *upper["gpso"][:12],
        *upper["hauts-de-seine"][:12],
    ]
    made = (
        *_communes(who, own),
        *_upper(who, own, upper, marnes, kept, national),
        _internal(who["gpso"], samples(who["gpso"], level["interne"], 99), upper["gpso"]),
    )
    return made, _expected(who, own, upper, marnes, kept, national)


def _communes(who: dict[str, Producer], own: dict[str, list[Sample]]) -> Iterable[Portal]:
    def portal(slug: str, style: Style, extra: Iterable[Node] = (), **how: object) -> Portal:
        producer = who[slug]
        entries = (*(describe(sample, style) for sample in own[slug]), *extra)
        name = producer.name.replace("Ville", "Données ouvertes", 1)
        return Portal(slug, name, "commune", producer.unit.code, entries, **how)  # type: ignore[arg-type]

    style = Style(moment="dateTime")
    yield portal(
        "boulogne-billancourt",
        style,
        defects.addresses(who["boulogne-billancourt"], style),
        syntax="xml",
        page=20,
    )
    yield portal("chaville", Style(licence=Literal("lov2")), packing="file", patience=(1, 429))

    style = Style(volatile="horodatage=NOW", publisher="blank", spatial="name")
    hidden = _secret(own["issy-les-moulineaux"][0], "RESTRICTED")
    yield portal(
        "issy-les-moulineaux",
        style,
        (describe(hidden, style), *defects.excesses(who["issy-les-moulineaux"], style)),
        syntax="xml",
        listed=False,
        relabel=True,
    )
    style = Style(spatial="box", licence=Iri("https://opendatacommons.org/licenses/odbl/"))
    hidden = _secret(own["meudon"][3], "NON_PUBLIC")
    yield portal(
        "meudon",
        style,
        (describe(hidden, style), *defects.shapes(who["meudon"], style)),
        syntax="jsonld",
        page=15,
    )
    yield portal("sevres", Style(publisher="blank", format="text"), page=12, relabel=True)
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
    yield portal(
        "vanves",
        style,
        defects.words(who["vanves"], style),
        syntax="xml",
        page=10,
        view="PagedCollection",
        encoding="iso-8859-1",
        patience=(2, 403),
    )
    yield portal("ville-d-avray", Style(language="", spatial="name"), syntax="jsonld")


def _upper(
    who: dict[str, Producer],
    own: dict[str, list[Sample]],
    upper: dict[str, list[Sample]],
    marnes: list[Sample],
    kept: list[Sample],
    national: list[Sample],
) -> Iterable[Portal]:
    style = Style()
    # Federated as they are: the same IRIs, the producers' own words.
    yield Portal(
        "gpso",
        "Grand Paris Seine Ouest",
        "epci",
        who["gpso"].unit.code,
        tuple(describe(sample, style) for sample in (*upper["gpso"], *marnes, *kept)),
        page=25,
    )
    # Copies under addresses of its own, that say what they are copies of.
    style = Style(spatial="box", licence=Literal("Licence Ouverte v2.0"))
    copies = (
        _copy(sample, who["hauts-de-seine"], style) for sample in own["boulogne-billancourt"][:10]
    )
    yield Portal(
        "hauts-de-seine",
        "Hauts-de-Seine Open Data",
        "departement",
        who["hauts-de-seine"].unit.code,
        (*(describe(sample, style) for sample in upper["hauts-de-seine"]), *copies, *_series(who)),
        syntax="xml",
        packing="transfer",
    )
    # Copies whose landing page is the original's, and nothing else.
    style = Style(spatial="insee")
    linked = (
        describe(
            replace(
                sample,
                iri=_moved(sample, who["ile-de-france"]),
                identifier=f"{sample.slug}-issy@ile-de-france",
            ),
            style,
        )
        for sample in own["issy-les-moulineaux"][:12]
    )
    yield Portal(
        "ile-de-france",
        "Région Île-de-France",
        "region",
        who["ile-de-france"].unit.code,
        (*(describe(sample, style) for sample in upper["ile-de-france"]), *linked),
        syntax="jsonld",
        page=20,
        view="PagedCollection",
    )
    style = Style(moment="dateTime", spatial="insee", licence=LICENCE_OUVERTE)
    yield Portal(
        "portail-national",
        "Portail national",
        "etat",
        who["portail-national"].unit.code,
        (
            *(describe(sample, style) for sample in upper["portail-national"]),
            *(_copy(sample, who["portail-national"], style) for sample in national),
        ),
        syntax="xml",
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
    )


def _secret(sample: Sample, access: str) -> Sample:
    """A restricted neighbour of a dataset, recognisable wherever a word of it turns up."""
    return replace(
        sample,
        iri=f"{sample.iri}-{CANARY}",
        landing=f"{sample.iri}-{CANARY}/information",
        identifier=f"{CANARY}-{sample.identifier}",
        title=f"{sample.title} {CANARY}",
        text=f"{CANARY} {sample.text}",
        keywords=(*sample.keywords, CANARY),
        access=access,
    )


def _moved(sample: Sample, to: Producer) -> str:
    return f"https://{to.host}/jeux/{sample.producer.slug}-{sample.slug}"


def _copy(sample: Sample, to: Producer, style: Style) -> Node:
    """What a portal that harvests makes of a dataset: its own address, the original's as an identifier."""
    iri = _moved(sample, to)
    origin: tuple[tuple[str, Value], ...] = (
        ("skos:notation", Literal(sample.iri, type="xsd:anyURI")),
    )
    return describe(
        replace(
            sample,
            iri=iri,
            landing=iri,
            identifier=f"{sample.producer.slug}-{sample.slug}@{to.slug}",
            text=sample.text[:180],
            keywords=tuple(word.lower().replace(" ", "-") for word in sample.keywords),
        ),
        style,
        ("adms:identifier", Node(None, "adms:Identifier", origin)),
    )


def _series(who: dict[str, Producer]) -> Iterable[Node]:
    """A series and a service: what a catalogue lists besides datasets."""
    host = who["hauts-de-seine"].host
    title = Literal("Comptages routiers depuis 2019", "fr")
    text = Literal("Tous les millésimes des comptages du réseau départemental.", "fr")
    yield Node(
        f"https://{host}/series/comptages-routiers",
        "dcat:DatasetSeries",
        (("dct:title", title), ("dct:description", text)),
    )
    yield Node(
        f"https://{host}/services/wms",
        "dcat:DataService",
        (
            ("dct:title", Literal("Service WMS des Hauts-de-Seine", "fr")),
            (
                "dct:description",
                Literal("Fonds de plan et réseaux, au standard OGC WMS 1.3.", "fr"),
            ),
            ("dcat:endpointURL", Iri(f"https://{host}/geoserver/wms")),
            ("dcat:servesDataset", Iri(f"https://{host}/jeux/routes-departementales")),
        ),
    )


def _expected(
    who: dict[str, Producer],
    own: dict[str, list[Sample]],
    upper: dict[str, list[Sample]],
    marnes: list[Sample],
    kept: list[Sample],
    national: list[Sample],
) -> Expected:
    same = [(sample.iri, sample.iri) for sample in kept]
    same += [(s.iri, _moved(s, who["hauts-de-seine"])) for s in own["boulogne-billancourt"][:10]]
    same += [(s.iri, _moved(s, who["ile-de-france"])) for s in own["issy-les-moulineaux"][:12]]
    same += [(sample.iri, _moved(sample, who["portail-national"])) for sample in national]
    apart = []
    everything = [*own.values(), upper["gpso"], upper["portail-national"], marnes]
    for listed in everything:
        annual = [sample for sample in listed if sample.year]
        apart += [
            (one.iri, other.iri)
            for one, other in itertools.pairwise(annual)
            if one.slug.rpartition("-")[0] == other.slug.rpartition("-")[0]
        ]
    trees = [
        sample.iri
        for listed in everything
        for sample in listed
        if sample.slug == "arbres-alignement"
    ]
    apart += itertools.pairwise(trees)
    return Expected(tuple(same), tuple(apart))
