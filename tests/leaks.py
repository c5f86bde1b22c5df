"""A territory whose hidden records hold a canary in every field, and a walk through everything that is served.

    world = World(territory, portal)
    walk = Walk(world.client())
    assert walk.canaries() == {}

What is asked is derived from the application's routes: an endpoint that nobody has told `ASKED` how to ask fails the walk.
Every canary is a word of its own, `kanari` + whose record + which field, so that what leaked is known by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.routing import Route

from harvester.cli.serve import figures
from harvester.metrics import Metrics, create
from harvester.store import catalogue, tokens
from harvester.web import app
from harvester.web.readers import stored_curators
from tests.portal import Portal
from tests.published import Client
from tests.territory import Territory, dataset, gazetteer, turtle

BASE = "https://donnees.gpso.example"
RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
CANARY = re.compile(r"kanari[a-z]+", re.IGNORECASE)
CITIES = ("issy-les-moulineaux", "meudon")
AT_ONCE = "[guard]\nthreshold = 1.0\ngrace = 0"
"""A portal's word counts the first time."""
FIELDS = [
    "title",
    "description",
    "keyword",
    "identifier",
    "contact",
    "email",
    "page",
    "theme",
    "publisher",
    "creator",
    "mail",
    "place",
    "provenance",
    "rights",
    "notes",
    "source",
    "part",
    "file",
    "filetext",
    "download",
    "access",
    "licence",
    "date",
    "name",
]
PREFIXES = """@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def full(who: str, access: str = "", iri: str = "", title: str = "", identifier: str = "") -> str:
    """A dataset with a canary in every field that it has; `iri`, `title`, `identifier` make it a copy of another."""
    c = {name: f"kanari{who}{name}" for name in FIELDS}
    iri = iri or f"https://data.issy.example/datasets/{c['name']}"
    stated = f"dct:accessRights <{RIGHTS}{access}> ;" if access else ""
    return f"""{PREFIXES}<{iri}> a dcat:Dataset ; {stated}
    dct:title "{title or c["title"]}"@fr ; dct:description "Texte {c["description"]}."@fr ;
    dct:identifier "{identifier or c["identifier"]}" ; dcat:keyword "{c["keyword"]}"@fr ;
    dcat:contactPoint [ a vcard:Organization ; vcard:fn "{c["contact"]}" ; vcard:hasEmail <mailto:{c["email"]}@ville.example> ] ;
    dcat:landingPage <https://data.issy.example/pages/{c["page"]}> ; dcat:theme <https://data.issy.example/themes/{c["theme"]}> ;
    dct:publisher [ a foaf:Agent ; foaf:name "{c["publisher"]}" ; foaf:mbox <mailto:{c["mail"]}@ville.example> ] ;
    dct:creator [ a foaf:Agent ; foaf:name "{c["creator"]}" ] ;
    dct:spatial [ a dct:Location ; rdfs:label "{c["place"]}"@fr ] ; dct:issued "{c["date"]}" ;
    dct:provenance [ a dct:ProvenanceStatement ; rdfs:label "{c["provenance"]}"@fr ] ;
    dct:rights [ a dct:RightsStatement ; rdfs:label "{c["rights"]}"@fr ] ; adms:versionNotes "{c["notes"]}"@fr ;
    dct:source <https://data.issy.example/sources/{c["source"]}> ; dct:isPartOf <https://data.issy.example/lots/{c["part"]}> ;
    dcat:distribution <{iri}/{c["file"]}> .
<{iri}/{c["file"]}> a dcat:Distribution ; dct:title "{c["file"]}"@fr ; dct:description "{c["filetext"]}"@fr ;
    dcat:downloadURL <https://data.issy.example/files/{c["download"]}.csv> ;
    dcat:accessURL <https://data.issy.example/acces/{c["access"]}> ; dct:license "{c["licence"]}" .
"""


@dataclass
class World:
    """The territory: two cities and the département in the open, what Issy hides of itself, and what nobody sees.

    `r` are restricted records of Issy, `p` private ones; `c` restricted copies of public datasets, one of Issy's and one of
    the département's, which every city lists.
    """

    territory: Territory
    portal: Portal
    issy: list[str] = field(default_factory=list)
    metrics: Metrics = field(default_factory=create)

    def __post_init__(self) -> None:
        source = self.territory.source
        source("issy", self.portal, "/issy.ttl", territory="fr:commune:92040", more=AT_ONCE)
        source("meudon", self.portal, "/meudon.ttl")
        source("hauts", self.portal, "/92.ttl", level="departement", territory="fr:departement:92")
        hidden = 'access = "{}"\n' + AT_ONCE
        for name, access in (("interne", "restricted"), ("prive", "private")):
            more = hidden.format(access)
            source(name, self.portal, f"/{name}.ttl", territory="fr:commune:92040", more=more)
            path = self.territory.folder / "sources" / f"{name}.toml"
            text = path.read_text().replace(f'name = "{name}"', f'name = "kanari{name}source"')
            path.write_text(text)
        home = "https://data.issy.example"
        self.issy = [dataset(f"jeu-{n}", f"Jeu {n} d’Issy", home=home) for n in range(3)]
        both = [full("rrecord", "RESTRICTED"), full("precord", "NON_PUBLIC")]
        self.show("issy", *self.issy, *both)
        self.show("meudon", *(dataset(f"m-{n}", f"Jeu {n} de Meudon") for n in range(3)))
        dept = "https://data.92.example"
        self.show("hauts", dataset("colleges", "Collèges", home=dept))
        self.show("interne", *self.internal())
        self.show("prive", full("psource"), copy("pcopy", home, "jeu-1", "Jeu 1 d’Issy"))

    def internal(self, *more: str) -> list[str]:
        """What Issy's agents keep: a dataset, and what they know besides of two that are public."""
        return [
            full("rsource"),
            copy("copy", "https://data.issy.example", "jeu-0", "Jeu 0 d’Issy"),
            copy("wide", "https://data.92.example", "colleges", "Collèges"),
            *more,
        ]

    def show(self, source: str, *parts: str) -> None:
        """Let a portal show these from now on, and harvest it."""
        path = "/92.ttl" if source == "hauts" else f"/{source}.ttl"
        self.portal.answer(path, turtle(*parts), media_type="text/turtle")
        outcome = self.territory.run(source)
        assert outcome.outcome == "success", outcome
        assert outcome.counts.breach == 0
        self.metrics.finished(figures(outcome))
        with self.territory.store.read() as connection:
            states = catalogue.states(connection)
        counts = {view: state.count for (view, who), state in states.items() if who == "public"}
        self.metrics.views(counts)

    def client(self, **how: Any) -> Client:
        store = self.territory.store
        made = app(self.territory.config, store, self.metrics, gazetteer(), stored_curators(store))
        return Client(made, base_url=BASE, follow_redirects=False, **how)

    def token(self, view: str, expires: str | None = None) -> str:
        with self.territory.store.write() as connection:
            return tokens.create(connection, view, "test", expires)[1]

    def records(self) -> tuple[int, ...]:
        """Every record there is, by its number."""
        return tuple(
            number for (number,) in self.territory.sql("SELECT id FROM record ORDER BY id")
        )

    def ids(self) -> list[str]:
        """Every id there is, whoever may see it."""
        clusters = self.territory.sql(
            "SELECT cluster FROM record UNION SELECT cluster FROM entry ORDER BY cluster"
        )
        return [cluster for (cluster,) in clusters]


def copy(who: str, home: str, name: str, title: str) -> str:
    """A hidden record of a public dataset."""
    return full(who, iri=f"{home}/datasets/{name}", title=title, identifier=name)


ACCEPTS = ("text/html", "text/turtle", "application/rdf+xml", "application/ld+json", "image/png")
SUFFIXES = ("ttl", "xml", "jsonld", "html", "csv", "zip")
WORDS = ("kanari", "kanarirrecordtitle", "jeu", "colleges")
ASKED: Mapping[str, tuple[str, ...]] = {
    "/": (
        "/",
        "/?page=2",
        "/?page=0",
        *(f"/?q={word}" for word in WORDS),
        *(f"/?publisher=kanari{who}publisher" for who in ("rrecord", "rsource", "precord")),
        "/?theme=https%3A//data.issy.example/themes/kanarirrecordtheme",
        "/?format=CSV&q=jeu",
    ),
    "/catalog": ("/catalog", "/catalog?page=2"),
    "/catalog.{suffix}": tuple(
        f"/catalog.{suffix}?page={page}" for suffix in SUFFIXES for page in ("1", "2", "x")
    ),
    "/catalog-full.{suffix}": tuple(f"/catalog-full.{suffix}" for suffix in SUFFIXES),
    "/datasets.csv": ("/datasets.csv",),
    "/datasets/{id}": (
        "/datasets/{id}",
        *(f"/datasets/{{id}}.{suffix}" for suffix in ("ttl", "xml", "jsonld", "html")),
        "/datasets/kanarirrecordidentifier",
        "/datasets/kanarirrecordname.ttl",
    ),
    "/datasets/{id}/extract.{suffix}": ("/datasets/{id}/extract.csv",),
    "/style.css": ("/style.css",),
    "/healthz": ("/healthz",),
    "/readyz": ("/readyz",),
    "/metrics": ("/metrics",),
    "/revue": ("/revue",),
    "/revue/connexion": ("/revue/connexion",),
    "/revue/deconnexion": ("/revue/deconnexion",),
    "/revue/{a:int}/{b:int}": ("/revue/{a}/{b}", "/revue/{b}/{a}", "/revue/{a}/1"),
    "/connexion": (),
    "/connexion/retour": ("/connexion/retour", "/connexion/retour?state=x&code=y"),
    "/deconnexion": (),
}
"""Route → how it is asked, in each view; `{id}` is every id there is."""
_CITY = "/villes/{slug}"
_LINK = re.compile(re.escape(BASE) + r"[^\s\"'<>\\;,)]*")


@dataclass(frozen=True)
class Answered:
    """What came back: everything of it, as text."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def text(self) -> str:
        return "\n".join((*map(": ".join, self.headers), self.body))


@dataclass
class Walk:
    """Everything that is served, asked with some headers: (method, accept, path) → answer.

    `follow` also asks for whatever the answers lead to.
    """

    client: Client
    ids: list[str]
    headers: dict[str, str] = field(default_factory=dict)
    views: tuple[str, ...] = ("", *CITIES)
    follow: bool = True
    records: tuple[int, ...] = ()
    answers: dict[tuple[str, str, str], Answered] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.client:  # one event loop for all of it
            self._walk()

    def _walk(self) -> None:
        for path in self._paths():
            self._ask("GET", path)
            if "/datasets/" in path:  # many: each in one way more
                self._ask("HEAD" if "." in path else "GET", path, "text/turtle")
                continue
            self._ask("HEAD", path)
            if "." not in path:
                for accept in ACCEPTS:
                    self._ask("GET", path, accept)
        for path in ("/", "/catalog.ttl", f"/datasets/{self.ids[0]}"):
            self._ask("OPTIONS", path)
            self._ask("POST", path)
        self._ask("GET", "/nulle-part")
        self._ask("GET", "/villes/nulle-part/catalog.ttl")
        if self.follow:
            self._follow()

    def canaries(self) -> dict[str, str]:
        """Canary → where it was found. What a question said itself counts only where it changed the answer."""
        found: dict[str, str] = {}
        for (method, accept, path), answered in self.answers.items():
            asked = set(CANARY.findall(path))
            text = answered.text
            if asked:
                other, text = _masked(path, asked), _masked(text, asked)
                if _shape(text) != _shape(self._control(method, accept, other).text):
                    found[f"the question {path}"] = f"{method} {accept} {path}"
            for word in CANARY.findall(text):
                found.setdefault(word.lower(), f"{method} {accept} {path}")
        return found

    def statuses(self, prefix: str) -> set[int]:
        """What GET was answered with below a path."""
        return {
            answered.status
            for (method, _, path), answered in self.answers.items()
            if method == "GET" and path.startswith(prefix)
        }

    def told(self) -> dict[tuple[str, str, str], Answered]:
        """All of it, validators too, to be compared with what is served later.

        But for how its length is told: that of a streamed answer is known from the second time on.
        """
        framing = ("content-length", "transfer-encoding")
        return {
            asked: replace(
                answered, headers=tuple(h for h in answered.headers if h[0] not in framing)
            )
            for asked, answered in self.answers.items()
        }

    def _control(self, method: str, accept: str, path: str) -> Answered:
        known = self.answers.get((method, accept, path))
        return known or self._answered(method, path, accept)

    def _paths(self) -> Iterator[str]:
        routes = [route for route in self.client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]
        templates = {route.path.removeprefix(_CITY) or "/" for route in routes}
        assert templates <= set(ASKED), "say in ASKED how a new endpoint is asked"
        in_cities = {route.path.removeprefix(_CITY) for route in routes if _CITY in route.path}
        for template in sorted(templates):
            paths = ASKED[template]
            for slug in self.views if template in in_cities else ("",):
                root = f"/villes/{slug}" if slug else ""
                for path in paths:
                    if "{a}" in path:
                        yield from self._pairs(path)
                    elif "{id}" in path:
                        yield from (root + path.replace("{id}", key) for key in self.ids)
                    else:
                        yield root + path

    def _pairs(self, path: str) -> Iterator[str]:
        """Of some records, hidden ones too."""
        for a, b in zip(self.records, self.records[1:], strict=False):
            yield path.replace("{a}", str(a)).replace("{b}", str(b))

    def _follow(self) -> None:
        """Whatever our own answers lead to, too."""
        waiting = list(self.answers.values())
        while waiting:
            for link in set(_LINK.findall(waiting.pop().text)):
                parts = urlsplit(link)
                path = quote(parts.path, safe="/%.-_") + (f"?{parts.query}" if parts.query else "")
                if ("GET", "", path) not in self.answers and parts.netloc == urlsplit(BASE).netloc:
                    waiting.append(self._ask("GET", path or "/"))

    def _ask(self, method: str, path: str, accept: str = "") -> Answered:
        made = self.answers[method, accept, path] = self._answered(method, path, accept)
        return made

    def _answered(self, method: str, path: str, accept: str) -> Answered:
        headers = {**self.headers, "Accept": accept or "*/*"}
        answer = self.client.request(method, path, headers=headers)
        assert answer.status_code != 500, path
        return Answered(answer.status_code, tuple(sorted(answer.headers.items())), answer.text)


def _masked(text: str, words: Iterable[str]) -> str:
    """The text with as many x for each word, or X for one in capitals."""
    for word in words:
        text = text.replace(word, "x" * len(word)).replace(word.upper(), "X" * len(word))
    return text


def _shape(text: str) -> str:
    """An answer without what differs by the bytes of the question alone: its ETag."""
    return re.sub(r"(?m)^(etag|content-length): .*$", "", text)
