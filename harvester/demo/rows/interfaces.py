"""Which interface a request is meant for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harvester.demo.dialects import Asked, Said
from harvester.demo.rows import arcgis, datastore, features, opendatasoft, tabular, wfs
from harvester.demo.rows.values import Rows

INTERFACES: tuple[Callable[[Mapping[str, Rows], str, Asked], Said | None], ...] = (
    opendatasoft.answer,
    tabular.answer,
    datastore.answer,
    wfs.answer,
    features.answer,
    arcgis.answer,
)


def answer(tables: Mapping[str, Rows], root: str, asked: Asked) -> Said | None:
    """What the interface that knows the path says; None where none does."""
    for answered in INTERFACES:
        said = answered(tables, root, asked)
        if said is not None:
            return said
    return None
