"""What is wrong with how catalogues present themselves, where they answer, and who may sign in: in French, by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from urllib.parse import urlsplit

from harvester.config.access import Oidc
from harvester.config.colours import PALE, SHAPE, TEXT, WHITE, contrast, on
from harvester.config.document import Key, Severity
from harvester.config.identity import Identity
from harvester.config.messages import meant
from harvester.config.settings import ConfigFile

Fault = tuple[tuple[Key, ...], str, Severity]
"""Where in a file, what, how grave."""
CheckTerritory = Callable[[str], str | None]
_CODE = re.compile(r"fr(:[a-z]+:.*)?")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?")
_LOCAL = ("127.0.0.1", "localhost", "::1")
WHOLE = "*"
"""How `access.oidc.views` says the whole territory: an empty name could be a slip."""


def authority(url_or_host: str) -> str:
    """The server of an address or a Host header, as they are compared: small letters, without a usual port."""
    host = urlsplit(url_or_host).netloc if "://" in url_or_host else url_or_host
    return re.sub(r":(80|443)$", "", host.strip().rstrip(".").lower())


def is_code(body: str) -> bool:
    """Whether a publisher is named by a territory's code."""
    return _CODE.fullmatch(body) is not None


def faults(
    settings: ConfigFile, slugs: Collection[str], territory: CheckTerritory
) -> Iterable[Fault]:
    """Everything that is wrong in config.toml with faces, hosts and signing in. `slugs` are the communes'."""
    yield from _identity(settings, settings.colour, (), territory)
    for slug, view in settings.views.items():
        yield from _identity(view, view.colour, ("views", slug), territory)
    yield from _hosts(settings)
    known = {slug for slug in slugs if slug not in settings.views} | {
        slug for slug, view in settings.views.items() if view.enabled
    }
    yield from _oidc(settings.access.oidc, known)


def _identity(
    identity: Identity, colour: str, where: tuple[Key, ...], territory: CheckTerritory
) -> Iterable[Fault]:
    text, links = identity.text_colour, identity.link_colour
    if text is not None and contrast(text, colour) < TEXT:
        said = (
            f"« text_colour » : {text} ne se lit pas sur {colour} (contraste {_ratio(text, colour)}, "
            f"il faut au moins 4,5) ; {on(colour)} s'y lit."
        )
        yield (*where, "text_colour"), said, "error"
    if links is not None and contrast(links, PALE) < TEXT:
        said = (
            f"« link_colour » : {links} ne se lit pas sur fond clair (contraste {_ratio(links, PALE)} sur {PALE}, "
            "il faut au moins 4,5) ; choisissez une couleur plus sombre."
        )
        yield (*where, "link_colour"), said, "error"
    if links is None and contrast(colour, WHITE) < SHAPE:
        said = (
            f"« colour » : {colour} se voit mal sur fond blanc (contraste {_ratio(colour, WHITE)}, il faut au moins 3) : "
            "les liens seront plus sombres. Choisissez-en la couleur par link_colour, ou une couleur principale plus sombre."
        )
        yield (*where, "colour"), said, "warning"
    if len(set(identity.themes)) < len(identity.themes):
        yield (*where, "themes"), "« themes » : le même thème y est deux fois.", "error"
    for role in ("publisher", "custodian"):
        body, siret = getattr(identity, role), getattr(identity, f"{role}_siret")
        if body is not None and not body.strip():
            yield (*where, role), f"« {role} » ne peut pas être vide.", "error"
        elif body is not None and is_code(body):
            wrong = territory(body)
            if wrong:
                yield (*where, role), f"« {role} » : {wrong}", "error"
            elif siret is not None:
                said = f"« {role}_siret » est inutile : le code {body} dit déjà de qui il s'agit."
                yield (*where, f"{role}_siret"), said, "warning"
        elif body is None and siret is not None:
            said = f"« {role}_siret » : de qui ? Donnez aussi le nom, par {role}."
            yield (*where, f"{role}_siret"), said, "error"


def _ratio(one: str, other: str) -> str:
    return f"{contrast(one, other):.1f}".replace(".", ",")


def _hosts(settings: ConfigFile) -> Iterable[Fault]:
    taken = {authority(settings.base_url): "l'adresse du territoire (« base_url »)"}
    for slug, view in settings.views.items():
        named: list[tuple[tuple[Key, ...], str]] = []
        if view.base_url is not None:
            parts = urlsplit(view.base_url)
            keys: tuple[Key, ...] = ("views", slug, "base_url")
            if parts.scheme not in ("http", "https") or not parts.hostname:
                said = f"« base_url » : « {view.base_url} » n'est pas une adresse complète, comme https://data.ville.fr."
                yield keys, said, "error"
            elif parts.query or parts.fragment or parts.username:
                yield keys, "« base_url » : un nom de serveur et un chemin, rien de plus.", "error"
            else:
                named.append((keys, authority(view.base_url)))
        for position, written in enumerate(view.hosts):
            keys = ("views", slug, "hosts", position)
            if _HOST.fullmatch(written.lower()) is None:
                said = f"« hosts » : « {written} » n'est pas un nom de serveur, comme data.ville.fr ou data.ville.fr:8443."
                yield keys, said, "error"
            else:
                named.append((keys, authority(written)))
        for keys, host in named:
            if host in taken:
                said = f"« {host} » est déjà {taken[host]} : un serveur ne peut montrer qu'un catalogue."
                yield keys, said, "error"
            taken.setdefault(host, f"celui de [views.{slug}]")


def _oidc(oidc: Oidc, known: Collection[str]) -> Iterable[Fault]:
    where = ("access", "oidc")
    if not oidc.enabled:
        if oidc.client_id or oidc.views:
            said = (
                "« issuer » manque : sans l'adresse du fournisseur, personne ne peut se connecter."
            )
            yield where, said, "error"
        return
    parts = urlsplit(oidc.issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        said = f"« issuer » : « {oidc.issuer} » n'est pas une adresse https, et les connexions passeraient en clair."
        yield (*where, "issuer"), said, "error"
    if not oidc.client_id:
        yield where, "« client_id » manque : le nom du service chez le fournisseur.", "error"
    if not oidc.client_secret:
        said = (
            "« client_secret » manque ; donnez-le par HARVESTER_ACCESS__OIDC__CLIENT_SECRET_FILE."
        )
        yield where, said, "error"
    if "openid" not in oidc.scopes:
        yield (*where, "scopes"), "« scopes » : « openid » est nécessaire.", "error"
    if not oidc.views:
        yield where, "« views » manque : aucun groupe n'ouvre de catalogue.", "warning"
    for group, slug in oidc.views.items():
        if slug != WHOLE and slug not in known:
            said = f"aucune ville ne s'appelle « {slug} »{meant(slug, known)} Pour tout le territoire : « * »."
            yield (*where, "views", group), said, "error"
