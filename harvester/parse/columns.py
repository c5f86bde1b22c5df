"""The columns of known layouts of catalogues, and which row of a table names them.

Facts of the schemas `scdl/catalogue` 0.1.3 and `etalab/schema-catalogue-donnees` 0.3.0 (schema.data.gouv.fr), of
data.gouv.fr's export of its catalogue and of Opendatasoft's. People spell the names otherwise (`Titre`, `date publ.`, the
schema's own titles): what folds to the same is the same column. Other tables keep the names they have.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Literal

Check = Literal["", "date", "siret", "url", "email", "integer"]

HEADING_WITHIN = 40
"""Rows among which the one with the columns' names is looked for."""


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """What two spellings of a column's name have in common: letters without accents, and digits."""
    plain = unicodedata.normalize("NFKD", name.partition("(")[0].partition("[")[0] or name)
    return "".join(letter for letter in plain.casefold() if letter.isalnum())


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a schema. `among` are the only words it may hold, `longest` its most characters.

    `strict`: words beyond `among` are a defect, not a habit that everybody understands.
    """

    name: str
    label: str = ""
    required: bool = True
    check: Check = ""
    among: tuple[str, ...] = ()
    longest: int = 0
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to write a catalogue as a table.

    `url` and `format` hold a record's addresses and formats, several in one cell perhaps; `publishers` are columns
    (name, SIRET) of who publishes, best first. `origin` are those of the identifier at the portal that a record was taken from,
    and of that portal's domain. `counters` begin the names of columns that change without meaning.
    `closed`: a schema, against which columns and cells are held.
    """

    name: str
    columns: tuple[Column, ...]
    identifier: str = ""
    title: str = ""
    url: str = ""
    format: str = ""
    publishers: tuple[tuple[str, str], ...] = ()
    origin: tuple[str, str] = ("", "")
    counters: tuple[str, ...] = ()
    closed: bool = False
    spellings: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {folded(c.label): c.name for c in self.columns if c.label}
        names |= {folded(c.name): c.name for c in self.columns}
        object.__setattr__(self, "spellings", names)


SCDL = Layout(
    "SCDL « catalogue »",
    (
        Column("COLL_NOM", "Nom de la collectivité", longest=140),
        Column("COLL_SIRET", "Code SIRET de la collectivité", check="siret"),
        Column("ID", "Identifiant du jeu de données"),
        Column("TITRE", "Titre du jeu de données"),
        Column("DESCRIPTION", "Description du jeu de données"),
        Column("THEME", "Thème du jeu de données", longest=140),
        Column("PRODUCTEUR_NOM", "Nom du producteur", longest=140),
        Column("PRODUCTEUR_SIRET", "Code SIRET du producteur", check="siret"),
        Column(
            "COUV_SPAT_MAILLE",
            "Maille de couverture spatiale",
            among=(
                "Infracommunale", "Communale", "Intercommunale", "Cantonale", "Départementale", "Régionale", "Autre",
            ),
        ),
        Column("COUV_SPAT_NOM", "Nom de couverture spatiale", longest=140),
        Column("COUV_TEMP_DEBUT", "Date de début de la couverture temporelle", check="date"),
        Column("COUV_TEMP_FIN", "Date de fin de la couverture temporelle", check="date"),
        Column("DATE_PUBL", "Date de la première publication", check="date"),
        Column(
            "FREQ_MAJ",
            "Fréquence de la mise à jour",
            among=(
                "Inconnue", "Ponctuelle", "Irrégulière", "Continuelle", "Toutes les heures",
                "Quotidienne ou plusieurs fois par jour", "Hebdomadaire ou plusieurs fois par semaine",
                "Mensuelle ou plusieurs fois par mois", "Bimestrielle", "Trimestrielle", "Semestrielle", "Annuelle",
                "Biennale", "Triennale", "Quinquennale",
            ),
        ),
        Column("DATE_MAJ", "Date de la dernière mise à jour", check="date"),
        Column("MOTS_CLES", "Mots clés"),
        Column(
            "LICENCE",
            "Licence appliquée sur le jeu de données",
            among=("Licence Ouverte-LO", "Open Database License-ODBL", "Creative Commons-CC", "Spécifique ou autre"),
            strict=False,
        ),
        Column("NOMBRE_RESSOURCES", "Nombre de ressources", check="integer"),
        Column("FORMAT_RESSOURCES", "Formats des ressources"),
        Column("URL", "URL d'accès", check="url"),
        # Ours: whom the dataset is for.
        Column("ACCES", "Droits d'accès", required=False),
    ),
    identifier="ID",
    title="TITRE",
    url="URL",
    format="FORMAT_RESSOURCES",
    publishers=(("PRODUCTEUR_NOM", "PRODUCTEUR_SIRET"), ("COLL_NOM", "COLL_SIRET")),
    closed=True,
)  # fmt: skip

ETALAB = Layout(
    "etalab « catalogue-donnees »",
    (
        Column("titre", "Titre"),
        Column("description", "Description"),
        Column("mots_cles", "Mots clés"),
        Column("nom_orga", "Organisation"),
        Column("siret_orga", "Numéro SIRET", required=False, check="siret"),
        Column("id_alt_orga", "Identifiant alternatif", required=False),
        Column("service", "Service"),
        Column("si", "Système d'information", required=False),
        Column("contact_service", "Contact service", required=False, check="email"),
        Column("contact_personne", "Contact", check="email"),
        Column("date_pub", "Date de première publication", required=False, check="date"),
        Column("date_maj", "Date de mise à jour", required=False, check="date"),
        Column("freq_maj", "Fréquence de mise à jour", required=False),
        Column("couv_geo", "Couverture géographique"),
        Column("url", "URL", required=False, check="url"),
        Column("format", "Format"),
        Column("licence", "Licence", required=False),
    ),
    title="titre",
    url="url",
    format="format",
    publishers=(("nom_orga", "siret_orga"),),
    closed=True,
)

DATAGOUV = Layout(
    "data.gouv.fr",
    tuple(map(Column, (
        "id", "title", "slug", "acronym", "url", "organization", "organization_id", "owner", "owner_id",
        "description", "frequency", "license", "temporal_coverage.start", "temporal_coverage.end",
        "spatial.granularity", "spatial.zones", "featured", "created_at", "last_modified", "tags", "archived",
        "resources_count", "harvest.backend", "harvest.domain", "harvest.created_at", "harvest.modified_at",
        "harvest.remote_url", "harvest.remote_id",
    ))),
    identifier="id",
    title="title",
    url="url",
    format="resources_formats",
    publishers=(("organization", ""), ("owner", "")),
    origin=("harvest.remote_id", "harvest.domain"),
    counters=("metric.", "quality_score"),
)  # fmt: skip

OPENDATASOFT = Layout(
    "Opendatasoft",
    tuple(map(Column, (
        "datasetid", "title", "description", "theme", "keyword", "license", "language", "modified",
        "data_processed", "metadata_processed", "publisher", "references", "records_count", "attributions",
        "source_domain", "source_dataset", "dcat.created", "dcat.issued", "dcat.creator", "dcat.contributor",
        "dcat.accrualperiodicity", "dcat.spatial", "dcat.temporal",
    ))),
    identifier="datasetid",
    title="title",
    publishers=(("publisher", ""),),
    origin=("source_dataset", "source_domain"),
    counters=("explore.", "data_processed", "metadata_processed", "records_count"),
)  # fmt: skip

ANY = Layout("", ())
LAYOUTS = (SCDL, ETALAB, DATAGOUV, OPENDATASOFT)

_IDENTIFIERS = (
    "id",
    "identifiant",
    "identifier",
    "idjeu",
    "iddataset",
    "datasetid",
    "reference",
    "ref",
    "code",
    "uuid",
)
_TITLES = ("titre", "title", "nom", "name", "intitule", "libelle", "jeudedonnees", "dataset")  # fmt: skip


def familiar(cells: list[str]) -> int:
    """How many cells of a row are names of columns, of the layout that knows most of them."""
    return _best(cells)[1]


def _best(cells: Iterable[str]) -> tuple[Layout, int]:
    names = {folded(cell) for cell in cells if cell and len(cell) < 100}
    exact = {cell.strip() for cell in cells}
    counts = [
        (len(names & layout.spellings.keys()), len(exact & {c.name for c in layout.columns}), layout)
        for layout in LAYOUTS
    ]  # fmt: skip
    known, _, layout = max(counts, key=lambda each: each[:2])
    return layout, known


@dataclass(frozen=True, slots=True)
class Heading:
    """The row that names the columns: its number, its cells, the names they come to, and the layout they are of."""

    row: int
    cells: tuple[str, ...]
    names: tuple[str, ...]
    layout: Layout
    identifier: str
    title: str
    unknown: tuple[tuple[str, str], ...] = ()
    """Columns the schema does not know, with the nearest that it does."""
    missing: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


def heading(
    rows: Iterator[tuple[int, list[str]]], *, row: int = 0, identifier: str = "", title: str = ""
) -> Heading | None:
    """The row with the names of columns: the one a person said, else that with most known names, else the first
    that is as wide as most. None where there is none.
    """
    sample = list(islice(rows, max(HEADING_WITHIN, row)))
    if row:
        found = next((cells for number, cells in sample if number == row), None)
        return _made(row, found, identifier, title) if found and any(found) else None
    best = max(sample, key=lambda each: familiar(each[1]), default=None)
    if best and familiar(best[1]) >= 3:
        return _made(*best, identifier, title)
    filled = [sum(1 for cell in cells if cell.strip()) for _, cells in sample]
    wide = max(filled, default=0)
    for (number, cells), count in zip(sample, filled, strict=True):
        if count >= max(2, 0.6 * wide):
            return _made(number, cells, identifier, title)
    return None


def _made(row: int, cells: list[str], identifier: str, title: str) -> Heading:
    layout, known = _best(cells)
    titles = (layout.spellings.get(folded(cell)) for cell in cells)
    if known < 3 or layout.title not in titles:
        layout = ANY
    names: list[str] = []
    unknown: list[tuple[str, str]] = []
    repeated: list[str] = []
    times: Counter[str] = Counter()
    for position, cell in enumerate(cells):
        written = " ".join(cell.split())
        name = layout.spellings.get(folded(written), written)
        if not name:
            name = f"colonne {letters(position)}"
        elif name not in layout.spellings.values() and layout.closed:
            near = get_close_matches(folded(name), layout.spellings, 1, 0.8)
            unknown.append((name, layout.spellings[near[0]] if near else ""))
        times[name] += 1
        if times[name] > 1:
            repeated.append(name)
            name = f"{name} ({times[name]})"
        names.append(name)
    missing = [
        column.name for column in layout.columns if column.required and column.name not in names
    ]
    return Heading(
        row,
        tuple(cell.strip() for cell in cells),
        tuple(names),
        layout,
        _wanted(identifier, names) or layout.identifier or _first(names, _IDENTIFIERS, layout),
        _wanted(title, names) or layout.title or _first(names, _TITLES, layout),
        tuple(unknown),
        tuple(missing) if layout.closed else (),
        tuple(dict.fromkeys(repeated)),
    )  # fmt: skip


def _wanted(name: str, names: list[str]) -> str:
    """The column that a person named; the name itself where there is none such."""
    return next((each for each in names if folded(each) == folded(name)), name) if name else ""


def _first(names: list[str], usual: tuple[str, ...], layout: Layout) -> str:
    if layout is not ANY:
        return ""
    by_fold = {folded(name): name for name in reversed(names)}
    return next((by_fold[each] for each in usual if each in by_fold), "")


def letters(position: int) -> str:
    """A spreadsheet's name for a column, counted from 0: A, B … Z, AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name
