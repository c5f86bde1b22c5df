"""The words by which columns are recognised, from `mappings/slices/columns.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from harvester.errors import ConfigurationError
from harvester.territory.names import fold

KINDS: Final = ("insee", "name", "postal")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SMALL = frozenset({"de", "du", "des", "d", "la", "le", "les", "l"})


class _Kinds(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    insee: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    postal: tuple[str, ...] = ()


class _Roles(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    place: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


class Words(BaseModel):
    """The file, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    insee: tuple[str, ...]
    name: tuple[str, ...]
    postal: tuple[str, ...]
    annotations: _Kinds = _Kinds()
    roles: _Roles = _Roles()
    tabular: dict[str, str] = {}

    def rank(self, kind: str, written: str) -> tuple[int, str] | None:
        """(how sure, the role) where `written` names a column of that kind; the lower the surer."""
        listed = _ranks(getattr(self, kind))
        words = _tokens(written)
        joined = "".join(words)
        if joined in listed:
            return listed[joined], "place"
        roles = {*self.roles.place, *self.roles.other}
        rest = "".join(word for word in words if word not in roles)
        if rest != joined and rest in listed:
            return listed[rest] + len(listed), self.role(written)
        return None

    def role(self, written: str) -> str:
        """`other` where the name of a column says that it means something else than the place of a row."""
        other = not set(self.roles.other).isdisjoint(_tokens(written))
        return "other" if other else "place"

    def annotated(self, kind: str, notes: tuple[str, ...]) -> bool:
        """Whether the portal itself says that a column is of that kind."""
        listed = _ranks(getattr(self.annotations, kind))
        return any("".join(_tokens(note)) in listed for note in notes)


def read_words(text: str, path: str) -> Words:
    """The words of a file; raises ConfigurationError that names it."""
    try:
        return Words.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"{path}: {said}") from None


@lru_cache(maxsize=16)
def _ranks(listed: tuple[str, ...]) -> dict[str, int]:
    return {"".join(_tokens(word)): rank for rank, word in reversed(list(enumerate(listed)))}


@lru_cache(maxsize=4096)
def _tokens(written: str) -> tuple[str, ...]:
    """The words of a column's name, small ones left out: `codeInsee_de_laCommune` → code, insee, commune."""
    folded = fold(_HUMP.sub(" ", written).replace("_", " "))
    return tuple(word for word in folded.split() if word not in _SMALL)
