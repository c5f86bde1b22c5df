"""Who may see a record: the strictest of what its source and the record itself say."""

from __future__ import annotations

from typing import Final

from harvester.model import Access

_AUTHORITY = "http://publications.europa.eu/resource/authority/access-right/"
_STATED: Final[dict[str, Access]] = {
    "PUBLIC": "public",
    "OP_DATPRO": "public",
    "RESTRICTED": "restricted",
    "NON_PUBLIC": "private",
    "CONFIDENTIAL": "private",
    "SENSITIVE": "private",
}
_STRICTNESS: Final[dict[Access, int]] = {"public": 0, "restricted": 1, "private": 2}


def access(source: Access, stated: str | None) -> Access:
    """`source` is the source's setting, `stated` the record's dct:accessRights (an IRI of the EU table, or words).

    Words that no table knows are not a permission: on a public source such a record is for agents only.
    """
    if not stated:
        return source
    own = _STATED.get(stated.removeprefix(_AUTHORITY), "restricted")
    return max(source, own, key=_STRICTNESS.__getitem__)
