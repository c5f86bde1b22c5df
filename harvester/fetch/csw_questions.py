"""GetRecords of a CSW (OGC 07-006r1, 10.8; OGC 12-176r7, 7.3): the question as a value, as a GET and as a POST.

    Question(…).get(address) → Request → Question.of(request) → the same question

so that an answer tells, from the request it answers, where in the catalogue it stands and how it was asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urldefrag, urlsplit, urlunsplit
from xml.sax.saxutils import escape, quoteattr, unescape

from harvester.parse.page import Request

ACCEPT = "application/xml, text/xml;q=0.9, */*;q=0.1"

MOMENT = r"<(?:\w+:)?SearchStatus\b[^>]*>"
"""What an answer says of the moment it was given."""

SCHEMAS = {
    "iso19139": "http://www.isotc211.org/2005/gmd",
    "iso19115-3": "http://standards.iso.org/iso/19115/-3/mdb/2.0",
    "dublin-core": "http://www.opengis.net/cat/csw/2.0.2",
    "dcat": "http://www.w3.org/ns/dcat#",
    "geodcat-ap": "http://data.europa.eu/930/",
}
"""What `schema` may say → the address that CSW servers know it by."""

SORTS = ("dc:identifier", "apiso:Identifier", "")
"""What is sorted by, in the order of trying: some servers know only one of them, some refuse any."""

_OWN = frozenset(
    {
        "service", "request", "version", "acceptversions", "resulttype", "elementsetname", "elementname", "typenames",
        "outputschema", "outputformat", "startposition", "maxrecords", "sortby", "constraint", "constraintlanguage",
        "constraint_language_version", "namespace", "sections", "acceptformats", "updatesequence",
    }
)  # fmt: skip
"""The CSW's own parameters, in lower case; all others belong to its address."""

_NAMESPACES = {
    "2.0.2": "http://www.opengis.net/cat/csw/2.0.2",
    "3.0.0": "http://www.opengis.net/cat/csw/3.0",
}
_FILTERS = {
    "2.0.2": ("ogc", "http://www.opengis.net/ogc", "PropertyName", "1.1.0"),
    "3.0.0": ("fes", "http://www.opengis.net/fes/2.0", "ValueReference", "2.0.0"),
}
_FILTER = re.compile(
    r"^\s*(?:<\?xml[^>]*\?>\s*)?<(?:\w+:)?Filter\b[^>]*>(.*)</(?:\w+:)?Filter>\s*$", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Question:
    """One page of records to ask for. `cql` and `filter` are constraints; at most one of them is sent."""

    start: int = 1
    count: int = 100
    version: str = "2.0.2"
    schema: str = SCHEMAS["iso19139"]
    sort: str = SORTS[0]
    cql: str = ""
    filter: str = field(default="", repr=False)
    matched: int = 0
    """The most records that a page before this one announced (this and what follows travel in the address's fragment)."""
    left_out: int = 0
    """Records that the pages before this one held and that are no datasets."""
    full: int = 0
    """The size of pages to come back to, where this one is asked for in pieces; 0: `count`."""

    def at(self, start: int) -> Question:
        """The same question about the page that begins at `start`."""
        return replace(self, start=start, count=self.full or self.count, full=0)

    def part(self) -> Question:
        """The same question about the first quarter of the page."""
        return replace(self, count=max(1, self.count // 4), full=self.full or self.count)

    def get(self, url: str) -> Request:
        """As parameters of an address, whose own parameters are kept."""
        pairs = [
            ("service", "CSW"),
            ("version", self.version),
            ("request", "GetRecords"),
            ("typeNames", self._type),
            ("resultType", "results"),
            ("elementSetName", "full"),
            ("outputSchema", self._schema),
            ("startPosition", str(self.start)),
            ("maxRecords", str(self.count)),
        ]
        if self.sort:
            pairs.append(("sortBy", f"{self.sort}:A"))
        if self.filter or self.cql:
            pairs += [
                ("constraintLanguage", "FILTER" if self.filter else "CQL_TEXT"),
                ("constraint_language_version", _FILTERS[self.version][3]),
                ("constraint", self.filter or self.cql),
            ]
        return self._request(with_parameters(url, pairs))

    def post(self, url: str) -> Request:
        """As a csw:GetRecords document."""
        prefix, address, reference, number = _FILTERS[self.version]
        constraint = ""
        if self.filter:
            constraint = f'<csw:Constraint version="{number}">{self.filter}</csw:Constraint>'
        elif self.cql:
            text = f"<csw:CqlText>{escape(self.cql)}</csw:CqlText>"
            constraint = f'<csw:Constraint version="{number}">{text}</csw:Constraint>'
        sort = ""
        if self.sort:
            sort = (
                f"<{prefix}:SortBy><{prefix}:SortProperty><{prefix}:{reference}>{self.sort}</{prefix}:{reference}>"
                f"<{prefix}:SortOrder>ASC</{prefix}:SortOrder></{prefix}:SortProperty></{prefix}:SortBy>"
            )
        # 3.0 knows no resultType in a document, and the prefix is what the document binds.
        results = "" if self.version == "3.0.0" else ' resultType="results"'
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<csw:GetRecords xmlns:csw="{_NAMESPACES[self.version]}" xmlns:{prefix}="{address}"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dct="http://purl.org/dc/terms/"'
            ' xmlns:apiso="http://www.opengis.net/cat/csw/apiso/1.0" xmlns:gml="http://www.opengis.net/gml"'
            ' xmlns:ows="http://www.opengis.net/ows"'
            f' service="CSW" version="{self.version}"{results} outputSchema={quoteattr(self._schema)}'
            f' startPosition="{self.start}" maxRecords="{self.count}"><csw:Query typeNames="csw:Record">'
            f"<csw:ElementSetName>full</csw:ElementSetName>{constraint}{sort}</csw:Query></csw:GetRecords>"
        )
        headers = (("Content-Type", "application/xml; charset=UTF-8"),)
        return replace(
            self._request(urldefrag(url)[0]), method="POST", body=body.encode(), headers=headers
        )

    def _request(self, url: str) -> Request:
        known = {"matched": self.matched, "left-out": self.left_out, "full": self.full}
        carried = [f"{name}={number}" for name, number in known.items() if number]
        return Request(f"{url}#{'&'.join(carried)}" if carried else url, ACCEPT, volatile=MOMENT)

    @property
    def _type(self) -> str:
        return "csw30:Record" if self.version == "3.0.0" else "csw:Record"

    @property
    def _schema(self) -> str:
        """Dublin Core is called after the version that is spoken."""
        return _NAMESPACES[self.version] if self.schema == SCHEMAS["dublin-core"] else self.schema


def asked(request: Request) -> Question | None:
    """The question that a request of ours asks; None for one that is no GetRecords."""
    parts = urlsplit(request.url)
    if request.body:
        said = _posted(request.body.decode("utf-8", "replace"))
    else:
        said = {key.casefold(): value for key, value in parse_qsl(parts.query)}
    if said.get("request") != "GetRecords":
        return None
    schema = said.get("outputschema", "")
    constraint = said.get("constraint", "")
    carried = dict(parse_qsl(parts.fragment))
    by_filter = said.get("constraintlanguage") == "FILTER"
    try:
        return Question(
            start=int(said.get("startposition", "1")),
            count=int(said.get("maxrecords", "10")),
            version=said.get("version", "2.0.2"),
            schema=SCHEMAS["dublin-core"] if schema in _NAMESPACES.values() else schema,
            sort=said.get("sortby", "").removesuffix(":A"),
            cql="" if by_filter else constraint,
            filter=constraint if by_filter else "",
            matched=int(carried.get("matched", "0")),
            left_out=int(carried.get("left-out", "0")),
            full=int(carried.get("full", "0")),
        )
    except ValueError:
        return None


_POSTED = re.compile(r'\s(\w+)="([^"]*)"')
_CONSTRAINT = re.compile(
    r"<csw:Constraint[^>]*>(?:<csw:CqlText>(.*)</csw:CqlText>|(.*))</csw:Constraint>", re.DOTALL
)
_SORTED = re.compile(r"<\w+:SortProperty><\w+:\w+>([^<]*)<")


def _posted(body: str) -> dict[str, str]:
    """What a GetRecords document of ours says, by the names of parameters."""
    head = body.partition("<csw:Query")[0]
    if "<csw:GetRecords" not in head:
        return {}
    said = {
        name.casefold(): unescape(value, {"&quot;": '"'})
        for name, value in _POSTED.findall(head.partition("<csw:GetRecords")[2])
    }
    said["request"] = "GetRecords"
    if sort := _SORTED.search(body):
        said["sortby"] = sort[1]
    if found := _CONSTRAINT.search(body):
        by_filter = found[1] is None
        said["constraint"] = found[2] if by_filter else unescape(found[1])
        said["constraintlanguage"] = "FILTER" if by_filter else "CQL_TEXT"
    return said


def capabilities(url: str, version: str, since: datetime | None) -> Request:
    """The question for a CSW's capabilities. `since` travels with it, in the fragment of its address."""
    pairs = [("service", "CSW"), ("request", "GetCapabilities")]
    if version:
        pairs.append(("version", version))
    whole = with_parameters(url, pairs)
    if since:
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        whole += f"#since={moment}"
    return Request(whole, ACCEPT)


def since_of(request: Request) -> str:
    """The moment since when changes are asked for, as a question for capabilities carries it."""
    return dict(parse_qsl(urlsplit(request.url).fragment)).get("since", "")


def with_parameters(url: str, pairs: list[tuple[str, str]]) -> str:
    """The address of a CSW with a question's parameters; its own that are none of a CSW's are kept."""
    parts = urlsplit(url)
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key.casefold() not in _OWN
    ]
    query = "&".join(f"{quote(key)}={quote(value, safe=':/,')}" for key, value in (*kept, *pairs))
    return urlunsplit(parts._replace(query=query, fragment=""))


def bare(url: str) -> str:
    """The address of a CSW without a question's parameters."""
    return with_parameters(url, [])


def constraint(
    version: str, cql: str, filter_: str, types: tuple[str, ...], since: str
) -> tuple[str, str]:
    """(CQL, filter) that say what the arguments ask for together; at most one of them says something."""
    prefix, address, reference, _ = _FILTERS[version]
    if cql:
        kinds = " OR ".join(f"dc:type = '{_quoted(kind)}'" for kind in types)
        parts = [f"({kinds})"] if kinds else []
        parts += [f"dct:modified >= '{since}'"] if since else []
        return (" AND ".join((*parts, f"({cql})")) if parts else cql), ""

    def compare(operator: str, name: str, value: str) -> str:
        return (
            f"<{prefix}:{operator}><{prefix}:{reference}>{name}</{prefix}:{reference}>"
            f"<{prefix}:Literal>{escape(value)}</{prefix}:Literal></{prefix}:{operator}>"
        )

    either = [compare("PropertyIsEqualTo", "dc:type", kind) for kind in types]
    parts = [
        f"<{prefix}:Or>{''.join(either)}</{prefix}:Or>" if len(either) > 1 else "".join(either)
    ]
    parts += [compare("PropertyIsGreaterThanOrEqualTo", "dct:modified", since) if since else ""]
    parts = [part for part in parts if part]
    if filter_ and not parts:
        return "", filter_.strip()
    if filter_:
        inner = _FILTER.match(filter_)
        parts.append(inner[1] if inner else filter_)
    if not parts:
        return "", ""
    whole = f"<{prefix}:And>{''.join(parts)}</{prefix}:And>" if len(parts) > 1 else parts[0]
    return "", (
        f'<{prefix}:Filter xmlns:{prefix}="{address}" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dct="http://purl.org/dc/terms/" xmlns:gml="http://www.opengis.net/gml"'
        f' xmlns:apiso="http://www.opengis.net/cat/csw/apiso/1.0">{whole}</{prefix}:Filter>'
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")
