"""An entry for web search engines: schema.org Dataset (Google's guide: name, description of 50–5000 characters)."""

from __future__ import annotations

from typing import Any

import orjson
from markupsafe import Markup

from harvester.model import Agent, Dataset, Distribution
from harvester.publish import Published, Site
from harvester.web.french import plain, spoken
from harvester.web.identity import Face
from harvester.web.search import code

_TYPES = {"dataset": "Dataset", "series": "Dataset", "service": "WebAPI"}


def description_of(published: Published, site: Site, face: Face) -> Markup:
    """Return JSON that cannot end its `<script>` element."""
    value = published.entry
    made: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": _TYPES[value.kind],
        "@id": site.dataset(published.id),
        "url": site.dataset(published.id),
        "identifier": published.id,
        "name": spoken(value.title, face.language),
        "description": plain(spoken(value.description, face.language))[:5000]
        or spoken(value.title, face.language),
        "keywords": [word for words in value.keyword.values() for word in words],
        "license": value.license
        or next((d.license for d in getattr(value, "distribution", ()) if d.license), None),
        "isAccessibleForFree": True,
        "dateModified": value.modified,
        "datePublished": value.issued,
        "publisher": _agent(value.publisher),
        "creator": [_agent(agent) for agent in value.creator] or _agent(value.publisher),
        "temporalCoverage": [
            f"{period.start or '..'}/{period.end or '..'}" for period in value.temporal
        ],
        "spatialCoverage": [
            {"@type": "Place", "name": spoken(place.name), **_box(place.bbox)}
            for place in value.spatial
            if place.name or place.bbox
        ],
        "includedInDataCatalog": {"@type": "DataCatalog", "name": face.title, "url": face.url()},
    }
    if isinstance(value, Dataset):
        made["distribution"] = [_download(item) for item in value.distribution]
    if value.kind == "service":
        made.pop("includedInDataCatalog")
    said = {key: item for key, item in made.items() if item not in (None, [], "")}
    text = orjson.dumps(said).decode("utf-8")
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - every character that HTML knows is escaped


def _agent(agent: Agent | None) -> dict[str, str] | None:
    if agent is None or not agent.name:
        return None
    made = {"@type": "Organization", "name": spoken(agent.name)}
    return {**made, "url": agent.homepage} if agent.homepage else made


def _box(bbox: tuple[float, float, float, float] | None) -> dict[str, Any]:
    if bbox is None:
        return {}
    west, south, east, north = bbox
    return {"geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}}


def _download(item: Distribution) -> dict[str, Any]:
    made: dict[str, Any] = {"@type": "DataDownload"}
    url = next(iter(item.download_url or item.access_url), None)
    concept = item.format or item.media_type
    for key, value in (
        ("contentUrl", url),
        ("name", spoken(item.title)),
        ("encodingFormat", code(concept) if concept else None),
        ("contentSize", f"{item.byte_size} B" if item.byte_size else None),
    ):
        if value:
            made[key] = value
    return made
