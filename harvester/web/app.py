"""The application: routes, and what holds for every answer.

Addresses come from `base_url`, never from the Host header, which only chooses among the servers that the configuration
gives to cities; any other one is the territory's. A path prefix in `base_url` may reach us or be cut off by the proxy: both
work. A slash at the end never redirects. Who asks is found out once, before the endpoint: see `readers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from importlib.resources import files
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from harvester import __version__
from harvester.config import Config
from harvester.config.faces import authority
from harvester.errors import ConfigurationError
from harvester.http.guard import Guard
from harvester.map import vocabularies
from harvester.publish import RENDERER, Site
from harvester.run.clusters import Clusters
from harvester.store import Store
from harvester.store.audience import Audience
from harvester.store.seal import seal, shown_since
from harvester.territory import Gazetteer
from harvester.web import catalogues, extracts, pages, records, review
from harvester.web.curators import Curators
from harvester.web.desk import Desk
from harvester.web.formats import FORMATS, HTML
from harvester.web.identity import THEMES, Face, faces, hosts
from harvester.web.negotiation import moment, preferred
from harvester.web.outer import Outer
from harvester.web.readers import Gate, Keys, no_keys, stored_keys
from harvester.web.reading import Reading, Unavailable, stored

if TYPE_CHECKING:
    from harvester.web.oidc import Provider

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_NAMES = {
    THEMES: "Thèmes de données",
    "http://publications.europa.eu/resource/authority/licence/ETALAB_2_0": "Licence Ouverte 2.0",
}
"""What has no French name in its authority table."""
ROUTES: tuple[str, ...] = (
    "/",
    "/catalog",
    "/catalog.{suffix}",
    "/catalog-full.{suffix}",
    "/datasets.csv",
    "/datasets/{id}",
    "/datasets/{id}.{suffix}",
    "/datasets/{id}/extract.{suffix}",
    "/style.css",
)
"""Under the territory's root and under `/villes/{slug}`."""
SIGNING_IN: tuple[str, str, str] = ("/connexion", "/connexion/retour", "/deconnexion")
"""Where `[access.oidc]` names a provider: going there, coming back, and leaving (POST)."""
COOKIES = (b"harvester_session", b"harvester_revue")
"""Those that say who somebody is."""
SERVICE: tuple[str, ...] = ("/healthz", "/readyz", "/metrics")
"""For orchestrators and Prometheus; on `web.metrics_port` alone where it is set.

Metrics name sources and count their records, restricted ones too: on the public port they answer this machine alone.
"""


class Metrics(Protocol):
    """What `/metrics` shows."""

    @property
    def registry(self) -> CollectorRegistry:
        """The collectors."""
        ...


def site(config: Config) -> Site:
    """Where we live, and the French names of the vocabularies' values."""
    labels = {
        iri: {"fr": label}
        for vocabulary in vocabularies().values()
        for iri, label in vocabulary.labels.items()
        if label
    }
    labels.update({iri: {"fr": label} for iri, label in _NAMES.items()})
    return Site(config.base_url.rstrip("/"), labels)


def app(
    config: Config,
    store: Store | Reading,
    metrics: Metrics,
    gazetteer: Gazetteer,
    curators: Curators | None = None,
    *,
    guard: Guard | None = None,
) -> Starlette:
    """Return the public face. `store` is read only, but for renderings, tokens' last use, and what curators decide; `guard` as in `Desk`."""
    open_ = replace(desk(config, store, gazetteer), guard=guard)
    inside = replace(desk(config, store, gazetteer, "agents"), guard=guard)
    keys: Keys = stored_keys(store) if isinstance(store, Store) else no_keys()
    provider = _provider(config)
    gate = Gate(keys, provider.cookies.views) if provider else Gate(keys)
    routes = [
        route
        for prefix in ("", "/villes/{slug}")
        for route in _routes({"public": open_, "agents": inside}, gate, prefix)
    ]
    if provider is not None:
        routes += _signing_in(open_, provider)
    if isinstance(store, Store) and curators is not None:
        clusters = Clusters.of(config, gazetteer)
        routes += review.routes(review.Room(open_, store, clusters, curators))
    if config.web.metrics_port is None:
        routes += _service_routes(open_.reading, metrics, near=True)
    made = Starlette(routes=routes, exception_handlers=_handlers(open_))
    made.router.redirect_slashes = False
    made.add_middleware(Outer, config=config, cookies=COOKIES)
    return made


def _provider(config: Config) -> Provider | None:
    """Who knows agents, where the configuration names one; nothing of it is loaded elsewhere."""
    if not config.access.oidc.enabled:
        return None
    try:
        from harvester.web.oidc import Provider
    except ImportError as error:
        raise ConfigurationError(
            f"[access.oidc] demande l'extra « oidc » : pip install 'harvester[oidc]' ({error})"
        ) from error
    return Provider(config)


def _signing_in(desk: Desk, provider: Provider) -> list[Route]:
    """In front of all catalogues of a server: the cookie is for all of them."""

    def at(path: str, method: str, answer: Callable[[Request, Face], Response]) -> Route:
        return Route(path, lambda request: answer(request, _face(desk, request)), methods=[method])

    sign_in, back, sign_out = SIGNING_IN
    return [
        at(sign_in, "GET", provider.start),
        at(back, "GET", provider.back),
        at(sign_out, "POST", provider.leave),
    ]


def desk(
    config: Config, store: Store | Reading, gazetteer: Gazetteer, audience: Audience = "public"
) -> Desk:
    """What endpoints and exports work with, for one audience."""
    by_slug = faces(config, gazetteer)
    made = Desk(
        config=config,
        reading=stored(store, audience) if isinstance(store, Store) else store,
        site=site(config),
        faces=by_slug,
        hosts=hosts(config, by_slug),
        pages=pages.environment(),
        salt=_salt(config, by_slug, audience),
        since=datetime.now(UTC),
        audience=audience,
        signing_in=config.access.oidc.enabled,
    )
    if not isinstance(store, Store):
        return made
    since = moment(shown_since(store, audience, made.salt))
    return replace(made, since=since, seal=seal(store))


def service(store: Store | Reading, metrics: Metrics) -> Starlette:
    """Health, readiness and metrics, for a port of their own."""
    reading = stored(store) if isinstance(store, Store) else store
    return Starlette(routes=_service_routes(reading, metrics))


def _salt(config: Config, by_slug: Mapping[str, Face], audience: Audience) -> str:
    """Hash what answers are made of besides the data: the configuration that shows, the renderers, the pages.

    What the public has must not change when something is done to a source that it does not know.
    """
    names = [
        (source.id, source.name)
        for source in config.sources
        if audience == "agents" or source.access == "public"
    ]
    shown = (config.base_url, config.web.page_size, config.access.oidc.enabled, names, by_slug)
    told = repr((__version__, RENDERER, audience, shown))
    made = blake2b(told.encode(), digest_size=8)
    for folder in ("templates", "static"):
        for file in sorted(files("harvester.web").joinpath(folder).iterdir(), key=str):
            made.update(file.read_bytes())
    return made.hexdigest()


def _routes(desks: Mapping[Audience, Desk], gate: Gate, prefix: str) -> list[Route]:
    sheet = files("harvester.web").joinpath("static", "site.css").read_text("utf-8")

    def at(path: str, answer: Callable[[Desk, Request, Face], Response]) -> Route:
        def endpoint(request: Request) -> Response:
            face = _face(desks["public"], request)
            reader = gate.reader(request, face.slug)
            return gate.mark(reader, answer(desks[reader.audience], request, face))

        return Route(prefix + path, endpoint, methods=["GET"])

    def negotiated(desk: Desk, request: Request, face: Face) -> Response:
        offered = (*((name, writer.accepts) for name, writer in FORMATS.items()), HTML)
        chosen = preferred(request.headers.get("accept", ""), offered)
        if chosen is None:
            raise HTTPException(406, f"Formats proposés : {', '.join(FORMATS)}, html.")
        if chosen == "html":
            answer = pages.catalogue(desk, request, face)
        else:
            answer = catalogues.page(desk, request, face, chosen)
            answer.headers["Content-Location"] = _located(request, face, chosen)
        answer.headers["Vary"] = "Accept, Accept-Encoding"
        return answer

    def entry(desk: Desk, request: Request, face: Face) -> Response:
        key, _, name = request.path_params["id"].partition(".")
        vary = not name
        name = name or records.negotiate(request)
        if name == "html":
            return pages.entry(desk, request, face, key, vary)
        return records.rdf(desk, request, face, key, _known(name), vary)

    return [
        at("/", pages.catalogue),
        at("/catalog", negotiated),
        at(
            "/catalog.{suffix}",
            lambda desk, request, face: catalogues.page(
                desk, request, face, _known(request.path_params["suffix"])
            ),
        ),
        at(
            "/catalog-full.{suffix}",
            lambda desk, request, face: catalogues.full(
                desk, request, face, _known(request.path_params["suffix"])
            ),
        ),
        at(
            "/datasets.csv", lambda desk, request, face: catalogues.full(desk, request, face, "csv")
        ),
        at("/datasets/{id}", entry),
        at(
            "/datasets/{id}/extract.{suffix}",
            lambda desk, request, face: extracts.extract(
                desk, request, face, request.path_params["id"], request.path_params["suffix"]
            ),
        ),
        at("/style.css", lambda desk, request, face: pages.stylesheet(desk, request, face, sheet)),
    ]


def _located(request: Request, face: Face, name: str) -> str:
    page = request.query_params.get("page", "1")
    return face.url(f"catalog.{name}?page={page}")


def _face(desk: Desk, request: Request) -> Face:
    """Whose catalogue is asked for: by path, or by the server where a city has its own."""
    slug = request.path_params.get("slug")
    own = desk.hosts.get(authority(request.headers.get("host", "")))
    if own is not None and slug in (None, own.slug):
        return own
    face = desk.faces.get(slug or "") if own is None else None
    if face is None or (face.slug == "" and slug is not None):
        raise HTTPException(404, "Cette ville n’a pas de catalogue ici.")
    return face


def _known(suffix: str) -> str:
    if suffix not in FORMATS:
        raise HTTPException(404, f"Formats proposés : {', '.join(FORMATS)}.")
    return suffix


def _service_routes(reading: Reading, metrics: Metrics, *, near: bool = False) -> list[Route]:
    """`near`: metrics for programs of this machine alone, nobody else learns that there are any."""

    def healthy(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    def ready(_: Request) -> Response:
        try:
            reading.state("")
        except Unavailable as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        return PlainTextResponse("ready\n")

    def measured(request: Request) -> Response:
        if near and not _is_near(request):
            raise HTTPException(404)
        return Response(
            generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return [
        Route("/healthz", healthy),
        Route("/readyz", ready),
        Route("/metrics", measured),
    ]


def _is_near(request: Request) -> bool:
    """Whether a program of this machine asks. A proxy of this machine asks for others, and mostly says so."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(request.client.host.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _handlers(desk: Desk) -> dict[object, Callable[[Request, Exception], Response]]:
    def answer(request: Request, status: int, text: str, headers: dict[str, str]) -> Response:
        headers = {**headers, "Cache-Control": "no-store"}
        offered = (("plain", ("text/plain",)), HTML)
        if preferred(request.headers.get("accept", ""), offered) == "html":
            own = desk.hosts.get(authority(request.headers.get("host", "")))
            face = own or desk.faces.get(request.path_params.get("slug", ""), desk.faces[""])
            body = pages.message(desk, face, status, text)
            return Response(body, status, {**headers, "Content-Type": pages.HTML_TYPE})
        return PlainTextResponse(text + "\n", status, headers)

    def told(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        texts = {404: "Cette page n’existe pas.", 405: "Méthode non permise : GET ou HEAD."}
        generic = error.detail in ("Not Found", "Method Not Allowed")
        text = texts.get(error.status_code, error.detail) if generic else error.detail
        return answer(request, error.status_code, text, dict(error.headers or {}))

    def unavailable(request: Request, _: Exception) -> Response:
        text = "Le catalogue est momentanément indisponible. Réessayez dans un instant."
        return answer(request, 503, text, {"Retry-After": "30"})

    return {HTTPException: told, Unavailable: unavailable}
