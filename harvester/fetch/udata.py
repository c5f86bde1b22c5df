"""Portals made with udata (data.gouv.fr and others): datasets and dataservices by organisation, zone or tag.

Version 1 of the API is asked, for its lists carry the resources; those of version 2 only say where to ask for them, once per
dataset. The mask of `X-Fields` keeps away what is not mapped (counters, quality, the portal's own bookkeeping).

* A list is asked for in the order of creation, oldest first, so that what is new comes last and the other pages stay as they were.
* The datasets of an organisation are listed by its id only. Its own page is asked first, whatever names it: it tells the id behind
  a slug, and the SIRET that no dataset tells. What it said travels in the fragment of the URLs it leads to, which
  no server sees.
* Each selection is a list of its own (`Total.of`); one record may stand in several.
* Past the last page udata answers 404, so the next one is asked for only where there is one.
* Portals of before 2024 have no dataservices: their site's own page is asked instead, which says nothing.

There is no asking for changes only: `last_update` is the date of a dataset's data, often the origin's own, and does not move when
its description, its licence or its resources' addresses change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from harvester.config import Source
from harvester.errors import SourceRefused
from harvester.fetch.addresses import home, places
from harvester.model import Problem
from harvester.parse import udata
from harvester.parse.page import Found, Page, Request, Total
from harvester.territory import load

ACCEPT = "application/json"
INCREMENTAL = False
TOKEN = ("X-API-KEY", "{}")

NATIONAL = frozenset({"data.gouv.fr", "demo.data.gouv.fr", "next.data.gouv.fr"})
"""Portals of more than a hundred thousand datasets: nobody wants them whole by mistake."""

_AGENTS = "organization{class,id,name,acronym,slug,badges,page,uri},owner{first_name,last_name}"
_ACCESS = "access_type,access_audiences,access_type_reason_category,access_type_reason,authorization_request_url"
_RESOURCES = (
    "resources{id,title,description,filetype,type,format,url,latest,checksum,filesize,mime,created_at,last_modified,"
    "harvest,extras,preview_url,schema}"
)
_PAGE = "page,page_size,total,next_page"
DATASETS = (
    f"data{{id,title,acronym,slug,description,created_at,last_modified,deleted,archived,private,tags,badges,{_RESOURCES},"
    f"frequency,extras,harvest,{_AGENTS},temporal_coverage,spatial,license,{_ACCESS},uri,page,contact_points}},{_PAGE}"
)
DATASERVICES = (
    "data{id,title,acronym,slug,description,base_api_url,machine_documentation_url,technical_documentation_url,"
    "business_documentation_url,rate_limiting,rate_limiting_url,availability,availability_url,format,license,private,tags,badges,"
    f"contact_points,created_at,metadata_modified_at,deleted_at,archived_at,datasets,harvest,{_AGENTS},{_ACCESS},"
    f"self_api_url,self_web_url}},{_PAGE}"
)
_ORGANISATION = "id,name,business_number_id"
ORGANISATIONS = f"data{{{_ORGANISATION}}},{_PAGE}"

_PAGES = places(
    "api", "datasets", "dataservices", "organizations", "reuses", "topics", "pages", "search"
)
_OF_ORGANISATION = re.compile(r"/organizations/([^/?#]+)")
_NUMBER = re.compile(r"([?&]page=)(\d+)")
_NEXT = re.compile(rb'"next_page"\s*:\s*"')
_LOOKED_AT = 4_096

Number = Annotated[str, StringConstraints(pattern=r"^\d{9}(\d{5})?$")]
Name = Annotated[str, StringConstraints(pattern=r"^[^\s/?#]+$")]


class Options(BaseModel):
    """Options d'une source udata."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organizations: tuple[Name, ...] = Field(
        (),
        description="Les organisations à reprendre : identifiants, ou noms dans l'adresse de leur page.",
    )
    sirens: tuple[Number, ...] = Field(
        (), description="Les mêmes par leur SIRET, ou par le SIREN d'un territoire."
    )
    zones: tuple[Name, ...] = Field(
        (),
        description="Ce qui porte sur ces territoires, d'où que cela vienne : `fr:commune:92040`.",
    )
    tags: tuple[str, ...] = Field((), description="Ce qui a ces mots-clés, d'où que cela vienne.")
    dataservices: bool = Field(True, description="Reprendre aussi les services de données (API).")
    everything: bool = Field(
        False,
        description="Reprendre tout le portail. C'est ainsi par défaut, sauf sur data.gouv.fr.",
    )
    page_size: int = Field(50, ge=1, le=100, description="Fiches demandées à la fois.")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.everything and self.selects:
            raise ValueError("« everything » reprend tout : enlevez-le, ou enlevez la sélection")
        return self

    @property
    def selects(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.organizations or self.sirens or self.zones or self.tags)


def start(source: Source, options: Options, since: datetime | None) -> Iterator[Request]:  # noqa: ARG001
    """The first page of each selection. Without any: the organisation whose page `url` is; else the whole portal; on
    the national portal what the source's territory publishes, and what is about it.

    Raises SourceRefused for the whole national portal (`selection-missing`), and for a SIREN that is no territory's
    (`selection-unknown`): udata does not know the SIREN of an organisation but in its SIRET.
    """
    portal = home(source.url, _PAGES)
    options = _chosen(source, options)
    several = len(options.organizations) + len(options.sirens + options.zones + options.tags) > 1
    for name in options.organizations:
        # One of several that is gone does not keep the others away; nothing is concluded from their walk.
        yield replace(_organisation(portal, name), listed=several)
    for number in options.sirens:
        yield _search(portal, number)
    for zone in options.zones:
        yield from _list(portal, options, ("geozone", zone))
    for tag in options.tags:
        yield from _list(portal, options, ("tag", tag))
    if not options.selects:
        yield from _list(portal, options)


def read(page: Page, source: Source, options: Options) -> Iterator[Found]:
    """Yield what a page of the API holds: records and the next page of a list, the lists of an organisation."""
    problems: list[Problem] = []
    asked = urlsplit(page.request.url)
    where, portal = asked.path.strip("/").split("/"), home(page.request.url, _PAGES)
    if where[-1] == "site":
        return
    if where[-1] == "organizations":
        yield from _found(page, portal, options, problems)
    elif where[-2:-1] == ["organizations"]:
        yield from _of(udata.organisation(page, problems.append), portal, options)
    else:
        kind: udata.Kind = "service" if where[-1] == "dataservices" else "dataset"
        some = udata.listing(page, problems.append)
        number = asked.fragment
        for item in some.items:
            yield from udata.entry(
                item, kind, page, number=number, ignore_parameters=source.ignored
            )
        if some.total is not None:
            yield Total(some.total, _named(where[-1], asked.query))
        if some.more:
            yield _next(page.request)
    yield from problems


def hint(page: Page, source: Source, options: Options) -> Iterator[Request]:  # noqa: ARG001
    """The next page of a list, where the end (or the beginning) of the answer names one."""
    if _NUMBER.search(page.request.url) and (
        _NEXT.search(page.content[-_LOOKED_AT:]) or _NEXT.search(page.content[:_LOOKED_AT])
    ):
        yield _next(page.request)


def _chosen(source: Source, options: Options) -> Options:
    """The options with what is selected where nothing is."""
    if options.selects or options.everything:
        return options
    address = urlsplit(source.url)
    if "/api/" not in address.path and (page := _OF_ORGANISATION.search(address.path)):
        return options.model_copy(update={"organizations": (page[1],)})
    if (address.hostname or "").removeprefix("www.") not in NATIONAL:
        return options
    unit = load().unit(source.territory)
    if unit is None or unit.level == "etat":
        raise SourceRefused(
            f"{source.url} is the national portal, with more than 100,000 datasets: say in [options] which organizations, "
            "sirens, zones or tags to harvest, or everything = true",
            code="selection-missing",
        )
    sirens = (unit.siren,) if unit.siren else ()
    return options.model_copy(update={"zones": (unit.code,), "sirens": sirens})


def _list(
    portal: str, options: Options, *chosen: tuple[str, str], number: str = ""
) -> Iterator[Request]:
    """The first page of the datasets that a filter chooses, and of the dataservices where these know the filter."""
    site = _request(f"{portal}/api/1/site/", "id")
    kinds: list[tuple[str, str, Request | None]] = [("datasets", DATASETS, None)]
    if options.dataservices and not any(name == "geozone" for name, _ in chosen):
        kinds.append(("dataservices", DATASERVICES, site))
    for kind, mask, instead in kinds:
        query = urlencode(
            [*chosen, ("sort", "created"), ("page_size", options.page_size), ("page", 1)], safe=":"
        )
        url = f"{portal}/api/1/{kind}/?{query}{'#' if number else ''}{number}"
        yield replace(_request(url, mask), instead=instead)


def _organisation(portal: str, name: str) -> Request:
    return _request(f"{portal}/api/1/organizations/{quote(name, safe='')}/", _ORGANISATION)


def _search(portal: str, number: str) -> Request:
    """The organisations among which those of a SIREN or SIRET are: the API finds whole SIRETs, and names."""
    sought = [("business_number_id", number)]
    if len(number) == 9:
        gazetteer = load()
        unit = gazetteer.unit(gazetteer.siren(number) or "")
        if unit is None:
            raise SourceRefused(
                f"no territory has the SIREN {number}, and udata finds organisations by their whole SIRET only: write its 14 digits "
                "in sirens, or name the organisation in organizations",
                code="selection-unknown",
                value=number,
            )
        sought = [("q", unit.name.removeprefix(f"{unit.kind} ")), ("sort", "-datasets")]
    query = urlencode([*sought, ("page_size", 100)])
    return _request(f"{portal}/api/1/organizations/?{query}#{number}", ORGANISATIONS)


def _found(page: Page, portal: str, options: Options, problems: list[Problem]) -> Iterator[Found]:
    number = urlsplit(page.request.url).fragment
    organisations = map(udata.as_organisation, udata.listing(page, problems.append).items)
    found = [some for some in organisations if some and number and some.number.startswith(number)]
    for some in found:
        yield from _of(some, portal, options)
    if not found:
        # What its territory asks for by default need not exist; what somebody wrote down should.
        written = number in options.sirens
        yield Problem(
            "selection-unknown",
            f"No organisation of the portal has the SIREN or SIRET {number}: name it in organizations.",
            "error" if written else "info",
            value=number,
        )


def _of(some: udata.Organisation, portal: str, options: Options) -> Iterator[Request]:
    number = some.number if re.fullmatch(r"\d{9}(?:\d{5})?", some.number) else ""
    yield from _list(portal, options, ("organization", some.id), number=number)


def _named(kind: str, query: str) -> str:
    """What a list is called: its kind and what chooses it."""
    chosen = [
        value for name, value in parse_qsl(query) if name in ("organization", "geozone", "tag")
    ]
    return " ".join((kind, *chosen))


def _request(url: str, mask: str) -> Request:
    return Request(url, ACCEPT, headers=(("X-Fields", mask),))


def _next(request: Request) -> Request:
    """The page after this one. Its number is ours to count: what the portal calls the next one may name another host."""
    url = _NUMBER.sub(lambda match: f"{match[1]}{int(match[2]) + 1}", request.url, count=1)
    return replace(request, url=url, instead=None)
