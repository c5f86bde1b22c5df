"""Sources that keep their catalogue as a table: a file, or the link to a shared spreadsheet.

One page holds all of it. Links as people copy them from their browser are turned into those that download.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field

from harvester.config import Source
from harvester.fetch.addresses import beginning
from harvester.parse import table
from harvester.parse.page import Found, Page, Request
from harvester.parse.table import Party, Reading
from harvester.territory import load

ACCEPT = (
    "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;q=0.9, "
    "application/vnd.oasis.opendocument.spreadsheet;q=0.9, text/tab-separated-values;q=0.8, */*;q=0.5"
)
INCREMENTAL = False
TOKEN = ("Authorization", "Bearer {}")

_SIRET = r"^(\d{9}(\d{5})?)?$"


class Options(BaseModel):
    """Options d'une source tableau."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    publisher: str = Field(
        "",
        description="Le producteur des jeux de données dont le tableau ne le dit pas ; sans lui, la collectivité du territoire de la source.",
    )
    publisher_siret: str = Field(
        "", pattern=_SIRET, description="Son SIRET (14 chiffres) ou son SIREN (9 chiffres)."
    )
    custodian: str = Field(
        "",
        description="Qui tient le tableau pour le compte du producteur : l'EPT, l'EPCI, un syndicat.",
    )
    custodian_siret: str = Field(
        "", pattern=_SIRET, description="Son SIRET (14 chiffres) ou son SIREN (9 chiffres)."
    )
    sheet: str = Field(
        "",
        description="La feuille du classeur à lire, par son nom ou son numéro (à partir de 1) ; sans elle, la première qui n'est pas vide. Pour Grist, le nom de la table.",
    )
    header: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Le numéro de la ligne qui nomme les colonnes, là où elle n'est pas trouvée d'elle-même.",
    )
    identifier: str = Field(
        "", description="La colonne de l'identifiant, dans un tableau d'une autre forme."
    )
    title: str = Field("", description="La colonne du titre, dans un tableau d'une autre forme.")
    separator: str = Field(
        "",
        pattern=r"^(\\t|[^\"\r\n])?$",
        description="Ce qui sépare les cellules d'un CSV, là où ce n'est pas trouvé de soi-même (`\\t` pour une tabulation).",
    )
    encoding: str = Field(
        "",
        description="L'encodage d'un CSV, là où il n'est pas trouvé de lui-même : `windows-1252`, `mac-roman`…",
    )
    ignore_columns: tuple[str, ...] = Field(
        (),
        description="Les colonnes qui changent sans rien signifier (nombre de vues, date de l'export).",
    )


def start(source: Source, options: Options, since: datetime | None) -> Iterator[Request]:  # noqa: ARG001
    """The table: a file, or what a link downloads."""
    yield Request(download(beginning(source.url), options.sheet), ACCEPT)


def read(page: Page, source: Source, options: Options) -> Iterator[Found]:
    """Yield the records and the problems of the table, by row and column. Raises SourceRefused for what is none."""
    publisher = Party(options.publisher, options.publisher_siret)
    yield from table.read(
        page,
        Reading(
            sheet=options.sheet,
            row=options.header or 0,
            encoding=options.encoding,
            separator=options.separator,
            identifier=options.identifier,
            title=options.title,
            publisher=publisher if publisher.tree() else governing(source.territory),
            custodian=Party(options.custodian, options.custodian_siret),
            ignored=options.ignore_columns,
            ignore_parameters=source.ignored,
        ),
    )


def hint(page: Page, source: Source, options: Options) -> Iterator[Request]:  # noqa: ARG001
    """A table has no further pages."""
    yield from ()


def governing(territory: str) -> Party:
    """Who governs a territory, to publish what its table does not say the publisher of. Nobody for the State."""
    unit = load().unit(territory)
    if unit is None or unit.level == "etat":
        return Party()
    name = f"Ville {_of(unit.name)}" if unit.level == "commune" else unit.name
    return Party(name, unit.siren or "")


def _of(commune: str) -> str:
    """« de » before a commune's name: d'Issy-les-Moulineaux, du Havre, des Lilas, de La Courneuve."""
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if commune.startswith(article):
            return contracted + commune.removeprefix(article)
    return ("d'" if commune[0] in "AEIOUÂÉÈÊÎÔ" or commune.startswith("Hy") else "de ") + commune


# ── links that people copy ───────────────────────────────────────────────────────────────────────────

_GOOGLE = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]+)(?:/.*)?$")
_GOOGLE_PUBLISHED = re.compile(r"/spreadsheets/(?:u/\d+/)?d/e/([A-Za-z0-9_-]+)/pub(?:html)?$")
_CLOUD = re.compile(r"^(.*?)/(?:apps/(?:onlyoffice|richdocuments)/)?s/([A-Za-z0-9]{8,})/?$")
_CALC = re.compile(r"^/([A-Za-z0-9_-]+)(?:\.html)?/?$")
_GRIST = re.compile(r"^(/o/[^/]+)?/(?:doc/)?([A-Za-z0-9]{12,})(?:/[^/]*)?(?:/p/[^/]+)?/?$")


def download(url: str, sheet: str = "") -> str:
    """The address that downloads what a link shows: Google Sheets, Nextcloud (with OnlyOffice), Framacalc, Grist.

    Any other address stays as it is.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return url
    host = (parts.hostname or "").lower()
    query = parse_qs(parts.query)
    path = parts.path
    if host == "docs.google.com":
        gid = (parse_qs(parts.fragment).get("gid") or query.get("gid") or [""])[0]
        gid = gid if gid.isdecimal() else ""
        if match := _GOOGLE_PUBLISHED.match(path):
            more = f"&gid={gid}&single=true" if gid else ""
            return f"https://{parts.netloc}/spreadsheets/d/e/{match[1]}/pub?output=csv{more}"
        match = _GOOGLE.match(path)
        if match and "/export" not in path and "/gviz/" not in path:
            more = f"&gid={gid}" if gid else ""
            return f"https://{parts.netloc}/spreadsheets/d/{match[1]}/export?format=csv{more}"
        return url
    if host.endswith("framacalc.org") or host.startswith("ethercalc."):
        match = _CALC.match(path)
        return (
            urlunsplit((parts.scheme, parts.netloc, f"/{match[1]}.csv", "", "")) if match else url
        )
    if "grist" in host.split(".") or host.endswith("getgrist.com"):
        match = _GRIST.match(path)
        if match and "/api/" not in path:
            base = f"{parts.scheme}://{parts.netloc}{match[1] or ''}/api/docs/{match[2]}/download"
            return f"{base}/csv?tableId={quote(sheet, safe='')}" if sheet else f"{base}/xlsx"
        return url
    if match := _CLOUD.match(path):
        return urlunsplit(
            (parts.scheme, parts.netloc, f"{match[1]}/s/{match[2]}/download", parts.query, "")
        )
    return url
