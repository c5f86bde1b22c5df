"""A stand-in for Solr, for a CKAN whose search needs one: as much of its HTTP interface as CKAN's index and
`package_search` use, over documents in memory.

    with Solr(schema) as solr:
        … solr_url = solr.url …

Understood are boolean queries (`+field:"x" AND -(a OR b)`), phrases, wildcards, ranges of dates and words, `fq`, `sort`,
`rows`, `start`, `fl`, and facets of fields. There is no ranking: `score` sorts nothing. What Solr refuses with a 400
(a sort by an unknown field, a date that is none) is refused here.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

Document = dict[str, Any]
Match = Callable[[Document], bool]
WORDY = {"text", "title", "notes", "author", "maintainer", "res_name", "res_description", "urls"}
COPIED = ("name", "title", "notes", "tags", "groups", "organization", "res_name", "author")
DATES = {"metadata_created", "metadata_modified", "indexed_ts"}


class Refused(Exception):
    """Solr's 400; the message is its `error.msg`."""


class Solr:
    """One core on a free port of 127.0.0.1; a context manager. `schema` is the XML that CKAN looks its version up in."""

    def __init__(self, schema: bytes) -> None:
        self.schema = schema
        self.documents: dict[str, Document] = {}
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.solr = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/solr/ckan"

    def __enter__(self) -> Solr:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def update(self, content: bytes, media_type: str) -> None:
        """Add documents (JSON), or delete by query or id (XML); commits are at once."""
        with self.lock:
            if "json" in media_type:
                for document in json.loads(content):
                    self.documents[document["index_id"]] = _stored(document)
                return
            root = ElementTree.fromstring(content)
            for part in root.iter("id"):
                self.documents.pop(part.text or "", None)
            for part in root.iter("query"):
                match = query(part.text or "")
                for key in [key for key, found in self.documents.items() if match(found)]:
                    del self.documents[key]

    def select(self, asked: dict[str, list[str]]) -> dict[str, Any]:
        """What `/select` answers."""

        def one(name: str, default: str) -> str:
            return asked.get(name, [default])[-1]

        matches = [query(one("q", "*:*")), *(query(text) for text in asked.get("fq", ()))]
        with self.lock:
            found = [d for d in self.documents.values() if all(match(d) for match in matches)]
        found = _sorted(found, one("sort", "score desc"))
        start, rows = int(one("start", "0")), int(one("rows", "10"))
        fields = [f for f in re.split(r"[,\s]+", one("fl", "*")) if f]
        answer: dict[str, Any] = {
            "responseHeader": {"status": 0, "QTime": 1},
            "response": {
                "numFound": len(found),
                "start": start,
                "numFoundExact": True,
                "docs": [_only(document, fields) for document in found[start : start + rows]],
            },
        }
        if one("facet", "false") == "true":
            limit, least = int(one("facet.limit", "100")), int(one("facet.mincount", "0"))
            answer["facet_counts"] = {
                "facet_queries": {},
                "facet_fields": {
                    field: _facet(found, field, limit, least)
                    for field in asked.get("facet.field", ())
                },
            }
        return answer


def _stored(document: Document) -> Document:
    kept = {name: value for name, value in document.items() if value is not None}
    for name in kept:
        if _dated(name):
            kept[name] = _instant(kept[name])
    words = [word for name in COPIED for word in _values(kept, name)]
    return kept | {"text": [*_values(kept, "text"), *words]}


def _dated(field: str) -> bool:
    return field in DATES or field.endswith("_date")


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Refused(f"Invalid Date String:'{written}'") from None
    if moment.tzinfo is None:
        raise Refused(f"Invalid Date String:'{written}'")
    return moment.astimezone(UTC)


def _instant(written: str) -> str:
    """To the millisecond, as Solr keeps dates."""
    moment = _moment(written)
    precision = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def _values(document: Document, field: str) -> list[str]:
    value = document.get(field)
    if value is None:
        return []
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _only(document: Document, fields: list[str]) -> Document:
    if "*" in fields:
        return document
    return {name: document[name] for name in fields if name in document}


def _sorted(found: list[Document], order: str) -> list[Document]:
    for part in reversed(order.split(",")):
        field, _, direction = part.strip().partition(" ")
        if field == "score":
            continue
        if direction.strip().lower() not in ("asc", "desc"):
            raise Refused(f"Can't determine a Sort Order (asc or desc) in sort spec '{order}'")
        found = sorted(
            found,
            key=lambda document: (_values(document, field) or [""])[0],
            reverse=direction.strip().lower() == "desc",
        )
    return found


def _facet(found: list[Document], field: str, limit: int, least: int) -> list[Any]:
    counts = Counter(value for document in found for value in set(_values(document, field)))
    kept = [(value, count) for value, count in counts.most_common() if count >= least]
    kept = kept if limit < 0 else kept[:limit]
    return [part for pair in kept for part in pair]


# ── queries ──────────────────────────────────────────────────────────────────────────────────────────

_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<and>AND\b|&&)|(?P<or>OR\b|\|\|)|(?P<not>NOT\b|[-!](?=\S))|(?P<plus>\+)
    |(?P<field>[\w.-]+|\*):|(?P<range>[\[{][^\]}]*[\]}])|"(?P<phrase>(?:\\.|[^"\\])*)"|(?P<term>(?:\\.|[^\s()"])+))""",
    re.VERBOSE,
)


def query(text: str) -> Match:
    """The test that a query is: words beside each other must all hold, as CKAN asks for (`q.op=AND`)."""
    tokens = [
        (match.lastgroup or "", match[match.lastgroup or 0]) for match in _TOKEN.finditer(text)
    ]
    match, rest = _any(tokens, "text")
    if rest:
        raise Refused(f"org.apache.solr.search.SyntaxError: Cannot parse '{text}'")
    return match


Tokens = list[tuple[str, str]]


def _any(tokens: Tokens, field: str) -> tuple[Match, Tokens]:
    one, tokens = _all(tokens, field)
    either = [one]
    while tokens and tokens[0][0] == "or":
        one, tokens = _all(tokens[1:], field)
        either.append(one)
    return (lambda document: any(match(document) for match in either)), tokens


def _all(tokens: Tokens, field: str) -> tuple[Match, Tokens]:
    every: list[Match] = []
    while tokens and tokens[0][0] not in ("or", "close"):
        if tokens[0][0] in ("and", "plus"):
            tokens = tokens[1:]
            continue
        one, tokens = _clause(tokens, field)
        every.append(one)
    return (lambda document: all(match(document) for match in every)), tokens


def _clause(tokens: Tokens, field: str) -> tuple[Match, Tokens]:
    if not tokens:
        raise Refused("org.apache.solr.search.SyntaxError: Cannot parse a query that ends here")
    (kind, value), rest = tokens[0], tokens[1:]
    if kind == "not":
        match, rest = _clause(rest, field)
        return (lambda document: not match(document)), rest
    if kind == "field":
        return _clause(rest, value)
    if kind == "open":
        match, rest = _any(rest, field)
        if not rest:
            raise Refused("org.apache.solr.search.SyntaxError: a parenthesis is not closed")
        return match, rest[1:]
    if kind == "range":
        return _between(field, value), rest
    return _equal(field, re.sub(r"\\(.)", r"\1", value)), rest


def _equal(field: str, wanted: str) -> Match:
    if wanted == "*":
        return lambda document: field == "*" or bool(_values(document, field))
    if field in WORDY or field.startswith("extras_"):
        words = _words(wanted)
        return lambda document: any(
            _follow(words, _words(value)) for value in _values(document, field)
        )
    return lambda document: any(fnmatchcase(value, wanted) for value in _values(document, field))


def _words(text: str) -> list[str]:
    return re.findall(r"[\w*]+", text.lower())


def _follow(words: list[str], text: list[str]) -> bool:
    return any(
        all(map(fnmatchcase, text[at : at + len(words)], words))
        for at in range(len(text) - len(words) + 1)
    )


def _between(field: str, written: str) -> Match:
    low, _, high = (part.strip() for part in written[1:-1].partition(" TO "))
    read: Callable[[str], Any] = _moment if _dated(field) else str
    least = None if low == "*" else read(low)
    most = None if high == "*" else read(high)

    def match(document: Document) -> bool:
        values: Iterable[Any] = map(read, _values(document, field))
        return any(
            (least is None or (value >= least if written[0] == "[" else value > least))
            and (most is None or (value <= most if written[-1] == "]" else value < most))
            for value in values
        )

    return match


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        solr: Solr = self.server.solr  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        what = url.path.removeprefix("/solr/ckan").strip("/")
        try:
            if what == "schema":
                self._send(200, solr.schema, "application/xml")
            elif what == "update":
                solr.update(body, self.headers.get("Content-Type", ""))
                self._json(200, {"responseHeader": {"status": 0, "QTime": 1}})
            elif what == "select":
                self._json(200, solr.select(parse_qs(url.query or body.decode())))
            else:
                self._json(404, {"error": {"msg": f"nothing at {self.path}", "code": 404}})
        except Refused as why:
            self._json(400, {"error": {"msg": str(why), "code": 400}})

    def _json(self, status: int, answer: dict[str, Any]) -> None:
        self._send(status, json.dumps(answer).encode(), "application/json")

    def _send(self, status: int, content: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _serve  # noqa: N815 - the names http.server looks for
