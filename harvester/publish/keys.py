"""What a distribution is called within its dataset: stable when the order changes or neighbours come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b

from harvester.model import Distribution

_LEVELS: tuple[Callable[[Distribution], object], ...] = (
    lambda d: d.download_url or d.access_url or d.iri,
    lambda d: (d.download_url, d.access_url, d.iri),
    lambda d: (d.download_url, d.access_url, d.iri, d.format, d.media_type),
    lambda d: (
        d.download_url,
        d.access_url,
        d.iri,
        d.format,
        d.media_type,
        sorted(d.title.items()),
    ),
    lambda d: d.model_dump_json(),
)


def distribution_keys(items: Sequence[Distribution]) -> Iterator[tuple[str, Distribution]]:
    """Yield (key, distribution) in the order given.

    The key is a hash of the address, and of more only where neighbours share it. Exact copies are told apart
    by counting them: there is nothing else to tell them by.
    """
    yield from _keyed(items, 0)


def _keyed(items: Sequence[Distribution], level: int) -> Iterator[tuple[str, Distribution]]:
    groups: dict[str, list[Distribution]] = {}
    keys = []
    for item in items:
        text = repr(_LEVELS[level](item)).encode("utf-8", "replace")
        key = blake2b(text, digest_size=8).hexdigest()
        keys.append(key)
        groups.setdefault(key, []).append(item)
    if len(groups) == len(items):
        yield from zip(keys, items, strict=True)
        return
    named: dict[str, Iterator[tuple[str, Distribution]]] = {}
    for key, group in groups.items():
        if len(group) == 1:
            named[key] = iter([(key, group[0])])
        elif level + 1 < len(_LEVELS):
            named[key] = _keyed(group, level + 1)
        else:
            named[key] = ((f"{key}-{n}", copy) for n, copy in enumerate(group, 1))
    for key in keys:
        yield next(named[key])
