"""Which kind of portal an address belongs to, whichever page of it somebody copied from a browser.

    recognition = recognise("https://data.issy.com/explore/dataset/arbres/", ask)
    recognition.found        kind, url and options for the source's file, and why
    recognition.tried        what was asked, and what came of it

The address alone often tells; then one question proves it. Else the page is looked at (what it is, marks in its HTML),
then every platform is asked in turn, at the few places where a portal may have its root. Nothing is believed without a
proof, and no host is asked but that of the address and those it redirects to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from harvester.errors import HarvesterError
from harvester.fetch import files
from harvester.fetch.platforms import (
    CONTENT,
    PLATFORMS,
    Platform,
    Proof,
    Seen,
    json_of,
)
from harvester.fetch.table import download
from harvester.parse import json
from harvester.parse.html import alternates, catalogue_files, page_title
from harvester.parse.syntaxes import recognise as syntax_of

MOST_QUESTIONS = 60
MOST_FAILURES = 3
"""Questions without any answer after which a host that has answered before is left in peace."""

LARGEST = 5_000
"""Datasets of a udata portal beyond which it is taken for a national one, of which a territory wants one organisation."""

Ask = Callable[[str, str], Seen]
"""(url, Accept) → the answer; raises SourceRefused, SourceFailed or TryLater."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What an address belongs to. `title` is how the portal or organisation calls itself, `number` its SIREN or SIRET."""

    kind: str
    url: str
    evidence: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    number: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """`found` is None where nothing was proven; `advice` says in French what to do then."""

    found: Recognised | None
    tried: tuple[tuple[str, str], ...] = ()
    advice: str = ""


class _Unreachable(Exception):
    """The host itself does not answer, or may not be asked: no other question will do better."""


class _Asker:
    """Asks each address once, and remembers what came of it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._answers: dict[str, Seen | None] = {}
        self._reached = False
        self._failed = 0
        self.tried: list[tuple[str, str]] = []

    def __call__(self, url: str, accept: str) -> Seen | None:
        if url in self._answers or len(self._answers) >= MOST_QUESTIONS:
            return self._answers.get(url)
        answer = None
        try:
            answer = self._ask(url, accept)
            self.tried.append((url, _nature(answer)))
            self._reached = True
        except HarvesterError as error:
            status = error.context.get("status")
            self.tried.append((url, f"refus {status}" if status else str(error)))
            self._reached = self._reached or bool(status)
            self._failed += not status
            if not self._reached or self._failed >= MOST_FAILURES:
                raise _Unreachable(str(error)) from error
        finally:
            self._answers[url] = answer
        return answer


def recognise(url: str, ask: Ask, kind: str | None = None) -> Recognition:
    """Find out; `kind` leaves out all others. Never raises for what the portal does."""
    asker = _Asker(ask)
    wanted = [platform for platform in PLATFORMS if kind in (None, platform.kind)]
    url = url.strip()
    advice = ""
    try:
        found = _file(url, asker, kind) if not _online(url) else _search(url, asker, wanted, kind)
        if found is not None and found.kind == "udata":
            found, advice = _organisation(url, found, asker)
        elif found is not None and found.kind == "ckan":
            found = _of_ckan(url, found, asker)
    except _Unreachable as error:
        found, advice = None, f"Le portail ne répond pas : {error}"
    return Recognition(found, tuple(asker.tried), advice)


def _online(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _file(url: str, asker: _Asker, kind: str | None) -> Recognised | None:
    if files.path_of(url).is_dir() and kind in (None, "dcat"):
        return Recognised("dcat", url, ("c'est un dossier de fichiers",))
    seen = asker(url, "*/*")
    return _by_content(seen, kind) if seen else None


def _search(url: str, asker: _Asker, wanted: list[Platform], kind: str | None) -> Recognised | None:
    for platform in wanted:
        if root := platform.root(url):
            why = f"l'adresse est celle d'une page de {platform.name}"
            if found := _proven(platform, [root], asker, why):
                return found
    file = download(url)
    if file != url and kind in (None, "table"):
        shared = asker(file, "*/*")
        if shared is not None and (found := _by_content(shared, "table")):
            return replace(found, url=file)  # a cloud may lead on to an address of the moment
    page = asker(url, "text/html, */*;q=0.5")
    if asker.tried and asker.tried[-1] == (url, "refus 401"):
        raise _Unreachable(
            "il demande un jeton (401). Écrivez le fichier à la main, avec kind et [http] token : voir docs/sources.md"
        )
    if page is not None:
        found = _by_content(page, kind)
        if found is not None:
            return found
        if page.url != url:
            for platform in wanted:
                if root := platform.root(page.url):
                    why = f"{url} renvoie à une page de {platform.name}"
                    if found := _proven(platform, [root], asker, why):
                        return found
    roots = list(_roots(page.url if page else url))
    html = page.content if page is not None and _nature(page) == "page HTML" else b""
    found = _by_page(page, html, roots, asker, wanted, kind)
    if found is not None and not found.title and page is not None and html:
        found = replace(found, title=page_title(html, urlsplit(page.url).path in ("", "/")))
    return found


def _by_page(
    page: Seen | None,
    html: bytes,
    roots: list[str],
    asker: _Asker,
    wanted: list[Platform],
    kind: str | None,
) -> Recognised | None:
    """By the marks in a page's HTML, the catalogue that it names, or else by asking every platform."""
    for platform in wanted:
        if html and (mark := platform.marked(html)):
            why = f"la page porte la marque de {platform.name} : « {mark} »"
            if found := _proven(platform, roots, asker, why):
                return found
    if page is not None and html:
        named: list[tuple[str, str | None]] = [
            (href, "dcat") for href in alternates(html)[:3] if "dataset" not in href
        ]
        named += [(href, None) for href in catalogue_files(html)[:3]]
        for href, what in named:  # a dataset's own description is no catalogue
            try:
                target = urljoin(page.url, href)
                elsewhere = urlsplit(target).netloc != urlsplit(page.url).netloc
            except ValueError:  # no address at all
                continue
            if elsewhere or kind not in (None, what or kind):
                continue
            seen = asker(target, "*/*")
            if seen and (found := _by_content(seen, what or kind)):
                return found
    for root in roots:
        for platform in wanted:
            if found := _proven(platform, [root], asker, ""):
                return found
    return None


def _proven(platform: Platform, roots: list[str], asker: _Asker, why: str) -> Recognised | None:
    for root in roots:
        for question in platform.questions:
            answer = asker(root + question.path, question.accept)
            proof = question.judge(answer, root) if answer else None
            if proof is not None:
                return _recognised(platform.kind, proof, why)
    return None


def _by_content(seen: Seen, kind: str | None) -> Recognised | None:
    for name, judge in CONTENT:
        if kind in (None, name) and (proof := judge(seen, seen.url)):
            return _recognised(name, proof, "")
    return None


def _recognised(kind: str, proof: Proof, why: str) -> Recognised:
    evidence = tuple(text for text in (why, proof.why) if text)
    return Recognised(kind, proof.url, evidence, title=proof.name, count=proof.count)


def _roots(url: str) -> Iterator[str]:
    """Where a portal may have its root, seen from one of its pages: there, the host itself, the first folder."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    folders = [part for part in parts.path.split("/") if part]
    if folders and "." in folders[-1] and not parts.path.endswith("/"):
        folders.pop()
    places = [folders[:2]] if len(folders) <= 2 else []
    places += [[], folders[:1]]
    yield from dict.fromkeys("/".join((origin, *place)) for place in places)


def _nature(seen: Seen) -> str:
    kind = syntax_of(seen.content, seen.media_type, seen.url)
    if kind == "html":
        return "page HTML"
    if json_of(seen) is not None:
        return "JSON"
    return {
        "empty": "réponse vide",
        "unknown": seen.media_type or "contenu inconnu",
        "xml": "XML",
    }.get(kind, kind)


# ── udata: of a national portal, one organisation ────────────────────────────────────────────────────

_ORGANISATION = re.compile(r"/organizations/([^/?#]+)")
_DATASET = re.compile(r"/datasets/([^/?#]+)")


def _organisation(url: str, found: Recognised, asker: _Asker) -> tuple[Recognised | None, str]:
    """Narrow a udata portal to the organisation that the address is about."""
    for pattern, path in ((_ORGANISATION, "organizations"), (_DATASET, "datasets")):
        match = pattern.search(url)
        name = unquote(match[1]) if match else ""
        if not name:
            continue
        answer = asker(f"{found.url}/api/1/{path}/{name}/", "application/json")
        said = json_of(answer) if answer else None
        if isinstance(said, dict) and path == "datasets":
            held = said.get("organization")
            held = held if isinstance(held, dict) else {}
            answer = (
                asker(f"{found.url}/api/1/organizations/{held.get('id')}/", "application/json")
                if held
                else None
            )
            fuller = json_of(answer) if answer else None
            said = fuller if isinstance(fuller, dict) else held
        if isinstance(said, dict) and said.get("id"):
            title = str(said.get("name") or "")
            metrics = said.get("metrics")
            narrowed = replace(
                found,
                options={"organizations": [str(said["id"])]},
                title=title,
                number=str(said.get("business_number_id") or ""),
                count=json.count(metrics.get("datasets")) if isinstance(metrics, dict) else None,
                evidence=(
                    *found.evidence,
                    f"la page est celle de l'organisation « {title} » ou d'un de ses jeux",
                ),
            )
            return narrowed, ""
    if found.count is not None and found.count > LARGEST:
        return None, (
            f"{found.url} est un portail udata de {found.count} jeux de données : donnez l'adresse de la page d'une "
            "organisation, ou d'un de ses jeux de données."
        )
    return found, ""


def _of_ckan(url: str, found: Recognised, asker: _Asker) -> Recognised:
    """Narrow a CKAN portal to the organisation whose page the address is."""
    match = re.search(r"/organization/(?:about/|activity/)?([^/?#]+)", url)
    if match is None:
        return found
    name = unquote(match[1])
    answer = asker(f"{found.url}/api/3/action/organization_show?id={match[1]}", "application/json")
    said = json_of(answer) if answer else None
    result = said.get("result") if isinstance(said, dict) else None
    if not isinstance(result, dict):
        return found
    title = str(result.get("title") or name)
    return replace(
        found,
        options={"organizations": [name]},
        title=title,
        count=json.count(result.get("package_count")),
        evidence=(*found.evidence, f"la page est celle de l'organisation « {title} »"),
    )


def client_ask(fetch: Callable[..., Any]) -> Ask:
    """`Client.fetch` as what `recognise` asks."""

    def ask(url: str, accept: str) -> Seen:
        answer = fetch(url, accept=accept) if _online(url) else files.read(url)
        return Seen(answer.url, answer.content, answer.media_type)

    return ask
