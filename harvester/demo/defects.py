"""What portals really say now and then: each of these must be survived, told, and cost no other record."""

from __future__ import annotations

from dataclasses import replace

from harvester.demo.rdf import Iri, Literal, Node, Value
from harvester.demo.samples import Producer, Sample
from harvester.demo.styles import Style, describe

SCRIPT = "<script>document.title='pris'</script>"


def _sample(producer: Producer, slug: str, title: str, text: str = "") -> Sample:
    iri = f"https://{producer.host}/jeux/{slug}"
    return Sample(
        iri=iri,
        identifier=f"{slug}@{producer.slug}",
        slug=slug,
        producer=producer,
        title=title,
        text=text or f"{title}, tel que le portail {producer.of} le publie.",
        theme="GOVE",
        keywords=("divers",),
        frequency="IRREG",
        formats=("csv",),
        issued="2020-01-15",
        modified="2024-02-20",
        landing=f"{iri}/information",
        place=producer.unit,
    )


def _changed(node: Node, **properties: Value | None) -> Node:
    """The node with other values (`dct_issued=…`), or without them (None)."""
    names = {name.replace("_", ":", 1): value for name, value in properties.items()}
    kept = tuple((name, value) for name, value in node.properties if name not in names)
    added = tuple((name, value) for name, value in names.items() if value is not None)
    return replace(node, properties=kept + added)


def addresses(producer: Producer, style: Style) -> list[Node]:
    """Addresses that are none, or lead nowhere that others can go. For RDF/XML and JSON-LD."""
    spaced = describe(
        replace(
            _sample(producer, "plan-velo", "Plan vélo : itinéraires projetés"),
            iri=f"https://{producer.host}/jeux/plan vélo 2024",
        ),
        style,
    )
    office = describe(_sample(producer, "sig-bureau", "Fonds de plan du bureau d'études"), style)
    places = (
        "file:///G:/SIG/projets/fond de plan.shp",
        "http://localhost:8080/geoserver/wms",
        "www.plans.example/telecharger",
    )
    links: tuple[tuple[str, Value], ...] = tuple(
        ("dcat:distribution", Node(None, "dcat:Distribution", (("dcat:accessURL", Iri(place)),)))
        for place in places
    )
    hostile = _changed(
        describe(
            _sample(
                producer,
                "signalements",
                "Signalements sur l'espace public",
                "<p>Signalements <b>traités</b> par les services.</p><ul><li>date</li><li>rue</li>"
                f'</ul>{SCRIPT}<img src=x onerror="alert(\'pris\')"><a href="javascript:alert(1)">'
                'détail</a> <a href="https://exemple.example/notice">notice</a>',
            ),
            style,
        ),
        dcat_landingPage=Iri("javascript:alert(document.cookie)"),
    )
    return [
        spaced,
        replace(
            _changed(office, dcat_distribution=None),
            properties=(*_changed(office, dcat_distribution=None).properties, *links),
        ),
        hostile,
    ]


def words(producer: Producer, style: Style) -> list[Node]:
    """Values typed by hand: dates, frequencies, languages, sizes, licences as people say them."""
    untitled = _changed(
        describe(_sample(producer, "releves-2019-bis", "sans titre"), style), dct_title=None
    )
    dates = _changed(
        describe(_sample(producer, "ravalements", "Ravalements de façade subventionnés"), style),
        dct_issued=Literal("31/02/2023"),
        dct_modified=Literal("courant 2022"),
        dct_accrualPeriodicity=Literal("tous les ans"),
        dct_language=Literal("français"),
        dct_license=Literal("Licence de réutilisation de la ville, version 2"),
        dct_publisher=None,
    )
    french = _changed(
        describe(_sample(producer, "foires", "Foires et brocantes"), style),
        dct_issued=Literal("15/03/2021"),
        dct_modified=Literal("le 3 mai 2023"),
        dcat_theme=Literal("Économie"),
        dct_license=Literal("licence ouverte V2.0 (etalab)"),
    )
    backwards = _changed(
        describe(_sample(producer, "cimetiere", "Plan du cimetière"), style),
        dct_issued=Literal("2023-06-01", type="xsd:date"),
        dct_modified=Literal("2019-13-45", type="xsd:date"),
        dcat_distribution=Node(
            None,
            "dcat:Distribution",
            (
                ("dcat:accessURL", Iri(f"https://{producer.host}/jeux/cimetiere")),
                ("dcat:byteSize", Literal("2,3 Mo")),
                ("dct:format", Literal("fichier tableur (.xls)")),
            ),
        ),
    )
    return [untitled, dates, french, backwards]


def shapes(producer: Producer, style: Style) -> list[Node]:
    """Geometries that are none: not a number, without extent, with the axes exchanged."""

    def placed(slug: str, title: str, literal: Literal, name: str = "locn:geometry") -> Node:
        where = Node(None, "dct:Location", ((name, literal),))
        return _changed(describe(_sample(producer, slug, title), style), dct_spatial=where)

    wkt = "geosparql:wktLiteral"
    return [
        placed("emprise-chantier", "Emprise du chantier de la gare",
               Literal("POLYGON((NaN NaN,NaN NaN,NaN NaN,NaN NaN))", type=wkt)),
        placed("belvedere", "Belvédère et table d'orientation",
               Literal("POLYGON((2.23 48.81,2.23 48.81,2.23 48.81,2.23 48.81))", type=wkt), "dcat:bbox"),
        placed("sentier", "Sentier nature",
               Literal("POLYGON((48.80 2.20,48.82 2.20,48.82 2.25,48.80 2.25,48.80 2.20))", type=wkt), "dcat:bbox"),
        placed("bassin", "Bassin de retenue", Literal("POLYGON((2.2 48.8, 2.3", type=wkt)),
    ]  # fmt: skip


def excesses(producer: Producer, style: Style) -> list[Node]:
    """Too much, too little, and characters nobody sees."""
    invisible = _sample(
        producer, "fetes", "\u200bCalendrier\u00a0des fe\u0302tes \ufeffet cérémonies"
    )
    long = _sample(producer, "reglement", "Règlement de voirie", "Article. " * 6000)
    many = replace(
        _sample(producer, "phototheque", "Photothèque municipale"),
        keywords=tuple(f"cliché {n}" for n in range(400)),
    )
    bare = Node(
        f"https://{producer.host}/jeux/registre",
        "dcat:Dataset",
        (("dct:title", Literal("Registre d'accessibilité")),),
    )
    return [describe(invisible, style), describe(long, style), describe(many, style), bare]
