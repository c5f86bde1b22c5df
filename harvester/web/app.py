"""The application: routes, and what holds for every answer.

Addresses come from `base_url`, never from the Host header. A path prefix in `base_url` may reach us or be cut off
by the proxy: both work. A slash at the end never redirects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from importlib.resources import files
from ipaddress import IPv6Address, ip_address
from typing import Protocol
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harvester import __version__
from harvester.config import Config
from harvester.http.guard import Guard
from harvester.map import vocabularies
from harvester.publish import RENDERER, Site
from harvester.run.clusters import Clusters
from harvester.store import Store
from harvester.territory import Gazetteer
from harvester.web import catalogues, extracts, pages, records, review
from harvester.web.curators import Curators
from harvester.web.desk import Desk
from harvester.web.formats import FORMATS, HTML
from harvester.web.identity import THEMES, Face, faces
from harvester.web.negotiation import preferred
from harvester.web.reading import Reading, Unavailable, stored

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
_EVERYWHERE = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Last-Modified, Link, Content-Location"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"content-security-policy", _POLICY.encode()),
)
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
    """Return the public face. `store` is read only, but for renderings it keeps and what curators decide; `guard` as in `Desk`."""
    made_of = replace(desk(config, store, gazetteer), guard=guard)
    routes = [route for prefix in ("", "/villes/{slug}") for route in _routes(made_of, prefix)]
    if isinstance(store, Store) and curators is not None:
        clusters = Clusters.of(config, gazetteer)
        routes += review.routes(review.Room(made_of, store, clusters, curators))
    if config.web.metrics_port is None:
        routes += _service_routes(made_of.reading, metrics, near=True)
    made = Starlette(routes=routes, exception_handlers=_handlers(made_of))
    made.router.redirect_slashes = False
    prefix = urlsplit(config.base_url).path.rstrip("/")
    made.add_middleware(_Outer, prefix=prefix)
    return made


def desk(config: Config, store: Store | Reading, gazetteer: Gazetteer) -> Desk:
    """What endpoints and exports work with."""
    return Desk(
        config=config,
        reading=stored(store) if isinstance(store, Store) else store,
        site=site(config),
        faces=faces(config, gazetteer),
        pages=pages.environment(),
        salt=_salt(config),
        since=datetime.now(UTC),
    )


def service(store: Store | Reading, metrics: Metrics) -> Starlette:
    """Health, readiness and metrics, for a port of their own."""
    reading = stored(store) if isinstance(store, Store) else store
    return Starlette(routes=_service_routes(reading, metrics))


def _salt(config: Config) -> str:
    """Hash what answers are made of besides the data: the configuration that shows, the renderers, the pages."""
    shown = config.model_dump_json(
        include={"territory", "title", "base_url", "contact", "views", "web"}
    )
    names = repr([(source.id, source.name) for source in config.sources])
    made = blake2b(f"{__version__} {RENDERER} {shown} {names}".encode(), digest_size=8)
    for folder in ("templates", "static"):
        for file in sorted(files("harvester.web").joinpath(folder).iterdir(), key=str):
            made.update(file.read_bytes())
    return made.hexdigest()


def _routes(desk: Desk, prefix: str) -> list[Route]:
    sheet = files("harvester.web").joinpath("static", "site.css").read_text("utf-8")

    def at(path: str, answer: Callable[[Request, Face], Response]) -> Route:
        def endpoint(request: Request) -> Response:
            return answer(request, _face(desk, request))

        return Route(prefix + path, endpoint, methods=["GET"])

    def negotiated(request: Request, face: Face) -> Response:
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

    def entry(request: Request, face: Face) -> Response:
        key, _, name = request.path_params["id"].partition(".")
        vary = not name
        name = name or records.negotiate(request)
        if name == "html":
            return pages.entry(desk, request, face, key, vary)
        return records.rdf(desk, request, face, key, _known(name), vary)

    return [
        at("/", lambda request, face: pages.catalogue(desk, request, face)),
        at("/catalog", negotiated),
        at(
            "/catalog.{suffix}",
            lambda request, face: catalogues.page(
                desk, request, face, _known(request.path_params["suffix"])
            ),
        ),
        at(
            "/catalog-full.{suffix}",
            lambda request, face: catalogues.full(
                desk, request, face, _known(request.path_params["suffix"])
            ),
        ),
        at("/datasets.csv", lambda request, face: catalogues.full(desk, request, face, "csv")),
        at("/datasets/{id}", entry),
        at(
            "/datasets/{id}/extract.{suffix}",
            lambda request, face: extracts.extract(
                desk, request, face, request.path_params["id"], request.path_params["suffix"]
            ),
        ),
        at("/style.css", lambda request, face: pages.stylesheet(desk, request, face, sheet)),
    ]


def _located(request: Request, face: Face, name: str) -> str:
    page = request.query_params.get("page", "1")
    return face.url(f"catalog.{name}?page={page}")


def _face(desk: Desk, request: Request) -> Face:
    face = desk.faces.get(request.path_params.get("slug", ""))
    if face is None or (face.slug == "" and "slug" in request.path_params):
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
            face = desk.faces.get(request.path_params.get("slug", ""), desk.faces[""])
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


class _Outer:
    """Around everything: the path as we know it, and the headers that every answer carries."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if self._prefix and (path == self._prefix or path.startswith(self._prefix + "/")):
            path = path[len(self._prefix) :]
        path = path.rstrip("/") or "/"
        if path.startswith("/villes/") and path.count("/") == 2:
            path += "/"
        scope = {**scope, "path": path, "root_path": "", "raw_path": path.encode()}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_EVERYWHERE]}
            await send(message)

        if scope["method"] == "OPTIONS":
            allowed = {
                "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
                "Access-Control-Allow-Headers": "*",
                "Access-Control-Max-Age": "86400",
                "Allow": "GET, HEAD, OPTIONS",
            }
            await Response(status_code=204, headers=allowed)(scope, receive, sending)
            return
        await self._app(scope, receive, sending)
